"""A partner whose operator serves one node by hand, with rounds that are as he likes."""

from __future__ import annotations

import json
from typing import Any

from core_network import Forger, take_in, warning
from relec_exchange.records import AcceptedCheckpointRow, PeerRow, Where
from relec_exchange.testing import NETWORK, SimulatedNetwork

TR = f"{NETWORK}/tr/exchange/1"
PK = f"{NETWORK}/pk/exchange/1"
JUNK = tuple(f"{n:0>7400}" for n in range(16))
"""Texts to be shown that fill a round."""


def peer(network: SimulatedNetwork, name: str = "pk", of: str = "tr") -> PeerRow:
    [row] = network.node(name).store.rows(PeerRow, Where("peer", "=", of))
    return row


def tree(network: SimulatedNetwork, size: int) -> AcceptedCheckpointRow:
    mine = Where("origin", "=", TR), Where("size", "=", size)
    [row] = network.node("pk").store.rows(AcceptedCheckpointRow, *mine)
    return row


class Dishonest:
    """tr serves pk by hand; the broker gives tr nothing of pk, and pk nothing of the real tr."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network, self.forger = network, Forger(network)
        network.close("tr")

    def round(self, *, read: int | None = None, old: int | None = None, **changes: Any) -> int:
        """The next round, to which pk gives this status; `read` is the round of pk answered."""
        known = peer(self.network)
        answer = {"number": read or known.our_number, "status": 200, "body": "", "origin": PK}
        body = changes if read == 0 else {"answer": answer, **changes}
        size = body.pop("size", len(self.forger))
        start = known.their_size if old is None else old
        body = {"proofs": self._proofs(size)} | body
        envelope = self.forger.round(known.their_number + 1, old=start, size=size, **body)
        take_in(self.network, "pk", [envelope])
        self.network.pass_minutes(1)
        return int(json.loads(peer(self.network).answer)["status"])

    def _proofs(self, top: int) -> list[dict[str, Any]]:
        """Of all trees that pk wants proven and that are of this history."""
        mine = Where("origin", "=", TR), Where("proven", "=", False), Where("size", "<", top)
        rows = self.network.node("pk").store.rows(AcceptedCheckpointRow, *mine)
        tree = self.forger.tree(top)
        found = [row.size for row in rows if tree.root_at(row.size) == row.root]
        return [self.forger.proof(size, top) for size in found]

    def pad(self, count: int) -> None:
        """Entries that nobody gets."""
        salt, raw = bytes(32), warning(self.network).raw
        self.forger.entries += [self.forger.entry(raw, salt, seq=900 + n) for n in range(count)]
