"""An alarm as it is written: one record, one event, one entry for each kind and subject at a time.

What is raised again while the alarm stands adds its evidence to the record. A closed alarm can be
raised again, by evidence that it did not have; without any, by the same thing happening again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from relec_exchange.journal.contradiction import about, joined_pieces, pieces
from relec_exchange.journal.plan import EntryFields, Plan, joined
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, Change, EventRow, Insert, Update, Where

PIECES_MAX: Final = 8
EVIDENCE_MAX_BYTES: Final = 400_000
"""A record keeps the first pieces of evidence; whoever makes more of them adds nothing."""

_COUNT = "; pieces of evidence: "


@dataclass(frozen=True, slots=True)
class Alarm:
    """What happened, about whom, and the bytes that show it."""

    what: str
    subject: str
    detail: str = ""
    evidence: bytes = field(default=b"", repr=False)


def alarm_plan(store: Store, alarms: Iterable[Alarm], network: str, now: datetime) -> Plan:
    """The plan that writes those that are not standing already, and what is new to those that are.

    `network` is the name for the entry, `now` the time of record and event.
    """
    grouped: dict[tuple[str, str], list[Alarm]] = {}
    for alarm in alarms:
        grouped.setdefault((alarm.what, alarm.subject), []).append(alarm)
    raised = (_raised(store, group, network, now) for group in grouped.values())
    return joined(Plan(), *raised)


def _raised(store: Store, group: Sequence[Alarm], network: str, now: datetime) -> Plan:
    """The plan for alarms of one kind about one subject."""
    what, subject, at = group[0].what, group[0].subject, format_time(now)
    rows = store.rows(AlarmRow, Where("what", "=", what), Where("subject", "=", subject))
    standing = next((row for row in rows if not row.closed_at), None)
    known = {about(piece) for row in rows for piece in pieces(row.evidence)}
    news = _news(group, known, standing)
    if standing is not None:
        return Plan(changes=_added(standing, [alarm.evidence for alarm in news]))
    if not news:
        return Plan()
    first, *more = news
    row = AlarmRow(what, subject, at, first.detail, first.evidence)
    entry: EntryFields = {
        "kind": "alarm",
        "network": network,
        "what": what,
        "subject": subject,
        "detail": "",
    }
    event = EventRow(at, "alarm", subject, json.dumps({"what": what}))
    changes: list[Change] = [Insert(row, ignore=True), Insert(event)]
    changes += _added(row, [alarm.evidence for alarm in more])
    return Plan(activity=(entry,), changes=tuple(changes))


def _news(group: Sequence[Alarm], known: set[bytes], standing: AlarmRow | None) -> list[Alarm]:
    """The alarms whose evidence no record of this kind and subject has."""
    news: dict[bytes, Alarm] = {}
    for alarm in group:
        key = about(alarm.evidence) if alarm.evidence else b""
        if (key and key not in known) or (not key and standing is None):
            news.setdefault(key, alarm)
    return list(news.values())


def _added(row: AlarmRow, found: Sequence[bytes]) -> tuple[Change, ...]:
    """The change that puts further evidence to a record, as far as there is room."""
    kept = list(pieces(row.evidence))
    before = len(kept)
    for piece in found:
        size = sum(map(len, kept)) + len(piece)
        if piece and len(kept) < PIECES_MAX and size <= EVIDENCE_MAX_BYTES:
            kept.append(piece)
    if len(kept) == before:
        return ()
    detail = row.detail.partition(_COUNT)[0]
    key = {"what": row.what, "subject": row.subject, "closed_at": ""}
    values = {"evidence": joined_pieces(kept), "detail": f"{detail}{_COUNT}{len(kept)}"}
    return (Update(AlarmRow, key, values),)
