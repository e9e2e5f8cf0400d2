"""Writing a log into a directory of tiles, and checking such a directory, trusting neither.

Contract: needs the log's key from a card whose authority is known. What a directory holds is only
ever continued: entries that do not lead from its checkpoint to the node's are `Unverified`
(LOG_FORK), and the node's checkpoint is then kept beside the other: both together are the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from relec_exchange.adapters.tiles_folder import TilesFolder
from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.audit.cosignature import read_cosigned, verify_owner
from relec_exchange.audit.merkle import HASH_BYTES
from relec_exchange.audit.tile import TILE_WIDTH
from relec_exchange.audit.tile_files import (
    CHECKPOINT,
    ENTRIES,
    TileFile,
    TileFiles,
    TileName,
    read_bundle,
    width_at,
)
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.trust.signature import HybridPublic

REFUSED: Final = "checkpoint.refused"
_PAGE: Final = 3 * TILE_WIDTH  # the most whole bundles that one answer of the node holds

Page = Callable[[int, int], list[bytes]]
"""Entries from a start on, at most a count."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: the checkpoint it ends at, the size it began at, files written."""

    checkpoint: Checkpoint
    since: int
    written: int


def stated_by(note: bytes, public: HybridPublic) -> Checkpoint:
    """A checkpoint that the log's key signed, whoever has cosigned it too; else `Unverified`."""
    cosigned = read_cosigned(note)
    verify_owner(cosigned, public)
    return cosigned.checkpoint


def export_log(
    folder: TilesFolder,
    note: bytes,
    public: HybridPublic,
    page: Page,
    done: Callable[[int], None] = lambda count: None,
) -> Exported:
    """Continue the export in `folder` up to the node's checkpoint `note`.

    Raises `InvalidInput` if another log is exported there, `Unverified` if the node contradicts
    the checkpoint that lies there or itself.
    """
    target = stated_by(note, public)
    held = folder.checkpoint()
    if held and held.split(b"\n", 1)[0].decode("utf-8", "replace") != target.origin:
        raise InvalidInput(
            "another log is exported into this directory",
            field="directory",
            remedy="name another one: each log has its own",
        )
    earlier = stated_by(held, public) if held else None
    _check_growth(folder, earlier, target)
    files = _continued(folder, earlier)
    since = files.tree.size
    written = 0
    while files.tree.size < target.size:
        entries = _next(files.tree.size, target.size, page)
        written += folder.write(files.take(entries))
        done(len(entries))
    if files.tree.root() != target.root:
        raise _fork(folder, target, "the entries do not have the root that is signed")
    written += folder.write(files.finish())
    if earlier is None or earlier.size < target.size or _more_signed(note, held):
        folder.put(CHECKPOINT, note)
    folder.drop_outgrown(target.size)
    return Exported(target, since, written)


def check_folder(folder: TilesFolder, public: HybridPublic) -> Checkpoint:
    """Recompute every file of an export from its entries; the checkpoint that they lead to.

    Raises `Unverified`: for a checkpoint that the log's key did not sign, and for any bundle or
    tile that is missing, altered, or has a name that none may have.
    """
    stated = stated_by(folder.checkpoint(), public)
    files = TileFiles()
    for n in range((stated.size + TILE_WIDTH - 1) // TILE_WIDTH):
        entries = folder.entries(stated.size, n)
        for file in files.take(entries):
            _compare(folder, file)
    for file in files.finish():
        _compare(folder, file)
    if files.tree.root() != stated.root:
        raise Unverified(Reason.LOG_FORK, "the entries do not have the root that is signed")
    for name in folder.names():
        _check_older(folder, stated.size, name)
    return stated


def _check_growth(folder: TilesFolder, earlier: Checkpoint | None, target: Checkpoint) -> None:
    if earlier is None:
        return
    if earlier.size > target.size:
        raise _fork(folder, target, "the node's log is shorter than what was exported of it")
    if earlier.size == target.size and earlier.root != target.root:
        raise _fork(folder, target, "two roots are signed for one size")


def _more_signed(note: bytes, held: bytes) -> bool:
    """Whether somebody has cosigned since: the node may sign one tree at two times."""
    return len(read_cosigned(note).lines.signatures) > len(read_cosigned(held).lines.signatures)


def _fork(folder: TilesFolder, target: Checkpoint, detail: str) -> Unverified:
    folder.put(REFUSED, target.note)
    return Unverified(Reason.LOG_FORK, f"{detail}; what the node signed is kept as {REFUSED}")


def _continued(folder: TilesFolder, earlier: Checkpoint | None) -> TileFiles:
    """The files that are there, their edge checked against the checkpoint beside them."""
    if earlier is None:
        return TileFiles()
    tree = Tree(earlier.size, partial(folder.hashes, earlier.size))
    if tree.root() != earlier.root:
        raise Unverified(Reason.LOG_FORK, "the tiles of the directory are not its checkpoint's")
    last, width = divmod(earlier.size, TILE_WIDTH)
    return TileFiles(tree, folder.entries(earlier.size, last) if width else [])


def _next(start: int, size: int, page: Page) -> list[bytes]:
    """Entries up to a border of bundles, so that whole ones are written."""
    count = min(size - start, _PAGE - start % TILE_WIDTH)
    entries = page(start, count)[:count]
    if not entries:
        raise Unverified(Reason.LOG_FORK, f"the node gives no entry {start}")
    return entries


def _compare(folder: TilesFolder, file: TileFile) -> None:
    if folder.bytes_of(file.name) != file.data:
        raise Unverified(Reason.PROOF_INCLUSION, f"{file.name.path()} is not what the entries make")


def _check_older(folder: TilesFolder, size: int, name: TileName) -> None:
    """A narrower file, of an older checkpoint, begins like the one that took its place.

    What lies beyond the checkpoint was left by an export that broke off: nobody reads it.
    """
    now = width_at(size, name.level, name.n)
    if name.width >= now:
        return
    data = folder.bytes_of(name)
    whole = folder.bytes_of(TileName(name.level, name.n, now))
    if name.level == ENTRIES:
        same = read_bundle(data, name.width) == read_bundle(whole, now)[: name.width]
    else:
        same = data == whole[: name.width * HASH_BYTES]
    if not same:
        raise Unverified(Reason.PROOF_INCLUSION, f"{name.path()} is of another log")
