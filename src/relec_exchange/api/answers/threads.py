"""Answers about conversations: threads, deadlines, copies, closed requests; never content."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer, Direction


class ThreadLine(Answer):
    """One message of a thread, and who owes an answer to it until when.

    `stage` is near, passed or paused, and empty while there is time. `withdrawn` says what became
    of the message, `outcome` what the recipient of a recall said.
    """

    message_id: str
    direction: Direction
    peer: str
    type: str
    urgency: str = ""
    state: str
    at: str
    in_reply_to: str = ""
    about: str = ""
    withdrawn: str = ""
    outcome: str = ""
    answered_at: str = ""
    owed_by: str = ""
    owes: tuple[str, ...] = ()
    due_at: str = ""
    paused_at: str = ""
    stage: str = ""


class Thread(Answer):
    """All messages of a thread with one partner, oldest first."""

    thread: str
    peer: str
    messages: list[ThreadLine]


class Deadlines(Answer):
    """What somebody waits for, the most urgent first."""

    deadlines: list[ThreadLine]


class Copy(Answer):
    """A message of ours that went out with another one, or was made from it."""

    message_id: str
    recipient: str
    type: str
    area: str = ""
    purpose: str = ""
    data_level: str = ""
    state: str = ""
    withdrawn: str = ""


class Copies(Answer):
    """Whom a correction or a recall has to reach."""

    copies: list[Copy]


class Closed(Answer):
    """A request that an officer closed, and when the node says so (if nothing moves it)."""

    message_id: str
    closed_by: str
    reply_at: str = ""
