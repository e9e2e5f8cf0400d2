"""What the node sent before from the records of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relec_exchange.client.wire import Wire
from relec_exchange.message.constants import LIMITS

Json = dict[str, Any]


class Imports:
    """Asks the node; `client.imports`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def compare(self, items: Sequence[Json]) -> list[Json]:
        """For each {recipient, subject, content}: what stands of it, in order; in batches."""
        found: list[Json] = []
        for start in range(0, len(items), LIMITS.batch_max):
            batch = list(items[start : start + LIMITS.batch_max])
            found += self._wire.post("/v1/imports/compare", {"items": batch})["items"]
        return found
