"""Every type of message between two nodes over a real broker: sent, read, answered, and refused."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from conversing import DESK, DESK_SECOND, RELEASER, SUBMITTER, Sent, Talk

from relec_exchange.client import Draft
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import parse_message
from relec_exchange.message.encoding import b64, parse_json
from relec_exchange.message.presence import Presence, presence
from relec_exchange.message.withholding import cut

pytestmark = pytest.mark.broker

CHECKED, NOBODY = "answer:protection-checked", "answer:no-person-recognisable"
INVESTIGATION = {"purpose": "criminal_investigation", "area": "migrant_smuggling"}
RETURN = {"purpose": "return_reintegration"}
GRADED = {"source_grade": "B", "info_grade": "3"}
WHERE = {"country": "TR", "subdivision": "TR-65"}
DAYS = {"from": "2026-11-01", "to": "2026-11-20"}
TIME = "2026-11-20T17:30:00.000Z"
MRZ = [
    "P<TURORNEK<<DENEME<<<<<<<<<<<<<<<<<<<<<<<<<<",
    "X0000000<1TUR8802299<3001019<<<<<<<<<<<<<<<4",
]
SUSPECT = {
    "category": "suspect",
    "names": [
        {"text": "نمونه آزمایشی", "kind": "birth", "script": "Arab", "language": "fa"},
        {"text": "Nemuneh", "kind": "father", "script": "Latn"},
    ],
    "birth": {
        "date": "1988",
        "precision": "year",
        "source": {"calendar": "solar_hijri", "text": "۱۳۶۷"},
    },
    "citizenships": ["AFG"],
}
RETURNEE = {
    "category": "migrant",
    "names": [{"text": "Örnek", "kind": "birth", "script": "Latn", "language": "tr"}],
    "age_band": "18-34",
    "citizenships": ["PAK"],
}
SMUGGLING = {
    "benefit": "Each pays 3000 US dollars before the van leaves",
    "routes": [{"from": {"country": "TR"}, "to": {"country": "GR"}, "mode": "van"}],
    "fees": [{"amount": "3000", "currency": "USD", "means": "hawala"}],
    "services": ["land_transport"],
    "danger_indicators": ["overcrowded"],
}
FACT = {"number": 1, "text": "Vans wait behind the station.", "handling": ["H2"], **GRADED}
NOTICE = {
    "kind": "new_route",
    "where": WHERE | {"position": {"lat": 38.5, "lon": 43.38}},
    "when": DAYS,
    "what": "Groups of about twenty walk at night.\nThey wait for vans.",
    "expires_on": "2026-12-31",
}
CONTACT = {
    "unit": "contact-point",
    "phone": "+902125550100",
    "email": "desk@ncp.example",
    "languages": ["tr", "en"],
    "hours": [{"days": ["mon"], "from": "08:30", "to": "17:00", "zone": "Europe/Istanbul"}],
    "escalation": [{"order": 1, "function": "Duty officer", "phone": "+902125550101"}],
    "valid_from": "2026-11-01",
}

# Body, header, and what a message waits for after its submission. An `_ID` is filled in below.
_ID = "the id of an earlier message"
TYPES: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], tuple[str, ...]]] = {
    "stat.report": (
        {
            "reporting_country": "TR",
            "period": {"year": 2026, "quarter": 3},
            "rows": [
                {"indicator": "fran.1a", "month": "2026-07", "citizenship": "AFG", "value": 41},
                {"indicator": "fran.1a", "month": "2026-08", "citizenship": "AFG", "value": 0},
            ],
        },
        {},
        ("release",),
    ),
    "stat.analysis": (
        {
            "period": {"year": 2026, "quarter": 3},
            "findings": ["Crossings by land doubled"],
            "trend": "rising",
            "confidence": "moderate",
            "sources": ["Border guard"],
        },
        {},
        (NOBODY, "release"),
    ),
    "warning.notice": (NOTICE, GRADED, (NOBODY, "release")),
    "warning.update": (
        NOTICE | {"what": "Groups of about forty walk at night.", "changes": "Larger groups"},
        GRADED,
        (NOBODY, "release"),
    ),
    "warning.cancel": ({"reason": "merged", "text": "See the later one"}, {}, (NOBODY, "release")),
    "warning.life_at_risk": (
        {
            "place": {"text": "West of the island", "position": {"lat": 39.1234, "lon": 25.9}},
            "time": TIME,
            "craft": {"kind": "rubber_boat"},
            "persons": {"estimated": 40, "children": 6},
            "condition": "Engine stopped",
            "authority_contacted": "Coast guard, by radio",
        },
        GRADED,
        (NOBODY, "confirm"),
    ),
    "ack": ({"unit": "contact-point", "action_taken": "Patrol sent"}, {}, ("release",)),
    "doc.alert": (
        {
            "series": [
                {
                    "issuer": "PAK",
                    "document_type": "passport",
                    "first": "X0000100",
                    "last": "X0000199",
                    "count": 100,
                    "state": "stolen_blank",
                }
            ],
            "features": ["Line 2 is printed too low"],
        },
        GRADED,
        (NOBODY, "release"),
    ),
    "doc.verify.request": (
        {"mrz": MRZ, "question": "issued", "why": "Seen at a border"},
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "doc.verify.reply": (
        {"answer": "no", "note": "The number was never given out"},
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "info.request": (
        {
            "questions": [{"number": 1, "text": "Is the driver known?", "why": "He was paid"}],
            "reasons": "Simulated case 7",
            "persons": [SUSPECT | {"roles": ["driver"]}],
            "objects": [{"kind": "vehicle", "identifier": "00 ABC 000"}],
            "smuggling": SMUGGLING,
            "for_court": False,
        },
        INVESTIGATION,
        ("release",),
    ),
    "info.clarify": (
        {"kind": "question", "items": [{"number": 1, "text": "Which of the two drivers?"}]},
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "info.reply": (
        {
            "kind": "full",
            "answers": [{"number": 1, "answer": "He is.", "handling": ["H1"], **GRADED}],
        },
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "info.spontaneous": (
        {"facts": [FACT], "relevance": "They drive to the border", "smuggling": SMUGGLING},
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "case.referral": (
        {
            "offence": "Smuggling of migrants",
            "facts": [FACT],
            "competent_authority": "Prosecutor of a simulated city",
            "asked": "Take over the investigation",
            "persons": [SUSPECT | {"roles": ["driver"]}],
            "smuggling": SMUGGLING,
        },
        INVESTIGATION,
        ("release",),
    ),
    "case.response": (
        {"outcome": "accepted", "contact_unit": "contact-point"},
        INVESTIGATION,
        (CHECKED, "release"),
    ),
    "protection.referral": (
        {
            "consent": {
                "given_on": "2026-11-20",
                "given_by": "self",
                "scope": "Housing and a doctor",
                "reference": "Form 7",
            },
            "person": RETURNEE | {"category": "victim"},
            "needs": ["A safe place"],
            "safe_contact": "By the social worker of the shelter",
            "do_not_contact": ["The family"],
        },
        {"area": "human_trafficking"},
        (CHECKED, "release"),
    ),
    "protection.response": (
        {"outcome": "accepted", "service": "A shelter"},
        {"area": "human_trafficking"},
        (CHECKED, "release"),
    ),
    "return.notice": (
        {
            "planned_on": "2026-12-10",
            "basis": "informed_consent",
            "basis_on": "2026-11-02",
            "persons": [RETURNEE],
            "needs_on_arrival": [],
        },
        RETURN,
        ("release",),
    ),
    "reintegration.referral": (
        {
            "basis": "informed_consent",
            "basis_on": "2026-11-02",
            "persons": [RETURNEE],
            "needs": ["Training"],
            "receiving_service": "A Migrant Resource Centre",
        },
        RETURN,
        ("release",),
    ),
    "reintegration.response": (
        {
            "outcome": "accepted",
            "service": "A Migrant Resource Centre",
            "indicators": {"individual": 60, "community": 0},
        },
        RETURN,
        ("release",),
    ),
    "consent.request": (
        {
            "message_id": _ID,
            "use": "onward",
            "onward_to": "Border police of a third state",
            "why": "They search the same van",
        },
        {},
        ("release",),
    ),
    "consent.decision": (
        {"decision": "granted", "conditions": "Not in court", "expires_on": "2027-01-01"},
        {},
        ("release",),
    ),
    "correction": (
        {
            "message_id": _ID,
            "why": "A typing error",
            "fields": [{"path": "/body/what", "now": "Ten walk."}, {"path": "/body/expires_on"}],
        },
        {"data_level": "non_nominal"},
        (NOBODY, "release"),
    ),
    "recall": (
        {"message_id": _ID, "why": "It was another route", "reason": "inaccurate"},
        {"data_level": "non_nominal"},
        (NOBODY, "release"),
    ),
    "recall.outcome": (
        {"message_id": _ID, "outcome": "used", "at": TIME},
        {"data_level": "non_nominal"},
        ("release",),
    ),
    "shred.attestation": (
        {"leaf": "ab" * 32, "destroyed_at": TIME, "what": ["content", "content_key"]},
        {},
        ("release",),
    ),
    "feedback": ({"useful": "partly", "text": "Two vans found"}, {}, (NOBODY, "release")),
    "contact.update": (CONTACT, {}, ("release",)),
    "breach.notice": (
        {
            "discovered_at": TIME,
            "what": "A computer was stolen",
            "messages": [],
            "measures": "Its keys are revoked",
            "contact": "Security officer, by the duty phone",
        },
        {},
        (NOBODY, "release"),
    ),
    "test.ping": ({"text": "Are you there?"}, {}, ("release",)),
}
MADE_BY_NODES = {"test.pong"}
CONTROL = {name for name, kind in CATALOGUE.items() if kind.control}

# What a reply answers when it is the type looked at.
ASKED = {
    "ack": "doc.alert",
    "feedback": "warning.notice",
    "recall.outcome": "recall",
    **{
        answer: name
        for name, kind in CATALOGUE.items()
        if kind.waits
        for answer in kind.answers
        if answer not in ("ack", "feedback", "recall.outcome")
    },
    "info.clarify": "info.request",
    "reintegration.response": "reintegration.referral",
}
ABOUT_OURS, ABOUT_THEIRS = ("correction", "recall"), ("consent.request",)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    exercise = Exercise(nodes=("tr", "pk"), log_level="warning")
    with ExerciseNetwork(tmp_path_factory.mktemp("types"), exercise) as network:
        network.build()
        network.start()
        made = Talk(network)
        # What an agreement carries for the first time needs a second person whatever it is.
        for node, other in (("tr", "pk"), ("pk", "tr")):
            for kind in ("stat.report", "warning.notice", "info.request"):
                body, header, _ = TYPES[kind]
                made.arrived(made.send(node, other, kind, body, **header))
        yield made


def other(node: str) -> str:
    return "pk" if node == "tr" else "tr"


def said(talk: Talk, kind: str, sender: str = "tr", earlier: Sent | None = None) -> Sent:
    """A message of this type, after those that it needs to be about."""
    body, given, _ = TYPES[kind]
    header, to = dict(given), other(sender)
    if CATALOGUE[kind].reply:
        asked = earlier or said(talk, ASKED[kind], to)
        talk.arrived(asked)
        header["in_reply_to"] = asked.message_id
        if asked.type == "warning.life_at_risk":
            header["purpose"] = "rescue_only"
        if kind == "recall.outcome":
            body = {**body, "message_id": asked.body["message_id"]}
    if CATALOGUE[kind].supersedes:
        header["supersedes"] = said(talk, "warning.notice", sender).message_id
    if kind in (*ABOUT_OURS, *ABOUT_THEIRS):
        first = said(talk, "warning.notice", sender if kind in ABOUT_OURS else to)
        talk.arrived(first)
        body = {**body, "message_id": first.message_id}
    return talk.send(sender, to, kind, body, **header)


def read_at_the_other_end(talk: Talk, sent: Sent) -> None:
    """Receipted, and read word for word; both ends say where it stands."""
    talk.arrived(sent)
    line = talk.relayed(sent)
    assert [receipt["code"] for receipt in line["receipts"]][:1] == ["accepted"]
    stages = [stage["stage"] for stage in line["stages"]]
    assert {"submitted", "released", "relayed", "validated"} <= set(stages)
    assert line["state"] in ("validated", "answered")  # a ping is answered at once
    there = talk.line_there(sent)
    assert there["state"] in ("received", "answered")
    assert (there["leaf"], there["seq"]) == (line["leaf"], line["seq"])
    content = talk.open(sent)
    assert content.raw == sent.raw
    assert content.body == sent.body
    assert dict(content.header) == parse_json(sent.raw)["header"]
    assert content.sealed == ""
    assert not content.held
    assert talk.line_there(sent)["state"] in ("opened", "answered")


def told_or_not(talk: Talk, sent: Sent) -> None:
    """That a person has read it is told of everything but data about persons."""
    if CATALOGUE[sent.type].nominal:
        told = [receipt["stage"] for receipt in talk.line(sent)["receipts"]]
        assert told == ["validated"]
        return
    if talk.line(sent)["state"] != "answered":
        talk.reaches(sent, "opened")


def answered_by(talk: Talk, sent: Sent, kind: str) -> None:
    """One permitted answer goes back, is linked, and ends the waiting if it is no aside."""
    ends = kind not in CATALOGUE[sent.type].asides
    if (sent.type, kind) == ("info.clarify", "info.clarify"):
        body = {"kind": "answer", "items": [{"number": 1, "text": "The one in the van"}]}
        header = {**TYPES[kind][1], "in_reply_to": sent.message_id}
        back = talk.send(sent.recipient, sent.sender, kind, body, **header)
    else:
        back = said(talk, kind, sent.recipient, sent)
    read_at_the_other_end(talk, back)
    told_or_not(talk, back)
    for line in (talk.line(back), talk.line_there(back)):
        assert line["in_reply_to"] == sent.message_id
        assert line["thread"] == talk.line(sent)["thread"] == talk.line_there(sent)["thread"]
    states = (talk.line(sent)["state"], talk.line_there(sent)["state"])
    assert (states == ("answered", "answered")) is ends


def test_no_type_of_the_catalogue_is_missing_here() -> None:
    assert TYPES.keys() | MADE_BY_NODES | CONTROL == CATALOGUE.keys()
    assert not TYPES.keys() & (MADE_BY_NODES | CONTROL)


@pytest.mark.parametrize("kind", sorted(TYPES.keys() - {"test.ping"}))
def test_a_message_travels_whole_is_answered_as_permitted_and_not_otherwise(
    talk: Talk, kind: str
) -> None:
    sent = said(talk, kind)
    assert sent.needs == TYPES[kind][2]
    read_at_the_other_end(talk, sent)
    told_or_not(talk, sent)
    refused(talk, sent)
    asides = CATALOGUE[kind].asides
    for answer in sorted(CATALOGUE[kind].answers, key=lambda name: name not in asides):
        if talk.line(sent)["state"] == "answered":  # each answer to one that still waits
            sent = said(talk, kind)
            talk.arrived(sent)
        answered_by(talk, sent, answer)


def refused(talk: Talk, sent: Sent) -> None:
    """What may not answer it is refused, and told in words that name both types."""
    wrong = "feedback" if sent.type == "consent.request" else "consent.decision"
    body, header, _ = TYPES[wrong]
    client = talk.officer(sent.recipient)
    header = {**header, "in_reply_to": sent.message_id}
    [one] = client.submit(type=wrong, to=sent.sender, body=body, **header)
    assert one.status == "refused"
    assert isinstance(one.error, InvalidInput)
    assert one.error.field == "header.type"
    assert sent.type in one.error.message
    assert wrong in one.error.message
    found = talk.officer(sent.recipient).wire.get("/v1/outbox", type=wrong, limit=500)["items"]
    assert sent.message_id not in [item["in_reply_to"] for item in found]


def test_a_ping_is_answered_by_the_other_node_itself(talk: Talk) -> None:
    sent = said(talk, "test.ping")
    assert sent.needs == TYPES["test.ping"][2]
    read_at_the_other_end(talk, sent)
    pong = talk.came("tr", "test.pong", sent.message_id)
    opened = talk.open(Sent(pong.message_id, "pk", "tr", "test.pong"))
    assert opened.body["ping_id"] == sent.message_id
    assert opened.body["text"] == sent.body["text"]
    talk.reaches(sent, "answered")


def test_what_is_about_a_child_is_also_approved_by_the_desk(talk: Talk) -> None:
    child = {**RETURNEE, "age_band": "14-17", "guardian_note": "An aunt speaks for the child"}
    body, header, _ = TYPES["reintegration.referral"]
    sent = talk.send("tr", "pk", "reintegration.referral", {**body, "persons": [child]}, **header)
    assert sent.needs == ("approve", "release")
    read_at_the_other_end(talk, sent)
    stages = {stage["stage"]: stage["by"] for stage in talk.line(sent)["stages"]}
    assert (stages["approved"], stages["released"]) == (DESK_SECOND, RELEASER)


# ---- unknown, empty, withheld ------------------------------------------------------------------


def test_unknown_empty_and_withheld_are_three_things_at_the_other_end_too(talk: Talk) -> None:
    body, header, _ = TYPES["info.request"]
    person = {**SUSPECT, "citizenships": [], "roles": ["driver"]}
    del person["birth"]
    person["documents"] = [{"kind": "passport", "number": "X0000001"}]
    officer = talk.officer("tr")
    whole = officer.compose(Draft("info.request", "pk", {**body, "persons": [person]}, header))
    document = cut(whole, ("persons.documents",), os.urandom(32), lambda path: False)
    [submitted] = officer.submit_documents([document], [document.header.message_id])
    said = {**body, "persons": [{k: v for k, v in person.items() if k != "documents"}]}
    sent = talk.finish("tr", "info.request", submitted, document.raw, said)
    read_at_the_other_end(talk, sent)
    message = parse_message(talk.open(sent).raw)
    found = {
        field: presence(message, f"/body/persons/0/{field}")
        for field in ("names", "citizenships", "birth", "residence", "documents", "phones")
    }
    assert found == {
        "names": Presence.KNOWN,
        "citizenships": Presence.EMPTY,
        "birth": Presence.UNKNOWN,
        "residence": Presence.UNKNOWN,
        "documents": Presence.WITHHELD,
        "phones": Presence.UNKNOWN,
    }


# ---- files -------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def picture(size: int) -> bytes:
    """A PNG of exactly this many bytes, of one grey row whose rest nobody can compress."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
    head += chunk(b"IDAT", zlib.compress(b"\0\x80"))
    end = chunk(b"IEND", b"")
    return head + chunk(b"ruSt", os.urandom(size - len(head) - len(end) - 12)) + end


def attachment(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    return {
        "name": "stamp.png",
        "media_type": media_type,
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": b64(data),
    }


def test_a_picture_of_128_kib_travels_whole_and_one_byte_more_does_not(talk: Talk) -> None:
    body, header, _ = TYPES["doc.alert"]
    data = picture(LIMITS.attachments_max_bytes)
    sent = talk.send("tr", "pk", "doc.alert", body, attachments=[attachment(data)], **header)
    read_at_the_other_end(talk, sent)
    [there] = talk.open(sent).header["attachments"]
    assert there == attachment(data)
    over = attachment(picture(LIMITS.attachments_max_bytes + 1))
    with pytest.raises(InvalidInput) as caught:
        talk.send("tr", "pk", "doc.alert", body, attachments=[over], **header)
    assert "attachments" in caught.value.field
    halves = [attachment(data), {**attachment(picture(100)), "name": "more.png"}]
    with pytest.raises(InvalidInput) as caught:
        talk.send("tr", "pk", "doc.alert", body, attachments=halves, **header)
    assert "128 KiB" in caught.value.message


def test_a_file_that_is_not_what_it_says_is_refused(talk: Talk) -> None:
    body, header, _ = TYPES["doc.alert"]
    wrong = [attachment(b"%PDF-1.7\n%%EOF\n")]
    with pytest.raises(InvalidInput) as caught:
        talk.send("tr", "pk", "doc.alert", body, attachments=wrong, **header)
    assert "application/pdf" in caught.value.message + caught.value.remedy


# ---- control types -----------------------------------------------------------------------------

NOTE = 'format = "relec/v1 agreement"\n\n— x AAAA\n'
ITEM = {"leaf": "ab" * 32, "stage": "validated", "code": "accepted", "at": TIME}
QUIET = {"last_sent": 0, "contiguous": 0, "missing": []}
BODIES: dict[str, Mapping[str, Any]] = {
    "agreement.propose": {"text": 'format = "relec/v1 agreement"\n'},
    "agreement.sign": {"note": NOTE},
    "agreement.suspend": {"note": NOTE},
    "agreement.terminate": {"note": NOTE},
    "key.revoke": {"note": NOTE},
    "log.alarm": {"kind": "fork", "notes": [NOTE, NOTE + NOTE]},
    "card.update": {"cards": ['format = "relec/v1 card"\n\n— x AAAA\n']},
    "receipt": {"items": [ITEM]},
    "round": {
        "number": 7,
        "checkpoint": "old 0\n\nrelec.example/tr/exchange/1\n0\nAAAA\n\n— x AAAA\n",
        "proofs": [],
        "status": {"classes": dict.fromkeys(("control", "flash", "ordinary"), QUIET)},
        "directory": {"cards": "ab" * 32, "agreements": "ab" * 32},
        "clock": TIME,
    },
    "resend.request": {"items": [{"class": "ordinary", "from": 3, "to": 5}]},
    "void": {"items": [{"class": "flash", "seq": 3, "entry": "e30=", "reason": "expired"}]},
}


def test_no_control_type_is_missing_here() -> None:
    assert BODIES.keys() == CONTROL


@pytest.mark.parametrize("officer", [SUBMITTER, DESK, "system"])
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_no_officer_submits_what_nodes_say_to_each_other(
    talk: Talk, kind: str, officer: str
) -> None:
    client = talk.officer("tr", officer)
    document = client.compose(Draft(kind, "pk", BODIES[kind], {}))
    with pytest.raises(InvalidInput) as caught:
        client.submit_documents([document], [document.header.message_id])[0].check()
    assert caught.value.field == "header.type"
    assert caught.value.message == f"{kind} is written by the node itself"
    with pytest.raises(NotFound):
        client.show(document.header.message_id, "out")
