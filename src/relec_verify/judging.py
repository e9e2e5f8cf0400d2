"""The whole judgement of a bundle: every part in turn, and a sentence for each thing found.

A part that does not hold is said so and makes the whole file refused; the parts that do not rest on
it are still judged. What nobody compared, and what is not in the file, is said to be not proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relec_verify import agreements, policies, receipts
from relec_verify.bundle import Bundle, Logged, read_bundle
from relec_verify.cards import read_card
from relec_verify.encodings import format_time, parse_time
from relec_verify.entries import verify_commitment
from relec_verify.merkle import leaf_hash
from relec_verify.notices import read_notice
from relec_verify.people import Member, members
from relec_verify.places import Place, member, place_of, vouched, witnessed
from relec_verify.refused import Refused
from relec_verify.report import Report, Told
from relec_verify.witnesses import Seen


def judge(data: bytes, compared: Mapping[str, str]) -> Report:
    """Judge a file. `compared` has the fingerprint (64 hex digits) of each node's authority that
    was compared outside the file. Never raises `Refused`: what does not hold stands in the report.
    """
    told = Told()
    with told.part("bundle"):
        bundle = told.within("bundle", lambda: read_bundle(data))
        people = told.within("cards", lambda: _people(bundle, compared))
        notes = bundle.agreements
        held = told.within("agreements", lambda: agreements.read_agreements(notes, people))
        sent = told.within("sent", lambda: _sent(bundle, people))
        recipient = told.within("sent", lambda: member(people, sent.fields["to"]))
        _Judgement(told, bundle, people, sent, recipient).run(held)
    return told.report()


class _Judgement:
    """One run over a bundle whose entry is good."""

    def __init__(
        self,
        told: Told,
        bundle: Bundle,
        people: Mapping[str, Member],
        sent: Place,
        recipient: Member,
    ) -> None:
        self.told, self.bundle, self.people = told, bundle, people
        self.sent, self.recipient = sent, recipient
        self.leaf = leaf_hash(bundle.sent.entry).hex()
        self.header: dict[str, Any] = {}

    def run(self, held: Mapping[str, agreements.Agreement]) -> None:
        """Every part in the order of the report."""
        fields = self.sent.fields
        values = {**self.sent.values, "sender": fields["from"], "recipient": fields["to"]}
        self._logged(self.sent, self.bundle.sent, "sent", values)
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("content", self._content),
            ("sent.cosigned", lambda: self._witnessed(self.sent, self.bundle.sent)),
            ("receipts", self._receipts),
            ("received", self._received),
            ("agreement", lambda: self._agreement(held)),
            ("policy", self._policy),
        )
        for part, step in steps:
            with self.told.part(part):
                step()
        for one in (self.sent.owner, self.recipient):
            if not one.compared:
                first = one.cards[0].authority.fingerprint
                self.told.unproven("authority", node=one.node, fingerprint=first)
        if self.sent.owner.newest.network_kind == "exercise":
            self.told.unproven("exercise", network=self.bundle.network)
        for code in ("clock", "later", "truth"):
            self.told.unproven(code)

    def _logged(self, place: Place, logged: Logged, code: str, values: dict[str, Any]) -> None:
        self.told.logged(place.owner, code, vouched(place, logged, self.people), **values)

    def _content(self) -> None:
        content = self.bundle.content
        if content is None:
            self.told.unproven("content-absent")
            return
        verify_commitment(self.sent.fields, content.salt, content.message)
        self.header = receipts.header_of(content.message, self.sent.fields)
        self.told.by(self.sent.owner, "content")

    def _witnessed(self, place: Place, logged: Logged) -> None:
        seen = witnessed(place, logged, self.people)
        node, origin = place.owner.node, place.head.origin
        if seen is None:
            self.told.unproven("witness-absent", node=node, origin=origin)
        elif not seen.enough or not place.owner.compared:
            self._too_few(place, seen)
        else:
            nodes = ", ".join(f"{name} at {format_time(at)}" for name, at in seen.by)
            self.told.proven(
                "witnessed",
                f"witness keys of {', '.join(name for name, _ in seen.by)}",
                **{"origin": origin, "index": place.index, "nodes": nodes},
                **{"needed": seen.needed, "asked": seen.asked, "count": len(seen.by)},
                latest=format_time(seen.latest),
            )

    def _too_few(self, place: Place, seen: Seen) -> None:
        """Cosignatures hold, and still prove nothing: say of whom somebody must ask."""
        own = () if place.owner.compared else (place.owner.node,)
        named = {"origin": place.head.origin, "needed": seen.needed, "count": len(seen.by)}
        if own or seen.uncompared:
            self.told.unproven(
                "witness-uncompared", nodes=", ".join((*own, *seen.uncompared)), **named
            )
        else:
            self.told.unproven("witness-unknown", nodes=", ".join(seen.unknown), **named)

    def _receipts(self) -> None:
        for receipt in self.bundle.receipts:
            place = place_of(receipt.logged, self.people, "sent", self.recipient.node)
            content = receipt.content
            verify_commitment(place.fields, content.salt, content.message)
            said = receipts.about(content.message, place.fields, self.sent.fields, self.leaf)
            for item in said:
                values = {**place.values, **item, "node": self.recipient.node}
                self._logged(place, receipt.logged, "receipt", values)
            self._witnessed(place, receipt.logged)

    def _received(self) -> None:
        if self.bundle.received is not None:
            self._own_entry(self.bundle.received)
        there = bool(self.bundle.receipts) or self.bundle.received is not None
        code = "recipient-only" if there else "receipt-absent"
        self.told.unproven(code, node=self.recipient.node)

    def _own_entry(self, logged: Logged) -> None:
        place = place_of(logged, self.people, "received", self.recipient.node)
        wanted = {
            **{name: self.sent.fields[name] for name in ("from", "to", "class", "seq", "id")},
            **{"origin": self.sent.head.origin, "index": self.sent.index, "leaf": self.leaf},
        }
        if any(place.fields[name] != value for name, value in wanted.items()):
            raise Refused("received", "the recipient's entry is about another message")
        values = {**place.values, "node": self.recipient.node}
        self._logged(place, logged, "received", values)
        self._witnessed(place, logged)

    def _agreement(self, held: Mapping[str, agreements.Agreement]) -> None:
        fields = self.sent.fields
        named = held.get(fields["agreement"])
        if not fields["agreement"]:
            self.told.unproven("agreement-none", type=fields["type"])
        elif named is None and held:
            raise Refused("agreement-other", "none of the texts is the one that is named")
        elif named is None:
            self.told.unproven("agreement-absent")
        else:
            self._agreed(named, held)

    def _agreed(
        self, named: agreements.Agreement, held: Mapping[str, agreements.Agreement]
    ) -> None:
        fields = self.sent.fields
        at = parse_time(fields["time"], "entry-malformed")
        asked = agreements.Asked(fields["from"], fields["to"], fields["type"], at, self.header)
        notices = [notice for one in self.people.values() for notice in one.notices]
        stood = agreements.in_force(named, held.values(), notices, asked)
        agreements.not_suspended(notices, asked)
        grant = agreements.grant_for(named, asked)
        both = self.sent.owner.compared and self.recipient.compared
        say = self.told.proven if both else self.told.resting
        by = f"authorities of {fields['from']} and {fields['to']}"
        told = {"title": named.table["title"], "hash": named.hash, "time": fields["time"]}
        say("agreement" if stood else "agreement-over", by, type=fields["type"], **told)
        say("grant", by, grant=grant, extent="" if self.header else ", as far as its type goes")

    def _policy(self) -> None:
        if not self.bundle.policy:
            return
        owner, origin = self.sent.owner, self.sent.head.origin
        unsure = policies.verify_policy(self.bundle, origin, owner, self.people)
        if not owner.compared:
            self.told.resting("policy")
        elif unsure:
            self.told.unproven("policy-unknown", nodes=", ".join(unsure))
        else:
            self.told.proven("policy")


def _people(bundle: Bundle, compared: Mapping[str, str]) -> dict[str, Member]:
    cards = [read_card(note) for note in bundle.cards]
    notices = [read_notice(note) for note in bundle.notices]
    networks = {(card.network, card.network_kind) for card in cards}
    networks |= {(one.table["network"], one.table["network_kind"]) for one in notices}
    if len(networks) > 1 or {name for name, _ in networks} - {bundle.network}:
        raise Refused("network", "cards or notices are of another network than the bundle")
    return members(cards, notices, compared)


def _sent(bundle: Bundle, people: Mapping[str, Member]) -> Place:
    place = place_of(bundle.sent, people, "sent", "")
    if place.fields["network"] != bundle.network:
        raise Refused("network", "the entry is of another network than the bundle")
    return place
