"""The receive steps of `docs/protocol.md` from the history of step 4 to step 12, in their order.

This module is the only constructor of `VerifiedMessage`. `prove` has done steps 1 to 5; here an
entry is held against `Memory`, what was accepted before, and the message against header, schema,
agreement and protection. Each step ends in its reason code. Nothing here writes: `inbox` commits
what was decided.

| step | prevents |
|---|---|
| 4 history | a forked log, a backdated entry |
| 6 duplicate | delivery twice, one number for two messages |
| 7 freshness | replay from before our memory |
| 8 chain | an unnoticed gap, absurd numbers |
| 9 syntax | documents that two parsers read differently |
| 10 schema | a body other than its type says, a header other than the log says |
| 11 agreement | what the two states did not sign |
| 12 protection | what must never be |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relec_exchange.audit.checkpoint import CheckpointCache
from relec_exchange.audit.entry import decode_entry
from relec_exchange.errors import InvalidInput, Reason, Refused, Unverified
from relec_exchange.inbound.memory import Memory
from relec_exchange.inbound.prove import AwaitedError, Proven, Prover
from relec_exchange.inbound.stolen_keys import check_stolen
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.judged import found
from relec_exchange.journal.judgements import COARSE, Judgement
from relec_exchange.journal.known import Known
from relec_exchange.message.bodies.control import Void, VoidItem
from relec_exchange.message.catalogue import CATALOGUE, features, header_class
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import format_time, parse_origin, parse_time
from relec_exchange.message.withholding import RULE_WITHHELD, told
from relec_exchange.ports import SealingKeys
from relec_exchange.protection.model import Effect
from relec_exchange.protection.retention import NO_RULE, Policy
from relec_exchange.records import AcceptedRow
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory


@dataclass(frozen=True, slots=True)
class VerifiedMessage:
    """A message that passed every step. Only this module makes one.

    `judgement` is what the protection rules found, None for control types. What they found with
    local knowledge never shows outside: the message is accepted like any other and held here.
    """

    proven: Proven
    message: Message = field(repr=False)
    decision: Allowed
    judgement: Judgement | None = field(default=None, repr=False)

    @property
    def held(self) -> bool:
        """Whether it waits for the protection desk."""
        return self.judgement is not None and bool(self.judgement.findings)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused at step 6 or later: its sender is known and is told the coarse code.

    `asked` is what the agreement was asked, and `granted` the grant that allowed what another rule
    refused.
    """

    proven: Proven
    reason: Reason
    detail: str
    rule: str = ""
    asked: Asked | None = None
    granted: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same leaf again: the first receipt is repeated, at most once a minute."""

    row: AcceptedRow


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Refused before step 6: nobody is authenticated, nobody is told."""

    reason: Reason
    detail: str
    alarm: tuple[bytes, bytes] | None = None
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Held for a card, a key or an agreement that is on its way; `refused` if it does not come.

    `carried` is the body of a control message under a log that no card names. It is not believed:
    it may bring the very card, which its authority has signed.
    """

    reason: Reason
    proven: Proven | None = None
    refused: Rejected | None = None
    carried: object = field(default=None, repr=False)


Verdict = VerifiedMessage | Rejected | Repeated | Quarantined | Waiting


@dataclass(frozen=True, slots=True)
class Receiver:
    """The steps, with what they look at. A new one is made when the directory changes."""

    network: str
    node: str
    directory: Directory
    keys: SealingKeys
    checkpoints: CheckpointCache
    known: Known
    policy: Policy = NO_RULE

    def examine(self, envelope: bytes, memory: Memory, now: datetime) -> Verdict:
        """Judge one envelope as a batch of its own."""
        proven = self.prove(envelope, now)
        if not isinstance(proven, Proven):
            return proven
        memory.begin([proven])
        return self.judge(proven, memory, now)

    def prove(
        self, envelope: bytes, now: datetime, *, may_wait: bool = True
    ) -> Proven | Quarantined | Waiting:
        """Steps 1 to 5, without history."""
        prover = Prover(self.network, self.node, self.directory, self.keys, self.checkpoints)
        try:
            return prover.prove(envelope, now)
        except AwaitedError as error:
            if may_wait:
                return Waiting(error.reason, carried=_carried(error.carried))
            return Quarantined(error.reason, error.detail)
        except Unverified as error:
            return Quarantined(error.reason, error.detail)

    def judge(
        self, proven: Proven, memory: Memory, now: datetime, *, may_wait: bool = True
    ) -> Verdict:
        """The other steps; `memory` takes up what they decided, for the rest of its batch."""
        try:
            check_stolen(self.directory, memory, proven.checkpoint)
            memory.check_checkpoint(proven.checkpoint)
            memory.check_place(proven)
        except Unverified as error:
            alarm = memory.conflicting_notes if error.reason is Reason.LOG_FORK else None
            return Quarantined(error.reason, error.detail, alarm, proven.header.sender)
        known = _known(proven, memory)
        if known is not None:
            _count(proven, memory, now)
            return known
        verdict = self._examine(proven, memory, now)
        if isinstance(verdict, Waiting) and not may_wait and verdict.refused is not None:
            verdict = verdict.refused
        if not isinstance(verdict, Waiting):
            memory.take(proven, accepted_row(proven, "", "", "", now))
        return verdict

    def _examine(self, proven: Proven, memory: Memory, now: datetime) -> Verdict:
        """Steps 7 to 12."""
        asked, granted = None, ""
        try:
            try:
                self._check_fresh(proven, now)
            finally:  # accepted or not, a message that came is no gap
                memory.advance(proven.origin, proven.header.message_class, proven.seq, now)
            message = parse_message(proven.content.message)
            self._check_header(proven, message)
            asked = Asked(features(message.header), parse_time(proven.entry["time"]))
            decision = self._authorise(proven, asked)
            granted = decision.grant_id
            message = self._within(message, decision, asked.at, memory)
            judgement = self._protect(message, decision, now)
        except Unverified as error:
            if error.reason is not Reason.NOT_AGREED:
                return Rejected(proven, error.reason, error.detail)
            refused = Rejected(proven, error.reason, error.detail, error.detail, asked, granted)
            if self._may_arrive(proven, now):
                return Waiting(Reason.NOT_AGREED, proven, refused)
            return refused
        except Refused as error:
            return Rejected(proven, Reason.PROTECTED, error.rule, COARSE, asked, granted)
        memory.note(message, decision)
        return VerifiedMessage(proven, message, decision, judgement)

    def _check_fresh(self, proven: Proven, now: datetime) -> None:
        times = self.directory.times()
        age = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
        if parse_time(proven.entry["time"]) < now - age:
            raise Unverified(Reason.STALE, "older than time to live and resend window")

    def _check_header(self, proven: Proven, message: Message) -> None:
        header, entry = message.header, proven.entry
        same = (
            header.message_id == entry["id"]
            and header.type == entry["type"]
            and header.sender == entry["from"]
            and header.recipient == entry["to"]
            and str(header_class(header)) == entry["class"]
            and header.exercise == (self.directory.network_kind == "exercise")
        )
        if not same:
            raise Unverified(Reason.HEADER_MISMATCH, "the header differs from the log entry")
        if isinstance(message.body, Void):
            for place, item in enumerate(message.body.items):
                _check_void(item, proven, f"body.items.{place}.entry")
                self._check_void_log(item, proven, f"body.items.{place}.origin")

    def _check_void_log(self, item: VoidItem, proven: Proven, field: str) -> None:
        """The log that a void names is an exchange log of its sender, open or closed."""
        if item.origin is None:
            return
        try:
            self.directory.log_key(item.origin)
            origin = parse_origin(item.origin)
        except (InvalidInput, Unverified):
            raise Unverified(Reason.SCHEMA, f"{field}: not_a_log") from None
        if (origin.node, origin.log) != (proven.header.sender, "exchange"):
            raise Unverified(Reason.SCHEMA, f"{field}: not_a_log")

    def _authorise(self, proven: Proven, asked: Asked) -> Allowed:
        """The grant of the text that the entry names, at the entry's time."""
        named = proven.entry["agreement"]
        decision = decide(self.directory, asked.features, asked.at, named=named)
        if isinstance(decision, Denied):
            raise Unverified(Reason.NOT_AGREED, decision.rule)
        return decision

    def _within(self, message: Message, decision: Allowed, at: datetime, memory: Memory) -> Message:
        """The rest of step 11: nothing that is withheld is in it, and what it discloses of an
        earlier message is what was cut from that.
        """
        if told(message, decision.withhold):
            raise Unverified(Reason.NOT_AGREED, RULE_WITHHELD)
        try:
            earlier = memory.earlier(message)
            return self.known.disclosing.checked(message, self.directory, at, earlier)
        except Refused as error:
            raise Unverified(Reason.NOT_AGREED, error.rule) from None

    def _protect(self, message: Message, decision: Allowed, now: datetime) -> Judgement | None:
        """Step 12. Refused for what the message itself shows; the rest stays in the judgement."""
        if CATALOGUE[message.header.type].control:
            return None
        facts = self.known.inbound(message, decision, self.directory, now)
        findings = found(message, facts)
        for finding in findings:
            if finding.effect is Effect.REFUSE and not finding.local:
                raise Refused(finding.text, rule=finding.rule, field=finding.field)
        return Judgement(findings, facts)

    def _may_arrive(self, proven: Proven, now: datetime) -> bool:
        """Whether the entry names an agreement or a card that may still be on its way to us."""
        named = proven.entry["agreement"]
        held = timedelta(seconds=self.directory.times().hold_seconds)
        young = parse_time(proven.entry["time"]) > now - held
        missing = bool(named) and named not in self.directory.agreements
        return young and (missing or not self.directory.holds_card(proven.entry["card"]))


def _carried(raw: bytes) -> object:
    """The body of a control message that nobody is known to have sent, or None."""
    try:
        message = parse_message(raw) if raw else None
    except Unverified:
        return None
    control = message is not None and CATALOGUE[message.header.type].control
    return message.body if message is not None and control else None


def _known(proven: Proven, memory: Memory) -> Repeated | Rejected | None:
    """Step 6. The same leaf is answered again, another leaf under a used number refused."""
    rows = memory.known(proven)
    for row in rows:
        if row.leaf == proven.leaf:
            return Repeated(row)
    if rows:
        detail = "the number or the id was used for another entry"
        return Rejected(proven, Reason.DUPLICATE_CONFLICT, detail)
    return None


def _count(proven: Proven, memory: Memory, now: datetime) -> None:
    """What comes again is no gap either; an absurd number was refused when it came first."""
    try:
        memory.advance(proven.origin, proven.header.message_class, proven.seq, now)
    except Unverified as error:
        if error.reason is not Reason.SEQUENCE:
            raise


def _check_void(item: VoidItem, proven: Proven, field: str) -> None:
    """The leaf that a void shows is the one that had the number which it declares empty."""
    try:
        entry = decode_entry(unb64(item.entry), kind="sent")
    except (InvalidInput, Unverified):
        raise Unverified(Reason.SCHEMA, f"{field}: not_an_entry") from None
    mine = proven.entry
    shown = (entry["network"], entry["from"], entry["to"], entry["class"], entry["seq"])
    if shown != (mine["network"], mine["from"], mine["to"], str(item.class_), item.seq):
        raise Unverified(Reason.SCHEMA, f"{field}: another_number")


def accepted_row(
    proven: Proven, outcome: str, detail: str, receipt_id: str, now: datetime
) -> AcceptedRow:
    """The memory of a message past step 5, which is also its evidence."""
    at = format_time(now)
    return AcceptedRow(
        origin=proven.origin,
        idx=proven.proof.index,
        time=proven.entry["time"],
        leaf=proven.leaf,
        sender=proven.header.sender,
        cls=str(proven.header.message_class),
        seq=proven.seq,
        message_id=proven.entry["id"],
        type=proven.entry["type"],
        outcome=outcome,
        detail=detail,
        received_at=at,
        entry=proven.content.entry,
        path=b"".join(proven.proof.path),
        size=proven.checkpoint.size,
        receipt_id=receipt_id,
        receipted_at=at if receipt_id else "",
    )
