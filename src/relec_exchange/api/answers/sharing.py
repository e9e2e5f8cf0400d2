"""Answers about who has what: open recalls, consents, exports, reports for a person who asks.

Of messages themselves, `Exported` alone holds content.
"""

from __future__ import annotations

from typing import Any

from relec_exchange.api.answers.base import Answer


class RecallLine(Answer):
    """One correction or recall on its way to one recipient; `about` is the message it amends.

    `waiting` until it is answered; `stage` is near or passed, and empty while there is time.
    """

    message_id: str
    about: str
    recipient: str
    state: str
    sent_at: str = ""
    due_at: str = ""
    answered_at: str = ""
    outcome: str = ""
    stage: str = ""
    waiting: bool


class Untold(Answer):
    """A message of ours whose recipient was not told."""

    message_id: str
    recipient: str
    type: str


class RecallGroup(Answer):
    """What was called back or corrected at once.

    `untold` are copies, and messages made from them, that nobody amended. `passed_on` are others
    who hold it, by what recipients answered, and whom we have not told.
    """

    recall_id: str
    type: str
    at: str
    messages: list[RecallLine]
    untold: tuple[Untold, ...] = ()
    passed_on: tuple[str, ...] = ()
    overdue: int = 0
    open: bool


class Recalls(Answer):
    """The oldest first."""

    recalls: list[RecallGroup]


class ConsentLine(Answer):
    """What we asked a provider about a message of its own, and what it said.

    `state` is waiting, granted, expired, refused, or called_back. `onward_to` is a node, or
    `<own node>/<unit>`.
    """

    request_id: str
    provider: str
    message_id: str = ""
    use: str = ""
    onward_to: str = ""
    purpose: str = ""
    state: str
    expires_on: str = ""
    decided_at: str = ""
    decision_id: str = ""
    conditions: str = ""


class Consents(Answer):
    """Decisions, the oldest first, then what still waits for one."""

    consents: list[ConsentLine]


class CourtConsent(Answer):
    """A consent that an export rests on."""

    decision_id: str
    expires_on: str = ""
    conditions: str = ""


class Exported(Answer):
    """A message received that leaves the node for a use outside it, with what binds its reader.

    `message` are its bytes (base64), `leaf` and `index` its place in its sender's log `origin`.
    """

    message_id: str
    sender: str
    received_at: str
    use: str
    unit: str
    exported_by: str
    exported_at: str
    purpose: str
    handling: list[str]
    handling_note: str = ""
    conditions: list[str]
    consents: tuple[CourtConsent, ...] = ()
    readers: tuple[str, ...] = ()
    agreement: str = ""
    grant: str = ""
    withdrawn: str = ""
    origin: str
    index: int
    leaf: str
    header: dict[str, Any]
    body: dict[str, Any]
    message: str


class GivenOut(Answer):
    """A message that was exported, or a public extract of it: when, for what, by whom."""

    at: str
    use: str
    unit: str = ""
    by: str


class Amendment(Answer):
    """A correction or recall of a message, and how it was answered."""

    message_id: str
    type: str
    at: str = ""
    state: str
    answered_at: str = ""
    outcome: str = ""


class _SubjectLine(Answer):
    message_id: str
    type: str
    area: str = ""
    purpose: str = ""
    data_level: str = ""
    agreement: str = ""
    grant: str = ""
    state: str
    at: str
    opened_at: str = ""
    withdrawn: str = ""
    erased_at: str = ""
    given_out: tuple[GivenOut, ...] = ()


class SentData(_SubjectLine):
    """A message that a partner received. Of data about persons, opening is never told."""

    recipient: str
    amendments: tuple[Amendment, ...] = ()
    passed_to: tuple[str, ...] = ()


class ReceivedData(_SubjectLine):
    """A message that a partner sent to us, and which units have it."""

    sender: str
    opened_by: str = ""
    units: tuple[str, ...] = ()


class SubjectReport(Answer):
    """Who received data on one reference; without content."""

    report_id: str
    ref: str
    made_by: str
    made_at: str
    sent: list[SentData]
    received: list[ReceivedData]
