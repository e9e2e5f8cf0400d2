"""Answers about messages; only `Opened` holds content."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from relec_exchange.api.answers.base import Answer, Direction, ErrorBody


class Submitted(Answer):
    """What became of one submission. `needs` are the words of what it waits for: `desk`, `approve`,
    `release`, `confirm`, and `answer:` with the name of a question.

    `derived`: messages of ours that were made from one whose recall this answers.
    """

    message_id: str
    status: Literal["released", "submitted", "held", "returned", "refused"]
    recipient: str
    error: ErrorBody | None = None
    needs: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


class SubmitResults(Answer):
    """One result per message, in order."""

    results: list[Submitted]


class Stage(Answer):
    """One step in a message's life."""

    stage: str
    at: str
    by: str = ""
    detail: str = ""


class ReceiptInfo(Answer):
    """What a signed receipt of the recipient said."""

    stage: str
    code: str
    at: str
    leaf: str = ""
    index: int | None = None


class MessageLine(Answer):
    """What every line about a message says; never its content.

    `about` is the message that a later one supersedes, corrects or recalls, `withdrawn` what
    became of this one by such a message.
    """

    message_id: str
    type: str
    area: str = ""
    urgency: str = ""
    data_level: str = ""
    message_class: str = Field(alias="class")
    seq: int | None = None
    state: str
    deadline: str = ""
    in_reply_to: str = ""
    thread: str = ""
    about: str = ""
    due_at: str = ""
    paused_at: str = ""
    answered_at: str = ""
    withdrawn: str = ""
    erase_on: str = ""
    erased_at: str = ""
    attested_at: str = ""
    peer_attested_at: str = ""


class LifeLine(MessageLine):
    """Where a message is and was.

    `leaf` is its leaf hash (empty until logged), at `index` of the sender's log `origin`;
    `evidence` says whether a quorum of other nodes has cosigned that log with it; and
    `commitment` that of an outgoing message for which officers still have to do something: what
    they sign, and what opens it before.
    """

    direction: Direction
    sender: str
    recipient: str
    leaf: str = ""
    index: int | None = None
    origin: str = ""
    evidence: Literal["", "logged", "witnessed"] = ""
    commitment: str = ""
    agreement: str = ""
    grant: str = ""
    closed_by: str = ""
    reply_at: str = ""
    outcome: str = ""
    unit: str = ""
    hold: str = ""
    disputed: str = ""
    needs: tuple[str, ...] = ()
    submitted_by: str = ""
    confirmed_by: str = ""
    batch: str = ""
    stages: tuple[Stage, ...] = ()
    receipts: tuple[ReceiptInfo, ...] = ()


class Terms(Answer):
    """What the grant asks under which a message goes or came; all empty where none allows it.

    `withhold` are dotted paths of fields that it must not have, `silent` those among them that
    leave no line; `assurances` are what the agreement promises about persons.
    """

    agreement: str = ""
    grant: str = ""
    withhold: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    assurances: tuple[str, ...] = ()


class AllTerms(Answer):
    """One answer per header, in order."""

    terms: list[Terms]


class CutField(Answer):
    """A field that was cut from a message of ours, with what proves it later."""

    path: str
    value: str
    salt: str


class DisclosedField(Answer):
    """A field of a message that was withheld and is known now, proven unaltered: `by` which."""

    path: str
    value: str
    by: str


class Opened(Answer):
    """A message in the clear, for the officer who signed for opening it.

    `cuts` are what was cut from one of ours, `disclosed` what became known of its withheld fields.
    """

    message_id: str
    direction: Direction
    header: dict[str, Any]
    body: dict[str, Any]
    message: str
    cuts: tuple[CutField, ...] = ()
    disclosed: tuple[DisclosedField, ...] = ()
    terms: Terms = Terms()


class InboxItem(MessageLine):
    """One line of the inbox."""

    row: int
    sender: str
    received_at: str
    closed_by: str = ""
    reply_at: str = ""
    unit: str = ""
    hold: str = ""
    disputed: str = ""


class InboxPage(Answer):
    """Lines after the row asked for; `next` continues, null at the end."""

    items: list[InboxItem]
    next: int | None = None


class OutboxItem(MessageLine):
    """One line of the outbox."""

    row: int
    recipient: str
    submitted_at: str = ""
    sent_at: str = ""
    outcome: str = ""
    needs: tuple[str, ...] = ()
    submitted_by: str = ""
    confirmed_by: str = ""
    batch: str = ""


class OutboxPage(Answer):
    """Lines after the row asked for; `next` continues, null at the end."""

    items: list[OutboxItem]
    next: int | None = None


class ReceiptEvidence(Answer):
    """One receipt as its own evidence: entry, proof, message and salt of the receipt."""

    entry: str
    proof: str
    message: str
    salt: str


class Evidence(Answer):
    """What shows to others that a message was sent, received and judged."""

    message: str | None = None
    entry: str
    proof: str
    receipts: tuple[ReceiptEvidence, ...] = ()
    agreement: str = ""
    cards: tuple[str, ...] = ()
