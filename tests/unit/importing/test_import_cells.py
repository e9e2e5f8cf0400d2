"""Cells to values: exact forms, codes with a suggestion, texts tidied only as declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relec_exchange.importing import cells
from relec_exchange.importing.problems import CellError, shown
from relec_exchange.message.bodies.statistics import BorderType


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("12", 12), ("12.0", 12), ("007", 7), ("١٢", 12)]
)
def test_whole_numbers(text: str, value: int) -> None:
    assert cells.whole_number(text) == value


@pytest.mark.parametrize("text", ["-1", "1.5", "1,234", "1e3", "NaN", "", " 1", "9" * 16, "½"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        cells.whole_number(text)


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("2024-02-29", "%Y-%m-%d", (2024, 2, 29)),
        ("29.02.2024", "%d.%m.%Y", (2024, 2, 29)),
        ("02/03/2024", "%d/%m/%Y", (2024, 3, 2)),
        ("02/03/2024", "%m/%d/%Y", (2024, 2, 3)),
        ("2024-12", "%Y-%m", (2024, 12, 1)),
    ],
)
def test_dates_are_read_in_the_declared_form(
    text: str, form: str, value: tuple[int, int, int]
) -> None:
    moment = cells.moment(text, form)
    assert (moment.year, moment.month, moment.day) == value


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2024-2-3", "24-02-03", "2024-02-03 ", "0024-01-01"]
)
def test_a_date_that_does_not_exist_or_is_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="YYYY-MM-DD"):
        cells.moment(text, "%Y-%m-%d")


def test_positions_are_coarsened_to_two_decimals() -> None:
    assert cells.degrees("38.74477", 90) == 38.74
    assert str(cells.degrees("-0.001", 180)) == "0.0"


@pytest.mark.parametrize("text", ["90.01", "-91", "N38", "38,7", "1e1", "inf", ""])
def test_what_is_no_latitude_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        cells.degrees(text, 90)


def test_countries_become_two_letters_and_a_mistake_gets_a_suggestion() -> None:
    assert cells.country("PAK", "alpha3") == "PK"
    assert cells.country("PK", "alpha2") == "PK"
    with pytest.raises(CellError) as refused:
        cells.country("TURK", "alpha3")
    assert refused.value.remedy == "did you mean TUR?"


@pytest.mark.parametrize("code", ["OOO", "OOS", "UNK", "AFG"])
def test_citizenships_include_the_codes_of_the_public_data(code: str) -> None:
    assert cells.citizenship(code) == code


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (lambda text: cells.country(text, "alpha3"), "UNK"),
        (cells.citizenship, "pak"),
        (cells.code_of(BorderType), "Sea"),
    ],
)
def test_codes_outside_the_list_are_refused(convert: Callable[[str], str], text: str) -> None:
    with pytest.raises(CellError):
        convert(text)


def test_a_text_is_tidied_as_declared_and_otherwise_refused() -> None:
    raw = "<p>Aegean\u00a0 Sea\u200b,\n near 5 < 6</p>"
    assert cells.clean_text(raw, ("markup", "invisible", "spaces")) == "Aegean Sea, near 5 < 6"
    with pytest.raises(CellError, match="invisible"):
        cells.clean_text(raw, ())
    assert cells.clean_text("<p>x", ()) == "<p>x"


@pytest.mark.parametrize(
    "bad", ["\x1b[31m", "\u202e", "\u2066", "\x00", "\u2028", "\x85", "\ufeff"]
)
def test_characters_that_a_reader_cannot_see_never_pass(bad: str) -> None:
    with pytest.raises(CellError):
        cells.clean_text(f"a{bad}b", ())
    tidy = cells.clean_text(f"a{bad}b", ("invisible", "spaces"))
    assert tidy.isprintable()


def test_joiners_that_belong_to_the_spelling_stay() -> None:
    assert cells.clean_text("می\u200cخواهم", ("invisible", "spaces")) == "می\u200cخواهم"


def test_a_shown_value_is_short_and_obeyed_by_no_terminal() -> None:
    assert shown("\x1b[2J\u202ex\u00a0y") == "<U+001B>[2J<U+202E>x<U+00A0>y"
    assert len(shown("x" * 500)) == 60
