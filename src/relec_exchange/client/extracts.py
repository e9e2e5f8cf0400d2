"""Extracts of warnings for the public: make, read, release.

Contract: what is released is what was read. The officer's client computes the commitment from the
very bytes it shows and signs that, never a digest that the node names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relec_exchange.audit.entry import commitment
from relec_exchange.client.sending import signed
from relec_exchange.client.wire import Wire
from relec_exchange.errors import IntegrityFailure, Unverified
from relec_exchange.message.encoding import canonical, parse_json, unb64
from relec_exchange.trust.officer import Act

Json = dict[str, Any]


class Extracts:
    """`client.extracts`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def make(
        self,
        message_id: str,
        fields: Sequence[str] = (),
        text: str | None = None,
        language: str | None = None,
        direction: str | None = None,
    ) -> Json:
        """A new extract of a warning; it waits for another officer."""
        given = {
            "message_id": message_id,
            "direction": direction,
            "fields": list(fields),
            "text": text,
            "language": language,
        }
        return _checked(self._wire.post("/v1/extracts", given))

    def list(self) -> list[Json]:
        """All extracts, the oldest first, without content."""
        found: list[Json] = self._wire.get("/v1/extracts")["items"]
        return found

    def get(self, extract_id: str) -> Json:
        """One extract; `document` is what would be published."""
        return _checked(self._wire.get(f"/v1/extracts/{extract_id}"))

    def release(self, extract: Json) -> Json:
        """Sign that the public may read this extract, as `get` gave it."""
        digest = commitment(unb64(extract["salt"]), canonical(extract["document"]))
        signature = self._wire.key.sign(Act.EXTRACT, digest)
        path = f"/v1/extracts/{extract['extract_id']}/release"
        return _checked(self._wire.post(path, signed(self._wire, signature)))


def _checked(answer: Json) -> Json:
    """The answer, whose document and bytes say the same, or `IntegrityFailure`."""
    try:
        same = parse_json(unb64(answer["bytes"])) == answer["document"]
    except Unverified:
        same = False
    if not same:
        raise IntegrityFailure("the node shows another extract than it keeps", field="document")
    return answer
