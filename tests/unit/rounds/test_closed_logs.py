"""Checkpoints of closed logs: proven to the end that the card names, or an alarm."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from core_network import Forger, alarms, events, sent, take_in, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.message.bodies.control import Round
from relec_exchange.message.document import parse_message
from relec_exchange.records import (
    AcceptedCheckpointRow,
    GapRow,
    OutboxRow,
    PeerChainRow,
    PeerRow,
    Where,
)
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, current_origin, succeed
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.plaintext import validated
from relec_exchange.trust.succession import OwnLog, with_logs

FIRST = "relec.example/tr/exchange/1"
CONTROL = {"agreement": "", "class": "control"}


def rounds_of(network: SimulatedNetwork, name: str = "tr") -> list[Round]:
    node = network.node(name)
    found = []
    for row in node.store.rows(OutboxRow, Where("type", "=", "round"), order="row"):
        body = parse_message(node.desk.core.content(row)[0]).body
        assert isinstance(body, Round)
        found.append(body)
    return found


def unproven(network: SimulatedNetwork, origin: str = FIRST) -> list[AcceptedCheckpointRow]:
    return network.node("pk").store.rows(
        AcceptedCheckpointRow, Where("origin", "=", origin), Where("proven", "=", False)
    )


def close_at(network: SimulatedNetwork, size: int, root: bytes) -> None:
    """tr's authority signs a card by which the first log ended there, and a second one began."""
    keys = KeyFiles(network.home("tr") / "keys", PASSPHRASE)
    successor = keys.add_log("relec.example/tr/exchange/2", os.urandom)
    card = network.node("pk").book.current.card("tr").card
    first = keys.log().public()
    later = with_logs(card, [OwnLog(first, (size, root.hex())), OwnLog(successor)])
    fields = later.model_dump(by_alias=True) | {"version": card.version + 1}
    note = sign_text(draft_card(validated(fields, "card", type(card))), network.authority("tr"))
    network.node("pk").desk.import_card(parse_card(note).note.decode(), None, "duty")


class Successor(Forger):
    """tr in its second log, with the real key of it."""

    def __init__(self, network: SimulatedNetwork, **changes: Any) -> None:
        super().__init__(network, [], **changes)
        keys = KeyFiles(network.home("tr") / "keys", PASSPHRASE)
        self.origin = "relec.example/tr/exchange/2"
        self.key = keys.log_key(self.origin)
        self.sequences = dict.fromkeys(self.sequences, 1)


# ---- what rounds carry -------------------------------------------------------------------------


def test_a_round_in_the_successor_proves_what_the_closed_log_left(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(12)
    for _ in range(3):
        sent(network, warning(network))
        network.run()
    assert len(unproven(network)) >= 3
    succeed(network, "tr")
    announce(network, "tr")
    network.pass_minutes(1)
    proofs = [proof for proof in rounds_of(network)[-1].proofs if proof.origin == FIRST]
    assert len(proofs) >= 3
    network.pass_minutes(5)
    assert unproven(network) == []
    assert all(proof.origin is None for proof in rounds_of(network)[-1].proofs)


def test_a_status_names_the_log_that_it_is_about_once_it_is_not_the_first(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(3)
    assert rounds_of(network, "pk")[-1].status.of is None
    succeed(network, "tr")
    announce(network, "tr")
    sent(network, warning(network))
    network.pass_minutes(15)
    assert rounds_of(network, "pk")[-1].status.of == current_origin(network.node("tr"))
    told = network.node("tr").store.rows(PeerChainRow, Where("cls", "=", "ordinary"))
    mine = {row.origin: row.contiguous for row in told if "/tr/" in row.origin}
    assert mine[current_origin(network.node("tr"))] == 1


def test_a_closed_log_is_named_until_all_of_it_has_come(network: SimulatedNetwork) -> None:
    network.pass_minutes(3)
    network.hub.interfere = lambda sender, item: []
    sent(network, warning(network))
    network.run()
    network.hub.interfere = None
    succeed(network, "tr")
    announce(network, "tr")
    network.pass_minutes(1)
    named = rounds_of(network)[-1].status.closed
    assert [(log.origin, log.classes.ordinary.last_sent) for log in named] == [(FIRST, 1)]
    network.pass_minutes(2)
    answered = rounds_of(network, "pk")[-1].status.closed
    assert [log.origin for log in answered] == [FIRST]
    network.pass_minutes(25)
    for name in ("tr", "pk"):
        assert rounds_of(network, name)[-1].status.closed == ()


# ---- what does not fit -------------------------------------------------------------------------


def test_an_end_below_what_was_accepted_is_an_alarm(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    network.run()
    forger = Forger(network)
    close_at(network, 2, forger.tree(2).root())
    take_in(network, "pk", [_opened(network).round(1)])
    assert ("log-shortened", "tr") in alarms(network.node("pk"))


def test_another_tree_at_the_end_is_a_fork(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    network.run()
    top = max(row.size for row in unproven(network))
    close_at(network, top, b"\1" * 32)
    take_in(network, "pk", [_opened(network).round(1)])
    assert ("log-fork", "tr") in alarms(network.node("pk"))


def test_a_proof_that_does_not_hold_is_an_alarm(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    network.run()
    forger, row = Forger(network), unproven(network)[-1]
    forger.entries += [forger.entries[-1]] * 3
    close_at(network, len(forger), forger.tree().root())
    bad = {**forger.proof(row.size), "hashes": forger.proof(row.size - 1)["hashes"]}
    take_in(network, "pk", [_opened(network).round(1, proofs=[{**bad, "origin": FIRST}])])
    assert ("log-inconsistent", "tr") in alarms(network.node("pk"))


def test_the_end_in_the_card_proves_the_tree_of_that_size(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    network.run()
    forger = Forger(network)
    rows = unproven(network)
    top = max(row.size for row in rows)
    close_at(network, top, forger.tree(top).root())
    take_in(network, "pk", [_opened(network).round(1)])
    left = unproven(network)
    assert top not in {row.size for row in left}
    assert [row.rounds for row in left] == [1] * len(left)
    assert alarms(network.node("pk")) == []


def test_a_tree_that_no_round_of_the_successor_proves_is_an_alarm(
    network: SimulatedNetwork,
) -> None:
    sent(network, warning(network))
    network.run()
    sent(network, warning(network))
    network.run()
    forger = Forger(network)
    close_at(network, len(forger), forger.tree().root())
    successor, old = _opened(network), 0
    for number in range(1, 11):
        assert alarms(network.node("pk")) == []
        size = len(successor)
        take_in(network, "pk", [successor.round(number, old=old)])
        old = size
        network.clock.forward(seconds=61)
    assert ("checkpoint-unproven", "tr") in alarms(network.node("pk"))


def test_a_round_of_the_closed_log_that_comes_late_says_nothing(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(2)
    forger = Forger(network)
    late = forger.round(99)
    close_at(network, len(forger), forger.tree().root())
    before = network.node("pk").store.rows(PeerRow)[0]
    take_in(network, "pk", [late])
    after = network.node("pk").store.rows(PeerRow)[0]
    assert (after.their_number, after.their_size) == (before.their_number, before.their_size)


def test_names_of_logs_that_no_card_knows_are_not_kept(network: SimulatedNetwork) -> None:
    network.pass_minutes(2)
    forger = Forger(network)
    quiet = {"last_sent": 7, "contiguous": 0, "missing": []}
    classes = dict.fromkeys(("control", "flash", "ordinary"), quiet)
    names = ["relec.example/tr/exchange/77", "relec.example/pk/exchange/9", "nonsense"]
    status = {
        "classes": classes,
        "of": "relec.example/pk/exchange/8",
        "closed": [{"origin": name, "classes": classes} for name in names],
    }
    take_in(network, "pk", [forger.round(99, status=status)])
    kept = network.node("pk").store.rows(PeerChainRow)
    assert {row.origin for row in kept} <= {FIRST, "relec.example/pk/exchange/1"}
    assert [json.loads(row.announced) for row in kept if row.last_sent == 7]


@pytest.mark.parametrize(
    "origin", ["relec.example/tr/exchange/2", "relec.example/pk/exchange/1", "nonsense"]
)
def test_a_void_for_a_log_that_is_not_its_sender_s_is_refused(
    network: SimulatedNetwork, origin: str
) -> None:
    from relec_exchange.inbound.receive import Rejected
    from relec_exchange.message.encoding import b64

    network.run()
    forger = Forger(network)
    entry = forger.entry(warning(network).raw, bytes(32))
    item = {"class": "ordinary", "seq": 1, "entry": b64(entry), "reason": "expired"}
    raw = forger.control("void", {"items": [{**item, "origin": origin}]})
    found = take_in(network, "pk", [forger.send(raw, **CONTROL)])[0]
    assert isinstance(found, Rejected)
    assert found.detail == "body.items.0.origin: not_a_log"


def _opened(network: SimulatedNetwork) -> Successor:
    """tr's second log with its first entry, as the card says that it follows the first."""
    from relec_exchange.audit.entry import encode_entry
    from relec_exchange.message.identifiers import format_time

    successor = Successor(network)
    closed = network.node("pk").book.current.card("tr").card.logs[0]
    fields = {
        "kind": "opened",
        "time": format_time(network.clock()),
        "network": "relec.example",
        "origin": successor.origin,
        "previous_origin": FIRST,
        "previous_size": closed.final_size,
        "previous_root": closed.final_root,
    }
    successor.entries.append(encode_entry(fields))
    return successor


def test_numbers_that_a_closed_log_lost_are_given_up_at_last_and_told(
    network: SimulatedNetwork,
) -> None:
    network.run()
    forger = Forger(network)
    network.close("tr")
    take_in(network, "pk", [forger.send(warning(network).raw, seq=3)])
    close_at(network, len(forger), forger.tree().root())
    pk = network.node("pk")
    for _ in range(10):
        network.clock.forward(days=3)
        pk._ticker.step()
        pk.journal.drain()
        assert events(pk, "gap.lost") == []
    for _ in range(2):
        network.clock.forward(days=3)
        pk._ticker.step()
        pk.journal.drain()
    gap = pk.store.rows(GapRow)[0]
    assert (gap.first, gap.last, gap.asks >= 10, bool(gap.closed_at)) == (1, 2, True, True)
    assert len(events(pk, "gap.lost")) == 1
    asked = gap.asks
    network.clock.forward(days=3)
    pk._ticker.step()
    assert pk.store.rows(GapRow)[0].asks == asked
