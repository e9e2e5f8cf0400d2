"""Attempts to slip a protected fact through, and honest messages that must pass; both are files.

An attempt names the rule that must stop it and how: `refuse` and `hold` at both ends, `ask` and
`approve` at the sender (nothing leaves before the answer), `schema` where it is no message at all,
`agreement` where it says what the `terms` withhold. A case with a `use` is no message that is
sent: one that was received goes before a court, or to a unit.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.errors import InvalidInput, Refused, Unverified
from relec_exchange.message.catalogue import message_type
from relec_exchange.message.document import Message, parse_message, read_body, read_header
from relec_exchange.message.encoding import canonical_with_decimals
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.withholding import RULE_WITHHELD
from relec_exchange.message.withholding import told as withheld
from relec_exchange.protection.assurance import BOTH, promised
from relec_exchange.protection.model import QUESTIONS, Effect, Facts, Finding
from relec_exchange.protection.provided import Consent, Received, read_consent, read_received
from relec_exchange.protection.quoting import runs_of
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.protection.rules import RULES, judge
from relec_exchange.protection.third_party import before_a_court
from relec_exchange.protection.units import Opened, require_reader
from relec_exchange.protection.walking import texts

HERE = Path(__file__).parent
ATTEMPTS = sorted((HERE / "attempts").glob("*.toml"))
LEGITIMATE = sorted((HERE / "legitimate").glob("*.toml"))
ID = "01a1ff38-3de2-7fff-bfff-ffffffffffff"
TODAY = date(2026, 11, 21)
EARLIER_ID = "01a1ff38-3de2-7000-8000-000000000000"
# How a protected fact was hidden. Every way has at least three attempts.
WAYS = {
    "code",
    "encoded",
    "file_name",
    "named_group",
    "nested",
    "other_script",
    "passed_on",
    "plain",
    "push_back",
    "quoted",
    "series_of_one",
    "split",
    "subtraction",
}
STOPPING = (Effect.REFUSE, Effect.HOLD)
# Types of the charter's daily business and of cases between states: honest messages cover them.
LANGUAGES = {"ar", "bn", "en", "fa", "ps", "tr", "ur"}


def wire(value: Any) -> Any:
    """TOML knows times and dates; on the wire they are text."""
    if isinstance(value, dict):
        return {name: wire(item) for name, item in value.items()}
    if isinstance(value, list):
        return [wire(item) for item in value]
    if isinstance(value, datetime):
        return format_time(value)
    return value.isoformat() if isinstance(value, date) else value


def attachment(given: dict[str, Any]) -> dict[str, Any]:
    data = given["text"].encode() if "text" in given else base64.b64decode(given["data"])
    return {
        "name": given["name"],
        "media_type": given["media_type"],
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": base64.b64encode(data).decode(),
    }


def header_of(case: dict[str, Any]) -> dict[str, Any]:
    kind = message_type(case["type"])
    header: dict[str, Any] = {
        "message_id": ID,
        "type": kind.name,
        "schema_version": kind.version,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
        "sender_unit": "ncp",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": "prevention" if "prevention" in kind.purposes else kind.purposes[0].value,
        "data_level": kind.levels[0].value,
        "handling": ["H0"],
        "urgency": "routine" if "routine" in kind.urgencies else kind.urgencies[0].value,
        "language": "en",
    }
    if header["urgency"] != "routine":
        header["urgency_reason"] = "Lives at risk"
    if kind.needs_grades:
        header |= {"source_grade": "B", "info_grade": "2"}
    if kind.reply:
        header["in_reply_to"] = EARLIER_ID
    if kind.supersedes:
        header["supersedes"] = EARLIER_ID
    if case.get("files"):
        header["attachments"] = [attachment(file) for file in case["files"]]
    return header | wire(case.get("header", {}))


def message_of(case: dict[str, Any]) -> Message:
    """As the rules get it; a body for a unit is open, as in the unit's client."""
    body, header = wire(case["body"]), header_of(case)
    kind = message_type(case["type"])
    if kind.sealed_to:
        return Message(read_header(header), read_body(kind.name, body), b"")
    return parse_message(canonical_with_decimals({"header": header, "body": body}))


def facts_of(case: dict[str, Any], direction: Any) -> Facts:
    given = dict(case.get("facts", {}))
    entries = given.pop("registered", [])
    came, granted = given.pop("received", []), given.pop("consents", [])
    return Facts(
        network_kind=given.pop("network_kind", "exercise"),
        assurances=tuple(given.pop("assurances", promised(BOTH))),
        direction=direction,
        today=TODAY,
        received=tuple(map(received, came)),
        consents=tuple(map(consent, granted)),
        registered=tuple(
            RegisterEntry.model_validate_json(canonical_with_decimals(wire(entry)))
            for entry in entries
        ),
        **{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()},
    )


def received(given: dict[str, Any]) -> Received:
    """A message that iq provided; `text` is what it said."""
    usual = {"message_id": EARLIER_ID, "provider": "iq", "purpose": "prevention", "handling": []}
    found = usual | given
    return read_received(found | {"runs": runs_of([found.pop("text", "")])})


def consent(given: dict[str, Any]) -> Consent:
    usual = {"message_id": EARLIER_ID, "provider": "iq", "decision": "granted"}
    return read_consent(wire(usual | given))


def used(case: dict[str, Any]) -> tuple[Finding, ...]:
    """What stands against using the message that was received."""
    facts = facts_of(case, "outbound")
    source = facts.received[0]
    if case["use"] == "court":
        return before_a_court(source, facts.consents, TODAY)
    opened = Opened(source, tuple(case.get("readers", ())), case.get("owner", "ncp"))
    try:
        require_reader(case["unit"], opened, facts.consents, "tr", TODAY)
    except Refused as error:
        return (Finding(error.rule, Effect.REFUSE, error.field, error.message),)
    return ()


def findings(case: dict[str, Any], direction: str) -> tuple[Finding, ...]:
    if "use" in case:
        return used(case)
    return judge(message_of(case), facts_of(case, direction))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def told(found: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.effect.value, finding.field) for finding in found]


@pytest.mark.parametrize("path", ATTEMPTS, ids=lambda path: path.stem)
def test_an_attempt_is_stopped_by_the_rule_that_it_names(path: Path) -> None:
    case = read(path)
    rule, effect = case["expect"]["rule"], case["expect"]["effect"]
    if effect == "schema":
        with pytest.raises((InvalidInput, Unverified), match=rule):
            message_of(case)
        return
    if effect == "agreement":
        assert rule == RULE_WITHHELD
        assert withheld(message_of(case), case["terms"]["withhold"])
        return
    found = findings(case, case["expect"].get("direction", "outbound"))
    assert (rule, effect) in [(one.rule, one.effect.value) for one in found], told(found)


@pytest.mark.parametrize("path", ATTEMPTS, ids=lambda path: path.stem)
def test_a_recipient_stops_what_a_careless_sender_let_through(path: Path) -> None:
    case = read(path)
    expected = case["expect"]
    # Questions and approvals are the sender's, and so is who made a message.
    if expected["effect"] not in ("refuse", "hold") or expected.get("sender_only"):
        return
    found = [one for one in findings(case, "inbound") if one.effect in STOPPING]
    assert expected["rule"] in [one.rule for one in found], told(tuple(found))


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
@pytest.mark.parametrize("path", LEGITIMATE, ids=lambda path: path.stem)
def test_an_honest_message_passes(path: Path, direction: str) -> None:
    case = read(path)
    found = findings(case, direction)
    assert not [one for one in found if one.effect in STOPPING], told(found)
    # What is asked can be answered: each question is one that officers know.
    assert {one.question for one in found if one.effect is Effect.ASK} <= QUESTIONS.keys()


def test_every_way_of_hiding_is_tried_at_least_three_times() -> None:
    ways = Counter(read(path)["way"] for path in ATTEMPTS)
    assert set(ways) == WAYS
    assert min(ways.values()) >= 3, ways
    assert len(ATTEMPTS) >= 80


def test_every_rule_in_force_stops_an_attempt() -> None:
    stopped = {read(path)["expect"]["rule"] for path in ATTEMPTS}
    # Four eyes never stops a message: it waits for the second person.
    wanted = {rule.identifier for rule in RULES if rule.wired} - {"P10-four-eyes"}
    assert wanted <= stopped


def test_honest_messages_are_of_many_types_and_languages_and_most_have_free_text() -> None:
    cases = [read(path) for path in LEGITIMATE]
    assert len(cases) >= 50
    assert len({case["type"] for case in cases}) >= 20
    assert {case.get("header", {}).get("language", "en") for case in cases} >= LANGUAGES
    assert sum(map(has_sentence, cases)) > len(cases) / 2


def has_sentence(case: dict[str, Any]) -> bool:
    """Whether somebody wrote at least five words into it."""
    return any(len(text.value.split()) >= 5 for text in texts(message_of(case)))


def test_every_file_says_what_it_is_and_no_title_stands_twice() -> None:
    cases = [read(path) for path in (*ATTEMPTS, *LEGITIMATE)]
    titles = Counter(case["title"] for case in cases)
    assert [title for title, count in titles.items() if count > 1] == []
