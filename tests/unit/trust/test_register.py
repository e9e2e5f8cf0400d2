"""The officers' register: only signed records that follow each other."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, RelecError
from relec_exchange.message.encoding import canonical
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.register import (
    OfficerRecord,
    Register,
    SignedRecord,
    parse_record,
    removing,
    sign_as_authority,
    sign_as_officer,
)
from relec_exchange.trust.signature import HybridKey

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
AUTHORITY = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
KEYS = {name: OfficerKey.generate(os.urandom) for name in ("sec", "ayse", "bora", "sec2")}
EMPTY = Register("relec.example", "tr", AUTHORITY.public())


def person(name: str, *roles: Role, key: str = "") -> Officer:
    return Officer(name, name.title(), "ncp", frozenset(roles), KEYS[key or name].public)


def first() -> SignedRecord:
    return sign_as_authority(EMPTY.next_add(person("sec", Role.SECURITY_OFFICER), NOW), AUTHORITY)


REGISTER = EMPTY.follow(first())


def add(register: Register, officer: Officer, by: str = "sec") -> SignedRecord:
    return sign_as_officer(register.next_add(officer, NOW), by, KEYS[by])


def removal_of(register: Register, name: str) -> OfficerRecord:
    return removing(register.network, register.node, register.number + 1, name, NOW)


def altered(signed: SignedRecord, by: str = "sec", **fields: object) -> SignedRecord:
    """A record with other fields, signed properly again."""
    text = canonical({**json.loads(signed.text), **fields}).decode()
    return SignedRecord(text, by, KEYS[by].sign_record(text))


def test_the_authority_adds_the_first_security_officer_who_adds_the_others() -> None:
    register = REGISTER.follow(add(REGISTER, person("ayse", Role.SUBMITTER)))
    assert register.officer("ayse") == person("ayse", Role.SUBMITTER)
    assert register.number == 2


def test_replaying_the_records_gives_the_same_register() -> None:
    records = [first()]
    records.append(add(REGISTER, person("ayse", Role.SUBMITTER)))
    replayed = Register.replay("relec.example", "tr", AUTHORITY.public(), records)
    assert replayed == REGISTER.follow(records[1])


def test_a_record_survives_its_file_form() -> None:
    signed = first()
    assert SignedRecord.from_json(signed.to_json()) == signed


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"record":"a"}', b'{"record":1,"signature":"","by":""}']
)
def test_a_damaged_record_file_is_invalid_input(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        SignedRecord.from_json(data)


def test_a_first_record_signed_by_the_officer_it_adds_is_refused() -> None:
    record = EMPTY.next_add(person("sec", Role.SECURITY_OFFICER), NOW)
    with pytest.raises(NotAuthorised):
        EMPTY.follow(sign_as_officer(record, "sec", KEYS["sec"]))


def test_another_nodes_authority_cannot_add_an_officer() -> None:
    stranger = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
    record = EMPTY.next_add(person("sec", Role.SECURITY_OFFICER), NOW)
    with pytest.raises(NotAuthorised):
        EMPTY.follow(sign_as_authority(record, stranger))


def test_half_of_the_authoritys_signature_is_not_enough() -> None:
    signed = first()
    half = b"".join(signed.signature.splitlines(keepends=True)[:1])
    with pytest.raises(NotAuthorised):
        EMPTY.follow(replace(signed, signature=half))


def test_only_a_security_officer_changes_the_register() -> None:
    register = REGISTER.follow(add(REGISTER, person("ayse", Role.SUBMITTER)))
    with pytest.raises(NotAuthorised, match="security_officer"):
        register.follow(add(register, person("bora", Role.RELEASER), by="ayse"))


def test_a_row_written_by_hand_is_refused() -> None:
    signed = add(REGISTER, person("ayse", Role.SUBMITTER))
    forged = replace(signed, text=signed.text.replace("submitter", "releaser"))
    with pytest.raises(NotAuthorised):
        REGISTER.follow(forged)


def test_two_names_with_one_key_are_refused_even_after_removal() -> None:
    register = REGISTER.follow(add(REGISTER, person("ayse", Role.SUBMITTER)))
    twin = person("bora", Role.RELEASER, key="ayse")
    with pytest.raises(Conflict) as caught:
        register.follow(add(register, twin))
    assert caught.value.field == "key"
    removal = sign_as_officer(removal_of(register, "ayse"), "sec", KEYS["sec"])
    register = register.follow(removal)
    with pytest.raises(NotFound):
        register.officer("ayse")
    with pytest.raises(Conflict):
        register.follow(add(register, twin))


def test_one_name_cannot_get_a_second_key() -> None:
    register = REGISTER.follow(add(REGISTER, person("ayse", Role.SUBMITTER)))
    with pytest.raises(Conflict) as caught:
        register.follow(add(register, person("ayse", Role.SUBMITTER, key="bora")))
    assert caught.value.field == "name"


def test_the_last_security_officer_stays_until_there_is_another() -> None:
    removal = sign_as_officer(removal_of(REGISTER, "sec"), "sec", KEYS["sec"])
    with pytest.raises(Conflict, match="last security officer"):
        REGISTER.follow(removal)
    register = REGISTER.follow(add(REGISTER, person("sec2", Role.SECURITY_OFFICER)))
    removal = sign_as_officer(removal_of(register, "sec"), "sec2", KEYS["sec2"])
    assert set(register.follow(removal).officers) == {"sec2"}


def test_a_record_cannot_be_followed_twice_or_out_of_turn() -> None:
    signed = add(REGISTER, person("ayse", Role.SUBMITTER))
    register = REGISTER.follow(signed)
    with pytest.raises(Conflict) as caught:
        register.follow(signed)
    assert caught.value.field == "number"


BAD = [
    {"node": "pk"},
    {"network": "other.example"},
    {"roles": ["auditor", "releaser"]},
    {"roles": ["submitter", "submitter"]},
    {"roles": ["king"]},
    {"roles": ["system"]},
    {"roles": []},
    {"name": "authority"},
    {"name": "bora"},  # the key is named for ayse
    {"key": AUTHORITY.public().vkeys()[1]},
    {"key": "nonsense"},
    {"display_name": "evil\u202ename"},
    {"display_name": "line\nbreak"},
    {"at": "2026-13-21T17:30:00.123Z"},
    {"number": 0},
    {"action": "change"},
    {"extra": 1},
    {"action": "remove"},  # with everything of an addition still in it
]


@pytest.mark.parametrize("fields", BAD, ids=[",".join(item) for item in BAD])
def test_a_properly_signed_but_wrong_record_is_refused_with_its_field(
    fields: dict[str, object],
) -> None:
    signed = altered(add(REGISTER, person("ayse", Role.SUBMITTER)), **fields)
    with pytest.raises(RelecError) as caught:
        REGISTER.follow(signed)
    assert caught.value.field


def test_a_record_in_another_spelling_is_refused() -> None:
    text = json.dumps(json.loads(first().text), indent=1)
    with pytest.raises(InvalidInput, match="canonical"):
        parse_record(text)


def test_a_huge_record_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidInput, match="4096"):
        parse_record("[" * 5000)
