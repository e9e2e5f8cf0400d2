"""The directory of an exported log: whole files, no links, nothing longer than it may be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relec_exchange.adapters.tiles_folder import TilesFolder
from relec_exchange.audit.tile_files import TileFiles, TileName
from relec_exchange.errors import Unavailable, Unverified


@pytest.fixture
def folder(tmp_path: Path) -> TilesFolder:
    """Three hundred entries."""
    made = TilesFolder(tmp_path / "log")
    files = TileFiles()
    made.write(files.take([b"simulated %d" % n for n in range(300)]))
    made.write(files.finish())
    return made


def test_what_was_written_is_read(folder: TilesFolder) -> None:
    assert [entry for n in range(2) for entry in folder.entries(300, n)] == [
        b"simulated %d" % n for n in range(300)
    ]
    assert len(folder.hashes(300, 0, 0)) == 256 * 32
    assert len(folder.hashes(300, 0, 1)) == 44 * 32
    assert (folder.hashes(300, 2, 0), folder.entries(300, 2)) == (b"", [])


def test_a_directory_without_a_checkpoint_has_none(folder: TilesFolder) -> None:
    assert folder.checkpoint() == b""


def test_nothing_but_whole_files_lies_there(folder: TilesFolder) -> None:
    folder.put("checkpoint", b"one")
    folder.put("checkpoint", b"two")
    assert folder.checkpoint() == b"two"
    assert not list(folder.path.rglob("*.part"))


def test_what_an_interrupted_export_left_is_replaced(folder: TilesFolder) -> None:
    (folder.path / ".checkpoint.part").write_bytes(b"half")
    folder.put("checkpoint", b"whole")
    assert folder.checkpoint() == b"whole"


def test_a_missing_file_is_refused_by_name(folder: TilesFolder) -> None:
    (folder.path / "tile/0/000").unlink()
    with pytest.raises(Unverified, match="tile/0/000"):
        folder.hashes(300, 0, 0)


def test_a_link_in_a_files_place_is_not_followed(folder: TilesFolder, tmp_path: Path) -> None:
    tile = folder.path / "tile/0/000"
    tile.rename(tmp_path / "elsewhere")
    tile.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unverified):
        folder.hashes(300, 0, 0)


def test_a_pipe_in_a_files_place_is_refused_at_once(folder: TilesFolder) -> None:
    tile = folder.path / "tile/0/000"
    tile.unlink()
    os.mkfifo(tile)
    with pytest.raises(Unverified, match="not a file"):
        folder.hashes(300, 0, 0)


def test_a_file_that_is_too_long_is_not_read(folder: TilesFolder) -> None:
    tile = folder.path / "tile/0/000"
    tile.write_bytes(tile.read_bytes() + b"x")
    with pytest.raises(Unverified, match="too long"):
        folder.hashes(300, 0, 0)


def test_a_file_that_no_log_has_is_named(folder: TilesFolder) -> None:
    (folder.path / "tile/0/000.old").write_bytes(b"")
    with pytest.raises(Unverified, match=r"000\.old"):
        list(folder.names())


def test_partial_files_go_when_the_full_one_is_there(folder: TilesFolder) -> None:
    folder.put("tile/0/000.p/7", b"")
    folder.put("tile/entries/000.p/7", b"")
    folder.put("tile/0/001.p/3", b"")
    assert folder.drop_outgrown(300) == 2
    assert not (folder.path / "tile/0/000.p").exists()
    assert TileName(0, 1, 3) in set(folder.names())


def test_a_directory_that_takes_no_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(Unavailable):
        TilesFolder(tmp_path / "taken").put("checkpoint", b"")
