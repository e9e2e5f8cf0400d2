"""A body that breaks a rule is refused with the field that breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from message_samples import HASH, HASH_B64, QUIET, TIME, TYPES, changed, sample

from relec_exchange.errors import InvalidInput, WireCode
from relec_exchange.message.bodies.control import Receipt
from relec_exchange.message.bodies.statistics import Period
from relec_exchange.message.document import read_document

ROW = {"indicator": "fran.1a", "month": "2015-07", "citizenship": "PAK", "value": 1}
PLACE = {"country": "TR"}
DAY = {"from": "2026-11-01", "to": "2026-11-01"}
PERSON = {"category": "suspect", "description": "Tall"}
QUESTION = {"number": 1, "text": "Who?", "why": "Synthetic"}
ANSWER = {
    "number": 1,
    "answer": "Nobody",
    "source_grade": "A",
    "info_grade": "1",
    "handling": ["H1"],
}
ITEM = {"leaf": HASH, "stage": "validated", "code": "accepted", "at": TIME}


def classes(**ordinary: Any) -> dict[str, Any]:
    return {
        "classes": {
            "control": QUIET,
            "flash": QUIET,
            "ordinary": QUIET | {"last_sent": 9} | ordinary,
        }
    }


BAD = [
    ("stat.report", {"rows": [ROW, ROW]}, "rows"),
    ("stat.report", {"rows": [ROW | {"value": None}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"suppressed": True}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"value": -1}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"value": 1.0}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"value": "1"}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"value": True}]}, "rows.0.value"),
    ("stat.report", {"rows": [ROW | {"month": "2015-10"}]}, "rows"),
    ("stat.report", {"rows": [ROW | {"month": "2015-7"}]}, "rows.0.month"),
    ("stat.report", {"rows": [ROW | {"citizenship": "PKA"}]}, "rows.0.citizenship"),
    ("stat.report", {"rows": [ROW | {"citizenship": "PK"}]}, "rows.0.citizenship"),
    ("stat.report", {"rows": [ROW | {"indicator": "fran.9"}]}, "rows.0.indicator"),
    ("stat.report", {"rows": [ROW | {"border_type": "Sea"}]}, "rows.0.border_type"),
    ("stat.report", {"rows": [ROW | {"name": "Ali"}]}, "rows.0"),
    ("stat.report", {"period": {"year": 2015, "quarter": 3, "month": 7}}, "period.month"),
    ("stat.report", {"period": {"year": 2015, "quarter": 5}}, "period.quarter"),
    ("stat.report", {"part": 2}, "part"),
    ("stat.report", {"reporting_country": "PAK"}, "reporting_country"),
    ("stat.report", {"reporting_country": "XX"}, "reporting_country"),
    ("warning.notice", {"kind": "deadly_incident"}, "persons"),
    ("warning.notice", {"kind": "group"}, "group"),
    ("warning.notice", {"kind": "rumour"}, "kind"),
    ("warning.notice", {"when": {"from": "2026-11-02", "to": "2026-11-01"}}, "when.to"),
    ("warning.notice", {"when": {"from_": "2026-11-01", "to": "2026-11-01"}}, "when.from"),
    ("warning.notice", {"where": PLACE | {"subdivision": "GR-1"}}, "where.subdivision"),
    (
        "warning.notice",
        {"where": PLACE | {"position": {"lat": 91, "lon": 0}}},
        "where.position.lat",
    ),
    (
        "warning.notice",
        {"where": PLACE | {"position": {"lat": 38.123, "lon": 0}}},
        "where.position.lat",
    ),
    ("warning.notice", {"where": {"place": "At sea"}}, "where.country"),
    ("warning.notice", {"what": "bell \x07"}, "what"),
    ("warning.notice", {"what": "tab \t"}, "what"),
    ("warning.notice", {"what": "c1 \x9b31m"}, "what"),
    ("warning.notice", {"what": "isolate \u2066"}, "what"),
    ("warning.notice", {"what": "x" * 10_001}, "what"),
    ("warning.notice", {"persons": {"dead_or_missing": 1.0}}, "persons.dead_or_missing"),
    ("warning.notice", {"causes": ["drowning", "drowning"]}, "causes"),
    ("warning.life_at_risk", {"craft": {"kind": "submarine"}}, "craft.kind"),
    ("warning.life_at_risk", {"authority_contacted": ...}, "authority_contacted"),
    (
        "warning.life_at_risk",
        {"place": {"text": "x", "position": {"lat": 1.00001, "lon": 0}}},
        "place.position.lat",
    ),
    ("ack", {"action_taken": ""}, "action_taken"),
    ("info.request", {"questions": []}, "questions"),
    ("info.request", {"questions": [QUESTION, QUESTION]}, "questions"),
    ("info.request", {"persons": [{"category": "suspect"}]}, "persons.0.names"),
    ("info.request", {"persons": [PERSON | {"category": "offender"}]}, "persons.0.category"),
    (
        "info.request",
        {"persons": [PERSON | {"birth": {"date": "1988-01-01", "precision": "year"}}]},
        "persons.0.birth.precision",
    ),
    ("info.request", {"objects": [{"kind": "vehicle"}]}, "objects.0.identifier"),
    ("info.request", {"persons": [PERSON | {"citizenships": ["STL"]}]}, "persons.0.citizenships.0"),
    (
        "info.request",
        {"persons": [PERSON | {"documents": [{"kind": "p", "number": "1", "issuer": "XXB"}]}]},
        "persons.0.documents.0.issuer",
    ),
    ("info.reply", {"kind": "nothing_can_be_provided"}, "answers"),
    ("info.reply", {"answers": []}, "answers"),
    ("info.reply", {"answers": [ANSWER, ANSWER]}, "answers"),
    ("info.reply", {"answers": [ANSWER | {"handling": ["H3"]}]}, "answers.0.handling_note"),
    ("info.reply", {"kind": "nothing_can_be_provided", "answers": [], "reason": "x"}, ""),
    ("test.ping", {"text": "x" * 201}, "text"),
    ("test.pong", {"ping_id": "1"}, "ping_id"),
    ("receipt", {"items": []}, "items"),
    ("receipt", {"items": [ITEM] * 257}, "items"),
    ("receipt", {"items": [ITEM | {"leaf": HASH.upper()}]}, "items.0.leaf"),
    ("receipt", {"items": [ITEM | {"stage": "rejected"}]}, "items.0.code"),
    ("receipt", {"items": [ITEM | {"code": "schema"}]}, "items.0.code"),
    ("receipt", {"items": [ITEM | {"code": "protected"}]}, "items.0.code"),
    ("round", {"status": classes(missing=[[2, 3]])}, "status.classes.ordinary.missing"),
    ("round", {"status": classes(missing=[[1, 2], [3, 3]])}, "status.classes.ordinary.missing"),
    ("round", {"status": classes(missing=[[2, 1]])}, "status.classes.ordinary.missing"),
    ("round", {"status": classes(missing=[[1, 2, 3]])}, "status.classes.ordinary.missing.0"),
    ("round", {"proofs": [{"size": 0, "root": HASH}]}, "proofs.0.size"),
    (
        "round",
        {"proofs": [{"size": 1, "root": HASH, "hashes": [HASH_B64[:-2] + "t="]}]},
        "proofs.0.hashes.0",
    ),
    (
        "round",
        {"proofs": [{"size": 1, "root": HASH, "hashes": [HASH_B64] * 64}]},
        "proofs.0.hashes",
    ),
    ("round", {"answer": {"number": 1, "status": 500, "body": "", "origin": "x"}}, "answer.status"),
    ("round", {"answer": {"number": 0, "status": 200, "body": "", "origin": "x"}}, "answer.number"),
    ("resend.request", {"items": [{"class": "flash", "from": 2, "to": 1}]}, "items.0.to"),
    ("resend.request", {"items": [{"class": "flash", "from": 0, "to": 1}]}, "items.0.from"),
    ("resend.request", {"items": [{"class": "flash", "from": 1, "to": 257}]}, "items"),
    (
        "void",
        {"items": [{"class": "urgent", "seq": 1, "entry": "e30=", "reason": "expired"}]},
        "items.0.class",
    ),
    (
        "void",
        {"items": [{"class": "flash", "seq": 1, "entry": "{}", "reason": "expired"}]},
        "items.0.entry",
    ),
    ("card.update", {"cards": []}, "cards"),
]


@pytest.mark.parametrize(("name", "fields", "field"), BAD)
def test_a_body_that_breaks_a_rule_is_refused_by_field(
    name: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed(name, "body", **fields))
    assert caught.value.field == f"body.{field}".rstrip(".")


GOOD = [
    ("stat.report", {"rows": []}),
    ("stat.report", {"period": {"year": 2015}}),
    ("stat.report", {"rows": [ROW, ROW | {"sex": "female"}, ROW | {"sex": "unknown"}]}),
    ("stat.report", {"rows": [ROW | {"citizenship": "OOO", "value": 0}]}),
    ("warning.notice", {"what": "Two\nlines, Türkçe, دری"}),
    ("warning.notice", {"where": PLACE | {"position": {"lat": -90, "lon": 180.0}}}),
    ("warning.notice", {"when": DAY, "kind": "group", "group": "Five men with one van"}),
    ("info.reply", {"kind": "nothing_can_be_provided", "answers": []}),
    ("info.reply", {"kind": "interim"}),
    ("info.request", {"persons": [PERSON | {"birth": {"date": "1988", "precision": "estimated"}}]}),
    ("receipt", {"items": [ITEM | {"stage": "rejected", "code": "not-permitted"}]}),
    ("round", {"answer": None, "proofs": [], "status": classes(missing=[[1, 2], [4, 4]])}),
    ("resend.request", {"items": [{"class": "flash", "from": 1, "to": 256}]}),
]


@pytest.mark.parametrize(("name", "fields"), GOOD)
def test_a_body_within_the_rules_is_read_as_it_is_written(
    name: str, fields: dict[str, Any]
) -> None:
    document = changed(name, "body", **fields)
    _, body = read_document(document)
    assert body.model_dump(mode="json", by_alias=True, exclude_unset=True) == document["body"]


@pytest.mark.parametrize("name", TYPES)
def test_every_required_field_of_a_body_is_missed_by_name(name: str) -> None:
    _, body = read_document(sample(name))
    for field, info in type(body).model_fields.items():
        if info.is_required():
            wire = info.alias or field
            with pytest.raises(InvalidInput) as caught:
                read_document(changed(name, "body", **{wire: ...}))
            assert caught.value.field == f"body.{wire}"


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (Period(year=2015, quarter=1), {"2015-01", "2015-02", "2015-03"}),
        (Period(year=2015, quarter=4), {"2015-10", "2015-11", "2015-12"}),
        (Period(year=2015, month=2), {"2015-02"}),
    ],
)
def test_a_period_knows_its_months(period: Period, months: set[str]) -> None:
    assert period.months() == months


def test_a_year_has_twelve_months() -> None:
    assert len(Period(year=2015).months()) == 12


def test_a_receipt_can_say_every_wire_code() -> None:
    for code in WireCode:
        stage = "validated" if code is WireCode.ACCEPTED else "rejected"
        items = [ITEM | {"stage": stage, "code": code.value}]
        _, body = read_document(changed("receipt", "body", items=items))
        assert isinstance(body, Receipt)
        assert [item.code for item in body.items] == [code]
