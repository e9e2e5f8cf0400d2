"""Signed requests: whose they are, how old, and only once."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relec_exchange.errors import NotAuthorised, Unavailable
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.register import Register, sign_as_authority
from relec_exchange.trust.request import NonceMemory, SignedRequest, verify_request
from relec_exchange.trust.signature import HybridKey

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
START = NOW - timedelta(hours=1)
AUTHORITY = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
KEY = OfficerKey.generate(os.urandom)
_EMPTY = Register("relec.example", "tr", AUTHORITY.public())
_SEC = Officer("sec", "Sec", "ncp", frozenset({Role.SECURITY_OFFICER}), KEY.public)
REGISTER = _EMPTY.follow(sign_as_authority(_EMPTY.next_add(_SEC, NOW), AUTHORITY))


def request(at: datetime = NOW, nonce: str = "n" * 22) -> SignedRequest:
    time = format_time(at)
    signature = KEY.sign_request("GET", "/v1/inbox", b"", time, nonce)
    return SignedRequest("GET", "/v1/inbox", b"", "sec", time, nonce, b64(signature))


def test_a_good_request_names_its_officer() -> None:
    assert verify_request(request(), REGISTER, NonceMemory(START), NOW).name == "sec"


def test_a_request_passes_once() -> None:
    memory = NonceMemory(START)
    verify_request(request(), REGISTER, memory, NOW)
    with pytest.raises(NotAuthorised) as caught:
        verify_request(request(), REGISTER, memory, NOW)
    assert caught.value.field == "Relec-Nonce"


def test_a_forged_request_does_not_spend_the_nonce() -> None:
    memory = NonceMemory(START)
    forged = replace(request(), target="/v1/outbox")
    with pytest.raises(NotAuthorised):
        verify_request(forged, REGISTER, memory, NOW)
    verify_request(request(), REGISTER, memory, NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_clock_that_differs_too_much_is_told_its_skew(seconds: int) -> None:
    late = request(NOW + timedelta(seconds=seconds))
    with pytest.raises(NotAuthorised, match=re.escape(f"{seconds:+d} s")) as caught:
        verify_request(late, REGISTER, NonceMemory(START), NOW)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "change",
    [
        {"officer": "nobody"},
        {"signature": "!!!"},
        {"signature": b64(bytes(64))},
        {"signature": ""},
        {"nonce": "short"},
        {"nonce": "n" * 21 + "\n"},
        {"time": "yesterday"},
        {"method": "POST"},
        {"body": b"x"},
    ],
)
def test_whatever_is_wrong_is_not_authorised(change: dict[str, str]) -> None:
    with pytest.raises(NotAuthorised):
        verify_request(replace(request(), **change), REGISTER, NonceMemory(START), NOW)  # type: ignore[arg-type]


def test_a_request_from_before_the_node_started_is_refused() -> None:
    with pytest.raises(NotAuthorised, match="older"):
        verify_request(request(), REGISTER, NonceMemory(NOW + timedelta(seconds=1)), NOW)


def test_the_memory_is_bounded_and_forgets_what_can_no_longer_pass() -> None:
    memory = NonceMemory(START, limit=2)
    memory.use("a", NOW, NOW)
    memory.use("b", NOW, NOW)
    with pytest.raises(Unavailable):
        memory.use("c", NOW, NOW)
    later = NOW + timedelta(seconds=301)
    memory.use("c", later, later)
    with pytest.raises(NotAuthorised):
        memory.use("c", later, later)
