"""What a comparison of records and logs counts and finds; and records page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from relec_exchange.journal.paging import pages
from relec_exchange.ports import Store
from relec_exchange.records import Where

R = TypeVar("R")

PAGE: Final = 500

NO_ENTRY: Final = "no-entry"
NO_RECORD: Final = "no-record"
DIFFERS: Final = "differs"
NO_KEY: Final = "no-key"
KEY_LEFT: Final = "key-left"
DOES_NOT_OPEN: Final = "does-not-open"
NOT_PROVEN: Final = "not-proven"
PROBLEMS: Final = (NO_ENTRY, NO_RECORD, DIFFERS, NO_KEY, KEY_LEFT, DOES_NOT_OPEN, NOT_PROVEN)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong (`PROBLEMS`) with which kind of record, about which message or name."""

    what: str
    record: str
    ref: str
    detail: str

    def told(self) -> dict[str, str]:
        """`answers.CoverageProblem`."""
        return {
            "what": self.what,
            "record": self.record,
            "ref": self.ref,
            "detail": self.detail,
        }


@dataclass(slots=True)
class Tally:
    """How many records of each kind were looked at."""

    records: Counter[str] = field(default_factory=Counter)

    def pages(
        self, store: Store, kind: type[R], name: str, *where: Where, blobs: bool = False
    ) -> Iterator[list[R]]:
        """All records of a kind with a `row`, in pages, counted under `name`."""
        for rows in pages(store, kind, *where, blobs=blobs, size=PAGE):
            self.records[name] += len(rows)
            yield rows
