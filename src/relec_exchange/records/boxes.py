"""Records of messages on their way out and in, with what is held, refused and delivered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of ours, from submission on (outbound; stages by inbound receipts).

    `needs` are the words it waits for (`answer:<question>`, `desk`, `approve`, `release`,
    `confirm`), divided by spaces. `thread` is the id of the first message of its thread, `batch`
    that of the first copy to several recipients. `due_at` is when an answer is due, `paused_at`
    since when its clock stands still. `about` is the message that a correction or recall is about,
    `withdrawn` what became of this one (`corrected`, `recalled`), `outcome` the answer to a recall.
    `envelope` is there from the commit until the broker has confirmed it. `content` is the message
    encrypted at rest, needed for answers to resend requests until it is erased. `origin` is our log
    that `seq` and `leaf_index` belong to, `epoch` the recipient's key that it was sealed to last.
    `erase_on` and `review_on` are days, `retention_told` which announcements of them were made;
    `erased_at` when the content ended, `attested_at` when we attested that to the other end, and
    `peer_attested_at` when the other end attested it to us.
    """

    message_id: str
    recipient: str
    cls: str
    type: str
    area: str
    urgency: str
    data_level: str
    state: str
    submitted_at: str
    expires_at: str
    key_id: str
    content: bytes
    row: int = 0
    seq: int | None = None
    deadline: str = ""
    in_reply_to: str = ""
    idempotency_key: str | None = None
    commitment: bytes = b""
    leaf: bytes = b""
    leaf_index: int = -1
    agreement: str = ""
    grant_id: str = ""
    submitted_by: str = ""
    released_by: str = ""
    sent_at: str = ""
    envelope: bytes | None = None
    relayed_at: str = ""
    judged_at: str = ""
    wire_code: str = ""
    opened_at: str = ""
    answered_at: str = ""
    missing_since: str = ""
    resent: int = 0
    thread: str = ""
    batch: str = ""
    due_at: str = ""
    paused_at: str = ""
    warned: str = ""
    needs: str = ""
    about: str = ""
    withdrawn: str = ""
    confirmed_by: str = ""
    outcome: str = ""
    origin: str = ""
    epoch: str = ""
    erase_on: str = ""
    review_on: str = ""
    retention_told: str = ""
    erased_at: str = ""
    attested_at: str = ""
    peer_attested_at: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A message to us that passed every step, or is held for a person (inbound).

    `thread`, `due_at`, `paused_at`, `about`, `withdrawn` and all from `erase_on` on as in
    `OutboxRow`. `agreement` and `grant_id` are what it came under, `epoch` the id of our sealing
    key that opened it, `disputed` why its place in its sender's log is in doubt. `quiet_at` is the
    slot at which the node itself answers that nothing can be provided, unless another answer came
    before; `closed_by` is the officer who said so already.
    """

    message_id: str
    sender: str
    origin: str
    leaf_index: int
    leaf: bytes
    cls: str
    seq: int
    type: str
    area: str
    urgency: str
    data_level: str
    state: str
    unit: str
    created_at: str
    received_at: str
    key_id: str
    content: bytes
    row: int = 0
    deadline: str = ""
    in_reply_to: str = ""
    hold: str = ""
    receipt_id: str = ""
    opened_at: str = ""
    opened_by: str = ""
    answered_at: str = ""
    answered_by: str = ""
    escalated_at: str = ""
    thread: str = ""
    due_at: str = ""
    paused_at: str = ""
    warned: str = ""
    quiet_at: str = ""
    about: str = ""
    withdrawn: str = ""
    closed_by: str = ""
    agreement: str = ""
    grant_id: str = ""
    epoch: str = ""
    disputed: str = ""
    erase_on: str = ""
    review_on: str = ""
    retention_told: str = ""
    erased_at: str = ""
    attested_at: str = ""
    peer_attested_at: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One stage that a recipient's signed receipt told of a message of ours (inbound)."""

    leaf: bytes
    stage: str
    code: str
    at: str
    peer: str
    receipt_id: str
    receipt_leaf: bytes
    row: int = 0


@dataclass(frozen=True, slots=True)
class ReceivedContentRow:
    """Control messages that are evidence for us (receipts), encrypted at rest (inbound)."""

    message_id: str
    sender: str
    type: str
    leaf: bytes
    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class HeldRow:
    """An envelope that waits for a card, a key or an agreement (inbound)."""

    envelope: bytes
    reason: str
    sender: str
    first_at: str
    until: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """An envelope without an authenticated sender, kept in a bounded ring (inbound)."""

    at: str
    source: str
    reason: str
    detail: str
    size: int
    envelope: bytes
    row: int = 0


@dataclass(frozen=True, slots=True)
class QuarantineCountRow:
    """How many envelopes of one source were quarantined for one reason in one minute (inbound)."""

    minute: str
    source: str
    reason: str
    count: int
    logged: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message on its way to one unit's target (inbound router)."""

    message_id: str
    sender: str
    unit: str
    target: str
    state: str
    attempts: int
    next_at: str
    detail: str = ""
    row: int = 0
