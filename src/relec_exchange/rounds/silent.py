"""Answers at its slot every request that nobody else answered: nothing can be provided.

Whether nothing is held here, an officer refused, or somebody is protected: the same words leave at
the same slot, composed by the node, in an order that is drawn. An answer of substance that left
before, also an interim one, ends it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.content import read_message
from relec_exchange.journal.plan import Plan, joined
from relec_exchange.journal.writer import Journal
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time, message_id, parse_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.ports import Random, Store, Vault
from relec_exchange.protection.silent import canonical_reply, reply_slot
from relec_exchange.records import EventRow, InboxRow, Insert, OutboxRow, Update, Where
from relec_exchange.rounds.own_words import UNIT, node_send
from relec_exchange.trust.decide import Denied
from relec_exchange.trust.directory import Directory

TOGETHER = 128
"""Replies of one transaction."""


class Silent:
    """Used by the rounds thread only. `before` brings the slots up to date: what has arrived by
    now counts.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        journal: Journal,
        directory: Callable[[], Directory],
        random: Random,
        before: Callable[[datetime], object],
    ) -> None:
        self._store = store
        self._vault = vault
        self._journal = journal
        self._directory = directory
        self._random = random
        self._before = before

    def tick(self, now: datetime) -> None:
        """Answer all requests whose slot is here."""
        if not self._due(now):
            return
        self._before(now)
        rows = sorted(self._due(now), key=lambda row: self._random(8))
        for peer in dict.fromkeys(row.sender for row in rows):
            theirs = [row for row in rows if row.sender == peer]
            for start in range(0, len(theirs), TOGETHER):
                self._answer_all(theirs[start : start + TOGETHER], now)

    def _answer_all(self, rows: list[InboxRow], now: datetime) -> None:
        """Requests of one partner, together. What cannot be sealed to it keeps no other waiting."""
        plans = [self._answer(row, now) for row in rows]
        try:
            self._journal.write(joined(plans[0], *plans[1:]))
        except (Unavailable, IntegrityFailure):
            raise
        except RelecError as error:
            failed = [self._failed(row, error, now) for row in rows]
            self._journal.write(joined(failed[0], *failed[1:]))

    def _due(self, now: datetime) -> list[InboxRow]:
        return self._store.rows(
            InboxRow, Where("quiet_at", ">", ""), Where("quiet_at", "<=", format_time(now))
        )

    def _answer(self, row: InboxRow, now: datetime) -> Plan:
        """The plan of one request: its reply, or nothing but that its slot is over."""
        key = {"leaf": row.leaf}
        over = Plan(changes=(Update(InboxRow, key, {"quiet_at": ""}),))
        if row.answered_at or self._spoken(row):
            return over
        try:
            return self._reply(row, now)
        except (Unavailable, IntegrityFailure):
            raise
        except RelecError as error:
            return self._failed(row, error, now)

    def _failed(self, row: InboxRow, error: RelecError, now: datetime) -> Plan:
        """The same at the next slot, until the request is as old as envelopes may get."""
        data = json.dumps({"type": row.type, "peer": row.sender, "code": error.code})
        event = Insert(EventRow(format_time(now), "reply.failed", row.message_id, data))
        times = self._directory().times()
        oldest = parse_time(row.received_at) + timedelta(seconds=times.time_to_live_seconds)
        after = now + timedelta(milliseconds=1)
        later = format_time(reply_slot(after, after, times)) if now < oldest else ""
        change = Update(InboxRow, {"leaf": row.leaf}, {"quiet_at": later})
        return Plan(changes=(change, event))

    def _reply(self, row: InboxRow, now: datetime) -> Plan:
        directory = self._directory()
        reply = self._compose(row, now)
        own = None
        if reply is not None:
            own = node_send(reply, directory, now, self._random, row.thread)
        if own is None or isinstance(own, Denied):
            return Plan(changes=(Update(InboxRow, {"leaf": row.leaf}, {"quiet_at": ""}),))
        send, secrets = own
        # A held one stays held: what was answered on the wire says nothing of it.
        state = str(advance(Direction.INBOUND, row.state, Event.ANSWER))
        done = {
            "quiet_at": "",
            "state": state,
            "answered_at": format_time(now),
            "answered_by": UNIT,
        }
        return Plan(
            sends=(send,), changes=(Update(InboxRow, {"leaf": row.leaf}, done),), secrets=secrets
        )

    def _spoken(self, row: InboxRow) -> bool:
        """Whether an answer of ours has left, also an interim or partial one."""
        silent = CATALOGUE[row.type].silent
        answers = self._store.rows(
            OutboxRow,
            Where("recipient", "=", row.sender),
            Where("thread", "in", [row.thread, row.message_id]),
            Where("in_reply_to", "=", row.message_id),
            Where("type", "=", silent[0] if silent else ""),
            blobs=False,
        )
        return any(answer.sent_at for answer in answers)

    def _compose(self, row: InboxRow, now: datetime) -> Message | None:
        """The reply in its one form; None if the request is not there any more."""
        request = read_message(row, self._vault)
        if request is None:
            return None
        ident = message_id(now, self._random(10))
        return canonical_reply(request, self._directory().own, now, ident)
