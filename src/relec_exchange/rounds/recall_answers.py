"""Answers the recall of a message whose content is gone already: it is destroyed.

Contract: nothing is left that an officer could look at or keep, so the node answers at once, with
the moment of the erasing. Where a unit was given a copy, an officer answers: about that copy the
node knows nothing. What no agreement lets it answer is left to officers too. Used by the rounds
thread only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.content import read_message
from relec_exchange.journal.erasure import ERASED, copies_given
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.document import Message, compose, read_document
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.ports import Random, Store, Vault
from relec_exchange.records import EventRow, InboxRow, Insert, Update, Where
from relec_exchange.rounds.newrows import NewRows
from relec_exchange.rounds.own_words import UNIT, answering_header, node_send
from relec_exchange.trust.decide import Denied
from relec_exchange.trust.directory import Directory

LOOK_EVERY: Final = timedelta(minutes=1)
OUTCOME: Final = "recall.outcome"


class RecallAnswers:
    """See the module."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        journal: Journal,
        directory: Callable[[], Directory],
        random: Random,
    ) -> None:
        self._store = store
        self._vault = vault
        self._journal = journal
        self._directory = directory
        self._random = random
        self._new = NewRows(store, InboxRow, Where("type", "=", "recall"))
        self._open: set[bytes] = set()
        self._looked: datetime | None = None

    def tick(self, now: datetime) -> None:
        """Answer what can be answered: new recalls at once, others when their message is gone."""
        fresh = {row.leaf for row in self._new.read() if not row.answered_at}
        if not fresh and self._looked is not None and now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        self._open |= fresh
        rows = self._store.rows(InboxRow, Where("leaf", "in", sorted(self._open)))
        self._open = {row.leaf for row in rows if not row.answered_at}
        for row in rows:
            target = self._erased(row)
            if row.answered_at or target is None:
                continue
            try:
                self._answer(row, target, now)
            except (Unavailable, IntegrityFailure):
                raise
            except RelecError:
                self._open.discard(row.leaf)  # an officer has to

    def _erased(self, recall: InboxRow) -> InboxRow | None:
        """The message that is recalled, if nothing of it is left in this node's hands."""
        rows = self._store.rows(
            InboxRow,
            Where("message_id", "=", recall.about),
            Where("sender", "=", recall.sender),
            blobs=False,
        )
        if not rows or not rows[0].erased_at or rows[0].key_id:
            return None
        return None if copies_given(self._store, rows[0]) else rows[0]

    def _answer(self, recall: InboxRow, target: InboxRow, now: datetime) -> None:
        directory = self._directory()
        outcome = self._compose(recall, target, now)
        self._open.discard(recall.leaf)
        if outcome is None:
            return
        own = node_send(outcome, directory, now, self._random, recall.thread)
        if isinstance(own, Denied):
            return
        send, secrets = own
        at = format_time(now)
        state = str(advance(Direction.INBOUND, recall.state, Event.ANSWER))
        done = {"state": state, "answered_at": at, "answered_by": UNIT}
        data = json.dumps({"type": recall.type, "peer": recall.sender, "about": recall.about})
        self._journal.write(
            Plan(
                sends=(send,),
                changes=(
                    Update(InboxRow, {"leaf": recall.leaf, "answered_at": ""}, done, must=True),
                    Update(InboxRow, {"leaf": target.leaf}, {"withdrawn": ERASED}),
                    Insert(EventRow(at, "recall.answered", recall.message_id, data)),
                ),
                secrets=secrets,
            )
        )

    def _compose(self, recall: InboxRow, target: InboxRow, now: datetime) -> Message | None:
        """The answer; None if the recall itself is not there any more."""
        asked = read_message(recall, self._vault)
        if asked is None or not isinstance(asked.header, Header):
            return None
        header = answering_header(asked.header, OUTCOME, now, self._random)
        header |= {"data_level": str(asked.header.data_level)}
        body = {
            "message_id": target.message_id,
            "outcome": "destroyed",
            "at": format_time(parse_time(target.erased_at)),
        }
        return compose(*read_document({"header": header, "body": body}))
