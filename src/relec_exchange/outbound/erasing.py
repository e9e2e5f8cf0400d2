"""The content of a recalled message goes with the answer that says so, and not before.

Contract: the answer, the `erased` entry and the mark on the message are one commit; the keys are
destroyed after it. A node that was killed in between finishes when it starts. What is said to be
destroyed shows as erased from the commit on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.content import read_content
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.amendments import Outcome, RecallOutcome
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.outbound.placing import Place
from relec_exchange.ports import Store, Vault
from relec_exchange.records import (
    DeliveryRow,
    EventRow,
    ExtractRow,
    InboxRow,
    Insert,
    JudgementRow,
    OutboxRow,
    Update,
    Where,
)

ERASED: Final = "erased"
"""In `InboxRow.withdrawn`: the content is gone, or goes with the next sweep."""

REASON: Final = "recalled"
_COPIES: Final = ("folder", "queue")
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Erasure:
    """What joins the plan of the answer, and messages of ours that were made from the message."""

    plan: Plan
    derived: tuple[str, ...]


class Erasing:
    """Thread-safe: it holds no state but its parts. `forget` drops what memory holds of it."""

    def __init__(self, store: Store, vault: Vault, forget: Callable[[], object]) -> None:
        self._store = store
        self._vault = vault
        self._forget = forget

    def check(self, message: Message, place: Place) -> None:
        """InvalidInput if copies that were given to units are not spoken of."""
        body, row = message.body, place.recalled
        if not _destroys(body) or row is None or not isinstance(body, RecallOutcome):
            return
        given = self._store.rows(
            DeliveryRow,
            Where("message_id", "=", row.message_id),
            Where("sender", "=", row.sender),
            Where("target", "in", _COPIES),
        )
        if given and body.note is None:
            units = " and ".join(sorted({one.unit for one in given}))
            raise InvalidInput(
                f"copies of this message went to {units}",
                field="body.note",
                remedy="have them destroyed there first, and say so in note",
            )

    def erasure(self, message: Message, place: Place, network: str, now: datetime) -> Erasure:
        """What the answer to a recall does besides being sent; nothing for other messages."""
        row = place.recalled
        if not _destroys(message.body) or row is None or row.withdrawn == ERASED:
            return Erasure(Plan(), ())
        entry = {
            "kind": "erased",
            "network": network,
            "what": "message",
            "subject": f"{row.sender}/{row.message_id}",
            "reason": REASON,
        }
        derived = tuple(self._derived(row))
        data = json.dumps({"type": row.type, "peer": row.sender, "derived": list(derived)})
        changes = (
            Update(InboxRow, {"leaf": row.leaf}, {"withdrawn": ERASED}),
            Insert(EventRow(format_time(now), "message.erased", row.message_id, data)),
        )
        return Erasure(Plan(exchange=(entry,), changes=changes), derived)

    def finish(self, now: datetime) -> int:
        """Destroy every key of what was said to be destroyed; returns how many there were.

        Errors: Unavailable; the tombstones then stand, or the next call writes them.
        """
        rows = self._store.rows(InboxRow, Where("withdrawn", "=", ERASED), blobs=False)
        keys = {key for row in rows for key in self._keys(row)}
        left = sorted(self._vault.get(keys)) if keys else []
        self._vault.destroy(left, REASON, format_time(now))
        if left:
            self._forget()
        return len(left)

    def _keys(self, row: InboxRow) -> Iterator[str]:
        """The keys of a message received, of what was decided about it, and of its extracts."""
        yield row.key_id
        for judgement in self._store.rows(
            JudgementRow,
            Where("message_id", "=", row.message_id),
            Where("peer", "=", row.sender),
            Where("direction", "=", "inbound"),
            blobs=False,
        ):
            yield judgement.key_id
        for extract in self._store.rows(
            ExtractRow,
            Where("message_id", "=", row.message_id),
            Where("sender", "=", row.sender),
            blobs=False,
        ):
            yield extract.key_id

    def _derived(self, row: InboxRow) -> Iterator[str]:
        """Messages of ours whose header says that they were made from this one."""
        after = 0
        while True:
            page = self._store.rows(
                OutboxRow,
                Where("row", ">", after),
                Where("cls", "!=", "control"),
                Where("submitted_at", ">=", row.received_at),
                order="row",
                limit=_PAGE,
            )
            yield from self._made_from(row.message_id, page)
            if len(page) < _PAGE:
                return
            after = page[-1].row

    def _made_from(self, message_id: str, page: Sequence[OutboxRow]) -> Iterator[str]:
        secrets = self._vault.get([one.key_id for one in page])
        for one in page:
            if one.key_id not in secrets:
                continue
            raw, _ = read_content(one, secrets[one.key_id])
            with suppress(Unverified):
                header = parse_message(raw).header
                if isinstance(header, Header) and message_id in header.derived_from:
                    yield one.message_id


def _destroys(body: object) -> bool:
    return isinstance(body, RecallOutcome) and body.outcome is Outcome.DESTROYED
