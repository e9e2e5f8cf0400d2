"""How many messages a second are sealed and opened, beside two peers, in one interleaved run.

    make bench-setup
    .venv/bin/python bench/seal_open.py            # about a minute
    .venv/bin/python bench/seal_open.py --profile  # where our own time goes

Every round measures every contender at every batch size, in an order that rotates, so that a
disturbance hits all alike. A figure is the median over the rounds; a ratio is one of medians. One
thread does all the work. See bench/README.md for what is and is not compared.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
# The peers have an environment of their own, behind everything that is ours.
sys.path += [str(place) for place in (ROOT / "bench/.venv").glob("lib/python*/site-packages")]

from contenders import ALL, Contender, messages_of  # noqa: E402
from machine import describe, load  # noqa: E402

MESSAGE_BYTES = 4096
# Messages a measurement, by batch size: enough for a clock, few enough for many rounds.
MEASURED = {1: 64, 16: 128, 256: 256}
ROUNDS_MIN = 5
PROFILED_ROUNDS = 12
PROFILED_LINES = 15
# What the project aims at, of batch 256 beside the post-quantum peer.
AIMS = {"seal": 6.0, "open": 1.8, "open again": 1.8}

Key = tuple[str, int, str]


@dataclass(frozen=True)
class Run:
    """All samples (messages a second) by contender, batch and act, and bytes of one envelope."""

    samples: dict[Key, list[float]]
    sizes: dict[str, int]
    rounds: int


def measure(contenders: Sequence[Contender], seconds: float) -> Run:
    """Interleaved rounds until the time is over, at least five."""
    samples: dict[Key, list[float]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for contender in contenders:  # the first use of a library is not what we measure
        sizes[contender.name] = len(contender.seal(messages_of(MESSAGE_BYTES, 1))[0])
    end = time.monotonic() + seconds
    rounds = 0
    while rounds < ROUNDS_MIN or time.monotonic() < end:
        turn = rounds % len(contenders)
        for batch in MEASURED:
            for contender in (*contenders[turn:], *contenders[:turn]):
                for act, rate in one(contender, batch).items():
                    samples[contender.name, batch, act].append(rate)
        rounds += 1
    return Run(dict(samples), sizes, rounds)


def one(contender: Contender, batch: int) -> dict[str, float]:
    """One measurement: messages a second by act; what was opened is compared."""
    messages = messages_of(MESSAGE_BYTES, MEASURED[batch])
    batches = [messages[at : at + batch] for at in range(0, len(messages), batch)]
    gc.collect()
    started = time.perf_counter()
    sealed = [contender.seal(some) for some in batches]
    turned = time.perf_counter()
    opened = [contender.open(some) for some in sealed]
    ended = time.perf_counter()
    rates = {"seal": len(messages) / (turned - started), "open": len(messages) / (ended - turned)}
    if contender.remembers:
        again = time.perf_counter()
        opened_again = [contender.open(some) for some in sealed]
        rates["open again"] = len(messages) / (time.perf_counter() - again)
        opened = opened if opened_again == opened else []
    if opened != batches:
        raise AssertionError(f"{contender.name} did not return what it was given")
    return rates


def figures(run: Run) -> list[dict[str, Any]]:
    """One entry for each contender, batch and act: median, p10 and p90, ratio of ours to it."""
    found = []
    for (name, batch, act), samples in sorted(run.samples.items(), key=_order):
        cuts = quantiles(samples, n=10)
        ours = run.samples.get(("relec", batch, act.removesuffix(" again")))
        found.append(
            {
                "contender": name,
                "batch": batch,
                "act": act,
                "median_per_second": round(median(samples)),
                "p10_per_second": round(cuts[0]),
                "p90_per_second": round(cuts[-1]),
                "relec_to_this": round(median(ours) / median(samples), 2) if ours else None,
            }
        )
    return found


def aims(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whether the ratios at batch 256 beside the post-quantum peer meet the project's aims."""
    return [
        {
            "act": entry["act"],
            "aim": AIMS[entry["act"]],
            "reached": entry["relec_to_this"],
            "met": entry["relec_to_this"] >= AIMS[entry["act"]],
        }
        for entry in found
        if entry["contender"] == "pysequoia" and entry["batch"] == 256 and entry["relec_to_this"]
    ]


def table(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {found}" for name, found in machine["packages"].items())
    lines = [
        "# Seal and open, messages a second",
        "",
        f"{machine['processor']}, {machine['cores']} cores, one thread used; Python "
        f"{machine['python']}, {machine['system']}; {versions}. Messages of "
        f"{result['message_bytes']} bytes; {result['rounds']} interleaved rounds on "
        f"{result['date']}; load before and after {result['load'][0]:.1f} and "
        f"{result['load'][1]:.1f}. Median (p10 to p90); ratio of our median to the contender's.",
        "",
        "| contender | batch | seal/s | ratio | open/s | ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    by_key = {(e["contender"], e["batch"], e["act"]): e for e in result["figures"]}
    for name, batch in dict.fromkeys((e["contender"], e["batch"]) for e in result["figures"]):
        seal, first, again = (
            by_key.get((name, batch, act)) for act in ("seal", "open", "open again")
        )
        lines.append(f"| {name} | {batch} | {_cells(seal)} | {_cells(first)} |")
        if again:
            lines.append(f"| {name}, opened before | {batch} | | | {_cells(again)} |")
    lines += ["", "| contender | bytes of one sealed message | includes |", "|---|---:|---|"]
    lines += [f"| {n} | {s['bytes']:,} | {s['about']} |" for n, s in result["contenders"].items()]
    for aim in result["aims"]:
        outcome = "met" if aim["met"] else "missed"
        reached = f"{aim['reached']} times, {outcome}"
        lines += ["", f"Aim at batch 256, {aim['act']}: {aim['aim']} times pysequoia: {reached}."]
    return "\n".join(lines) + "\n"


def _cells(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "|"
    spread = f"{entry['p10_per_second']:,} to {entry['p90_per_second']:,}"
    return f"{entry['median_per_second']:,} ({spread}) | {entry['relec_to_this'] or ''}"


def profile(contender: Contender, batch: int) -> str:
    """The functions of our own path that take most time, sealing and opening apart."""
    parts = []
    for act in ("seal", "open"):
        profiler = cProfile.Profile()
        for _ in range(PROFILED_ROUNDS):
            messages = messages_of(MESSAGE_BYTES, batch)
            if act == "seal":
                sealed = profiler.runcall(contender.seal, messages)
                contender.open(sealed)
            else:
                profiler.runcall(contender.open, contender.seal(messages))
        parts.append(_profiled(profiler, act, batch))
    return "\n".join(parts)


def _profiled(profiler: cProfile.Profile, act: str, batch: int) -> str:
    stats: dict[Any, Any] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    whole = sum(entry[2] for entry in stats.values())
    count = batch * PROFILED_ROUNDS
    lines = [
        f"## {act}, batch {batch}: {whole / count * 1e6:.0f} µs a message under the profiler",
        "",
        "| own time | µs a message | calls a message | function |",
        "|---:|---:|---:|---|",
    ]
    for (path, _, function), entry in sorted(stats.items(), key=lambda i: -i[1][2])[
        :PROFILED_LINES
    ]:
        where = Path(path).stem if path not in ("~", "") else "built in"
        lines.append(
            f"| {entry[2] / whole:.0%} | {entry[2] / count * 1e6:.1f} | {entry[1] / count:.2f} "
            f"| {where}: {function.replace('|', '/')} |"
        )
    return "\n".join(lines) + "\n"


def _order(item: tuple[Key, list[float]]) -> tuple[int, int, str]:
    name, batch, act = item[0]
    return list(ALL).index(name), batch, act


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the run")
    parser.add_argument("--only", choices=list(ALL), action="append", help="leave the others out")
    parser.add_argument("--out", type=Path, default=ROOT / ".work" / "bench", help="folder")
    parser.add_argument("--profile", action="store_true", help="profile our own path instead")
    return parser.parse_args()


def main() -> None:
    """Measure, print the table, and write it beside a JSON file."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.profile:
        text = "".join(profile(ALL["relec"](), batch) + "\n" for batch in (1, 256))
        (arguments.out / "seal_open_profile.md").write_text(text, "utf-8")
        print(text)
        return
    try:
        contenders = [ALL[name]() for name in arguments.only or ALL]
    except ImportError as error:
        raise SystemExit(f"{error.name} is not installed: run make bench-setup") from None
    before = load()
    run = measure(contenders, arguments.seconds)
    found = figures(run)
    result = {
        "benchmark": "seal_open",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": describe(("cryptography", "pysequoia", "joserfc")),
        "load": [before, load()],
        "message_bytes": MESSAGE_BYTES,
        "rounds": run.rounds,
        "contenders": {
            one.name: {"about": one.about, "bytes": run.sizes[one.name]} for one in contenders
        },
        "figures": found,
        "aims": aims(found),
    }
    (arguments.out / "seal_open.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (arguments.out / "seal_open.md").write_text(table(result), "utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
