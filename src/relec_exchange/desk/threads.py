"""Conversations: all messages of a thread, who owes what until when, and every copy of a message.

Contract: no content. What is held shows as `held` and nothing more.
"""

from __future__ import annotations

from datetime import datetime

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import NotFound, Unverified
from relec_exchange.journal.clock import owed
from relec_exchange.journal.threads import Row, Threads, moment, other_end
from relec_exchange.message.document import parse_message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.outbound.needs import CONFIRM
from relec_exchange.outbound.unconfirmed import confirm_until
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.rounds.deadlines import OPEN_IN, OPEN_OUT, open_rows, reached


class ThreadDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._threads = Threads(core.store)

    def thread(self, message_id: str) -> Json:
        """Every message of the thread that a message belongs to, oldest first."""
        found = self._threads.found(message_id)
        if not found:
            raise NotFound("no such message here", field="message_id")
        thread, peer = found[0].thread or found[0].message_id, other_end(found[0])
        now = self.core.clock()
        rows = [row for row in self._threads.rows(thread) if other_end(row) == peer]
        return {
            "thread": thread,
            "peer": peer,
            "messages": [self._line(row, now) for row in rows or found],
        }

    def deadlines(self) -> list[Json]:
        """What somebody waits for, in both directions, the most urgent first."""
        now = self.core.clock()
        lines = [self._line(row, now) for row in open_rows(self.core.store)]
        lines += self._confirmations(now)
        return sorted(lines, key=lambda line: str(line["due_at"]))

    def copies(self, message_id: str) -> list[Json]:
        """The messages of ours that went out together with one, or were made from one of these.

        This is whom a correction or a recall has to reach; of a message received, what we made of
        it and sent on.
        """
        if self.core.outgoing(message_id) is None and self.core.incoming(message_id) is None:
            raise NotFound("no such message here", field="message_id")
        return [
            {
                "message_id": row.message_id,
                "recipient": row.recipient,
                "type": row.type,
                "area": row.area,
                "purpose": self._purpose(row),
                "data_level": row.data_level,
                "state": row.state,
                "withdrawn": row.withdrawn,
            }
            for row in self.core.known.derivations.reach(message_id)
        ]

    # ---- inside --------------------------------------------------------------------------------

    def _purpose(self, row: OutboxRow) -> str:
        """For what a message was sent; of one that was erased, what its grant allows first."""
        header = self._header(row)
        if header is not None:
            return str(header.purpose)
        signed = self.core.directory.agreements.get(row.agreement)
        grants = signed.agreement.grants if signed is not None else ()
        return next((str(one.purposes[0]) for one in grants if one.id == row.grant_id), "")

    def _header(self, row: OutboxRow) -> Header | None:
        try:
            header = parse_message(self.core.content(row)[0]).header
        except (NotFound, Unverified):
            return None
        return header if isinstance(header, Header) else None

    def _line(self, row: Row, now: datetime) -> Json:
        came = isinstance(row, InboxRow)
        return {
            "message_id": row.message_id,
            "direction": "in" if came else "out",
            "peer": other_end(row),
            "type": row.type,
            "urgency": row.urgency,
            "state": row.state,
            "at": moment(row),
            "in_reply_to": row.in_reply_to,
            "about": row.about,
            "withdrawn": row.withdrawn,
            "outcome": row.outcome if isinstance(row, OutboxRow) else "",
            "answered_at": row.answered_at,
            **self._owed(row, now),
        }

    def _confirmations(self, now: datetime) -> list[Json]:
        """Rescue messages that went first and that a colleague has to confirm."""
        rows = self.core.store.rows(OutboxRow, Where("needs", "=", CONFIRM), blobs=False)
        times, own = self.core.directory.times(), self.core.directory.own
        found: list[Json] = []
        for row in rows:
            due = confirm_until(row, times)
            stage = "passed" if due <= now else ""
            ours = {"owed_by": own, "owes": [CONFIRM], "due_at": format_time(due), "stage": stage}
            found.append({**self._line(row, now), **ours})
        return found

    def _owed(self, row: Row, now: datetime) -> Json:
        """Who owes which answer until when; all empty if nobody does any more."""
        states = OPEN_IN if isinstance(row, InboxRow) else OPEN_OUT
        if not row.due_at or row.answered_at or row.state not in states:
            return {"owed_by": "", "owes": [], "due_at": row.due_at, "paused_at": "", "stage": ""}
        own = self.core.directory.own
        return {
            "owed_by": own if isinstance(row, InboxRow) else row.recipient,
            "owes": list(owed(row.type)),
            "due_at": row.due_at,
            "paused_at": row.paused_at,
            "stage": "paused" if row.paused_at else reached(row, now),
        }
