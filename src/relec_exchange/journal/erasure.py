"""Erasing the content of one message: what is logged, which keys go, what is blanked.

Order, and what a kill in between leaves:
1. one commit has the `erased` entry and the mark on the record: from here on nobody is shown it;
2. the keys are destroyed, tombstones first: of the content with its salt, of judgements, comments,
   extracts, of drafts made from it, of the reasons of holds that are over;
3. what memory holds of it is dropped;
4. one commit blanks what those keys opened, and the id of the key with it.
A record that is marked and still names a key is not finished: `finish`, at the start, goes on at
step 2. So there is never content gone without its entry, nor a key gone that an unmarked record
needs. What is said to be destroyed shows as erased from the first commit on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from relec_exchange.journal.content import read_content
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, State, advance
from relec_exchange.ports import Store, Vault
from relec_exchange.records import (
    Change,
    CommentRow,
    CutRow,
    Delete,
    DeliveryRow,
    DraftRow,
    EventRow,
    ExtractRow,
    InboxRow,
    Insert,
    JudgementRow,
    LegalHoldRow,
    OutboxRow,
    Update,
    Where,
)

ERASED: Final = "erased"
"""In `InboxRow.withdrawn`: it was recalled, and is destroyed here."""

RETENTION: Final = "retention"
RECALLED: Final = "recalled"
CONSENT_WITHDRAWN: Final = "consent_withdrawn"

_NOT_OVER: Final = frozenset({State.SUBMITTED, State.HELD, State.RELEASED})
_COPIES: Final = ("folder", "queue")
_BLANK: Final = {"content": b"", "key_id": ""}

Row = InboxRow | OutboxRow


class Erasure:
    """Thread-safe: it holds no state but its parts. `forget` drops what memory holds of
    these messages, named by sender and id.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        journal: Journal,
        forget: Callable[[Sequence[tuple[str, str]]], object],
        names: tuple[str, str],
    ) -> None:
        """`names` are those of the network and of this node."""
        self._store = store
        self._vault = vault
        self._journal = journal
        self._forget = forget
        self._network, self._node = names

    def plan(self, row: Row, reason: str, now: datetime, derived: Sequence[str] = ()) -> Plan:
        """Step 1; `derived` are messages of ours that were made from it. The plan fails
        (RowConflict) if the message was erased meanwhile, or is kept by a hold that is newer than
        the record as it was read.
        """
        entry: EntryFields = {
            "kind": "erased",
            "network": self._network,
            "what": "message",
            "subject": f"{self._sender(row)}/{row.message_id}",
            "reason": reason,
        }
        at = format_time(now)
        told = {
            "type": row.type,
            "peer": peer_of(row),
            "derived": list(derived),
            "reason": reason,
            "direction": direction_of(row),
        }
        event = EventRow(at, "message.erased", row.message_id, json.dumps(told))
        return Plan(exchange=(entry,), changes=(_marked(row, reason, at), Insert(event)))

    def complete(self, rows: Sequence[Row], now: datetime) -> int:
        """Steps 2 to 4 for those of the records that are marked in the store; returns how many
        keys there were. Errors: Unavailable; the next call, or the next start, goes on.
        """
        rows = self._marked_now(rows)
        if not rows:
            return 0
        drafts = self._drafts({row.message_id for row in rows})
        keys = {key for row in rows for key in self._keys(row)} | {d.key_id for d in drafts}
        left = sorted(self._vault.get(keys))
        if left:
            self._vault.destroy(left, ERASED, format_time(now))
        else:  # they went before, perhaps without the vault's own log being emptied
            self._vault.replay_tombstones()
        self._forget([(self._sender(row), row.message_id) for row in rows])
        blanked = [change for row in rows for change in self._blanked(row)]
        blanked += [Delete(DraftRow, {"draft_id": draft.draft_id}) for draft in drafts]
        self._journal.write(Plan(changes=tuple(blanked)))
        return len(left)

    def finish(self, now: datetime) -> int:
        """Complete everything that is marked and not finished; for the start of a node."""
        unfinished = Where("key_id", "!=", "")
        rows: list[Row] = []
        # Records of former versions have the mark of a recall alone.
        for mark in (Where("erased_at", "!=", ""), Where("withdrawn", "=", ERASED)):
            rows += self._store.rows(InboxRow, mark, unfinished, blobs=False)
        marked = Where("erased_at", "!=", "")
        rows += self._store.rows(OutboxRow, marked, unfinished, blobs=False)
        done = self.complete(list(dict.fromkeys(rows)), now)
        undated = {"withdrawn": ERASED, "erased_at": ""}
        if any(isinstance(row, InboxRow) and not row.erased_at for row in rows):
            dated = Update(InboxRow, undated, {"erased_at": format_time(now)})
            self._journal.write(Plan(changes=(dated,)))
        return done

    # ---- inside --------------------------------------------------------------------------------

    def _sender(self, row: Row) -> str:
        return row.sender if isinstance(row, InboxRow) else self._node

    def _marked_now(self, rows: Sequence[Row]) -> list[Row]:
        """As the store has them: nothing is destroyed by a mark that was not committed."""
        leaves = [row.leaf for row in rows if isinstance(row, InboxRow)]
        ids = [row.message_id for row in rows if isinstance(row, OutboxRow)]
        came = self._store.rows(InboxRow, Where("leaf", "in", leaves), blobs=False)
        went = self._store.rows(OutboxRow, Where("message_id", "in", ids), blobs=False)
        found: list[Row] = [row for row in came if row.erased_at or row.withdrawn == ERASED]
        return [*found, *(row for row in went if row.erased_at)]

    def _keys(self, row: Row) -> Iterator[str]:
        """The keys of a message, of what was decided and written about it, and of its extracts."""
        for kind, where in self._about(row):
            for one in self._store.rows(kind, *_conditions(where), blobs=False):
                yield one.key_id
        yield row.key_id

    def _about(self, row: Row) -> list[tuple[type[Any], dict[str, object]]]:
        """The other records with content of this message: kind, and what they are found by."""
        ident, came = {"message_id": row.message_id}, isinstance(row, InboxRow)
        way = "inbound" if came else "outbound"
        found: list[tuple[type[Any], dict[str, object]]] = [
            (JudgementRow, {**ident, "peer": peer_of(row), "direction": way}),
            (LegalHoldRow, {**ident, "peer": peer_of(row), "direction": direction_of(row)}),
        ]
        if isinstance(row, InboxRow):
            return [*found, (ExtractRow, {**ident, "sender": row.sender})]
        return [*found, (ExtractRow, dict(ident)), (CommentRow, dict(ident)), (CutRow, dict(ident))]

    def _blanked(self, row: Row) -> Iterator[Change]:
        """Judgements go whole; of comments, extracts and holds stays who made them, and when."""
        for kind, where in self._about(row):
            if kind in (JudgementRow, CutRow):
                yield Delete(kind, where)
            else:
                yield Update(kind, where, _BLANK)
        yield Update(type(row), _name(row), _BLANK)

    def _drafts(self, ids: set[str]) -> list[DraftRow]:
        """Drafts that name one of these messages as their source, or answer or amend one."""
        rows = self._store.rows(DraftRow)
        secrets = self._vault.get([row.key_id for row in rows])
        return [
            row
            for row in rows
            if row.key_id in secrets
            and ids & _named(json.loads(read_content(row, secrets[row.key_id])[0]))
        ]


def copies_given(store: Store, row: InboxRow) -> list[str]:
    """The units to whose folder or queue a message was brought: those copies are not ours."""
    given = store.rows(
        DeliveryRow,
        Where("message_id", "=", row.message_id),
        Where("sender", "=", row.sender),
        Where("target", "in", _COPIES),
    )
    return sorted({one.unit for one in given if one.state != "gone"})


def in_force(store: Store, today: str) -> set[tuple[str, str, str]]:
    """(direction, peer, message id) of what a legal hold keeps today."""
    rows = store.rows(
        LegalHoldRow, Where("ended_at", "=", ""), Where("until", ">=", today), blobs=False
    )
    return {(row.direction, row.peer, row.message_id) for row in rows}


def kept_key(row: Row) -> tuple[str, str, str]:
    """What `in_force` knows a message by."""
    return direction_of(row), peer_of(row), row.message_id


def _marked(row: Row, reason: str, at: str) -> Update:
    was = {"erased_at": "", "retention_told": row.retention_told}
    values: dict[str, object] = {"erased_at": at}
    if isinstance(row, InboxRow):
        if reason != RETENTION:
            values["withdrawn"] = ERASED
        return Update(InboxRow, {**_name(row), **was}, values, must=True)
    values |= {"envelope": None, "idempotency_key": None}
    if row.state in _NOT_OVER:
        values |= {"state": str(advance(Direction.OUTBOUND, row.state, Event.EXPIRE)), "needs": ""}
        was["state"] = row.state
    return Update(OutboxRow, {**_name(row), **was}, values, must=True)


def _name(row: Row) -> dict[str, object]:
    if isinstance(row, InboxRow):
        return {"leaf": row.leaf}
    return {"message_id": row.message_id}


def peer_of(row: Row) -> str:
    """The other node."""
    return row.sender if isinstance(row, InboxRow) else row.recipient


def direction_of(row: Row) -> str:
    """`in` or `out`."""
    return "in" if isinstance(row, InboxRow) else "out"


def _conditions(where: dict[str, object]) -> Iterable[Where]:
    return [Where(column, "=", value) for column, value in where.items()]


def _named(document: Any) -> set[str]:
    """The ids by which a draft says what it is made from, answers or amends."""
    header, body = (
        part if isinstance(part := document.get(name), dict) else {} for name in ("header", "body")
    )
    lists = [header.get("derived_from"), header.get("related")]
    found = [one for named in lists if isinstance(named, list) for one in named]
    found += [header.get("supersedes"), header.get("in_reply_to"), body.get("message_id")]
    return {one for one in found if isinstance(one, str)}
