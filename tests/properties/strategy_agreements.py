"""Agreements, notices and questions for the laws of the decision.

Signatures are not under test there, so texts are taken as signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import Agreement, Grant, SignedAgreement
from relec_exchange.trust.card import Card, SignedCard, authority_fingerprint
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    Broker,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    WitnessKeys,
)
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import first_member
from relec_exchange.trust.notices import Notice, SignedNotice
from relec_exchange.trust.signature import HybridKey, KeyKind
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

NETWORK = "relec.example"
START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NODES = ("tr", "pk", "iq")


def _key(node: str, what: str, kind: KeyKind, label: str = "") -> HybridKey:
    name = f"{NETWORK}/{node}/{what}"
    seeds = iter(
        (hashlib.sha256(name.encode()).digest(), hashlib.sha256(name[::-1].encode()).digest())
    )
    return HybridKey.generate(name, kind, lambda _: next(seeds))


AUTHORITIES = {node: _key(node, "authority", "note").public() for node in NODES}


def _card(node: str) -> Card:
    sealing = hashlib.shake_256(node.encode()).digest(1216)
    return Card(
        network=NETWORK,
        network_kind="exercise",
        node=node,
        name="Simulated",
        version=1,
        valid_from=START,
        valid_until=START + 100 * DAY,
        authority=AuthorityKeys(
            **dict(zip(("ed25519", "mldsa44"), AUTHORITIES[node].vkeys(), strict=True)),
            next="0" * 64,
        ),
        witness=WitnessKeys.of(_key(node, "witness", "witness").public()),
        broker=Broker(user=node),
        duty=Duty(phone="+90 555 000 0000", email="duty@node.example", languages=("en",)),
        schemas=dict.fromkeys(CATALOGUE, 1),
        logs=tuple(
            LogKeys.of(_key(node, f"{log}/1", "log").public()) for log in ("exchange", "activity")
        ),
        sealing=(SealingEpoch.of(sealing, START, START + 30 * DAY),),
        partners=tuple(
            Partner(node=n, authority=AUTHORITIES[n].fingerprint()) for n in NODES if n != node
        ),
    )


MEMBERS = {
    node: first_member(
        SignedCard(card, "", b"", hashlib.sha256(node.encode()).hexdigest()),
        authority_fingerprint(card),
    )
    for node in NODES
    for card in (_card(node),)
}


def directory_of(
    own: str, texts: Iterable[SignedAgreement], notices: Iterable[SignedNotice] = ()
) -> Directory:
    """Texts and notices in the order given, each text signed by all its parties."""
    held = {
        text.hash: HeldAgreement(text, verified=dict.fromkeys(parties_of(text), ()))
        for text in texts
    }
    known = {notice.hash: notice for notice in notices}
    return Directory(NETWORK, "exercise", own, MEMBERS, held, known)


def parties_of(text: SignedAgreement) -> Sequence[str]:
    return NODES if text.agreement.charter else text.agreement.parties


def signed_text(agreement: Agreement) -> SignedAgreement:
    digest = hashlib.sha256(agreement.model_dump_json().encode()).hexdigest()
    return SignedAgreement(agreement, "", b"", digest, {})


def _some(values: Iterable[object]) -> st.SearchStrategy[tuple[object, ...]]:
    choices = sorted(values, key=str)
    return st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True).map(tuple)


TYPES = ("stat.report", "warning.notice", "test.ping", "info.request", "recall", "correction")
LEVELS = (DataLevel.NONE, DataLevel.AGGREGATE, DataLevel.NON_NOMINAL, DataLevel.NOMINAL)
MOMENTS = st.integers(0, 99).map(lambda day: START + day * DAY)


def grant_of(**values: object) -> Grant:
    """Not Grant itself: its aliases would be taken for fields that are still to be filled."""
    return Grant.model_validate(values)


def grants(nodes: Sequence[str]) -> st.SearchStrategy[Grant]:
    return st.builds(
        grant_of,
        id=st.sampled_from(("a", "b", "c", "d")),
        senders=_some(nodes),
        recipients=_some(nodes),
        areas=_some(Area),
        types=_some(TYPES),
        purposes=_some((Purpose.PREVENTION, Purpose.VICTIM_PROTECTION)),
        levels=_some(LEVELS),
        handling=_some(Handling),
        retention_days=st.integers(1, 100),
        units=st.sampled_from(((), ("desk",))),
    )


@st.composite
def agreements(draw: st.DrawFn, replaceable: Sequence[str] = ()) -> SignedAgreement:
    charter = draw(st.booleans())
    pair = draw(st.permutations(NODES))[:2]
    nodes = NODES if charter else tuple(pair)
    first = draw(st.integers(0, 60))
    replaces = tuple(draw(st.sets(st.sampled_from(replaceable), max_size=2))) if replaceable else ()
    return signed_text(
        Agreement(
            network=NETWORK,
            network_kind="exercise",
            title=f"Simulated {draw(st.integers(0, 10**6))}",
            charter=charter,
            parties=nodes,
            legal_basis="None",
            version=draw(st.integers(2, 4)),
            valid_from=START + first * DAY,
            valid_until=START + (first + draw(st.integers(1, 60))) * DAY,
            replaces=replaces,
            grants=tuple(
                draw(st.lists(grants(nodes), min_size=1, max_size=3, unique_by=lambda g: g.id))
            ),
        )
    )


@st.composite
def texts_with_replacements(draw: st.DrawFn) -> list[SignedAgreement]:
    """Up to five texts, some of which replace earlier ones."""
    texts: list[SignedAgreement] = []
    for _ in range(draw(st.integers(0, 5))):
        texts.append(draw(agreements([text.hash for text in texts])))
    return texts


QUESTIONS = st.builds(
    Features,
    type=st.sampled_from(TYPES),
    sender=st.sampled_from(NODES),
    recipient=st.sampled_from(NODES),
    exercise=st.just(True),
    schema_version=st.just(1),
    area=st.sampled_from(Area),
    purpose=st.sampled_from((Purpose.PREVENTION, Purpose.VICTIM_PROTECTION)),
    data_level=st.sampled_from(LEVELS),
    handling=st.sampled_from(((Handling.H0,), (Handling.H1,), (Handling.H1, Handling.H2))),
    sender_unit=st.sampled_from(("desk", "other")),
)


@st.composite
def cases(
    draw: st.DrawFn, texts: st.SearchStrategy[list[SignedAgreement]]
) -> tuple[list[SignedAgreement], Features, datetime]:
    """Texts, and a question that mostly comes near to what one of them grants."""
    drawn, question, at = draw(texts), draw(QUESTIONS), draw(MOMENTS)
    if not drawn or draw(st.integers(0, 4)) == 0:
        return drawn, question, at
    agreement = draw(st.sampled_from(drawn)).agreement
    days = (agreement.valid_until - agreement.valid_from).days
    at = agreement.valid_from + draw(st.integers(0, days)) * DAY
    near = _near(draw(st.sampled_from(agreement.grants)))
    changed = draw(st.sampled_from(("", "", "area", "data_level", "handling", "sender_unit")))
    if changed:
        near = replace(near, **{changed: getattr(question, changed)})
    return drawn, near, at


def _near(grant: Grant) -> Features:
    """A question that a grant answers, if it names two nodes."""
    sender = next((n for n in grant.senders if {n} != {*grant.recipients}), grant.senders[0])
    others = [node for node in grant.recipients if node != sender]
    return Features(
        type=grant.types[0],
        sender=sender,
        recipient=others[0] if others else sender,
        exercise=True,
        schema_version=1,
        area=grant.areas[0],
        purpose=grant.purposes[0],
        data_level=grant.levels[0],
        handling=grant.handling[:1],
        sender_unit="desk",
    )


def fits(grant: Grant, features: Features) -> bool:
    """The meaning of a grant, said a second time and plainly."""
    return (
        features.sender in grant.senders
        and features.recipient in grant.recipients
        and features.type in grant.types
        and features.area in grant.areas
        and features.data_level in grant.levels
        and features.purpose in grant.purposes
        and set(features.handling) <= set(grant.handling)
        and (not grant.units or features.sender_unit in grant.units)
    )


def signed_notice(notice: Notice) -> SignedNotice:
    """A notice, taken as signed by the authority of its node."""
    kind = "termination" if isinstance(notice, Termination) else "suspension"
    digest = hashlib.sha256(f"{kind} {notice.model_dump_json()}".encode()).hexdigest()
    signers = frozenset((AUTHORITIES[notice.node].fingerprint(),))
    return SignedNotice(kind, notice, "", b"", digest, signers)


def _partners(draw: st.DrawFn, node: str) -> tuple[str, ...]:
    others = [other for other in NODES if other != node]
    return tuple(draw(st.sampled_from((others[:1], others[1:], others, ["*"]))))


def _said_by(node: str) -> dict[str, object]:
    said = {"network": NETWORK, "network_kind": "exercise", "node": node, "reason": "Simulated"}
    return {**said, "issued": START - 9 * DAY}


@st.composite
def terminations(draw: st.DrawFn, texts: Sequence[SignedAgreement]) -> SignedNotice:
    """The end of one of these texts, by any node."""
    node = draw(st.sampled_from(NODES))
    return signed_notice(
        Termination(
            **_said_by(node),
            **{"with": _partners(draw, node)},
            agreement=draw(st.sampled_from(texts)).hash,
            effective=draw(MOMENTS),
        )
    )


@st.composite
def suspensions(draw: st.DrawFn, number: int = 1) -> SignedNotice:
    """Any suspension by any node; numbers must differ."""
    node = draw(st.sampled_from(NODES))
    return signed_notice(
        Suspension(
            **_said_by(node),
            **{"with": _partners(draw, node)},
            number=number,
            action="suspend",
            areas=draw(st.sampled_from(((), (), (), *((area,) for area in Area)))),
            types=draw(st.sampled_from(((), (), (), TYPES[:2], TYPES[2:], TYPES))),
            until=draw(st.sampled_from((None, None, START + 50 * DAY))),
        )
    )


def lift_of(suspended: SignedNotice, number: int = 99) -> SignedNotice:
    """The lift of a suspension for everybody whom it concerned."""
    notice = suspended.notice
    assert isinstance(notice, Suspension)
    lifted = {"action": "lift", "lifts": (suspended.hash,), "number": number}
    return signed_notice(Suspension(**_said_by(notice.node), **{"with": notice.partners}, **lifted))


@st.composite
def notices_about(draw: st.DrawFn, texts: Sequence[SignedAgreement]) -> list[SignedNotice]:
    """Some notices about these texts, some of them lifted again."""
    found = [draw(suspensions(number)) for number in range(1, draw(st.integers(1, 4)))]
    lifted = [lift_of(one, 100 + n) for n, one in enumerate(found) if draw(st.integers(0, 3)) == 0]
    ended = draw(st.lists(terminations(texts), max_size=2)) if texts else []
    return [*found, *lifted, *ended]
