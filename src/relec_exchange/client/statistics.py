"""What the node knows for statistics: reports, warnings and deadlines, page by page."""

from __future__ import annotations

from typing import Any, Final

from relec_exchange.client.wire import Wire

Json = dict[str, Any]

_PAGE: Final = 100


class Statistics:
    """Asks the node; `client.statistics`. Each page is logged as one access."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def reports(self, direction: str = "in") -> list[Json]:
        """`stat.report` messages with their bodies, oldest first; `out` for the own ones sent."""
        return self._all("reports", direction)

    def warnings(self, direction: str = "in") -> list[Json]:
        """Warnings: type, kind, country and what each replaces; never their texts."""
        return self._all("warnings", direction)

    def deadlines(self, direction: str = "in") -> list[Json]:
        """Messages that had to be answered: due_at and answered_at."""
        return self._all("deadlines", direction)

    def _all(self, what: str, direction: str) -> list[Json]:
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self._wire.get(
                "/v1/statistics", what=what, direction=direction, after=after, limit=_PAGE
            )
            found += page["items"]
            after = page["next"]
        return found
