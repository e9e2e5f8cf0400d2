"""Answers `test.ping` with `test.pong` by itself, so that two nodes can be tried without people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.content import store_content
from relec_exchange.journal.plan import Plan, Send
from relec_exchange.journal.writer import Journal
from relec_exchange.message.catalogue import features, header_class
from relec_exchange.message.document import Message, compose, parse_message, read_document
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.ports import Random, Store, Vault
from relec_exchange.protection.rules import protect
from relec_exchange.records import InboxRow, OutboxRow, Update, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.directory import Directory

UNIT = "node"
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
            InboxRow, Where("type", "=", "test.ping"), Where("state", "=", "received"), limit=BATCH
        )
        for row in rows:
            secret = self._vault.get([row.key_id]).get(row.key_id)
            if secret is None:
                continue
            ping = parse_message(decrypt(secret[:32], row.key_id.encode(), row.content))
            try:
                self._answer(row, ping, now)
            except (Unavailable, IntegrityFailure):
                raise
            except RelecError:
                values = {"state": "opened", "hold": "no agreement allows an answer"}
                self._journal.write(Plan(changes=(Update(InboxRow, {"leaf": row.leaf}, values),)))

    def _answer(self, row: InboxRow, ping: Message, now: datetime) -> None:
        directory = self._directory()
        pong = self._compose(ping, now)
        seen = features(pong.header)
        decision = decide(directory, seen, now)
        protect(seen, directory.network_kind)
        at = format_time(now)
        if not isinstance(decision, Allowed):
            values = {"state": "opened", "hold": decision.rule}
            self._journal.write(Plan(changes=(Update(InboxRow, {"leaf": row.leaf}, values),)))
            return
        done = {"state": "answered", "answered_at": at, "answered_by": UNIT}
        salt, ident = self._random(32), pong.header.message_id
        stored = store_content(f"out/{ident}", pong.raw, salt, self._random)
        times = directory.times()
        life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
        out = OutboxRow(
            message_id=ident,
            recipient=row.sender,
            cls=str(header_class(pong.header)),
            type="test.pong",
            area=row.area,
            urgency="routine",
            data_level="none",
            state="released",
            submitted_at=at,
            expires_at=format_time(now + life),
            key_id=stored.key_id,
            content=stored.content,
            in_reply_to=row.message_id,
            commitment=commitment(salt, pong.raw),
            grant_id=decision.grant_id,
            submitted_by=UNIT,
            released_by=UNIT,
        )
        send = Send(out, header_class(pong.header), pong.raw, salt, decision.agreement_hash)
        change = Update(InboxRow, {"leaf": row.leaf}, done)
        self._journal.write(Plan(sends=(send,), changes=(change,), secrets=stored.secrets))

    def _compose(self, ping: Message, now: datetime) -> Message:
        old = ping.header.model_dump(mode="json", exclude_none=True)
        header = {
            "message_id": message_id(now, self._random(10)),
            "type": "test.pong",
            "schema_version": 1,
            "sender": old["recipient"],
            "recipient": old["sender"],
            "exercise": old["exercise"],
            "created_at": format_time(now),
            "sender_unit": UNIT,
            "author_role": "system",
            "area": old["area"],
            "purpose": old["purpose"],
            "data_level": "none",
            "handling": ["H0"],
            "urgency": "routine",
            "language": old["language"],
            "in_reply_to": old["message_id"],
        }
        text = ping.body.model_dump(mode="json")["text"]
        body = {"text": text, "ping_id": old["message_id"]}
        return compose(*read_document({"header": header, "body": body}))
