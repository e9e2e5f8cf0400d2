"""The evidence vectors as files: read once, manipulated as each of them says."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "vectors" / "evidence"
NAMES = sorted(path.stem for path in HERE.glob("*.json"))
GOOD = [name for name in NAMES if name.startswith("good-")]
BAD = [name for name in NAMES if name.startswith("bad-")]


@cache
def vector(name: str) -> dict[str, Any]:
    """A vector as it stands in its file."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return found


def file_of(name: str) -> bytes:
    """The bytes of the bundle that a vector is about."""
    told = vector(name)
    bundle = copy.deepcopy(vector(told.get("of", name))["bundle"])
    for change in told.get("patch", ()):
        *way, last = change["path"].split("/")[1:]
        at = bundle
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        _apply(at, last, change)
    text = json.dumps(bundle)
    old, new = told.get("replace", ("", ""))
    assert old in text
    return text.replace(old, new, 1).encode() if old else text.encode()


def _apply(at: Any, last: str, change: dict[str, Any]) -> None:
    if isinstance(at, list) and change["op"] == "add":
        assert last == "-"
        at.append(change["value"])
    elif change["op"] == "remove":
        del at[int(last) if isinstance(at, list) else last]
    else:
        at[int(last) if isinstance(at, list) else last] = change["value"]
