"""Restoring a backup: the store goes back, what was erased stays erased.

Contract: the node does not run. A store that is newer than the backup is never replaced; an older
one is moved aside. Of the other files only those are written that the home does not have, each
whole or not at all, so that a restoring that was broken off is simply done again. The copy of the
store is held against the manifest before it counts. Vault and guard copy are not touched: the vault
knows what was destroyed, the guard copy what is missing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from relec_exchange.adapters.backup import Home, new_file, sync_file
from relec_exchange.adapters.backup_manifest import STORE, BackupFile, Manifest, check_copy, heads
from relec_exchange.adapters.privatefiles import (
    make_private_directory,
    sync_directory,
    write_private,
)
from relec_exchange.errors import Conflict, Unavailable

_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: files written, files of the home that stayed, where the old store lies."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    aside: Path | None


def check_older(home: Home, manifest: Manifest) -> None:
    """Conflict unless the store that is here, if any, has nothing that the backup lacks.

    Conflict, too, for a backup of another node.
    """
    if (manifest.network, manifest.node) != (home.network, home.node):
        raise Conflict(
            f"the backup is of {manifest.node} of {manifest.network}",
            field="source",
            remedy="name the home of that node",
        )
    store = home.store
    if not store.is_file():
        return
    saved = {head.origin: head for head in manifest.heads}
    for head in heads(store):
        other = saved.get(head.origin)
        if other is None or head.size > other.size:
            raise Conflict(
                f"the store here is newer: {head.origin} has {head.size} entries, "
                f"the backup {other.size if other else 0}",
                field="store",
                remedy="start the node with the store that it has; never go back",
            )
        if head.size == other.size and head.root != other.root:
            raise Conflict(
                f"the store here and the backup have different trees of {head.origin}",
                field="store",
                remedy="keep both, and run relec audit verify; see docs/how-to/restore.md",
            )


def restore(home: Home, source: Path, manifest: Manifest, now: datetime) -> Restored:
    """Put the store of a backup in place, and what the home lacks of its files. The node does not
    run. The store that was here is moved aside; vault and guard copy are not touched.

    Errors: IntegrityFailure (the backup was changed meanwhile), Unavailable (a disk).
    """
    try:
        written, kept = _put_files(home, source, manifest)
        return Restored((STORE, *written), tuple(kept), _put_store(home, source, manifest, now))
    except OSError as error:
        raise Unavailable(
            f"the backup cannot be put back: {error.strerror}",
            remedy="see to the disk, and restore again",
        ) from None


def _put_files(home: Home, source: Path, manifest: Manifest) -> tuple[list[str], list[str]]:
    """Which files were written, and which were here already."""
    written, kept = [], []
    for file in manifest.files:
        place = _home_place(home, file.path)
        if file.path == STORE:
            continue
        if os.path.lexists(place):
            kept.append(file.path)
            continue
        check_copy(source / file.path, file)
        write_private(place, (source / file.path).read_bytes())
        written.append(file.path)
    return written, kept


def _put_store(home: Home, source: Path, manifest: Manifest, now: datetime) -> Path | None:
    """Replace the store; returns where the one before lies."""
    store = home.store
    make_private_directory(store.parent)
    coming = store.with_name(store.name + ".restoring")
    _copy_file(source / STORE, coming)
    check_copy(coming, _entry(manifest, STORE))
    aside = _set_aside(store, now)
    os.rename(coming, store)
    sync_directory(store.parent)
    return aside


def _entry(manifest: Manifest, path: str) -> BackupFile:
    return next(file for file in manifest.files if file.path == path)


def _home_place(home: Home, path: str) -> Path:
    first, _, rest = path.partition("/")
    if first == "trust":
        return home.trust / rest
    if first == "keys":
        return home.keys / rest
    return home.path / path


def _set_aside(store: Path, now: datetime) -> Path | None:
    """Move a store with its log out of the way; returns where it lies now.

    A log alone, too: SQLite would put its pages into any store that it finds beside it.
    """
    ends = [end for end in ("-wal", "-shm", "") if os.path.lexists(f"{store}{end}")]
    if not ends:
        return None
    aside = store.with_name(f"{store.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    for end in ends:
        os.rename(f"{store}{end}", f"{aside}{end}")
    return aside


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as here, new_file(target) as there:
        shutil.copyfileobj(here, there, _PIECE)
    sync_file(target)
