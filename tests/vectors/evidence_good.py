"""The good bundles, and the world in which they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evidence_world import (
    COSIGNED_AT,
    DAY,
    END,
    MESSAGE_ID,
    NODES,
    OPENED_AT,
    RECEIVED_AT,
    SENT_AT,
    START,
    Log,
    card_note,
    filler,
    fingerprint,
    item,
    key,
    message,
    receipt,
    sent,
    signed,
)
from world import NETWORK, seed

from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.message.encoding import b64
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card_parts import Partner
from relec_exchange.trust.toml_text import TomlText

SALT = seed("evidence salt")
ALL = {node: fingerprint(node) for node in NODES}
COSIGNED_AT_TIME = datetime.fromtimestamp(COSIGNED_AT, UTC)
COMMON = ("exercise", "clock", "later", "truth")


@dataclass(frozen=True)
class Good:
    """A bundle, who was compared, and what must come out: (status, code) in order."""

    name: str
    comment: str
    bundle: dict[str, Any]
    authorities: Mapping[str, str]
    outcome: str
    statements: tuple[tuple[str, str], ...]


def agreement(**changes: Any) -> str:
    """A simulated text between tr and pk."""
    values = {
        "title": "Simulated agreement on requests",
        "charter": False,
        "parties": ["tr", "pk"],
        "legal_basis": "None: this is simulated",
        "version": 1,
        "valid_from": START,
        "valid_until": END,
    }
    grant = {
        "id": "requests",
        "from": ["tr"],
        "to": ["pk"],
        "areas": ["migrant_smuggling"],
        "types": ["info.request"],
        "purposes": ["prevention"],
        "levels": ["nominal"],
        "handling": ["H0", "H1"],
        "retention_days": 100,
    }
    swapped = changes.pop("grant", {})
    text = TomlText()
    head = {"format": "relec/v1 agreement", "network": NETWORK, "network_kind": "exercise"}
    text.pairs({**head, **values, **changes})
    text.row("grants", {**grant, **swapped})
    return text.render()


def notice(kind: str, /, **values: Any) -> str:
    """The text of a notice."""
    text = TomlText()
    text.pairs({"format": f"relec/v1 {kind}", "network": NETWORK, "network_kind": "exercise"})
    text.pairs({"reason": "Simulated", **values})
    return text.render()


def by(text: str, *nodes: str) -> str:
    """A note that the authorities of these nodes signed."""
    return signed(text, *(key(node, "authority") for node in nodes))


AGREEMENT = by(agreement(), "tr", "pk")
HASH = parse_agreement(AGREEMENT.encode()).hash
MESSAGE = message()
ENTRY = sent(MESSAGE, SALT, SENT_AT, agreement=HASH)
FILLERS = [filler(n, f"2026-11-03T00:00:0{n}.000Z") for n in range(1, 5)]
TR_LOG = Log("tr", [*FILLERS, ENTRY, *(filler(n, OPENED_AT) for n in range(5, 11))])
PLACE = 5
RECEIPTS = (
    receipt(801, [item(ENTRY)]),
    receipt(802, [item(ENTRY, "opened", at=OPENED_AT)], created_at=OPENED_AT),
)
RECEIVED = encode_entry(
    {
        "kind": "received",
        "time": RECEIVED_AT,
        "network": NETWORK,
        "from": "tr",
        "to": "pk",
        "class": "ordinary",
        "seq": 7,
        "id": MESSAGE_ID,
        "origin": TR_LOG.key.name,
        "index": PLACE,
        "leaf": leaf_hash(ENTRY).hex(),
        "outcome": "accepted",
    }
)
RECEIPT_SALTS = (seed("evidence receipt 1"), seed("evidence receipt 2"))
RECEIPT_ENTRIES = tuple(
    sent(one, salt, at, **{"class": "control", "seq": number})
    for number, (one, salt, at) in enumerate(
        zip(RECEIPTS, RECEIPT_SALTS, (RECEIVED_AT, OPENED_AT), strict=True), start=3
    )
)
PK_LOG = Log("pk", [*FILLERS[:2], RECEIVED, *RECEIPT_ENTRIES, filler(9, OPENED_AT)])
WITNESSES = {"tr": ("iq", "pk"), "pk": ("iq", "tr")}


def cosigned(log: Log, node: str, size: int, *links: tuple[int, int]) -> dict[str, Any]:
    """A checkpoint with the cosignatures of both partners, and the links that lead to it."""
    keys = [key(other, "witness") for other in WITNESSES[node]]
    note = log.checkpoint(size, *keys)
    return {"note": note, "links": [log.link(*link) for link in links]}


def policy(log: Log, *nodes: str) -> str:
    """The witness policy of a log."""
    told = [f"log {vkey}" for vkey in log.key.public().vkeys()]
    for node in nodes:
        first, second = key(node, "witness").public().vkeys()
        told += [f"witness {node}.ed25519 {first}", f"witness {node}.mldsa44 {second}"]
        told += [f"group {node} all {node}.ed25519 {node}.mldsa44"]
    number = 1 + 2 * len(nodes) // 3
    told += [f"group quorum-of-nodes {number} {' '.join(nodes)}", "quorum quorum-of-nodes"]
    return "\n".join(told) + "\n"


def receipt_part(number: int, size: int, seen: Any = None) -> dict[str, Any]:
    """A receipt of pk with its entry and proof."""
    place = 4 + number
    content = {"message": b64(RECEIPTS[number]), "salt": b64(RECEIPT_SALTS[number])}
    return {**content, **PK_LOG.logged(place, size, seen)}


def whole(**changes: Any) -> dict[str, Any]:
    """The bundle that the sender exports with everything in it."""
    return {
        "format": "relec/v1 evidence",
        "network": NETWORK,
        "sent": TR_LOG.logged(PLACE, 8, cosigned(TR_LOG, "tr", 11, (8, 11))),
        "content": {"message": b64(MESSAGE), "salt": b64(SALT)},
        "receipts": [
            receipt_part(0, 5, cosigned(PK_LOG, "pk", 6, (5, 6))),
            receipt_part(1, 6, cosigned(PK_LOG, "pk", 6)),
        ],
        "received": None,
        "agreements": [AGREEMENT],
        "notices": [],
        "cards": [card_note(node) for node in NODES],
        "policy": policy(TR_LOG, "iq", "pk"),
        **changes,
    }


def _proven(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple(("proven", code) for code in codes)


def _not(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple(("not-proven", code) for code in codes)


_AGREED = _proven("agreement", "grant")
_RECEIPT = _proven("receipt", "witnessed")


def goods() -> tuple[Good, ...]:
    """All of them."""
    return (
        _everything(),
        _commitment_only(),
        _by_recipient(),
        _rotated(),
        _uncompared(),
        _lost(),
        _closing(),
        _lost_and_good(),
        _lost_and_seen(),
        _partner_left_out(),
        _partner_invented(),
        _partner_of_before(),
    )


def _everything() -> Good:
    told = (
        *_proven("sent", "content", "witnessed"),
        *_RECEIPT,
        *_RECEIPT,
        *_not("recipient-only"),
        *_AGREED,
        *_proven("policy"),
        *_not(*COMMON),
    )
    comment = "the sender's export: message, receipts, agreement, a quorum saw both logs"
    return Good("good-01-everything", comment, whole(), ALL, "holds", told)


def _commitment_only() -> Good:
    bundle = whole(
        content=None, receipts=[], agreements=[], policy="", sent=TR_LOG.logged(PLACE, 6)
    )
    told = (
        *_proven("sent"),
        *_not("content-absent", "witness-absent", "receipt-absent", "agreement-absent", *COMMON),
    )
    comment = "the commitment alone, logged and not witnessed; what is missing is said"
    return Good("good-02-commitment-only", comment, bundle, ALL, "holds", told)


def _by_recipient() -> Good:
    seen = cosigned(TR_LOG, "tr", 9, (6, 7), (7, 8), (8, 11), (9, 11))
    bundle = whole(
        sent=TR_LOG.logged(PLACE, 6, seen),
        receipts=[],
        received=PK_LOG.logged(3, 6, cosigned(PK_LOG, "pk", 6)),
        policy=policy(TR_LOG, "iq", "pk"),
    )
    told = (
        *_proven("sent", "content", "witnessed", "received", "witnessed"),
        *_not("recipient-only"),
        *_AGREED,
        *_proven("policy"),
        *_not(*COMMON),
    )
    comment = "the recipient's export: its own entry, and links from round to round"
    return Good("good-03-from-the-recipient", comment, bundle, ALL, "holds", told)


def _rotated() -> Good:
    """New authority keys, and notices that change nothing for this message."""
    first = by(agreement(version=1), "tr", "pk")
    second = agreement(version=2, replaces=[HASH], valid_from=START + 40 * DAY)
    stop = by(notice("suspension", **_SUSPENSION), "pk")
    name = _hash(stop)
    lift = {**_SUSPENSION, "action": "lift", "number": 2, "lifts": [name]}
    bundle = whole(
        cards=[*(card_note(node) for node in NODES), later_card()],
        agreements=[first, by(second, "tr", "pk")],
        notices=[stop, by(notice("suspension", **lift), "pk"), termination(START + 30 * DAY)],
        receipts=[],
        policy="",
    )
    told = (
        *_proven("sent", "content", "witnessed"),
        *_not("receipt-absent"),
        *_AGREED,
        *_not(*COMMON),
    )
    comment = "keys that were rotated, a suspension that was lifted, an end that came later"
    return Good("good-04-rotated-and-lifted", comment, bundle, ALL, "holds", told)


def _uncompared() -> Good:
    told = (
        *_not("sent", "content", "witness-uncompared"),
        *(*_proven("receipt"), *_not("witness-uncompared")) * 2,
        *_not("recipient-only", "agreement", "grant", "policy", "authority", *COMMON),
    )
    comment = "only the recipient's authority was compared: what the sender signed stays open"
    only = {"pk": ALL["pk"]}
    return Good("good-05-sender-not-compared", comment, whole(), only, "incomplete", told)


def _lost() -> Good:
    """The log's key was lost; a smaller tree than the last good one, which a thief could sign."""
    bundle = whole(notices=[log_lost(9)], sent=TR_LOG.logged(PLACE, 8), policy="", receipts=[])
    told = (
        *_not("sent", "key-lost"),
        *_proven("content"),
        *_not("witness-absent", "receipt-absent"),
        *_AGREED,
        *_not(*COMMON),
    )
    comment = "a log whose key was lost: nothing vouches for a tree before the last good one"
    return Good("good-06-key-lost-later", comment, bundle, ALL, "incomplete", told)


def _lost_and_good() -> Good:
    """The log's key was lost; the tree is the last good head itself."""
    bundle = whole(notices=[log_lost(9)], sent=TR_LOG.logged(PLACE, 9), policy="", receipts=[])
    told = (
        *_proven("sent", "content"),
        *_not("witness-absent", "receipt-absent"),
        *_AGREED,
        *_not(*COMMON),
    )
    comment = "a log whose key was lost later: the revocation vouches for its last good head"
    return Good("good-08-key-lost-good-head", comment, bundle, ALL, "holds", told)


def _lost_and_seen() -> Good:
    """The log's key was lost; a quorum has cosigned what the tree leads to."""
    bundle = whole(notices=[log_lost(11)], receipts=[])
    told = (
        *_proven("sent", "content", "witnessed"),
        *_not("receipt-absent"),
        *_AGREED,
        *_proven("policy"),
        *_not(*COMMON),
    )
    comment = "a log whose key was lost later: a quorum vouches for a smaller tree"
    return Good("good-09-key-lost-witnessed", comment, bundle, ALL, "holds", told)


def _partner_left_out() -> Good:
    """When the tree was cosigned, a partner had to be asked of which there is no card."""
    partners = tuple(Partner(node=other, authority=fingerprint(other)) for other in ("iq", "pk"))
    ir = Partner(node="ir", authority="ab" * 32)
    early = card_note("tr", partners=(*partners, ir))
    late = later_card(partners=partners, valid_from=COSIGNED_AT_TIME + DAY)
    others = [card_note(node) for node in NODES if node != "tr"]
    bundle = whole(cards=[early, late, *others], receipts=[], policy="")
    told = (
        *_proven("sent", "content"),
        *_not("witness-unknown", "receipt-absent"),
        *_AGREED,
        *_not(*COMMON),
    )
    comment = "a later card does not list the partner that has no card here; the one of then does"
    return Good("good-10-partner-of-then", comment, bundle, ALL, "incomplete", told)


def _one_of_two(iq: str) -> dict[str, Any]:
    """Cosigned by pk alone where iq had to as well, with this card in the place of iq's."""
    note = TR_LOG.checkpoint(11, key("pk", "witness"))
    sent = TR_LOG.logged(PLACE, 8, {"note": note, "links": [TR_LOG.link(8, 11)]})
    cards = [iq, *(card_note(node) for node in NODES if node != "iq")]
    return whole(sent=sent, receipts=[], cards=cards, policy=policy(TR_LOG, "pk"))


def _too_few() -> tuple[tuple[str, str], ...]:
    open_ = ("witness-unknown", "receipt-absent")
    return *_proven("sent", "content"), *_not(*open_), *_AGREED, *_not("policy-unknown", *COMMON)


def _partner_invented() -> Good:
    """A card that whoever made the file has written takes a partner out of the quorum."""
    bundle = _one_of_two(card_note("iq", 7, partners=()))
    compared = {node: ALL[node] for node in ("pk", "tr")}
    comment = "a card of nobody knows whom says that a partner does not list the sender"
    return Good("good-11-partner-invented", comment, bundle, compared, "incomplete", _too_few())


def _partner_of_before() -> Good:
    """A partner's card that had run out when the tree was cosigned takes it out of the quorum."""
    bundle = _one_of_two(card_note("iq", valid_until=START + 10 * DAY))
    comment = "the only card of a partner had run out; whether a later one counts is not shown"
    return Good("good-12-partner-of-before", comment, bundle, ALL, "incomplete", _too_few())


def _closing() -> Good:
    """A recall after the agreement was terminated: it closes open business."""
    text = by(agreement(grant={"types": ["info.request", "recall"]}), "tr", "pk")
    name = parse_agreement(text.encode()).hash
    said = message(type="recall", urgency="routine")
    log = Log("tr", [*FILLERS, sent(said, SALT, SENT_AT, agreement=name)])
    bundle = whole(
        sent=log.logged(PLACE, 6),
        content={"message": b64(said), "salt": b64(SALT)},
        agreements=[text],
        notices=[termination(START + 10 * DAY, agreement=name)],
        receipts=[],
        policy="",
    )
    told = (
        *_proven("sent", "content"),
        *_not("witness-absent", "receipt-absent"),
        *_proven("agreement-over", "grant"),
        *_not(*COMMON),
    )
    comment = "a recall after the end of the agreement: it closes open business"
    return Good("good-07-closing-business", comment, bundle, ALL, "holds", told)


_SUSPENSION: dict[str, Any] = {
    "node": "pk",
    "with": ["tr"],
    "issued": START + DAY,
    "number": 1,
    "action": "suspend",
}


def later_card(*keys: Any, **changes: Any) -> str:
    """The second card of tr, with new authority keys that both have signed."""
    signers = keys or (key("tr", "authority", 2), key("tr", "authority"))
    return card_note("tr", 2, *signers, **changes)


def termination(effective: Any, node: str = "pk", **changes: Any) -> str:
    """A node ends the agreement."""
    values = {"node": node, "agreement": HASH, "with": ["tr" if node == "pk" else "pk"]}
    dates = {"issued": START + DAY, "effective": effective}
    return by(notice("termination", **{**values, **dates, **changes}), node)


def suspension(**changes: Any) -> str:
    """pk stops messages with tr."""
    return by(notice("suspension", **{**_SUSPENSION, **changes}), "pk")


def log_lost(size: int, node: str = "tr", **changes: Any) -> str:
    """A node revokes the key of its log."""
    log = {"tr": TR_LOG, "pk": PK_LOG}[node]
    values = {"node": node, "kind": "log", "key": log.key.name, "since": START, "issued": END}
    good = {"good_size": size, "good_root": log.tree.root_at(size).hex(), **changes}
    return by(notice("revocation", **values, **good), node)


def witness_lost(node: str) -> str:
    """A node revokes its witness keys."""
    name = key(node, "witness").public().fingerprint()
    values = {"node": node, "kind": "witness", "key": name, "since": START, "issued": END}
    return by(notice("revocation", **values), node)


def _hash(note: str) -> str:
    from hashlib import sha256

    return sha256(note.rpartition("\n\n")[0].encode() + b"\n").hexdigest()


AT = COSIGNED_AT
