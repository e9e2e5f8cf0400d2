"""The guard port: a copy of both log heads outside the store, to notice a restored store.

Two slots are written in turn, each with a digest and in a disk block of its own, so that a write
cut short leaves the other slot whole. A new file appears under its name only when it is complete.
Keep it on another disk than the store where there is one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from relec_exchange.errors import IntegrityFailure, Unavailable

SLOT = 4096
Heads = dict[str, tuple[int, bytes]]


class GuardFile:
    """See `relec_exchange.ports.Guard`; `path` is made if missing, with mode 0600.

    IntegrityFailure if the file is there and neither slot is whole.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        try:
            if not path.exists():
                _create(path)
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise Unavailable(f"the guard copy cannot be opened: {error.strerror}") from None
        try:
            self._turn, self._heads = self._load()
        except IntegrityFailure:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def read(self) -> Heads:
        """Origin -> (size, root) as last written; empty for a new file."""
        return dict(self._heads)

    def write(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Replace the copy durably. Unavailable if the disk refuses; the last copy stands then."""
        turn, merged = self._turn + 1, {**self._heads, **heads}
        slot = _slot(turn, merged)
        try:
            os.pwrite(self._file, slot, (turn % 2) * SLOT)
            os.fdatasync(self._file)
        except OSError as error:
            raise Unavailable(f"the guard copy cannot be written: {error.strerror}") from None
        self._turn, self._heads = turn, merged

    def _load(self) -> tuple[int, Heads]:
        found = [_read_slot(os.pread(self._file, SLOT, at)) for at in (0, SLOT)]
        whole = [slot for slot in found if slot is not None]
        if not whole:
            raise IntegrityFailure(
                f"the guard copy {self._path.name} is damaged",
                remedy="see docs/how-to/restore.md before the node may sign again",
            )
        return max(whole, key=lambda slot: slot[0])


def _create(path: Path) -> None:
    """A file with one whole slot, visible only when the disk has it."""
    started = path.with_name(path.name + ".new")
    file = os.open(started, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, _slot(1, {}), SLOT)
        os.pwrite(file, b" " * SLOT, 0)
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(started, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _slot(turn: int, heads: Heads) -> bytes:
    body = json.dumps(
        {"turn": turn, "heads": {o: [size, root.hex()] for o, (size, root) in heads.items()}}
    ).encode()
    line = hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"
    if len(line) > SLOT:
        raise IntegrityFailure("the guard copy has outgrown its slot")
    return line.ljust(SLOT, b" ")


def _read_slot(data: bytes) -> tuple[int, Heads] | None:
    """Turn and heads of a slot, or None for one that was never or not wholly written."""
    digest, _, body = data.strip().partition(b" ")
    if not body or hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    value = json.loads(body)
    heads = {o: (int(size), bytes.fromhex(root)) for o, (size, root) in value["heads"].items()}
    return int(value["turn"]), heads
