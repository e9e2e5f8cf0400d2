"""What agreements withhold is cut for each recipient, checked at both ends, and disclosed later."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conversations import homes
from core_network import check_logs, entries, events
from core_terms import withhold
from relec_exchange.audit.entry import commitment
from relec_exchange.client import Client, Content, Draft
from relec_exchange.client.handles import Submitted
from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.document import Message, compose
from relec_exchange.message.encoding import b64
from relec_exchange.message.withholding import RULE_WITHHELD, Cut, CutMessage
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.records import CutRow, InboxRow, Where
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from served_nodes import clients_of, short_directory

NODES = ("tr", "pk", "iq")
YES = tuple(QUESTIONS)
NOMINAL = {"data_level": "nominal", "purpose": "criminal_investigation"}
BIRTH = {"date": "1981-05-09", "precision": "day"}
SUSPECT: dict[str, Any] = {
    "category": "suspect",
    "names": [{"text": "Zarifa Simulated", "kind": "birth", "script": "Latn"}],
    "citizenships": ["SYR"],
    "phones": [],
    "birth": BIRTH,
}
ASKED: dict[str, Any] = {
    "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
    "reasons": "A simulated case.",
    "persons": [SUSPECT],
}
PLACE = "/body/persons/0/birth"


class World:
    """Three nodes behind their local APIs, and agreements that tr amends with each."""

    def __init__(
        self, network: SimulatedNetwork, clients: Mapping[tuple[str, str], Client]
    ) -> None:
        self.network = network
        self._clients = clients

    def at(self, name: str, officer: str = OFFICER) -> Client:
        return self._clients[name, officer]

    def amend(self, peer: str, *withheld: str) -> None:
        """A new text between tr and `peer` that withholds these paths, from now on."""
        self.network.clock.forward(minutes=1)
        withhold(self.network, ("tr", peer), *withheld)
        self.network.clock.forward(minutes=1)
        self.network.run()

    def ask(self, *to: str, **header: Any) -> list[Submitted]:
        """A request about a suspect, with a birth date, released and arrived."""
        found = self.at("tr").submit(
            type="info.request", to=to, body=ASKED, answers=YES, **NOMINAL, **header
        )
        return [self.arrived(one) for one in found]

    def arrived(self, one: Submitted) -> Submitted:
        one.check()
        if "release" in one.needs:
            self.at("tr", SECOND).release(one.message_id).check()
        self.network.run()
        return one

    def submitted(self, message: Message, cuts: list[Cut] | None = None) -> dict[str, Any]:
        """Submit a message as a client of its own make would, with these cuts."""
        key, salt = self.network.key("tr"), bytes(range(32))
        digest = commitment(salt, message.raw)
        item = {
            "idempotency_key": message.header.message_id,
            "message": message.raw,
            "salt": salt,
            "submit": {"officer": OFFICER, "signature": key.sign_submit(digest)},
            "release": None,
            "cuts": [{"path": c.path, "value": c.value, "salt": c.salt} for c in cuts or ()],
        }
        return self.network.node("tr").desk.submit([item])[0]


@pytest.fixture
def world() -> Iterator[World]:
    with short_directory() as base:
        network = SimulatedNetwork(base, founded=homes(names=NODES))
        with clients_of(network) as clients:
            yield World(network, clients)
        network.close()


def person(content: Content) -> dict[str, Any]:
    found: dict[str, Any] = content.body["persons"][0]
    return found


def test_two_recipients_with_different_grants_get_differently_cut_copies(world: World) -> None:
    world.amend("pk", "body.persons.birth", "body.persons.phones")
    to_pk, to_iq = world.ask("pk", "iq")
    at_pk = world.at("pk").open(to_pk.message_id)
    at_iq = world.at("iq").open(to_iq.message_id)
    assert person(at_iq) == SUSPECT
    assert "withheld" not in at_iq.header
    assert "birth" not in person(at_pk)
    assert "phones" not in person(at_pk)
    assert [line["path"] for line in at_pk.header["withheld"]] == [PLACE, "/body/persons/0/phones"]
    assert b"1981" not in at_pk.raw
    check_logs(world.network)


def test_the_officer_sees_what_is_cut_for_whom_before_anything_is_signed(world: World) -> None:
    world.amend("pk", "body.persons.birth", "body.persons.guardian_note")
    told = SUSPECT | {"guardian_note": "Nobody"}
    body = ASKED | {"persons": [told]}
    for_pk, for_iq = (
        world.at("tr").compose(Draft("info.request", to, body, NOMINAL)) for to in ("pk", "iq")
    )
    assert isinstance(for_pk, CutMessage)
    assert [one.path for one in for_pk.cuts] == [PLACE]
    assert for_pk.silent == ("/body/persons/0/guardian_note",)
    assert not isinstance(for_iq, CutMessage)


def test_what_was_cut_is_kept_encrypted_and_read_by_who_opens_the_own_message(
    world: World,
) -> None:
    world.amend("pk", "body.persons.birth")
    [sent] = world.ask("pk")
    [row] = world.network.node("tr").store.rows(CutRow)
    assert b"1981" not in row.content
    own = world.at("tr").open(sent.message_id, "out")
    assert [json.loads(one["value"]) for one in own.cuts] == [BIRTH]
    assert world.at("pk").open(sent.message_id).cuts == ()


def test_a_silent_field_leaves_a_message_as_if_it_was_never_said(world: World) -> None:
    world.amend("pk", "body.persons.guardian_note")
    said = ASKED | {"persons": [SUSPECT | {"guardian_note": "An aunt"}]}
    made = world.at("tr").compose(Draft("info.request", "pk", said, NOMINAL))
    bare = compose(made.header, ASKED)
    assert made.raw == bare.raw
    [sent] = world.at("tr").submit_documents([made], [made.header.message_id], YES)
    world.arrived(sent)
    assert "withheld" not in world.at("pk").open(sent.message_id).header
    assert world.network.node("tr").store.rows(CutRow) == []


def test_a_message_that_says_what_is_withheld_does_not_leave(world: World) -> None:
    whole = world.at("tr").compose(Draft("info.request", "pk", ASKED, NOMINAL))
    world.amend("pk", "body.persons.birth")
    refused = world.submitted(whole)
    assert refused["error"]["rule"] == RULE_WITHHELD
    assert refused["error"]["field"] == "body.persons.0.birth"
    [entry] = [e for e in entries(world.network.node("tr"), "decision", "activity") if e["rule"]]
    assert (entry["rule"], entry["outcome"]) == (RULE_WITHHELD, "refused")


def test_a_recipient_refuses_what_a_careless_sender_let_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.amend("pk", "body.persons.birth")
    monkeypatch.setattr("relec_exchange.outbound.judging.told", lambda *_: "")
    monkeypatch.setattr("relec_exchange.client.withholding.cut", lambda message, *_: message)
    [sent] = world.ask("pk")
    line = world.at("tr").show(sent.message_id, "out")
    assert (line["state"], line["receipts"][0]["code"]) == ("rejected", "not-permitted")
    decisions = entries(world.network.node("pk"), "decision", "activity")
    assert [one["rule"] for one in decisions if one["id"] == sent.message_id] == [RULE_WITHHELD]


def test_lines_that_nobody_can_open_later_are_refused_at_submission(world: World) -> None:
    world.amend("pk", "body.persons.birth")
    made = world.at("tr").compose(Draft("info.request", "pk", ASKED, NOMINAL))
    assert isinstance(made, CutMessage)
    assert world.submitted(made)["error"]["field"] == "cuts"
    other = Cut(PLACE, '{"date":"1982","precision":"year"}', made.cuts[0].salt)
    assert world.submitted(made, [other])["error"]["rule"] == "disclosure-mismatch"
    assert world.submitted(made, list(made.cuts))["error"] is None


def withheld_request(world: World) -> str:
    world.amend("pk", "body.persons.birth")
    [sent] = world.ask("pk")
    return sent.message_id


def test_a_field_is_disclosed_once_the_agreement_allows_it_and_is_proven(world: World) -> None:
    ident = withheld_request(world)
    with pytest.raises(Refused) as refused:
        world.at("tr").disclose(ident, [PLACE], "The case needs it", YES).check()
    assert refused.value.rule == RULE_WITHHELD
    world.amend("pk")
    world.arrived(world.at("tr").disclose(ident, [PLACE], "The amended text allows it", YES))
    [known] = world.at("pk").open(ident).disclosed
    assert json.loads(known["value"]) == BIRTH
    assert events(world.network.node("pk"), "message.disclosed")[0].ref == ident
    own = world.at("tr").open(ident, "out")
    assert [one["path"] for one in own.disclosed] == [PLACE]
    check_logs(world.network)


def test_a_disclosure_is_no_correction_of_the_message(world: World) -> None:
    ident = withheld_request(world)
    world.amend("pk")
    world.arrived(world.at("tr").disclose(ident, [PLACE], "Allowed now", YES))
    assert world.at("pk").show(ident, "in")["withdrawn"] == ""


def test_a_message_and_its_disclosure_may_arrive_together(world: World) -> None:
    world.amend("pk", "body.persons.birth")
    world.network.transport("pk").pause()
    ident = world.ask("pk")[0].message_id
    world.amend("pk")
    own = world.at("tr").disclose(ident, [PLACE], "Allowed meanwhile", YES)
    world.arrived(own)
    world.network.transport("pk").resume()
    world.network.run()
    assert world.at("pk").show(own.message_id, "in")["state"] == "received"
    assert [one["path"] for one in world.at("pk").open(ident).disclosed] == [PLACE]


def forged(world: World, ident: str, **changes: Any) -> Message:
    """A correction as the client would make it, but for these values of what it discloses."""
    own = world.at("tr").open(ident, "out")
    told = dict(own.cuts[0]) | changes
    body = {"message_id": ident, "why": "A simulated forgery", "disclosed": [told]}
    header = {"area": own.header["area"], **NOMINAL}
    return world.at("tr").compose(Draft("correction", "pk", body, header))


FORGERIES = (
    {"value": '{"date":"1982-05-09","precision":"day"}'},
    {"salt": b64(bytes(32))},
    {"path": "/body/persons/0/sex"},
)


@pytest.mark.parametrize("changes", FORGERIES, ids=lambda one: next(iter(one)))
def test_a_forged_disclosure_does_not_leave_an_honest_node(
    world: World, changes: dict[str, str]
) -> None:
    ident = withheld_request(world)
    world.amend("pk")
    made = forged(world, ident, **changes)
    [answer] = world.at("tr").submit_documents([made], [made.header.message_id], YES)
    with pytest.raises(Refused) as refused:
        answer.check()
    assert refused.value.rule == "disclosure-mismatch"


@pytest.mark.parametrize("changes", FORGERIES, ids=lambda one: next(iter(one)))
def test_a_forged_disclosure_is_refused_by_its_recipient(
    world: World, changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = withheld_request(world)
    world.amend("pk")
    made = forged(world, ident, **changes)
    node = world.network.node("tr")
    monkeypatch.setattr(node.known, "disclosing", _Careless(), raising=True)
    [answer] = world.at("tr").submit_documents([made], [made.header.message_id], YES)
    world.arrived(answer)
    assert world.at("tr").show(answer.message_id, "out")["state"] == "rejected"
    decisions = entries(world.network.node("pk"), "decision", "activity")
    assert [d["rule"] for d in decisions if d["id"] == answer.message_id] == ["disclosure-mismatch"]
    assert world.at("pk").open(ident).disclosed == ()


class _Careless:
    """A sender's node that checks nothing of what a correction discloses."""

    def checked(self, message: Message, *_: Any) -> Message:
        return message

    def disclosed(self, _: Any) -> list[Any]:
        return []


def test_a_correction_does_not_bring_in_what_is_withheld(world: World) -> None:
    ident = withheld_request(world)
    [refused] = world.at("tr").correct(ident, "Better", {f"{PLACE}/date": "1981-05-10"}, YES)
    assert isinstance(refused.error, Refused)
    assert refused.error.rule == RULE_WITHHELD
    [whole] = world.at("tr").correct(ident, "Better", {"/body/persons": "Zarifa, 1981"}, YES)
    assert isinstance(whole.error, Refused)
    [other] = world.at("tr").correct(ident, "Better", {"/body/reasons": "Another case"}, YES)
    assert other.error is None


def test_what_was_told_before_it_was_withheld_may_be_put_right(world: World) -> None:
    [sent] = world.ask("pk")
    world.amend("pk", "body.persons.birth")
    [mended] = world.at("tr").correct(
        sent.message_id, "Typing error", {f"{PLACE}/date": "1981-05-10"}, YES
    )
    world.arrived(mended)
    assert world.at("tr").show(mended.message_id, "out")["state"] == "validated"


def test_rules_look_at_the_whole_message_that_a_disclosure_makes(world: World) -> None:
    """A child's birth date that was cut: told later, it needs a reason and somebody who speaks."""
    world.amend("pk", "body.persons.birth")
    young = {"date": "2015-05-09", "precision": "day"}
    body = ASKED | {"persons": [SUSPECT | {"category": "contact", "birth": young}]}
    [sent] = world.at("tr").submit(type="info.request", to="pk", body=body, answers=YES, **NOMINAL)
    world.arrived(sent)
    world.amend("pk")
    with pytest.raises(Refused) as refused:
        world.at("tr").disclose(sent.message_id, [PLACE], "Asked for", YES).check()
    assert refused.value.rule == "P4-children"


def test_only_what_was_cut_can_be_disclosed(world: World) -> None:
    ident = withheld_request(world)
    with pytest.raises(InvalidInput) as refused:
        world.at("tr").disclose(ident, ["/body/persons/0/sex"], "Why not")
    assert PLACE in refused.value.remedy


def test_what_was_cut_ends_with_the_key_of_its_message(world: World) -> None:
    ident = withheld_request(world)
    node = world.network.node("tr")
    [row] = node.store.rows(CutRow)
    node.vault.destroy([row.key_id], "recalled", "2026-11-21T17:30:00.000Z")
    assert node.desk.core.known.disclosing.disclosed(node.desk.core.found(ident, "out")) == []
    assert world.network.node("pk").store.rows(InboxRow, Where("message_id", "=", ident))
