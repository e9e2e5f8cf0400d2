"""What of our log no quorum has cosigned yet: how much, since when, and whom it waits for."""

from __future__ import annotations

from relec_exchange.audit.entry import decode_entry
from relec_exchange.desk.core import Core, Json
from relec_exchange.journal.witnessed import state, witnessed_size
from relec_exchange.ports import Store
from relec_exchange.records import (
    CosignatureRow,
    EntryRow,
    InboxRow,
    OutboxRow,
    Where,
)
from relec_exchange.trust.witnesses import nodes_of, quorum_of, witnesses


def witnessing(core: Core) -> Json:
    """`answers.Witnessing`: rounds and anchors are not counted, for there are always newer ones."""
    directory, head = core.directory, core.journal.state.exchange.head
    cosigned = witnessed_size(core.store, head.origin)
    nodes = nodes_of(witnesses(directory, directory.own, core.clock()))
    count, since, first = _open(core.store, head.origin, cosigned)
    heard = core.store.rows(
        CosignatureRow, Where("origin", "=", head.origin), Where("size", ">", first)
    )
    there = {row.witness for row in heard}
    closed = core.journal.state.closed_exchange()
    return {
        "closed_unwitnessed": sum(_never(core.store, log.origin, log.size) for log in closed),
        "origin": head.origin,
        "size": head.size,
        "cosigned": cosigned,
        "unwitnessed": count,
        "since": since,
        "quorum": quorum_of(len(nodes)),
        "witnesses": list(nodes),
        "missing": [node for node in nodes if count and node not in there],
    }


def _never(store: Store, origin: str, size: int) -> int:
    """Entries of a closed log that no quorum had cosigned before it ended: none will."""
    cosigned = witnessed_size(store, origin)
    return _open(store, origin, cosigned)[0] if cosigned < size else 0


def evidence(core: Core, row: InboxRow | OutboxRow) -> str:
    """Whether the entry of a message is `logged` or `witnessed`; empty before it is logged."""
    if row.leaf_index < 0 or not row.origin:
        return ""
    return state(core.store, row.origin, row.leaf_index)


def _open(store: Store, origin: str, cosigned: int) -> tuple[int, str, int]:
    """How many entries from this place on, the time and the place of the first of them."""
    mine = Where("origin", "=", origin)
    entries = (
        mine,
        Where("idx", ">=", cosigned),
        Where("kind", "!=", "sent"),
        Where("kind", "!=", "anchored"),
    )
    sent = mine, Where("leaf_index", ">=", cosigned), Where("type", "!=", "round")
    firsts = [
        (row.idx, str(decode_entry(row.data)["time"]))
        for row in store.rows(EntryRow, *entries, order="idx", limit=1)
    ]
    firsts += [
        (row.leaf_index, row.sent_at)
        for row in store.rows(OutboxRow, *sent, order="leaf_index", limit=1, blobs=False)
    ]
    index, since = min(firsts, default=(0, ""))
    return store.count(EntryRow, *entries) + store.count(OutboxRow, *sent), since, index
