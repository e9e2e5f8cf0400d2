"""The store on SQLite: all or nothing, heads that stand, one writer, and errors in our words."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from relec_exchange.adapters.sqlite import SqliteStore, opening
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unavailable
from relec_exchange.ports import RowConflict, StaleHead, WriterReplaced
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Batch,
    ChainRow,
    Change,
    Delete,
    EntryRow,
    EventRow,
    HeadChange,
    HeldRow,
    Insert,
    LogHeadRow,
    OutboxRow,
    Put,
    TileRow,
    Update,
    Where,
)

AT = "2026-11-02T08:00:00.000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store" / "node.db")
    yield made
    made.close()


def change(store: SqliteStore, *changes: Change) -> None:
    store.commit(Batch((), changes))


def event(kind: str, ref: str = "x") -> Insert:
    return Insert(EventRow(AT, kind, ref, "{}"))


def head(size: int, writer: str = "w1", origin: str = "n/tr/exchange/1") -> LogHeadRow:
    return LogHeadRow(origin, "exchange", size, bytes([size]) * 32, AT, writer, b"note")


def outbox(ident: str, **fields: object) -> OutboxRow:
    given = {
        "message_id": ident,
        "recipient": "pk",
        "cls": "ordinary",
        "type": "warning.notice",
        "area": "",
        "urgency": "routine",
        "data_level": "none",
        "state": "released",
        "submitted_at": AT,
        "expires_at": AT,
        "key_id": f"out/{ident}",
        "content": b"content",
        **fields,
    }
    return OutboxRow(**given)  # type: ignore[arg-type]


def kinds(store: SqliteStore) -> list[str]:
    return [row.kind for row in store.rows(EventRow, order="row")]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "a" / "node.db").close()
    assert stat.S_IMODE((tmp_path / "a" / "node.db").stat().st_mode) == 0o600


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "node.db")
    change(first, event("one"))
    first.close()
    again = SqliteStore(tmp_path / "node.db")
    assert kinds(again) == ["one"]
    again.close()


def test_a_batch_with_one_clash_leaves_nothing(store: SqliteStore) -> None:
    change(store, Insert(outbox("a")))
    with pytest.raises(RowConflict):
        store.commit(Batch((HeadChange(0, head(1)),), (event("lost"), Insert(outbox("a")))))
    assert kinds(store) == []
    assert store.count(LogHeadRow) == 0


def test_an_ignored_clash_leaves_the_first_record(store: SqliteStore) -> None:
    row = AcceptedCheckpointRow("o", 7, b"r" * 32, b"first", "tr", AT, proven=True)
    change(store, Insert(row))
    change(store, Insert(AcceptedCheckpointRow("o", 7, b"s" * 32, b"", "tr", AT), ignore=True))
    assert store.rows(AcceptedCheckpointRow) == [row]


def test_put_adds_or_replaces_by_key(store: SqliteStore) -> None:
    change(store, Put(ChainRow("o", "tr", "flash", 1, 1, "[]")))
    change(store, Put(ChainRow("o", "tr", "flash", 2, 4, "[[3, 3]]")))
    assert store.rows(ChainRow) == [ChainRow("o", "tr", "flash", 2, 4, "[[3, 3]]")]


def test_changes_of_one_kind_are_written_in_their_order(store: SqliteStore) -> None:
    change(
        store,
        Insert(outbox("a")),
        event("between"),
        Update(OutboxRow, {"message_id": "a"}, {"state": "relayed"}),
        Insert(outbox("b")),
        Update(OutboxRow, {"state": "released"}, {"state": "voided"}),
        Delete(OutboxRow, {"message_id": "a"}),
        Insert(outbox("a", idempotency_key="k")),
    )
    found = {row.message_id: (row.state, row.idempotency_key) for row in store.rows(OutboxRow)}
    assert found == {"b": ("voided", None), "a": ("released", "k")}


def test_an_update_that_must_hit_fails_the_batch_when_the_record_is_not_as_it_was(
    store: SqliteStore,
) -> None:
    change(store, Insert(outbox("a", state="submitted")))
    waiting = {"message_id": "a", "state": "submitted"}
    release = Update(OutboxRow, waiting, {"state": "released"}, must=True)
    change(store, release)
    with pytest.raises(RowConflict):
        change(store, event("lost"), release)
    assert kinds(store) == []


def test_a_row_number_is_given_once_and_rises(store: SqliteStore) -> None:
    change(store, event("one"), event("two"))
    change(store, Delete(EventRow, {"kind": "two"}))
    change(store, event("three"))
    rows = store.rows(EventRow, order="row")
    assert rows[0].row < rows[1].row
    change(store, Insert(EventRow(AT, "named", "x", "{}", row=77)))
    assert store.rows(EventRow, order="-row", limit=1)[0].row == 77


# ---- heads -------------------------------------------------------------------------------------


def test_a_log_grows_only_from_the_head_that_stands(store: SqliteStore) -> None:
    store.commit(Batch((HeadChange(0, head(1)),), ()))
    store.commit(Batch((HeadChange(1, head(5)),), ()))
    with pytest.raises(StaleHead):
        store.commit(Batch((HeadChange(1, head(2)),), (event("lost"),)))
    assert store.rows(LogHeadRow) == [head(5)]
    assert kinds(store) == []


def test_a_head_that_is_gone_is_stale(store: SqliteStore) -> None:
    with pytest.raises(StaleHead):
        store.commit(Batch((HeadChange(3, head(4)),), ()))


def test_a_writer_that_was_replaced_commits_nothing_more(store: SqliteStore) -> None:
    store.commit(Batch((HeadChange(0, head(1)),), ()))
    store.claim("w2")
    with pytest.raises(WriterReplaced):
        store.commit(Batch((HeadChange(1, head(2)),), (event("lost"),)))
    with pytest.raises(WriterReplaced):
        store.commit(Batch((HeadChange(1, head(1)),), (event("lost"),)))
    store.commit(Batch((HeadChange(1, head(2, "w2")),), (event("kept"),)))
    assert kinds(store) == ["kept"]


def test_of_two_that_open_a_new_log_only_the_first_can(store: SqliteStore) -> None:
    store.commit(Batch((HeadChange(0, head(1, "w1")),), ()))
    with pytest.raises(WriterReplaced):
        store.commit(Batch((HeadChange(0, head(1, "w2")),), ()))


def test_a_head_that_does_not_move_changes_nothing(store: SqliteStore) -> None:
    store.commit(Batch((HeadChange(0, head(0)),), (event("kept"),)))
    assert store.count(LogHeadRow) == 0
    assert kinds(store) == ["kept"]


# ---- reads -------------------------------------------------------------------------------------


def test_conditions_narrow_order_sorts_and_limit_cuts(store: SqliteStore) -> None:
    change(store, *(Insert(EntryRow("o", n, "sent", bytes([n]), b"d")) for n in range(10)))
    some = store.rows(EntryRow, Where("idx", ">=", 3), Where("idx", "<", 8), order="-idx", limit=2)
    assert [row.idx for row in some] == [7, 6]
    assert store.count(EntryRow, Where("idx", "!=", 0)) == 9
    assert [r.idx for r in store.rows(EntryRow, Where("idx", "in", (2, 5, 99)), order="idx")] == [
        2,
        5,
    ]


@pytest.mark.parametrize("length", [0, 1, 5, 4096, 4097, 9000])
def test_a_list_of_any_length_may_be_asked_for(store: SqliteStore, length: int) -> None:
    change(store, *(Insert(EntryRow("o", n, "sent", b"", b"")) for n in range(9000)))
    wanted = list(range(8999, 8999 - length, -1))
    rows = store.rows(EntryRow, Where("origin", "=", "o"), Where("idx", "in", wanted), order="idx")
    assert [row.idx for row in rows] == sorted(wanted)
    assert store.count(EntryRow, Where("idx", "in", wanted)) == length
    few = store.rows(EntryRow, Where("idx", "in", wanted), order="-idx", limit=3)
    assert [row.idx for row in few] == wanted[:3]


def test_none_is_asked_for_as_none(store: SqliteStore) -> None:
    change(store, Insert(outbox("a", envelope=b"e")), Insert(outbox("b")))
    assert [r.message_id for r in store.rows(OutboxRow, Where("envelope", "!=", None))] == ["a"]
    assert [r.message_id for r in store.rows(OutboxRow, Where("envelope", "=", None))] == ["b"]


def test_lists_need_no_content(store: SqliteStore) -> None:
    change(
        store,
        Insert(outbox("a", envelope=b"e", leaf=b"l")),
        Insert(HeldRow(b"e", "r", "s", AT, AT)),
    )
    row = store.rows(OutboxRow, blobs=False)[0]
    assert (row.content, row.envelope, row.leaf) == (b"", b"", b"l")
    assert store.rows(HeldRow, blobs=False)[0].envelope == b""
    assert store.rows(OutboxRow)[0] == outbox("a", envelope=b"e", leaf=b"l", row=1)


def test_flags_come_back_as_flags(store: SqliteStore) -> None:
    change(store, Insert(AcceptedCheckpointRow("o", 1, b"", b"", "tr", AT, proven=True)))
    row = store.rows(AcceptedCheckpointRow, Where("proven", "=", True))[0]
    assert row.proven is True


def test_the_next_number_of_a_chain_follows_the_highest(store: SqliteStore) -> None:
    change(
        store,
        Insert(outbox("a", seq=1, origin="o/1")),
        Insert(outbox("b", seq=7, origin="o/1")),
        Insert(outbox("c", cls="flash", seq=2, origin="o/1")),
        Insert(outbox("d")),
        Insert(outbox("e", seq=1, origin="o/2")),
    )
    assert store.next_sequences("o/1") == {("pk", "ordinary"): 8, ("pk", "flash"): 3}
    assert store.next_sequences("o/2") == {("pk", "ordinary"): 2}


def test_settling_empties_the_write_ahead_log_unless_it_is_being_read(
    store: SqliteStore, tmp_path: Path
) -> None:
    log = next(tmp_path.rglob("*.db-wal"))
    change(store, Insert(outbox("a", content=b"to be overwritten")))
    change(store, Update(OutboxRow, {"message_id": "a"}, {"content": b""}))
    assert b"to be overwritten" in log.read_bytes()
    with sqlite3.connect(log.with_suffix(".db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from outbox").fetchone()
        change(store, Update(OutboxRow, {"message_id": "a"}, {"state": "x"}))
        store.settle()
        assert log.stat().st_size
        reader.execute("rollback")
    store.settle()
    assert log.stat().st_size == 0
    change(store, Insert(outbox("b")))


def test_a_missing_tile_is_a_fault_of_our_own(store: SqliteStore) -> None:
    change(store, Put(TileRow("o", 0, 0, b"h" * 32)))
    assert store.tile("o", 0, 0) == b"h" * 32
    with pytest.raises(IntegrityFailure):
        store.tile("o", 0, 1)


def test_reads_see_the_last_commit_while_a_writer_is_at_work(
    store: SqliteStore, tmp_path: Path
) -> None:
    change(store, event("before"))
    other = sqlite3.connect(tmp_path / "store" / "node.db", isolation_level=None)
    other.execute("begin immediate")
    other.execute("insert into event (at, kind, ref, data) values ('', 'unfinished', '', '')")
    assert kinds(store) == ["before"]
    other.execute("rollback")
    other.close()


def test_many_threads_read_at_once(store: SqliteStore) -> None:
    change(store, event("one"))
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(kinds(store))) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["one"]] * 24


# ---- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_a_value_that_sqlite_cannot_hold_stops_its_batch_only(
    store: SqliteStore, value: object
) -> None:
    poison = Insert(outbox("a", seq=value) if isinstance(value, int) else outbox("a", area=value))
    with pytest.raises(InvalidInput):
        change(store, event("lost"), poison)
    change(store, event("kept"))
    assert kinds(store) == ["kept"]


def test_a_full_disk_is_unavailable_and_leaves_nothing(store: SqliteStore) -> None:
    with store._writer.lent() as connection:
        [pages] = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count={pages}")
    with pytest.raises(Unavailable):
        change(store, event("lost"), Insert(outbox("big", content=b"x" * 1_000_000)))
    assert kinds(store) == []
    with store._writer.lent() as connection:
        connection.execute("pragma max_page_count=1000000")
    change(store, event("kept"))
    assert kinds(store) == ["kept"]


def test_a_database_that_another_process_locks_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.05)
    store = SqliteStore(tmp_path / "node.db")
    other = sqlite3.connect(tmp_path / "node.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Unavailable):
        change(store, event("lost"))
    other.execute("rollback")
    change(store, event("kept"))
    assert kinds(store) == ["kept"]
    other.close()
    store.close()


def test_a_file_that_is_no_database_is_an_integrity_failure(tmp_path: Path) -> None:
    (tmp_path / "node.db").write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(IntegrityFailure):
        SqliteStore(tmp_path / "node.db")


def test_a_path_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    store.close()
    (tmp_path / "node.db").unlink()
    (tmp_path / "node.db").mkdir()
    with pytest.raises(Unavailable):
        store.count(EventRow)


# ---- trying ------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_told_and_nothing_is_written(store: SqliteStore) -> None:
    change(store, *(Insert(outbox(f"m{n}", seq=n, origin="o")) for n in (1, 2)))

    def seq(ident: str, value: int | None) -> Update:
        return Update(OutboxRow, {"message_id": ident}, {"seq": value})

    groups: list[list[Change]] = [
        [seq("m1", 3)],
        [seq("m2", 1)],  # once m1 has left the place
        [Insert(outbox("m2", seq=9, origin="o"), ignore=True)],  # an id that is taken
        [Insert(outbox("m9", seq=3, origin="o"))],  # where m1 goes
        [Delete(OutboxRow, {"message_id": "nobody"})],
        [event("x"), seq("m1", 3)],  # what another group does too
    ]
    before = store.rows(OutboxRow, order="row")
    assert store.refused(groups) == [2, 4]
    assert store.refused([[seq("m1", 2)], [seq("m2", 1)]]) == [0, 1]
    assert store.refused([[seq("m2", None), seq("m1", 2)], [seq("m2", 1)]]) == []
    assert store.rows(OutboxRow, order="row") == before
    assert store.rows(EventRow) == []
    change(store, event("the store can be written again"))
