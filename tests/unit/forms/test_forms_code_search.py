"""A word finds the code that it means, and one that may mean several decides nothing."""

from __future__ import annotations

import pytest

from relec_exchange.forms.code_search import exact, likely
from relec_exchange.forms.tables import table

STATES = table("iso3166-1-alpha-3").entries


@pytest.mark.parametrize("text", ["TR", "tr", "tur", "Türkiye", "turkiye", " TUR "])
def test_a_code_of_either_length_and_the_whole_name_are_exact(text: str) -> None:
    assert exact(text, STATES) == "TUR"


@pytest.mark.parametrize("text", ["Turkey", "Congo", "TURK", "", "  "])
def test_a_name_out_of_use_or_in_part_is_not_exact(text: str) -> None:
    assert exact(text, STATES) is None


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("iso3166-1-alpha-3", "Turkey", "TUR"),
        ("iso3166-1-alpha-3", "Iran", "IRN"),
        ("iso3166-1-alpha-3", "uk", "GBR"),
        ("iso3166-1-alpha-2", "Turkey", "TR"),
        ("iso4217", "toman", "IRR"),
        ("iso639", "per", "fa"),
        ("iso3166-2", "Istanbul", "TR-34"),
        ("iso15924", "bangla", "Beng"),
    ],
)
def test_the_likeliest_code_comes_first(name: str, text: str, first: str) -> None:
    assert likely(text, table(name))[0] == first


def test_a_part_of_a_name_proposes_every_state_that_has_it() -> None:
    assert set(likely("Congo", STATES)) == {"COG", "COD"}
    assert likely("", STATES) == ()
    assert len(likely("a", STATES, 3)) == 3
