"""The records of one box that were added since the last look, in order, without content."""

from __future__ import annotations

from typing import Generic, TypeVar

from relec_exchange.ports import Store
from relec_exchange.records import InboxRow, OutboxRow, Where

R = TypeVar("R", InboxRow, OutboxRow)


class NewRows(Generic[R]):
    """Remembers how far it has read; the first look begins with the oldest. One thread only."""

    def __init__(self, store: Store, kind: type[R], *conditions: Where) -> None:
        self._store = store
        self._kind: type[R] = kind
        self._conditions = conditions
        self._seen = 0

    def read(self) -> list[R]:
        """Those that meet the conditions. A look that finds nothing new costs one short read."""
        newest = self._store.rows(self._kind, order="-row", limit=1, blobs=False)
        if not newest or newest[0].row <= self._seen:
            return []
        within = (Where("row", ">", self._seen), Where("row", "<=", newest[0].row))
        found = self._store.rows(self._kind, *within, *self._conditions, order="row", blobs=False)
        self._seen = newest[0].row
        return found
