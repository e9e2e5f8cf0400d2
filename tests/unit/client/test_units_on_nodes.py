"""Bodies sealed to protection desks, between two nodes: who reads them, and who cannot."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from conversations import homes
from core_terms import withhold
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.client import Client, Draft
from relec_exchange.client.wire import Wire
from relec_exchange.errors import InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import SEALED_REASON
from relec_exchange.message.document import (
    compose,
    header_bytes,
    parse_message,
    received_header_bytes,
)
from relec_exchange.message.encoding import canonical
from relec_exchange.message.withholding import CutMessage
from relec_exchange.sealing.suite import HPKE, SealingPrivate
from relec_exchange.sealing.unit import INFO_LABEL, open_body, seal_body
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork, give_desk_keys
from relec_exchange.testing.homes import PASSPHRASE

UNIT = "protection-desk"
SECRET = "Zuleyka Ornek"
REFERRAL: dict[str, Any] = {
    "consent": {
        "given_on": "2026-11-20",
        "given_by": "self",
        "scope": "Housing and a doctor",
        "reference": "Form 7",
    },
    "person": {
        "category": "victim",
        "names": [{"text": SECRET, "kind": "birth", "script": "Latn"}],
        "citizenships": ["BGD"],
    },
    "needs": ["A safe place"],
    "safe_contact": "By the social worker of the shelter",
}
ANSWERS = ("protection-checked",)


class World:
    """Two nodes whose desks have keys, a third one without, and their officers' clients."""

    def __init__(self, base: Path) -> None:
        self.network = SimulatedNetwork(base, founded=homes(names=("tr", "pk", "iq")))
        self.keys = give_desk_keys(self.network, ("tr", "pk"))
        self._servers = []
        self._clients: list[Client] = []
        for name in self.network.names:
            path = self.network.home(name) / "run" / "node.sock"
            self._servers.append(LocalServer(create_app(self.network.node(name).desk), path))
            self._servers[-1].start()

    def client(self, name: str, officer: str, *keys: SealingPrivate) -> Client:
        path = self.network.home(name) / "run" / "node.sock"
        wire = Wire(path, officer, self.network.key(name, officer), clock=self.network.clock)
        self._clients.append(Client.of(wire, lambda: keys))
        return self._clients[-1]

    def desk(self, name: str) -> Client:
        return self.client(name, DESK, self.keys[name])

    def releaser(self, name: str) -> Client:
        return self.client(name, SECOND, self.keys[name])

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for server in self._servers:
            server.stop()
        self.network.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    base = Path(tempfile.mkdtemp(prefix="rl"))
    made = World(base)
    yield made
    made.close()
    shutil.rmtree(base)


def sent(world: World, body: dict[str, Any] = REFERRAL, **header: Any) -> str:
    """A referral from tr that its second person has released and pk has accepted."""
    [one] = world.desk("tr").submit(
        type="protection.referral", to="pk", body=body, answers=ANSWERS, **header
    )
    one.check()
    if one.status == "submitted":
        one = world.releaser("tr").release(one.message_id)
    assert one.status == "released", one
    world.network.run()
    return one.message_id


def test_the_other_desk_reads_what_the_desk_wrote(world: World) -> None:
    opened = world.desk("pk").open(sent(world))
    assert opened.body == REFERRAL
    assert (opened.held, opened.sealed) == (False, "")


def test_the_second_person_of_the_own_desk_reads_it_before_releasing_it(world: World) -> None:
    [one] = world.desk("tr").submit(
        type="protection.referral", to="pk", body=REFERRAL, answers=ANSWERS
    )
    assert "release" in one.needs
    assert world.releaser("tr").open(one.message_id, "out").body == REFERRAL


def test_an_officer_without_the_units_key_sees_what_travels(world: World) -> None:
    message_id = sent(world)
    content = world.client("pk", OFFICER).open(message_id)
    assert content.sealed == UNIT
    assert content.body["unit"] == UNIT
    assert SECRET not in str(content)


def test_neither_node_can_read_it_with_all_its_keys(world: World) -> None:
    message_id = sent(world)
    raw = world.client("pk", OFFICER).open(message_id).raw
    message = parse_message(raw)
    assert isinstance(message.body, SealedBody)
    header = received_header_bytes(raw)
    for name in ("tr", "pk"):
        files = KeyFiles(world.network.home(name) / "keys", PASSPHRASE)
        assert files.sealing_ids()
        for key_id in files.sealing_ids():
            key = files.sealing(key_id)
            assert key is not None
            with pytest.raises(Unverified) as caught:
                open_body(message.body, header, key)
            assert caught.value.reason is Reason.UNKNOWN_KEY
            for part in message.body.parts:
                with pytest.raises(InvalidTag):
                    HPKE.decrypt(part.ciphertext(), key.hpke, info=INFO_LABEL + header)


def test_nothing_of_it_lies_in_store_or_vault_of_either_node(world: World) -> None:
    sent(world)
    for name in ("tr", "pk"):
        files = [path for path in world.network.home(name).rglob("*") if path.is_file()]
        assert any(path.name == "node.db" for path in files)
        for path in files:
            data = path.read_bytes()
            for secret in (SECRET, "Housing and a doctor", "social worker"):
                assert secret.encode() not in data, path


def test_a_desk_whose_card_names_no_key_gets_nothing(world: World) -> None:
    with pytest.raises(NotFound) as caught:
        world.desk("tr").submit(type="protection.referral", to="iq", body=REFERRAL)
    assert caught.value.field == "to"
    assert "iq" in caught.value.message


def test_a_header_that_tells_is_refused_before_anything_is_sealed(world: World) -> None:
    for field, value in (
        ("subject_categories", ["victim"]),
        ("own_ref", "Ornek"),
        ("urgency_reason", "She may be found"),
    ):
        with pytest.raises(InvalidInput) as caught:
            world.desk("tr").compose(Draft("protection.referral", "pk", REFERRAL, {field: value}))
        assert caught.value.field == f"header.{field}"


def test_an_urgent_referral_says_why_in_its_body(world: World) -> None:
    urgent = {"urgency": "urgent", "urgency_reason": SEALED_REASON}
    body = REFERRAL | {"urgency_note": "The shelter closes on Monday"}
    assert world.desk("pk").open(sent(world, body, **urgent)).body == body


def test_what_a_rule_refuses_is_not_sealed(world: World) -> None:
    child = REFERRAL | {"person": REFERRAL["person"] | {"age_band": "0-13"}}
    with pytest.raises(Refused) as caught:
        world.desk("tr").submit(type="protection.referral", to="pk", body=child)
    assert caught.value.rule.startswith("P")


CHILD = REFERRAL | {"person": REFERRAL["person"] | {"age_band": "0-13"}}


def smuggled(world: World, inner: bytes, *, header_of: str = "") -> str:
    """A referral of a desk in tr whose program checks nothing, accepted by pk's node."""
    desk = world.desk("tr")
    honest = desk.compose(Draft("protection.referral", "pk", REFERRAL))
    bound = header_of.encode() or header_bytes(honest.header)
    keys = [world.keys[name].public for name in ("pk", "tr")]
    body = seal_body(inner, bound, UNIT, keys, os.urandom(32))
    message = compose(honest.header, body)
    [one] = desk.submit_documents([message], [message.header.message_id], ANSWERS)
    assert world.releaser("tr").release(one.check().message_id).status == "released"
    world.network.run()
    line = world.network.node("tr").desk.show(one.message_id, "out")
    assert [receipt["code"] for receipt in line["receipts"]] == ["accepted"]
    return one.message_id


def state(world: World, message_id: str) -> str:
    return str(world.network.node("pk").desk.show(message_id, "in")["state"])


def test_what_the_rules_refuse_in_an_open_body_is_held_and_shown_as_held(world: World) -> None:
    message_id = smuggled(world, canonical(CHILD))
    assert state(world, message_id) == "received"
    opened = world.desk("pk").open(message_id)
    assert opened.held
    assert any(one["rule"].startswith("P4") for one in opened.findings)
    assert state(world, message_id) == "held"
    with pytest.raises(Refused):
        world.client("pk", OFFICER).open(message_id)


def test_a_hold_that_its_sender_caused_does_not_show_on_the_wire(world: World) -> None:
    message_id = smuggled(world, canonical(CHILD))
    before = world.network.node("tr").desk.show(message_id, "out")
    world.desk("pk").open(message_id)
    world.network.run()
    after = world.network.node("tr").desk.show(message_id, "out")
    assert (before["state"], before["receipts"]) == (after["state"], after["receipts"])


def test_what_the_desk_has_freed_is_not_held_again(world: World) -> None:
    message_id = smuggled(world, canonical(CHILD))
    desk = world.desk("pk")
    assert desk.open(message_id).held
    desk.protection.free(message_id)
    opened = desk.open(message_id)
    assert not opened.held
    assert opened.findings
    assert state(world, message_id) != "held"


@pytest.mark.parametrize(
    ("inner", "header", "reason"),
    [
        (b"no json", "", Reason.NOT_JSON),
        (b'{"needs": []}', "", Reason.SCHEMA),
        (canonical(REFERRAL | {"offence": "theft"}), "", Reason.SCHEMA),
        (canonical(REFERRAL), '{"message_id":"another"}', Reason.UNSEAL),
    ],
    ids=("not-json", "not-complete", "field-too-many", "of-another-message"),
)
def test_a_body_that_cannot_be_read_is_held_and_the_reader_is_told_why(
    world: World, inner: bytes, header: str, reason: Reason
) -> None:
    message_id = smuggled(world, inner, header_of=header)
    with pytest.raises(Refused) as caught:
        world.desk("pk").open(message_id)
    assert caught.value.rule == reason.code
    assert state(world, message_id) == "held"


def test_an_answer_comes_back_sealed_too(world: World) -> None:
    message_id = sent(world)
    desk = world.desk("pk")
    body = {"outcome": "accepted", "service": "A shelter"}
    one = desk.respond(message_id, "protection.response", body, questions=ANSWERS)
    if one.check().status == "submitted":
        one = world.releaser("pk").release(one.message_id)
    world.network.run()
    assert world.desk("tr").open(one.message_id).body == body
    assert world.desk("tr").show(message_id, "out")["state"] == "answered"


def test_no_draft_of_it_lies_at_the_node(world: World) -> None:
    with pytest.raises(Refused):
        world.desk("tr").drafts.save("protection.referral", ["pk"], REFERRAL)


def test_checking_tells_what_only_the_desk_can_find(world: World) -> None:
    desk = world.desk("tr")
    message = desk.compose(
        Draft("protection.referral", "pk", REFERRAL | {"needs": ["Advice on her offence"]})
    )
    [found] = desk.check([message])
    assert any(one["field"].startswith("body.") for one in found["findings"])


def test_a_desk_does_not_seal_its_own_part_to_a_key_that_is_not_its_own(world: World) -> None:
    client = world.client("tr", DESK, SealingPrivate.from_seed(os.urandom(32)))
    with pytest.raises(Refused) as caught:
        client.compose(Draft("protection.referral", "pk", REFERRAL))
    assert caught.value.rule == "unit-key"


@pytest.fixture
def withheld(world: World) -> Iterator[None]:
    """The agreement withholds a field of referrals for a while."""
    withhold(world.network, ("tr", "pk"), "body.urgency_note")
    yield
    withhold(world.network, ("tr", "pk"))


@pytest.mark.usefixtures("withheld")
def test_what_is_withheld_is_cut_before_the_body_is_sealed_and_leaves_no_line(
    world: World,
) -> None:
    told = REFERRAL | {"urgency_note": "He knows where she lives"}
    made = world.desk("tr").compose(Draft("protection.referral", "pk", told, {}))
    assert isinstance(made, CutMessage)
    assert made.silent == ("/body/urgency_note",)
    opened = world.desk("pk").open(sent(world, told))
    assert opened.body == REFERRAL
    assert "withheld" not in opened.header
    assert not opened.held


@pytest.mark.usefixtures("withheld")
def test_a_desk_that_did_not_cut_has_its_message_held_when_the_other_opens_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relec_exchange.client.units._cut", lambda header, body, terms: (body, ()))
    opened = world.desk("pk").open(
        sent(world, REFERRAL | {"urgency_note": "He knows where she lives"})
    )
    assert opened.held
    assert [(one["rule"], one["field"]) for one in opened.findings if one["effect"] == "hold"] == [
        ("withheld-field", "body.urgency_note")
    ]
