"""Whether a log gets slower as it grows: durable appends at 10 thousand and at 10 million entries.

Two journals lie side by side on one disk, the one with a short log, the other with a long one, and
append in turns; a ratio is the median of the ratios within each round. Both logs are written at
once (`logs.py`) and then opened by a real journal. Filling takes most of the time: ten millions
take some minutes and 5 GB of disk, so the standard run has one million.

    .venv/bin/python bench/growth.py [--sizes 10000,1000000] [--rounds 9] [--slice 1.0]
    .venv/bin/python bench/growth.py --sizes 10000,10000000
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from appends import Ours
from journals import OpenJournal
from logs import fill
from machine import describe, load

OUT = Path(__file__).resolve().parents[1] / ".work" / "bench"
PRODUCERS = (1, 64)
AIM = 0.9


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", default="10000,1000000")
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--slice", type=float, default=1.0)
    asked.add_argument("--directory", type=Path, default=None)
    asked.add_argument("--out", type=Path, default=OUT)
    options = asked.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="relec-bench-", dir=options.directory) as made:
        journals, facts = {}, {}
        for size in sizes:
            place = Path(made) / str(size)
            place.mkdir()
            began = time.monotonic()
            fill(place, size, short=True)
            filled = time.monotonic()
            journals[size] = OpenJournal(place)
            opened = time.monotonic() - filled
            journals[size].journal.start()
            facts[str(size)] = {
                "seconds_to_fill": round(filled - began, 1),
                "seconds_to_open": round(opened, 2),
                "bytes_an_entry": round((place / "store.db").stat().st_size / size),
            }
        found = rounds(journals, options)
        for journal in journals.values():
            journal.close()
    figures = {
        "machine": describe(("cryptography", "sqlalchemy")),
        "load": load(),
        "logs": facts,
        **summary(found, sizes),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "growth.json").write_text(json.dumps(figures, indent=1))
    table = markdown(figures)
    (options.out / "growth.md").write_text(table)
    print(table)
    print(json.dumps(figures))


def rounds(
    journals: dict[int, OpenJournal], options: argparse.Namespace
) -> dict[int, dict[int, list[float]]]:
    """Rates by number of producers and size; the first round warms up, every second one is turned
    round, so that nobody always comes first.
    """
    found: dict[int, dict[int, list[float]]] = {
        n: {size: [] for size in journals} for n in PRODUCERS
    }
    for turn in range(options.rounds + 1):
        order = sorted(journals, reverse=bool(turn % 2))
        for producers in PRODUCERS:
            for size in order:
                began = time.monotonic()
                done = Ours(journals[size], producers, free=False)(options.slice)
                if turn:
                    found[producers][size].append(done / (time.monotonic() - began))
    return found


def summary(found: dict[int, dict[int, list[float]]], sizes: list[int]) -> dict[str, object]:
    rates = {
        f"{producers} producers at {size}": round(statistics.median(each), 1)
        for producers, by_size in found.items()
        for size, each in by_size.items()
    }
    ratios = {}
    for producers, by_size in found.items():
        small, large = by_size[sizes[0]], by_size[sizes[-1]]
        each = [b / a for a, b in zip(small, large, strict=True)]
        ratios[f"{producers} producers, {sizes[-1]} / {sizes[0]}"] = {
            "min": round(min(each), 3),
            "median": round(statistics.median(each), 3),
            "max": round(max(each), 3),
            "aim": AIM,
        }
    return {"appends_per_second": rates, "ratios": ratios}


def markdown(figures: dict[str, object]) -> str:
    rates, ratios, logs = figures["appends_per_second"], figures["ratios"], figures["logs"]
    assert isinstance(rates, dict)
    assert isinstance(ratios, dict)
    assert isinstance(logs, dict)
    lines = ["| appends a second | median |", "|---|---:|"]
    lines += [f"| {name} | {value} |" for name, value in rates.items()]
    lines += ["", "| ratio within a round | min | median | max | aim |"]
    lines += ["|---|---:|---:|---:|---:|"]
    lines += [
        f"| {n} | {v['min']} | {v['median']} | {v['max']} | {v['aim']} |" for n, v in ratios.items()
    ]
    lines += ["", "| entries | opened in s | bytes an entry |", "|---:|---:|---:|"]
    lines += [
        f"| {size} | {one['seconds_to_open']} | {one['bytes_an_entry']} |"
        for size, one in logs.items()
    ]
    return "\n".join(lines) + f"\nLoad: {figures['load']:.1f}.\n"


if __name__ == "__main__":
    main()
