"""A log key that was stolen and revoked proves nothing new, however small the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import Forger, begun, captured, inbox_ids, quarantined, take_in, warning
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revoking import Loss, revoke_log


@dataclass
class Stolen:
    """tr's log key in the hands of a thief, who also has tr's log as it was."""

    network: SimulatedNetwork
    thief: Forger

    def revoke(self) -> None:
        """pk learns that tr's log is good up to where it is now."""
        now, node = self.network.clock(), self.network.node("tr")
        head = node.journal.state.exchange.head
        loss = Loss(now - timedelta(minutes=5), now, "Disk stolen (simulated)")
        card = node.book.current.card("tr").card
        text = revoke_log(card, head.origin, head.size, head.root.hex(), loss)
        note = sign_text(text, self.network.authority("tr"))
        self.network.node("pk").desk.import_notice(note.decode(), OFFICER)

    def forged(self) -> bytes:
        """A message under a tree that is smaller than the real one, and was never its beginning."""
        self.thief.entries = self.thief.entries[:3]
        return self.thief.send(warning(self.network, text="Forged (simulated).").raw)


@pytest.fixture
def stolen(tmp_path: Path) -> Iterator[Stolen]:
    with begun(tmp_path) as network:
        network.pass_minutes(2)
        yield Stolen(network, Forger(network))


def test_a_smaller_tree_that_nobody_knew_is_refused_after_the_revocation(stolen: Stolen) -> None:
    stolen.revoke()
    take_in(stolen.network, "pk", [stolen.forged()])
    assert quarantined(stolen.network.node("pk")) == ["key-revoked"]
    assert inbox_ids(stolen.network.node("pk")) == []


def test_what_was_known_before_and_the_last_good_head_still_prove(stolen: Stolen) -> None:
    network = stolen.network
    early = captured(network, warning(network))
    take_in(network, "pk", [early])
    stolen.revoke()
    take_in(network, "pk", [early])
    assert quarantined(network.node("pk")) == []
    assert len(inbox_ids(network.node("pk"))) == 1


def test_the_last_good_head_proves_what_comes_late(stolen: Stolen) -> None:
    network = stolen.network
    late = captured(network, warning(network))
    stolen.revoke()  # the head is the tree that this message uses
    take_in(network, "pk", [late])
    assert quarantined(network.node("pk")) == []
    assert len(inbox_ids(network.node("pk"))) == 1
