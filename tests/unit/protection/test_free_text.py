"""P12, the words and the walk: what is read in a message, and how it is read."""

import base64
import hashlib
from dataclasses import replace
from typing import get_args, get_type_hints

import pytest
from protection_samples import (
    FACTS,
    ID,
    INBOUND,
    effects,
    found,
    message,
    notice,
    person,
    reply,
    request,
    rescue,
)

from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.fields import Line, Text
from relec_exchange.protection.model import Effect
from relec_exchange.protection.walking import persons, texts
from relec_exchange.protection.words import LISTS, entries, fold, labels

RULE = "P12-free-text"
ASK = (Effect.ASK, "body.what")
KNOWN = replace(FACTS, known_names=("Rustam Nazari",))


def attachment(name: str, text: str) -> dict[str, object]:
    data = text.encode()
    return {
        "name": name,
        "media_type": "text/plain",
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": base64.b64encode(data).decode(),
    }


# ---- the rule


def test_every_text_below_nominal_is_vouched_for_by_an_officer():
    sent = message("warning.notice", notice())
    assert effects(sent, RULE) == [ASK]
    assert found(sent, RULE)[0].question == "no-person-recognisable"
    assert effects(sent, RULE, INBOUND) == []


@pytest.mark.parametrize(
    ("type_name", "body"),
    [
        ("ack", {"unit": "Desk", "action_taken": "Boat sent"}),
        ("test.ping", {"text": "Do you hear us?"}),
        ("consent.decision", {"decision": "granted", "conditions": "Not in public"}),
        ("warning.cancel", {"reason": "expired"}),
        ("feedback", {"useful": "yes"}),
        (
            "stat.report",
            {
                "reporting_country": "TR",
                "period": {"year": 2026},
                "rows": [],
                "sources": ["Police"],
            },
        ),
    ],
)
def test_messages_without_facts_in_words_are_not_asked_about(type_name, body):
    header = {"supersedes": "01a1ff38-3de2-7000-8000-000000000000"} if "cancel" in type_name else {}
    assert effects(message(type_name, body, **header), RULE) == []


def test_a_method_note_of_a_table_is_asked_about():
    body = {
        "reporting_country": "TR",
        "period": {"year": 2026},
        "rows": [],
        "method_note": "Events",
    }
    assert effects(message("stat.report", body), RULE) == [(Effect.ASK, "body.method_note")]


def test_an_attached_file_is_asked_about():
    body = {"reporting_country": "TR", "period": {"year": 2026}, "rows": []}
    sent = message("stat.report", body, attachments=[attachment("method.txt", "Events")])
    assert (Effect.ASK, "header.attachments.0.name") in effects(sent, RULE)


def test_messages_about_persons_are_not_the_business_of_this_rule():
    sent = message("info.request", request(person(), reasons="Rustam Nazari drove the van"))
    assert effects(sent, RULE, KNOWN) == []


@pytest.mark.parametrize(
    "text", ["Rustam Nazari waits", "NAZARI, Rustam", "رستم نظری منتظر است", "রুস্তম নাজারি অপেক্ষা করে"]
)
def test_a_known_name_is_found_in_every_script_and_only_locally_held(text):
    sent = message("warning.notice", notice(what=text))
    held = [one for one in found(sent, RULE, KNOWN) if one.effect is Effect.HOLD]
    assert [(one.field, one.local) for one in held] == [("body.what", True)]


def test_names_that_are_not_known_are_not_found():
    sent = message("warning.notice", notice(what="Karim Example waits"))
    assert effects(sent, RULE, KNOWN) == [ASK]


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        ("Rustam has a white van, they say in the village", "Ask for the Nazari family", True),
        ("رستم یک ون سفید دارد", "Ask for the Nazari family", True),
        ("Rustam has a white van", "It is Rustam again", False),
        ("A white van", "Ask for the Nazari family", False),
    ],
)
def test_parts_of_a_name_far_from_each_other_in_two_messages_are_held(before, now, held):
    facts = replace(KNOWN, earlier=(before,))
    holds = effects(message("warning.notice", notice(what=now)), RULE, facts)
    assert ((Effect.HOLD, "body") in holds) is held


def test_a_single_known_name_is_not_looked_for_among_places():
    facts = replace(FACTS, known_names=("Van", "Rustam Nazari"))
    for where, held in (("Road in Van province", False), ("Farm of Rustam Nazari", True)):
        sent = message("warning.notice", notice(where={"country": "TR", "place": where}))
        holds = [one for one in effects(sent, RULE, facts) if one[0] is Effect.HOLD]
        assert bool(holds) is held, where


def test_a_name_in_two_messages_is_held():
    facts = replace(KNOWN, earlier=("The man with the van is called Rustam",))
    sent = message("warning.notice", notice(what="Nazari waits by the river"))
    assert effects(sent, RULE, facts) == [(Effect.HOLD, "body"), ASK]


@pytest.mark.parametrize(
    "text", ["Call +90 532 111 22 33", "Write to leyla@mail.example", "۰۰۹۸ ۹۱۲ ۱۱۱ ۲۲ ۳۳"]
)
def test_numbers_and_addresses_in_a_warning_wait_for_the_desk(text):
    sent = message("warning.notice", notice(what=text))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.what"), ASK]


def test_the_phone_of_a_rescue_authority_may_stand_in_its_field():
    body = rescue(authority_contacted="Coast guard, +90 312 000 00 00")
    sent = message("warning.life_at_risk", body, purpose="rescue_only")
    assert [one.effect for one in found(sent, RULE)] == [Effect.ASK]


# ---- words


@pytest.mark.parametrize(
    "text",
    [
        "asylum",
        "ASYLUM",
        "asylum-seeker",
        "a s y l u m",
        "a.s.y.l.u.m",
        "asy-lum",
        "asy-\nlum",
        "as<b>y</b>lum",
        "as**y**lum",
        "a[s]ylum",
        "(a)(s)(y)(l)(u)(m)",
        "ᴀsʏʟᴜᴍ",
        "\U0001f1e6\U0001f1f8\U0001f1fe\U0001f1f1\U0001f1fa\U0001f1f2",
        "theAsylumOffice",
        "assylum",
        "ل ج و ء",
        "4sylum",
        "\u0430sylum",
        "a\u200bsylum",
        "as\u00adylum",
        "ａｓｙｌｕｍ",
        "áśylum",
        "refugees",
        "iltica",
        "İLTİCA",
        "MÜLTECİLER",
        "siginma",
        "اللجوء",
        "وطالبي اللجوء",
        "لاجئين",
        "پناه‌جویان",
        "پناهندگان",
        "پناه غوښتونکي",
        "پناہ گزینوں",
        "শরণার্থীদের",
        "asylum_decision.pdf",
    ],
)
def test_a_word_is_found_in_its_forms_and_disguises(text):
    assert "asylum" in labels(f"x {text} y")


@pytest.mark.parametrize(
    "text",
    [
        "prosecuted",
        "a fugitive",
        "geneva",
        "the convention of 1961",
        "sığınak",
        "پناهگاه کوهستانی",
        "مهاجر",
        "lorry 4 of 7",
        "A B C D E F",
        "",
    ],
)
def test_words_that_only_look_alike_are_not_found(text):
    assert "asylum" not in labels(text)


@pytest.mark.parametrize("label", LISTS)
def test_every_list_has_words_of_every_language_and_each_is_found_by_itself(label):
    for entry in entries(label):
        assert label in labels(entry.replace("*", "")), entry
        first, *_ = entry.split()
        # The table is keyed by four letters, so a beginning must have as many.
        assert not first.endswith("*") or len(fold(first)) > 4, entry


def test_folding_twice_changes_nothing():
    for entry in (entry for label in LISTS for entry in entries(label)):
        assert fold(fold(entry)) == fold(entry)


# ---- the walk


def test_the_walk_reads_header_body_names_of_files_and_their_lines():
    sent = message(
        "info.request",
        request(person(description="Tall")),
        handling=["H3"],
        handling_note="By hand",
        attachments=[attachment("notes.txt", "Seen in May")],
    )
    read = {text.path: text.value for text in texts(sent)}
    assert read["header.handling_note"] == "By hand"
    assert read["header.attachments.0.name"] == "notes.txt"
    assert read["header.attachments.0.data"] == "Seen in May"
    assert read["body.persons.0.names.0.text"] == "Rustam Nazari"
    assert read["body.persons.0.description"] == "Tall"
    assert read["body.questions.0.why"] == "He was paid"
    assert "body.persons.0.citizenships.0" not in read
    assert not any(path.endswith(("digest", "message_id", "script")) for path in read)


def test_persons_are_found_however_deep():
    sent = message(
        "protection.referral",
        {
            "consent": {
                "given_on": "2026-11-20",
                "given_by": "self",
                "scope": "All",
                "reference": "C-1",
            },
            "person": person("victim"),
            "needs": ["Housing"],
            "safe_contact": "Shelter",
        },
    )
    assert [path for path, _ in persons(sent)] == ["body.person"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_text_and_line_of_a_body_is_read_also_of_types_added_later(name):
    from relec_exchange.protection.walking import _text_fields

    body = CATALOGUE[name].body
    hints = get_type_hints(body, include_extras=True)
    plain = {field for field, hint in hints.items() if {hint, *get_args(hint)} & {Text, Line}}
    assert plain <= set(_text_fields(body))


def test_a_reply_is_read_by_its_answers():
    read = {text.path for text in texts(message("info.reply", reply("Blue van")))}
    assert read == {"body.answers.0.answer"}


BREACH = {
    "discovered_at": "2026-11-21T17:00:00.000Z",
    "what": "A computer was stolen",
    "messages": [],
    "measures": "Its keys are revoked",
    "contact": "Security officer",
}
RECALL = {"message_id": ID, "why": "It was another route", "reason": "inaccurate"}


@pytest.mark.parametrize(
    ("kind", "body", "level"),
    [("recall", RECALL, "non_nominal"), ("breach.notice", BREACH, "none")],
)
def test_an_officer_vouches_for_the_words_of_a_recall_and_of_a_breach_too(kind, body, level):
    sent = message(kind, body, data_level=level)
    assert "no-person-recognisable" in {one.question for one in found(sent, RULE)}


def test_what_recalls_a_sealed_message_speaks_of_nobody():
    body = {**RECALL, "why": "Call her on +90 555 010 01 99"}
    sent = message("recall", body, data_level="nominal_sensitive", purpose="victim_protection")
    assert {one.effect for one in found(sent, RULE)} == {Effect.HOLD, Effect.ASK}
