"""Answers `test.ping` with `test.pong` by itself, so that two nodes can be tried without people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.content import read_message
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.document import Message, compose, read_document
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random, Store, Vault
from relec_exchange.records import InboxRow, Update, Where
from relec_exchange.rounds.own_words import UNIT, answering_header, node_send
from relec_exchange.trust.decide import Denied
from relec_exchange.trust.directory import Directory

BATCH = 50


class Echo:
    """Answers pings that wait in the inbox. Used by the rounds thread only."""

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

    def tick(self, now: datetime) -> None:
        """Answer each waiting ping once; one that no agreement lets us answer is left."""
        rows = self._store.rows(
            InboxRow,
            Where("type", "=", "test.ping"),
            Where("state", "in", ("received", "opened")),  # an officer may have been quicker
            Where("hold", "=", ""),
            limit=BATCH,
        )
        for row in rows:
            ping = read_message(row, self._vault)
            if ping is None:
                continue
            try:
                self._answer(row, ping, now)
            except (Unavailable, IntegrityFailure):
                raise
            except RelecError:
                values = {"state": "opened", "hold": "no agreement allows an answer"}
                self._journal.write(Plan(changes=(Update(InboxRow, {"leaf": row.leaf}, values),)))

    def _answer(self, row: InboxRow, ping: Message, now: datetime) -> None:
        directory = self._directory()
        own = node_send(self._compose(ping, now), directory, now, self._random, row.thread)
        at = format_time(now)
        if isinstance(own, Denied):
            values = {"state": "opened", "hold": own.rule}
            self._journal.write(Plan(changes=(Update(InboxRow, {"leaf": row.leaf}, values),)))
            return
        done = {"state": "answered", "answered_at": at, "answered_by": UNIT}
        send, secrets = own
        change = Update(InboxRow, {"leaf": row.leaf}, done)
        self._journal.write(Plan(sends=(send,), changes=(change,), secrets=secrets))

    def _compose(self, ping: Message, now: datetime) -> Message:
        asked = ping.header
        if not isinstance(asked, Header):
            raise TypeError("a ping has the header of an officer's message")
        header = answering_header(asked, "test.pong", now, self._random)
        header |= {"data_level": "none", "language": asked.language}
        text = ping.body.model_dump(mode="json")["text"]
        body = {"text": text, "ping_id": asked.message_id}
        return compose(*read_document({"header": header, "body": body}))
