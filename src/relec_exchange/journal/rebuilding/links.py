"""Records that rest on messages, held against them: judgements, contacts, consents, cut fields, and
the signed originals of control messages.

Contract: as `walks`. All of these hold content or rest on it; so what is missing is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from relec_exchange.journal.paging import accepted_pages, pages
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY
from relec_exchange.journal.rebuilding.said import ACCEPTED, CONTROL, Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import (
    ChainRow,
    ConsentRow,
    ContactRow,
    CutRow,
    InboxRow,
    JudgementRow,
    OutboxRow,
    ReceivedContentRow,
    Update,
    Where,
)

_NO_CONTENT: Final = "content is in no entry: restore the newest backup"
_OF_NOTHING: Final = "the message that it rests on is not here"


def link_differences(store: Store, said: Said, evidence: Collection[str]) -> Iterator[Difference]:
    """Everything of the module; `evidence` are the control types that are kept as signed."""
    yield from _judgements(store, said)
    yield from _contacts(store)
    yield from _consents(store)
    yield from _cuts(store)
    yield from _originals(store, said, evidence)


def _judgements(store: Store, said: Said) -> Iterator[Difference]:
    """A decision about a message that is here left what the rules had seen."""
    officers = Where("cls", "!=", CONTROL)
    kinds: tuple[tuple[Any, str], ...] = ((OutboxRow, "outbound"), (InboxRow, "inbound"))
    for kind, direction in kinds:
        for rows in pages(store, kind, officers):
            wanted = {
                row.message_id
                for row in rows
                if row.key_id and not row.erased_at and (row.message_id, direction) in said.judged
            }
            about = Where("message_id", "in", sorted(wanted)), Where("direction", "=", direction)
            here = {one.message_id for one in store.rows(JudgementRow, *about, blobs=False)}
            for missing in sorted(wanted - here):
                what = "the record is missing"
                yield Difference("judgement", f"{missing}:{direction}", what, (), _NO_CONTENT)


def _contacts(store: Store) -> Iterator[Difference]:
    here = store.rows(ContactRow)
    came = _inbox(store, [row.message_id for row in here])
    for row in here:
        where, message = f"{row.node}/{row.unit}", came.get((row.node, row.message_id))
        if message is None or message.type != "contact.update":
            yield Difference("contact", where, _OF_NOTHING, (), LEFT_ALONE)
    told = {row.node for row in here}
    updates = Where("type", "=", "contact.update"), Where("state", "!=", "held")
    senders = {row.sender for row in store.rows(InboxRow, *updates, blobs=False)}
    for node in sorted(senders - told):
        yield Difference("contact", node, "the record is missing", (), _NO_CONTENT)


def _consents(store: Store) -> Iterator[Difference]:
    rows = store.rows(ConsentRow)
    came = _inbox(store, [row.decision_id for row in rows])
    named = Where("message_id", "in", [row.request_id for row in rows])
    asked = {row.message_id for row in store.rows(OutboxRow, named, blobs=False)}
    for row in rows:
        if (row.provider, row.decision_id) not in came or row.request_id not in asked:
            where = f"{row.request_id}/{row.provider}"
            yield Difference("consent", where, _OF_NOTHING, (), LEFT_ALONE)


def _cuts(store: Store) -> Iterator[Difference]:
    rows = store.rows(CutRow, blobs=False)
    named = Where("message_id", "in", [row.message_id for row in rows])
    ours = {row.message_id for row in store.rows(OutboxRow, named, blobs=False)}
    for row in rows:
        if row.message_id not in ours:
            yield Difference("cut", row.message_id, _OF_NOTHING, (), LEFT_ALONE)


def _inbox(store: Store, ids: Sequence[str]) -> dict[tuple[str, str], InboxRow]:
    rows = store.rows(InboxRow, Where("message_id", "in", list(ids)), blobs=False)
    return {(row.sender, row.message_id): row for row in rows}


def _originals(store: Store, said: Said, evidence: Collection[str]) -> Iterator[Difference]:
    """Signed control messages that are kept, against our entries and what was accepted."""
    logged = {
        (came.sender, came.message_id): leaf
        for leaf, came in said.came.items()
        if came.cls == CONTROL and came.outcome == ACCEPTED
    }
    kept = {
        (row.sender, row.message_id): row for row in store.rows(ReceivedContentRow, blobs=False)
    }
    for key in sorted(kept.keys() - logged.keys()):
        yield Difference("received_content", "/".join(key), NO_ENTRY, (), LEFT_ALONE)
    origins = (row.origin for row in store.rows(ChainRow))
    control = Where("cls", "=", CONTROL)
    for accepted in chain.from_iterable(accepted_pages(store, origins, control)):
        key = (accepted.sender, accepted.message_id)
        found = kept.get(key)
        if accepted.type not in evidence or accepted.outcome != ACCEPTED:
            continue
        right: dict[str, Any] = {"type": accepted.type, "leaf": accepted.leaf}
        if found is None:
            what = "the signed original is missing"
            yield Difference("received_content", "/".join(key), what, (), _NO_CONTENT)
        elif any(getattr(found, name) != value for name, value in right.items()):
            named = {"sender": key[0], "message_id": key[1]}
            remedy = (Update(ReceivedContentRow, named, right),)
            yield Difference("received_content", "/".join(key), "type or leaf", remedy)
