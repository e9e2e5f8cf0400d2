"""Where the time of one append by one producer goes: waits for the disk, signing, store, the rest.

Medians over single appends, so that what other processes take counts little. The producer waits for
the journal's thread, as in `appends.py`. `syncs.c` is preloaded to time each call that
makes a file durable; without a C compiler there is no answer. Prints JSON.

    .venv/bin/python bench/append_costs.py [--appends 1000] [--directory DIR]
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from journals import OpenJournal, plan

SOURCE = Path(__file__).with_name("syncs.c")
PRELOADED = "RELEC_BENCH_PRELOADED"
WARMED = 250
"""Appends before the first that counts: the write-ahead log has been emptied once by then."""

PARTS = {
    "store": "sync of the store",
    "guard": "sync of the guard copy",
    "signing": "signing the checkpoint (both keys)",
    "commit": "the store besides: statements, writes",
    "rest": "the rest: entry, tree, guard copy, two changes of thread",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--appends", type=int, default=1000)
    asked.add_argument("--directory", type=Path, default=None)
    options = asked.parse_args()
    if not os.environ.get(PRELOADED):
        print(json.dumps(measured(options.appends, options.directory)))
        return
    with tempfile.TemporaryDirectory(prefix="relec-bench-", dir=options.directory) as made:
        ours = OpenJournal(Path(made))
        ours.journal.start()
        print(json.dumps(taken(ours, options.appends)))
        ours.close()


def measured(appends: int, directory: Path | None) -> dict[str, Any]:
    """What this script finds in a process with the counter; empty without a C compiler."""
    with tempfile.TemporaryDirectory() as made:
        counter = Path(made) / "syncs.so"
        try:
            build = ["cc", "-shared", "-fPIC", "-O1", "-o", counter, SOURCE, "-ldl"]
            subprocess.run(build, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return {}
        command = [sys.executable, __file__, "--appends", str(appends)]
        command += ["--directory", str(directory)] if directory else []
        preloaded = {**os.environ, "LD_PRELOAD": str(counter), PRELOADED: "1"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=preloaded)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def taken(ours: OpenJournal, appends: int) -> dict[str, Any]:
    """Syncs an append, and the median milliseconds of each part and of all."""
    counter = ctypes.CDLL(None)
    counter.sync_calls.restype = counter.sync_nanoseconds.restype = ctypes.c_longlong
    clock = Clock(counter.sync_nanoseconds)
    clock.watch(ours.signer, "checkpoint")
    clock.watch(ours.store, "commit")
    clock.watch(ours.guard, "write")
    each: dict[str, list[float]] = {name: [] for name in (*PARTS, "all")}
    before = 0
    for number in range(WARMED + appends):
        if number == WARMED:
            before = counter.sync_calls()
        spent = clock.of(lambda n=number: ours.journal.submit(plan(n)).result())  # type: ignore[misc]
        if number >= WARMED:
            for name, milliseconds in spent.items():
                each[name].append(milliseconds)
    return {
        "syncs_an_append": round((counter.sync_calls() - before) / appends, 2),
        "milliseconds": {name: round(statistics.median(one), 3) for name, one in each.items()},
    }


class Clock:
    """Wall time, and time in syncs, of the calls it watches within one append."""

    def __init__(self, nanoseconds_in_syncs: Callable[[], int]) -> None:
        self._in_syncs = nanoseconds_in_syncs
        self._spent: dict[str, tuple[float, float]] = {}

    def watch(self, part: object, name: str) -> None:
        """Time this method from now on."""
        call = getattr(part, name)

        def timed(*given: Any) -> Any:
            answer, self._spent[name] = self._timed(lambda: call(*given))
            return answer

        setattr(part, name, timed)

    def of(self, append: Callable[[], object]) -> dict[str, float]:
        """Milliseconds of each part of this append."""
        _, (whole, _) = self._timed(append)
        signing, _ = self._spent["checkpoint"]
        commit, store = self._spent["commit"]
        _, guard = self._spent["write"]
        return {
            "store": store,
            "guard": guard,
            "signing": signing,
            "commit": commit - store,
            "rest": whole - signing - commit - guard,
            "all": whole,
        }

    def _timed(self, call: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
        began, synced = time.perf_counter_ns(), self._in_syncs()
        answer = call()
        return answer, (
            (time.perf_counter_ns() - began) / 1e6,
            (self._in_syncs() - synced) / 1e6,
        )


def markdown(costs: dict[str, Any]) -> str:
    """The table, or why there is none."""
    if not costs:
        return "Where an append's time goes was not measured: no C compiler.\n"
    spent = costs["milliseconds"]
    lines = ["| one append by one producer | ms (median) | share |", "|---|---:|---:|"]
    whole = sum(spent[name] for name in PARTS)
    lines += [f"| {told} | {spent[n]:.3f} | {spent[n] / whole:.0%} |" for n, told in PARTS.items()]
    lines += [f"| all | {spent['all']:.3f} | |", ""]
    lines += [f"Syncs an append: {costs['syncs_an_append']}, one after the other.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
