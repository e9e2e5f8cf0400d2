"""Making a backup: the store as of one commit with the signed files that it rests on, and never
the vault.

Contract: the store may be in use. The directory has its name only when it is whole. Neither the
vault nor the guard copy is in it: what was erased must stay erased, and an old guard copy guards
nothing. Keys are in it only when asked for, and only those whose files are encrypted.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from relec_exchange.adapters.backup_manifest import (
    FORMAT,
    MANIFEST,
    SETTINGS,
    STORE,
    BackupFile,
    Manifest,
    digest,
    heads,
    reading,
)
from relec_exchange.adapters.privatefiles import make_private_directory, sync_directory
from relec_exchange.errors import Conflict, IntegrityFailure, NotFound, Unavailable
from relec_exchange.message.identifiers import format_time

_LOCKED: Final = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"-----BEGIN RELEC ")
"""How a key file begins that needs a passphrase."""


@dataclass(frozen=True, slots=True)
class Home:
    """A node's directory: who it is, and where it keeps what a backup holds; `never` are files
    (vault, guard copy) that are in none, even if they lie in a directory that is, with what lies
    beside them under their name.
    """

    path: Path
    network: str
    node: str
    store: Path
    trust: Path
    keys: Path
    never: tuple[Path, ...] = ()


def make_backup(home: Home, target: Path, now: datetime, *, keys: bool = False) -> Manifest:
    """Back up a node, which may be running, to the new directory `target`.

    Errors: Conflict (the directory exists), NotFound (no store), Unavailable (a disk).
    """
    if target.exists():
        raise Conflict(
            f"{target} exists already", field="target", remedy="name a directory that is new"
        )
    store = home.store
    if not store.is_file():
        raise NotFound("this node has no store yet", field="store", remedy="start it once")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    make_private_directory(part)
    try:
        _copy_store(store, part / STORE)
        left_out = _copy_files(home, part, keys=keys)
        manifest = Manifest(
            format=FORMAT,
            network=home.network,
            node=home.node,
            made_at=format_time(now),
            keys=keys,
            files=[_described(part, path) for path in _files(part)],
            heads=heads(part / STORE),
            left_out=left_out,
        )
        write_whole(part / MANIFEST, manifest.model_dump_json(indent=1).encode())
        for folder in {path.parent for path in _files(part)}:
            sync_directory(folder)
        os.rename(part, target)
        sync_directory(target.parent)
    except (OSError, sqlite3.OperationalError) as error:
        raise Unavailable(f"the backup cannot be written: {error}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def _copy_store(store: Path, target: Path) -> None:
    """One transaction's view of the store, whatever is committed meanwhile."""
    target.touch(mode=0o600)
    with closing(reading(store)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode=delete").fetchone()
        answer = copy.execute("pragma quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise IntegrityFailure("the store is damaged", remedy="run relec fsck")
    sync_file(target)


def _copy_files(home: Home, part: Path, *, keys: bool) -> list[str]:
    """Settings and signed files, and the encrypted keys if asked for; returns what stayed."""
    write_whole(part / SETTINGS, (home.path / SETTINGS).read_bytes())
    for name, path in _below(home.trust, (*home.never, home.store)):
        if path.suffix == ".key":
            continue  # keys are asked for by name, wherever they lie
        _take(path, part / "trust" / name)
    left_out = []
    for name, path in _below(home.keys, home.never) if keys else ():
        if path.read_bytes().startswith(_LOCKED):
            _take(path, part / "keys" / name)
        elif path.suffix == ".key":
            left_out.append(name)
    return left_out


def _below(folder: Path, never: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Files below a folder, but for links, which lead elsewhere, and what lies in `never`;
    half-written ones, and directories of another backup under way, begin with a dot.
    """
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_symlink() or not path.is_file() or hidden:
            continue
        if not any(_beside(path, one) for one in never):
            yield inside.as_posix(), path


def _beside(path: Path, file: Path) -> bool:
    """Whether a path is this file, or a file or folder whose name continues its name, or in one."""
    return any(
        one.parent == file.parent and one.name.startswith(file.name)
        for one in (path, *path.parents)
    )


def _take(path: Path, target: Path) -> None:
    make_private_directory(target.parent)
    try:
        data = path.read_bytes()
    except FileNotFoundError:  # it was replaced under another name just now
        return
    write_whole(target, data)


def _files(part: Path) -> Sequence[Path]:
    return sorted(path for path in part.rglob("*") if path.is_file())


def _described(part: Path, path: Path) -> BackupFile:
    return BackupFile(
        path=path.relative_to(part).as_posix(), size=path.stat().st_size, sha256=digest(path)
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for its owner alone; durable when it returns."""
    with new_file(path) as file:
        file.write(data)
    sync_file(path)


def new_file(path: Path) -> BinaryIO:
    """A file for its owner alone, opened to be written."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def sync_file(path: Path) -> None:
    """Make what was written durable."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
