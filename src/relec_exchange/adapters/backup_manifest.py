"""What a backup is: a manifest that names every file with size and SHA-256, and the heads of the
logs.

Contract: nothing is believed but the manifest, and no file that differs from it; it names no place
outside of what a backup has.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relec_exchange.errors import IntegrityFailure, InvalidInput, NotFound

MANIFEST: Final = "manifest.json"
MANIFEST_MAX_BYTES: Final = 4 * 1024 * 1024
STORE: Final = "store.db"
SETTINGS: Final = "node.toml"
FORMAT: Final = "relec/v1 backup"


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class BackupFile(_Document):
    """One file: where it lies in the backup, its size, its SHA-256 in hex."""

    path: Annotated[str, Field(min_length=1, max_length=400)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BackupHead(_Document):
    """How far a log had come."""

    origin: Annotated[str, Field(min_length=1, max_length=255)]
    size: Annotated[int, Field(ge=0)]
    root: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(_Document):
    """What a backup is and holds. `left_out` names files of keys that are not encrypted."""

    format: Literal["relec/v1 backup"]
    network: Annotated[str, Field(min_length=1, max_length=255)]
    node: Annotated[str, Field(min_length=1, max_length=64)]
    made_at: Annotated[str, Field(min_length=1, max_length=40)]
    keys: bool
    files: Annotated[list[BackupFile], Field(min_length=1, max_length=100_000)]
    heads: Annotated[list[BackupHead], Field(max_length=1000)]
    left_out: Annotated[list[str], Field(max_length=1000)]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def read_backup(source: Path) -> Manifest:
    """The manifest of a backup, every file held against it.

    Errors: NotFound, InvalidInput (no manifest of this format), IntegrityFailure (a file is
    missing or not as it was written, or the store does not have the heads that are named).
    """
    path = source / MANIFEST
    if not path.is_file():
        raise NotFound(
            f"there is no {path}", field="source", remedy="name the directory of a backup"
        )
    try:
        with path.open("rb") as opened:
            manifest = Manifest.model_validate_json(opened.read(MANIFEST_MAX_BYTES))
        for file in manifest.files:
            _check_place(file.path)
        if not {STORE, SETTINGS} <= {file.path for file in manifest.files}:
            raise ValueError(MANIFEST)
    except (ValidationError, ValueError):
        raise InvalidInput(
            f"{path} is no manifest of a backup", field="manifest", remedy="take another backup"
        ) from None
    for file in manifest.files:
        _check_file(source, file)
    if heads(source / STORE, alone=True) != manifest.heads:
        raise _differs(STORE)
    return manifest


def heads(store: Path, *, alone: bool = False) -> list[BackupHead]:
    """The heads of the logs in a store, read without changing anything; `alone` without a log that
    lies beside the file.

    Errors: IntegrityFailure for what is no store.
    """
    query = "select origin, size, root from log_head order by origin"
    try:
        with closing(reading(store, alone=alone)) as db:
            return [
                BackupHead(origin=origin, size=size, root=bytes(root).hex())
                for origin, size, root in db.execute(query)
            ]
    except sqlite3.DatabaseError:
        raise IntegrityFailure(
            f"{store.name} cannot be read as a store", remedy="move it aside, and keep it"
        ) from None


def reading(store: Path, *, alone: bool = False) -> sqlite3.Connection:
    """A connection that cannot write. A log beside the file is read too, unless it is alone."""
    logged = not alone and store.with_name(store.name + "-wal").exists()
    mode = "ro" if logged else "ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(store))}?mode={mode}", uri=True)


def digest(path: Path) -> str:
    """SHA-256 of a file in hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_place(path: str) -> None:
    """ValueError for a file that no backup has: nothing is ever written elsewhere."""
    pure = PurePosixPath(path)
    if path in (STORE, SETTINGS):
        return
    if pure.parts[0] not in ("trust", "keys") or ".." in pure.parts or len(pure.parts) < 2:
        raise ValueError(path)
    if str(pure) != path or pure.name.startswith("."):
        raise ValueError(path)


def _check_file(source: Path, file: BackupFile) -> None:
    check_copy(source / file.path, file)


def check_copy(path: Path, file: BackupFile) -> None:
    """IntegrityFailure unless this is a plain file with the bytes that the manifest names."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size != file.size:
        raise _differs(file.path)
    if digest(path) != file.sha256:
        raise _differs(file.path)


def _differs(path: str) -> IntegrityFailure:
    return IntegrityFailure(
        f"{path} is not as the backup was written", remedy="take another backup"
    )
