"""What partners have signed, as it is kept: entries with their proofs, receipts, chains of numbers.

Contract: proofs are computed again against the tree that was accepted; that this tree is its
owner's was verified when it came, and says whoever checks the evidence with the owner's card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from relec_exchange.audit.merkle import leaf_hash, verify_inclusion
from relec_exchange.desk.auditing_tally import (
    DIFFERS,
    NO_ENTRY,
    NO_RECORD,
    NOT_PROVEN,
    PAGE,
    Problem,
    Tally,
)
from relec_exchange.desk.auditing_written import CONTROL, Written
from relec_exchange.desk.core import Core
from relec_exchange.errors import RelecError, WireCode
from relec_exchange.inbound.chain import Chain
from relec_exchange.journal.content import read_content
from relec_exchange.journal.paging import accepted_pages
from relec_exchange.message.bodies.control import Receipt
from relec_exchange.message.document import parse_message
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    ChainRow,
    OutboxRow,
    ReceiptRow,
    ReceivedContentRow,
    Where,
)

_HASH = 32
_ROUND = "round"
_JUDGED = ("validated", "opened", "rejected")


def proofs(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Each entry taken from a partner is proven, and has its `received` entry; and each such entry
    about an accepted message of officers has what was taken.
    """
    here: set[str] = set()
    for rows in _accepted(core, tally):
        roots = _roots(core, rows)
        for row in rows:
            here.add(row.leaf.hex())
            if row.entry:
                yield from _proven(row, roots.get((row.origin, row.size)))
            if row.type != _ROUND:
                yield from _logged(row, log)
    for leaf, entry in log.received.items():
        wanted = entry["class"] != CONTROL and entry["outcome"] == WireCode.ACCEPTED.value
        if wanted and leaf not in here:
            yield Problem(NO_RECORD, "accepted", entry["id"], f"{entry['from']} sent it")


def receipts(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Each receipt belongs to a message and says what its signed original says; each message that
    counts as judged has one.
    """
    for rows in tally.pages(core.store, ReceiptRow, "receipts"):
        ours = {
            row.leaf: row
            for row in core.store.rows(
                OutboxRow, Where("leaf", "in", [one.leaf for one in rows]), blobs=False
            )
        }
        originals = _originals(core, rows)
        for row in rows:
            yield from _receipt(row, ours.get(row.leaf), originals)
    judged = Where("state", "in", _JUDGED)
    for sent in tally.pages(
        core.store, OutboxRow, "judged messages", judged, Where("cls", "!=", CONTROL)
    ):
        leaves = [one.leaf for one in sent]
        told = {one.leaf for one in core.store.rows(ReceiptRow, Where("leaf", "in", leaves))}
        for one in sent:
            if one.leaf not in told:
                yield Problem(NO_RECORD, "receipt", one.message_id, f"it counts as {one.state}")


def chains(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """What was accepted is not counted as missing, and no number is beyond its chain."""
    found = {(row.origin, row.cls): row for row in core.store.rows(ChainRow)}
    tally.records["chains"] += len(found)
    for rows in _accepted(core, tally):
        for row in rows:
            chain = found.get((row.origin, row.cls))
            if chain is None or not Chain.from_json(chain.highest, chain.missing).has(row.seq):
                detail = f"number {row.seq} of {row.origin} {row.cls} came and counts as missing"
                yield Problem(DIFFERS, "chain", row.message_id, detail)


def _accepted(core: Core, tally: Tally) -> Iterator[list[AcceptedRow]]:
    """All of them, log by log."""
    origins = {row.origin for row in core.store.rows(ChainRow)}
    origins |= {row.origin for row in core.store.rows(AcceptedCheckpointRow, blobs=False)}
    for rows in accepted_pages(core.store, origins, blobs=True, size=PAGE):
        tally.records["accepted"] += len(rows)
        yield rows


def _roots(core: Core, rows: Sequence[AcceptedRow]) -> dict[tuple[str, int], bytes]:
    sizes = sorted({row.size for row in rows})
    mine = Where("origin", "=", rows[0].origin)
    found = core.store.rows(AcceptedCheckpointRow, mine, Where("size", "in", sizes), blobs=False)
    return {(one.origin, one.size): one.root for one in found}


def _proven(row: AcceptedRow, root: bytes | None) -> Iterator[Problem]:
    if leaf_hash(row.entry) != row.leaf:
        yield Problem(DIFFERS, "accepted", row.message_id, "leaf")
        return
    entry: Any = parse_json(row.entry)
    said = {
        "id": row.message_id,
        "from": row.sender,
        "class": row.cls,
        "seq": row.seq,
        "type": row.type,
        "time": row.time,
    }
    names = sorted(name for name, value in said.items() if entry.get(name) != value)
    if names:
        yield Problem(DIFFERS, "accepted", row.message_id, ", ".join(names))
    if root is None:
        yield Problem(NOT_PROVEN, "accepted", row.message_id, "its checkpoint is not here")
        return
    path = [row.path[at : at + _HASH] for at in range(0, len(row.path), _HASH)]
    try:
        verify_inclusion(row.leaf, row.idx, row.size, path, root)
    except RelecError:
        yield Problem(NOT_PROVEN, "accepted", row.message_id, "its proof does not lead to the tree")


def _logged(row: AcceptedRow, log: Written) -> Iterator[Problem]:
    entry = log.received.get(row.leaf.hex())
    if entry is None:
        yield Problem(NO_ENTRY, "accepted", row.message_id, "its received entry is not in the log")
    elif entry["outcome"] != row.outcome:
        yield Problem(DIFFERS, "accepted", row.message_id, "outcome")


def _originals(
    core: Core, rows: Iterable[ReceiptRow]
) -> dict[tuple[str, str], list[tuple[str, str, str, str]] | None]:
    """What the signed receipts say, by peer and id: (leaf, stage, code, at) of each item; None
    where one does not open.
    """
    ids = sorted({row.receipt_id for row in rows})
    kept = core.store.rows(ReceivedContentRow, Where("message_id", "in", ids))
    secrets = core.vault.get([one.key_id for one in kept])
    found: dict[tuple[str, str], list[tuple[str, str, str, str]] | None] = {}
    for one in kept:
        found[one.sender, one.message_id] = None
        if one.key_id not in secrets:
            continue
        try:
            body = parse_message(read_content(one, secrets[one.key_id])[0]).body
        except RelecError:
            continue
        items = body.items if isinstance(body, Receipt) else ()
        found[one.sender, one.message_id] = [
            (item.leaf, str(item.stage), item.code.value, format_time(item.at)) for item in items
        ]
    return found


def _receipt(
    row: ReceiptRow,
    ours: OutboxRow | None,
    originals: dict[tuple[str, str], list[tuple[str, str, str, str]] | None],
) -> Iterator[Problem]:
    if ours is None:
        yield Problem(NO_RECORD, "outbox", row.receipt_id, "a receipt names a message not here")
        return
    if ours.recipient != row.peer:
        yield Problem(DIFFERS, "receipt", ours.message_id, "peer")
    if row.stage in _JUDGED and row.stage != "opened" and ours.wire_code != row.code:
        yield Problem(DIFFERS, "outbox", ours.message_id, "wire_code")
    if ours.erased_at or ours.cls == CONTROL:
        return  # the originals go with the message
    said = originals.get((row.peer, row.receipt_id))
    if said is None:
        yield Problem(NO_RECORD, "received_content", ours.message_id, "the receipt's original")
    elif (row.leaf.hex(), row.stage, row.code, row.at) not in said:
        yield Problem(DIFFERS, "receipt", ours.message_id, "its signed original says otherwise")
