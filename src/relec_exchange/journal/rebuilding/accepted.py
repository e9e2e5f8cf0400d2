"""The memory of what was accepted from partners, made again from our `received` entries.

Contract: as `walks`. Our decision about a message says its type and the time of its sender's
entry, so that the record is whole but for the proof, which only the sender can give again. Of
control messages no decision is logged, and their records go with time: a missing one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from relec_exchange.journal.paging import accepted_pages
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY, not_after
from relec_exchange.journal.rebuilding.said import ACCEPTED, CONTROL, Came, Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, ChainRow, InboxRow, Insert, Update, Where

_ROUND = "round"
_LOST = "no decision tells what it was: restore the newest backup"


def accepted_differences(store: Store, said: Said) -> Iterator[Difference]:
    """Records that are gone, that name another place, and those of which no entry tells."""
    by_place = {came.place: leaf for leaf, came in said.came.items()}
    missing = {
        came.place: (leaf, came)
        for leaf, came in said.came.items()
        if came.cls != CONTROL and came.outcome == ACCEPTED
    }
    origins = {row.origin for row in store.rows(ChainRow)} | {place[0] for place in by_place}
    strayed: list[AcceptedRow] = []
    for row in chain.from_iterable(accepted_pages(store, origins)):
        missing.pop((row.origin, row.idx), None)
        if row.type != _ROUND and (row.origin, row.idx) not in by_place:
            strayed.append(row)
    for row in strayed:
        came = said.came.get(row.leaf)
        where = f"{row.origin}:{row.idx}"
        if came is None or came.place not in missing:
            yield Difference("accepted", where, NO_ENTRY, (), LEFT_ALONE)
            continue
        del missing[came.place]
        key, right = (
            {"origin": row.origin, "idx": row.idx},
            dict(zip(_KEY, came.place, strict=True)),
        )
        yield Difference("accepted", where, "origin or idx", (Update(AcceptedRow, key, right),))
    yield from _again(store, said, missing)


_KEY = ("origin", "idx")


def _again(
    store: Store, said: Said, missing: Mapping[tuple[str, int], tuple[bytes, Came]]
) -> Iterator[Difference]:
    leaves = [leaf for leaf, _ in missing.values()]
    came_in = store.rows(InboxRow, Where("leaf", "in", leaves), blobs=False) if leaves else []
    inbox = {row.leaf: row for row in came_in}
    for (origin, idx), (leaf, came) in sorted(missing.items()):
        where, what = f"{origin}:{idx}", "the record is missing"
        entry = said.decided.get(("inbound", came.message_id, came.sender))
        if entry is None or not entry["at"]:
            yield Difference("accepted", where, what, (), _LOST)
            continue
        beside = inbox.get(leaf)
        row = AcceptedRow(
            origin=origin,
            idx=idx,
            time=entry["at"],
            leaf=leaf,
            sender=came.sender,
            cls=came.cls,
            seq=came.seq,
            message_id=came.message_id,
            type=entry["type"],
            outcome=came.outcome,
            detail="",
            received_at=not_after(beside.received_at if beside else "", came.time),
            entry=b"",
            path=b"",
            size=0,
            receipt_id=beside.receipt_id if beside else "",
        )
        yield Difference(
            "accepted", where, f"{what}; its proof is lost", (Insert(row, ignore=True),)
        )
