"""What a node says of a message without its content: its line in a box, and its life so far."""

from __future__ import annotations

from collections.abc import Sequence

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.witnessing import evidence
from relec_exchange.records import (
    AcceptedRow,
    ActRow,
    DeliveryRow,
    InboxRow,
    OutboxRow,
    ReceiptRow,
    Where,
)
from relec_exchange.trust.officer import Act

_DONE: dict[str, str] = {
    Act.FREE: "freed",
    Act.APPROVE: "approved",
    Act.RETURN: "returned",
    Act.CONFIRM: "confirmed",
}


def life_line(core: Core, row: InboxRow | OutboxRow) -> Json:
    """`answers.LifeLine`."""
    own = core.directory.own
    if isinstance(row, InboxRow):
        line = {**line_in(row), "recipient": own, **_life_in(core, row)}
    else:
        line = {**line_out(row), "sender": own, **_life_out(core, row)}
    return {**line, "evidence": evidence(core, row)}


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
        "origin": row.origin,
        "deadline": row.deadline,
        "in_reply_to": row.in_reply_to,
        "thread": row.thread,
        "about": row.about,
        "due_at": row.due_at,
        "paused_at": row.paused_at,
        "answered_at": row.answered_at,
        "withdrawn": row.withdrawn,
        "erase_on": row.erase_on,
        "erased_at": row.erased_at,
        "attested_at": row.attested_at,
        "peer_attested_at": row.peer_attested_at,
    }


def line_in(row: InboxRow) -> Json:
    """`answers.InboxItem` without its row."""
    return {
        **_common(row),
        "direction": "in",
        "sender": row.sender,
        "received_at": row.received_at,
        "unit": row.unit,
        "agreement": row.agreement,
        "grant": row.grant_id,
        # The ground of a hold is the protection desk's to know.
        "hold": "" if row.state == "held" else row.hold,
        "closed_by": row.closed_by,
        "disputed": row.disputed,
        "reply_at": row.quiet_at,
    }


def line_out(row: OutboxRow) -> Json:
    """`answers.OutboxItem` without its row."""
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


def _life_out(core: Core, row: OutboxRow) -> Json:
    stages = [
        ("submitted", row.submitted_at, row.submitted_by, ""),
        *_acts(core, row),
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
    receipts = core.store.rows(ReceiptRow, Where("leaf", "=", row.leaf), order="row")
    return {"stages": _stages(stages), "receipts": [_receipt(core, r) for r in receipts]}


def _acts(core: Core, row: OutboxRow) -> list[tuple[str, str, str, str]]:
    """What officers did besides submitting, answering and releasing."""
    rows = core.store.rows(
        ActRow, Where("message_id", "=", row.message_id), order="row", blobs=False
    )
    return [(_DONE[r.act], r.at, r.officer, "") for r in rows if r.act in _DONE]


def _life_in(core: Core, row: InboxRow) -> Json:
    delivered = core.store.rows(
        DeliveryRow,
        Where("message_id", "=", row.message_id),
        Where("sender", "=", row.sender),
        order="row",
    )
    stages = [("received", row.received_at, core.directory.own, "every check passed")]
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


def _receipt(core: Core, row: ReceiptRow) -> Json:
    places = core.store.rows(AcceptedRow, Where("leaf", "=", row.receipt_leaf))
    return {
        "stage": row.stage,
        "code": row.code,
        "at": row.at,
        "leaf": row.receipt_leaf.hex(),
        "index": places[0].idx if places else None,
    }
