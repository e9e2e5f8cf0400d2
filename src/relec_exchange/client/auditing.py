"""What auditors ask their own node: search, replay, gaps, coverage, access, figures, alarms.

Contract: needs the role auditor (alarms: security officer too, and operators may list them); every
call is logged by the node. Nothing here gives out content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from relec_exchange.client.wire import Wire

Json = dict[str, Any]

PARTS: Final = (
    "sent",
    "received",
    "receipts",
    "proofs",
    "chains",
    "acts",
    "notes",
    "contents",
)
"""The parts of a comparison of records with logs."""

_PAGE: Final = 500


class Auditing:
    """Asks the node; `client.auditing`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def search(self, filters: Json, limit: int = 100) -> Json:
        """Up to `limit` entries and where the search goes on (`answers.AuditPage`). The node looks
        at so many entries in a call; this asks on until there are enough.
        """
        given = {name: value for name, value in filters.items() if value}
        items: list[Json] = []
        while True:
            ask = min(_PAGE, limit - len(items))
            page = self._wire.get("/v1/auditing/search", **{**given, "limit": ask})
            items += page["items"]
            given["after"] = page["next"]
            if page["next"] is None or len(items) >= limit:
                return {"items": items, "next": page["next"]}

    def replay(self, log: str = "activity") -> Iterator[Json]:
        """Every decision of agreements in one activity log, recomputed, part by part
        (`answers.ReplayPage`).
        """
        start: int | None = 0
        while start is not None:
            page = self._wire.get("/v1/auditing/replay", log=log, start=start)
            yield page
            start = page["next"]

    def judgements(self) -> list[Json]:
        """Messages that the protection rules have judged (`answers.JudgementLine`)."""
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self._wire.get("/v1/auditing/judgements", after=after, limit=_PAGE)
            found += page["items"]
            after = page["next"]
        return found

    def unseal(self, message_id: str, direction: str, reason: str) -> Json:
        """Have a message judged again; its content is opened for that, which is logged with the
        reason (`answers.JudgedAgain`).
        """
        body = {"message_id": message_id, "direction": direction, "reason": reason}
        return self._wire.post("/v1/auditing/judgements", body)

    def gaps(self) -> Json:
        """Numbers that went missing, both ways (`answers.GapsForAudit`)."""
        return self._wire.get("/v1/auditing/gaps")

    def coverage(self, done: Callable[[int], None] = lambda parts: None) -> list[Json]:
        """All records compared with the logs (`answers.CoveragePart` of each part)."""
        found = []
        for part in PARTS:
            found.append(self._wire.get("/v1/auditing/coverage", part=part))
            done(1)
        return found

    def access(self, filters: Json, limit: int = 200) -> Json:
        """Who did what, and why (`answers.AccessPage`)."""
        given = {name: value for name, value in filters.items() if value}
        return self._wire.get("/v1/auditing/access", **{**given, "limit": limit})

    def report(self, since: str, until: str) -> Json:
        """The figures of a period in wire time (`answers.AuditReport`)."""
        return self._wire.get("/v1/auditing/report", since=since, until=until)

    def alarms(self, *, everything: bool = False) -> list[Json]:
        """Open alarms, or all (`answers.AlarmLine`)."""
        found: list[Json] = self._wire.get("/v1/alarms", everything=str(everything).lower())[
            "alarms"
        ]
        return found

    def alarm(self, number: int) -> Json:
        """One alarm with its evidence (`answers.Alarm`)."""
        return self._wire.get(f"/v1/alarms/{number}")

    def close_alarm(self, number: int, reason: str) -> Json:
        """Say that a person has dealt with it; the reason is one word."""
        return self._wire.post(f"/v1/alarms/{number}/close", {"reason": reason})
