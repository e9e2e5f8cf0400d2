"""The figures of a period for a report: volume, refusals, deadlines, erasures, witnessing, access.

Contract: counts, no content and no ids of messages. Decisions of the protection rules are not
among the refusals, for some of them nobody outside the protection desk may notice. Times are wire
text; a period goes from `since` on until before `until`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from relec_exchange.desk.auditing_access import DENIED, KINDS, action_of
from relec_exchange.desk.auditing_entries import ACTIVITY, EXCHANGE, Span, walk_kind
from relec_exchange.desk.auditing_tally import Tally
from relec_exchange.desk.auditing_witnessing import unwitnessed
from relec_exchange.desk.auditing_written import CONTROL
from relec_exchange.desk.core import Core, Json
from relec_exchange.journal.judgements import COARSE
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import AlarmRow, GapRow, InboxRow, OutboxRow, Where

_DAY: Final = 10
_OFFICERS: Final = Where("cls", "!=", CONTROL)
_NOT_REFUSED: Final = ("allowed", "accepted", "held", "waits")
_NOT_TOLD: Final = ("held", "rejected", "voided", "returned", "submitted")

Row = InboxRow | OutboxRow

_OF_PROTECTION: Final = frozenset(
    {"freed", "hold", "holds-list", "register-add", "register-end", "register-list", "replay"}
)
"""What the protection desk does: counted, it would tell that something is held or protected."""


class ReportDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def report(self, since: str, until: str, officer: str) -> Json:
        """`answers.AuditReport` of a period, logged."""
        span, directory = Span(since, until), self.core.directory
        self.core.log_access(officer, "audit-report")
        access = self._access(span)
        return {
            "node": directory.own,
            "network": directory.network,
            "exercise": directory.network_kind == "exercise",
            "since": since,
            "until": until,
            "made_at": format_time(self.core.clock()),
            **self._boxes(span),
            "refusals": self._refusals(span),
            "erased": self._erased(span),
            "witnessing": unwitnessed(self.core, span),
            "access": [{"action": a, "count": n} for a, n in sorted(access.items()) if a != DENIED],
            "denied": access[DENIED],
            "alarms": self._alarms(span),
            "gaps": self._gaps(span),
        }

    def _boxes(self, span: Span) -> Json:
        """Volume, deadlines and attestations, from one reading of both boxes."""
        now = format_time(self.core.clock())
        volume: Counter[tuple[str, str, str, str]] = Counter()
        due: Counter[tuple[str, str, str]] = Counter()
        attested: Counter[tuple[str, str]] = Counter()
        for row in self._rows():
            way, peer, at = _told(row)
            if span.has(at):
                volume[way, peer, row.area, at[:_DAY]] += 1
            if span.has(row.due_at) and row.state not in _NOT_TOLD:
                due[way, row.type, _outcome(row, now)] += 1
            attested[way, "by-us"] += span.has(row.attested_at)
            attested[way, "by-partner"] += span.has(row.peer_attested_at)
        return {
            "volume": [
                {"direction": way, "peer": peer, "area": area, "day": day, "count": count}
                for (way, peer, area, day), count in sorted(volume.items())
            ],
            "deadlines": [
                {"direction": way, "type": name, "outcome": word, "count": count}
                for (way, name, word), count in sorted(due.items())
            ],
            "attested": [
                {"direction": way, "by": by, "count": count}
                for (way, by), count in sorted(attested.items())
                if count
            ],
        }

    def _rows(self) -> Iterator[Row]:
        """Messages of officers in both boxes, without their content."""
        tally, store = Tally(), self.core.store
        for sent in tally.pages(store, OutboxRow, "outbox", _OFFICERS):
            yield from sent
        for came in tally.pages(store, InboxRow, "inbox", _OFFICERS):
            yield from came

    def _refusals(self, span: Span) -> list[Json]:
        counts: Counter[tuple[str, str]] = Counter()
        state = self.core.journal.state
        for one in walk_kind(self.core.store, state, ACTIVITY, ("decision",), span):
            entry = one.entry
            if entry["outcome"] not in _NOT_REFUSED and entry["rule"] != COARSE:
                way = "out" if entry["direction"] == "outbound" else "in"
                counts[way, entry["rule"] or entry["outcome"]] += 1
        return [
            {"direction": way, "rule": rule, "count": count}
            for (way, rule), count in sorted(counts.items())
        ]

    def _erased(self, span: Span) -> list[Json]:
        counts: Counter[tuple[str, str]] = Counter()
        store, state = self.core.store, self.core.journal.state
        for one in walk_kind(store, state, EXCHANGE, ("erased",), span):
            if one.entry["what"] == "message":
                ours = one.entry["subject"].split("/")[0] == self.core.directory.own
                counts["out" if ours else "in", one.entry["reason"]] += 1
        return [
            {"direction": way, "reason": reason, "count": count}
            for (way, reason), count in sorted(counts.items())
        ]

    def _access(self, span: Span) -> Counter[str]:
        found: Counter[str] = Counter()
        state = self.core.journal.state
        for one in walk_kind(self.core.store, state, ACTIVITY, KINDS, span):
            found[action_of(one.entry)] += 1
        return Counter({what: n for what, n in found.items() if what not in _OF_PROTECTION})

    def _alarms(self, span: Span) -> list[Json]:
        return [
            {"what": row.what, "subject": row.subject, "at": row.at, "closed_at": row.closed_at}
            for row in self.core.store.rows(AlarmRow, order="row", blobs=False)
            if span.has(row.at)
        ]

    def _gaps(self, span: Span) -> list[Json]:
        found: Counter[tuple[str, str]] = Counter()
        for row in self.core.store.rows(GapRow):
            if span.has(row.since):
                found[row.sender, "closed" if row.closed_at else "open"] += 1
        return [
            {"peer": peer, "state": word, "count": count}
            for (peer, word), count in sorted(found.items())
        ]


def _told(row: Row) -> tuple[str, str, str]:
    """Direction, partner, and when it left or came."""
    if isinstance(row, InboxRow):
        return "in", row.sender, row.received_at
    return "out", row.recipient, row.sent_at


def _outcome(row: Row, now: str) -> str:
    if row.answered_at:
        return "in-time" if row.answered_at <= row.due_at else "late"
    return "waiting" if now <= row.due_at else "overdue"
