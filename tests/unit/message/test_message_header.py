"""A header that breaks a rule is refused with the field that breaks it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from message_samples import CONTROL, ID, OTHER_ID, changed, sample

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import Purpose
from relec_exchange.message.document import read_document
from relec_exchange.message.encoding import b64
from relec_exchange.message.header import Header

PDF = b"%PDF-1.7\n"


def attachment(content: bytes = PDF, **fields: Any) -> dict[str, Any]:
    return {
        "name": "map.pdf",
        "media_type": "application/pdf",
        "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "data": b64(content),
    } | fields


BAD = [
    ({"handling": ["H0", "H1"]}, "header.handling"),
    ({"handling": []}, "header.handling"),
    ({"handling": ["H1", "H1"]}, "header.handling"),
    ({"handling": ["H4"]}, "header.handling.0"),
    ({"handling": ["H3"]}, "header.handling_note"),
    ({"urgency": "urgent"}, "header.urgency_reason"),
    ({"source_grade": ...}, "header.source_grade"),
    ({"info_grade": ...}, "header.source_grade"),
    ({"source_grade": ..., "info_grade": ...}, "header.source_grade"),
    ({"source_grade": "D"}, "header.source_grade"),
    ({"info_grade": 1}, "header.info_grade"),
    ({"recipient": "tr"}, "header.recipient"),
    ({"recipient": ["pk", "iq"]}, "header.recipient"),
    ({"sender": "TR"}, "header.sender"),
    ({"message_id": ID.upper()}, "header.message_id"),
    ({"exercise": 1}, "header.exercise"),
    ({"exercise": ...}, "header.exercise"),
    ({"schema_version": "1"}, "header.schema_version"),
    ({"schema_version": 2}, "header.schema_version"),
    ({"created_at": "2026-11-21T17:30:00Z"}, "header.created_at"),
    ({"created_at": 1_700_000_000}, "header.created_at"),
    ({"deadline": "2026-11-21T17:30:00.123Z"}, "header.deadline"),
    ({"retain_until": "2026-02-30"}, "header.retain_until"),
    ({"retain_until": "20260228"}, "header.retain_until"),
    ({"retain_until": "2027-01-01", "review_on": "2027-01-02"}, "header.review_on"),
    ({"area": "drugs"}, "header.area"),
    ({"data_level": "nominal"}, "header.data_level"),
    ({"purpose": "rescue_only"}, "header.purpose"),
    ({"legal_basis": "a\nb"}, "header.legal_basis"),
    ({"own_ref": "a\u202eb"}, "header.own_ref"),
    ({"own_ref": "a\x1b[31mb"}, "header.own_ref"),
    ({"own_ref": ""}, "header.own_ref"),
    ({"language": "english"}, "header.language"),
    ({"related": [OTHER_ID, OTHER_ID]}, "header.related"),
    ({"related": OTHER_ID}, "header.related"),
    ({"subject_categories": ["offender"]}, "header.subject_categories.0"),
    ({"withheld": [{"path": "body/x", "commitment": "ab" * 32}]}, "header.withheld.0.path"),
    ({"withheld": [{"path": "/body/x", "commitment": "ab" * 32}] * 2}, "header.withheld"),
    ({"attachments": [attachment(), attachment()]}, "header.attachments"),
    ({"attachments": [attachment(size=4)]}, "header.attachments.0.size"),
    ({"attachments": [attachment(digest="00" * 32)]}, "header.attachments.0.digest"),
    ({"attachments": [attachment(data="cGRmC")]}, "header.attachments.0.data"),
    ({"attachments": [attachment(name="../map")]}, "header.attachments.0.name"),
    (
        {"attachments": [attachment(media_type="application/zip")]},
        "header.attachments.0.media_type",
    ),
    ({"attachments": [attachment(media_type="image/png")]}, "header.attachments.0.media_type"),
    ({"attachments": [attachment(b"\xff", media_type="text/csv")]}, "header.attachments.0.data"),
    ({"language": "xq"}, "header.language"),
    (
        {"withheld": [{"path": "/body/where/country", "commitment": "ab" * 32}]},
        "header.withheld.0.path",
    ),
    ({"withheld": [{"path": "/body/nosuch", "commitment": "ab" * 32}]}, "header.withheld.0.path"),
    (
        {"attachments": [attachment(PDF + bytes(100_000), name=n) for n in "ab"]},
        "header.attachments",
    ),
    ({"sequence": 1}, "header"),
]


@pytest.mark.parametrize(("fields", "field"), BAD)
def test_a_header_that_breaks_a_rule_is_refused_by_field(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed("warning.notice", "header", **fields))
    assert caught.value.field == field


GOOD: list[dict[str, Any]] = [
    {"handling": ["H0"]},
    {"handling": ["H3", "H1"], "handling_note": "Only for the border police"},
    {"urgency": "flash", "urgency_reason": "Tonight"},
    {"deadline": "2026-11-21T17:30:00.124Z"},
    {"retain_until": "2027-01-01", "review_on": "2027-01-01"},
    {"attachments": [attachment(), attachment(name="Harita ü.pdf")]},
    {"subject_categories": ["migrant", "possible_victim"], "derived_from": [OTHER_ID]},
    {"handling_note": None},
    {"withheld": [{"path": "/body/group", "commitment": "ab" * 32}]},
]


@pytest.mark.parametrize("fields", GOOD)
def test_a_header_within_the_rules_is_read_as_it_is_written(fields: dict[str, Any]) -> None:
    document = changed("warning.notice", "header", **fields)
    header, _ = read_document(document)
    assert isinstance(header, Header)
    assert header.model_dump(mode="json", exclude_unset=True) == document["header"]


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("warning.life_at_risk", {"purpose": "prevention"}, "header.purpose"),
        ("warning.life_at_risk", {"urgency": "urgent"}, "header.urgency"),
        ("ack", {"in_reply_to": ...}, "header.in_reply_to"),
        ("info.reply", {"in_reply_to": ...}, "header.in_reply_to"),
        ("test.pong", {"in_reply_to": ...}, "header.in_reply_to"),
        ("info.request", {"data_level": "non_nominal"}, "header.data_level"),
        ("round", {"area": "irregular_migration"}, "header"),
        ("test.ping", {"area": ...}, "header.area"),
        ("warning.update", {"supersedes": ...}, "header.supersedes"),
        ("warning.cancel", {"supersedes": ...}, "header.supersedes"),
        ("protection.referral", {"purpose": "prevention"}, "header.purpose"),
        ("return.notice", {"purpose": "criminal_investigation"}, "header.purpose"),
        ("ack", {"attachments": [attachment()]}, "header.attachments"),
        ("doc.verify.reply", {"attachments": [attachment()]}, "header.attachments"),
        ("protection.referral", {"attachments": [attachment()]}, "header.attachments"),
    ],
)
def test_a_type_demands_its_own_of_the_header(
    name: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed(name, "header", **fields))
    assert caught.value.field == field


def test_an_acknowledgement_of_a_rescue_may_say_that_it_is_one() -> None:
    header, _ = read_document(changed("ack", "header", purpose="rescue_only"))
    assert isinstance(header, Header)
    assert header.purpose is Purpose.RESCUE_ONLY


def test_times_and_dates_of_python_are_taken_and_cut_to_what_the_wire_carries() -> None:
    moment = datetime(2026, 11, 21, 17, 30, 0, 123_999, tzinfo=UTC)
    document = changed("warning.notice", "header", created_at=moment, retain_until=date(2027, 1, 1))
    header, _ = read_document(document)
    assert header.created_at == moment.replace(microsecond=123_000)


@pytest.mark.parametrize("value", [datetime(2027, 1, 1, tzinfo=UTC), 0, 1.5, b"2027-01-01"])
def test_a_date_is_not_guessed_from_anything_else(value: object) -> None:
    with pytest.raises(InvalidInput):
        read_document(changed("warning.notice", "header", retain_until=value))


def test_a_message_about_everyone_at_once_cannot_be_written() -> None:
    """Exactly one recipient: an empty group that means all has no form."""
    for nobody in ("", "*", None, []):
        with pytest.raises(InvalidInput):
            read_document(changed("warning.notice", "header", recipient=nobody))


def test_a_control_header_carries_nothing_about_a_case() -> None:
    header, _ = read_document(sample("round"))
    assert set(type(header).model_fields) == set(CONTROL)
