"""Notices, proposals and ends at the own node: what changes between states, and what runs out.

Contract: importing and proposing need the role security_officer; both are logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relec_exchange.client.wire import Wire

Json = dict[str, Any]


class Trust:
    """Asks the node; `client.trust`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def notices(self) -> list[Json]:
        """Terminations, suspensions and revocations that are held (`answers.NoticeInfo`)."""
        found: list[Json] = self._wire.get("/v1/notices")["notices"]
        return found

    def import_notice(self, note: str) -> Json:
        """Adopt a signed notice. One of the own authority is told to those whom it concerns."""
        return self._wire.post("/v1/notices", {"note": note})

    def disputed(self) -> Json:
        """What depended on revoked keys (`answers.DisputedList`); logged."""
        return self._wire.get("/v1/disputed")

    def proposals(self) -> list[Json]:
        """Texts that somebody proposed, ours too, with who has signed (`answers.Proposal`)."""
        found: list[Json] = self._wire.get("/v1/proposals")["proposals"]
        return found

    def propose(self, text: str, to: Sequence[str]) -> Json:
        """Send the text of an agreement, unsigned, to the nodes that would sign it."""
        return self._wire.post("/v1/proposals", {"text": text, "to": list(to)})

    def expiring(self, days: int = 60) -> list[Json]:
        """What ends within so many days, the next one first (`answers.Expiring`)."""
        found: list[Json] = self._wire.get("/v1/expiring", days=days)["expiring"]
        return found
