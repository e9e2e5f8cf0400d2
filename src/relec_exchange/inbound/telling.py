"""What senders are told: one receipt per sender and transaction, and the first one again.

A receipt is written in the transaction that it tells of. A duplicate is answered with the receipt
that its message got, at most once a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from relec_exchange.errors import RelecError
from relec_exchange.inbound.gathered import Gathered
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan, Send
from relec_exchange.journal.writer import Journal
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random
from relec_exchange.records import AcceptedRow, Update
from relec_exchange.trust.directory import Directory

Resend = Callable[[Sequence[str]], None]
"""Sends messages of ours again, by their ids."""


class Telling:
    """Used by the inbound thread only."""

    def __init__(self, journal: Journal, random: Random, resend: Resend) -> None:
        self._journal = journal
        self._random = random
        self._resend = resend

    def receipts(self, gathered: Gathered) -> tuple[list[Send], dict[bytes, str]]:
        """The batch's receipts, and leaf -> id of the receipt that names it."""
        directory, now = gathered.receiver.directory, gathered.now
        sends: list[Send] = []
        receipt_of: dict[bytes, str] = {}
        for sender, items in gathered.receipts.items():
            if not directory.mutual(directory.own, sender):
                continue
            for start in range(0, len(items), LIMITS.receipt_items_max):
                part = items[start : start + LIMITS.receipt_items_max]
                body = {"items": [{**item, "at": gathered.at} for item in part]}
                send, secrets = control_send(directory, sender, "receipt", body, now, self._random)
                gathered.secrets.update(secrets)
                sends.append(send)
                for item in part:
                    receipt_of[bytes.fromhex(item["leaf"])] = send.row.message_id
        return sends, receipt_of

    def repeat(self, rows: Sequence[AcceptedRow], directory: Directory, now: datetime) -> None:
        """Send the first receipt of each duplicate again, if it is not too soon.

        What fails here is tried again with the next duplicate: nothing depends on it.
        """
        interval = directory.times().duplicate_receipt_interval_seconds
        before = format_time(now - timedelta(seconds=interval))
        due = sorted({r.receipt_id for r in rows if r.receipt_id and r.receipted_at <= before})
        if not due:
            return
        changes = tuple(
            Update(AcceptedRow, {"receipt_id": ident}, {"receipted_at": format_time(now)})
            for ident in due
        )
        try:
            self._journal.write(Plan(changes=changes))
            self._resend(due)
        except RelecError as error:
            structlog.get_logger().warning("inbound.repeat.failed", code=error.code)
