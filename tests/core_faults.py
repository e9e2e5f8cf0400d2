"""Real stores and guards that fail when a test says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relec_exchange.errors import Unavailable
from relec_exchange.ports import Guard, Store
from relec_exchange.records import Batch


class FailingStore:
    """A store in front of a real one. `commits` are the errors of the next commits, None for none.

    With `taken`, a commit that fails has been taken all the same: the disk had it, the answer was
    lost. `reads` are the errors of the next reads.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.commits: list[Exception | None] = []
        self.reads: list[Exception | None] = []
        self.taken = False
        self.batches: list[Batch] = []

    def commit(self, batch: Batch) -> None:
        error = self.commits.pop(0) if self.commits else None
        if error is not None and not self.taken:
            raise error
        self.store.commit(batch)
        self.batches.append(batch)
        if error is not None:
            raise error

    def rows(self, *arguments: Any, **options: Any) -> list[Any]:
        error = self.reads.pop(0) if self.reads else None
        if error is not None:
            raise error
        return self.store.rows(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class FailingGuard:
    """A guard that refuses its next `failures` writes."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.failures = 0

    def read(self) -> dict[str, tuple[int, bytes]]:
        return self.guard.read()

    def write(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the guard copy cannot be written: No space left on device")
        self.guard.write(heads)


UNAVAILABLE = Unavailable("the store cannot be used now: database or disk is full")
