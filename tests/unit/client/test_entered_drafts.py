"""What officers type becomes canonical, and what does not agree is told with its place."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from relec_exchange.client import Choices, Draft, Note
from relec_exchange.client.entry import Entered, enter, explaining
from relec_exchange.client.entry.single import CODES, PHONES
from relec_exchange.errors import InvalidInput
from relec_exchange.message import fields
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.semantics import _parts, _tree

ZONE = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
]
GERMAN = ["I<D<<L898902C36<<<<<<<<<<<<<<<", "7408122F1204159D<<<<<<<<<<<<<6", "MUSTER<<PERSON"]


def entered(node: str = "tr", choices: Choices | None = None, **person: Any) -> Entered:
    body = {"persons": [{"category": "suspect", **person}]}
    return enter(Draft("info.request", "iq", body), node, choices or Choices())


def person(found: Entered) -> dict[str, Any]:
    one: dict[str, Any] = found.draft.body["persons"][0]
    return one


def told(found: Entered) -> dict[str, Note]:
    return {note.code: note for note in found.notes}


def birth(**given: Any) -> Entered:
    return entered(birth=given)


def test_every_phone_and_code_of_a_state_in_the_catalogue_is_entered() -> None:
    kinds = (
        fields.Phone, fields.StateCode, fields.IssuerCode, fields.CitizenshipCode,
        fields.CountryCode,
    )  # fmt: skip
    marks = {id(kind.__metadata__[-1]) for kind in kinds}
    found = {
        model.model_fields[name].alias or name
        for kind in CATALOGUE.values()
        for model in _tree(kind.body)
        for name, hint in get_type_hints(model, include_extras=True).items()
        if any(id(part) in marks for part in _parts(hint))
    }
    assert found == PHONES | CODES.keys()


# ---- phones and codes


@pytest.mark.parametrize(
    ("node", "typed", "number"),
    [
        ("tr", "0532 123 45 67", "+905321234567"),
        ("tr", "۰۵۳۲ ۱۲۳ ۴۵ ۶۷", "+905321234567"),
        ("pk", "0301-2345678", "+923012345678"),
        ("bd", "০১৮১২৩৪৫৬৭৮", "+8801812345678"),
        ("tr", "+92 301 2345678", "+923012345678"),
    ],
)
def test_a_number_is_read_as_dialled_at_the_own_node(node: str, typed: str, number: str) -> None:
    found = entered(node, phones=[typed])
    assert person(found)["phones"] == [number]
    assert (told(found)["phone"].given, told(found)["phone"].expected) == (typed, number)


def test_a_canonical_number_is_left_alone_even_if_the_node_is_no_country() -> None:
    found = entered("ncp", phones=["+905321234567"])
    assert found.notes == ()
    assert entered("ncp", phones=["0532 123 45 67"]).notes[0].effect == "wrong"


def test_a_number_typed_in_two_ways_is_there_once() -> None:
    found = entered(phones=["+905321234567", "0532 123 45 67"])
    assert person(found)["phones"] == ["+905321234567"]
    assert told(found)["repeated"].path == "/body/persons/0/phones"


@pytest.mark.parametrize("typed", ["AF", "af", "afg", "Afghanistan", " afghanistan "])
def test_what_can_mean_one_state_alone_is_its_code(typed: str) -> None:
    found = entered(citizenships=[typed])
    assert person(found)["citizenships"] == ["AFG"]
    assert told(found)["code"].expected == "AFG"


@pytest.mark.parametrize(
    ("typed", "nearest"), [("Turkey", "TUR"), ("Iran", "IRN"), ("TRU", "TUR"), ("D", "DEU")]
)
def test_what_only_looks_like_a_state_is_told_and_not_written(typed: str, nearest: str) -> None:
    found = entered(citizenships=[typed])
    assert person(found)["citizenships"] == [typed]
    assert told(found)["code"].effect == "wrong"
    assert told(found)["code"].expected.startswith(nearest)


# ---- birth


def test_a_source_date_alone_gives_date_and_precision() -> None:
    found = birth(source={"calendar": "solar_hijri", "text": "۲۳ مرداد ۱۳۶۹"})
    assert person(found)["birth"]["date"] == "1990-08-14"
    assert person(found)["birth"]["precision"] == "day"


def test_a_month_across_two_gregorian_months_is_known_to_the_year() -> None:
    found = birth(source={"calendar": "solar_hijri", "text": "Mordad 1369"})
    assert (person(found)["birth"]["date"], person(found)["birth"]["precision"]) == ("1990", "year")


def test_a_year_across_two_is_never_chosen_for_the_officer() -> None:
    found = birth(source={"calendar": "solar_hijri", "text": "1369"})
    assert "date" not in person(found)["birth"]
    note = told(found)["birth_two_years"]
    assert (note.effect, note.expected) == ("wrong", "1990 or 1991")
    assert 'date = "1990"' in note.remedy


def test_a_date_that_the_source_cannot_mean_is_wrong_and_an_estimate_is_asked_about() -> None:
    source = {"calendar": "solar_hijri", "text": "1369"}
    assert told(birth(date="1988", source=source))["birth_source"].effect == "wrong"
    guessed = birth(date="1988", precision="estimated", source=source)
    assert told(guessed)["birth_source"].effect == "disagrees"
    assert "birth_source" not in told(birth(date="1991", source=source))


def test_a_date_finer_than_its_source_is_noted() -> None:
    source = {"calendar": "gregorian", "text": "1990"}
    assert told(birth(date="1990-05-04", source=source))["birth_finer"].expected == "1990"


def test_a_bengali_date_needs_its_variant() -> None:
    found = birth(source={"calendar": "bengali", "text": "1 Boishakh 1395"})
    assert told(found)["variant_missing"].expected == "bangladesh or west_bengal"


def test_a_year_of_another_calendar_in_date_is_noticed() -> None:
    assert told(birth(date="۱۳۶۹"))["birth_calendar"].given == "1369"


def test_what_is_withheld_is_not_filled_in() -> None:
    header = {"withheld": [{"path": "/body/persons/0/birth/date"}]}
    body = {"persons": [{"birth": {"source": {"calendar": "gregorian", "text": "1990-05-04"}}}]}
    found = enter(Draft("info.request", "iq", body, header), "tr")
    assert "date" not in person(found)["birth"]


def test_a_first_of_january_is_asked_about_unless_the_source_wrote_another_day() -> None:
    assert told(birth(date="1988-01-01"))["first_of_january"].effect == "asked"
    assert "first_of_january" not in told(birth(date="1988-01-01", first_of_january_confirmed=True))
    foreign = {"calendar": "solar_hijri", "text": "1366/10/11"}
    assert "first_of_january" not in told(birth(date="1988-01-01", source=foreign))


# ---- documents and names


def test_number_and_issuer_come_from_a_sound_zone() -> None:
    zone = [ZONE[0].replace("UTO", "IRQ"), ZONE[1].replace("UTO", "IRQ")]
    [paper] = person(entered(documents=[{"kind": "passport", "mrz": zone}]))["documents"]
    assert (paper["number"], paper["issuer"]) == ("L898902C3", "IRQ")


def test_a_number_whose_check_digit_is_wrong_is_not_taken_from_the_zone() -> None:
    zone = [ZONE[0], ZONE[1].replace("C36UTO", "C37UTO")]
    found = entered(documents=[{"kind": "passport", "mrz": zone}])
    assert "number" not in person(found)["documents"][0]
    assert told(found)["zone_number_check"].expected == "6"


def test_a_zone_typed_as_one_text_in_small_letters_is_cut_into_lines() -> None:
    found = entered(documents=[{"kind": "passport", "mrz": "\n".join(ZONE).lower()}])
    assert person(found)["documents"][0]["mrz"] == ZONE


def test_a_zone_is_compared_with_number_birth_and_names_of_the_person() -> None:
    paper = {"kind": "passport", "number": "X1", "mrz": ZONE}
    names = [{"text": "Örnek", "kind": "birth"}, {"text": "Anna Maria Eriksson", "kind": "father"}]
    found = entered(documents=[paper], names=names, birth={"date": "1975"}, sex="male")
    wrong = {note.code: note.path for note in found.of("disagrees")}
    assert wrong == {
        "zone_number": "/body/persons/0/documents/0/number",
        "zone_birth": "/body/persons/0/birth/date",
        "zone_sex": "/body/persons/0/sex",
        "zone_names": "/body/persons/0/names",
    }


def test_a_transliteration_proves_no_name_against_a_zone() -> None:
    name = {"text": "نمونه", "kind": "birth", "transliteration": "Anna Maria Eriksson"}
    found = entered(names=[name], documents=[{"kind": "passport", "mrz": ZONE}])
    assert "zone_names" in told(found)


def test_of_a_forged_document_everything_is_only_noted() -> None:
    zone = [ZONE[0], ZONE[1].replace("C36UTO", "C37UTO")]
    paper = {"kind": "passport", "number": "X1", "mrz": zone, "status": "forged"}
    assert {note.effect for note in entered(documents=[paper]).notes} == {"noted"}


def test_a_question_about_a_document_compares_its_zone_with_its_fields() -> None:
    body = {"mrz": ZONE, "fields": {"number": "X1", "issuer": "IRQ"}, "question": "valid"}
    found = enter(Draft("doc.verify.request", "iq", body), "tr")
    paths = [note.path for note in found.of("disagrees")]
    assert paths == ["/body/fields/number", "/body/fields/issuer"]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("مثال تجريبي", "Arab"),
        ("نمونه آزمایشی", "Arab"),
        ("مثالی نام", "Arab"),
        ("د ازمېښت نوم", "Arab"),
        ("উদাহরণ নাম", "Beng"),
        ("Örnek Kişi", "Latn"),
    ],
)
def test_a_name_has_the_script_of_its_letters_and_keeps_its_text(text: str, script: str) -> None:
    taken = entered(choices=Choices(transliterate=True), names=[{"text": text, "kind": "birth"}])
    [name] = person(taken)["names"]
    assert (name["text"], name["script"]) == (text, script)
    assert ("transliteration" in name) is (script != "Latn")
    assert name.get("transliteration_scheme") == (None if script == "Latn" else "relec-practical-1")


def test_a_transliteration_of_the_author_is_kept() -> None:
    name = {"text": "نمونه", "kind": "birth", "script": "Arab", "transliteration": "Namuna"}
    taken = entered(choices=Choices(transliterate=True), names=[name])
    assert person(taken)["names"] == [name]


def test_letters_of_another_script_than_said_do_not_agree() -> None:
    found = entered(names=[{"text": "نمونه", "kind": "birth", "script": "Latn"}])
    assert told(found)["script"].effect == "disagrees"
    mixed = entered(names=[{"text": "Аnna", "kind": "birth"}])
    assert told(mixed)["mixed_scripts"].effect == "noted"


# ---- the whole


def test_the_body_of_the_author_is_left_as_it_is() -> None:
    body = {"persons": [{"phones": ["0532 123 45 67"], "birth": {"date": "۱۹۹۰"}}]}
    enter(Draft("info.request", "iq", body), "tr")
    assert body == {"persons": [{"phones": ["0532 123 45 67"], "birth": {"date": "۱۹۹۰"}}]}


def test_an_error_says_what_is_wrong_without_any_value() -> None:
    found = entered(phones=["12"], birth={"source": {"calendar": "solar_hijri", "text": "1369"}})
    with pytest.raises(InvalidInput) as caught, explaining(found.notes):
        raise InvalidInput("no", field="body")
    assert "two Gregorian years" in caught.value.remedy
    assert "1369" not in caught.value.remedy
    assert "1369" not in repr(found.notes)
