"""The bodies of control messages: receipts, rounds, resending, voids, notes. Never case data.

Contract: sequence numbers and log sizes are counts from `docs/protocol.md`; ranges are ascending
pairs of first and last number; what a checkpoint or note says is verified elsewhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from relec_exchange.errors import WireCode
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.fields import (
    TEXT_PATTERN,
    Bounded,
    Code,
    Count,
    Digest,
    Document,
    HashB64,
    Line,
    NoteText,
    Number,
    Time,
    rule,
)
from relec_exchange.message.identifiers import MessageClass

_ENTRY_B64_MAX = (LIMITS.entry_max_bytes + 2) // 3 * 4
_RANGES_MAX = 256
_PROOFS_MAX = 128
CLOSED_LOGS_MAX = 16
"""Closed logs that one round names."""

SHOWN_MAX = 16
"""Checkpoints that one round shows, and trees that it demands to be proven."""


class ReceiptStage(StrEnum):
    """How far a message came at its recipient."""

    VALIDATED = "validated"
    REJECTED = "rejected"
    OPENED = "opened"
    ANSWERED = "answered"


class ReceiptItem(Document):
    """One message by the hash of its leaf, what became of it, and when."""

    leaf: Digest
    stage: Code[ReceiptStage]
    code: Code[WireCode]
    at: Time

    @model_validator(mode="after")
    def _refuses_with_a_code(self) -> Self:
        if (self.stage is ReceiptStage.REJECTED) == (self.code is WireCode.ACCEPTED):
            raise rule(
                "code_against_stage", "rejected has a refusing code, all else accepted", "code"
            )
        return self


class Receipt(Document):
    """What one transaction of the recipient says to one sender."""

    items: Annotated[tuple[ReceiptItem, ...], Bounded(LIMITS.receipt_items_max, least=1)]


def _ascending(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    last = 0
    for first, end in ranges:
        # A number between two ranges is there, so neighbours would be one range.
        if not last < first <= end:
            raise rule("ranges", "ranges are pairs of first and last number, ascending, apart")
        last = end + 1
    return ranges


Ranges = Annotated[
    tuple[Annotated[tuple[Number, Number], Strict(False)], ...],
    Bounded(_RANGES_MAX),
    AfterValidator(_ascending),
]


class ClassStatus(Document):
    """One class towards one partner: last number sent to it; received from it without a gap up
    to `contiguous`, and the ranges missing above.
    """

    last_sent: Count
    contiguous: Count
    missing: Ranges = ()

    @model_validator(mode="after")
    def _misses_above(self) -> Self:
        if self.missing and self.missing[0][0] != self.contiguous + 1:
            raise rule("missing_not_next", "the first missing number follows contiguous", "missing")
        return self


class Classes(Document):
    """The three chains."""

    control: ClassStatus
    flash: ClassStatus
    ordinary: ClassStatus


class ClosedLog(Document):
    """A closed exchange log: of one of the sender's the last numbers that it gave, of one of the
    recipient's what the sender has of it.
    """

    origin: Line
    classes: Classes


class RoundStatus(Document):
    """What the sender of a round has sent and received.

    `last_sent` counts in the log that the round stands in. `of` is the log of the recipient that
    `contiguous` and `missing` are about; absent, it is the first one. `closed` are closed logs of
    either of which not everything has come.
    """

    classes: Classes
    of: Line | None = None
    closed: Annotated[tuple[ClosedLog, ...], Bounded(CLOSED_LOGS_MAX)] = ()


class ConsistencyProof(Document):
    """From a tree used before (size and hex root) to the tree of the round's checkpoint; of a
    closed log, which `origin` then names, to the tree with which the sender's card says it ended.
    """

    size: Number
    root: Digest
    hashes: Annotated[tuple[HashB64, ...], Bounded(LIMITS.consistency_lines_max)] = ()
    origin: Line | None = None


class WitnessAnswer(Document):
    """The answer to the checkpoint of the partner's round `number`: status and body of
    c2sp.org/tlog-witness.
    """

    number: Number
    status: Literal[200, 400, 403, 404, 409, 422]
    body: Annotated[str, StringConstraints(max_length=LIMITS.proof_max_bytes, pattern=TEXT_PATTERN)]
    origin: Line


class DirectoryDigests(Document):
    """Digests of all cards held, and of the agreements shared with the partner."""

    cards: Digest
    agreements: Digest


class CosignedCheckpoint(Document):
    """The newest checkpoint of the sender's log that a quorum has cosigned, all their lines under
    it, and the proof that it is a prefix of the tree of the round's checkpoint.
    """

    note: NoteText
    hashes: Annotated[tuple[HashB64, ...], Bounded(LIMITS.consistency_lines_max)] = ()


class Demand(Document):
    """A tree of the recipient's log that somebody showed to the sender, who wants it proven."""

    origin: Line
    size: Number
    root: Digest


_CheckpointText = Annotated[
    str, StringConstraints(min_length=1, max_length=LIMITS.proof_max_bytes, pattern=TEXT_PATTERN)
]


class Round(Document):
    """The heartbeat. `checkpoint` is an add-checkpoint body: old size, proof lines, checkpoint.

    `asks` wants an answer within the busy interval. `shown` are checkpoints that the sender has
    accepted last in rounds: of the recipient's own log first, then those of others.
    """

    number: Number
    checkpoint: _CheckpointText
    asks: bool | None = None
    answer: WitnessAnswer | None = None
    proofs: Annotated[tuple[ConsistencyProof, ...], Bounded(_PROOFS_MAX)] = ()
    cosigned: CosignedCheckpoint | None = None
    shown: Annotated[tuple[_CheckpointText, ...], Bounded(SHOWN_MAX, distinct=True)] = ()
    demands: Annotated[tuple[Demand, ...], Bounded(SHOWN_MAX)] = ()
    status: RoundStatus
    directory: DirectoryDigests
    clock: Time


class ResendItem(Document):
    """A range of numbers of one class that did not arrive, both ends included. `origin` is the log
    of the asked node that they belong to; absent, it is the one that it writes now.
    """

    class_: Annotated[Code[MessageClass], Field(alias="class")]
    from_: Annotated[Number, Field(alias="from")]
    to: Number
    origin: Line | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to < self.from_:
            raise rule("range_backwards", "to must not be smaller than from", "to")
        return self


class ResendRequest(Document):
    """Numbers asked for again, at most 256 in all."""

    items: Annotated[tuple[ResendItem, ...], Bounded(LIMITS.resend_numbers_max, least=1)]

    @model_validator(mode="after")
    def _asks_for_few(self) -> Self:
        if sum(item.to - item.from_ + 1 for item in self.items) > LIMITS.resend_numbers_max:
            raise rule("too_many_numbers", "at most 256 numbers may be asked for at once", "items")
        return self


class VoidReason(StrEnum):
    """Why a number will never be filled."""

    EXPIRED = "expired"
    NO_ROUTE = "no_route"
    ERASED = "erased"
    CANCELLED = "cancelled"


class VoidItem(Document):
    """A number that stays empty, with the bytes of its leaf in base64 as evidence. `origin` is the
    log that it belongs to; absent, it is the one that the void stands in.
    """

    class_: Annotated[Code[MessageClass], Field(alias="class")]
    seq: Number
    entry: Annotated[
        str,
        StringConstraints(
            min_length=4, max_length=_ENTRY_B64_MAX, pattern=r"^[A-Za-z0-9+/]+={0,2}$"
        ),
    ]
    reason: Code[VoidReason]
    origin: Line | None = None


class Void(Document):
    """Numbers that stay empty."""

    items: Annotated[tuple[VoidItem, ...], Bounded(LIMITS.resend_numbers_max, least=1)]


class CardUpdate(Document):
    """Signed notes that the partner may not hold, word for word: cards, agreements, and the notes
    of one authority (terminations, suspensions, revocations).
    """

    cards: Annotated[tuple[NoteText, ...], Bounded(64)] = ()
    agreements: Annotated[tuple[NoteText, ...], Bounded(64)] = ()
    notes: Annotated[tuple[NoteText, ...], Bounded(64)] = ()

    @model_validator(mode="after")
    def _brings_something(self) -> Self:
        if not self.cards and not self.agreements and not self.notes:
            raise rule("update_empty", "an update brings at least one note", "cards")
        return self


class AgreementPropose(Document):
    """The text of an agreement that the sender would sign, word for word and unsigned."""

    text: NoteText


class AgreementSign(Document):
    """An agreement with the signature of the sender's authority."""

    note: NoteText


class AgreementSuspend(Document):
    """A signed note that suspends messages at once, or that lifts suspensions."""

    note: NoteText


class AgreementTerminate(Document):
    """A signed note that ends an agreement, 24 hours later at the earliest."""

    note: NoteText


class KeyRevoke(Document):
    """A signed note that revokes a key: its id, and what of its log still holds."""

    note: NoteText


class AlarmKind(StrEnum):
    """What an alarm says."""

    FORK = "fork"
    UNPROVEN = "unproven"
    OTHER = "other"


class LogAlarm(Document):
    """Notes that show two texts where there may be one, or what is wrong with a log."""

    kind: Code[AlarmKind]
    notes: Annotated[tuple[NoteText, ...], Bounded(2, least=1, distinct=True)]

    @model_validator(mode="after")
    def _shows_both_sides_of_a_fork(self) -> Self:
        if self.kind is AlarmKind.FORK and len(self.notes) != 2:
            raise rule("fork_of_one", "a fork is shown by two notes", "notes")
        return self
