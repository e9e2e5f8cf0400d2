"""Every decision of both nodes comes out the same again, from logs and notes alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core_network import NOMINAL, check_logs, entries, ping, replace_grant, request, warning
from relec_exchange.errors import IntegrityFailure
from relec_exchange.journal.replaying import Replay, replay
from relec_exchange.message.codes import Purpose
from relec_exchange.message.document import compose
from relec_exchange.message.header import Header
from relec_exchange.node import Node
from relec_exchange.records import NoteRow
from relec_exchange.testing import NETWORK, OFFICER, SimulatedNetwork
from relec_exchange.trust.decide import Allowed, Denied
from relec_exchange.trust.drafts import Terms, draft_agreement
from relec_exchange.trust.drafts_notices import draft_suspension, draft_termination
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

BETWEEN = b"\0"


def notes_of(node: Node) -> list[bytes]:
    rows = node.store.rows(NoteRow)
    return [note for row in rows if row.kind != "proposal" for note in row.note.split(BETWEEN)]


def replayed(node: Node) -> Replay:
    return Replay(entries(node), notes_of(node))


def asked(network: SimulatedNetwork, **fields: Any) -> dict[str, Any]:
    """Submit a request; what became of it, whatever that is."""
    network.clock.forward(seconds=2)
    made = request(network)
    assert isinstance(made.header, Header)
    result = network.submit(compose(made.header.model_copy(update=fields), made.body))
    network.run()
    return result


def suspend(network: SimulatedNetwork, number: int = 1, **fields: Any) -> str:
    network.clock.forward(seconds=2)
    given: dict[str, Any] = {
        "network": NETWORK,
        "network_kind": "exercise",
        "node": "pk",
        "number": number,
        "action": "suspend",
        "partners": ("tr",),
        "issued": network.clock().replace(microsecond=0),
        "reason": "A simulated emergency",
    }
    text = draft_suspension(Suspension(**(given | fields)))
    adopt(network, "pk", sign_text(text, network.authority("pk")))
    [held] = [one for one in network.node("pk").desk.notices() if one["number"] == number]
    return str(held["hash"])


def adopt(network: SimulatedNetwork, name: str, note: bytes) -> None:
    network.clock.forward(seconds=2)
    network.node(name).desk.import_notice(note.decode(), OFFICER)
    network.pass_minutes(2)


def terminate(network: SimulatedNetwork, agreement: str) -> None:
    now = network.clock().replace(microsecond=0)
    end = Termination(
        network=NETWORK,
        network_kind="exercise",
        node="tr",
        agreement=agreement,
        partners=("pk",),
        issued=now,
        effective=now + timedelta(hours=25),
        reason="A simulated end",
    )
    adopt(network, "tr", sign_text(draft_termination(end), network.authority("tr")))
    network.clock.forward(hours=26)
    network.run()


def amend(network: SimulatedNetwork, by: tuple[str, ...]) -> bytes:
    """A second agreement besides the one that there is, signed by these; one note each."""
    now = network.clock().replace(microsecond=0)
    grants = tuple(
        replace_grant(NOMINAL, f"{a}-{b}", a, b) for a, b in (("tr", "pk"), ("pk", "tr"))
    )
    terms = Terms(
        network=NETWORK,
        network_kind="exercise",
        parties=("tr", "pk"),
        title="Another simulated agreement",
        legal_basis="A simulated memorandum; no state has signed this text.",
        valid_from=now,
        valid_until=now + timedelta(days=90),
        grants=grants,
    )
    text = draft_agreement(terms)
    notes = [sign_text(text, network.authority(name)) for name in by]
    return notes[0] if len(notes) == 1 else merge_signatures(*notes)


def test_after_a_mixed_run_every_decision_of_both_nodes_is_recomputed(
    network: SimulatedNetwork,
) -> None:
    told = [asked(network)["error"]]  # allowed
    told.append(asked(network, purpose=Purpose.PREVENTION)["error"])  # refused by the agreement
    told.append(network.submit(ping(network))["error"])
    told.append(asked(network, legal_basis="his political opinions")["error"])  # a rule refuses
    network.submit(warning(network))
    hash_of = suspend(network)
    told.append(asked(network)["error"])  # suspended
    suspend(network, 2, action="lift", lifts=(hash_of,))
    told.append(asked(network)["error"])  # lifted
    agreement = next(
        held.hash
        for held in network.node("tr").desk.core.directory.agreements.values()
        if not held.agreement.charter
    )
    terminate(network, agreement)
    told.append(asked(network)["error"])  # ended
    rules = [one["rule"] if one else "" for one in told]
    assert rules[0] == rules[2] == rules[5] == ""
    assert rules[1].startswith("no-grant-")
    assert rules[4] == "agreement-suspended"
    assert rules[6] == "agreement-terminated"
    network.pass_minutes(2)
    check_logs(network)
    for name in ("tr", "pk"):
        node = network.node(name)
        again, decisions = replayed(node), entries(node, "decision", "activity")
        node.vault.destroy(sorted(node.vault.ids()), "erased", entries(node)[-1]["time"])
        assert len(decisions) >= 4
        for entry in decisions:
            again.check(entry)
        kinds = {type(again.decided(entry)) for entry in decisions}
        assert Allowed in kinds
        assert Denied in kinds or name == "pk"


def test_a_signature_that_came_later_does_not_count_for_what_was_decided_before(
    network: SimulatedNetwork,
) -> None:
    node = network.node("tr")
    network.clock.forward(minutes=1)
    old = next(h for h in node.desk.core.directory.agreements.values() if not h.agreement.charter)
    terminate(network, old.hash)
    note = amend(network, ("tr",))
    node.desk.import_agreement(note.decode(), OFFICER)
    refused = asked(network)
    assert refused["error"]["rule"] != ""
    network.clock.forward(seconds=2)
    node.desk.import_agreement(amend_by(network, note).decode(), OFFICER)
    assert asked(network)["error"] is None
    again = replayed(node)
    decisions = [e for e in entries(node, "decision", "activity") if e["type"] == "info.request"]
    assert [type(again.decided(one)) for one in decisions[-2:]] == [Denied, Allowed]
    for entry in decisions:
        again.check(entry)


def amend_by(network: SimulatedNetwork, note: bytes) -> bytes:
    """The same text with the other signature."""
    text = note[: note.rfind(b"\n\n") + 1].decode()
    return merge_signatures(note, sign_text(text, network.authority("pk")))


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry | {"grant": "another"},
        lambda entry: entry | {"purpose": "prevention"},
        lambda entry: entry | {"outcome": "refused", "rule": "no-grant-type", "grant": ""},
    ],
)
def test_an_entry_that_was_changed_does_not_come_out_the_same(
    network: SimulatedNetwork, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    asked(network)
    node = network.node("tr")
    [entry] = entries(node, "decision", "activity")[-1:]
    again = replayed(node)
    again.check(entry)
    with pytest.raises(IntegrityFailure):
        again.check(change(entry))


def test_a_note_that_is_missing_is_told(network: SimulatedNetwork) -> None:
    asked(network)
    node = network.node("tr")
    [entry] = entries(node, "decision", "activity")[-1:]
    assert isinstance(replay(entries(node), notes_of(node), entry), Allowed)
    with pytest.raises(IntegrityFailure, match="not here"):
        replay(entries(node), notes_of(node)[:-1], entry)


def test_what_could_not_be_read_was_not_asked(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    signature = {"officer": OFFICER, "signature": os.urandom(64)}
    item = {
        "idempotency_key": "no-message-at-all",
        "message": b"{}",
        "salt": bytes(32),
        "submit": signature,
        "release": None,
    }
    node.desk.submit([item])
    [entry] = entries(node, "decision", "activity")[-1:]
    assert entry["type"] == ""
    assert replayed(node).decided(entry) is None
