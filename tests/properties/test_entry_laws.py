"""Laws of the pass over what officers type: canonical stays, twice is once, nothing crashes."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_strategies import documents

from relec_exchange.client.compose import Draft
from relec_exchange.client.entry import Choices, enter
from relec_exchange.forms.calendars import VARIANTS, Calendar, convert
from relec_exchange.forms.day_counts import in_calendar

FULL = os.environ.get("RELEC_FULL") == "1"
FEW = settings(
    max_examples=300 if FULL else 8,
    derandomize=not FULL,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MORE = settings(max_examples=2_000 if FULL else 100, derandomize=not FULL, deadline=None)
NOMINAL = ["info.request", "info.spontaneous", "case.referral", "return.notice", "stat.report"]
FILLED = {"script", "from_zone", "birth_precision"}

plain = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
keys = st.sampled_from(
    [
        "persons",
        "birth",
        "date",
        "source",
        "text",
        "calendar",
        "variant",
        "names",
        "documents",
        "mrz",
        "status",
        "phones",
        "phone",
        "citizenships",
        "issuer",
        "number",
        "script",
        "fields",
        "question",
    ]
)
anything = st.recursive(
    plain | st.sampled_from(["solar_hijri", "bengali", "1369", "1990-01-01", "forged"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)


def _draft(document: Any) -> Draft:
    header = document["header"]
    return Draft(header["type"], header["recipient"], document["body"], header)


@pytest.mark.parametrize("name", NOMINAL)
@given(data=st.data())
@FEW
def test_what_a_message_may_say_is_changed_only_by_filling_from_its_zone(
    name: str, data: st.DataObject
) -> None:
    found = enter(_draft(data.draw(documents(name))), "tr")
    assert {note.code for note in found.of("changed")} <= FILLED
    assert not found.of("wrong")


@given(body=st.dictionaries(keys, anything, max_size=5))
@MORE
def test_nothing_typed_crashes_it_and_twice_is_once(body: dict[str, Any]) -> None:
    once = enter(Draft("info.request", "iq", body), "tr", Choices(True, "unknown"))
    twice = enter(once.draft, "tr", Choices(True, "unknown"))
    assert twice.draft.body == once.draft.body
    assert not twice.of("changed")


@given(
    day=st.dates(min_value=convert("1950", Calendar.GREGORIAN).first,
                 max_value=convert("2020", Calendar.GREGORIAN).last),
    kind=st.sampled_from(list(Calendar)),
    data=st.data(),
)  # fmt: skip
@MORE
def test_a_filled_date_is_never_contradicted_by_the_day_that_the_source_meant(
    day: Any, kind: Calendar, data: st.DataObject
) -> None:
    variant = data.draw(st.sampled_from(VARIANTS[kind]))
    year, month, at = in_calendar(day, kind, variant)
    source = {"calendar": kind.value, "variant": variant, "text": f"{year}-{month}-{at}"}
    body = {"persons": [{"birth": {"source": source}}]}
    found = enter(Draft("info.request", "iq", body), "tr").draft.body["persons"][0]["birth"]
    assert "date" not in found or day.isoformat().startswith(found["date"])
