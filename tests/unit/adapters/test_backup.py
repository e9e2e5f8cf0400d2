"""Backups: whole, consistent under load, without vault and guard; and how they are put back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core_network import begun, sent, warning
from relec_exchange.adapters.backup import Home, make_backup
from relec_exchange.adapters.backup_manifest import MANIFEST, STORE, read_backup
from relec_exchange.adapters.restoring import check_older, restore
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.cli.backup import home_of
from relec_exchange.errors import Conflict, IntegrityFailure, InvalidInput, NotFound, RelecError
from relec_exchange.journal.opening import LogNames, load_state
from relec_exchange.settings import read_settings
from relec_exchange.testing import SimulatedNetwork

NOW = datetime(2030, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as made:
        yield made


@pytest.fixture
def home(network: SimulatedNetwork) -> Home:
    return home_of(read_settings(network.home("tr")))


def names(directory: Path) -> set[str]:
    return {p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file()}


def manifest_of(directory: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((directory / MANIFEST).read_text())
    return found


def test_a_backup_of_a_running_node_has_its_store_and_signed_files_and_no_secret(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    sent(network, warning(network))
    made = make_backup(home, tmp_path / "backup", NOW)
    found = names(tmp_path / "backup")
    assert {STORE, MANIFEST, "node.toml", "trust/tr.card", "trust/pk.card"} <= found
    assert "trust/officers/000001.json" in found
    assert not {name.split("/")[0] for name in found} & {"vault", "guard", "keys", "officers"}
    assert read_backup(tmp_path / "backup") == made
    state = network.node("tr").journal.state
    here = {log.origin: (log.size, log.root.hex()) for log in (state.exchange, state.activity)}
    assert {head.origin: (head.size, head.root) for head in made.heads} == here


def test_with_keys_it_has_those_files_that_need_a_passphrase_and_names_the_others(
    home: Home, tmp_path: Path
) -> None:
    (home.keys / "tls.key").write_text("-----BEGIN PRIVATE KEY-----\nopen to all\n")
    made = make_backup(home, tmp_path / "backup", NOW, keys=True)
    found = names(tmp_path / "backup")
    assert {"keys/log.key", "keys/unlock.key", "keys/storage.key"} <= found
    assert "keys/tls.key" not in found
    assert made.left_out == ["tls.key"]


def test_backups_taken_while_messages_are_written_each_hold_one_whole_moment(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    rounds = 20 if os.environ.get("RELEC_FULL") == "1" else 4
    done = threading.Event()

    def load() -> None:
        while not done.is_set():
            sent(network, warning(network))

    writer = threading.Thread(target=load)
    writer.start()
    sizes: list[int] = []
    # On a busy machine the writer may not get its turn for some backups.
    while len(sizes) < rounds or (sizes[-1] == sizes[0] and writer.is_alive()):
        target = tmp_path / f"backup-{len(sizes)}"
        made = make_backup(home, target, NOW)
        store = SqliteStore(target / STORE)
        state = load_state(store, LogNames("", ""))  # raises unless the tiles give the root
        store.close()
        sizes.append(state.exchange.size)
        assert {head.origin: head.size for head in made.heads}[state.exchange.origin] == sizes[-1]
    done.set()
    writer.join()
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]


def test_a_directory_that_exists_is_never_written_to(home: Home, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(Conflict) as refused:
        make_backup(home, tmp_path / "backup", NOW)
    assert refused.value.field == "target"
    assert names(tmp_path / "backup") == set()


def test_a_node_that_never_ran_has_nothing_to_back_up(home: Home, tmp_path: Path) -> None:
    new = Home(tmp_path, home.network, home.node, tmp_path / "no.db", home.trust, home.keys)
    with pytest.raises(NotFound):
        make_backup(new, tmp_path / "backup", NOW)
    assert not (tmp_path / "backup").exists()


# ---- what is not believed ----------------------------------------------------------------------


def _changed(directory: Path, change: Callable[[dict[str, object]], None]) -> None:
    told = manifest_of(directory)
    change(told)
    (directory / MANIFEST).write_text(json.dumps(told))


def _flip(directory: Path) -> None:
    data = bytearray((directory / STORE).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / STORE).write_bytes(data)


def _cut(directory: Path) -> None:
    os.truncate(directory / STORE, 4096)


def _drop(directory: Path) -> None:
    (directory / "trust" / "pk.card").unlink()


def _link(directory: Path) -> None:
    card = directory / "trust" / "pk.card"
    card.rename(directory / "elsewhere")
    card.symlink_to(directory / "elsewhere")


def _heads(directory: Path) -> None:
    def change(told: dict[str, object]) -> None:
        told["heads"][0]["size"] += 1  # type: ignore[index]

    _changed(directory, change)


def _outside(directory: Path) -> None:
    def change(told: dict[str, object]) -> None:
        told["files"][0]["path"] = "trust/../../elsewhere"  # type: ignore[index]

    _changed(directory, change)


def _vault(directory: Path) -> None:
    def change(told: dict[str, object]) -> None:
        told["files"][0]["path"] = "vault/vault.db"  # type: ignore[index]

    _changed(directory, change)


def _unknown(directory: Path) -> None:
    _changed(directory, lambda told: told.update(more="than there is"))


def _no_json(directory: Path) -> None:
    (directory / MANIFEST).write_text("{")


def _missing(directory: Path) -> None:
    (directory / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_flip, IntegrityFailure),
        (_cut, IntegrityFailure),
        (_drop, IntegrityFailure),
        (_link, IntegrityFailure),
        (_heads, IntegrityFailure),
        (_outside, InvalidInput),
        (_vault, InvalidInput),
        (_unknown, InvalidInput),
        (_no_json, InvalidInput),
        (_missing, NotFound),
    ],
)
def test_a_backup_that_is_not_as_it_was_written_is_refused(
    home: Home, tmp_path: Path, change: Callable[[Path], None], error: type[RelecError]
) -> None:
    make_backup(home, tmp_path / "backup", NOW)
    change(tmp_path / "backup")
    with pytest.raises(error) as refused:
        read_backup(tmp_path / "backup")
    assert refused.value.remedy


# ---- putting it back ---------------------------------------------------------------------------


def test_a_store_that_is_newer_is_never_replaced(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)
    sent(network, warning(network))
    network.close("tr")
    with pytest.raises(Conflict, match="the store here is newer") as refused:
        check_older(home, made)
    assert "never go back" in refused.value.remedy


def test_a_store_with_another_tree_of_the_same_size_is_never_replaced(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)
    network.close("tr")
    with closing(sqlite3.connect(home.store)) as db, db:
        db.execute("update log_head set root = zeroblob(32)")
    with pytest.raises(Conflict, match="different trees"):
        check_older(home, made)


def test_a_backup_of_another_node_is_refused(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    other = home_of(read_settings(network.home("pk")))
    with pytest.raises(Conflict, match="the backup is of pk"):
        check_older(home, make_backup(other, tmp_path / "backup", NOW))


def test_a_lost_store_comes_back_and_files_that_are_here_stay(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)
    network.close("tr")
    home.store.unlink()
    (home.trust / "pk.card").unlink()
    (home.trust / "tr.card").write_text("another")
    done = restore(home, tmp_path / "backup", made, NOW)
    assert done.written == (STORE, "trust/pk.card")
    assert done.aside is None
    assert "trust/tr.card" in done.kept
    assert (home.trust / "tr.card").read_text() == "another"
    assert (home.trust / "pk.card").read_bytes() == (
        tmp_path / "backup" / "trust" / "pk.card"
    ).read_bytes()


def test_an_older_store_is_moved_aside_with_its_log(
    network: SimulatedNetwork, home: Home, tmp_path: Path
) -> None:
    network.close("tr")
    shutil.copytree(home.store.parent, tmp_path / "old")
    network.open("tr")
    sent(network, warning(network))
    made = make_backup(home, tmp_path / "backup", NOW)
    network.close("tr")
    shutil.rmtree(home.store.parent)
    shutil.copytree(tmp_path / "old", home.store.parent)
    home.store.with_name(home.store.name + "-wal").write_bytes(b"")
    check_older(home, made)
    done = restore(home, tmp_path / "backup", made, NOW)
    assert done.aside is not None
    assert done.aside.read_bytes() == (tmp_path / "old" / home.store.name).read_bytes()
    assert not home.store.with_name(home.store.name + "-wal").exists()
    network.open("tr")
    assert network.node("tr").journal.permit.standing == "listening"
