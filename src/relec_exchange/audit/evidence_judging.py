"""What an evidence bundle proves, in statements: the judgement that the node itself renders.

Contract: composes the primitives of this package and of `trust`; never raises for what does not
hold, but says so in the report. `relec-verify` judges the same files independently, to the same
statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from relec_exchange.audit.evidence import Bundle, ContentPart, LoggedPart, parse_bundle
from relec_exchange.audit.evidence_places import Place, place_of, policy_fits, seen_by, vouched
from relec_exchange.audit.evidence_report import LOST, EvidenceRefused, Report
from relec_exchange.audit.evidence_said import header_of, items_about, read_content
from relec_exchange.audit.evidence_trust import Trust, agreed, trust_of, with_agreements
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import parse_time
from relec_exchange.trust.card import authority_fingerprint, parse_card

_COMMON = ("clock", "later", "truth")


def judge_evidence(data: bytes, compared: Mapping[str, str]) -> Report:
    """Judge a file; `compared` has the fingerprints (64 hex digits) that somebody compared."""
    report = Report()
    part = "bundle"
    try:
        bundle = parse_bundle(data)
        part = "cards"
        trust = trust_of(bundle, compared)
        part = "agreements"
        trust = with_agreements(trust, bundle.agreements)
        part = "sent"
        sent = place_of(bundle.sent, trust, "sent")
        for node in (sent.fields["from"], sent.fields["to"]):
            trust.directory.card(node)
    except EvidenceRefused as refused:
        report.refuse(part, refused)
    except InvalidInput as error:
        report.refuse(part, EvidenceRefused("bundle-malformed", error.message))
    except NotFound as error:
        report.refuse(part, EvidenceRefused("card-missing", error.message))
    else:
        _Judgement(report, bundle, trust, sent).run()
    return report


@dataclass(slots=True)
class _Judgement:
    """One run over a bundle whose entry is good."""

    report: Report
    bundle: Bundle
    trust: Trust
    sent: Place
    header: dict[str, Any] | None = None

    def run(self) -> None:
        sender, recipient = self.sent.fields["from"], self.sent.fields["to"]
        told = {**self.sent.values, "sender": sender, "recipient": recipient}
        self._logged(self.sent, self.bundle.sent, "sent", told)
        for part, judge in self._parts():
            try:
                judge()
            except EvidenceRefused as refused:
                self.report.refuse(part, refused)
        for node in (sender, recipient):
            if not self.trust.sure(node):
                self.report.leave_open("authority", node=node, fingerprint=self._first(node))
        if self.trust.directory.network_kind == "exercise":
            self.report.leave_open("exercise", network=self.bundle.network)
        for code in _COMMON:
            self.report.leave_open(code)

    def _parts(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("content", self._content),
            ("sent.cosigned", lambda: self._witnessed(self.sent, self.bundle.sent)),
            ("receipts", self._receipts),
            ("received", self._received),
            ("agreement", self._agreement),
            ("policy", self._policy),
        )

    def _say(self, node: str, code: str, values: Mapping[str, Any]) -> None:
        self.report.say(self.trust.sure(node), code, f"keys of {node}", **values)

    def _logged(
        self, place: Place, logged: LoggedPart, code: str, values: Mapping[str, Any]
    ) -> None:
        good = vouched(place, logged, self.trust)
        if good or not self.trust.sure(place.node):
            self._say(place.node, code, values)
        else:
            self.report.say_if(LOST, code, f"keys of {place.node}", **values)
        if not good:
            self.report.leave_open("key-lost", node=place.node, origin=place.origin)

    def _content(self) -> None:
        if self.bundle.content is None:
            self.report.leave_open("content-absent")
            return
        message = read_content(self.bundle.content, self.sent.fields)
        self.header = header_of(message, self.sent.fields)
        self._say(self.sent.fields["from"], "content", {})

    def _witnessed(self, place: Place, logged: LoggedPart) -> None:
        node, origin = place.node, place.origin
        if logged.cosigned is None:
            self.report.leave_open("witness-absent", node=node, origin=origin)
            return
        seen = seen_by(place, logged.cosigned, self.trust)
        by = {name: at for name, at in seen.by.items() if self.trust.sure(name)}
        others = [name for name in seen.by if name not in by]
        needed = {"origin": origin, "needed": seen.needed, "count": len(by)}
        own = [] if self.trust.sure(node) else [node]
        if own or (others and len(by) < seen.strictly):
            self.report.leave_open("witness-uncompared", nodes=", ".join((*own, *others)), **needed)
        elif len(by) < seen.strictly:
            self.report.leave_open("witness-unknown", nodes=", ".join(seen.unknown), **needed)
        else:
            told = ", ".join(f"{name} at {_shown(at)}" for name, at in by.items())
            latest = _shown(max(by.values()))
            values = {**needed, "index": place.index, "asked": seen.asked, "nodes": told}
            keys = f"witness keys of {', '.join(by)}"
            self.report.say(True, "witnessed", keys, latest=latest, **values)

    def _receipts(self) -> None:
        leaf = leaf_hash(unb64(self.bundle.sent.entry)).hex()
        for receipt in self.bundle.receipts:
            place = place_of(receipt, self.trust, "sent", self.sent.fields["to"])
            content = ContentPart(message=receipt.message, salt=receipt.salt)
            message = read_content(content, place.fields)
            for item in items_about(message, place.fields, self.sent.fields, leaf):
                told = {**place.values, **item, "node": place.node}
                self._logged(place, receipt, "receipt", told)
            self._witnessed(place, receipt)

    def _received(self) -> None:
        node = self.sent.fields["to"]
        if self.bundle.received is not None:
            self._own_entry(self.bundle.received, node)
        if self.bundle.received is not None or self.bundle.receipts:
            self.report.leave_open("recipient-only", node=node)
        else:
            self.report.leave_open("receipt-absent", node=node)

    def _own_entry(self, logged: LoggedPart, node: str) -> None:
        place = place_of(logged, self.trust, "received", node)
        same = ("from", "to", "class", "seq", "id")
        leaf = leaf_hash(unb64(self.bundle.sent.entry)).hex()
        there = (self.sent.origin, self.sent.index, leaf)
        if any(place.fields[name] != self.sent.fields[name] for name in same) or there != (
            place.fields["origin"],
            place.fields["index"],
            place.fields["leaf"],
        ):
            raise EvidenceRefused("received", "the recipient's entry is about another message")
        self._logged(place, logged, "received", {**place.values, "node": node})
        self._witnessed(place, logged)

    def _agreement(self) -> None:
        named = self.sent.fields["agreement"]
        if not named:
            self.report.leave_open("agreement-none", type=self.sent.fields["type"])
        elif named not in self.trust.texts:
            if self.trust.texts:
                raise EvidenceRefused("agreement-other", "none of the texts is the one named")
            self.report.leave_open("agreement-absent")
        else:
            self._agreed(named)

    def _agreed(self, named: str) -> None:
        fields = self.sent.fields
        features = _features(fields, self.header or {})
        whole = self.header is not None
        grant, stood = agreed(self.trust, named, features, parse_time(fields["time"]), whole)
        title = self.trust.texts[named].agreement.title
        sure = self.trust.sure(fields["from"], fields["to"])
        by = f"authorities of {fields['from']} and {fields['to']}"
        extent = "" if whole else ", as far as its type goes"
        told = {"title": title, "hash": named, "time": fields["time"], "type": fields["type"]}
        self.report.say(sure, "agreement" if stood else "agreement-over", by, **told)
        self.report.say(sure, "grant", by, grant=grant, extent=extent)

    def _policy(self) -> None:
        if not self.bundle.policy:
            return
        unsure = policy_fits(self.bundle, self.sent, self.trust)
        sure = self.trust.sure(self.sent.node)
        if sure and unsure:
            self.report.leave_open("policy-unknown", nodes=", ".join(unsure))
        else:
            self.report.say(sure, "policy")

    def _first(self, node: str) -> str:
        note = self.trust.directory.member(node).history[0].note
        return authority_fingerprint(parse_card(note).card)


def _features(fields: Mapping[str, Any], header: Mapping[str, Any]) -> Features:
    """What the agreement is asked, from the header as far as it is there."""
    try:
        return Features(
            type=fields["type"],
            sender=fields["from"],
            recipient=fields["to"],
            exercise=bool(header.get("exercise")),
            schema_version=1,
            area=Area(header["area"]) if "area" in header else None,
            purpose=Purpose(header["purpose"]) if "purpose" in header else None,
            data_level=DataLevel(header.get("data_level", DataLevel.NONE)),
            handling=tuple(Handling(code) for code in header.get("handling", ())),
            sender_unit=str(header.get("sender_unit", "")),
        )
    except (ValueError, TypeError):
        raise EvidenceRefused("agreement-grant", "the header has a code that is unknown") from None


def _shown(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
