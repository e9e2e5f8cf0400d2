"""What somebody with a node's disk can do to its log, with the node's log key or without it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from attacked_network import AttackedNetwork

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import sign_checkpoint
from relec_exchange.audit.entry import decode_entry, encode_entry
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.tiles import Tree
from relec_exchange.message.identifiers import exchange_origin
from relec_exchange.settings import read_settings
from relec_exchange.testing import NETWORK, PASSPHRASE

Change = Callable[[list[bytes]], Sequence[bytes]]


def store_of(network: AttackedNetwork, name: str) -> Path:
    """The database file of a node."""
    settings = read_settings(network.home(name))
    return settings.path(settings.paths.store)


def guard_of(network: AttackedNetwork, name: str) -> Path:
    """The guard copy of a node."""
    settings = read_settings(network.home(name))
    return settings.path(settings.paths.guard)


def alter(data: bytes) -> bytes:
    """An entry that names another commitment: what was sent seems to have been something else."""
    fields = decode_entry(data)
    kind = fields["kind"]
    assert kind == "sent", kind
    return encode_entry({**fields, "commitment": "5a" * 32})


def rewrite_entry(network: AttackedNetwork, name: str, instead: bytes = b"") -> bytes:
    """Write over the first entry of a `sent` message, behind the node's back while it runs; returns
    what stood there.
    """
    origin = exchange_origin(NETWORK, name, 1)
    with closing(sqlite3.connect(store_of(network, name))) as store, store:
        query = "SELECT idx, data FROM entry WHERE origin = ? AND kind = 'sent' ORDER BY idx"
        index, data = store.execute(query, (origin,)).fetchone()
        altered = instead or alter(data)
        store.execute(
            "UPDATE entry SET data = ?, leaf = ? WHERE origin = ? AND idx = ?",
            (altered, leaf_hash(altered), origin, index),
        )
    return bytes(data)


def rewrite_log(network: AttackedNetwork, name: str, change: Change) -> None:
    """Another exchange log in place of a stopped node's, whole and signed with its real key."""
    origin = exchange_origin(NETWORK, name, 1)
    key = KeyFiles(network.home(name) / "keys", PASSPHRASE).log("exchange")
    with closing(sqlite3.connect(store_of(network, name))) as store, store:
        query = "SELECT data FROM entry WHERE origin = ? ORDER BY idx"
        entries = list(change([data for (data,) in store.execute(query, (origin,))]))
        tree, tiles = Tree(0, lambda level, n: b"").extend([leaf_hash(one) for one in entries])
        for table in ("entry", "tile"):
            store.execute(f"DELETE FROM {table} WHERE origin = ?", (origin,))  # noqa: S608
        rows = [
            (origin, index, decode_entry(one)["kind"], leaf_hash(one), one)
            for index, one in enumerate(entries)
        ]
        columns = "(origin, idx, kind, leaf, data)"
        store.executemany(f"INSERT INTO entry {columns} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608
        hashes = [(origin, tile.level, tile.n, tile.data) for tile in tiles]
        columns = "(origin, level, n, hashes)"
        store.executemany(f"INSERT INTO tile {columns} VALUES (?, ?, ?, ?)", hashes)  # noqa: S608
        now = int(network.clock().timestamp())
        note = sign_checkpoint(origin, tree.size, tree.root(), key, now).note
        store.execute(
            "UPDATE log_head SET size = ?, root = ?, last_time = ?, checkpoint = ? "
            "WHERE origin = ?",
            (tree.size, tree.root(), decode_entry(entries[-1])["time"], note, origin),
        )
        lost = "UPDATE outbox SET envelope = NULL WHERE origin = ? AND leaf_index >= ?"
        store.execute(lost, (origin, len(entries)))


def first_altered(entries: list[bytes]) -> list[bytes]:
    """The same log with another first `sent` entry."""
    place = next(n for n, data in enumerate(entries) if decode_entry(data)["kind"] == "sent")
    return [*entries[:place], alter(entries[place]), *entries[place + 1 :]]


def without_tail(entries: list[bytes]) -> list[bytes]:
    """The log without its last ten entries."""
    return entries[:-10]
