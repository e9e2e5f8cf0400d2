"""Envelopes that were set aside here, sealed to keys that are gone: nobody opens them any more.

Contract: reads page by page, for the quarantine may hold hundreds of mebibytes; writes nothing.
An envelope belongs to a key if the key's id stands in its beginning, whatever else is broken in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from relec_exchange.message.constants import LIMITS
from relec_exchange.ports import Store
from relec_exchange.records import Delete, HeldRow, QuarantineRow, Where

PAGE: Final = 16
_BEGINNING: Final = 2 * LIMITS.clear_header_max_bytes


class Leftovers:
    """Used by one thread only."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sealed_to(self, key_ids: Iterable[str]) -> list[Delete]:
        """The changes that remove what was sealed to one of these keys."""
        wanted = [key_id.encode() for key_id in key_ids]
        if not wanted:
            return []
        return [*self._found(HeldRow, wanted), *self._found(QuarantineRow, wanted)]

    def older_than(self, at: str) -> list[Delete]:
        """The changes that remove what lies in the quarantine since before `at` (wire time)."""
        rows = self._store.rows(QuarantineRow, Where("at", "<", at), blobs=False)
        return [Delete(QuarantineRow, {"row": row.row}) for row in rows]

    def _found(
        self, kind: type[HeldRow] | type[QuarantineRow], wanted: list[bytes]
    ) -> Iterable[Delete]:
        after = 0
        while rows := self._page(kind, after):
            for row in rows:
                begins = row.envelope[:_BEGINNING]
                if any(key_id in begins for key_id in wanted):
                    yield Delete(kind, {"row": row.row})
            after = rows[-1].row

    def _page(
        self, kind: type[HeldRow] | type[QuarantineRow], after: int
    ) -> Sequence[HeldRow | QuarantineRow]:
        return self._store.rows(kind, Where("row", ">", after), order="row", limit=PAGE)
