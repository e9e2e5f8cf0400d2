"""Whom to call: the duty contact of each partner's card, and what its units have told since.

Contract: functions and telephone numbers, never persons. Whether somebody is there now is computed
from the hours and the zone that a unit told; None where it told no hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from relec_exchange.desk.core import Core, Json
from relec_exchange.message.bodies.notices import Day
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import ContactRow, Where

_WEEK = tuple(str(day) for day in Day)


class ContactDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def contacts(self) -> list[Json]:
        """Every partner with its duty contact and its units."""
        directory, now = self.core.directory, self.core.clock()
        found = []
        for node in directory.nodes():
            if node == directory.own:
                continue
            card = directory.card(node).card
            rows = self.core.store.rows(ContactRow, Where("node", "=", node), order="unit")
            found.append(
                {
                    "node": node,
                    "phone": card.duty.phone,
                    "email": card.duty.email,
                    "languages": list(card.duty.languages),
                    "card_version": card.version,
                    "valid_until": format_time(card.valid_until),
                    "mutual": directory.mutual(directory.own, node),
                    "units": [_unit(row, now) for row in rows],
                }
            )
        return found


def _unit(row: ContactRow, now: datetime) -> Json:
    told: dict[str, Any] = json.loads(row.content)
    hours = told.get("hours") or []
    valid = str(told.get("valid_from", ""))
    return {
        "unit": row.unit,
        "phone": told.get("phone", ""),
        "email": told.get("email") or "",
        "languages": told.get("languages") or [],
        "hours": hours,
        "escalation": sorted(told.get("escalation") or [], key=lambda step: step["order"]),
        "valid_from": valid,
        "on_duty": on_duty(hours, now) if valid <= now.date().isoformat() else None,
        "updated_at": row.at,
        "message_id": row.message_id,
    }


def on_duty(hours: Iterable[Mapping[str, Any]], now: datetime) -> bool | None:
    """Whether somebody is there at `now` (aware); None without hours or with an unknown zone.

    `from` belongs to the hours and `to` does not, but for 23:59, which ends with its day. Hours
    that end earlier than they begin run past midnight and belong to the day on which they begin.
    """
    known = False
    for one in hours:
        try:
            local = now.astimezone(ZoneInfo(one["zone"]))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        known = True
        if _within(one, local):
            return True
    return False if known else None


def _within(hours: Mapping[str, Any], local: datetime) -> bool:
    begins, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])
    clock, today = local.time(), _WEEK[local.weekday()]
    if ends == time(23, 59):
        ends = time.max
    if begins < ends:
        return today in hours["days"] and begins <= clock < ends
    yesterday = _WEEK[(local - timedelta(days=1)).weekday()]
    late = today in hours["days"] and clock >= begins
    return late or (yesterday in hours["days"] and clock < ends)
