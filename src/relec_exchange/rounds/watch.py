"""Officers' messages of both boxes as retention sees them: each new record is looked at once.

Contract: the first look reads every record that is not erased, page by page and without content;
later ones only what was added. What a look gives is what has a day of review, or is a correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from relec_exchange.journal.erasure import Row
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Store
from relec_exchange.records import InboxRow, OutboxRow, Where

PAGE: Final = 1000
REVIEW: Final = "review"
"""In `retention_told`: the message's own day of review was announced."""

BOXES: Final[tuple[type[InboxRow] | type[OutboxRow], ...]] = (InboxRow, OutboxRow)


class Watch:
    """Remembers how far it has read. One thread only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = dict.fromkeys(BOXES, 0)
        self.reviews: dict[tuple[type[InboxRow] | type[OutboxRow], int], str] = {}
        self.corrections: set[tuple[type[InboxRow] | type[OutboxRow], int]] = set()

    def read(self, take: Callable[[Sequence[Row]], object]) -> None:
        """Give every new record to `take`, a page at a time, and remember what matters later."""
        for kind in BOXES:
            for page in self._pages(kind):
                take(page)
                for row in page:
                    if row.review_on and REVIEW not in row.retention_told.split():
                        self.reviews[kind, row.row] = row.review_on
                    if row.type == "correction":
                        self.corrections.add((kind, row.row))
                self._seen[kind] = page[-1].row

    def found(self, places: Sequence[tuple[type[InboxRow] | type[OutboxRow], int]]) -> list[Row]:
        """The records at these places that are not erased."""
        rows: list[Row] = []
        for kind in BOXES:
            numbers = [number for one, number in places if one is kind]
            rows += self._store.rows(
                kind, Where("row", "in", numbers), Where("erased_at", "=", ""), blobs=False
            )
        return rows

    def _pages(self, kind: type[InboxRow] | type[OutboxRow]) -> Iterator[Sequence[Row]]:
        while rows := self._store.rows(
            kind,
            Where("row", ">", self._seen[kind]),
            Where("cls", "!=", str(MessageClass.CONTROL)),
            Where("erased_at", "=", ""),
            order="row",
            limit=PAGE,
            blobs=False,
        ):
            yield rows
