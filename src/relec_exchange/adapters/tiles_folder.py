"""A directory that holds an exported log: C2SP tlog-tiles as files, the checkpoint among them.

Contract: every file appears under its name whole. The checkpoint is written last, when the disk has
what it covers; what an interrupted export left beyond it hurts nobody. A file that is a link, a
pipe, missing or longer than its kind may be is `Unverified(PROOF_MALFORMED)`: what lies in such a
directory may come from anybody.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from relec_exchange.adapters.privatefiles import sync_directory
from relec_exchange.audit.tile import TILE_BYTES, TILE_WIDTH
from relec_exchange.audit.tile_files import (
    BUNDLE_MAX_BYTES,
    CHECKPOINT,
    ENTRIES,
    TileFile,
    TileName,
    read_bundle,
    width_at,
)
from relec_exchange.errors import InvalidInput, Reason, Unavailable, Unverified
from relec_exchange.message.constants import LIMITS

_PART: Final = ".part"
# Not waiting for the other end of a pipe that somebody put in a file's place.
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class TilesFolder:
    """One exported log in `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def checkpoint(self) -> bytes:
        """The signed checkpoint, or nothing if none was written here yet."""
        if not os.path.lexists(self.path / CHECKPOINT):
            return b""
        return self._read(CHECKPOINT, LIMITS.note_max_bytes)

    def bytes_of(self, name: TileName) -> bytes:
        """The bytes of a tile or bundle."""
        return self._read(name.path(), BUNDLE_MAX_BYTES if name.level == ENTRIES else TILE_BYTES)

    def hashes(self, size: int, level: int, n: int) -> bytes:
        """The hashes of tile (level, n) as a tree of `size` leaves has it; empty if it has none."""
        width = width_at(size, level, n)
        return self.bytes_of(TileName(level, n, width)) if width else b""

    def entries(self, size: int, n: int) -> list[bytes]:
        """The entries of bundle `n` as a log of `size` entries has it; empty if it has none."""
        width = width_at(size, ENTRIES, n)
        return read_bundle(self.bytes_of(TileName(ENTRIES, n, width)), width) if width else []

    def write(self, files: Iterable[TileFile]) -> int:
        """Write tiles and bundles; returns how many. `Unavailable` if the disk takes them not."""
        count = 0
        for file in files:
            with self._taking():
                self._put(file.name.path(), file.data, durably=False)
            count += 1
        return count

    def put(self, path: str, data: bytes) -> None:
        """Write one file, whole and durably, whatever was there before.

        What `write` wrote is on the disk before this file has its name.
        """
        with self._taking():
            os.sync()  # one wait for all files, where each of thousands would have its own
            self._put(path, data, durably=True)
            sync_directory((self.path / path).parent)

    def keep(self, path: str, data: bytes) -> None:
        """As `put`, unless the file has these bytes already."""
        try:
            if self._read(path, len(data)) == data:
                return
        except Unverified:
            pass  # missing, longer, or no file
        self.put(path, data)

    def _put(self, path: str, data: bytes, *, durably: bool) -> None:
        target = self.path / path
        part = target.with_name(f".{target.name}{_PART}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, _NEW, 0o644), "wb") as opened:
            opened.write(data)
            if durably:
                opened.flush()
                os.fsync(opened.fileno())
        part.replace(target)

    @contextmanager
    def _taking(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"the directory of the export takes no file: {error.strerror}",
                field="directory",
                remedy="check space and permissions, then export again: it goes on from there",
            ) from None

    def drop_outgrown(self, size: int) -> int:
        """Remove partial files whose full one is there too; returns how many.

        Those that an older checkpoint needs and no full file replaces yet stay.
        """
        dropped = 0
        for name in list(self.names()):
            full = TileName(name.level, name.n, TILE_WIDTH)
            grown = width_at(size, name.level, name.n) == TILE_WIDTH
            if name.width < TILE_WIDTH and grown and (self.path / full.path()).is_file():
                file = self.path / name.path()
                file.unlink()
                with suppress(OSError):  # others may still stand beside it
                    file.parent.rmdir()
                dropped += 1
        return dropped

    def names(self) -> Iterator[TileName]:
        """All tiles and bundles in the directory. `Unverified` for what is neither."""
        for folder, _, files in os.walk(self.path / "tile"):
            for file in files:
                path = (Path(folder) / file).relative_to(self.path).as_posix()
                if file.startswith(".") and file.endswith(_PART):
                    continue  # of an export that was interrupted
                try:
                    yield TileName.parse(path)
                except InvalidInput:
                    raise Unverified(
                        Reason.PROOF_MALFORMED, f"{path} is no file of a log"
                    ) from None

    def _read(self, path: str, limit: int) -> bytes:
        try:
            handle = os.open(self.path / path, _READ)
        except OSError as error:
            raise Unverified(
                Reason.PROOF_MALFORMED, f"{path} cannot be read: {error.strerror}"
            ) from None
        with os.fdopen(handle, "rb") as opened:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unverified(Reason.PROOF_MALFORMED, f"{path} is not a file")
            data = opened.read(limit + 1)
        if len(data) > limit:
            raise Unverified(Reason.PROOF_MALFORMED, f"{path} is too long")
        return data
