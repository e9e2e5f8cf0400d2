"""By what a node knows that nothing happened to its files since it wrote last: the machine has not
been started anew, and store and guard copy are the files that they were.

Contract: `mark` is equal at two starts only if all of that holds. A machine restored from a
snapshot has another boot id, a copied directory other files. What the guard copy says of its own
time of change is looked at in `adapters.guard`.
"""

from __future__ import annotations

from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux tells a random id of the present run of the machine."""


def mark(*files: Path) -> str:
    """One line for this run of the machine and these files; empty if it cannot be told."""
    try:
        boot = BOOT_ID.read_text("ascii").strip()
        places = [path.stat() for path in files]
    except (OSError, UnicodeDecodeError):
        return ""
    return " ".join([boot, *(f"{place.st_dev}:{place.st_ino}" for place in places)])
