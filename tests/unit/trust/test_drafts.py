"""Drafts: what is proposed to authorities, and what is not."""

import pytest
from trust_network import grant, make_card, terms

from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import read_agreement
from relec_exchange.trust.card import authority_fingerprint, format_fingerprint, read_card
from relec_exchange.trust.drafts import draft_agreement, draft_card, draft_charter


def test_a_drafted_card_is_read_back_and_shows_its_fingerprint():
    card = make_card("tr")
    text = draft_card(card)
    assert read_card(text) == card
    assert f"# {format_fingerprint(authority_fingerprint(card))}\n" in text


def test_a_drafted_agreement_is_read_back_with_its_grants():
    grants = (grant("one", withhold=("rows.sex",), units=("desk",)), grant("two", min_cell=10))
    found = read_agreement(
        draft_agreement(terms("tr", "pk", version=2, replaces=("a" * 64,), grants=grants))
    )
    assert found.grants == grants
    assert found.replaces == ("a" * 64,)


def test_the_charter_grants_everything_that_is_on_by_default_and_nothing_else():
    charter = read_agreement(draft_charter(terms("*")))
    granted = {(t, level) for g in charter.grants for t in g.types for level in g.levels}
    usable = {(t, level) for t, level in granted if level in CATALOGUE[t].levels}
    on = {(t.name, level) for t in CATALOGUE.values() if t.charter_default for level in t.levels}
    # A correction is on whatever it mends, but about persons only where a pair agreed on that.
    persons = {DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE}
    assert usable == {(name, level) for name, level in on if level not in persons}
    assert {code for g in charter.grants for code in g.handling} == {Handling.H0}


@pytest.mark.parametrize("kind", ["exercise", "production"])
def test_the_charter_never_grants_data_about_persons(kind):
    charter = read_agreement(draft_charter(terms("*", network_kind=kind)))
    assert not charter.nominal


def test_only_the_grant_for_rescues_has_that_purpose():
    charter = read_agreement(draft_charter(terms("*")))
    rescue = [g for g in charter.grants if Purpose.RESCUE_ONLY in g.purposes]
    assert [g.id for g in rescue] == ["rescue"]
    mending = {"correction", "recall", "recall.outcome"}
    assert set(rescue[0].types) == {"warning.life_at_risk", "ack"} | mending


def test_requests_about_persons_are_proposed_in_an_exercise_only():
    exercise = read_agreement(draft_agreement(terms("tr", "pk")))
    earnest = read_agreement(draft_agreement(terms("tr", "pk", network_kind="production")))
    by_name = {grant.id: grant for grant in exercise.grants}
    assert "info.request" in by_name["requests"].types
    assert "return.notice" in by_name["returns"].types
    assert "info.request" not in by_name["returns"].types
    assert by_name["protection"].levels == (DataLevel.NOMINAL_SENSITIVE,)
    for name in ("requests", "returns", "protection"):
        assert {"recall", "recall.outcome"} <= set(by_name[name].types)
    # What was sealed is not corrected in the open.
    assert "correction" in by_name["requests"].types
    assert "correction" not in by_name["protection"].types
    assert {level for g in earnest.grants for level in g.levels} == {
        DataLevel.NON_NOMINAL,
        DataLevel.NONE,
    }


def test_requests_about_persons_in_earnest_are_proposed_where_wanted_and_with_both_promises():
    wanted = terms("tr", "pk", network_kind="production", persons=True)
    agreement = read_agreement(draft_agreement(wanted))
    assert "requests" in {grant.id for grant in agreement.grants}
    assert agreement.assurances.complete


def test_an_exercise_may_leave_persons_out_and_then_promises_nothing():
    agreement = read_agreement(draft_agreement(terms("tr", "pk", persons=False)))
    assert not agreement.nominal
    assert not agreement.assurances.complete


def test_restricted_warnings_are_acknowledged_and_rated():
    agreement = read_agreement(draft_agreement(terms("tr", "pk")))
    warnings = next(grant for grant in agreement.grants if grant.id == "restricted-warnings")
    assert {"ack", "feedback"} <= set(warnings.types)


def test_every_grant_is_told_in_words_above_it():
    text = draft_agreement(terms("tr", "pk", grants=(grant(),)))
    said = "# one: tr may send pk stat.report; kept for at most 100 days.\n[[grants]]\n"
    assert said in text


@pytest.mark.parametrize("title", ["", "two\nlines", "hidden \u202e mark"])
def test_a_title_that_would_mislead_is_not_drafted(title):
    with pytest.raises(InvalidInput):
        draft_agreement(terms("tr", "pk", title=title))
