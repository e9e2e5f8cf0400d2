"""Appending to a log: places, order of times, and who belongs where."""

import pytest

from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.merkle import leaf_hash, verify_inclusion
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unverified

ORIGIN = "relec.example/tr/exchange/1"
NETWORK = "relec.example"


def time(second):
    return f"2026-11-21T17:30:{second:02d}.000Z"


def opened(second=0, origin=ORIGIN):
    return encode_entry(
        {
            "kind": "opened",
            "time": time(second),
            "network": NETWORK,
            "origin": origin,
            "previous_origin": "",
            "previous_size": 0,
            "previous_root": "",
        }
    )


def erased(second):
    return encode_entry(
        {
            "kind": "erased",
            "time": time(second),
            "network": NETWORK,
            "what": "content",
            "subject": "x",
            "reason": "retention",
        }
    )


def access(second):
    return encode_entry(
        {
            "kind": "access",
            "time": time(second),
            "network": NETWORK,
            "actor": "ayse",
            "action": "search",
            "ref": "",
        }
    )


def empty(origin=ORIGIN):
    return LogHead(origin, Tree(0, lambda _level, _n: b""))


def test_appended_entries_stand_where_they_are_said_to_stand():
    first = append(empty(), [opened(), erased(1)])
    second = append(first.head, [erased(1), erased(2)])
    assert [entry.index for entry in second.entries] == [2, 3]
    assert second.head.last_time == time(2)
    root = second.head.tree.root()
    for entry in (*first.entries, *second.entries):
        assert entry.leaf_hash == leaf_hash(entry.data)
        path = second.head.tree.inclusion(entry.index)
        verify_inclusion(entry.leaf_hash, entry.index, 4, path, root)


def test_a_discarded_batch_leaves_the_head_as_it_was():
    head = append(empty(), [opened()]).head
    root = head.tree.root()
    append(head, [erased(5)])
    assert (head.tree.size, head.tree.root(), head.last_time) == (1, root, time(0))


def test_time_never_runs_backwards_within_a_log():
    head = append(empty(), [opened(10)]).head
    with pytest.raises(IntegrityFailure):
        append(head, [erased(9)])
    with pytest.raises(IntegrityFailure):
        append(head, [erased(12), erased(11)])


def test_a_log_begins_with_the_entry_that_opens_it_and_only_there():
    with pytest.raises(Unverified):
        append(empty(), [erased(0)])
    with pytest.raises(InvalidInput):
        append(empty(), [opened(origin="relec.example/tr/exchange/2")])
    with pytest.raises(InvalidInput):
        append(empty(), [opened(), opened()])


def test_each_log_takes_only_its_own_kinds():
    exchange = append(empty(), [opened()]).head
    activity_origin = "relec.example/tr/activity/1"
    activity = append(empty(activity_origin), [opened(origin=activity_origin)]).head
    with pytest.raises(InvalidInput):
        append(exchange, [access(1)])
    with pytest.raises(InvalidInput):
        append(activity, [erased(1)])
    assert append(activity, [access(1)]).entries[0].kind == "access"


def test_appending_nothing_changes_nothing():
    head = append(empty(), [opened()]).head
    nothing = append(head, [])
    assert (nothing.entries, nothing.tiles, nothing.head.tree.size) == ((), (), 1)
