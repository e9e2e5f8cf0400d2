"""Who looked, searched, exported, unsealed or was turned away: the activity log for auditors.

Contract: reads only, and is logged itself. Reasons are told where the log has them; why somebody
asked for a report about a person is kept encrypted, and not told here. Requests that were turned
away are logged at most once a minute for each officer and reason; who is no officer is `nobody`.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import suppress
from datetime import datetime
from typing import Final

from relec_exchange.desk.auditing_entries import ACTIVITY, Placed, Span, walk_kind
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import RelecError
from relec_exchange.message.identifiers import format_time
from relec_exchange.trust.register import Register

KINDS: Final = (
    "opened_message",
    "access",
    "exported",
    "extracted",
    "unsealed",
    "alarm_closed",
    "freed",
)
DENIED: Final = "denied"
EVIDENCE: Final = "evidence"
"""A message was given as evidence: its id, and behind a slash the reason if there was one."""

NOBODY: Final = "nobody"
"""The actor of a request whose signature is that of no officer."""

_MINUTE: Final = 16
_REMEMBERED_MAX: Final = 1_000


class AccessDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def access(self, filters: Json, officer: str) -> Json:
        """`answers.AccessPage`, logged. Filters: since, until, actor, action (each may be empty)
        and limit: the newest so many lines, the counts are of all.
        """
        span = Span(str(filters.get("since") or ""), str(filters.get("until") or ""))
        lines: deque[Json] = deque(maxlen=int(filters["limit"]))
        counts: Counter[tuple[str, str]] = Counter()
        state = self.core.journal.state
        for one in walk_kind(self.core.store, state, ACTIVITY, KINDS, span):
            line = _line(one)
            if all(line[k] == filters[k] for k in ("actor", "action") if filters.get(k)):
                counts[line["actor"], line["action"]] += 1
                lines.append(line)
        self.core.log_access(officer, "audit-access")
        return {
            "items": list(lines),
            "counts": [
                {"actor": actor, "action": action, "count": count}
                for (actor, action), count in sorted(counts.items())
            ],
            "total": counts.total(),
        }


class Turned:
    """Requests of the local API that were turned away. Thread-safe; never raises."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._lock = threading.Lock()
        self._minute = ""
        self._told: set[tuple[str, str]] = set()

    def denied(self, officer: str, reason: str, register: Register) -> None:
        """Log it, unless that was done for this officer and reason in this minute."""
        actor = officer if officer in register.officers else NOBODY
        if self._new((actor, reason), self.core.clock()):
            with suppress(RelecError):  # nobody waits for this; the refusal itself stands
                self.core.log_access(actor, DENIED, reason)

    def _new(self, key: tuple[str, str], now: datetime) -> bool:
        minute = format_time(now)[:_MINUTE]
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._told.clear()
            if key in self._told or len(self._told) >= _REMEMBERED_MAX:
                return False
            self._told.add(key)
            return True


def action_of(entry: Json) -> str:
    """What was done, in one word."""
    kind = str(entry["kind"])
    if kind == "access":
        return str(entry["action"])
    return "opened" if kind == "opened_message" else kind


def _line(one: Placed) -> Json:
    entry = one.entry
    action = action_of(entry)
    ref = entry.get("id") or entry.get("subject") or entry.get("ref") or ""
    why = entry.get("reason") or entry.get("use") or ""
    if action == DENIED:
        ref, why = "", ref
    elif action == EVIDENCE:
        ref, _, why = str(ref).partition("/")
    return {
        "time": entry["time"],
        "actor": entry["actor"],
        "action": action,
        "ref": ref,
        "why": why,
        "origin": one.origin,
        "index": one.index,
    }
