"""What ends by the clock: sealing epochs, messages that can no longer arrive, silent partners.

A private sealing key is destroyed when its epoch, the time to live and the resend window are over.
The log entry comes first, and with it goes what was set aside here sealed to that key; so a kill in
between leaves a key that is destroyed at the next tick, never a destroyed key without its entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import MessageClass, format_time, parse_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.ports import SealingKeys, Store
from relec_exchange.records import (
    Change,
    EntryRow,
    EventRow,
    Insert,
    OutboxRow,
    PeerRow,
    Update,
    Where,
)
from relec_exchange.rounds.epochs import Epochs, resend_life
from relec_exchange.rounds.leftovers import Leftovers
from relec_exchange.trust.directory import Directory


class Expiry:
    """Ends what is over. Used by the rounds thread only."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        keys: SealingKeys,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._keys = keys
        self._epochs = Epochs(store, directory)
        self._leftovers = Leftovers(store)

    def tick(self, now: datetime) -> None:
        """Destroy sealing keys that are over, expire messages, tell of silent partners."""
        self._destroy_epochs(now)
        changes = [*self._expired(now), *self._silent(now)]
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))

    def _destroy_epochs(self, now: datetime) -> None:
        over = self._epochs_over(now)
        if not over:
            return
        network = self._directory().network
        logged = {
            json.loads(row.data)["subject"]
            for row in self._store.rows(EntryRow, Where("kind", "=", "erased"))
        }
        entries: tuple[EntryFields, ...] = tuple(
            {
                "kind": "erased",
                "network": network,
                "what": "sealing-epoch",
                "subject": key_id,
                "reason": "epoch-over",
            }
            for key_id in over
            if key_id not in logged
        )
        left = tuple(self._leftovers.sealed_to(over))
        if entries or left:
            self._journal.write(Plan(exchange=entries, changes=left))
        for key_id in over:
            self._keys.destroy_sealing(key_id)

    def _epochs_over(self, now: datetime) -> list[str]:
        life = resend_life(self._directory().times())
        spans = self._epochs.spans()
        here = self._keys.sealing_ids()
        return sorted(k for k in here if k in spans and spans[k][1] + life < now)

    def _expired(self, now: datetime) -> list[Change]:
        """Messages whose time is over: they are not sent again. Officers are told of theirs."""
        at = format_time(now)
        rows = self._store.rows(
            OutboxRow,
            Where("expires_at", "<=", at),
            Where("state", "in", ("submitted", "held", "released", "relayed")),
            blobs=False,
        )
        changes: list[Change] = []
        for row in rows:
            state = str(advance(Direction.OUTBOUND, row.state, Event.EXPIRE))
            values = {"state": state, "envelope": None}
            where = {"message_id": row.message_id, "state": row.state}
            changes.append(Update(OutboxRow, where, values))
            if row.cls != MessageClass.CONTROL:
                data = json.dumps({"type": row.type, "peer": row.recipient})
                changes.append(Insert(EventRow(at, "message.expired", row.message_id, data)))
        return changes

    def _silent(self, now: datetime) -> list[Change]:
        times = self._directory().times()
        limit = timedelta(seconds=times.round_idle_seconds * times.silence_rounds)
        changes: list[Change] = []
        for row in self._store.rows(PeerRow, Where("silent_since", "=", "")):
            if row.their_at and parse_time(row.their_at) + limit < now:
                at = format_time(now)
                changes.append(Update(PeerRow, {"peer": row.peer}, {"silent_since": at}))
                changes.append(Insert(EventRow(at, "partner.silent", row.peer, "{}")))
        return changes
