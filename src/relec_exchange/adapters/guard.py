"""The guard port: a copy of both log heads outside the store, to notice a restored store.

Two slots are written in turn, each with a digest and in a disk block of its own, so that a write
cut short leaves the other slot whole. A new file appears under its name only when it is complete.
Keep it on another disk than the store where there is one.

A slot also keeps the mark of who wrote it (`adapters.continuity`) and when. The mark of a file that
was changed by anybody else since, or copied, does not count: no copy keeps the time of change.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from relec_exchange.errors import IntegrityFailure, Unavailable

SLOT = 4096
Heads = dict[str, tuple[int, bytes]]

TOUCHED_NANOSECONDS = 2 * 10**9
"""How far the time of change may lie from when we wrote: by more, it was not we who wrote last."""


@dataclass(frozen=True, slots=True)
class _Slot:
    turn: int
    heads: Heads
    mark: str = ""
    written: int = 0


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
            slot = self._load()
        except IntegrityFailure:
            os.close(self._file)
            raise
        self._turn, self._heads = slot.turn, slot.heads
        touched = abs(os.fstat(self._file).st_ctime_ns - slot.written) > TOUCHED_NANOSECONDS
        self._mark = "" if touched else slot.mark

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def read(self) -> Heads:
        """Origin -> (size, root) as last written; empty for a new file."""
        return dict(self._heads)

    @property
    def mark(self) -> str:
        """The mark under which it was written last; empty if there is none that counts."""
        return self._mark

    def bind(self, mark: str) -> None:
        """Write under this mark from the next write on."""
        self._mark = mark

    def write(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Replace the copy durably. Unavailable if the disk refuses; the last copy stands then."""
        turn, merged = self._turn + 1, {**self._heads, **heads}
        slot = _slot(turn, merged, self._mark, time.time_ns())
        try:
            os.pwrite(self._file, slot, (turn % 2) * SLOT)
            os.fdatasync(self._file)
        except OSError as error:
            raise Unavailable(f"the guard copy cannot be written: {error.strerror}") from None
        self._turn, self._heads = turn, merged

    def _load(self) -> _Slot:
        found = [_read_slot(os.pread(self._file, SLOT, at)) for at in (0, SLOT)]
        whole = [slot for slot in found if slot is not None]
        if not whole:
            raise IntegrityFailure(
                f"the guard copy {self._path.name} is damaged",
                remedy="see docs/how-to/restore.md before the node may sign again",
            )
        return max(whole, key=lambda slot: slot.turn)


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


def _slot(turn: int, heads: Heads, mark: str = "", written: int = 0) -> bytes:
    copies = {o: [size, root.hex()] for o, (size, root) in heads.items()}
    told = {"turn": turn, "heads": copies, "mark": mark, "written": written}
    body = json.dumps(told).encode()
    line = hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"
    if len(line) > SLOT:
        raise IntegrityFailure("the guard copy has outgrown its slot")
    return line.ljust(SLOT, b" ")


def _read_slot(data: bytes) -> _Slot | None:
    """What a slot says, or None for one that was never or not wholly written."""
    digest, _, body = data.strip().partition(b" ")
    if not body or hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    value = json.loads(body)
    heads = {o: (int(size), bytes.fromhex(root)) for o, (size, root) in value["heads"].items()}
    # A file of an earlier version has no mark: then nothing is known.
    return _Slot(int(value["turn"]), heads, value.get("mark", ""), value.get("written", 0))
