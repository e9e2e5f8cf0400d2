"""A simulated network for the tests of trust: real keys from fixed seeds, real signed notes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    Broker,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    SuccessorKeys,
    Unit,
    WitnessKeys,
)
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import Terms, draft_agreement, draft_card, draft_charter
from relec_exchange.trust.drafts_notices import (
    draft_revocation,
    draft_suspension,
    draft_termination,
)
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey, KeyKind
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

NETWORK = "relec.example"
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)
NOW = START + timedelta(days=10)
NODES = ("tr", "pk", "iq")


def stream(label: str) -> Callable[[int], bytes]:
    """Bytes that are always the same for a label, where a real node takes random ones."""
    state = hashlib.shake_256(label.encode())
    position = 0

    def take(count: int) -> bytes:
        nonlocal position
        position += count
        return state.digest(position)[-count:]

    return take


@cache
def key(node: str, what: str, kind: KeyKind, generation: int = 1) -> HybridKey:
    name = f"{NETWORK}/{node}/{what}"
    return HybridKey.generate(name, kind, stream(f"{name} {generation}"))


def authority(node: str, generation: int = 1) -> HybridKey:
    return key(node, "authority", "note", generation)


def sealing_bytes(node: str, number: int) -> bytes:
    return stream(f"{node} sealing {number}")(1216)


def make_card(node: str, *, generation: int = 1, lists: Iterable[str] = NODES, **changes) -> Card:
    """A card whose authority keys are of the given generation and announce the next one."""
    values = {
        "network": NETWORK,
        "network_kind": "exercise",
        "node": node,
        "name": f"Simulated contact point of {node}",
        "version": generation,
        "valid_from": START,
        "valid_until": END,
        "authority": AuthorityKeys.of(
            authority(node, generation).public(), authority(node, generation + 1).public()
        ),
        "witness": WitnessKeys.of(key(node, "witness", "witness").public()),
        "broker": Broker(user=node),
        "duty": Duty(phone="+90 555 000 0000", email=f"duty@{node}.example", languages=("en",)),
        "schemas": dict.fromkeys(CATALOGUE, 1),
        "logs": (
            LogKeys.of(key(node, "exchange/1", "log").public()),
            LogKeys.of(key(node, "activity/1", "log").public()),
        ),
        "sealing": tuple(
            SealingEpoch.of(
                sealing_bytes(node, n),
                START + timedelta(days=30 * n),
                START + timedelta(days=30 * (n + 1)),
            )
            for n in range(2)
        ),
        "units": (Unit(name="general"),),
        "partners": tuple(
            Partner(node=other, authority=authority(other).public().fingerprint())
            for other in lists
            if other != node
        ),
    }
    return Card(**{**values, **changes})


def sign(text: str, *nodes: str, generation: int = 1) -> bytes:
    """A note with the signatures of these nodes' authorities."""
    note = sign_text(text, authority(nodes[0], generation))
    for node in nodes[1:]:
        note = merge_signatures(note, sign_text(text, authority(node, generation)))
    return note


def card_note(node: str, **changes) -> bytes:
    return sign(draft_card(make_card(node, **changes)), node)


def terms(*parties: str, **changes) -> Terms:
    values = {
        "network": NETWORK,
        "network_kind": "exercise",
        "parties": parties,
        "title": "Simulated text of an exercise",
        "legal_basis": "None: this is simulated",
        "valid_from": START,
        "valid_until": END,
    }
    return Terms(**{**values, **changes})


def agreement_note(*parties: str, signers: Iterable[str] = (), **changes) -> bytes:
    return sign(draft_agreement(terms(*parties, **changes)), *(signers or parties))


def charter_note(*signers: str, **changes) -> bytes:
    return sign(draft_charter(terms("*", **changes)), *signers)


def _notice(node: str, **changes) -> dict[str, object]:
    values = {"network": NETWORK, "network_kind": "exercise", "node": node}
    return {**values, "issued": NOW, "reason": "Simulated", **changes}


def termination(node: str = "tr", **changes) -> Termination:
    """tr ends what it has with pk, two days after it says so."""
    values = {"partners": ("pk",), "effective": NOW + timedelta(days=2), **changes}
    return Termination(**_notice(node, **values))


def suspension(node: str = "tr", **changes) -> Suspension:
    """tr stops everything with pk."""
    values = {"number": 1, "action": "suspend", "partners": ("pk",), **changes}
    return Suspension(**_notice(node, **values))


def lift(*hashes: str, node: str = "tr", **changes) -> Suspension:
    """tr lifts these suspensions with pk."""
    values = {"number": 2, "action": "lift", "partners": ("pk",), "lifts": hashes, **changes}
    return Suspension(**_notice(node, **values))


def revocation(kind: str, node: str = "tr", **changes) -> Revocation:
    """tr revokes a key of its first card."""
    values: dict[str, object] = {"kind": kind, "since": NOW - timedelta(days=1)}
    if kind == "log":
        values |= {"key": f"{NETWORK}/{node}/exchange/1", "good_size": 5, "good_root": "a" * 64}
    elif kind == "sealing":
        values |= {"key": make_card(node).sealing[0].id}
    elif kind == "witness":
        values |= {"key": key(node, "witness", "witness").public().fingerprint()}
    else:
        values |= {
            "key": authority(node).public().fingerprint(),
            "good_card": 1,
            "successor": SuccessorKeys.of(authority(node, 2).public()),
        }
    return Revocation(**_notice(node, **{**values, **changes}))


def notice_note(notice: Termination | Suspension | Revocation, generation: int = 1) -> bytes:
    """A notice, signed by the authority of its node; of an authority, by the next generation."""
    if isinstance(notice, Termination):
        return sign(draft_termination(notice), notice.node, generation=generation)
    if isinstance(notice, Suspension):
        return sign(draft_suspension(notice), notice.node, generation=generation)
    if notice.kind == "authority" and generation == 1:
        generation = 2
    return sign(draft_revocation(notice), notice.node, generation=generation)


def notice_hash(notice: Termination | Suspension | Revocation) -> str:
    """The identity of a notice."""
    text = notice_note(notice).partition(b"\n\n\xe2\x80\x94")[0] + b"\n"
    return hashlib.sha256(text).hexdigest()


def grant(name: str = "one", **changes) -> Grant:
    """What `stat_report` needs, from tr to pk."""
    values = {
        "id": name,
        "senders": ("tr",),
        "recipients": ("pk",),
        "areas": (Area.MIGRANT_SMUGGLING,),
        "types": ("stat.report",),
        "purposes": (Purpose.PREVENTION,),
        "levels": (DataLevel.AGGREGATE,),
        "handling": (Handling.H0,),
        "retention_days": 100,
    }
    return Grant(**{**values, **changes})


def stat_report(**changes) -> Features:
    values = {
        "type": "stat.report",
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "schema_version": 1,
        "area": Area.MIGRANT_SMUGGLING,
        "purpose": Purpose.PREVENTION,
        "data_level": DataLevel.AGGREGATE,
        "handling": (Handling.H0,),
        "sender_unit": "general",
    }
    return Features(**{**values, **changes})


def directory(
    own: str = "tr", nodes: Iterable[str] = NODES, notes: Iterable[bytes] = ()
) -> Directory:
    """A directory that has admitted these nodes' first cards, then these agreements."""
    result = Directory(NETWORK, "exercise", own)
    for node in nodes:
        result = result.admit_first(card_note(node), authority(node).public().fingerprint())
    for note in notes:
        agreement = note.startswith(b'format = "relec/v1 agreement"')
        result = result.with_agreement(note) if agreement else result.with_notice(note)
    return result
