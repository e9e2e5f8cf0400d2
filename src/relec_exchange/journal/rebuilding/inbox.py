"""The inbox, made again from our `received` entries, what officers did, and what came with them.

Contract: as `walks`. Content, deadlines and words of the sender stand in no entry: a message
made again has none of them, asks for no answer by itself, and is read as any whose content is gone.
What depends on a message that is held is not held against entries once it was freed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from relec_exchange.audit.entry import decode_entry
from relec_exchange.errors import Unverified
from relec_exchange.journal.erasure import ERASED, RETENTION
from relec_exchange.journal.judgements import COARSE
from relec_exchange.journal.paging import pages
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY, not_after
from relec_exchange.journal.rebuilding.said import ACCEPTED, CONTROL, HELD, Came, Said
from relec_exchange.journal.rebuilding.walks import PAGE, Difference
from relec_exchange.message.codes import Urgency
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, Change, InboxRow, Insert, Update, Where

_NOT_ERASED: Final = "no entry tells of the erasure: find out who marked it, before the node runs"
_LOST: Final = "what came with it is lost: restore the newest backup"

UnitOf = Callable[[InboxRow], str]
"""The unit that a message is for by the rules of routing."""


class InboxWalk:
    """Ask for `differences` when all pages were taken."""

    def __init__(self, store: Store, said: Said, unit_of: UnitOf) -> None:
        self._store = store
        self._said = said
        self._unit_of = unit_of

    def differences(self) -> Iterator[Difference]:
        """What is missing, what differs, what nobody logged."""
        missing = {
            leaf: came
            for leaf, came in self._said.came.items()
            if came.cls != CONTROL and came.outcome == ACCEPTED
        }
        wanted = dict(missing)
        misplaced: list[InboxRow] = []
        for rows in pages(self._store, InboxRow):
            accepted = self._accepted([row.leaf for row in rows])
            for row in rows:
                came = wanted.get(row.leaf)
                if came is None:
                    misplaced.append(row)
                    continue
                missing.pop(row.leaf, None)
                yield from self._one(row, came, accepted.get(row.leaf))
        yield from self._elsewhere(misplaced, missing)
        yield from self._again(missing)

    def _accepted(self, leaves: Sequence[bytes]) -> dict[bytes, AcceptedRow]:
        rows = self._store.rows(AcceptedRow, Where("leaf", "in", list(leaves)))
        return {row.leaf: row for row in rows}

    # ---- rows that are here --------------------------------------------------------------------

    def _one(self, row: InboxRow, came: Came, accepted: AcceptedRow | None) -> Iterator[Difference]:
        right: dict[str, Any] = {**_place(came), **_sent(accepted), **self._decided(row, came)}
        right |= self._acts(row)
        yield from _mended(row, right)
        if row.erased_at and self._subject(came) not in self._said.erased:
            yield Difference("inbox", _name(row), f"erased: {NO_ENTRY}", (), _NOT_ERASED)

    def _subject(self, came: Came) -> str:
        return f"{came.sender}/{came.message_id}"

    def _decided(self, row: InboxRow, came: Came) -> dict[str, Any]:
        entry = self._said.decided.get(("inbound", came.message_id, came.sender))
        if entry is None:
            return {}
        right = {"area": entry["area"], "data_level": entry["level"], "type": entry["type"]}
        if row.agreement or entry["grant"]:
            right["grant_id"] = entry["grant"]
        return right

    def _acts(self, row: InboxRow) -> dict[str, Any]:
        """Opening, closing, erasing, and the state that they make."""
        said, leaf = self._said, row.leaf.hex()
        right: dict[str, Any] = {}
        closed = said.closings.get((row.message_id, leaf))
        right["closed_by"] = closed.actor if closed else ""
        erased = said.erased.get(f"{row.sender}/{row.message_id}")
        if erased:
            right["erased_at"] = not_after(row.erased_at, erased[0])
            if erased[1] != RETENTION and not row.erased_at:
                right["withdrawn"] = ERASED
        opened = said.openings.get((row.message_id, leaf), [])
        if row.message_id in said.holds or row.message_id in said.freed:
            return right | self._held(row, [deed.actor for deed in opened])
        if opened:
            right |= {
                "opened_by": opened[0].actor,
                "opened_at": not_after(row.opened_at, opened[0].time),
            }
        else:
            right |= {"opened_by": "", "opened_at": ""}
        if row.state != "opened" or row.hold == "":  # the node tells so what it may not answer
            right["state"] = _state(row.answered_at, right["opened_at"])
        return right

    def _held(self, row: InboxRow, openers: Sequence[str]) -> dict[str, Any]:
        """A message that was held: until it is freed it stays so, whatever happens beside."""
        if row.message_id not in self._said.freed:
            return {"state": HELD, "hold": COARSE}
        right: dict[str, Any] = {}
        if row.state == HELD:
            right["state"] = _state(row.answered_at, "")
            right["hold"] = ""
        if row.opened_by and row.opened_by not in openers:
            right |= {"opened_by": "", "opened_at": ""}
        return right

    # ---- rows that are not ---------------------------------------------------------------------

    def _elsewhere(
        self, rows: Sequence[InboxRow], missing: dict[bytes, Came]
    ) -> Iterator[Difference]:
        """Rows whose leaf no entry names: of a message that is missing, or of nothing."""
        by_name = {(came.sender, came.message_id): leaf for leaf, came in missing.items()}
        by_place = {came.place: leaf for leaf, came in missing.items()}
        for row in rows:
            leaf = by_name.get((row.sender, row.message_id))
            leaf = leaf or by_place.get((row.origin, row.leaf_index))
            came = missing.pop(leaf, None) if leaf else None
            if came is None or leaf is None:
                yield Difference("inbox", _name(row), NO_ENTRY, (), LEFT_ALONE)
                continue
            values = {"leaf": leaf, **_place(came)}
            change = Update(InboxRow, {"row": row.row}, values)
            yield Difference("inbox", _name(came), "leaf", (change,))

    def _again(self, missing: Mapping[bytes, Came]) -> Iterator[Difference]:
        """Records of messages that came, as far as anything here tells of them."""
        leaves = sorted(missing, key=lambda leaf: (missing[leaf].time, leaf))
        for start in range(0, len(leaves), PAGE):
            part = leaves[start : start + PAGE]
            accepted = self._accepted(part)
            for leaf in part:
                row = self._made(leaf, missing[leaf], accepted.get(leaf))
                where, what = _name(missing[leaf]), "the message is missing"
                if row is None:
                    yield Difference("inbox", where, what, (), _LOST)
                else:
                    change = Insert(row, ignore=True)
                    yield Difference("inbox", where, f"{what}; its content is lost", (change,))

    def _made(self, leaf: bytes, came: Came, accepted: AcceptedRow | None) -> InboxRow | None:
        entry = self._said.decided.get(("inbound", came.message_id, came.sender))
        if accepted is None or entry is None:
            return None
        urgent = came.cls == MessageClass.FLASH
        agreement = str(_sent(accepted).get("agreement", entry["agreement"]))
        bare = InboxRow(
            message_id=came.message_id,
            sender=came.sender,
            origin=came.place[0],
            leaf_index=came.place[1],
            leaf=leaf,
            cls=came.cls,
            seq=came.seq,
            type=entry["type"],
            area=entry["area"],
            urgency=str(Urgency.FLASH if urgent else Urgency.ROUTINE),
            data_level=entry["level"],
            state="received",
            unit="",
            created_at=accepted.time,
            received_at=not_after(accepted.received_at, came.time),
            key_id="",
            content=b"",
            thread=came.message_id,
            receipt_id=accepted.receipt_id,
            agreement=agreement,
            grant_id=entry["grant"],
        )
        values = {**_columns(bare), "unit": self._unit_of(bare)}
        return InboxRow(**{**values, **self._acts(bare)})


def _mended(row: InboxRow, right: Mapping[str, Any]) -> Iterator[Difference]:
    wrong = {name: value for name, value in right.items() if getattr(row, name) != value}
    if wrong:
        change: Change = Update(InboxRow, {"row": row.row}, wrong)
        yield Difference("inbox", _name(row), ", ".join(wrong), (change,))


def _name(one: InboxRow | Came) -> str:
    return f"{one.sender}/{one.message_id}"


def _columns(row: InboxRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in InboxRow.__dataclass_fields__ if name != "row"}


def _place(came: Came) -> dict[str, Any]:
    return {
        "message_id": came.message_id,
        "sender": came.sender,
        "origin": came.place[0],
        "leaf_index": came.place[1],
        "cls": came.cls,
        "seq": came.seq,
    }


def _sent(accepted: AcceptedRow | None) -> dict[str, Any]:
    """What the sender's own entry says, where it is kept as it was logged."""
    if accepted is None:
        return {}
    told: dict[str, Any] = {
        "received_at": accepted.received_at,
        "receipt_id": accepted.receipt_id,
    }
    try:
        entry = decode_entry(accepted.entry, kind="sent")
    except Unverified:
        return told
    return {**told, "type": entry["type"], "agreement": entry["agreement"]}


def _state(answered_at: str, opened_at: str) -> str:
    if answered_at:
        return "answered"
    return "opened" if opened_at else "received"
