"""The benchmark runs: figures come from a script that works. None is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "bench" / "seal_open.py"


def test_our_own_path_is_measured_at_every_batch_size(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--only", "relec", "--seconds", "0"]
    subprocess.run([*command, "--out", str(tmp_path)], check=True, capture_output=True, timeout=400)
    result = json.loads((tmp_path / "seal_open.json").read_text("utf-8"))
    measured = {(figure["batch"], figure["act"]) for figure in result["figures"]}
    assert measured == {(batch, act) for batch in (1, 16, 256) for act in ("seal", "open")}
    assert all(figure["median_per_second"] > 0 for figure in result["figures"])
    assert "| relec | 256 |" in (tmp_path / "seal_open.md").read_text("utf-8")
    assert str(SCRIPT.parents[1]) not in json.dumps(result)
