"""What was read before, so that it is read once: of one message, and of what this end knows.

Contract: outside `remembered` nothing of a message is kept; inside, what is kept goes when it
ends, and belongs to one thread. What `once` gives is what its function gives. `for_same` keeps what
was made of the last few lists that it was asked about, as long as they are the same objects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

T = TypeVar("T")
K = TypeVar("K")

_LISTS_KEPT: Final = 4

_memory: Final = threading.local()


@contextmanager
def remembered() -> Iterator[None]:
    """While it lasts, this thread does each thing once."""
    _memory.done = {}
    try:
        yield
    finally:
        _memory.done = None


def once(what: str, about: Hashable, find: Callable[[], T]) -> T:
    """What `find` gives, remembered by what it is and about what, if anything is remembered."""
    done: dict[tuple[str, Hashable], Any] | None = getattr(_memory, "done", None)
    if done is None:
        return find()
    if (what, about) not in done:
        done[what, about] = find()
    found: T = done[what, about]
    return found


def for_same(find: Callable[[K], T]) -> Callable[[K], T]:
    """`find`, asked once for each object: thousands of entries take long even to compare."""
    # With the object itself: no other one has its identity as long as it is here.
    found: dict[int, tuple[K, T]] = {}

    @wraps(find)
    def once_for_each(known: K) -> T:
        kept = found.get(id(known))
        if kept is None or kept[0] is not known:
            kept = known, find(known)
            while len(found) >= _LISTS_KEPT:
                found.pop(next(iter(found), 0), None)
            found[id(known)] = kept
        return kept[1]

    return once_for_each
