"""Terms that stand still while somebody judges by them.

Whoever judges a message and has the outcome written does both inside `judging`; whoever adopts a
note does it inside `changing`. So the log never shows a message after a note that it was not judged
by: a suspension counts before the next message, and a decision can be recomputed from what was
adopted before it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Steady:
    """Many may judge at once; who changes waits for them, and they for who changes.

    A thread may enter `judging` again while it is inside. It must not enter `changing` there: that
    is a fault of the program, and RuntimeError.
    """

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._judging: Counter[int] = Counter()
        self._changing: int | None = None
        self._wanted = 0

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Nobody changes the terms until this ends."""
        me = threading.get_ident()
        with self._free:
            if me not in self._judging and self._changing != me:
                self._free.wait_for(lambda: self._changing is None and not self._wanted)
            self._judging[me] += 1
        try:
            yield
        finally:
            with self._free:
                self._judging[me] -= 1
                if not self._judging[me]:
                    del self._judging[me]
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody judges until this ends; one thread at a time."""
        me = threading.get_ident()
        with self._free:
            if me in self._judging:
                raise RuntimeError("terms do not change under the thread that judges by them")
            self._wanted += 1
            self._free.wait_for(lambda: self._changing is None and not self._judging)
            self._wanted -= 1
            self._changing = me
        try:
            yield
        finally:
            with self._free:
                self._changing = None
                self._free.notify_all()
