"""Agreements: whether both parties had signed what a message was sent under, and when it held.

Prevents: a text that one side never signed; one that had ended, was replaced, terminated or
suspended when the message was logged; and a message of another kind than the text allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relec_verify import texts
from relec_verify.entries import DIGEST, NETWORK, NODE
from relec_verify.notes import Note, split_note
from relec_verify.notices import Notice
from relec_verify.people import Member
from relec_verify.refused import Refused

CLOSING = ("recall", "recall.outcome", "correction", "shred.attestation")
"""Types that close open business: they go on under a text that has ended."""

_MUST, _MAY = True, False
_CODES = texts.distinct(texts.line, 1)
_NODES = texts.distinct(texts.matching(rf"{NODE}|\*"), 1, 64)
_AGREEMENT: texts.Shape = {
    "format": (_MUST, texts.line),
    "network": (_MUST, texts.matching(NETWORK)),
    "network_kind": (_MUST, texts.matching("exercise|production")),
    "title": (_MUST, texts.line),
    "charter": (_MUST, texts.boolean),
    "parties": (_MUST, _NODES),
    "legal_basis": (_MUST, texts.line),
    "version": (_MUST, texts.integer(1)),
    "valid_from": (_MUST, texts.moment),
    "valid_until": (_MUST, texts.moment),
    "replaces": (_MAY, texts.distinct(texts.matching(DIGEST), 0, 64)),
    "times": (_MAY, texts.anything),
    "assurances": (_MAY, texts.anything),
    "grants": (_MUST, lambda value: isinstance(value, list) and 1 <= len(value) <= 256),
}
_GRANT: texts.Shape = {
    "id": (_MUST, texts.matching("[a-z][a-z0-9-]{0,31}")),
    "from": (_MUST, _NODES),
    "to": (_MUST, _NODES),
    "areas": (_MUST, _CODES),
    "types": (_MUST, _CODES),
    "purposes": (_MUST, _CODES),
    "levels": (_MUST, _CODES),
    "handling": (_MUST, _CODES),
    "retention_days": (_MUST, texts.integer(1)),
    "withhold": (_MAY, texts.distinct(texts.line)),
    "units": (_MAY, texts.distinct(texts.line)),
    "readers": (_MAY, texts.distinct(texts.line)),
    "min_cell": (_MAY, texts.integer(1)),
}


@dataclass(frozen=True)
class Agreement:
    """One text and the nodes that have signed it."""

    hash: str
    table: dict[str, Any]
    signers: frozenset[str]

    def began(self, at: datetime) -> bool:
        """Whether its first day had come."""
        return bool(self.table["valid_from"] <= at)


@dataclass(frozen=True)
class Asked:
    """A message as an agreement sees it; `header` is empty where the content is not there."""

    sender: str
    recipient: str
    type: str
    at: datetime
    header: Mapping[str, Any]


def read_agreements(notes: Iterable[bytes], people: Mapping[str, Member]) -> dict[str, Agreement]:
    """Every text by its hash, with the signatures of all its notes together."""
    found: dict[str, Agreement] = {}
    for data in notes:
        note = split_note(data)
        table = texts.read_text(note.text, "agreement")
        texts.check_shape(table, _AGREEMENT, "agreement")
        for grant in table["grants"]:
            texts.check_shape(grant, _GRANT, "grants")
        if table["valid_from"] >= table["valid_until"]:
            raise Refused("text-malformed", "an agreement ends after it begins")
        name = texts.identity(note.text)
        networks = {(one.newest.network, one.newest.network_kind) for one in people.values()}
        if networks - {(table["network"], table["network_kind"])}:
            raise Refused("network", "an agreement is of another network than the cards")
        signers = {node for node in people if _has_signed(people[node], table, note, name)}
        before = found[name].signers if name in found else frozenset()
        found[name] = Agreement(name, table, before | signers)
    return found


def _has_signed(member: Member, table: dict[str, Any], note: Note, name: str) -> bool:
    """Whether keys of a party signed; one wrong signature refuses (`agreement-signature`)."""
    if member.node not in table["parties"] and "*" not in table["parties"]:
        return False
    signers = [key for key in member.authorities if key.claimed(note.lines)]
    for key in signers:
        try:
            key.verify(note)
        except Refused as refused:
            raise Refused("agreement-signature", refused.detail) from None
    return member.stands_by(signers, name)


def in_force(
    named: Agreement, held: Iterable[Agreement], notices: Iterable[Notice], asked: Asked
) -> bool:
    """That the named text was in force between the two at that time.

    False if it had begun and ended, and the type is one that closes open business.
    """
    if not {asked.sender, asked.recipient} <= named.signers:
        raise Refused("agreement-unsigned", "one of the two nodes has not signed the agreement")
    if not named.began(asked.at):
        raise Refused("agreement-not-in-force", "the agreement had not begun")
    over = _over(named, held, notices, asked)
    if over and asked.type not in CLOSING:
        raise Refused("agreement-not-in-force", over)
    return not over


def _over(
    named: Agreement, held: Iterable[Agreement], notices: Iterable[Notice], asked: Asked
) -> str:
    """What had ended the named text by then, or nothing."""
    both = {asked.sender, asked.recipient}
    if asked.at >= named.table["valid_until"]:
        return "the agreement had run out"
    line = _line(named, [one for one in held if both <= one.signers])
    if max((one for one in line if one.began(asked.at)), key=_rank) != named:
        return "another text had taken its place"
    for notice in notices:
        ends = notice.kind == "termination" and notice.table["agreement"] == named.hash
        if ends and notice.concerns(*both) and notice.table["effective"] <= asked.at:
            return "one party had terminated the agreement"
    return ""


def not_suspended(notices: Sequence[Notice], asked: Asked) -> None:
    """That no suspension that was told before stopped the message (`agreement-suspended`)."""
    own = [n for n in notices if n.kind == "suspension" and n.issued <= asked.at]
    between = [n for n in own if n.concerns(asked.sender, asked.recipient)]
    lifted = {(n.node, name) for n in between for name in n.table.get("lifts", [])}
    for notice in between:
        if (notice.node, notice.hash) not in lifted and _stops(notice.table, asked):
            raise Refused("agreement-suspended", f"{notice.node} had stopped such messages")


def grant_for(named: Agreement, asked: Asked) -> str:
    """The id of the grant that allows the message, as far as it can be seen (`agreement-grant`)."""
    for grant in sorted(named.table["grants"], key=lambda one: str(one["id"])):
        if _allows(grant, asked):
            return str(grant["id"])
    raise Refused("agreement-grant", "the agreement allows no such message")


def _allows(grant: dict[str, Any], asked: Asked) -> bool:
    route = (("from", asked.sender), ("to", asked.recipient))
    if any(node not in grant[way] and "*" not in grant[way] for way, node in route):
        return False
    if asked.type not in grant["types"]:
        return False
    header = asked.header
    if not header:
        return True
    fits = (("areas", "area"), ("purposes", "purpose"), ("levels", "data_level"))
    if any(header.get(name) not in grant[codes] for codes, name in fits):
        return False
    units = grant.get("units", [])
    handling = header.get("handling")
    return (
        isinstance(handling, list)
        and bool(handling)
        and all(code in grant["handling"] for code in handling)
        and (not units or header.get("sender_unit") in units)
    )


def _stops(table: dict[str, Any], asked: Asked) -> bool:
    if table["action"] != "suspend" or ("until" in table and asked.at >= table["until"]):
        return False
    area = asked.header.get("area")
    if table.get("areas") and (not area or area not in table["areas"]):
        return False
    types = table.get("types", [])
    return asked.type in types if types else asked.type not in CLOSING


def _line(named: Agreement, held: list[Agreement]) -> list[Agreement]:
    """The texts that replace one another, or that both replace the same third."""
    names = {named.hash, *named.table.get("replaces", [])}
    line = [named]
    grown = True
    while grown:
        grown = False
        for one in held:
            own = {one.hash, *one.table.get("replaces", [])}
            if one not in line and own & names:
                line.append(one)
                names |= own
                grown = True
    return line


def _rank(one: Agreement) -> tuple[int, datetime, str]:
    return one.table["version"], one.table["valid_from"], one.hash
