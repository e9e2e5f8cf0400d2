"""Checking a whole log from its entries, and one entry from its proof, without trusting the node.

Contract: pure but for the pages it is given; raises `Unverified` with the reason, or
`IntegrityFailure` where the log contradicts itself. Needs a card whose authority is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from relec_exchange.audit.checkpoint import Checkpoint, verify_checkpoint
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import leaf_hash, leaf_hashes, verify_inclusion
from relec_exchange.audit.proof import parse_proof
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import IntegrityFailure, NotFound, Reason, Unverified
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.trust.card import Card
from relec_exchange.trust.signature import HybridPublic


@dataclass(slots=True)
class LogCheck:
    """A log on its way through the check; call `take` for each page, then `finish`.

    `edge` are the newest tiles of each level: with them the check can go on another day. `anchors`
    are the newest size and root of each activity log that this log names.
    """

    origin: str
    tree: Tree = field(default_factory=lambda: Tree(0, lambda level, n: b""))
    kinds: Counter[str] = field(default_factory=Counter)
    opened: dict[str, Any] = field(default_factory=dict)
    anchors: dict[str, tuple[int, str]] = field(default_factory=dict)
    edge: dict[int, bytes] = field(default_factory=dict)
    last_time: str = ""
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, entries: Iterable[bytes]) -> None:
        """Check entries in order: form, kind, time, numbers; and hash them."""
        page = list(entries)
        for index, data in enumerate(page, self.tree.size):
            self._check(index, decode_entry(data))
        self.tree, tiles = self.tree.extend(leaf_hashes(page))
        for tile in tiles:
            self.edge[tile.level] = tile.data

    def finish(self, checkpoint: bytes, public: HybridPublic) -> Checkpoint:
        """The checkpoint, if it is signed by the log's key and is that of these entries."""
        stated = verify_checkpoint(checkpoint, public)
        if stated.size != self.tree.size:
            raise IntegrityFailure(
                f"the checkpoint states {stated.size} entries, {self.tree.size} were read"
            )
        if stated.root != self.tree.root():
            raise Unverified(Reason.LOG_FORK, "the entries do not have the root that is signed")
        return stated

    def _check(self, index: int, entry: dict[str, Any]) -> None:
        if (entry["kind"] == "opened") != (index == 0):
            raise IntegrityFailure(f"entry {index} is of kind {entry['kind']}")
        if index == 0 and entry["origin"] != self.origin:
            raise IntegrityFailure("the first entry opens another log")
        if index == 0:
            self.opened = entry
        if entry["time"] < self.last_time:
            raise IntegrityFailure(f"entry {index} is older than the one before it")
        self.last_time = entry["time"]
        if entry["kind"] == "anchored":
            self.anchors[entry["origin"]] = (entry["size"], entry["root"])
        if entry["kind"] == "sent":
            self._check_number(index, (entry["to"], entry["class"]), entry["seq"])
        self.kinds[entry["kind"]] += 1

    def _check_number(self, index: int, chain: tuple[str, str], number: int) -> None:
        expected = self.sequences.get(chain, 0) + 1
        if number != expected:
            raise IntegrityFailure(f"entry {index} has number {number}, not {expected}")
        self.sequences[chain] = number


def check_log(
    log: str | LogCheck,
    size: int,
    page: Callable[[int], list[bytes]],
    checkpoint: bytes,
    public: HybridPublic,
    done: Callable[[int], None] = lambda count: None,
) -> LogCheck:
    """Read all entries of a log (its name) by `page(start)` and check them against the signed
    checkpoint; of a check that has begun, those behind what it has seen.
    """
    check = log if isinstance(log, LogCheck) else LogCheck(log)
    while check.tree.size < size:
        entries = page(check.tree.size)
        if not entries:
            raise IntegrityFailure(f"the node gives no entry {check.tree.size}")
        check.take(entries[: size - check.tree.size])
        done(len(entries))
    check.finish(checkpoint, public)
    return check


def check_predecessor(opened: dict[str, Any], card: Card) -> str:
    """The log that this one follows, or nothing.

    IntegrityFailure if the card says that it ended otherwise than the first entry names.
    """
    origin = str(opened["previous_origin"])
    for log in card.logs:
        if log.origin == origin and (log.final_size, log.final_root) != (
            opened["previous_size"],
            opened["previous_root"],
        ):
            raise IntegrityFailure(f"the card and the first entry differ on the end of {origin}")
    return origin


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry that stands in a log, with the checkpoint that covers it."""

    entry: dict[str, Any]
    index: int
    leaf: bytes
    checkpoint: Checkpoint


def check_proof(proof: bytes, data: bytes, card: Card) -> ProvenEntry:
    """The entry, if the proof shows it in a log of the card's node; else `Unverified`."""
    parsed = parse_proof(proof)
    claimed = parsed.checkpoint.split(b"\n", 1)[0].decode("utf-8", "replace")
    public = log_key(card, claimed)
    checkpoint = verify_checkpoint(parsed.checkpoint, public)
    leaf = leaf_hash(data)
    verify_inclusion(leaf, parsed.index, checkpoint.size, parsed.path, checkpoint.root)
    entry = decode_entry(data)
    origin = parse_origin(checkpoint.origin)
    sender = entry.get("from", origin.node)
    if entry["network"] != origin.network or (entry["kind"] == "sent" and sender != origin.node):
        raise Unverified(Reason.ENTRY_MISMATCH, "the entry is not of the node that owns the log")
    return ProvenEntry(entry, parsed.index, leaf, checkpoint)


def log_key(card: Card, origin: str) -> HybridPublic:
    """The key of a log that the card names, or `NotFound`."""
    for log in card.logs:
        if log.origin == origin:
            return log.public()
    raise NotFound(
        f"the card of {card.node} does not name this log",
        field="origin",
        remedy="use the card of the node whose log it is, of that time",
    )
