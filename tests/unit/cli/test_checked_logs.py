"""A check of a log that goes on another day: the same result, and nothing is read twice."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from core_network import FULL
from relec_exchange.audit.checkpoint import sign_checkpoint
from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tiles import Tree
from relec_exchange.cli.checked_logs import Checked, checked, read_checked, write_checked
from relec_exchange.cli.log_check import LogCheck, check_log
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unverified
from relec_exchange.message.identifiers import format_time
from relec_exchange.trust.signature import HybridKey

ORIGIN = "relec.example/tr/activity/1"
COUNT = 100_000 if FULL else 3_000
PAGE = 1_000
AT = "2026-11-02T08:00:00Z"


@cache
def key() -> HybridKey:
    return HybridKey.generate(ORIGIN, "log", os.urandom)


@cache
def entries() -> list[bytes]:
    """A log of accesses, with a time that goes on."""
    common = {"network": "relec.example", "actor": "ines", "ref": ""}
    opened = {
        "kind": "opened",
        "network": "relec.example",
        "origin": ORIGIN,
        "previous_origin": "",
        "previous_size": 0,
        "previous_root": "",
    }
    found = [encode_entry({**opened, "time": "2026-11-01T00:00:00.000Z"})]
    began = datetime(2026, 11, 1, tzinfo=UTC)
    for n in range(1, COUNT):
        time = format_time(began + timedelta(seconds=n))
        found.append(encode_entry({**common, "kind": "access", "action": "search", "time": time}))
    return found


@cache
def signed(size: int) -> bytes:
    tree = Tree(0, lambda level, n: b"").extend(leaf_hashes(entries()[:size]))[0]
    return sign_checkpoint(ORIGIN, size, tree.root(), key(), 1_790_000_000).note


class Node:
    """Gives entries page by page, and remembers which it was asked for."""

    def __init__(self, log: list[bytes]) -> None:
        self.log = log
        self.given: list[int] = []

    def page(self, start: int) -> list[bytes]:
        found = self.log[start : start + PAGE]
        self.given += range(start, start + len(found))
        return found


def check(size: int, before: Checked | None = None, log: list[bytes] | None = None) -> Checked:
    node = Node(log or entries())
    begun = before.check() if before else ORIGIN
    done = check_log(begun, size, node.page, signed(size), key().public())
    assert [n for n in node.given if n < size] == list(range(before.size if before else 0, size))
    return checked(done, signed(size).decode(), AT)


@cache
def whole(size: int) -> Checked:
    return check(size)


SIZES = (1, 2, 255, 256, 257, 511, 512, 513, 1_000, COUNT - 1, COUNT)


@pytest.mark.parametrize("first", SIZES)
def test_a_check_that_goes_on_ends_as_one_that_read_everything(first: int) -> None:
    before = whole(first)
    for size in (one for one in SIZES if one >= first):
        assert check(size, before).document == whole(size).document, size
        before = check(size, before)


def test_it_goes_on_from_the_file_too(tmp_path: Path) -> None:
    file = tmp_path / "auditor" / "checked.json"
    write_checked(file, {ORIGIN: check(700)})
    found = read_checked(file)
    assert check(COUNT, found[ORIGIN]).document == whole(COUNT).document
    assert read_checked(tmp_path / "none.json") == {}
    with pytest.raises(InvalidInput):
        write_checked(file / "below", found)


@pytest.mark.parametrize("changed", [0, 300, 699])
def test_an_entry_that_was_changed_since_it_was_checked_changes_nothing_that_goes_on(
    changed: int,
) -> None:
    """What was checked is not read again: who rewrites it has to sign another tree."""
    before = check(700)
    log = list(entries())
    log[changed] = log[changed].replace(b"ines", b"inez").replace(b"tr/activity", b"pk/activity")
    tree = Tree(0, lambda level, n: b"").extend(leaf_hashes(log[:900]))[0]
    note = sign_checkpoint(ORIGIN, 900, tree.root(), key(), 1_790_000_000).note
    with pytest.raises(Unverified):
        check_log(before.check(), 900, Node(log).page, note, key().public())


def test_what_is_new_is_checked_as_strictly_as_what_was_read_first() -> None:
    before = check(700)
    back = entries()[5]
    with pytest.raises(IntegrityFailure):  # older than the last one that was checked
        check_log(
            before.check(), 701, Node([*entries()[:700], back]).page, signed(701), key().public()
        )
    with pytest.raises(IntegrityFailure):  # fewer than were stated
        check_log(before.check(), 900, Node(entries()[:800]).page, signed(900), key().public())


def test_a_state_with_another_edge_is_no_state() -> None:
    document = dict(check(700).document)
    edge = dict(document["edge"])
    edge["0"] = "00" * (len(edge["0"]) // 2)
    for changes in ({"edge": edge}, {"root": "00" * 32}, {"size": 699}, {"edge": {}}):
        with pytest.raises(InvalidInput):
            Checked({**document, **changes}).check()
    assert isinstance(Checked(document).check(), LogCheck)
