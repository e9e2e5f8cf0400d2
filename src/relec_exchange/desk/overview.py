"""The node at a glance: itself, its partners, gaps, quarantine and the event stream."""

from __future__ import annotations

import json
import time

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.standing import told
from relec_exchange.desk.witnessing import witnessing
from relec_exchange.errors import Reason
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import (
    AlarmRow,
    EventRow,
    GapRow,
    OutboxRow,
    PeerChainRow,
    PeerRow,
    QuarantineRow,
    Where,
)
from relec_exchange.rounds.clocks import skewed

POLL_SECONDS = 0.2
CLOSED_SHOWN = 200
_STEPS = {reason.code: reason.step for reason in Reason}


class OverviewDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def info(self) -> Json:
        """The node, its partners, logs, broker and limits."""
        directory = self.core.directory
        own = directory.card(directory.own)
        state = self.core.journal.state
        status = self.core.broker()
        failed = self.core.journal.failed
        return {
            "network": directory.network,
            "network_kind": directory.network_kind,
            "node": directory.own,
            "exercise": directory.network_kind == "exercise",
            "version": self.core.version,
            "status": failed.code if failed else "ok",
            "standing": told(self.core),
            "witnessing": witnessing(self.core),
            "card": {
                "version": own.card.version,
                "hash": own.hash,
                "valid_until": format_time(own.card.valid_until),
            },
            "partners": [
                self._partner(node) for node in directory.nodes() if node != own.card.node
            ],
            "units": list(self.core.units),
            "schemas": dict(own.card.schemas),
            "logs": [
                {"origin": h.origin, "size": h.size, "root": h.root.hex()}
                for h in (state.exchange.head, state.activity.head)
            ],
            "broker": {
                "connected": status.connected,
                "since": format_time(status.since) if status.since else None,
                "unconfirmed": status.unconfirmed,
                "reconnects": status.reconnects,
                "last_error": status.last_error,
            },
            "limits": dict(self.core.limits),
            "alarms": self.core.store.count(AlarmRow, Where("closed_at", "=", "")),
        }

    def quarantine(self, filters: Json) -> Json:
        """Envelopes that were refused, and why; without the envelopes."""
        given = [Where(k, "=", filters[k]) for k in ("reason", "source") if filters.get(k)]
        limit = filters["limit"]
        rows = self.core.store.rows(
            QuarantineRow,
            Where("row", ">", filters["after"]),
            *given,
            order="row",
            limit=limit,
            blobs=False,
        )
        items = [
            {
                "row": r.row,
                "at": r.at,
                "source": r.source,
                "reason": r.reason,
                "step": _STEPS.get(r.reason, 0),
                "size": r.size,
                "detail": r.detail,
            }
            for r in rows
        ]
        return {"items": items, "next": rows[-1].row if len(rows) == limit else None}

    def gaps(self) -> list[Json]:
        """Numbers that are missing: of partners here, and of ours at partners."""
        found = [
            {
                "peer": g.sender,
                "direction": "in",
                "class": g.cls,
                "missing": [(g.first, g.last)],
                "since": g.since,
                "asked_at": g.asked_at,
                "closed": g.closed_at,
            }
            for g in self.core.store.rows(GapRow, order="-since", limit=CLOSED_SHOWN)
        ]
        for row in self.core.store.rows(PeerChainRow):
            missing = [tuple(pair) for pair in json.loads(row.missing)]
            late = self.core.store.rows(
                OutboxRow,
                Where("origin", "=", row.origin),
                Where("recipient", "=", row.peer),
                Where("cls", "=", row.cls),
                Where("missing_since", "!=", ""),
                order="seq",
                limit=1,
                blobs=False,
            )
            if missing and late:
                found.append(
                    {
                        "peer": row.peer,
                        "direction": "out",
                        "class": row.cls,
                        "missing": missing,
                        "since": late[0].missing_since,
                    }
                )
        return found

    def events(self, after: int, limit: int) -> list[Json]:
        """Events after this id, oldest first."""
        rows = self.core.store.rows(EventRow, Where("row", ">", after), order="row", limit=limit)
        return [
            {"id": r.row, "event": r.kind, "at": r.at, "ref": r.ref, "data": json.loads(r.data)}
            for r in rows
        ]

    def wait_events(self, after: int, timeout_seconds: float) -> list[Json]:
        """As `events`, but waits for one if there is none."""
        ends = time.monotonic() + timeout_seconds
        while not (found := self.events(after, 500)) and time.monotonic() < ends:
            time.sleep(POLL_SECONDS)
        return found

    def _partner(self, node: str) -> Json:
        directory = self.core.directory
        rows = self.core.store.rows(PeerRow, Where("peer", "=", node))
        listed = directory.card(directory.own).card.partner(node)
        return {
            "node": node,
            "mutual": directory.mutual(directory.own, node),
            "classes": [str(c) for c in listed.classes] if listed else [],
            "clock_skew_ms": rows[0].skew_ms if rows and rows[0].their_at else None,
            "clock_wrong": bool(rows) and skewed(rows[0].skew_ms, directory.times()),
            "last_round_at": rows[0].their_at if rows else "",
            "silent_since": rows[0].silent_since if rows else "",
        }
