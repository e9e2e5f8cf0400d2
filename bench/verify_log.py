"""How long it takes to verify a log of 1,000,000 entries, and to make and check a proof in it.

The log lies in a real store, half `sent` and half `received`. `hashed`: every entry is read, its
leaf hashed, the tree made, the root compared with the stored one. `parsed`: every entry is also
read as strictly as a received one (canonical form, every field, the rule of its kind), with the
order of times. One process, and two that share the reading. Proofs are made of random entries from
stored tiles, first with nothing in memory, then as a running node makes them; each is checked.

    .venv/bin/python bench/verify_log.py [--size 1000000] [--rounds 3] [--proofs 5000] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from journals import ORIGIN
from logs import fill
from machine import describe, load

from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import HASH_BYTES, leaf_hashes, verify_inclusion
from relec_exchange.audit.tile import TileCache
from relec_exchange.audit.tiles import Tree
from relec_exchange.records import EntryRow, LogHeadRow, Where

OUT = Path(__file__).resolve().parents[1] / ".work" / "bench"
PAGE = 8192
PROCESSES = 2
AIMS = {
    "hashed, 1 process (s)": 3.0,
    "hashed, 2 processes (s)": 3.0,
    "parsed, 1 process (s)": 8.0,
    "parsed, 2 processes (s)": 8.0,
    "proof made, p99 (ms)": 2.0,
    "proof made, nothing in memory, p99 (ms)": 2.0,
    "proof checked, median (µs)": 50.0,
}
"""For 1,000,000 entries; of both numbers of processes, one has to meet it."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--proofs", type=int, default=5000)
    asked.add_argument("--directory", type=Path, default=None)
    asked.add_argument("--out", type=Path, default=OUT)
    asked.add_argument("--profile", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="relec-bench-", dir=options.directory) as made:
        directory = Path(made)
        began = time.monotonic()
        fill(directory, options.size)
        filled = time.monotonic() - began
        if options.profile:
            profile(directory, options.size)
            return
        found = rounds(directory, options)
    figures = {
        "machine": describe(("cryptography", "sqlalchemy")),
        "load": load(),
        "entries": options.size,
        "seconds_to_fill": round(filled, 1),
        "figures": found,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "verify_log.json").write_text(json.dumps(figures, indent=1))
    table = markdown(figures, found)
    (options.out / "verify_log.md").write_text(table)
    print(table)
    print(json.dumps(figures))


def rounds(directory: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    taken: dict[str, list[float]] = {}
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        list(pool.map(_warm, [directory] * PROCESSES))
        for _ in range(options.rounds):
            for name, parse in (("hashed", False), ("parsed", True)):
                one = seconds(lambda p=parse: verify(directory, options.size, p, None))
                taken.setdefault(f"{name}, 1 process (s)", []).append(one)
                two = seconds(lambda p=parse: verify(directory, options.size, p, pool))
                taken.setdefault(f"{name}, 2 processes (s)", []).append(two)
    found = {name: spread(each) for name, each in taken.items()}
    return {**found, **proofs(directory, options)}


def verify(directory: Path, size: int, parse: bool, pool: Executor | None) -> None:
    """AssertionError unless the entries have the stored root, and their times rise."""
    with_store = _opened(directory)
    head = with_store.rows(LogHeadRow, Where("origin", "=", ORIGIN))[0]
    parts = 1 if pool is None else PROCESSES
    bounds = [size * n // parts for n in range(parts + 1)]
    spans = [(directory, a, b, parse) for a, b in pairwise(bounds)]
    # Our own half is read here while the other process reads its own.
    others = [pool.submit(stretch, span) for span in spans[1:]] if pool else []
    tree, last = Tree(0, lambda level, n: b""), ""
    found = [stretch(spans[0]), *(other.result() for other in others)]
    for leaves, first_time, last_time in found:
        assert last <= first_time
        last = last_time
        tree, _ = tree.extend([leaves[n : n + HASH_BYTES] for n in range(0, len(leaves), 32)])
    assert tree.root() == head.root
    with_store.close()


def stretch(span: tuple[Path, int, int, bool]) -> tuple[bytes, str, str]:
    """The leaves of some entries, with the times of the first and the last."""
    directory, start, stop, parse = span
    store = _opened(directory)
    leaves: list[bytes] = []
    first_time = last_time = ""
    for low in range(start, stop, PAGE):
        rows = store.rows(
            EntryRow,
            Where("origin", "=", ORIGIN),
            Where("idx", ">=", low),
            Where("idx", "<", min(low + PAGE, stop)),
            order="idx",
        )
        leaves += leaf_hashes([row.data for row in rows])
        for row in rows if parse else ():
            moment = decode_entry(row.data)["time"]
            assert moment >= last_time
            last_time = moment
            first_time = first_time or moment
    store.close()
    return b"".join(leaves), first_time, last_time


def proofs(directory: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Milliseconds to make, microseconds to check."""
    store = _opened(directory)
    head = store.rows(LogHeadRow, Where("origin", "=", ORIGIN))[0]
    chance = random.Random(1)
    places = [chance.randrange(options.size) for _ in range(options.proofs)]
    leaves = {
        row.idx: row.leaf
        for row in store.rows(EntryRow, Where("origin", "=", ORIGIN), Where("idx", "in", places))
    }

    def tree() -> Tree:
        return Tree(head.size, lambda level, n: store.tile(ORIGIN, level, n), TileCache())

    cold = [seconds(lambda at=at: tree().inclusion(at)) for at in places[: options.proofs // 10]]
    running, warm, checked = tree(), [], []
    for at in places:
        began = time.perf_counter()
        path = running.inclusion(at)
        made = time.perf_counter()
        verify_inclusion(leaves[at], at, head.size, path, head.root)
        checked.append(1e6 * (time.perf_counter() - made))
        warm.append(1e3 * (made - began))
    store.close()
    return {
        "proof made, p99 (ms)": tail(warm),
        "proof made, nothing in memory, p99 (ms)": tail([1e3 * value for value in cold]),
        "proof checked, median (µs)": spread(checked),
    }


def tail(values: Sequence[float]) -> dict[str, float]:
    """The middle is the 99th percentile of all."""
    ordered = sorted(values)
    at = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return {"min": round(ordered[0], 3), "median": round(at, 3), "max": round(ordered[-1], 3)}


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 3),
        "median": round(statistics.median(values), 3),
        "max": round(max(values), 3),
    }


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _opened(directory: Path) -> SqliteStore:
    """Each process opens the store once: opening also looks at the schema."""
    return SqliteStore(directory / "store.db")


def _warm(directory: Path) -> None:
    stretch((directory, 0, 1000, True))


def profile(directory: Path, size: int) -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    verify(directory, size, True, None)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def markdown(figures: dict[str, object], found: dict[str, dict[str, float]]) -> str:
    lines = [
        f"{figures['entries']} entries; load {figures['load']:.1f}",
        "",
        "| figure | min | middle | max | aim |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {each['min']} | {each['median']} | {each['max']} | {AIMS[name]} |"
        for name, each in found.items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
