"""`relec` in a process of its own, which is killed by the kernel at its nth commit to a store.

Arguments: the number, `before` or `after` that commit, and those of the command.
"""

from __future__ import annotations

import os
import signal
import sys

from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.cli import main
from relec_exchange.node import mending
from relec_exchange.records import Batch

TOGETHER = 7
"""Differences of one commit here, so that there are many commits."""


def dying(nth: int, when: str) -> None:
    """Let commits count, and the nth be the last."""
    commit, seen = SqliteStore.commit, 0

    def counted(self: SqliteStore, batch: Batch) -> None:
        nonlocal seen
        seen += 1
        if seen == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self, batch)
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    SqliteStore.commit = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    mending.TOGETHER = TOGETHER
    dying(int(sys.argv[1]), sys.argv[2])
    sys.argv = ["relec", *sys.argv[3:]]
    main()
