"""Officers' keys: one label per act, key files, roles that may be held together."""

from __future__ import annotations

import os
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput, NotAuthorised
from relec_exchange.trust.officer import (
    Act,
    Officer,
    OfficerKey,
    Role,
    act_bytes,
    check_officer_name,
    check_roles,
    request_bytes,
)
from relec_exchange.trust.passphrase import COST_MIN, check_passphrase, stretch

KEY = OfficerKey.generate(lambda n: bytes(range(n)))
OTHER = OfficerKey.generate(bytes)
DIGEST = b"\x07" * 32
WORDS = "four plain words here"


def officer(*roles: Role, types: tuple[str, ...] = ("*",)) -> Officer:
    return Officer("ayse", "Ayse", "ncp", frozenset(roles), KEY.public, types)


AYSE = officer(Role.SUBMITTER)
ACTS = {
    "submit": (KEY.sign_submit, partial(AYSE.verify, Act.SUBMIT)),
    "release": (KEY.sign_release, partial(AYSE.verify, Act.RELEASE)),
    "open": (KEY.sign_open, partial(AYSE.verify, Act.OPEN)),
}


@pytest.mark.parametrize("signed", ACTS)
@pytest.mark.parametrize("claimed", ACTS)
def test_a_signature_for_one_act_passes_for_that_act_only(signed: str, claimed: str) -> None:
    signature = ACTS[signed][0](DIGEST)
    if signed == claimed:
        ACTS[claimed][1](DIGEST, signature)
        return
    with pytest.raises(NotAuthorised):
        ACTS[claimed][1](DIGEST, signature)


def test_the_signed_bytes_are_label_line_feed_and_digest() -> None:
    assert act_bytes(Act.SUBMIT, DIGEST) == b"relec/v1 submit\n" + DIGEST


def test_another_officers_signature_is_refused_and_the_field_is_named() -> None:
    with pytest.raises(NotAuthorised) as caught:
        AYSE.verify(Act.SUBMIT, DIGEST, OTHER.sign_submit(DIGEST))
    assert caught.value.field == "signature"


def test_a_digest_of_another_length_is_never_signed() -> None:
    with pytest.raises(InvalidInput):
        KEY.sign_submit(b"short")


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, 63), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_signature_is_refused(position: int, bit: int) -> None:
    signature = bytearray(KEY.sign_open(DIGEST))
    signature[position] ^= 1 << bit
    with pytest.raises(NotAuthorised):
        AYSE.verify(Act.OPEN, DIGEST, bytes(signature))


def test_each_part_of_a_request_is_signed() -> None:
    good = ("POST", "/v1/messages?x=1", b"{}", "2026-11-21T17:30:00.123Z", "n" * 22)
    signature = KEY.sign_request(*good)
    AYSE.verify_request(request_bytes(*good), signature)
    for place, other in enumerate(("GET", "/v1/messages", b"{ }", "2026-11-21T17:30:00.124Z", "m")):
        changed = [*good]
        changed[place] = other  # type: ignore[call-overload]
        with pytest.raises(NotAuthorised):
            AYSE.verify_request(request_bytes(*changed), signature)  # type: ignore[arg-type]


def test_a_key_file_opens_with_its_passphrase_only() -> None:
    data = KEY.to_pkcs8(WORDS, os.urandom, cost=COST_MIN)
    assert b"ENCRYPTED PRIVATE KEY" in data
    assert OfficerKey.from_pkcs8(data, WORDS).public == KEY.public
    for wrong in ("another passphrase", None):
        with pytest.raises(NotAuthorised) as caught:
            OfficerKey.from_pkcs8(data, wrong)
        assert caught.value.field == "passphrase"


def test_a_key_file_without_passphrase_is_plain_pkcs8() -> None:
    data = KEY.to_pkcs8(None, os.urandom)
    assert data.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert OfficerKey.from_pkcs8(data, None).public == KEY.public


def test_a_key_of_another_algorithm_is_no_officer_key() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    pem = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(NotAuthorised, match="Ed25519"):
        OfficerKey.from_pkcs8(pem, None)


def test_composed_and_decomposed_letters_are_one_passphrase() -> None:
    salt = bytes(16)
    assert stretch("gözlük gözlük", salt, COST_MIN) == stretch("gözlük gözlük", salt, COST_MIN)


@pytest.mark.parametrize(("cost", "salt"), [(13, 16), (21, 16), (14, 15)])
def test_a_file_cannot_ask_for_less_or_endless_work(cost: int, salt: int) -> None:
    with pytest.raises(InvalidInput):
        stretch(WORDS, bytes(salt), cost)


def test_a_short_passphrase_is_refused_for_a_new_key() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_passphrase("short")
    assert caught.value.remedy


@pytest.mark.parametrize("other", [Role.RELEASER, Role.SYSTEM])
def test_no_officer_both_releases_and_audits(other: Role) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_roles([Role.AUDITOR, other])
    assert caught.value.field == "roles"


def test_an_officer_has_a_role_and_a_system_has_no_second() -> None:
    for roles in ([], [Role.SYSTEM, Role.SUBMITTER]):
        with pytest.raises(InvalidInput):
            check_roles(roles)
    assert check_roles([Role.SUBMITTER, Role.RELEASER]) == {Role.SUBMITTER, Role.RELEASER}


def test_an_act_without_its_role_is_refused_and_names_the_role() -> None:
    with pytest.raises(NotAuthorised, match="releaser"):
        AYSE.require(Role.RELEASER)
    assert AYSE.require(Role.RELEASER, Role.SUBMITTER) is AYSE


def test_a_system_submits_only_types_that_its_record_names() -> None:
    system = officer(Role.SYSTEM, types=("stat.report",))
    assert system.require_type("stat.report") is system
    with pytest.raises(NotAuthorised, match=r"info\.request"):
        system.require_type("info.request")
    assert AYSE.require_type("info.request") is AYSE


@pytest.mark.parametrize("name", ["", "a", "Ayse", "1ayse", "ay se", "ayse\n", "a" * 33, "ay/se"])
def test_names_that_could_mislead_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_officer_name(name)
