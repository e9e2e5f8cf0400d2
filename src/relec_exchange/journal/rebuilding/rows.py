"""Records that repeat what entries say, held against them: outbox, accepted, own trees.

Contract: as `walks`: reads, writes nothing, and names rows by their keys. Give every page of
our logs to `take`, then ask for `rest`. Content, times of arrival and words of partners stand in
no entry and cannot be made again: `UNDERIVABLE` says where they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from relec_exchange.errors import Unverified
from relec_exchange.journal.paging import accepted_pages, pages
from relec_exchange.journal.rebuilding.numbers import Misplaced, Numbered
from relec_exchange.journal.rebuilding.walks import Difference, Entry, Page
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    CosignatureRow,
    CosignedRow,
    EntryRow,
    OutboxRow,
    Update,
    UsedCheckpointRow,
    Where,
)

COUNTED: Final = frozenset({"accepted", "syntax", "schema", "not-permitted"})
"""Outcomes after which a number has come; the others refuse it before it is counted."""

UNDERIVABLE: Final[Mapping[str, str]] = {
    "entry": "the source of everything else",
    "outbox, inbox, draft, comment, judgement, received_content, cut, extract, register": (
        "content is in no entry: only a backup has it, and only while its keys live"
    ),
    "accepted": "entry and path are what a partner sent: it sends them again when asked",
    "receipt": "stage and time are what a recipient signed: --contents reads its original",
    "accepted_checkpoint, witnessed, cosignature, cosigned": (
        "signed by partners: their next rounds bring new ones"
    ),
    "peer, peer_chain": "what a partner's newest round told: its next one tells it again",
    "officer, note": "signed by others: put back from the files of the home, or import it again",
    "legal_hold, consent, contact": "what they rest on is a message's content",
    "quarantine": "envelopes are in no entry: they are counted there, and so missed",
    "held, shelter, event, announced": "working state that no entry repeats",
}
"""Tables, or what stands in them, that no entry tells, and where they come from instead."""

_UNREADABLE: Final = "the entry that came from the partner is damaged; ask for it again"
_NO_CONTENT: Final = "content is in no entry: restore the newest backup"

Numbers = dict[tuple[str, str], set[int]]


class RowWalk:
    """The records of a store on their way through. `numbers` are those that came, by chain."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._highest: dict[tuple[str, str, str], int] = {}
        self._outbox: dict[str, Misplaced] = {}
        self._repeated: set[str] = set()
        self._found: list[Difference] = []
        self.numbers: Numbers = defaultdict(set)
        self._take: Mapping[str, Callable[[Page, list[tuple[int, bytes, Entry]]], None]] = {
            "sent": self._sent,
            "received": self._received,
        }

    def take(self, page: Page) -> None:
        """Hold records against the entries of one page of a log of ours."""
        for kind, check in self._take.items():
            entries = [one for one in page.rows if one[2]["kind"] == kind]
            if entries:
                check(page, entries)

    def rest(self, roots: Mapping[str, Mapping[int, bytes]], written: str) -> list[Difference]:
        """All differences; `roots` are those of our own trees by log and size, `written` is the
        exchange log that the node writes.
        """
        numbered = Numbered(self._store, self._outbox, self._repeated, self._at_its_place)
        found = [*numbered.differences(), *self._beyond(), *self._sequences(written)]
        found += [*self._of_partners(), *_own_trees(self._store, roots)]
        return list(dict.fromkeys([*self._found, *found]))

    # ---- ours ----------------------------------------------------------------------------------

    def _sent(self, page: Page, entries: list[tuple[int, bytes, Entry]]) -> None:
        ids = [fields["id"] for _, _, fields in entries]
        stored = {row.message_id: row for row in self._rows(OutboxRow, "message_id", ids)}
        for index, leaf, fields in entries:
            chain = (page.origin, fields["to"], fields["class"])
            highest = self._highest.get(chain, 0)
            if fields["seq"] <= highest:
                self._repeated.add(fields["id"])
            else:
                self._repeated.discard(fields["id"])
            self._highest[chain] = max(fields["seq"], highest)
            row = stored.get(fields["id"])
            if row is not None:
                self._compare(row, page.origin, index, leaf, fields)
            elif fields["class"] != MessageClass.CONTROL:
                where, what = f"{page.origin}:{index}", "the message is missing"
                self._found.append(Difference("outbox", where, what, (), _NO_CONTENT))

    def _compare(self, row: OutboxRow, origin: str, index: int, leaf: bytes, fields: Entry) -> None:
        """A message may be sent anew in a successor: then its record names the later place."""
        right: dict[str, Any] = {
            "origin": origin,
            "leaf_index": index,
            "leaf": leaf,
            "seq": fields["seq"],
            "recipient": fields["to"],
            "cls": fields["class"],
            "type": fields["type"],
            "agreement": fields["agreement"],
            "sent_at": fields["time"],
        }
        if row.message_id in self._repeated and row.seq != fields["seq"]:
            right["seq"] = None  # an earlier message has its number
        if fields["class"] != MessageClass.CONTROL:  # officers sign it; the node itself keeps none
            right["commitment"] = bytes.fromhex(fields["commitment"])
        wrong = _wrong(row, right)
        self._outbox.pop(row.message_id, None)
        if not wrong or self._elsewhere(row, (origin, index)):
            return
        self._outbox[row.message_id] = Misplaced(tuple(wrong), right)

    def _elsewhere(self, row: OutboxRow, place: tuple[str, int]) -> bool:
        """Whether the record names another place, and that has an entry of the same message."""
        if (row.origin, row.leaf_index) == place:
            return False
        at = Where("origin", "=", row.origin), Where("idx", "=", row.leaf_index)
        found = self._store.rows(EntryRow, *at)
        return bool(found) and _id_of(found[0].data) == row.message_id

    def _beyond(self) -> Iterator[Difference]:
        """Messages that name a place where the log has no entry of them."""
        for rows in pages(self._store, OutboxRow, Where("leaf_index", ">=", 0)):
            for row in rows:
                if row.message_id not in self._outbox and not self._at_its_place(row):
                    what = "no entry of this message at its place"
                    yield Difference("outbox", row.message_id, what, (), _NO_CONTENT)

    def _at_its_place(self, row: OutboxRow) -> bool:
        at = Where("origin", "=", row.origin), Where("idx", "=", row.leaf_index)
        return any(_id_of(one.data) == row.message_id for one in self._store.rows(EntryRow, *at))

    def _sequences(self, written: str) -> Iterator[Difference]:
        """The next number of each chain is counted from the outbox; none may come twice."""
        if self._outbox:
            return
        following = self._store.next_sequences(written)
        for (origin, recipient, cls), highest in self._highest.items():
            if origin == written and following.get((recipient, cls), 1) <= highest:
                where, what = f"{origin}>{recipient}/{cls}", "the newest number is missing"
                yield Difference("outbox", where, what, (), _NO_CONTENT)

    # ---- from partners -------------------------------------------------------------------------

    def _received(self, page: Page, entries: list[tuple[int, bytes, Entry]]) -> None:
        by_origin: dict[str, list[Entry]] = defaultdict(list)
        for _, _, fields in entries:
            by_origin[fields["origin"]].append(fields)
            if fields["outcome"] in COUNTED:
                self.numbers[fields["origin"], fields["class"]].add(fields["seq"])
        for origin, told in by_origin.items():
            places = [fields["index"] for fields in told]
            rows = self._rows(AcceptedRow, "idx", places, Where("origin", "=", origin))
            stored = {row.idx: row for row in rows}
            for fields in told:
                if fields["index"] in stored:
                    self._told(stored[fields["index"]], fields)

    def _told(self, row: AcceptedRow, fields: Entry) -> None:
        right: dict[str, Any] = {
            "leaf": bytes.fromhex(fields["leaf"]),
            "sender": fields["from"],
            "cls": fields["class"],
            "seq": fields["seq"],
            "message_id": fields["id"],
            "outcome": fields["outcome"],
        }
        self._mend(row, right)

    def _mend(self, row: AcceptedRow, right: Mapping[str, Any]) -> None:
        wrong = _wrong(row, right)
        if wrong:
            key = {"origin": row.origin, "idx": row.idx}
            where = f"{row.origin}:{row.idx}"
            remedy = (Update(AcceptedRow, key, {name: right[name] for name in wrong}),)
            self._found.append(Difference("accepted", where, ", ".join(wrong), remedy))

    def _of_partners(self) -> Iterator[Difference]:
        """What was accepted from partners, held against the entries that they sent."""
        origins = {origin for origin, _ in self.numbers}
        for rows in accepted_pages(self._store, origins, blobs=True):
            sizes = sorted({row.size for row in rows})
            mine = Where("origin", "=", rows[0].origin)
            trees = self._rows(AcceptedCheckpointRow, "size", sizes, mine)
            roots = {tree.size: tree.root for tree in trees}
            for row in rows:
                yield from self._one(row, roots.get(row.size))

    def _one(self, row: AcceptedRow, root: bytes | None) -> Iterator[Difference]:
        where = f"{row.origin}:{row.idx}"
        if row.outcome in COUNTED:
            self.numbers[row.origin, row.cls].add(row.seq)
        if not row.entry:
            return
        leaf = leaf_hash(row.entry)
        try:
            fields = decode_entry(row.entry, kind="sent")
            _check_path(row, leaf, root)
        except Unverified:
            yield Difference("accepted", where, "entry, path or root", (), _UNREADABLE)
            return
        right = {
            "leaf": leaf,
            "time": fields["time"],
            "sender": fields["from"],
            "cls": fields["class"],
            "seq": fields["seq"],
            "message_id": fields["id"],
            "type": fields["type"],
        }
        self._mend(row, right)

    def _rows(self, kind: Any, column: str, values: list[Any], *more: Where) -> list[Any]:
        return self._store.rows(kind, *more, Where(column, "in", values), blobs=False)


def sizes_told(store: Store) -> dict[str, set[int]]:
    """Sizes of our own trees that other records repeat, by log."""
    sizes: dict[str, set[int]] = defaultdict(set)
    for kind in _OWN_TREES:
        for row in store.rows(kind):
            sizes[row.origin].add(row.size)
    return sizes


def _own_trees(store: Store, roots: Mapping[str, Mapping[int, bytes]]) -> Iterator[Difference]:
    """Roots of our own trees that other records repeat."""
    for kind, table in _OWN_TREES.items():
        for row in store.rows(kind):
            root = roots.get(row.origin, {}).get(row.size)
            if root is not None and root != row.root:
                key = {name: getattr(row, name) for name in _KEYS[kind]}
                where = f"{row.origin}:{row.size}"
                yield Difference(table, where, "root", (Update(kind, key, {"root": root}),))


_OWN_TREES: Final[Mapping[Any, str]] = {
    UsedCheckpointRow: "used_checkpoint",
    CosignatureRow: "cosignature",
    CosignedRow: "cosigned",
}
_KEYS: Final[Mapping[Any, tuple[str, ...]]] = {
    UsedCheckpointRow: ("peer", "origin", "size"),
    CosignatureRow: ("origin", "size", "witness"),
    CosignedRow: ("origin", "size"),
}


def _check_path(row: AcceptedRow, leaf: bytes, root: bytes | None) -> None:
    if root is not None:
        path = [row.path[n : n + HASH_BYTES] for n in range(0, len(row.path), HASH_BYTES)]
        verify_inclusion(leaf, row.idx, row.size, path, root)


def _wrong(row: object, right: Mapping[str, Any]) -> list[str]:
    return [name for name, value in right.items() if getattr(row, name) != value]


def _id_of(data: bytes) -> str:
    """The message that a `sent` entry is about, or nothing."""
    try:
        return str(decode_entry(data, kind="sent")["id"])
    except Unverified:
        return ""
