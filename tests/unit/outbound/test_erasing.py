"""The content of a recalled message goes with the answer that says so: not before, and for good."""

from __future__ import annotations

from typing import Any

import pytest

from core_network import check_logs, entries, events, inbox_ids, letter, sent, warning
from core_rules import SECOND, OneRule
from relec_exchange.errors import NotFound, Unavailable
from relec_exchange.journal.erasure import ERASED
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import DeliveryRow, InboxRow, Insert, Where
from relec_exchange.testing import SECOND as OTHER
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.officer import Act


@pytest.fixture(autouse=True)
def rule(monkeypatch: pytest.MonkeyPatch) -> OneRule:
    return OneRule(monkeypatch)


def recalled(network: SimulatedNetwork) -> tuple[str, str]:
    """A warning that came to pk, and its recall."""
    ident = sent(network, warning(network))
    network.run()
    body = {"message_id": ident, "why": "A wrong place.", "reason": "inaccurate"}
    asked = sent(network, quiet(network, "recall", body))
    network.run()
    assert asked in inbox_ids(network.node("pk"))
    return ident, asked


def quiet(network: SimulatedNetwork, kind: str, body: dict[str, Any], **fields: Any) -> Message:
    return letter(network, kind, body, **{"source_grade": None, "info_grade": None, **fields})


def destroyed(
    network: SimulatedNetwork, ident: str, asked: str, what: str = "destroyed", **body: Any
) -> Message:
    full = {"message_id": ident, "outcome": what, "at": format_time(network.clock()), **body}
    ends = {"sender": "pk", "recipient": "tr", "in_reply_to": asked}
    return quiet(network, "recall.outcome", full, **ends)


def row(network: SimulatedNetwork, ident: str) -> InboxRow:
    return network.node("pk").store.rows(InboxRow, Where("message_id", "=", ident))[0]


def held(network: SimulatedNetwork, ident: str) -> bool:
    """Whether the key of a message that came is still there."""
    node = network.node("pk")
    return bool(node.vault.get([row(network, ident).key_id]))


def test_destroyed_means_that_entry_and_mark_stand_and_the_key_is_gone(
    network: SimulatedNetwork,
) -> None:
    ident, asked = recalled(network)
    network.open_message("pk", ident)
    result = network.submit(destroyed(network, ident, asked))
    assert (result["status"], result["derived"]) == ("released", [])
    [entry] = entries(network.node("pk"), "erased")
    assert (entry["what"], entry["subject"], entry["reason"]) == (
        "message",
        f"tr/{ident}",
        "recalled",
    )
    assert (row(network, ident).withdrawn, held(network, ident)) == (ERASED, False)
    with pytest.raises(NotFound):
        network.open_message("pk", ident)
    assert len(events(network.node("pk"), "message.erased")) == 1
    check_logs(network)


@pytest.mark.parametrize("what", ["used", "legal_hold"])
def test_another_outcome_destroys_nothing(network: SimulatedNetwork, what: str) -> None:
    ident, asked = recalled(network)
    more = {"hold_until": "2027-01-01"} if what == "legal_hold" else {}
    assert network.submit(destroyed(network, ident, asked, what, **more))["status"] == "released"
    assert entries(network.node("pk"), "erased") == []
    assert held(network, ident)


def test_nothing_is_destroyed_before_the_answer_leaves(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    ident, asked = recalled(network)
    rule.findings = (SECOND,)
    result = network.submit(destroyed(network, ident, asked), release=False)
    assert held(network, ident)
    assert entries(network.node("pk"), "erased") == []
    name = str(result["message_id"])
    signature = network.act("pk", name, Act.RELEASE)
    assert network.node("pk").desk.release(name, OTHER, signature)["status"] == "released"
    assert not held(network, ident)


def test_a_kill_between_the_commit_and_the_destruction_is_finished_at_the_start(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident, asked = recalled(network)
    node = network.node("pk")

    class KilledError(BaseException):
        pass

    def killed(*given: object) -> None:
        raise KilledError

    monkeypatch.setattr(node.vault, "destroy", killed)
    with pytest.raises(KilledError):
        network.submit(destroyed(network, ident, asked))
    assert held(network, ident)
    with pytest.raises(NotFound):  # it shows as erased from the commit on
        network.open_message("pk", ident)
    network.close("pk")
    network.open("pk")
    assert not held(network, ident)
    assert len(entries(network.node("pk"), "erased")) == 1


def test_a_vault_that_cannot_be_written_does_not_undo_the_answer(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident, asked = recalled(network)

    def full(*given: object) -> None:
        raise Unavailable("the vault cannot be used now")

    monkeypatch.setattr(network.node("pk").vault, "destroy", full)
    assert network.submit(destroyed(network, ident, asked))["status"] == "released"
    monkeypatch.undo()
    network.close("pk")
    network.open("pk")
    assert not held(network, ident)


def test_own_messages_that_were_made_from_it_are_named(network: SimulatedNetwork) -> None:
    ident, asked = recalled(network)
    made = warning(network, sender="pk", recipient="tr", derived_from=[ident])
    other = warning(network, sender="pk", recipient="tr")
    sent(network, made)
    sent(network, other)
    result = network.submit(destroyed(network, ident, asked))
    assert result["derived"] == [made.header.message_id]


def test_copies_that_units_got_must_be_spoken_of(network: SimulatedNetwork) -> None:
    ident, asked = recalled(network)
    copy = DeliveryRow(ident, "tr", "coast", "folder", "delivered", 1, format_time(network.clock()))
    network.node("pk").journal.write(Plan(changes=(Insert(copy),)))
    result = network.submit(destroyed(network, ident, asked))
    assert (result["status"], result["error"]["field"]) == ("refused", "body.note")
    assert held(network, ident)
    note = "The unit deleted its copy."
    assert network.submit(destroyed(network, ident, asked, note=note))["status"] == "released"
