"""Legal holds: a message is kept beyond its term, by whose order, why, and until when.

Contract: a hold is signed over its last day and the message's leaf hash by a security officer or a
releaser, has a reason (encrypted at rest, gone with the message) and an end within five years, and
ends by itself after its last day. It keeps one message, one hold at a time, and never lengthens a
term by itself. Both its begin and an early end stand in the activity log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, InvalidInput, NotFound
from relec_exchange.journal.content import read_content, store_content
from relec_exchange.journal.erasure import Row, direction_of, peer_of
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.ports import RowConflict
from relec_exchange.protection.retention import LegalHold, check_hold
from relec_exchange.records import EventRow, Insert, LegalHoldRow, Update, Where
from relec_exchange.rounds.retention import KEPT, untold
from relec_exchange.trust.officer import Act, Officer, Role

KEEPERS: Final = (Role.SECURITY_OFFICER, Role.RELEASER)
REASON_MAX: Final = 2_000
_SALT_BYTES: Final = 32
_ID_BYTES: Final = 10


class HoldDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def keep(self, given: Json, officer: str, signature: bytes) -> Json:
        """Begin a hold. Given: message_id, direction or None, reason, until (a day).

        Errors: InvalidInput (reason or end), NotFound (unknown, or erased), Conflict (it never
        left, or a hold keeps it).
        """
        now = self.core.clock()
        row = self.core.found(given["message_id"], given["direction"])
        self._officer(officer).require(*KEEPERS)
        hold = _hold(given, officer, now)
        _check_here(row)
        self._officer(officer).verify(Act.KEEP, row.leaf, signature, hold.until.isoformat())
        if in_force(self.core, row, now.date()) is not None:
            raise Conflict(
                "a legal hold keeps this message already",
                field="message_id",
                remedy="end it first: relec retention unhold",
            )
        self._written(self._kept(row, hold, signature, now))
        return {"message_id": row.message_id, "direction": direction_of(row), **_until(hold)}

    def unkeep(
        self, message_id: str, direction: str | None, officer: str, signature: bytes
    ) -> Json:
        """End a hold before its day; what is over then is erased soon."""
        now = self.core.clock()
        row = self.core.found(message_id, direction)
        keeper = self._officer(officer).require(*KEEPERS)
        keeper.verify(Act.UNKEEP, row.leaf, signature)
        hold = in_force(self.core, row, now.date())
        if hold is None:
            raise Conflict("no legal hold keeps this message", field="message_id")
        at = format_time(now)
        ended = {"ended_at": at, "ended_by": officer}
        changes = (
            Update(LegalHoldRow, {"hold_id": hold.hold_id, "ended_at": ""}, ended, must=True),
            untold(hold),
            Insert(EventRow(at, "message.unkept", message_id, "{}")),
        )
        entry = self._entry("unkept", row, officer, signature)
        self._written(Plan(activity=(entry,), changes=changes))
        self.core.retention.again()
        return {"message_id": message_id, "direction": direction_of(row), "kept_until": ""}

    def _kept(self, row: Row, hold: LegalHold, signature: bytes, now: datetime) -> Plan:
        random, at = self.core.random, format_time(now)
        hold_id = message_id(now, random(_ID_BYTES))
        stored = store_content(f"kept/{hold_id}", hold.reason.encode(), random(_SALT_BYTES), random)
        record = LegalHoldRow(
            hold_id=hold_id,
            direction=direction_of(row),
            peer=peer_of(row),
            message_id=row.message_id,
            officer=hold.ordered_by,
            at=at,
            until=hold.until.isoformat(),
            ended_at="",
            ended_by="",
            key_id=stored.key_id,
            content=stored.content,
        )
        # The record of the message tells whoever is just about to erase it that it is kept.
        was = {"row": row.row, "erased_at": "", "retention_told": row.retention_told}
        entry = self._entry("kept", row, hold.ordered_by, signature)
        return Plan(
            activity=({**entry, "until": record.until},),
            changes=(
                Update(type(row), was, {"retention_told": KEPT}, must=True),
                Insert(record),
                Insert(EventRow(at, "message.kept", row.message_id, "{}")),
            ),
            secrets=stored.secrets,
        )

    def _entry(self, kind: str, row: Row, officer: str, signature: bytes) -> EntryFields:
        return {
            "kind": kind,
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "direction": direction_of(row),
            "leaf": row.leaf.hex(),
            "signature": b64(signature),
        }

    def _written(self, plan: Plan) -> None:
        try:
            self.core.journal.write(plan)
        except RowConflict:
            raise Conflict(
                "this message changed meanwhile", field="message_id", remedy="try again"
            ) from None


def in_force(core: Core, row: Row, today: date) -> LegalHoldRow | None:
    """The hold that keeps a message today."""
    found = core.store.rows(
        LegalHoldRow,
        Where("message_id", "=", row.message_id),
        Where("peer", "=", peer_of(row)),
        Where("direction", "=", direction_of(row)),
        Where("ended_at", "=", ""),
        Where("until", ">=", today.isoformat()),
    )
    return found[0] if found else None


def reason_of(core: Core, hold: LegalHoldRow) -> str:
    """Why it is kept; empty if that was erased."""
    secret = core.vault.get([hold.key_id]).get(hold.key_id)
    return read_content(hold, secret)[0].decode() if secret is not None else ""


def _hold(given: Json, officer: str, now: datetime) -> LegalHold:
    reason = given["reason"].strip()
    if len(reason) > REASON_MAX:
        raise InvalidInput(f"say why in at most {REASON_MAX} characters", field="reason")
    until: date | None
    try:
        until = date.fromisoformat(given["until"])
    except ValueError:
        until = None
    if until is None or until.isoformat() != given["until"]:  # it is signed as it is written
        raise InvalidInput("write the day as 2027-03-31", field="until")
    return check_hold(LegalHold(reason, officer, until), now.date())


def _until(hold: LegalHold) -> Json:
    return {"kept_until": hold.until.isoformat()}


def _check_here(row: Row) -> None:
    if row.erased_at or not row.key_id:
        raise NotFound("the content of this message was erased", field="message_id")
    if not row.leaf:
        raise Conflict(
            "this message has not left: it is not kept by a hold",
            field="message_id",
            remedy="it stays until it is sent, returned or over its time",
        )
