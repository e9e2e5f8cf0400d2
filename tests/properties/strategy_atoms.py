"""The smallest values that documents are made of, for property tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relec_exchange.message.codes import (
    citizenships,
    countries,
    states,
)
from relec_exchange.message.identifiers import format_time, message_id

Json = dict[str, Any]


def codes(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([code.value for code in kind])


def record(required: Json, optional: Json | None = None) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional or {})


def listed(item: st.SearchStrategy[Any], smallest: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, min_size=smallest, max_size=3)


def numbered(key: str, item: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Records whose `key` is different in each."""
    return st.lists(item, min_size=1, max_size=3, unique_by=lambda value: value[key])


def distinct(item: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, max_size=3, unique=True)


BIDI = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=BIDI)
LINES = st.text(CHARACTERS, min_size=1, max_size=20)
TEXTS = st.text(CHARACTERS | st.just("\n"), min_size=1, max_size=40)
MOMENTS = st.integers(0, 4 * 10**12).map(
    lambda ms: datetime.fromisoformat("2000-01-01T00:00:00Z") + timedelta(milliseconds=ms)
)
IDS = st.builds(message_id, MOMENTS, st.binary(min_size=10, max_size=10))
TIMES = MOMENTS.map(format_time)
DATES = st.dates()
DAYS = DATES.map(date.isoformat)
COUNTS = st.integers(0, 2**53 - 1)
NUMBERS = st.integers(1, 2**53 - 1)
HASHES = st.binary(min_size=32, max_size=32)
DIGESTS = HASHES.map(bytes.hex)
COUNTRIES = st.sampled_from(sorted(countries()))
CITIZENSHIPS = st.sampled_from(sorted(citizenships()))
STATES = st.sampled_from(sorted(states()))
HANDLING = st.just(["H0"]) | st.lists(st.sampled_from(["H1", "H2"]), min_size=1, unique=True)
LANGUAGES = st.sampled_from(["en", "fa-AF", "ku-Arab-IQ", "bn", "ps"])
PHONES = st.integers(0, 9999999).map("+90212{:07}".format)
H3 = st.just({"handling": ["H2", "H3"], "handling_note": "Restricted"})


def degrees(limit: int, factor: int) -> st.SearchStrategy[float]:
    return st.integers(-limit * factor, limit * factor).map(lambda n: n / factor)
