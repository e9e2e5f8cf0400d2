"""Help while writing: every answer without a node, and from standard input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from commands import Relec

ZONE = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_sound_zone_is_read_from_arguments_file_and_input(
    relec: Relec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zone.txt"
    file.write_text("\n".join(ZONE))
    typed(monkeypatch, "\n".join(ZONE).lower())
    given = (relec("aid", "mrz", *ZONE, "--json"), relec("aid", "mrz", "--file", file, "--json"))
    for done in (*given, relec("aid", "mrz", "--json")):
        assert done.code == 0, done.err
        told = done.json()
        assert (told["fields"]["number"], told["mismatches"]) == ("L898902C3", [])
        assert {one["field"] for one in told["check_digits"]} == {
            *("number", "birth", "expiry", "optional", "composite")
        }


def test_a_wrong_check_digit_is_explained_with_what_was_expected(relec: Relec) -> None:
    wrong = ZONE[1].replace("L898902C3", "L8989O2C3")
    done = relec("aid", "mrz", ZONE[0], wrong)
    assert done.code == 0
    assert "0 for O as sign 6" in done.out
    digits = relec("aid", "mrz", ZONE[0], wrong, "--json").json()["check_digits"]
    assert digits[0] == {"field": "number", "given": "6", "expected": "0"}


def test_what_is_no_zone_is_refused_with_a_remedy(relec: Relec) -> None:
    done = relec("aid", "mrz", "ABC", "--json")
    assert (done.code, done.error()["field"]) == (2, "mrz")


def test_a_date_is_converted_in_every_variant_of_its_calendar(relec: Relec) -> None:
    done = relec("aid", "date", "1 Boishakh 1395", "--calendar", "bengali", "--json")
    found = {one["variant"]: one for one in done.json()["readings"]}
    assert found["bangladesh"]["date"] == "1988-04-14"
    assert found["west_bengal"]["precision"] == "estimated"


def test_a_date_without_calendar_is_read_in_all_that_have_it(relec: Relec) -> None:
    found = relec("aid", "date", "1369", "--json").json()["readings"]
    assert {one["calendar"] for one in found} == {"solar_hijri", "lunar_hijri", "bengali"}
    assert "find out the month" in relec("aid", "date", "1369").out


def test_a_day_that_does_not_exist_is_explained(relec: Relec) -> None:
    done = relec("aid", "date", "31 Mehr 1369", "--calendar", "solar_hijri", "--json")
    assert (done.code, done.error()["field"]) == (2, "day")
    assert relec("aid", "date", "no date").code == 2


@pytest.mark.parametrize(
    ("text", "country"),
    [("0532 123 45 67", "tr"), ("۰۵۳۲۱۲۳۴۵۶۷", "TR"), ("+90 532 1234567", None)],
)
def test_a_phone_number_is_written_for_messages(
    relec: Relec, text: str, country: str | None
) -> None:
    more = ("--country", country) if country else ()
    assert relec("aid", "phone", text, *more).out == "+905321234567\n"


def test_a_national_number_without_a_country_is_not_guessed(relec: Relec) -> None:
    done = relec("aid", "phone", "0532 123 45 67", "--json")
    assert (done.code, done.error()["field"]) == (2, "country")


def test_names_from_standard_input_are_told_by_script_and_compared(
    relec: Relec, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "محمد نمونه\nMuhammad Namuna\nÖrnek\n")
    found = relec("aid", "name", "--language", "fa", "--json").json()["names"]
    assert [one["script"] for one in found] == ["Arab", "Latn", "Latn"]
    assert [one["like_first"] for one in found] == [None, True, False]
    assert found[0]["transliteration"] == "Mhmd Nmvnh"
    assert found[1]["transliteration"] is None


def test_nothing_typed_is_told(relec: Relec, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, " \n")
    assert relec("aid", "name", "--json").error()["field"] == "text"


def test_every_table_is_listed_with_source_and_version(relec: Relec) -> None:
    from relec_exchange.forms.tables import NAMES

    found = relec("aid", "code", "--list", "--json").json()["tables"]
    assert [one["name"] for one in found] == list(NAMES)
    assert all(one["source"] and one["version"] and one["codes"] for one in found)


def test_a_name_finds_its_code_and_an_unknown_table_names_the_others(relec: Relec) -> None:
    done = relec("aid", "code", "iso3166-1-alpha-3", "Turkey")
    assert "TUR" in done.out
    assert "ISO 3166-1:2020" in done.out
    listed = relec("aid", "code", "iso4217", "--list", "--json").json()["codes"]
    assert len(listed) > 100
    assert "iso639" in relec("aid", "code", "nope", "x", "--json").error()["remedy"]
