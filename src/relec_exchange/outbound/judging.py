"""Whether a message may leave: validate, authorise, ask the protection rules. Nothing is written.

Every check raises; the caller turns what is raised into an answer and a log entry. A message that
waits is judged again, in full, each time somebody acts on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import InvalidInput, Refused, Unverified
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.judgements import Judgement, judged, refusing
from relec_exchange.journal.known import Known
from relec_exchange.journal.retention_term import Term, term
from relec_exchange.message.catalogue import features
from relec_exchange.message.constants import RESCUE
from relec_exchange.message.document import Message, parse_message, read_document
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.withholding import RULE_WITHHELD, check_cuts, told
from relec_exchange.outbound.drafts import Draft, ReadDraft, Verdict
from relec_exchange.outbound.first_use import FirstUse
from relec_exchange.outbound.needs import waits_for
from relec_exchange.outbound.placing import Place, Placing
from relec_exchange.outbound.signing import ANSWER, Deed, Signed, Signing
from relec_exchange.ports import Store
from relec_exchange.protection.model import Effect
from relec_exchange.protection.retention import NO_RULE, Policy
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Act

CREATED_WITHIN = timedelta(days=2)
SALT_BYTES = 32


class Protected(Refused):
    """A protection rule refuses; `judgement` is what it saw, for the record of the decision, and
    `decision` what had allowed the message before.
    """

    def __init__(self, judgement: Judgement, decision: Allowed) -> None:
        found = refusing(judgement.findings)
        if found is None:
            raise ValueError("nothing in this judgement refuses")
        super().__init__(found.text, rule=found.rule, field=found.field, remedy=found.remedy)
        self.judgement = judgement
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request is judged, and by which directory; `uses` remembers for its whole batch.

    Without `learns` the message is only looked at: its names are not kept.
    """

    directory: Directory
    now: datetime
    uses: FirstUse
    learns: bool = True
    policy: Policy = NO_RULE

    def term(self, header: ControlHeader, decision: Allowed) -> Term:
        """How long a message that goes now is kept here; no term for a type without an officer."""
        if not isinstance(header, Header):
            return Term(erase_on="", review_on="")
        return term(self.policy, header, decision.retention_days, self.now)


class Judging:
    """The checks with what they look at. Thread-safe."""

    def __init__(self, store: Store, known: Known, signing: Signing) -> None:
        self._known = known
        self._placing = Placing(store)
        self.signing = signing

    def read(self, draft: Draft, moment: Moment) -> ReadDraft:
        """The message in a draft, or InvalidInput naming the field."""
        if len(draft.salt) != SALT_BYTES:
            raise InvalidInput("a salt has 32 bytes", field="salt")
        message, header = self.parsed(draft.raw, moment)
        check_cuts(message, draft.cuts)
        place = self.place(message, moment)
        return ReadDraft(draft, message, header, commitment(draft.salt, draft.raw), place)

    def parsed(self, raw: bytes, moment: Moment) -> tuple[Message, Header]:
        """A message that this node may send now, by what its header says of itself."""
        directory = moment.directory
        message = _parsed(raw)
        header = message.header
        if not isinstance(header, Header):
            raise InvalidInput(f"{header.type} is written by the node itself", field="header.type")
        if header.sender != directory.own:
            raise InvalidInput(
                "sender must be this node", field="header.sender", remedy=directory.own
            )
        if header.exercise != (directory.network_kind == "exercise"):
            raise InvalidInput(
                f"this is {directory.network_kind} traffic: set exercise accordingly",
                field="header.exercise",
            )
        if abs(header.created_at - moment.now) > CREATED_WITHIN:
            raise InvalidInput("created_at is not now", field="header.created_at")
        return message, header

    def place(self, message: Message, moment: Moment) -> Place:
        """Where it belongs, or InvalidInput if what it names does not fit."""
        return self._placing.place(message, moment.directory.times(), moment.now)

    def verdict(
        self, message: Message, signed: Signed, deeds: Sequence[Deed], moment: Moment
    ) -> Verdict:
        """What is missing before it leaves, after these deeds, which were found good.

        Errors: Refused by the agreement, Protected.
        """
        decision = authorise(message, moment)
        message = self._known.disclosing.checked(message, moment.directory, moment.now)
        judgement = self._judged(message, decision, moment)
        if refusing(judgement.findings) is not None:
            raise Protected(judgement, decision)
        done = self.signing.done(deeds, signed)
        needs = waits_for(message.header.type, judgement.findings, done)
        return Verdict(decision, judgement, needs, asked(message, moment))

    def counted(self, deeds: Iterable[Deed], signed: Signed, verdict: Verdict) -> tuple[Deed, ...]:
        """The deeds that bring the message nearer to leaving, each once; the others are set aside.

        Aside go answers that nobody asked for, and the release by whoever submitted the message
        where another person has to look at it.
        """
        findings = verdict.judgement.findings
        asked = {found.question for found in findings if found.effect is Effect.ASK}
        second = signed.type == RESCUE or any(f.effect is Effect.SECOND for f in findings)
        found: dict[tuple[str, str], Deed] = {}
        for deed in deeds:
            if deed.act == ANSWER and deed.question not in asked:
                continue
            if deed.act == Act.RELEASE and second and not self.signing.is_second(deed, signed):
                continue
            found.setdefault((deed.act, deed.question), deed)
        return tuple(found.values())

    def _judged(self, message: Message, decision: Allowed, moment: Moment) -> Judgement:
        header = message.header
        facts = self._known.outbound(
            message, decision, moment.directory, moment.now, learn=moment.learns
        )
        level = features(header).data_level
        first = moment.uses.of(decision.agreement_hash, header.recipient, level)
        facts = replace(facts, first_use=first)
        return judged(message, facts)


def asked(message: Message, moment: Moment) -> Asked:
    """What an agreement is asked about a message of ours now."""
    return Asked(features(message.header), moment.now)


def authorise(message: Message, moment: Moment) -> Allowed:
    """The grant that allows it, or Refused naming the rule."""
    decision = decide(moment.directory, features(message.header), moment.now)
    if isinstance(decision, Denied):
        raise Refused(
            decision.text,
            rule=decision.rule,
            field="header.recipient",
            remedy="see `relec agreement check` for what is agreed with this state",
        )
    kept = told(message, decision.withhold)
    if kept:
        raise Refused(
            "the agreement withholds this field from this state, and it is in the message",
            rule=RULE_WITHHELD,
            field=kept.strip("/").replace("/", "."),
            remedy="compose the message again: the client cuts what the agreement withholds now",
        )
    return decision


def _parsed(raw: bytes) -> Message:
    """Parse as a recipient would; if that fails, say why in words for the officer."""
    try:
        return parse_message(raw)
    except Unverified as error:
        with suppress(Unverified):
            read_document(parse_json(raw))  # raises InvalidInput, which has the better words
        raise InvalidInput(f"the message is not valid: {error}", field="message") from None
