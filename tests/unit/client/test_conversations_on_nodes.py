"""Conversations, recalls and the protection desk by the SDK, with real nodes behind the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conversations import homes
from relec_exchange.client import Client
from relec_exchange.client.handles import Submitted
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Refused
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from served_nodes import clients_of, short_directory

NODES = ("tr", "pk", "iq")
YES = tuple(QUESTIONS)
WARNING = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-02"},
    "what": "More boats than in other weeks",
}
ASKED = {
    "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
    "reasons": "A simulated case.",
    "persons": [
        {
            "category": "suspect",
            "names": [{"text": "Zarifa Simulated", "kind": "birth", "script": "Latn"}],
            "citizenships": ["IRQ"],
        }
    ],
}
NOMINAL = {"data_level": "nominal", "purpose": "criminal_investigation"}


class Officers:
    """A network of three nodes whose officers use the SDK."""

    def __init__(
        self, network: SimulatedNetwork, clients: Mapping[tuple[str, str], Client]
    ) -> None:
        self.network = network
        self._clients = clients

    def at(self, name: str, officer: str = OFFICER) -> Client:
        return self._clients[name, officer]

    def sent(self, name: str, *messages: Submitted) -> list[str]:
        """Let what was submitted be released by the second officer and arrive; the ids."""
        for one in messages:
            one.check()
            if "release" in one.needs:
                assert self.at(name, SECOND).release(one.message_id).status == "released"
        self.network.run()
        return [one.message_id for one in messages]


@pytest.fixture(scope="module")
def officers() -> Iterator[Officers]:
    with short_directory() as base:
        network = SimulatedNetwork(base, founded=homes(names=NODES))
        with clients_of(network) as clients:
            yield Officers(network, clients)
        network.close()


def warned(officers: Officers, *to: str) -> list[str]:
    sent = officers.at("tr").submit(type="warning.notice", to=to, body=WARNING, answers=YES)
    return officers.sent("tr", *sent)


def asked(officers: Officers, **header: Any) -> str:
    sent = officers.at("tr").submit(
        type="info.request", to="pk", body=ASKED, answers=YES, **NOMINAL, **header
    )
    return officers.sent("tr", *sent)[0]


def lines(found: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {line["message_id"]: line for line in found}


def test_a_recall_reaches_every_copy_and_is_open_until_each_has_answered(
    officers: Officers,
) -> None:
    tr = officers.at("tr")
    copies = warned(officers, "pk", "iq")
    recalls = officers.sent("tr", *tr.recall(copies[0], "inaccurate", "A wrong place.", YES))
    assert {tr.show(ident, "out")["about"] for ident in recalls} == set(copies)
    for name, copy in zip(("pk", "iq"), copies, strict=True):
        assert officers.at(name).show(copy, "in")["withdrawn"] == "recalled"
    assert set(recalls) <= set(lines(tr.deadlines()))
    first = officers.at("pk").outcome(recalls[0], "used", YES, note="Told to the coast guard.")
    officers.sent("pk", first)
    assert tr.show(recalls[0], "out")["outcome"] == "used"
    waiting = set(lines(tr.deadlines()))
    assert recalls[0] not in waiting
    assert recalls[1] in waiting


def test_a_correction_reaches_what_was_made_of_the_message(officers: Officers) -> None:
    tr = officers.at("tr")
    [first] = warned(officers, "pk")
    made = tr.submit(
        type="warning.notice", to="iq", body=WARNING, answers=YES, derived_from=[first]
    )
    [second] = officers.sent("tr", *made)
    officers.sent("tr", *tr.correct(first, "A wrong day.", {"/body/what": "Fewer boats"}, YES))
    assert officers.at("pk").show(first, "in")["withdrawn"] == "corrected"
    assert officers.at("iq").show(second, "in")["withdrawn"] == "corrected"
    with pytest.raises(NotFound):
        tr.recall("019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "other", "No such message.")


def test_nothing_of_a_message_that_was_never_passed_on_can_be_recalled(officers: Officers) -> None:
    [ident] = warned(officers, "pk")
    with pytest.raises(Conflict):
        officers.at("pk").recall(ident, "other", "Nothing was made of it.")
    with pytest.raises(InvalidInput):
        officers.at("pk").outcome(ident, "used")


def test_a_question_and_its_answer_stand_in_the_thread(officers: Officers) -> None:
    ident = asked(officers)
    items = [{"number": 1, "text": "Of which year is it?"}]
    [question] = officers.sent("pk", officers.at("pk").clarify(ident, items, YES))
    assert officers.at("tr").show(ident, "out")["paused_at"]
    answer = [{"number": 1, "text": "Of this year."}]
    [said] = officers.sent("tr", officers.at("tr").clarify(question, answer, YES))
    for name in ("tr", "pk"):
        thread = officers.at(name).thread(said)
        assert [one["message_id"] for one in thread["messages"]] == [ident, question, said]
        first = thread["messages"][0]
        assert (first["owed_by"], first["owes"], first["paused_at"]) == ("pk", ["info.reply"], "")


def test_a_request_is_closed_and_the_node_answers(officers: Officers) -> None:
    ident, pk = asked(officers), officers.at("pk")
    closed = pk.nothing(ident)
    assert closed["closed_by"] == OFFICER
    assert pk.show(ident, "in")["reply_at"] == closed["reply_at"]
    with pytest.raises(Conflict):
        pk.nothing(ident)
    officers.network.clock.forward(days=6)
    officers.network.run()
    assert officers.at("tr").wait(ident, "answered", 1)["state"] == "answered"


def test_an_officer_cannot_write_that_nothing_can_be_provided(officers: Officers) -> None:
    ident = asked(officers)
    sent = officers.at("pk").reply(ident, "nothing_can_be_provided", (), YES, **NOMINAL)
    assert isinstance(sent.error, Refused)
    assert sent.error.rule == "P2-silent-safe"


def test_the_desk_registers_sees_replays_and_frees(officers: Officers) -> None:
    desk = officers.at("iq", DESK).protection
    entry = desk.add({"names": ["Zarifa Simulated"], "note": "Simulated."})["entry_id"]
    sent = officers.at("tr").submit(
        type="info.request", to="iq", body=ASKED, answers=YES, **NOMINAL
    )
    [ident] = officers.sent("tr", *sent)
    assert officers.at("iq").show(ident, "in")["state"] == "held"
    assert officers.at("tr").show(ident, "out")["state"] == "validated"
    [held] = [one for one in desk.holds() if one["message_id"] == ident]
    assert held["findings"][0]["effect"] == "hold"
    with pytest.raises(Refused):
        officers.at("iq").open(ident)
    assert officers.at("iq", DESK).open(ident).body["reasons"]
    assert desk.replay(ident, "in")["same"]
    assert desk.free(ident)["state"] == "received"
    with pytest.raises(NotFound):
        desk.free(ident)
    assert officers.at("iq").open(ident).body["reasons"]
    assert desk.hold(ident)["state"] == "opened"  # what the desk freed stays free
    assert [one["entry_id"] for one in desk.register()] == [entry]
    assert desk.end(entry)["ended_at"]
    assert desk.register() == []


def test_the_desks_own_client_holds_what_the_node_could_not_read(officers: Officers) -> None:
    [ident] = warned(officers, "pk")
    desk = officers.at("pk", DESK).protection
    assert desk.hold(ident)["state"] == "held"
    with pytest.raises(Refused):
        officers.at("pk").open(ident)
    assert desk.free(ident, "in")["state"] == "received"


def test_only_the_desk_reaches_register_holds_and_replays(officers: Officers) -> None:
    ident = asked(officers)
    protection = officers.at("pk").protection
    for call in (
        protection.holds,
        protection.register,
        lambda: protection.add({"names": ["Somebody"]}),
        lambda: protection.end(ident),
        lambda: protection.hold(ident),
        lambda: protection.replay(ident),
    ):
        with pytest.raises(NotAuthorised):
            call()


@pytest.mark.parametrize(
    "entry", [{}, {"note": "nobody"}, {"names": ["x"], "fears": ["nowhere"]}, {"unknown": ["x"]}]
)
def test_a_register_entry_that_finds_nobody_is_refused_by_its_field(
    officers: Officers, entry: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        officers.at("pk", DESK).protection.add(entry)
    assert refused.value.field
    assert "nowhere" not in refused.value.message


def test_a_contact_that_a_unit_tells_is_listed_with_its_partner(officers: Officers) -> None:
    body = {
        "unit": "coast-guard",
        "phone": "+905321234567",
        "hours": [{"days": ["mon"], "from": "08:00", "to": "16:00", "zone": "Europe/Istanbul"}],
        "escalation": [{"order": 1, "function": "Duty head", "phone": "+905321234568"}],
        "valid_from": "2026-01-01",
    }
    none = {"data_level": "none"}
    sent = officers.at("tr").submit(type="contact.update", to="pk", body=body, answers=YES, **none)
    officers.sent("tr", *sent)
    found = officers.at("pk").wire.get("/v1/contacts")["contacts"]
    [partner] = [one for one in found if one["node"] == "tr"]
    [unit] = partner["units"]
    assert (unit["phone"], unit["on_duty"]) == ("+905321234567", unit["on_duty"])
    assert unit["on_duty"] in (True, False)
