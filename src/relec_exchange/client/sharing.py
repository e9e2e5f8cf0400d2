"""Who has what: open recalls, consents of providers, exports, reports for a person who asks.

Contract: an export is signed over its use and the leaf hash of the message; what the node answers
is given to the caller as it came and is kept nowhere here.
"""

from __future__ import annotations

from typing import Any, Literal

from relec_exchange.client.sending import signed
from relec_exchange.client.wire import Wire
from relec_exchange.trust.officer import Act

Json = dict[str, Any]


class Sharing:
    """`client.sharing`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def recalls(self, everything: bool = False) -> list[Json]:
        """Corrections and recalls of ours that are open, or all (`answers.RecallGroup`)."""
        asked = {"all": "true"} if everything else {}
        found: list[Json] = self._wire.get("/v1/recalls", **asked)["recalls"]
        return found

    def consents(self) -> list[Json]:
        """What providers decided about uses that we asked for (`answers.ConsentLine`)."""
        found: list[Json] = self._wire.get("/v1/consents")["consents"]
        return found

    def export(
        self, message_id: str, use: Literal["court", "analysis"], to_unit: str | None = None
    ) -> Json:
        """A message received with its conditions (`answers.Exported`); signed and logged.

        Errors: `Refused` where its handling codes or its grant do not allow it.
        """
        line = self._wire.get(f"/v1/messages/{message_id}", direction="in")
        signature = self._wire.key.sign(Act.EXPORT, bytes.fromhex(line["leaf"]), use)
        given = {"use": use, "to_unit": to_unit, **signed(self._wire, signature)}
        return self._wire.post(f"/v1/messages/{message_id}/export", given)

    def subject_report(self, ref: str, reason: str) -> Json:
        """Who received data on this reference (`answers.SubjectReport`); logged."""
        return self._wire.post("/v1/subjects", {"ref": ref, "reason": reason})
