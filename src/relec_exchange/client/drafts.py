"""Drafts of the officer's unit at the own node; `client.drafts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relec_exchange.client.wire import Wire
from relec_exchange.errors import Refused
from relec_exchange.message.catalogue import CATALOGUE

Json = dict[str, Any]


class Drafts:
    """Messages in the making; they may be incomplete."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def save(
        self,
        type: str,
        to: Sequence[str],
        body: Mapping[str, Any],
        header: Mapping[str, Any] | None = None,
        draft_id: str | None = None,
    ) -> Json:
        """Keep a draft, or replace the one with `draft_id`; its line with `draft_id`.

        Raises `Refused` for a type whose body the node must not be able to read.
        """
        kind = CATALOGUE.get(type)
        if kind is not None and kind.sealed_to:
            raise Refused(
                f"the node could read a draft of {type}, whose body is for a unit alone",
                rule="sealed",
                field="type",
                remedy="keep it in a file on the unit's own machine",
            )
        document = {"type": type, "to": list(to), "header": dict(header or {}), "body": dict(body)}
        if draft_id is not None:
            document["draft_id"] = draft_id
        return self._wire.post("/v1/drafts", document)

    def list(self) -> list[Json]:
        """All drafts of the unit, newest first, without content."""
        found: list[Json] = self._wire.get("/v1/drafts")["drafts"]
        return found

    def get(self, draft_id: str) -> Json:
        """One draft with header and body; reading is logged."""
        return self._wire.get(f"/v1/drafts/{draft_id}")

    def delete(self, draft_id: str) -> Json:
        """Remove a draft; its content can never be read again."""
        return self._wire.delete(f"/v1/drafts/{draft_id}", {})
