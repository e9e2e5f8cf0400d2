"""The benchmark of two nodes runs as it is, and its messages need nobody. No figure is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.broker

SCRIPT = Path(__file__).parents[2] / "bench" / "end_to_end.py"


def test_every_message_that_was_submitted_is_receipted_and_counted(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--seconds", "0.5", "--batch", "4"]
    subprocess.run([*command, "--out", str(tmp_path)], check=True, capture_output=True, timeout=500)
    told = json.loads((tmp_path / "end_to_end.json").read_text("utf-8"))
    assert told["messages"] >= told["batch"] * told["producers"]
    assert told["end_to_end_per_second"] > 0
    assert set(told["cpu_ms_per_message"]) == {"producers", "tr", "pk"}
    assert str(SCRIPT.parents[1]) not in json.dumps(told)
