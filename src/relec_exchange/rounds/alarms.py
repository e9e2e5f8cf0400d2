"""An alarm as it is written: one record, one event, one entry; once for each subject."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, Change, EventRow, Insert, Where


@dataclass(frozen=True, slots=True)
class Alarm:
    """What happened, about whom, and the bytes that show it."""

    what: str
    subject: str
    detail: str = ""
    evidence: bytes = field(default=b"", repr=False)


def alarm_plan(store: Store, alarms: Iterable[Alarm], network: str, now: datetime) -> Plan:
    """The plan that writes those that are not standing already."""
    at = format_time(now)
    activity: list[EntryFields] = []
    changes: list[Change] = []
    for alarm in {(a.what, a.subject): a for a in alarms}.values():
        what, subject = alarm.what, alarm.subject
        if store.count(AlarmRow, Where("what", "=", what), Where("subject", "=", subject)):
            continue
        row = AlarmRow(what, subject, at, alarm.detail, alarm.evidence)
        event = EventRow(at, "alarm", subject, json.dumps({"what": what}))
        changes += [Insert(row, ignore=True), Insert(event)]
        activity.append(
            {"kind": "alarm", "network": network, "what": what, "subject": subject, "detail": ""}
        )
    return Plan(activity=tuple(activity), changes=tuple(changes))
