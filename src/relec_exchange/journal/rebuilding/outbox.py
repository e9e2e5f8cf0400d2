"""What became of our messages, made again from entries and receipts: outbox states, receipts.

Contract: as `walks`. What officers did and what we declared void or erased stands in entries;
what a recipient said stands in its receipts, whose numbers we logged and whose signed originals are
kept under a key: only who can open them (`originals`) can make a receipt's record again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from relec_exchange.journal.paging import pages
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY, not_after
from relec_exchange.journal.rebuilding.said import CONTROL, Deed, Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import (
    Delete,
    Insert,
    LogHeadRow,
    OutboxRow,
    ReceiptRow,
    Update,
    Where,
)

_NO_CONTENT: Final = "content is in no entry: restore the newest backup"
_NOT_ERASED: Final = "no entry tells of the erasure: find out who marked it, before the node runs"
_SIGNED: Final = "the recipient signed it: `relec fsck --contents --repair` reads its original"
_JUDGED: Final = ("validated", "rejected")
_TOLD: Final = ("validated", "rejected", "opened", "answered")


class Item(NamedTuple):
    """One line of a signed receipt: about which leaf, which stage, what code, when."""

    leaf: bytes
    stage: str
    code: str
    at: str


Originals = Mapping[tuple[str, str], Sequence[Item]]
"""The receipts that could be opened, by sender and id."""


class OutboxWalk:
    """Ask for `differences` when all pages were taken. `originals` is None where content stays
    closed; `misplaced` are messages whose leaf is not yet what the log says; `unit` stands for the
    node itself where an officer's name does.
    """

    def __init__(
        self,
        store: Store,
        said: Said,
        originals: Originals | None,
        unit: str,
        misplaced: Collection[str],
    ) -> None:
        self._store = store
        self._unit = unit
        self._misplaced = misplaced
        self._said = said
        self._originals = originals
        heads = store.rows(LogHeadRow)
        self._own = parse_origin(heads[0].origin).node if heads else ""
        self._released: dict[str, list[str]] = defaultdict(list)
        self._last: dict[tuple[str, str], Deed] = {}
        for deed in said.deeds.values():
            self._last[deed.kind, deed.message_id] = deed
            if deed.kind == "released":
                self._released[deed.message_id].append(deed.actor)

    def differences(self) -> Iterator[Difference]:
        """Messages against what was done with them, receipts against messages and entries."""
        yield from self._receipts()
        missing = set(self._said.submitted)
        for rows in pages(self._store, OutboxRow):
            told = self._told([row.leaf for row in rows if row.leaf])
            for row in rows:
                missing.discard(row.message_id)
                if row.message_id not in self._misplaced:
                    yield from self._one(row, told.get(row.leaf, []))
        for message_id in sorted(missing):
            yield Difference("outbox", message_id, "the message is missing", (), _NO_CONTENT)

    # ---- messages ------------------------------------------------------------------------------

    def _one(self, row: OutboxRow, told: Sequence[ReceiptRow]) -> Iterator[Difference]:
        right = self._judged(row, told)
        if row.cls != CONTROL:
            right |= self._submitted(row)
        elif row.submitted_by or row.released_by:
            right |= {"submitted_by": "", "released_by": ""}
        wrong = {name: value for name, value in right.items() if getattr(row, name) != value}
        if wrong:
            change = Update(OutboxRow, {"message_id": row.message_id}, wrong)
            yield Difference("outbox", row.message_id, ", ".join(sorted(wrong)), (change,))
        if row.erased_at and f"{self._own}/{row.message_id}" not in self._said.erased:
            yield Difference("outbox", row.message_id, f"erased: {NO_ENTRY}", (), _NOT_ERASED)
        if row.leaf_index < 0 and row.message_id not in self._said.submitted:
            yield Difference("outbox", row.message_id, NO_ENTRY, (), LEFT_ALONE)
        yield from self._untold(row, told)

    def _submitted(self, row: OutboxRow) -> dict[str, Any]:
        """What officers did with a message that one of them submitted."""
        said, ident = self._said, row.message_id
        submitted = said.submitted.get(ident)
        if submitted is None:  # the node's own words
            own = {"submitted_by": self._unit, "released_by": self._unit}
            return own if row.leaf_index >= 0 else {}
        right: dict[str, Any] = {"submitted_by": submitted.actor}
        right["submitted_at"] = not_after(row.submitted_at, submitted.time)
        names = self._released.get(ident, [])
        if row.leaf_index >= 0 and row.released_by not in {submitted.actor, *names}:
            right["released_by"] = next(
                (name for name in names if name != submitted.actor), submitted.actor
            )
        decided = said.decided.get(("outbound", ident, row.recipient))
        if decided is not None:
            right |= {"area": decided["area"], "data_level": decided["level"]}
            if row.leaf_index >= 0:
                right["grant_id"] = decided["grant"]
        confirmed = self._last.get(("confirmed", ident))
        if confirmed is not None:
            right |= {"confirmed_by": confirmed.actor, "needs": ""}
        if ("returned", ident) in self._last:
            right |= {"state": "returned", "needs": ""}
        erased = said.erased.get(f"{self._own}/{ident}")
        if erased is not None:
            right["erased_at"] = not_after(row.erased_at, erased[0])
        return right

    def _judged(self, row: OutboxRow, told: Sequence[ReceiptRow]) -> dict[str, Any]:
        """What the recipient said, or what we said in its place."""
        if not told:
            voided = self._said.voided.get(row.leaf)
            if voided is None or (row.judged_at and row.state in _TOLD):
                return {}
            return {
                "state": "voided",
                "wire_code": voided[1],
                "judged_at": not_after(row.judged_at, voided[0]),
            }
        right: dict[str, Any] = {}
        stages = {one.stage: one for one in told}
        judged = [one for one in told if one.stage in _JUDGED]
        if judged:
            right |= {"judged_at": judged[-1].at, "wire_code": judged[-1].code}
        if "opened" in stages:
            right["opened_at"] = stages["opened"].at
        answered = row.answered_at or (stages["answered"].at if "answered" in stages else "")
        right["answered_at"] = answered
        right["state"] = _state(stages, answered)
        return right

    def _untold(self, row: OutboxRow, told: Sequence[ReceiptRow]) -> Iterator[Difference]:
        """Columns that only a receipt can have filled, where there is none."""
        stages = {one.stage for one in told}
        judged = row.judged_at and row.leaf not in self._said.voided
        missing = [
            name
            for name, here in (
                ("judged", bool(judged) and not stages & set(_JUDGED)),
                ("opened", bool(row.opened_at) and "opened" not in stages),
            )
            if here
        ]
        if missing and self._originals is None:
            what = f"no receipt tells that it was {' and '.join(missing)}"
            yield Difference("receipt", row.message_id, what, (), _SIGNED)

    # ---- receipts ------------------------------------------------------------------------------

    def _told(self, leaves: Sequence[bytes]) -> dict[bytes, list[ReceiptRow]]:
        found: dict[bytes, list[ReceiptRow]] = defaultdict(list)
        for row in self._store.rows(ReceiptRow, Where("leaf", "in", list(leaves)), order="row"):
            found[row.leaf].append(row)
        return found

    def _receipts(self) -> Iterator[Difference]:
        """Receipts whose message or whose own entry is not here, and those of which both are."""
        logged = {
            (came.sender, came.message_id): leaf
            for leaf, came in self._said.came.items()
            if came.cls == CONTROL
        }
        here: set[tuple[bytes, str, str]] = set()
        judged: dict[bytes, str] = {}
        for rows in pages(self._store, ReceiptRow):
            ours = self._ours([row.leaf for row in rows])
            for row in rows:
                here.add((row.leaf, row.stage, row.receipt_id))
                if row.stage in _JUDGED:
                    judged[row.leaf] = row.stage
                yield from self._receipt(row, ours.get(row.leaf), logged)
        if self._originals is not None:
            yield from self._from_originals(self._originals, logged, here, judged)

    def _ours(self, leaves: Sequence[bytes]) -> dict[bytes, OutboxRow]:
        rows = self._store.rows(OutboxRow, Where("leaf", "in", list(leaves)), blobs=False)
        return {row.leaf: row for row in rows}

    def _receipt(
        self, row: ReceiptRow, ours: OutboxRow | None, logged: Mapping[tuple[str, str], bytes]
    ) -> Iterator[Difference]:
        where, key = f"{row.receipt_id}:{row.row}", {"row": row.row}
        leaf = logged.get((row.peer, row.receipt_id))
        remedy: tuple[Any, ...] = (Delete(ReceiptRow, key),)
        if leaf is None:
            yield Difference("receipt", where, "no such receipt came", remedy)
            return
        if leaf != row.receipt_leaf:
            change = Update(ReceiptRow, key, {"receipt_leaf": leaf})
            yield Difference("receipt", where, "receipt_leaf", (change,))
        items = (self._originals or {}).get((row.peer, row.receipt_id))
        if items is not None:
            item = next((one for one in items if (one.leaf, one.stage) == row_key(row)), None)
            if item is None:
                yield Difference("receipt", where, "its signed original has no such line", remedy)
            elif (item.code, item.at) != (row.code, row.at):
                change = Update(ReceiptRow, key, {"code": item.code, "at": item.at})
                yield Difference("receipt", where, "code or at", (change,))
        elif self._recipient(ours) not in ("", row.peer):
            yield Difference("receipt", where, "peer", remedy)

    def _recipient(self, ours: OutboxRow | None) -> str:
        """Whom the message went to; nothing where its own record may be what is wrong."""
        return "" if ours is None or ours.message_id in self._misplaced else ours.recipient

    def _from_originals(
        self,
        originals: Originals,
        logged: Mapping[tuple[str, str], bytes],
        here: set[tuple[bytes, str, str]],
        judged: dict[bytes, str],
    ) -> Iterator[Difference]:
        """Records of what signed receipts say; a judgement that contradicts another counts not."""
        for (peer, ident), items in sorted(originals.items()):
            ours = self._ours([item.leaf for item in items])
            for item in items:
                row = ours.get(item.leaf)
                known = (item.leaf, item.stage, ident) in here
                if known or row is None or row.recipient != peer or (peer, ident) not in logged:
                    continue
                first = judged.get(item.leaf, item.stage)
                if item.stage in _JUDGED and judged.setdefault(item.leaf, item.stage) != item.stage:
                    continue
                if first == "rejected" and item.stage != "rejected":
                    continue
                made = ReceiptRow(*item, peer, ident, logged[peer, ident])
                where, what = f"{ident}:{item.stage}:{row.message_id}", "the receipt is missing"
                yield Difference("receipt", where, what, (Insert(made, ignore=True),))


def row_key(row: ReceiptRow) -> tuple[bytes, str]:
    """What a line of a receipt is about."""
    return row.leaf, row.stage


def _state(stages: Mapping[str, ReceiptRow], answered: str) -> str:
    if "rejected" in stages:
        return "rejected"
    if answered:
        return "answered"
    return "opened" if "opened" in stages else "validated"
