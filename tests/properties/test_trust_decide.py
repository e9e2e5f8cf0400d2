"""Laws of the decision. Signatures are not under test here, so texts are taken as signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
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
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import first_member
from relec_exchange.trust.signature import HybridKey, KeyKind

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


def _directory(own: str, texts: Iterable[SignedAgreement]) -> Directory:
    """The texts in the order given, each signed by all its parties."""
    held = {
        text.hash: HeldAgreement(text, verified=dict.fromkeys(_parties(text), ())) for text in texts
    }
    return Directory(NETWORK, "exercise", own, MEMBERS, held)


def _parties(text: SignedAgreement) -> Sequence[str]:
    return NODES if text.agreement.charter else text.agreement.parties


def _signed(agreement: Agreement) -> SignedAgreement:
    digest = hashlib.sha256(agreement.model_dump_json().encode()).hexdigest()
    return SignedAgreement(agreement, "", b"", digest, {})


def _some(values: Iterable[object]) -> st.SearchStrategy[tuple[object, ...]]:
    choices = sorted(values, key=str)
    return st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True).map(tuple)


TYPES = ("stat.report", "warning.notice", "test.ping", "info.request")
LEVELS = (DataLevel.NONE, DataLevel.AGGREGATE, DataLevel.NON_NOMINAL, DataLevel.NOMINAL)
MOMENTS = st.integers(0, 99).map(lambda day: START + day * DAY)


def _grant(**values: object) -> Grant:
    """Not Grant itself: its aliases would be taken for fields that are still to be filled."""
    return Grant.model_validate(values)


def grants(nodes: Sequence[str]) -> st.SearchStrategy[Grant]:
    return st.builds(
        _grant,
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
    return _signed(
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
    sender = grant.senders[0]
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


def _fits(grant: Grant, features: Features) -> bool:
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


@settings(max_examples=120, deadline=None)
@given(cases(st.lists(agreements(), max_size=4)))
def test_it_allows_exactly_what_some_grant_in_force_says(case):
    texts, features, at = case
    expected = features.sender != features.recipient and any(
        {features.sender, features.recipient} <= set(_parties(text))
        and text.agreement.valid_from <= at < text.agreement.valid_until
        and any(_fits(grant, features) for grant in text.agreement.grants)
        for text in texts
    )
    known = START <= at < START + 100 * DAY
    answer = decide(_directory("tr", texts), features, at)
    assert isinstance(answer, Allowed) == (expected and known)


@settings(max_examples=50, deadline=None)
@given(QUESTIONS, MOMENTS)
def test_nothing_signed_means_everything_is_denied(features, at):
    assert isinstance(decide(_directory("tr", ()), features, at), Denied)


@settings(max_examples=70, deadline=None)
@given(cases(texts_with_replacements()), agreements())
def test_an_agreement_more_that_replaces_nothing_takes_no_permission_away(case, more):
    texts, features, at = case
    if isinstance(decide(_directory("tr", texts), features, at), Allowed):
        assert isinstance(decide(_directory("tr", [*texts, more]), features, at), Allowed)


@settings(max_examples=70, deadline=None)
@given(cases(st.lists(agreements(), min_size=1, max_size=1)), st.data())
def test_a_grant_more_takes_no_permission_away(case, data):
    (text,), features, at = case
    more = data.draw(grants(text.agreement.parties)).model_copy(update={"id": "more"})
    values = {**text.agreement.__dict__, "grants": (*text.agreement.grants, more)}
    richer = _signed(Agreement(**values))
    if isinstance(decide(_directory("tr", [text]), features, at), Allowed):
        assert isinstance(decide(_directory("tr", [richer]), features, at), Allowed)


@settings(max_examples=70, deadline=None)
@given(cases(texts_with_replacements()), st.data())
def test_both_ends_answer_alike_in_whatever_order_they_learned(case, data):
    texts, features, at = case
    other = data.draw(st.permutations(texts))
    named = data.draw(st.sampled_from([None, "", *(text.hash for text in texts)]))
    here, there = _directory("tr", texts), _directory("pk", other)
    assert decide(here, features, at, named) == decide(there, features, at, named)


@settings(max_examples=70, deadline=None)
@given(cases(texts_with_replacements()))
def test_the_recipient_allows_by_name_what_the_sender_was_allowed(case):
    texts, features, at = case
    answer = decide(_directory("tr", texts), features, at)
    if isinstance(answer, Allowed):
        assert decide(_directory("pk", texts), features, at, answer.agreement_hash) == answer


@settings(max_examples=70, deadline=None)
@given(texts_with_replacements(), st.permutations(NODES))
def test_a_text_that_has_ended_between_two_nodes_never_returns(texts, nodes):
    pair = _directory("tr", texts).pair(nodes[0], nodes[1])
    for span in pair.spans:
        again = [s for s in pair.spans if s.signed == span.signed and s.starts > span.ends]
        assert not again
