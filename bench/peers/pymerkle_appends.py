"""Appends to a pymerkle SQLite tree for `bench/appends.py`, in the environment of the peers.

Reads lines `PRODUCERS SECONDS` and answers each with a line: how many appends were durable.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from pymerkle import SqliteTree

ENTRY = b"x" * 200


def main() -> None:
    tree = SqliteTree(str(Path(sys.argv[1]) / "pymerkle.db"))
    print("ready", flush=True)
    for line in sys.stdin:
        producers, seconds = line.split()
        print(appended(tree, int(producers), float(seconds)), flush=True)


def appended(tree: SqliteTree, producers: int, seconds: float) -> int:
    counts = [0] * producers
    until = time.monotonic() + seconds

    def produce(mine: int) -> None:
        while time.monotonic() < until:
            tree.append_entry(ENTRY)
            counts[mine] += 1

    threads = [threading.Thread(target=produce, args=(n,)) for n in range(producers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


if __name__ == "__main__":
    main()
