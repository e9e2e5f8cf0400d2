"""What was read of one message while its rules are asked, so that each part is read once.

Contract: outside `remembered` nothing is kept; inside, what is kept goes when it ends, and belongs
to one thread. What `once` gives is what its function gives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

T = TypeVar("T")

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
