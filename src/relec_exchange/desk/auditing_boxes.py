"""Messages of officers in outbox and inbox against the entries of them, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.desk.auditing_tally import DIFFERS, NO_ENTRY, NO_RECORD, Problem, Tally
from relec_exchange.desk.auditing_written import CONTROL, Written
from relec_exchange.desk.core import Core
from relec_exchange.errors import WireCode
from relec_exchange.message.encoding import parse_json
from relec_exchange.records import EntryRow, InboxRow, OutboxRow, Where
from relec_exchange.rounds.own_words import UNIT

_OFFICERS = Where("cls", "!=", CONTROL)


def sent_messages(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Each message of ours has its `sent` entry, a decision, and who submitted it; and no `sent`
    entry is without its message.
    """
    here: set[str] = set()
    for rows in tally.pages(core.store, OutboxRow, "outbox", _OFFICERS):
        entries = _entries(core, rows)
        for row in rows:
            here.add(row.message_id)
            yield from _sent(row, entries.get((row.origin, row.leaf_index)))
            yield from _decided(row, log)
    for ident, (origin, index) in log.sent.items():
        tally.records["sent entries"] += 1
        if ident not in here:
            yield Problem(NO_RECORD, "outbox", ident, f"entry {index} of {origin} sent it")


def received_messages(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Each message in the inbox has its `received` entry and a decision, and no `received` entry
    of an accepted one is without its message.
    """
    here: set[str] = set()
    for rows in tally.pages(core.store, InboxRow, "inbox", _OFFICERS):
        for row in rows:
            here.add(row.leaf.hex())
            yield from _came(row, log)
    for leaf, entry in log.received.items():
        if entry["class"] == CONTROL:
            continue
        tally.records["received entries"] += 1
        if entry["outcome"] == WireCode.ACCEPTED.value and leaf not in here:
            yield Problem(NO_RECORD, "inbox", entry["id"], f"{entry['from']} sent it")
        if (entry["id"], "inbound") not in log.decisions:
            yield Problem(NO_ENTRY, "inbox", entry["id"], "no decision about it is logged")


def _entries(core: Core, rows: Sequence[OutboxRow]) -> dict[tuple[str, int], bytes]:
    places: dict[str, list[int]] = {}
    for row in rows:
        if row.leaf_index >= 0:
            places.setdefault(row.origin, []).append(row.leaf_index)
    return {
        (origin, one.idx): one.data
        for origin, indexes in places.items()
        for one in core.store.rows(
            EntryRow, Where("origin", "=", origin), Where("idx", "in", indexes)
        )
    }


def _sent(row: OutboxRow, data: bytes | None) -> Iterator[Problem]:
    if row.leaf_index < 0:
        return
    if data is None:
        yield Problem(NO_ENTRY, "outbox", row.message_id, "its sent entry is not in the log")
        return
    entry: Any = parse_json(data)
    expected = {
        "kind": "sent",
        "id": row.message_id,
        "to": row.recipient,
        "class": row.cls,
        "seq": row.seq,
        "type": row.type,
        "agreement": row.agreement,
        "commitment": row.commitment.hex(),
    }
    yield from _differences("outbox", row.message_id, expected, entry)
    if row.leaf != leaf_hash(data):
        yield Problem(DIFFERS, "outbox", row.message_id, "leaf")


def _decided(row: OutboxRow, log: Written) -> Iterator[Problem]:
    """What the node writes itself nobody submits, and nobody decides about."""
    actor = log.submitted.get(row.message_id, UNIT)
    if row.submitted_by != actor:
        yield Problem(DIFFERS, "outbox", row.message_id, "submitted_by")
    if actor != UNIT and (row.message_id, "outbound") not in log.decisions:
        yield Problem(NO_ENTRY, "outbox", row.message_id, "no decision about it is logged")


def _came(row: InboxRow, log: Written) -> Iterator[Problem]:
    entry = log.received.get(row.leaf.hex())
    if entry is None:
        yield Problem(NO_ENTRY, "inbox", row.message_id, "its received entry is not in the log")
        return
    expected = {
        "id": row.message_id,
        "from": row.sender,
        "class": row.cls,
        "seq": row.seq,
        "origin": row.origin,
        "index": row.leaf_index,
        "outcome": WireCode.ACCEPTED.value,
    }
    yield from _differences("inbox", row.message_id, expected, entry)
    if row.opened_by and ("opened_message", row.message_id, row.opened_by) not in log.acts:
        yield Problem(NO_ENTRY, "inbox", row.message_id, "no opening by its officer is logged")


def _differences(
    record: str, ref: str, expected: Mapping[str, object], entry: Mapping[str, Any]
) -> Iterator[Problem]:
    names = sorted(name for name, value in expected.items() if entry.get(name) != value)
    if names:
        yield Problem(DIFFERS, record, ref, ", ".join(names))
