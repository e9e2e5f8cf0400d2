"""Machine-readable zones: the specimens of ICAO Doc 9303, slips located, contradictions told."""

from __future__ import annotations

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.mrz import (
    PROTECTED_DOCUMENTS,
    PROTECTED_ISSUERS,
    Layout,
    check_digit,
    compare,
    mismatches,
    parse_mrz,
)
from relec_exchange.forms.tables import table

# The specimens that Doc 9303 parts 4 to 7 publish for the invented state of Utopia.
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
MRV_A = (
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
)
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
# Document numbers longer than their field.
TD1_LONG = (
    "I<UTOD23145890<7349<<<<<<<<<<<",
    "3407127M9507122UTO<<<<<<<<<<<2",
    "STEVENSON<<PETER<JOHN<<<<<<<<<",
)
TD2_LONG = ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8")

SPECIMENS = {
    Layout.TD3: (TD3, "L898902C3", "740812", "120415"),
    Layout.TD1: (TD1, "D23145890", "740812", "120415"),
    Layout.TD2: (TD2, "D23145890", "740812", "120415"),
    Layout.MRV_A: (MRV_A, "L8988901C", "400907", "961210"),
    Layout.MRV_B: (MRV_B, "L8988901C", "400907", "961210"),
}


@pytest.mark.parametrize("layout", list(Layout))
def test_the_published_specimen_of_each_layout_is_read_and_sound(layout: Layout) -> None:
    lines, number, birth, expiry = SPECIMENS[layout]
    zone = parse_mrz(lines)
    assert zone.layout is layout
    assert (zone.surname, zone.given, zone.sex) == ("ERIKSSON", "ANNA MARIA", "F")
    assert (zone.number, zone.issuer, zone.birth, zone.expiry) == (number, "UTO", birth, expiry)
    assert not zone.truncated
    assert mismatches(zone) == ()


def test_what_is_optional_is_kept_without_fillers() -> None:
    assert parse_mrz(TD3).optional == ("ZE184226B",)
    assert parse_mrz(TD1).optional == ()


@pytest.mark.parametrize("lines", [TD1_LONG, TD2_LONG])
def test_a_long_document_number_of_a_card_is_whole_and_checked(lines: tuple[str, ...]) -> None:
    zone = parse_mrz(lines)
    assert zone.number == "D23145890734"
    assert zone.optional == ()
    assert mismatches(zone) == ()
    wrong = tuple(line.replace("7349", "7359") for line in lines)
    assert {found.field for found in mismatches(parse_mrz(wrong))} == {
        "number_check",
        "composite_check",
    }


def _passport(first: str = TD3[0], **changes: str) -> tuple[str, str]:
    """The passport's second line with some fields written anew and sound check digits."""
    fields = {
        "number": "L898902C3",
        "nationality": "UTO",
        "birth": "740812",
        "sex": "F",
        "expiry": "120415",
        "optional": "ZE184226B<<<<<",
    } | changes
    checked = {name: fields[name] + check_digit(fields[name]) for name in fields}
    last = check_digit(
        checked["number"] + checked["birth"] + checked["expiry"] + checked["optional"]
    )
    second = (
        f"{checked['number']}{fields['nationality']}{checked['birth']}{fields['sex']}"
        f"{checked['expiry']}{checked['optional']}{last}"
    )
    return first, second


def test_an_empty_optional_field_may_have_a_filler_or_a_zero_as_its_check_digit() -> None:
    first, second = _passport(optional="<" * 14)
    assert second[42] == "0"
    assert mismatches(parse_mrz((first, second))) == ()
    assert mismatches(parse_mrz((first, second[:42] + "<" + second[43:]))) == ()


@pytest.mark.parametrize("birth", ["<<<<<<", "74<<<<", "7408<<", "000229", "740831"])
def test_a_birth_date_may_be_unknown_from_some_part_on(birth: str) -> None:
    assert mismatches(parse_mrz(_passport(birth=birth))) == ()


@pytest.mark.parametrize(
    ("field", "date", "told"),
    [
        ("birth", "74<<12", "fillers"),
        ("birth", "<<0812", "fillers"),
        ("birth", "7<0812", "fillers"),
        ("birth", "741312", "month"),
        ("birth", "740800", "day"),
        ("birth", "740431", "day"),
        ("birth", "750229", "day"),
        ("expiry", "12<<<<", "fillers"),
        ("expiry", "120432", "day"),
        ("birth", "74O812", "line 2, column 16: a letter in a date; likely 0"),
        ("expiry", "I20415", "line 2, column 22: a letter in a date; likely 1"),
    ],
)
def test_a_date_that_cannot_be_is_told(field: str, date: str, told: str) -> None:
    (found,) = mismatches(parse_mrz(_passport(**{field: date})))
    assert found.field == field
    assert told in found.explanation


def test_sex_may_be_left_open_but_not_be_another_letter() -> None:
    zone = parse_mrz(_passport(sex="<"))
    assert zone.sex == ""
    assert mismatches(zone) == ()
    (found,) = mismatches(parse_mrz(_passport(sex="X")))
    assert (found.field, found.given) == ("sex", "X")


def test_germany_is_written_with_one_letter() -> None:
    first, second = _passport(TD3[0].replace("UTO", "D<<"), nationality="D<<")
    zone = parse_mrz((first, second))
    assert (zone.issuer, zone.nationality) == ("D", "D")
    assert mismatches(zone) == ()
    assert compare(zone, issuer="DEU") == ()


def test_names_that_fill_their_field_may_be_cut() -> None:
    first = "P<UTO" + "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<KRASUANG"[:39]
    zone = parse_mrz(_passport(first))
    assert zone.truncated
    assert compare(zone, names=["Chayapa Dejthamrong Krasuang Nilavadhanananda"]) == ()
    assert compare(zone, names=["Chayapa Dejthamrong Suresh Nilavadhanananda"])


def test_an_unknown_issuer_is_told_the_nearest_code() -> None:
    (found,) = mismatches(parse_mrz(_passport(TD3[0].replace("UTO", "PKA"))))
    assert (found.field, found.given, found.expected) == ("issuer", "PKA", "PAK")


def test_a_failing_check_digit_is_told_with_what_would_fit() -> None:
    wrong = (TD3[0], TD3[1].replace("L898902C3", "L8989O2C3"))
    number, composite = mismatches(parse_mrz(wrong))
    assert (number.field, number.given, number.expected) == ("number_check", "6", "0")
    assert "0 for O as sign 6" in number.explanation
    assert composite.field == "composite_check"


@pytest.mark.parametrize(
    ("lines", "told", "remedy"),
    [
        ([], "here are 0 lines", "fillers"),
        ([TD3[0]], "here are 1 lines", "fillers"),
        ([TD3[0], TD3[1][:-1]], "line 2 has 43 signs, not 44", "fillers"),
        ([TD2[0] + "<", TD2[1]], "line 1 has 37 signs, not 36", "fillers"),
        ([TD1[0], TD1[1], TD1[2] + "<"], "line 3 has 31 signs, not 30", "fillers"),
        ([TD3[0], TD3[1].lower()], "line 2, column 1:", "capital"),
        ([TD3[0].replace("<", " "), TD3[1]], "line 1, column 2:", "filler <"),
        ([TD3[0].replace("I", "İ"), TD3[1]], "line 1, column 8:", "compare"),
        ([TD3[0], TD3[1].replace("0", "۰")], "line 2, column 6:", "digits 0 to 9"),
    ],
)
def test_what_cannot_be_a_zone_is_told_line_and_column(
    lines: list[str], told: str, remedy: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mrz(lines)
    assert told in caught.value.message
    assert remedy in caught.value.remedy


def test_typed_fields_that_fit_the_zone_give_nothing() -> None:
    zone = parse_mrz(TD3)
    assert compare(zone) == ()
    assert (
        compare(
            zone,
            number="l898902-c3",
            issuer="UTO",
            birth="1974-08-12",
            sex="female",
            names=["Annie", "Anna-Maria Eriksson", "آنا"],
        )
        == ()
    )
    assert compare(zone, birth="1974") == ()


def test_typed_fields_that_do_not_fit_are_told_one_by_one() -> None:
    found = compare(
        parse_mrz(TD3),
        number="L898902C8",
        issuer="TUR",
        birth="1974-12-08",
        sex="male",
        names=["Anna Maria Erikson"],
    )
    assert [(one.field, one.given, one.expected) for one in found] == [
        ("number", "L898902C8", "L898902C3"),
        ("issuer", "TUR", "UTO"),
        ("birth", "1974-12-08", "740812"),
        ("sex", "male", "F"),
        ("names", "Anna Maria Erikson", "ERIKSSON ANNA MARIA"),
    ]
    assert "typed was ERIKSON" in found[-1].explanation
    assert "the zone has ERIKSSON" in found[-1].explanation


@pytest.mark.parametrize(
    "name", ["Müller Şükrü", "MUELLER SUEKRUE", "Muller-Sukru", "Şükrü Müller"]
)
def test_marked_letters_fit_both_ways_in_which_issuers_write_them(name: str) -> None:
    plain = parse_mrz(_passport("P<UTO" + "MULLER<<SUKRU".ljust(39, "<")))
    recommended = parse_mrz(_passport("P<UTO" + "MUELLER<<SUEKRUE".ljust(39, "<")))
    assert () in (compare(plain, names=[name]), compare(recommended, names=[name]))


def test_the_codes_that_tell_protection_are_codes_of_the_tables() -> None:
    assert set(table("icao9303-issuers").entries) >= PROTECTED_ISSUERS
    assert set(table("icao9303-documents").entries) >= PROTECTED_DOCUMENTS
