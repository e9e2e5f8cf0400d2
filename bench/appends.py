"""Durable appends a second by 1, 8, 64 and 256 producers, beside the disk and pymerkle.

Each producer hands in one entry and waits until it is durable: entry, tree, checkpoint with both
signatures, one transaction, guard copy. Slices of all contenders alternate, round after round; a
figure is the median over rounds, a ratio the median of the ratios within each round, because the
speed of a disk that others use too changes from second to second. Beside them, in the same
directory: how often a second the disk makes 4 KiB durable, appended to a file as a plain log would
(`fdatasync`), and overwritten in place, which spares the file's size (`in place`). An append of
ours waits for the disk twice, one after the other, store and guard copy; both overwrite in place.
`unsigned` is ourselves with a signature that costs nothing, to tell what checkpoint signing costs.
Last comes where the time of one append by one producer goes (`append_costs.py`).

    .venv/bin/python bench/appends.py [--slice 1.0] [--rounds 7] [--directory DIR] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from append_costs import markdown as costs_table
from append_costs import measured as costs
from journals import OpenJournal, plan
from machine import describe, load

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".work" / "bench"
PEERS = ROOT / "bench" / ".venv" / "bin" / "python"
PRODUCERS = (1, 8, 64, 256)
BLOCK = 4096
AIMS = {
    "64 producers / 1 producer": ("relec 64", "relec 1", 10.0),
    "1 producer / fdatasync": ("relec 1", "fdatasync", 0.35),
    "1 producer, unsigned / fdatasync": ("unsigned 1", "fdatasync", 0.35),
    "1 producer / in place": ("relec 1", "in place", 0.35),
    "1 producer, unsigned / in place": ("unsigned 1", "in place", 0.35),
    "1 producer / pymerkle 1": ("relec 1", "pymerkle 1", 0.0),
    "64 producers / pymerkle 64": ("relec 64", "pymerkle 64", 0.0),
}

Contender = Callable[[float], int]
"""How many were durable in so many seconds."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--slice", type=float, default=1.0)
    asked.add_argument("--rounds", type=int, default=7)
    asked.add_argument("--directory", type=Path, default=None)
    asked.add_argument("--out", type=Path, default=OUT)
    asked.add_argument("--costs", type=int, default=1000, help="appends whose costs are told apart")
    asked.add_argument("--profile", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="relec-bench-", dir=options.directory) as made:
        ours = OpenJournal(Path(made))
        if options.profile:
            profile(ours)
            return
        ours.journal.start()
        peer = Peer(Path(made))
        found = rounds(contenders(Path(made), ours, peer), options)
        peer.close()
        ours.close()
    figures = {
        "machine": describe(("cryptography", "sqlalchemy")),
        "load": load(),
        "slice_seconds": options.slice,
        "appends_per_second": {name: summary(rates) for name, rates in found.items()},
        "ratios": {name: ratio(found, *aim) for name, aim in AIMS.items()},
        "milliseconds_of_one_signature": signature_ms(ours),
        "costs": costs(options.costs, options.directory),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "appends.json").write_text(json.dumps(figures, indent=1))
    table = markdown(figures)
    (options.out / "appends.md").write_text(table)
    print(table)
    print(json.dumps(figures))


def rounds(contenders: dict[str, Contender], options: argparse.Namespace) -> dict[str, list[float]]:
    """The rates of each contender, one a round; the first round warms up."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(options.rounds + 1):
        for name, run in contenders.items():
            started = time.monotonic()
            done = run(options.slice if turn else min(0.3, options.slice))
            if turn:
                found[name].append(done / (time.monotonic() - started))
    return {name: rates for name, rates in found.items() if any(rates)}


def contenders(directory: Path, ours: OpenJournal, peer: Peer) -> dict[str, Contender]:
    found: dict[str, Contender] = {
        "fdatasync": Disk(directory / "appended"),
        "in place": Disk(directory / "overwritten", blocks=2),
    }
    for n in PRODUCERS:
        found[f"relec {n}"] = Ours(ours, n, free=False)
        found[f"unsigned {n}"] = Ours(ours, n, free=True)
        found[f"pymerkle {n}"] = peer.appends(n)
    return found


class Disk:
    """Writes blocks to a file, each durable before the next: after one another, or with `blocks`
    the same few again and again.
    """

    def __init__(self, file: Path, blocks: int = 0) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        self._blocks, self._written = blocks, 0
        os.pwrite(self._file, bytes(BLOCK * blocks), 0)
        os.fsync(self._file)

    def __call__(self, seconds: float) -> int:
        until, before = time.monotonic() + seconds, self._written
        while time.monotonic() < until:
            at = self._written % self._blocks if self._blocks else self._written
            os.pwrite(self._file, self._written.to_bytes(BLOCK, "big"), at * BLOCK)
            os.fdatasync(self._file)
            self._written += 1
        return self._written - before


_NUMBERS = count()


class Ours:
    """So many threads that hand in one entry each and wait for it."""

    def __init__(self, ours: OpenJournal, producers: int, *, free: bool) -> None:
        self._ours, self._producers, self._free = ours, producers, free

    def __call__(self, seconds: float) -> int:
        self._ours.signer.free = self._free
        counts = [0] * self._producers
        until = time.monotonic() + seconds
        submit = self._ours.journal.submit

        def produce(mine: int) -> None:
            while time.monotonic() < until:
                submit(plan(next(_NUMBERS))).result()
                counts[mine] += 1

        threads = [threading.Thread(target=produce, args=(n,)) for n in range(self._producers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts)


class Peer:
    """pymerkle in a process of its own; without it (`make bench-setup`) its rows are missing."""

    def __init__(self, directory: Path) -> None:
        self._process: subprocess.Popen[str] | None = None
        script = ROOT / "bench" / "peers" / "pymerkle_appends.py"
        if not PEERS.exists():
            return
        process = subprocess.Popen(
            [PEERS, script, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline() == "ready\n":
            self._process = process

    def appends(self, producers: int) -> Contender:
        def run(seconds: float) -> int:
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                return 0
            process.stdin.write(f"{producers} {seconds}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        return run

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


def signature_ms(ours: OpenJournal) -> float:
    """The median of signing one checkpoint with both keys, in milliseconds."""
    ours.signer.free = False
    taken = []
    for size in range(1, 201):
        started = time.perf_counter()
        ours.signer.checkpoint(ours.signer.key.name, size, bytes(32), 1)
        taken.append(time.perf_counter() - started)
    return round(1000 * statistics.median(taken), 3)


def summary(rates: list[float]) -> dict[str, float]:
    return {
        "min": round(min(rates), 1),
        "median": round(statistics.median(rates), 1),
        "max": round(max(rates), 1),
    }


def ratio(
    found: dict[str, list[float]], over: str, under: str, aim: float
) -> dict[str, float | str]:
    if over not in found or under not in found:
        return {"missing": "not measured"}
    each = [a / b for a, b in zip(found[over], found[under], strict=True)]
    return {**{key: round(value, 3) for key, value in spread(each).items()}, "aim": aim}


def spread(each: list[float]) -> dict[str, float]:
    return {"min": min(each), "median": statistics.median(each), "max": max(each)}


def markdown(figures: dict[str, object]) -> str:
    rates, ratios = figures["appends_per_second"], figures["ratios"]
    assert isinstance(rates, dict)
    assert isinstance(ratios, dict)
    lines = ["| appends a second | min | median | max |", "|---|---:|---:|---:|"]
    lines += [f"| {n} | {v['min']} | {v['median']} | {v['max']} |" for n, v in rates.items()]
    lines += [
        "",
        "| ratio within a round | min | median | max | aim |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {n} | {v['min']} | {v['median']} | {v['max']} | {v['aim'] or ''} |"
        for n, v in ratios.items()
        if "median" in v
    ]
    signing = figures["milliseconds_of_one_signature"]
    lines += [
        "",
        f"One checkpoint signature (both keys): {signing} ms. Load: {figures['load']:.1f}.",
        "",
    ]
    spent = figures["costs"]
    assert isinstance(spent, dict)
    return "\n".join(lines) + "\n" + costs_table(spent)


def profile(ours: OpenJournal) -> None:
    """Where the time of single commits and of batches of 64 goes, in this thread alone."""
    for size in (1, 64):
        profiler = cProfile.Profile()
        profiler.enable()
        for _ in range(300 // (1 + size // 8)):
            ours.journal.write_all([plan(next(_NUMBERS)) for _ in range(size)])
        profiler.disable()
        print(f"batches of {size}")
        pstats.Stats(profiler).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
