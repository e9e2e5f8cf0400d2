"""Roots and proofs of exported logs as pymerkle computes them: an oracle, nothing of it is shipped.

Usage: python roots.py DIRECTORY...

Reads nothing of an export but the bundles of entries. One JSON line a directory: its number of
entries, and the root at each size that is a power of two, or one off, or the last. Runs in the
environment beside it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pymerkle import InmemoryTree


def entries(directory: Path) -> list[bytes]:
    """All entries of the export, in order."""
    found: list[bytes] = []
    base = directory / "tile" / "entries"
    widest: dict[str, Path] = {}
    for file in base.rglob("*"):
        if file.is_file():
            number = file.relative_to(base).as_posix().partition(".p/")[0]
            key = number.replace("x", "").replace("/", "").zfill(20)
            if key not in widest or _width(file) > _width(widest[key]):
                widest[key] = file
    for _, file in sorted(widest.items()):
        data, at = file.read_bytes(), 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            found.append(data[at + 2 : end])
            at = end
    return found


def _width(file: Path) -> int:
    return int(file.name) if file.parent.name.endswith(".p") else 256


def sizes(last: int) -> list[int]:
    """Sizes at which trees change their shape."""
    powers = [1 << level for level in range(last.bit_length())]
    near = {size + off for size in powers for off in (-1, 0, 1)} | {last}
    return sorted(size for size in near if 0 < size <= last)


def main(directories: list[str]) -> int:
    """Print the roots of each directory."""
    if not directories:
        sys.stderr.write("usage: python roots.py DIRECTORY...\n")
        return 2
    for name in directories:
        tree = InmemoryTree(algorithm="sha256")
        for entry in entries(Path(name)):
            tree.append_entry(entry)
        size = tree.get_size()
        roots = {str(one): tree.get_root(one).hex() for one in sizes(size)}
        sys.stdout.write(json.dumps({"directory": name, "size": size, "roots": roots}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
