"""`relec audit export` and `check-export`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Relec, Tr
from memory_node import MemoryNode

from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.tile_files import read_bundle, write_bundle
from relec_exchange.audit.tiles import Tree

Folder = Path


def grow(node: MemoryNode, count: int, name: str = "activity") -> None:
    """More entries, each another one."""
    log = node.logs[name]
    for number in range(count):
        log.add(kind="access", actor="audit", action="search", ref=f"drill-{number}")


@pytest.fixture
def fingerprint(node: MemoryNode) -> tuple[str, str]:
    return ("--fingerprint", node.directory.authority("tr").fingerprint())


@pytest.fixture
def check(relec: Relec, fingerprint: tuple[str, str], tmp_path: Path) -> Callable[..., object]:
    """`check-export` by somebody who has nothing but the directory and a telephone."""

    def call(directory: Path, *more: object) -> object:
        nowhere = tmp_path / "nowhere"
        return relec("--home", nowhere, "audit", "check-export", directory, *fingerprint, *more)

    return call


@pytest.fixture
def exported(tr: Tr, node: MemoryNode, tmp_path: Path) -> Folder:
    """600 entries of the activity log."""
    grow(node, 599)
    folder = tmp_path / "tiles"
    done = tr("audit", "audit", "export", folder, "--log", "activity", "--json")
    assert done.code == 0, done.err
    assert (done.json()["since"], done.json()["size"]) == (0, 600)
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return tmp_path_factory.mktemp("kept") / "tiles"


@pytest.fixture
def copied(request: pytest.FixtureRequest, kept: Folder, tmp_path: Path) -> Folder:
    """A copy of one export, for tests that ask no node."""
    if not kept.exists():
        shutil.copytree(request.getfixturevalue("exported"), kept)
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def test_an_export_holds_every_entry_and_is_checked_without_a_node(
    exported: Folder, check, node: MemoryNode
) -> None:
    found = [
        entry
        for n, width in ((0, 256), (1, 256), (2, 88))
        for entry in read_bundle(bundle(exported, n, width).read_bytes(), width)
    ]
    assert found == node.logs["activity"].entries
    done = check(exported, "--json")
    assert done.code == 0, done.err
    assert done.json()["root"] == node.logs["activity"].head.tree.root().hex()
    assert "600 entries" in check(exported).out


def test_exporting_again_changes_nothing(exported: Folder, tr: Tr) -> None:
    before = state(exported)
    done = tr("audit", "audit", "export", exported, "--log", "activity", "--json")
    assert (done.code, done.json()["files"], state(exported)) == (0, 0, before)


def test_exporting_again_adds_only_what_is_new(
    exported: Folder, tr: Tr, node: MemoryNode, check, tmp_path: Path
) -> None:
    before = state(exported)
    grow(node, 200)
    done = tr("audit", "audit", "export", exported, "--log", "activity", "--json")
    assert (done.json()["since"], done.json()["size"]) == (600, 800)
    kept = {path: data for path, data in state(exported).items() if path in before}
    same = {path for path, data in kept.items() if before[path] == data}
    assert set(kept) - same == {"checkpoint"}
    gone = {path for path in before if path not in kept}
    assert gone == {"tile/0/002.p/88", "tile/entries/002.p/88"}
    assert check(exported).code == 0
    fresh = tmp_path / "fresh"
    tr("audit", "audit", "export", fresh, "--log", "activity")
    added = {path: data for path, data in state(fresh).items() if path.startswith("tile")}
    assert added.items() <= state(exported).items()


def test_one_that_was_interrupted_goes_on(
    exported: Folder, tr: Tr, node: MemoryNode, check
) -> None:
    """Files beyond the checkpoint are there already, and one of them is broken."""
    grow(node, 300)
    (exported / "tile/0/.003.part").write_bytes(b"half")
    (exported / "tile/entries/002").write_bytes(b"broken")
    done = tr("audit", "audit", "export", exported, "--log", "activity")
    assert (done.code, check(exported).code) == (0, 0)


def test_only_an_auditor_exports(tr: Tr, tmp_path: Path) -> None:
    assert tr("ayse", "audit", "export", tmp_path / "out").code == 4
    assert not (tmp_path / "out").exists()


def test_another_log_does_not_go_into_the_same_directory(exported: Folder, tr: Tr) -> None:
    before = state(exported)
    done = tr("audit", "audit", "export", exported, "--json")
    assert (done.code, done.error()["field"], state(exported)) == (2, "directory", before)


def test_a_log_that_was_rewritten_is_noticed_and_both_checkpoints_are_kept(
    exported: Folder, tr: Tr, node: MemoryNode
) -> None:
    before = state(exported)
    rewrite(node)
    grow(node, 5)
    done = tr("audit", "audit", "export", exported, "--log", "activity", "--json")
    assert (done.code, done.error()["code"]) == (10, "unverified")
    assert "checkpoint.refused" in done.error()["message"]
    after = state(exported)
    assert before.items() <= after.items()
    assert after["checkpoint.refused"].split(b"\n")[1] == b"605"


def test_two_roots_for_one_size_are_noticed(exported: Folder, tr: Tr, node: MemoryNode) -> None:
    rewrite(node)
    assert tr("audit", "audit", "export", exported, "--log", "activity").code == 10


def test_a_log_that_lost_its_tail_is_noticed(exported: Folder, tr: Tr, node: MemoryNode) -> None:
    rewrite(node, upto=599)
    assert tr("audit", "audit", "export", exported, "--log", "activity").code == 10


def test_tiles_that_are_not_the_checkpoints_are_not_continued(
    exported: Folder, tr: Tr, node: MemoryNode
) -> None:
    flip(exported / "tile/1/000.p/2", 5)
    grow(node, 1)
    assert tr("audit", "audit", "export", exported, "--log", "activity").code == 10


def test_nothing_is_checked_where_nothing_was_exported(check, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert check(tmp_path / "empty").code == 5


def test_a_card_that_nobody_has_compared_checks_nothing(
    copied: Folder, relec: Relec, tmp_path: Path
) -> None:
    done = relec("--home", tmp_path, "audit", "check-export", copied, "--json")
    assert (done.code, done.error()["field"]) == (2, "fingerprint")
    done = relec(
        "--home", tmp_path, "audit", "check-export", copied, "--fingerprint", "0" * 64, "--json"
    )
    assert (done.code, done.error()["field"]) == (2, "fingerprint")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a bit of an entry": lambda at: flip(bundle(at, 1, 256), 40),
    "a bit of a hash at the bottom": lambda at: flip(at / "tile/0/001", 40),
    "a bit of a hash at the top": lambda at: flip(at / "tile/1/000.p/2", 40),
    "a bit of the root": lambda at: flip(at / "checkpoint", -5000),
    "two entries exchanged": lambda at: exchange(bundle(at, 1, 256), 256),
    "the last entry left out": lambda at: shorten(bundle(at, 2, 88), 88),
    "a bundle that is missing": lambda at: bundle(at, 1, 256).unlink(),
    "a tile that is missing": lambda at: (at / "tile/0/001").unlink(),
    "another size": lambda at: replace(at / "checkpoint", b"\n600\n", b"\n599\n"),
    "another log": lambda at: replace(at / "checkpoint", b"/activity/", b"/exchange/"),
    "a file that no log has": lambda at: (at / "tile/0/zzz").write_bytes(b""),
    "an older tile of another log": lambda at: put(at / "tile/0/002.p/1", bytes(32)),
    "an older bundle of another log": lambda at: put(at / "tile/entries/002.p/1", b"\0\1x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_export_is_refused(copied: Folder, check, change) -> None:
    assert check(copied).code == 0
    change(copied)
    assert check(copied).code in (5, 10)


def test_any_changed_byte_of_any_file_under_the_checkpoint_is_noticed(
    copied: Folder, check
) -> None:
    files = sorted(path for path in (copied / "tile").rglob("*") if path.is_file())
    assert len(files) == 7
    for file in files:
        whole = file.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 1):
            flip(file, at)
            assert check(copied).code == 10, (file, at)
            file.write_bytes(whole)
    assert check(copied).code == 0


# ---- what is done to logs and files


def bundle(folder: Folder, n: int, width: int) -> Path:
    return folder / (f"tile/entries/{n:03d}" + (f".p/{width}" if width < 256 else ""))


def state(folder: Folder) -> dict[str, bytes]:
    """Every file with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at if at >= 0 else data.index(b"\n\n") - 10] ^= 1
    file.write_bytes(bytes(data))


def replace(file: Path, old: bytes, new: bytes) -> None:
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))


def put(file: Path, data: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)


def exchange(file: Path, width: int) -> None:
    entries = read_bundle(file.read_bytes(), width)
    entries[0], entries[1] = entries[1], entries[0]
    file.write_bytes(write_bundle(entries))


def shorten(file: Path, width: int) -> None:
    file.write_bytes(write_bundle(read_bundle(file.read_bytes(), width)[:-1]))


def rewrite(node: MemoryNode, upto: int = 600) -> None:
    """The node's log as if entry 10 had always been another one, signed with its own key."""
    log = node.logs["activity"]
    told = [log.entries[0], *log.entries[2:11], log.entries[10], *log.entries[11:upto]]
    log.head = append(LogHead(log.origin, Tree(0, lambda level, n: b"")), told).head
    log.entries = told
