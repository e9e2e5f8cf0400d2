"""Collects what the benchmarks of the log measured last into one page, with the machine.

.venv/bin/python bench/appends.py && .venv/bin/python bench/verify_log.py
.venv/bin/python bench/growth.py --sizes 10000,10000000
.venv/bin/python bench/figures.py [--results DIR] [--page FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

BENCH = Path(__file__).resolve().parent
TITLES = {
    "appends": "Durable appends (`appends.py`)",
    "verify_log": "Verifying a log, making and checking proofs (`verify_log.py`)",
    "growth": "Growth (`growth.py`)",
}
HEAD = """# Figures of the log

Written by `figures.py` from the last run of each script; see [README](README.md) for what they
measure. Ratios within one run count; figures of two runs or of two machines are never compared.
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--results", type=Path, default=BENCH.parent / ".work" / "bench")
    asked.add_argument("--page", type=Path, default=BENCH / "figures.md")
    options = asked.parse_args()
    parts = [HEAD]
    for name, title in TITLES.items():
        result, table = options.results / f"{name}.json", options.results / f"{name}.md"
        if not result.exists():
            print(f"{name}.py has not run")
            continue
        machine = json.loads(result.read_text("utf-8"))["machine"]
        where = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
        parts.append(f"## {title}\n\n{where}, Python {machine['python']}.\n\n{table.read_text()}")
    options.page.write_text("\n".join(parts))
    print(options.page.name)


if __name__ == "__main__":
    main()
