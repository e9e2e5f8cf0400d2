"""Laws of the decision: deny by default, monotone, the same at both ends, in any order."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st
from strategy_agreements import (
    DAY,
    MOMENTS,
    NODES,
    QUESTIONS,
    START,
    agreements,
    cases,
    directory_of,
    fits,
    grants,
    lift_of,
    notices_about,
    parties_of,
    signed_text,
    suspensions,
    terminations,
    texts_with_replacements,
)

from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.trust.agreement import Agreement
from relec_exchange.trust.decide import RULES, Allowed, Denied, decide

MANY = 20 if os.environ.get("RELEC_FULL") else 1


def allowed(directory, features, at, named=None) -> bool:
    return isinstance(decide(directory, features, at, named), Allowed)


@settings(max_examples=100 * MANY, deadline=None)
@given(cases(st.lists(agreements(), max_size=4)))
def test_it_allows_exactly_what_some_grant_in_force_says(case):
    texts, features, at = case
    closes = CATALOGUE[features.type].closes
    expected = features.sender != features.recipient and any(
        {features.sender, features.recipient} <= set(parties_of(text))
        and text.agreement.valid_from <= at
        and (at < text.agreement.valid_until or closes)
        and any(fits(grant, features) for grant in text.agreement.grants)
        for text in texts
    )
    known = START <= at < START + 100 * DAY
    answer = decide(directory_of("tr", texts), features, at)
    assert isinstance(answer, Allowed) == (expected and known)


@settings(max_examples=50 * MANY, deadline=None)
@given(QUESTIONS, MOMENTS)
def test_nothing_signed_means_everything_is_denied(features, at):
    assert isinstance(decide(directory_of("tr", ()), features, at), Denied)


@settings(max_examples=40 * MANY, deadline=None)
@given(cases(texts_with_replacements()), agreements())
def test_an_agreement_more_that_replaces_nothing_takes_no_permission_away(case, more):
    texts, features, at = case
    if isinstance(decide(directory_of("tr", texts), features, at), Allowed):
        assert isinstance(decide(directory_of("tr", [*texts, more]), features, at), Allowed)


@settings(max_examples=40 * MANY, deadline=None)
@given(cases(st.lists(agreements(), min_size=1, max_size=1)), st.data())
def test_a_grant_more_takes_no_permission_away(case, data):
    (text,), features, at = case
    more = data.draw(grants(text.agreement.parties)).model_copy(update={"id": "more"})
    values = {**text.agreement.__dict__, "grants": (*text.agreement.grants, more)}
    richer = signed_text(Agreement(**values))
    if isinstance(decide(directory_of("tr", [text]), features, at), Allowed):
        assert isinstance(decide(directory_of("tr", [richer]), features, at), Allowed)


@settings(max_examples=40 * MANY, deadline=None)
@given(cases(texts_with_replacements()), st.data())
def test_both_ends_answer_alike_in_whatever_order_they_learned(case, data):
    texts, features, at = case
    other = data.draw(st.permutations(texts))
    named = data.draw(st.sampled_from([None, "", *(text.hash for text in texts)]))
    here, there = directory_of("tr", texts), directory_of("pk", other)
    assert decide(here, features, at, named) == decide(there, features, at, named)


@settings(max_examples=40 * MANY, deadline=None)
@given(cases(texts_with_replacements()))
def test_the_recipient_allows_by_name_what_the_sender_was_allowed(case):
    texts, features, at = case
    answer = decide(directory_of("tr", texts), features, at)
    if isinstance(answer, Allowed):
        assert decide(directory_of("pk", texts), features, at, answer.agreement_hash) == answer


@settings(max_examples=40 * MANY, deadline=None)
@given(texts_with_replacements(), st.permutations(NODES))
def test_a_text_that_has_ended_between_two_nodes_never_returns(texts, nodes):
    pair = directory_of("tr", texts).pair(nodes[0], nodes[1])
    for span in pair.spans:
        again = [s for s in pair.spans if s.signed == span.signed and s.starts > span.ends]
        assert not again


# ---- with notices --------------------------------------------------------------------------------


@st.composite
def told(draw: st.DrawFn):
    """Texts with replacements, notices about them, a question that comes near, and a time."""
    texts, features, at = draw(cases(texts_with_replacements()))
    return texts, draw(notices_about(texts)), features, at


@settings(max_examples=60 * MANY, deadline=None)
@given(told(), st.data())
def test_both_ends_answer_alike_whatever_came_first(case, data):
    texts, notices, features, at = case
    named = data.draw(st.sampled_from([None, "", *(text.hash for text in texts)]))
    here = directory_of("tr", texts, notices)
    there = directory_of(
        "pk", data.draw(st.permutations(texts)), data.draw(st.permutations(notices))
    )
    answer = decide(here, features, at, named)
    assert decide(there, features, at, named) == answer
    if isinstance(answer, Denied):
        assert answer.rule in RULES


@settings(max_examples=60 * MANY, deadline=None)
@given(told())
def test_the_recipient_allows_under_notices_by_name_what_the_sender_was_allowed(case):
    texts, notices, features, at = case
    answer = decide(directory_of("tr", texts, notices), features, at)
    if isinstance(answer, Allowed):
        there = directory_of("pk", texts, notices)
        assert decide(there, features, at, answer.agreement_hash) == answer


@settings(max_examples=50 * MANY, deadline=None)
@given(told(), suspensions(50))
def test_a_suspension_more_never_adds_a_permission(case, more):
    texts, notices, features, at = case
    if not allowed(directory_of("tr", texts, notices), features, at):
        assert not allowed(directory_of("tr", texts, [*notices, more]), features, at)


@settings(max_examples=50 * MANY, deadline=None)
@given(told(), suspensions(50))
def test_lifting_a_suspension_restores_the_answer(case, more):
    texts, notices, features, at = case
    before = decide(directory_of("tr", texts, notices), features, at)
    lifted = directory_of("tr", texts, [*notices, more, lift_of(more)])
    assert decide(lifted, features, at) == before


@settings(max_examples=50 * MANY, deadline=None)
@given(told(), st.data())
def test_a_termination_more_never_adds_a_permission_and_never_stops_what_closes(case, data):
    texts, notices, features, at = case
    if not texts:
        return
    more = data.draw(terminations(texts))
    before = directory_of("tr", texts, notices)
    after = directory_of("tr", texts, [*notices, more])
    if allowed(after, features, at):
        assert allowed(before, features, at)
    in_force = any(s.starts < more.notice.effective for s in _spans(before, features, more))
    if CATALOGUE[features.type].closes and in_force and allowed(before, features, at):
        assert allowed(after, features, at)


def _spans(directory, features, notice):
    pair = directory.pair(features.sender, features.recipient)
    return [s for s in pair.spans if s.signed.hash == notice.notice.agreement] if pair else []


@settings(max_examples=50 * MANY, deadline=None)
@given(told(), st.data())
def test_a_grant_fewer_never_adds_a_permission(case, data):
    texts, notices, features, at = case
    chosen = [n for n, text in enumerate(texts) if len(text.agreement.grants) > 1]
    free = [n for n in chosen if not _is_named(texts[n], texts, notices)]
    if not free:
        return
    place = data.draw(st.sampled_from(free))
    agreement = texts[place].agreement
    dropped = data.draw(st.integers(0, len(agreement.grants) - 1))
    kept = agreement.grants[:dropped] + agreement.grants[dropped + 1 :]
    poorer = signed_text(Agreement(**{**agreement.__dict__, "grants": kept}))
    fewer = [poorer if n == place else text for n, text in enumerate(texts)]
    if _ranks_alike(texts, fewer, features) and allowed(
        directory_of("tr", fewer, notices), features, at
    ):
        assert allowed(directory_of("tr", texts, notices), features, at)


def _is_named(text, texts, notices) -> bool:
    """Whether another text or a notice names it: a text with fewer grants has another hash."""
    named = {name for other in texts for name in other.agreement.replaces}
    named |= {getattr(notice.notice, "agreement", "") for notice in notices}
    return text.hash in named


def _ranks_alike(texts, fewer, features) -> bool:
    """Whether the other hash leaves everything in force when it was: ties go by the hash."""

    def times(known):
        pair = directory_of("tr", known).pair(features.sender, features.recipient)
        places = {text.hash: n for n, text in enumerate(known)}
        return {(s.starts, s.ends, places[s.signed.hash]) for s in pair.spans} if pair else set()

    return features.sender == features.recipient or times(texts) == times(fewer)


@settings(max_examples=50 * MANY, deadline=None)
@given(told())
def test_only_what_closes_open_business_is_allowed_as_that(case):
    texts, notices, features, at = case
    answer = decide(directory_of("tr", texts, notices), features, at)
    if isinstance(answer, Allowed) and answer.closing:
        assert CATALOGUE[features.type].closes
    if isinstance(answer, Allowed) and not answer.closing:
        pair = directory_of("tr", texts, notices).pair(features.sender, features.recipient)
        assert any(
            s.signed.hash == answer.agreement_hash and s.starts <= at < s.ends for s in pair.spans
        )
