"""How long messages are kept: terms, legal holds, erasing what is over now.

Contract: a hold is signed over its last day and the leaf hash that the node tells of the message.
"""

from __future__ import annotations

from typing import Any

from relec_exchange.client.sending import signed
from relec_exchange.client.wire import Wire
from relec_exchange.errors import Conflict
from relec_exchange.trust.officer import Act

Json = dict[str, Any]


class Keeping:
    """`client.keeping`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def due(self, days: int = 30) -> list[Json]:
        """What is erased within so many days, and what holds keep (`answers.Kept`)."""
        found: list[Json] = self._wire.get("/v1/retention", days=days)["items"]
        return found

    def review(self, message_id: str, direction: str | None = None) -> Json:
        """The term of one message with the reason of its hold (`answers.KeptFull`); logged."""
        return self._wire.get(f"/v1/messages/{message_id}/retention", direction=direction)

    def keep(self, message_id: str, reason: str, until: str, direction: str | None = None) -> Json:
        """Begin a legal hold until a day (`2027-03-31`): {message_id, direction, kept_until}."""
        line, leaf = self._leaf(message_id, direction)
        body = {"reason": reason, "until": until, **self._signed(Act.KEEP, leaf, until)}
        path = f"/v1/messages/{message_id}/keep"
        return self._wire.post(path, body, direction=line["direction"])

    def unkeep(self, message_id: str, direction: str | None = None) -> Json:
        """End a legal hold before its day."""
        line, leaf = self._leaf(message_id, direction)
        path = f"/v1/messages/{message_id}/unkeep"
        return self._wire.post(path, self._signed(Act.UNKEEP, leaf), direction=line["direction"])

    def run(self) -> Json:
        """Erase what is over now: {erased, announced, whole}."""
        return self._wire.post("/v1/retention/run", {})

    def _signed(self, act: Act, leaf: bytes, word: str = "") -> Json:
        return signed(self._wire, self._wire.key.sign(act, leaf, word))

    def _leaf(self, message_id: str, direction: str | None) -> tuple[Json, bytes]:
        line = self._wire.get(f"/v1/messages/{message_id}", direction=direction)
        if not line["leaf"]:
            raise Conflict("this message has not left yet", field="message_id")
        return line, bytes.fromhex(line["leaf"])
