"""The benchmarks of the log run: figures come from scripts that work. None is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parents[3] / "bench"


def run(name: str, out: Path, *arguments: str) -> Any:
    command = [sys.executable, str(BENCH / f"{name}.py"), *arguments, "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=400)
    text = (out / f"{name}.json").read_text("utf-8")
    assert str(BENCH.parent) not in text
    assert "| aim |" in (out / f"{name}.md").read_text("utf-8")
    return json.loads(text)


def test_appends_of_every_number_of_producers_stand_beside_the_disk(tmp_path: Path) -> None:
    result = run("appends", tmp_path, "--slice", "0.02", "--rounds", "1", "--costs", "30")
    rates = result["appends_per_second"]
    assert {"fdatasync", "in place"} | {f"relec {n}" for n in (1, 8, 64, 256)} <= set(rates)
    assert all(rates[f"unsigned {n}"]["median"] > 0 for n in (1, 8, 64, 256))
    assert result["ratios"]["64 producers / 1 producer"]["aim"] == 10.0
    costs = result["costs"]
    assert costs["syncs_an_append"] >= 2
    assert {"store", "guard", "signing", "commit", "rest", "all"} == set(costs["milliseconds"])
    assert all(spent >= 0 for spent in costs["milliseconds"].values())
    assert "Syncs an append" in (tmp_path / "appends.md").read_text("utf-8")


def test_a_log_is_verified_by_one_process_and_by_two(tmp_path: Path) -> None:
    result = run("verify_log", tmp_path, "--size", "3000", "--rounds", "1", "--proofs", "50")
    assert result["entries"] == 3000
    assert {"hashed, 1 process (s)", "parsed, 2 processes (s)"} <= set(result["figures"])
    assert result["figures"]["proof checked, median (µs)"]["median"] > 0


def test_two_sizes_of_a_log_append_side_by_side(tmp_path: Path) -> None:
    sizes = ("--sizes", "300,900")
    result = run("growth", tmp_path, *sizes, "--slice", "0.05", "--rounds", "1")
    assert result["ratios"]["64 producers, 900 / 300"]["median"] > 0
