"""Names, ids, origins and times have one written form each."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import (
    Origin,
    activity_origin,
    check_message_id,
    check_network,
    check_node,
    exchange_origin,
    format_time,
    message_id,
    parse_origin,
    parse_time,
)

NOW = datetime(2026, 11, 21, 17, 30, 0, 123_999, tzinfo=UTC)


def test_a_message_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    value = uuid.UUID(message_id(NOW, bytes(range(10))))
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize("bit", range(74))
def test_each_of_74_random_bits_changes_the_message_id(bit: int) -> None:
    flipped = message_id(NOW, (1 << bit).to_bytes(10, "big"))
    assert flipped != message_id(NOW, bytes(10))
    assert check_message_id(flipped) == flipped


def test_later_message_ids_sort_after_earlier_ones() -> None:
    assert message_id(NOW, b"\xff" * 10) < message_id(NOW + timedelta(milliseconds=1), bytes(10))


@pytest.mark.parametrize("random", [b"", bytes(9), bytes(11)])
def test_a_message_id_takes_exactly_ten_random_bytes(random: bytes) -> None:
    with pytest.raises(InvalidInput):
        message_id(NOW, random)


def test_a_time_is_written_in_utc_and_cut_to_milliseconds() -> None:
    ankara = NOW.astimezone(timezone(timedelta(hours=3)))
    assert format_time(ankara) == "2026-11-21T17:30:00.123Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput):
        format_time(NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T17:30:00Z",
        "2026-11-21T17:30:00.123456Z",
        "2026-11-21T17:30:00.123+00:00",
        "2026-11-21 17:30:00.123Z",
        "2026-11-21T17:30:00.123z",
        "2026-11-21T17:30:00.123Z\n",
        "2026-02-30T17:30:00.123Z",
        "2026-11-21T24:00:00.000Z",
        "2016-12-31T23:59:60.000Z",
        "٢٠٢٦-11-21T17:30:00.123Z",
        "",
    ],
)
def test_a_time_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_time(text)


@pytest.mark.parametrize("name", ["tr", "pk", "secretariat", "a234567890123456"])
def test_a_node_name_is_two_to_sixteen_letters_and_digits(name: str) -> None:
    assert check_node(name) == name


@pytest.mark.parametrize("name", ["t", "TR", "1r", "a2345678901234567", "t-r", "tr\n", "ıq", ""])
def test_another_node_name_is_refused_with_the_field(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_node(name, field="recipient")
    assert caught.value.field == "recipient"


@pytest.mark.parametrize("name", ["-a", "a-", "a", "A.b", "a" * 64, "a/b", "a\n"])
def test_a_network_name_out_of_form_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_network(name)


def test_origins_are_read_back_as_they_were_written() -> None:
    text = exchange_origin("relec.example", "tr", 12)
    assert text == "relec.example/tr/exchange/12"
    assert parse_origin(text) == Origin("relec.example", "tr", "exchange", 12)
    assert str(parse_origin(activity_origin("relec.example", "pk", 1))).endswith("/activity/1")


@pytest.mark.parametrize(
    "text",
    [
        "relec.example/tr/exchange",
        "relec.example/tr/exchange/0",
        "relec.example/tr/exchange/01",
        "relec.example/tr/exchange/1/2",
        "relec.example/tr/witness/1",
        "relec.example/TR/exchange/1",
        "/tr/exchange/1",
        "relec.example/tr/exchange/1\n",
    ],
)
def test_an_origin_out_of_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_origin(text)
