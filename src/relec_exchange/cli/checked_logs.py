"""What an auditor has checked of logs before, kept in a file, so that the next check reads only
what is new.

Contract: the file belongs to the auditor; who can change it can hide what was changed before it
was written. It holds heads, counts and the right edge of each tree, whose root is computed again
when it is read. `InvalidInput` for a file that is not one, or does not fit its own root.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from relec_exchange.audit.tile import TILE_HEIGHT, TILE_WIDTH
from relec_exchange.audit.tiles import Tree
from relec_exchange.cli.log_check import LogCheck
from relec_exchange.errors import InvalidInput, RelecError

FORMAT: Final = "relec/v1 checked logs"
FILE_MAX: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """A log as it was checked: its state as JSON, with `at` and the signed `checkpoint`."""

    document: Mapping[str, Any]

    @property
    def size(self) -> int:
        """How many entries were checked."""
        return int(self.document["size"])

    @property
    def root(self) -> str:
        """Their root, in hex."""
        return str(self.document["root"])

    @property
    def at(self) -> str:
        """When."""
        return str(self.document["at"])

    @property
    def anchors(self) -> dict[str, tuple[int, str]]:
        """The newest size and root of each activity log that this log names."""
        return {origin: (size, root) for origin, size, root in self.document["anchors"]}

    def check(self) -> LogCheck:
        """A check that goes on from there."""
        said = self.document
        edge = {int(level): bytes.fromhex(tile) for level, tile in said["edge"].items()}
        tree = Tree(self.size, lambda level, n: edge.get(level, b""))
        try:
            same = tree.root().hex() == self.root
        except RelecError:
            same = False
        if not same:
            raise _broken()
        sequences = {(to, cls): number for to, cls, number in said["sequences"]}
        check = LogCheck(
            said["origin"],
            tree,
            Counter(said["kinds"]),
            opened=said["opened"],
            edge=edge,
            last_time=said["last_time"],
        )
        check.sequences.update(sequences)
        check.anchors.update(self.anchors)
        return check


def checked(check: LogCheck, checkpoint: str, at: str) -> Checked:
    """What is kept of a check that went well."""
    size = check.tree.size
    edge = {
        str(level): tile.hex()
        for level, tile in sorted(check.edge.items())
        if (size >> TILE_HEIGHT * level) % TILE_WIDTH
    }
    return Checked(
        {
            "origin": check.origin,
            "size": size,
            "root": check.tree.root().hex(),
            "at": at,
            "checkpoint": checkpoint,
            "last_time": check.last_time,
            "opened": check.opened,
            "kinds": dict(sorted(check.kinds.items())),
            "sequences": [[*chain, number] for chain, number in sorted(check.sequences.items())],
            "anchors": [[origin, *found] for origin, found in sorted(check.anchors.items())],
            "edge": edge,
        }
    )


def read_checked(file: Path) -> dict[str, Checked]:
    """What was checked, by log; empty if there is no such file yet."""
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_MAX + 1)
    except FileNotFoundError:
        return {}
    try:
        document = json.loads(data)
        logs = {str(one["origin"]): Checked(one) for one in document["logs"]}
        if document["format"] != FORMAT or len(data) > FILE_MAX:
            raise _broken()
        for one in logs.values():
            one.check()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _broken() from None
    return logs


def write_checked(file: Path, logs: Mapping[str, Checked]) -> None:
    """Replace the file in one step; only its owner may read it."""
    listed = [logs[origin].document for origin in sorted(logs)]
    data = json.dumps({"format": FORMAT, "logs": listed}, indent=1).encode()
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be written: {error.strerror}",
            field="since",
            remedy="name a file of yours with --since FILE",
        ) from None


def _broken() -> InvalidInput:
    return InvalidInput(
        "this file does not hold what was checked before, or was changed",
        field="since",
        remedy="name another, or remove it and check everything again",
    )
