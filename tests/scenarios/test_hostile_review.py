"""Attempts of dishonest officers and partners to get round the rules; each of them must fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conversations import (
    about,
    arrived,
    delivered,
    nominal,
    person,
    protect,
    request_about,
    talking,
)
from core_network import (
    Forger,
    entries,
    inbox_ids,
    letter,
    life_at_risk,
    take_in,
    warning,
)
from relec_exchange.errors import InvalidInput
from relec_exchange.inbound.following import UNITS_MAX
from relec_exchange.inbound.receive import Rejected
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time
from relec_exchange.outbound.erasing import ERASED
from relec_exchange.records import ContactRow, RegisterRow, Where
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act

NAME = "Zarifa Simulated"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with talking(tmp_path) as made:
        yield made


def mended(earlier: Any, network: SimulatedNetwork, level: str, **more: Any) -> Any:
    """A correction of a request that tells a name, at a level of its author's choice."""
    fields = [{"path": "/body/persons/0/names/0/text", "now": "Behruz Invented"}]
    body = {"why": "A wrong name.", "fields": fields}
    return about(network, earlier, "correction", body, data_level=level, **more)


# ---- one officer alone -------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["none", "aggregate", "non_nominal"])
def test_nobody_names_a_person_in_a_correction_under_a_lower_level(
    network: SimulatedNetwork, level: str
) -> None:
    asked = request_about(network, person("Behruz Invented"))
    delivered(network, asked)
    result = network.submit(mended(asked, network, level, purpose="prevention"))
    assert result["status"] == "refused"
    assert (result["error"]["rule"], result["error"]["field"]) == (
        "P10-four-eyes",
        "header.data_level",
    )
    same = network.submit(mended(asked, network, "nominal"))
    assert same["status"] != "refused"


def test_nobody_destroys_what_came_by_an_outcome_under_a_lower_level(
    network: SimulatedNetwork,
) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    body = {"why": "A wrong person.", "reason": "wrong_person"}
    recall = about(network, asked, "recall", body)
    delivered(network, recall)
    done = {"message_id": ident, "outcome": "destroyed", "at": format_time(network.clock())}
    header = {"sender": "pk", "recipient": "tr", "in_reply_to": recall.header.message_id}
    grades = {"source_grade": None, "info_grade": None}
    low = letter(network, "recall.outcome", done, data_level="none", **header, **grades)
    result = network.submit(low)
    assert (result["status"], result["error"]["field"]) == ("refused", "header.data_level")
    assert arrived(network, "pk", ident).withdrawn == "recalled"


def test_a_rescue_that_nobody_confirmed_is_no_first_use_of_the_agreement(
    network: SimulatedNetwork,
) -> None:
    rescue = network.submit(life_at_risk(network), releaser=OFFICER)
    assert (rescue["status"], rescue["needs"]) == ("released", ["confirm"])
    network.run()
    second = network.submit(warning(network), releaser=OFFICER)
    assert second["needs"] == ["release"]


def test_names_that_were_only_looked_at_are_not_learnt_and_push_no_others_out(
    network: SimulatedNetwork,
) -> None:
    desk = network.node("tr").desk
    desk.check_messages(OFFICER, [request_about(network, person("Behruz Invented")).raw])
    told = network.submit(warning(network, "Behruz Invented was seen."))
    assert "desk" not in told["needs"]


def test_looking_tells_no_officer_who_is_protected(network: SimulatedNetwork) -> None:
    protect(network, "tr", NAME)
    desk = network.node("tr").desk
    known, other = (request_about(network, person(n)).raw for n in (NAME, "Behruz Invented"))
    [one], [two] = (desk.check_messages(OFFICER, [raw]) for raw in (known, other))
    assert one == two
    [seen] = desk.check_messages(DESK, [known])
    assert "desk" in seen["needs"]


def test_trying_names_in_an_extract_leaves_a_trace(network: SimulatedNetwork) -> None:
    protect(network, "tr", NAME)
    ident = delivered(network, warning(network))
    given = {
        "message_id": ident,
        "direction": "out",
        "fields": [],
        "text": f"Look for {NAME}.",
        "language": "en",
    }
    with pytest.raises(InvalidInput) as refused:
        network.node("tr").desk.make_extract(given, OFFICER)
    assert NAME not in str(refused.value)
    [access] = [e for e in entries(network.node("tr"), "access", "activity") if e["ref"] == ident]
    assert (access["actor"], access["action"]) == (OFFICER, "extract-refused")


def test_what_is_sealed_to_a_desk_is_not_kept_readable_as_a_draft(
    network: SimulatedNetwork,
) -> None:
    draft = {"type": "protection.referral", "to": ["pk"], "header": {}, "body": {"a": NAME}}
    with pytest.raises(InvalidInput):
        network.node("tr").desk.save_draft(DESK, draft, None)


# ---- a partner with software of its own --------------------------------------------------------


def test_a_partner_does_not_lower_the_level_of_a_correction(network: SimulatedNetwork) -> None:
    asked = request_about(network)
    delivered(network, asked)
    low = mended(asked, network, "none", purpose="prevention")
    forger = Forger(network)
    [verdict] = take_in(network, "pk", [forger.send(low.raw, type="correction")])
    assert isinstance(verdict, Rejected)
    assert low.header.message_id not in inbox_ids(network.node("pk"))


def test_what_was_recalled_or_erased_stays_so_whatever_its_sender_says_after(
    network: SimulatedNetwork,
) -> None:
    told = warning(network)
    ident = delivered(network, told)
    delivered(network, about(network, told, "recall", {"why": "Wrong.", "reason": "inaccurate"}))
    fields = [{"path": "/body/what", "now": "Fewer departures."}]
    change = {"why": "A wrong word.", "fields": fields}
    delivered(network, about(network, told, "correction", change))
    assert arrived(network, "pk", ident).withdrawn == "recalled"


def test_a_partner_fills_no_directory_with_units(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    hours = [{"days": ["mon"], "from": "08:00", "to": "16:00", "zone": "Europe/Istanbul"}]
    raws = []
    for number in range(UNITS_MAX + 6):
        body = {
            "unit": f"unit-{number}",
            "phone": "+903125550100",
            "languages": ["en"],
            "hours": hours,
            "escalation": [{"order": 1, "function": "Duty officer", "phone": "+903125550100"}],
            "valid_from": "2026-11-01",
        }
        fields = {"data_level": "none", "source_grade": None, "info_grade": None}
        raws.append(letter(network, "contact.update", body, **fields).raw)
    take_in(network, "pk", forger.send_all(raws, type="contact.update"))
    assert network.node("pk").store.count(ContactRow, Where("node", "=", "tr")) <= UNITS_MAX


# ---- what lies on the disk ---------------------------------------------------------------------


def on_disk(network: SimulatedNetwork, *secrets: bytes) -> list[str]:
    """Files of both nodes in which one of these bytes stands, journals of the database too."""
    files = (f for name in ("tr", "pk") for f in network.home(name).rglob("*") if f.is_file())
    return [str(f) for f in files if any(secret in f.read_bytes() for secret in secrets)]


def wrapped(network: SimulatedNetwork, key_id: str) -> bytes:
    """A message's key as the vault of pk keeps it: encrypted under the storage key."""
    [path] = [f for f in network.home("pk").rglob("*vault*") if f.suffix in (".db", ".sqlite")]
    with closing(sqlite3.connect(path)) as database:
        query = "select * from secret where key_id = ?"
        return bytes(database.execute(query, [key_id]).fetchone()[1])


def test_no_file_of_a_node_has_the_name_of_a_person_in_clear(network: SimulatedNetwork) -> None:
    desk = network.node("tr").desk
    for name in ("tr", "pk"):
        protect(network, name, NAME)
    asked = request_about(network, person(NAME))
    draft = {"type": "info.request", "to": ["pk"], "header": {}, "body": {"n": NAME}}
    desk.save_draft(OFFICER, draft, None)
    ident = str(network.submit(asked, release=False)["message_id"])
    back = network.act("tr", ident, Act.RETURN)
    desk.send_back(ident, SECOND, back, f"{NAME} is protected.")
    delivered(network, request_about(network, person("Behruz Invented")))
    desk.check_messages(OFFICER, [asked.raw])
    written = [one.encode() for one in (NAME, "Behruz Invented")]
    hidden = [b64(one)[:-4].encode() for one in written]
    assert on_disk(network, *written, *hidden) == []


def test_what_was_destroyed_has_left_no_key_in_any_file(network: SimulatedNetwork) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    recall = about(network, asked, "recall", {"why": "Wrong person.", "reason": "wrong_person"})
    delivered(network, recall)
    node, row = network.node("pk"), arrived(network, "pk", ident)
    kept = wrapped(network, row.key_id)
    assert on_disk(network, kept)  # so this test would see it
    assert node.vault.get([row.key_id])
    done = {"message_id": ident, "outcome": "destroyed", "at": format_time(network.clock())}
    header = {"sender": "pk", "recipient": "tr", "in_reply_to": recall.header.message_id}
    answer = letter(
        network, "recall.outcome", done, **header, **nominal(purpose="criminal_investigation")
    )
    assert network.submit(answer)["status"] == "released"
    network.run()
    assert arrived(network, "pk", ident).withdrawn == ERASED
    assert node.vault.get([row.key_id]) == {}
    assert on_disk(network, kept) == []


def test_what_was_erased_stays_so_when_a_correction_comes_after(network: SimulatedNetwork) -> None:
    told = warning(network)
    ident = delivered(network, told)
    recall = about(network, told, "recall", {"why": "Wrong.", "reason": "inaccurate"})
    delivered(network, recall)
    done = {"message_id": ident, "outcome": "destroyed", "at": format_time(network.clock())}
    header = {"sender": "pk", "recipient": "tr", "in_reply_to": recall.header.message_id}
    grades = {"source_grade": None, "info_grade": None}
    network.submit(letter(network, "recall.outcome", done, **header, **grades))
    fields = [{"path": "/body/what", "now": "Fewer."}]
    delivered(network, about(network, told, "correction", {"why": "Late.", "fields": fields}))
    assert arrived(network, "pk", ident).withdrawn == ERASED


def test_the_key_of_an_ended_protection_goes_at_the_start_if_the_node_was_killed_before(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, node = protect(network, "pk", NAME), network.node("pk")
    [row] = node.store.rows(RegisterRow)

    def killed(*given: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as stopped:
        stopped.setattr(node.vault, "destroy", killed)
        with pytest.raises(RuntimeError):
            node.desk.end_registered(entry, DESK)
    assert node.vault.get([row.key_id])
    network.close("pk")
    network.open("pk")
    assert network.node("pk").vault.get([row.key_id]) == {}
