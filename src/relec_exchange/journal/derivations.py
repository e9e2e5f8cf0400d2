"""From which others messages of ours were made: an index of headers, read once and grown.

Contract: holds ids alone, of messages whose header names what they were made from; safe between
threads. It is read from the outbox when it is first asked, and from then on new records only. What
was erased before the node started cannot be read any more and is not in it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Final

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.content import read_content
from relec_exchange.message.encoding import parse_json
from relec_exchange.ports import Store, Vault
from relec_exchange.protection.recall import Sent, Told, must_be_told
from relec_exchange.records import OutboxRow, Where

_PAGE: Final = 200
_NAMED: Final = b'"derived_from"'


class Derivations:
    """See the module."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._lock = threading.Lock()
        self._seen = 0
        self._made: dict[str, Sent] = {}

    def reach(self, message_id: str) -> tuple[OutboxRow, ...]:
        """Messages of ours that went out together with one, or were made from one of these,
        through any number of steps: the copies first, then by age; each that left, once.
        """
        sent = [*self._copies(message_id), *self._known()]
        told = must_be_told(message_id, sent)
        return self._left(told)

    def made_from(self, message_id: str) -> tuple[str, ...]:
        """Messages of ours whose header names this one, of ours or a partner's, as a source."""
        return tuple(one.message_id for one in self._known() if message_id in one.derived_from)

    def _copies(self, message_id: str) -> list[Sent]:
        """The message and its copies to others, as if these were made from it."""
        own = self._store.rows(OutboxRow, Where("message_id", "=", message_id), blobs=False)
        if not own:
            return []
        rows = own
        if own[0].batch:
            batch = Where("batch", "=", own[0].batch)
            rows = self._store.rows(OutboxRow, batch, order="row", blobs=False) or own
        return [Sent(row.message_id, row.recipient, (message_id,)) for row in rows]

    def _left(self, told: tuple[Told, ...]) -> tuple[OutboxRow, ...]:
        ids = list(dict.fromkeys(one.message_id for one in told))
        rows = self._store.rows(OutboxRow, Where("message_id", "in", ids))
        by_id = {row.message_id: row for row in rows if row.sent_at}
        return tuple(by_id[name] for name in ids if name in by_id)

    def _known(self) -> tuple[Sent, ...]:
        with self._lock:
            while page := self._page():
                secrets = self._vault.get([row.key_id for row in page])
                for row in page:
                    self._seen = row.row
                    sources = _sources(row, secrets.get(row.key_id))
                    if sources:
                        self._made[row.message_id] = Sent(row.message_id, row.recipient, sources)
            return tuple(self._made.values())

    def _page(self) -> list[OutboxRow]:
        return self._store.rows(
            OutboxRow,
            Where("row", ">", self._seen),
            Where("cls", "!=", "control"),
            order="row",
            limit=_PAGE,
        )


def _sources(row: OutboxRow, secret: bytes | None) -> tuple[str, ...]:
    """What the header of a message names as its sources; nothing where it was erased."""
    if secret is None or not row.content:
        return ()
    raw, _ = read_content(row, secret)
    if _NAMED not in raw:
        return ()
    with suppress(InvalidInput, Unverified):
        document: Any = parse_json(raw)
        return tuple(document["header"].get("derived_from", ()))
    return ()
