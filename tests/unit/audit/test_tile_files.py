"""A log as files of C2SP tlog-tiles: names, bundles, and what a growing log makes of them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tile_files import (
    ENTRIES,
    TileFiles,
    TileName,
    read_bundle,
    width_at,
    write_bundle,
)
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import InvalidInput, Unverified


def entries(count: int, start: int = 0) -> list[bytes]:
    return [b"simulated entry %d" % number for number in range(start, start + count)]


def written(*batches: list[bytes]) -> dict[str, bytes]:
    """All files of a log that was written in these batches, at its last size."""
    files = TileFiles()
    found = [file for batch in batches for file in files.take(batch)] + files.finish()
    return {file.name.path(): file.data for file in found}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0, 256), "tile/0/000"),
        (TileName(0, 0, 5), "tile/0/000.p/5"),
        (TileName(2, 999, 256), "tile/2/999"),
        (TileName(0, 1000, 255), "tile/0/x001/000.p/255"),
        (TileName(4, 1234067, 256), "tile/4/x001/x234/067"),
        (TileName(ENTRIES, 1234067, 8), "tile/entries/x001/x234/067.p/8"),
    ],
)
def test_files_have_the_names_that_the_format_gives_them(name: TileName, path: str) -> None:
    assert name.path() == path
    assert TileName.parse(path) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/00",
        "tile/0/x000/001",
        "tile/8/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/001/000",
        "tile/data/000",
        "tile/0/000/",
        "tile/../000",
        "checkpoint",
        "",
    ],
)
def test_a_name_that_no_log_gives_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        TileName.parse(path)


def test_a_tree_of_seventy_thousand_leaves_has_the_widths_of_the_specification() -> None:
    assert [width_at(70_000, 0, n) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [width_at(70_000, 1, n) for n in (0, 1)] == [256, 17]
    assert [width_at(70_000, 2, n) for n in (0, 1)] == [1, 0]
    assert width_at(70_000, ENTRIES, 273) == 112


def test_a_log_of_256_entries_has_one_full_tile_and_one_of_a_single_hash_above_it() -> None:
    assert sorted(written(entries(256))) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


def test_an_empty_log_has_no_files() -> None:
    assert written([]) == {}


def test_a_bundle_gives_back_its_entries() -> None:
    found = [b"", b"a", b"\x00" * 65_535]
    assert read_bundle(write_bundle(found), 3) == found


def test_an_entry_that_is_too_long_for_a_bundle_is_refused() -> None:
    with pytest.raises(InvalidInput):
        write_bundle([b"\x00" * 65_536])


@pytest.mark.parametrize("change", [-1, 1])
def test_a_bundle_of_another_number_of_entries_is_refused(change: int) -> None:
    with pytest.raises(Unverified):
        read_bundle(write_bundle(entries(5)), 5 + change)


@given(st.integers(1, 60))
def test_a_bundle_that_is_cut_is_refused(cut: int) -> None:
    whole = write_bundle(entries(4))
    with pytest.raises(Unverified):
        read_bundle(whole[:-cut], 4)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_the_files_do_not_depend_on_the_batches(counts: list[int]) -> None:
    batches = []
    for count in counts:
        batches.append(entries(count, sum(counts[: len(batches)])))
    whole = written(entries(sum(counts)))
    assert written(*batches) == whole


@given(st.integers(1, 600), st.integers(0, 600))
def test_an_export_goes_on_from_its_own_files(first: int, more: int) -> None:
    """Only what is full or new is written again, and it is what one export writes."""
    begun = written(entries(first))

    def read(level: int, n: int) -> bytes:
        return begun.get(TileName(level, n, width_at(first, level, n)).path(), b"")

    last, width = divmod(first, 256)
    held = begun.get(TileName(ENTRIES, last, width).path(), b"") if width else b""
    files = TileFiles(Tree(first, read), read_bundle(held, width))
    found = [*files.take(entries(more, first)), *files.finish()]
    added = {file.name.path(): file.data for file in found}
    whole = written(entries(first + more))
    assert whole.items() <= {**begun, **added}.items()
    assert added.items() <= whole.items()
    assert files.tree.root() == Tree(0, read).extend(leaf_hashes(entries(first + more)))[0].root()


def test_the_tail_of_another_tree_is_refused() -> None:
    tree = Tree(0, lambda level, n: b"").extend([sha256(b"").digest()])[0]
    with pytest.raises(InvalidInput):
        TileFiles(tree, [])
