"""Summary and difference: what is read before a signature."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trust_network import END, grant, terms

from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import Agreement, Grant, read_agreement
from relec_exchange.trust.difference import difference
from relec_exchange.trust.drafts import draft_agreement, draft_charter
from relec_exchange.trust.summary import summary


def agreed(*grants, **changes):
    return read_agreement(
        draft_agreement(terms("tr", "pk", grants=grants or (grant(),), **changes))
    )


def told(before=None, after=None):
    return difference(before or agreed(), after or agreed())


def test_the_summary_says_everything_that_decides():
    rich = agreed(
        grant(
            levels=(DataLevel.NOMINAL,),
            withhold=("rows.sex",),
            units=("desk",),
            readers=("border",),
            min_cell=10,
        ),
        version=2,
        replaces=("ab" * 32,),
    )
    assert summary(rich) == [
        "Agreement, version 2: Simulated text of an exercise",
        "Network: relec.example (exercise).",
        "Parties: tr, pk.",
        "Legal basis: None: this is simulated",
        "In force from 2026-11-01 00:00 UTC until before 2027-11-01 00:00 UTC, 365 days.",
        "It replaces abababababababab.",
        "Promises about persons: no death penalty, no torture.",
        "Identified persons may be named under it.",
        "Grant one: tr to pk",
        "  types: stat.report",
        "  areas: migrant_smuggling",
        "  purposes: prevention",
        "  levels: nominal",
        "  handling codes: H0",
        "  kept for at most 100 days",
        "  counts of persons below 10 are suppressed",
        "  cut before sending: rows.sex",
        "  only these units may send: desk",
        "  only these units of the recipient may see it: border",
    ]


def test_the_summary_of_a_charter_says_for_whom_and_which_times_it_shortens():
    charter = read_agreement(draft_charter(terms("*", times={"hold_seconds": 60})))
    lines = summary(charter)
    assert "Parties: all parties." in lines
    assert "It shortens times of the protocol: hold_seconds 60." in lines
    assert "Identified persons are never named under it." in lines
    assert "Grant statistics: all parties to each other" in lines


def test_two_equal_texts_differ_in_nothing():
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"areas": (Area.MIGRANT_SMUGGLING, Area.HUMAN_TRAFFICKING)}, "areas: human_trafficking"),
        ({"types": ("stat.analysis",)}, "types: stat.analysis added"),
        ({"purposes": (Purpose.VICTIM_PROTECTION,)}, "purposes: prevention taken out"),
        ({"levels": (DataLevel.NON_NOMINAL,)}, "levels: aggregate taken out"),
        ({"handling": (Handling.H0, Handling.H1)}, "handling: H1 added"),
        ({"retention_days": 30}, "retention_days: from 100 to 30"),
        ({"min_cell": 3}, "min_cell: from 5 to 3"),
        ({"withhold": ("rows.sex",)}, "withhold: rows.sex added"),
        ({"units": ("desk",)}, "units: from all to desk"),
        ({"readers": ("border",)}, "readers: from all to border"),
        ({"senders": ("pk",)}, "from: pk added"),
        ({"recipients": ("tr",)}, "to: pk taken out"),
    ],
)
def test_each_change_of_a_grant_is_told(changes, line):
    lines = told(after=agreed(grant(**changes)))
    assert any(f"grant one, {line}" in found for found in lines), lines


def test_a_grant_more_and_a_grant_fewer_are_told():
    two = agreed(grant(), grant("two", types=("stat.analysis",)))
    more = "grant two is added: tr to pk, stat.analysis, aggregate"
    assert told(after=two) == [more]
    assert told(before=two) == [more.replace("is added", "is taken out")]


def test_a_change_of_the_head_is_told():
    later = agreed(version=2, title="Another", valid_until=END + timedelta(days=1))
    assert told(after=later) == [
        'title: from "Simulated text of an exercise" to "Another"',
        "version: from 1 to 2",
        "valid_until: from 2027-11-01 00:00 to 2027-11-02 00:00 UTC (later)",
    ]


def test_a_promise_that_is_taken_back_is_told():
    persons = grant(levels=(DataLevel.NOMINAL,))
    text = draft_agreement(terms("tr", "pk", grants=(persons,)))
    after = read_agreement(text.replace("no_torture = true\n", ""))
    assert told(agreed(persons), after) == ["assurances.no_torture: no longer promised"]
    assert told(after, agreed(persons)) == ["assurances.no_torture: now promised"]


def test_times_and_replaced_texts_are_told():
    before = read_agreement(draft_charter(terms("*")))
    after = read_agreement(
        draft_charter(terms("*", times={"hold_seconds": 60}, version=2, replaces=("ab" * 32,)))
    )
    assert told(before, after) == [
        "version: from 1 to 2",
        "replaces: now abababababababab",
        "times.hold_seconds: from nothing to 60",
    ]


FIELDS = {
    "areas": st.sampled_from(((Area.MIGRANT_SMUGGLING,), tuple(Area))),
    "types": st.sampled_from((("stat.report",), ("stat.report", "stat.analysis"))),
    "retention_days": st.integers(1, 3),
    "min_cell": st.integers(3, 5),
    "units": st.sampled_from(((), ("desk",), ("desk", "border"))),
    "readers": st.sampled_from(((), ("desk",), ("border",))),
    "withhold": st.sampled_from(((), ("rows.sex",))),
}
GRANTS = st.lists(
    st.fixed_dictionaries(FIELDS, optional={}).flatmap(
        lambda values: st.sampled_from(("one", "two", "three")).map(
            lambda name: grant(name, **values)
        )
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda one: one.id,
)


@settings(max_examples=60, deadline=None)
@given(GRANTS, GRANTS)
def test_the_difference_is_empty_exactly_if_nothing_differs(some, others):
    before, after = _with(some), _with(others)
    alike = {one.id: _plain(one) for one in some} == {one.id: _plain(one) for one in others}
    assert (difference(before, after) == []) == alike


def _with(grants: list[Grant]) -> Agreement:
    return agreed().model_copy(update={"grants": tuple(grants)})


def _plain(one: Grant) -> dict[str, object]:
    return {
        name: frozenset(value) if isinstance(value, tuple) else value
        for name, value in one.model_dump().items()
    }
