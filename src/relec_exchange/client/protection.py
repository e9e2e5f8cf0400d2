"""What the protection desk does at the own node: the register, holds, judging again.

Contract: every call needs the role protection_desk and is logged; freeing is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relec_exchange.client.sending import signed
from relec_exchange.client.wire import Wire
from relec_exchange.errors import NotFound
from relec_exchange.trust.officer import Act

Json = dict[str, Any]


class Protection:
    """For one officer of the protection desk."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def holds(self) -> list[Json]:
        """All messages that wait for the desk, with what was found (`answers.Hold`)."""
        found: list[Json] = self._wire.get("/v1/holds")["holds"]
        return found

    def free(self, message_id: str, direction: str | None = None) -> Json:
        """End a hold: {"message_id", "direction", "state"}. NotFound if it is not held."""
        for hold in self.holds():
            if hold["message_id"] == message_id and direction in (None, hold["direction"]):
                break
        else:
            raise NotFound("no message of this id is held", field="message_id")
        digest = hold["leaf"] if hold["direction"] == "in" else hold["commitment"]
        body = signed(self._wire, self._wire.key.sign(Act.FREE, bytes.fromhex(digest)))
        path = f"/v1/messages/{message_id}/free"
        return self._wire.post(path, body, direction=hold["direction"])

    def hold(self, message_id: str) -> Json:
        """Hold a message received, in which this client found what must not be there."""
        return self._wire.post(f"/v1/messages/{message_id}/hold", {})

    def replay(self, message_id: str, direction: str | None = None) -> Json:
        """Judge a message again by what was known then (`answers.Replay`)."""
        return self._wire.post(f"/v1/messages/{message_id}/replay", {}, direction=direction)

    def register(self) -> list[Json]:
        """The entries in force (`answers.Registered`)."""
        found: list[Json] = self._wire.get("/v1/register")["entries"]
        return found

    def add(self, entry: Mapping[str, Any]) -> Json:
        """Put a person under protection: names, birth, documents, phones, fears, note."""
        return self._wire.post("/v1/register", dict(entry))

    def end(self, entry_id: str) -> Json:
        """The protection of a person ends; what the entry said is destroyed."""
        return self._wire.delete(f"/v1/register/{entry_id}", {})
