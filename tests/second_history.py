"""A node whose operator tells one partner another history of its log than everybody else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core_network import Forger, warning
from relec_exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.tiles import Tree
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import AcceptedCheckpointRow, PeerRow, Where
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.signature import HybridKey


def signed_tree(origin: str, key: HybridKey, size: int, variant: str = "") -> Checkpoint:
    """A checkpoint over `size` leaves of no real log; each variant is another history."""
    leaves = [leaf_hash(f"{variant}{n}".encode()) for n in range(size)]
    tree = Tree(0, lambda level, n: b"").extend(leaves)[0]
    return sign_checkpoint(origin, size, tree.root(), key, 1_000_000)


class SecondHistory(Forger):
    """The real node of `name` serves the others; `victim` is served from here alone, by a tree that
    begins as the real one is now. What the victim sends to the real node is lost, and the real node
    goes on signing whatever it is shown.
    """

    def __init__(self, network: SimulatedNetwork, victim: str, *, name: str = "tr") -> None:
        super().__init__(network, name=name, victim=victim)
        self._before = network.hub.interfere
        network.hub.interfere = self._cut
        network.node(name).journal.permit.turn = lambda turn: False  # type: ignore[method-assign]

    def _cut(self, sender: str, item: Outgoing) -> list[bytes]:
        if {sender, item.recipient} == {self.name, self.victim}:
            return []
        return [item.envelope] if self._before is None else self._before(sender, item)

    def pad(self, size: int) -> None:
        """Grow to `size` leaves by messages that nobody gets."""
        while len(self) < size:
            raw = warning(self.network, sender=self.name, recipient=self.victim).raw
            self.entries.append(self.entry(raw, bytes(32)))

    def heard(self) -> PeerRow:
        """What the victim knows of us."""
        store = self.network.node(self.victim).store
        return store.rows(PeerRow, Where("peer", "=", self.name))[0]

    def tell(self, *, prove: bool = True, **changes: Any) -> None:
        """The next round to the victim, well made within this history."""
        peer, top = self.heard(), len(self)
        proofs = [self.proof(size, top) for size in self._used(top)] if prove else []
        answer = {
            "number": peer.our_number,
            "status": 200,
            "body": "",
            "origin": self.network.node(self.victim).journal.state.exchange.origin,
        }
        body = {"proofs": proofs, "answer": answer, **changes}
        envelope = self.round(peer.their_number + 1, old=peer.their_size, size=top, **body)
        self.network.hub.inject(self.victim, self.name, MessageClass.CONTROL, envelope)

    def _used(self, top: int) -> Sequence[int]:
        """The sizes of our trees that the victim wants proven: those that this history has."""
        store = self.network.node(self.victim).store
        rows = store.rows(
            AcceptedCheckpointRow,
            Where("origin", "=", self.origin),
            Where("proven", "=", False),
            Where("size", "<", top),
            order="size",
        )
        tree = self.tree(top)
        return [row.size for row in rows if tree.root_at(row.size) == row.root][:128]


def marks(network: SimulatedNetwork, name: str, peer: str) -> dict[str, Any]:
    """What a node remembers that it has shown to a partner, and demanded of it."""
    [row] = network.node(name).store.rows(PeerRow, Where("peer", "=", peer))
    found: dict[str, Any] = json.loads(row.shown_trees)
    return found
