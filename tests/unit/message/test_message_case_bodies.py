"""The bodies about areas, documents, cases, help, return and mending refuse what breaks a rule."""

from __future__ import annotations

from typing import Any

import pytest
from message_samples import (
    FACT,
    HASH,
    INNER,
    MRZ,
    OTHER_ID,
    RETURNEE,
    SMUGGLING,
    SUSPECT,
    TIME,
    changed,
)

from relec_exchange.errors import InvalidInput
from relec_exchange.message.document import read_body, read_document

# The second check digit of the zone is another one.
BAD_MRZ = [MRZ[0], MRZ[1][:19] + "7" + MRZ[1][20:]]
DOCUMENT = {"kind": "passport", "number": "X0000000"}
SERIES = {
    "issuer": "PAK",
    "document_type": "passport",
    "first": "X0000100",
    "last": "X0000199",
    "count": 100,
    "state": "stolen_blank",
}
PAPER = {"document_type": "passport", "number": "X1", "issuer": "PAK"}
HOURS = {"days": ["mon"], "from": "08:30", "to": "17:00", "zone": "Asia/Karachi"}
STEP = {"order": 1, "function": "Duty officer", "phone": "+902125550101"}
BORDER = {"counts": {"detected": 7}}
EVENT = {
    "kind": "landing",
    "when": {"from": "2026-11-01", "to": "2026-11-01"},
    "where": {"country": "TR"},
    "what": "A boat",
}


def with_person(**fields: Any) -> dict[str, Any]:
    return {"persons": [SUSPECT | fields]}


def with_smuggling(**fields: Any) -> dict[str, Any]:
    return {"smuggling": SMUGGLING | fields}


BAD = [
    # Persons
    (
        "info.request",
        with_person(documents=[DOCUMENT | {"mrz": BAD_MRZ}]),
        "persons.0.documents.0.mrz",
    ),
    (
        "info.request",
        with_person(documents=[DOCUMENT | {"mrz": [MRZ[0], MRZ[1][:-1]]}]),
        "persons.0.documents.0.mrz",
    ),
    (
        "info.request",
        with_person(documents=[DOCUMENT | {"mrz": MRZ[:1]}]),
        "persons.0.documents.0.mrz",
    ),
    (
        "info.request",
        with_person(documents=[DOCUMENT | {"status": "fake"}]),
        "persons.0.documents.0.status",
    ),
    ("info.request", with_person(phones=["0212 555 01 00"]), "persons.0.phones.0"),
    ("info.request", with_person(phones=["+9021255501"]), "persons.0.phones.0"),
    ("info.request", with_person(residence="XXB"), "persons.0.residence"),
    ("info.request", with_person(handles=[{"platform": "x"}]), "persons.0.handles.0.handle"),
    (
        "info.request",
        with_person(names=[{"text": "x", "kind": "birth", "script": "Arb"}]),
        "persons.0.names.0.script",
    ),
    (
        "info.request",
        with_person(names=[{"text": "x", "kind": "birth", "script": "Arac"}]),
        "persons.0.names.0.script",
    ),
    (
        "info.request",
        with_person(
            birth={
                "date": "1988",
                "precision": "year",
                "source": {"calendar": "bengali", "text": "1395"},
            }
        ),
        "persons.0.birth.source.variant",
    ),
    (
        "info.request",
        with_person(
            birth={
                "date": "1988",
                "precision": "year",
                "source": {"calendar": "solar_hijri", "text": "1369"},
            }
        ),
        "persons.0.birth.date",
    ),
    (
        "info.request",
        with_person(
            birth={"date": "1988", "precision": "year", "first_of_january_confirmed": True}
        ),
        "persons.0.birth.first_of_january_confirmed",
    ),
    (
        "info.request",
        with_person(category="victim", roles=["driver"]) | {"smuggling": SMUGGLING},
        "persons.0.roles",
    ),
    ("info.request", with_person(roles=["driver"]), "smuggling"),
    ("info.spontaneous", with_person(roles=["driver"]) | {"smuggling": ...}, "smuggling"),
    ("case.referral", {"smuggling": ...}, "smuggling"),
    ("case.referral", with_person(roles=["smuggled"]), "persons.0.roles.0"),
    # Areas
    ("case.referral", with_smuggling(benefit=""), "smuggling.benefit"),
    (
        "case.referral",
        {"smuggling": {k: v for k, v in SMUGGLING.items() if k != "benefit"}},
        "smuggling.benefit",
    ),
    (
        "case.referral",
        with_smuggling(fees=[{"amount": "1,5", "currency": "USD", "means": "cash"}]),
        "smuggling.fees.0.amount",
    ),
    (
        "case.referral",
        with_smuggling(fees=[{"amount": 15, "currency": "USD", "means": "cash"}]),
        "smuggling.fees.0.amount",
    ),
    (
        "case.referral",
        with_smuggling(fees=[{"amount": "15", "currency": "USB", "means": "cash"}]),
        "smuggling.fees.0.currency",
    ),
    (
        "case.referral",
        with_smuggling(organisations=[{"kind": "employer"}]),
        "smuggling.organisations.0.name",
    ),
    ("case.referral", with_smuggling(services=["guide", "guide"]), "smuggling.services"),
    ("case.referral", {"trafficking": {}}, "trafficking.acts"),
    ("case.referral", {"trafficking": {"means": ["ForcedLabour"]}}, "trafficking.means.0"),
    ("info.request", {"border": {}}, "border.events"),
    ("info.request", {"border": {"counts": {}}}, "border.events"),
    (
        "info.request",
        with_person(documents=[DOCUMENT | {"issuer": "XXA"}]),
        "persons.0.documents.0.issuer",
    ),
    ("info.request", {"border": {"counts": {"detected": -1}}}, "border.counts.detected"),
    (
        "info.request",
        {"border": {"events": [EVENT | {"where": {"country": "TR", "subdivision": "TR-99"}}]}},
        "border.events.0.where.subdivision",
    ),
    # Facts
    ("case.referral", {"facts": [FACT, FACT]}, "facts"),
    ("case.referral", {"facts": []}, "facts"),
    ("case.referral", {"facts": [FACT | {"handling": ["H3"]}]}, "facts.0.handling_note"),
    ("info.spontaneous", {"facts": [FACT | {"source_grade": ...}]}, "facts.0.source_grade"),
    ("info.clarify", {"items": []}, "items"),
    # Silence is one answer and carries nothing else
    ("case.response", {"outcome": "nothing_can_be_provided"}, "outcome"),
    ("case.response", {"outcome": "more_needed"}, "text"),
    ("doc.verify.reply", {"answer": "unknown"}, "note"),
    # Documents
    ("doc.alert", {"series": [SERIES | {"count": 1}]}, "series.0.count"),
    ("doc.alert", {"series": [SERIES | {"last": "X0000100"}]}, "series.0.last"),
    ("doc.alert", {"series": [SERIES | {"last": "X0000099"}]}, "series.0.last"),
    ("doc.alert", {"series": [SERIES | {"count": 101}]}, "series.0.count"),
    ("doc.alert", {"series": [SERIES | {"issuer": "XXC"}]}, "series.0.issuer"),
    ("doc.verify.request", {"mrz": ...}, "fields"),
    ("doc.verify.request", {"mrz": BAD_MRZ}, "mrz"),
    ("doc.verify.request", {"mrz": ["p<tur", MRZ[1]]}, "mrz.0"),
    ("doc.verify.request", {"fields": PAPER | {"issuer": "UTO"}}, "fields.issuer"),
    # Return
    ("return.notice", {"basis_on": "2026-12-11"}, "basis_on"),
    ("return.notice", {"persons": []}, "persons"),
    ("return.notice", {"persons": [SUSPECT | {"roles": ["driver"]}]}, "persons"),
    ("reintegration.referral", {"needs": []}, "needs"),
    ("reintegration.response", {"indicators": {"individual": 101}}, "indicators.individual"),
    # Consent
    ("consent.request", {"onward_to": ...}, "onward_to"),
    ("consent.request", {"use": "new_purpose"}, "purpose"),
    ("consent.decision", {"decision": "refused"}, "decision"),
    # Mending
    ("correction", {"fields": []}, "fields"),
    ("correction", {"fields": [{"path": "/body/x"}] * 2}, "fields"),
    ("correction", {"fields": [{"path": "body.x"}]}, "fields.0.path"),
    ("recall", {"reason": "regret"}, "reason"),
    ("recall.outcome", {"outcome": "legal_hold"}, "hold_until"),
    ("recall.outcome", {"outcome": "passed_on"}, "passed_to"),
    ("shred.attestation", {"what": []}, "what"),
    # Warnings and notices
    ("warning.update", {"changes": ...}, "changes"),
    ("warning.update", {"kind": "group"}, "group"),
    ("warning.cancel", {"reason": "bored"}, "reason"),
    ("stat.analysis", {"findings": []}, "findings"),
    ("stat.analysis", {"period": {"year": 2015, "quarter": 1, "month": 1}}, "period.month"),
    ("contact.update", {"phone": "911"}, "phone"),
    ("contact.update", {"email": "desk at ncp"}, "email"),
    ("contact.update", {"languages": ["turkish"]}, "languages.0"),
    ("contact.update", {"hours": [HOURS | {"from": "24:00"}]}, "hours.0.from"),
    ("contact.update", {"hours": [HOURS | {"to": "08:30"}]}, "hours.0.to"),
    ("contact.update", {"hours": [HOURS | {"days": []}]}, "hours.0.days"),
    ("contact.update", {"hours": [HOURS | {"zone": "+03:00"}]}, "hours.0.zone"),
    ("contact.update", {"escalation": [STEP, STEP]}, "escalation"),
    ("contact.update", {"escalation": [STEP | {"order": 2}]}, "escalation"),
    ("breach.notice", {"messages": ["1"]}, "messages.0"),
    ("log.alarm", {"notes": ["one"]}, "notes"),
    ("log.alarm", {"notes": []}, "notes"),
    ("agreement.sign", {"note": ""}, "note"),
]


@pytest.mark.parametrize(("name", "fields", "field"), BAD)
def test_a_body_that_breaks_a_rule_is_refused_by_field(
    name: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed(name, "body", **without(fields)))
    assert caught.value.field == f"body.{field}"


def without(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields; inside of them `...` leaves one out."""
    if "facts" in fields:
        kept = [{k: v for k, v in fact.items() if v is not ...} for fact in fields["facts"]]
        return fields | {"facts": kept}
    return fields


BAD_INNER = [
    ("protection.referral", {"person": RETURNEE | {"category": "suspect"}}, "person"),
    ("protection.referral", {"needs": []}, "needs"),
    (
        "protection.referral",
        {"consent": INNER["protection.referral"]["consent"] | {"given_by": "guardian"}},
        "guardian",
    ),
    ("protection.referral", {"offence": "none"}, ""),
    ("protection.response", {"service": None}, "service"),
]


@pytest.mark.parametrize(("name", "fields", "field"), BAD_INNER)
def test_a_body_inside_a_seal_that_breaks_a_rule_is_refused_by_field(
    name: str, fields: dict[str, Any], field: str
) -> None:
    read_body(name, INNER[name])
    with pytest.raises(InvalidInput) as caught:
        read_body(name, INNER[name] | fields)
    assert caught.value.field == f"body.{field}".rstrip(".")


GOOD = [
    ("info.request", {"border": BORDER, "for_court": True}),
    ("info.request", {"smuggling": SMUGGLING} | with_person(roles=["organiser", "other"])),
    ("info.request", with_person(documents=[DOCUMENT | {"mrz": MRZ, "status": "expired"}])),
    # A document that is known as forged may well contradict itself.
    ("info.request", with_person(documents=[DOCUMENT | {"mrz": BAD_MRZ, "status": "forged"}])),
    ("info.request", with_person(documents=[DOCUMENT | {"issuer": "UNO"}])),
    ("info.request", {"persons": [{"category": "contact", "phones": ["+902125550100"]}]}),
    (
        "info.request",
        with_person(
            birth={
                "date": "1988-01-01",
                "precision": "estimated",
                "first_of_january_confirmed": False,
                "source": {"calendar": "solar_hijri", "text": "1366/10/11"},
            }
        ),
    ),
    (
        "info.request",
        with_person(
            birth={
                "date": "1991",
                "precision": "year",
                "source": {"calendar": "solar_hijri", "text": "1369"},
            }
        ),
    ),
    (
        "info.request",
        with_person(
            birth={
                "date": "1988",
                "precision": "estimated",
                "source": {"calendar": "solar_hijri", "text": "1369"},
            }
        ),
    ),
    ("case.referral", {"trafficking": {"purposes": ["forced_labour"], "means": []}}),
    ("case.response", {"outcome": "nothing_can_be_provided", "contact_unit": ...}),
    ("case.response", {"outcome": "more_needed", "text": "The plate", "contact_unit": ...}),
    ("doc.verify.reply", {"answer": "unknown", "note": ...}),
    ("doc.verify.request", {"mrz": ..., "fields": PAPER}),
    ("doc.alert", {"series": [SERIES | {"first": "A-1", "last": "B-9", "count": 5000}]}),
    ("return.notice", {"basis_on": "2026-12-10"}),
    ("consent.request", {"use": "court", "onward_to": ...}),
    ("consent.decision", {"decision": "refused", "conditions": ..., "expires_on": ...}),
    ("recall.outcome", {"outcome": "legal_hold", "hold_until": "2027-01-01"}),
    ("recall.outcome", {"outcome": "passed_on", "passed_to": ["Border police"]}),
    ("contact.update", {"hours": [HOURS | {"from": "22:00", "to": "06:00"}], "escalation": []}),
    ("breach.notice", {"messages": ..., "discovered_at": TIME}),
    ("shred.attestation", {"leaf": HASH}),
    ("correction", {"fields": [{"path": "/body/group", "now": None}]}),
    ("recall", {"message_id": OTHER_ID}),
]


@pytest.mark.parametrize(("name", "fields"), GOOD)
def test_a_body_within_the_rules_is_read_as_it_is_written(
    name: str, fields: dict[str, Any]
) -> None:
    document = changed(name, "body", **fields)
    _, body = read_document(document)
    assert body.model_dump(mode="json", by_alias=True, exclude_unset=True) == document["body"]


def test_a_wrong_check_digit_is_explained_with_field_and_expected_digit() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed("doc.verify.request", "body", mrz=BAD_MRZ))
    assert "check digit of birth is 7, but the signs give 9" in caught.value.message
    assert "give fields instead" in caught.value.message


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        (
            "info.request",
            {
                "smuggling": SMUGGLING
                | {"fees": [{"amount": "1", "currency": "PKU", "means": "cash"}]}
            },
            "did you mean PKR",
        ),
        (
            "warning.update",
            {"where": {"country": "TR", "subdivision": "TR-2"}},
            "did you mean TR-",
        ),
        ("contact.update", {"languages": ["urd"]}, "did you mean ur"),
        ("contact.update", {"phone": "+90212555"}, "E.164"),
    ],
)
def test_an_author_is_told_the_code_that_was_meant(
    name: str, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed(name, "body", **fields))
    assert words in caught.value.message
