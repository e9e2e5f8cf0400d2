"""Submit, release, follow and open messages; inbox and outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Refused, RelecError
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan, Send
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.encoding import b64, parse_json
from relec_exchange.message.identifiers import format_time
from relec_exchange.outbound.submit import Answer, Draft, Signature, Submitted
from relec_exchange.records import (
    AcceptedRow,
    ActRow,
    Change,
    DeliveryRow,
    InboxRow,
    OutboxRow,
    ReceiptRow,
    Update,
    Where,
)
from relec_exchange.trust.officer import Act, Officer, Role

SILENT_LEVELS = frozenset({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE})
"""Of these, opening is never told: a local hold must not show."""

_DONE: dict[str, str] = {
    Act.FREE: "freed",
    Act.APPROVE: "approved",
    Act.RETURN: "returned",
    Act.CONFIRM: "confirmed",
}

HELD_RULE = "held"
"""Why a message cannot be opened while the protection desk looks at it."""

READERS = (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK, Role.SYSTEM)


class MessageDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

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
            )
            for item in items
        ]
        return [submitted(result) for result in self.core.submissions.submit(drafts)]

    def show(self, message_id: str, direction: str | None) -> Json:
        """The life line of a message, never its content."""
        row = self.core.found(message_id, direction)
        if isinstance(row, InboxRow):
            return {**_line_in(row), "recipient": self.core.directory.own, **self._life_in(row)}
        return {**_line_out(row), "sender": self.core.directory.own, **self._life_out(row)}

    def open(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        """Read a message: logged first, and told to the sender where that is allowed."""
        row = self.core.found(message_id, direction)
        reader = self._officer(officer).require(*READERS)
        _check_free(row, reader)
        digest = row.leaf or row.commitment if isinstance(row, OutboxRow) else row.leaf
        reader.verify_open(digest, signature)
        raw, _ = self.core.content(row)
        self._log_opening(row, officer, signature, digest)
        document: Any = parse_json(raw)
        return {
            "message_id": message_id,
            "direction": "in" if isinstance(row, InboxRow) else "out",
            "header": document["header"],
            "body": document["body"],
            "message": b64(raw),
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
        return _page([{**_line_in(row), "row": row.row} for row in rows], filters["limit"])

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
        return _page([{**_line_out(row), "row": row.row} for row in rows], filters["limit"])

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

    def _life_out(self, row: OutboxRow) -> Json:
        stages = [
            ("submitted", row.submitted_at, row.submitted_by, ""),
            *self._acts(row),
            ("released", row.sent_at, row.released_by, ""),
            ("relayed", row.relayed_at, "", "confirmed by the broker"),
            ("missing", row.missing_since, row.recipient, "not arrived, asked for or sent again"),
            (
                "validated" if row.wire_code in ("", "accepted") else "rejected",
                row.judged_at if row.state != "voided" else "",
                row.recipient,
                row.wire_code,
            ),
            ("opened", row.opened_at, row.recipient, ""),
            ("answered", row.answered_at, row.recipient, ""),
        ]
        if row.resent:
            many = "once" if row.resent == 1 else f"{row.resent} times"
            stages.append(("resent", row.relayed_at or row.sent_at, "", many))
        receipts = self.core.store.rows(ReceiptRow, Where("leaf", "=", row.leaf), order="row")
        return {"stages": _stages(stages), "receipts": [self._receipt(r) for r in receipts]}

    def _acts(self, row: OutboxRow) -> list[tuple[str, str, str, str]]:
        """What officers did besides submitting, answering and releasing."""
        rows = self.core.store.rows(
            ActRow, Where("message_id", "=", row.message_id), order="row", blobs=False
        )
        return [(_DONE[r.act], r.at, r.officer, "") for r in rows if r.act in _DONE]

    def _life_in(self, row: InboxRow) -> Json:
        delivered = self.core.store.rows(
            DeliveryRow,
            Where("message_id", "=", row.message_id),
            Where("sender", "=", row.sender),
            order="row",
        )
        stages = [("received", row.received_at, self.core.directory.own, "every check passed")]
        if row.receipt_id:
            stages.append(("receipted", row.received_at, "", row.receipt_id))
        stages += [
            ("routed", d.next_at if d.state == "delivered" else "", d.unit, f"{d.target} {d.state}")
            for d in delivered
        ]
        stages += [
            ("opened", row.opened_at, row.opened_by, ""),
            ("answered", row.answered_at, row.answered_by, ""),
            ("escalated", row.escalated_at, "", "nobody acknowledged in time"),
            ("clock stopped", row.paused_at, "", "a question waits for its answer"),
        ]
        return {"stages": _stages(stages), "receipts": []}

    def _receipt(self, row: ReceiptRow) -> Json:
        places = self.core.store.rows(AcceptedRow, Where("leaf", "=", row.receipt_leaf))
        return {
            "stage": row.stage,
            "code": row.code,
            "at": row.at,
            "leaf": row.receipt_leaf.hex(),
            "index": places[0].idx if places else None,
        }


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


def _common(row: OutboxRow | InboxRow) -> Json:
    return {
        "message_id": row.message_id,
        "type": row.type,
        "area": row.area,
        "urgency": row.urgency,
        "data_level": row.data_level,
        "class": row.cls,
        "seq": row.seq,
        "state": row.state,
        "leaf": row.leaf.hex(),
        "index": row.leaf_index if row.leaf_index >= 0 else None,
        "deadline": row.deadline,
        "in_reply_to": row.in_reply_to,
        "thread": row.thread,
        "about": row.about,
        "due_at": row.due_at,
        "paused_at": row.paused_at,
        "answered_at": row.answered_at,
        "withdrawn": row.withdrawn,
    }


def _line_in(row: InboxRow) -> Json:
    return {
        **_common(row),
        "direction": "in",
        "sender": row.sender,
        "received_at": row.received_at,
        "unit": row.unit,
        # The ground of a hold is the protection desk's to know.
        "hold": "" if row.state == "held" else row.hold,
        "closed_by": row.closed_by,
        "reply_at": row.quiet_at,
    }


def _line_out(row: OutboxRow) -> Json:
    return {
        **_common(row),
        "direction": "out",
        "recipient": row.recipient,
        "submitted_at": row.submitted_at,
        "sent_at": row.sent_at,
        "agreement": row.agreement,
        "grant": row.grant_id,
        "outcome": row.outcome,
        "commitment": row.commitment.hex() if row.seq is None or row.needs else "",
        "needs": row.needs.split(),
        "submitted_by": row.submitted_by,
        "confirmed_by": row.confirmed_by,
        "batch": row.batch,
    }


def _stages(rows: Sequence[tuple[str, str, str, str]]) -> list[Json]:
    return [
        {"stage": stage, "at": at, "by": by, "detail": detail}
        for stage, at, by, detail in rows
        if at
    ]
