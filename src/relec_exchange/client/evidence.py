"""Messages as evidence for others: bundles that stand without this node.

Contract: with content it is signed over the leaf hash as an export for a court, and logged;
without, it is logged. What the node answers is given to the caller and kept nowhere here.
"""

from __future__ import annotations

from typing import Any

from relec_exchange.client.sending import signed
from relec_exchange.client.wire import Wire
from relec_exchange.trust.officer import Act

Json = dict[str, Any]

_COURT = "court"


class Evidence:
    """`client.evidence`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def commitment_only(
        self, message_id: str, direction: str | None = None, reason: str | None = None
    ) -> Json:
        """A bundle without the message (`answers.EvidenceBundle`)."""
        asked = {"direction": direction, "reason": reason}
        given = {name: value for name, value in asked.items() if value is not None}
        return self._wire.get(f"/v1/messages/{message_id}/bundle", **given)

    def whole(
        self, message_id: str, direction: str | None = None, reason: str | None = None
    ) -> Json:
        """A bundle with the message (`answers.EvidenceBundle`).

        Errors: `Refused` where its handling codes or its grant do not allow it.
        """
        asked = {"direction": direction} if direction is not None else {}
        line = self._wire.get(f"/v1/messages/{message_id}", **asked)
        signature = self._wire.key.sign(Act.EXPORT, bytes.fromhex(line["leaf"]), _COURT)
        given = {"direction": direction, "reason": reason, **signed(self._wire, signature)}
        return self._wire.post(f"/v1/messages/{message_id}/bundle", given)
