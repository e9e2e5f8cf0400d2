"""Submit, follow and open messages; inbox and outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.lines import life_line, line_in, line_out
from relec_exchange.desk.withholding import WithholdingDesk
from relec_exchange.errors import Refused, RelecError
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan, Send
from relec_exchange.journal.readers import require
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.encoding import b64, parse_json
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.withholding import Cut
from relec_exchange.outbound.submit import Answer, Draft, Signature, Submitted
from relec_exchange.records import (
    Change,
    InboxRow,
    OutboxRow,
    Update,
    Where,
)
from relec_exchange.trust.officer import Act, Officer, Role

SILENT_LEVELS = frozenset({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE})
"""Of these, opening is never told: a local hold must not show."""

HELD_RULE = "held"
"""Why a message cannot be opened while the protection desk looks at it."""

READERS = (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK, Role.SYSTEM)


class MessageDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer
        self._withholding = WithholdingDesk(core)

    def submit(self, items: list[Json]) -> list[Json]:
        """One result per item, in order; a bad item never fails the others."""
        drafts = [
            Draft(
                item["idempotency_key"],
                item["message"],
                item["salt"],
                _signature(item["submit"]),
                _signature(item["release"]) if item["release"] else None,
                tuple(Answer(**given) for given in item.get("answers", ())),
                item.get("batch", ""),
                tuple(Cut(**given) for given in item.get("cuts", ())),
            )
            for item in items
        ]
        return [submitted(result) for result in self.core.submissions.submit(drafts)]

    def show(self, message_id: str, direction: str | None) -> Json:
        """The life line of a message, never its content."""
        return life_line(self.core, self.core.found(message_id, direction))

    def open(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        """Read a message: logged first, and told to the sender where that is allowed."""
        row = self.core.found(message_id, direction)
        reader = self._officer(officer).require(*READERS)
        _check_free(row, reader)
        digest = row.leaf or row.commitment if isinstance(row, OutboxRow) else row.leaf
        reader.verify(Act.OPEN, digest, signature)
        raw, _ = self.core.content(row)
        check_unit(self.core, row, reader)
        self._log_opening(row, officer, signature, digest)
        document: Any = parse_json(raw)
        return {
            "message_id": message_id,
            "direction": "in" if isinstance(row, InboxRow) else "out",
            "header": document["header"],
            "body": document["body"],
            "message": b64(raw),
            **self._withholding.opened(row),
        }

    def inbox(self, filters: Json) -> Json:
        """Messages received, oldest first, without content."""
        rows = self.core.store.rows(
            InboxRow,
            *_conditions(filters, "sender"),
            order="row",
            limit=filters["limit"],
            blobs=False,
        )
        return _page([{**line_in(row), "row": row.row} for row in rows], filters["limit"])

    def outbox(self, filters: Json) -> Json:
        """Messages submitted by officers, oldest first, without content."""
        rows = self.core.store.rows(
            OutboxRow,
            *_conditions(filters, "recipient"),
            Where("cls", "!=", "control"),
            order="row",
            limit=filters["limit"],
            blobs=False,
        )
        return _page([{**line_out(row), "row": row.row} for row in rows], filters["limit"])

    def _log_opening(
        self, row: OutboxRow | InboxRow, officer: str, signature: bytes, digest: bytes
    ) -> None:
        now = self.core.clock()
        entry = {
            "kind": "opened_message",
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "leaf": digest.hex(),
            "signature": b64(signature),
        }
        changes: list[Change] = []
        sends: tuple[Send, ...] = ()
        secrets: dict[str, bytes] = {}
        # A held one counts as opened only when its unit opens it.
        if isinstance(row, InboxRow) and not row.opened_at and row.state != "held":
            told = {"opened_at": format_time(now), "opened_by": officer}
            changes.append(Update(InboxRow, {"leaf": row.leaf}, told))
            changes.append(
                Update(InboxRow, {"leaf": row.leaf, "state": "received"}, {"state": "opened"})
            )
            sends, secrets = self._opened_receipt(row, now)
        self.core.journal.write(
            Plan(sends=sends, activity=(entry,), changes=tuple(changes), secrets=secrets)
        )

    def _opened_receipt(
        self, row: InboxRow, now: datetime
    ) -> tuple[tuple[Send, ...], dict[str, bytes]]:
        directory = self.core.directory
        if row.data_level in SILENT_LEVELS or not directory.mutual(directory.own, row.sender):
            return (), {}
        item = {
            "leaf": row.leaf.hex(),
            "stage": "opened",
            "code": "accepted",
            "at": format_time(now),
        }
        send, secrets = control_send(
            directory, row.sender, "receipt", {"items": [item]}, now, self.core.random
        )
        return (send,), secrets


def check_unit(core: Core, row: OutboxRow | InboxRow, reader: Officer) -> None:
    """Raise `Refused` (P7) unless the officer's unit may see a message received.

    What is held is looked at by the protection desk, whatever its grant names.
    """
    if isinstance(row, InboxRow) and row.state != "held":
        today = core.clock().date()
        require(core.known.provided, core.directory, row, reader.unit, today)


def _check_free(row: OutboxRow | InboxRow, reader: Officer) -> None:
    """What the protection desk holds is read there alone. Why it is held is told to nobody else."""
    if isinstance(row, OutboxRow) or row.state != "held":
        return
    if Role.PROTECTION_DESK not in reader.roles:
        raise Refused(
            "this message is held",
            rule=HELD_RULE,
            field="message_id",
            remedy="it can be opened when its hold has ended",
        )


def _signature(given: Json) -> Signature:
    return Signature(given["officer"], given["signature"])


def submitted(result: Submitted) -> Json:
    """`answers.Submitted` of what became of a message."""
    return {
        "message_id": result.message_id,
        "recipient": result.recipient,
        "status": result.status,
        "error": _error(result.error) if result.error else None,
        "needs": list(result.needs),
        "derived": list(result.derived),
    }


def _error(error: RelecError) -> Json:
    return {
        "code": error.code,
        "message": error.message,
        "field": error.field,
        "rule": error.rule if isinstance(error, Refused) else "",
        "remedy": error.remedy,
    }


def _conditions(filters: Json, peer: str) -> Sequence[Where]:
    columns = {"peer": peer, "type": "type", "area": "area", "unit": "unit", "state": "state"}
    if peer == "recipient":
        del columns["unit"]
    given = [Where(columns[k], "=", filters[k]) for k in columns if filters.get(k) is not None]
    return [Where("row", ">", filters["after"]), *given]


def _page(items: list[Json], limit: int) -> Json:
    return {"items": items, "next": items[-1]["row"] if len(items) == limit else None}
