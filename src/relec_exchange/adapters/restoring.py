"""Restoring a backup: the store goes back, what was erased stays erased.

Contract: the node does not run. A store that is newer than the backup is never replaced; an older
one is moved aside. Of the other files only those are written that the home does not have. Vault and
guard copy are not touched: the vault knows what was destroyed, the guard copy what is missing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from relec_exchange.adapters.backup import Home, new_file, sync_file, write_whole
from relec_exchange.adapters.backup_manifest import STORE, Manifest, heads
from relec_exchange.adapters.privatefiles import make_private_directory, sync_directory
from relec_exchange.errors import Conflict

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
    """
    written, kept = [], []
    for file in manifest.files:
        if file.path == STORE:
            continue
        place = _home_place(home, file.path)
        if place.exists():
            kept.append(file.path)
            continue
        make_private_directory(place.parent)
        write_whole(place, (source / file.path).read_bytes())
        sync_directory(place.parent)
        written.append(file.path)
    store = home.store
    make_private_directory(store.parent)
    coming = store.with_name(store.name + ".restoring")
    _copy_file(source / STORE, coming)
    aside = _set_aside(store, now)
    os.rename(coming, store)
    sync_directory(store.parent)
    return Restored((STORE, *written), tuple(kept), aside)


def _home_place(home: Home, path: str) -> Path:
    first, _, rest = path.partition("/")
    if first == "trust":
        return home.trust / rest
    if first == "keys":
        return home.keys / rest
    return home.path / path


def _set_aside(store: Path, now: datetime) -> Path | None:
    """Move a store with its log out of the way; returns where it lies now."""
    if not store.exists():
        return None
    aside = store.with_name(f"{store.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    for end in ("-wal", "-shm", ""):
        path = store.with_name(store.name + end)
        if path.exists():
            os.rename(path, aside.with_name(aside.name + end))
    return aside


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as here, new_file(target) as there:
        shutil.copyfileobj(here, there, _PIECE)
    sync_file(target)
