"""What one officer does with messages of the own node that wait for somebody.

Contract: each act is signed over the message's commitment, which the node tells; the node checks
role and signature. What is still missing afterwards stands in `Submitted.needs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relec_exchange.client.handles import Submitted
from relec_exchange.client.sending import signed, submitted
from relec_exchange.client.wire import Wire
from relec_exchange.errors import Conflict
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.trust.officer import Act

Json = dict[str, Any]


class Acts:
    """The part of `Client` that acts on what waits."""

    _wire: Wire

    def check(self, documents: Sequence[Message]) -> list[Json]:
        """What stands against complete messages, {"findings": [...], "needs": [...]} for each;
        nothing is submitted.
        """
        found: list[Json] = []
        for start in range(0, len(documents), LIMITS.batch_max):
            part = [b64(one.raw) for one in documents[start : start + LIMITS.batch_max]]
            found += self._wire.post("/v1/messages/check", {"messages": part})["results"]
        return found

    def answer_question(self, message_id: str, question: str) -> Submitted:
        """Answer a question of the protection rules about a message that waits with yes."""
        signature = self._wire.key.sign_answer(question, self._waiting(message_id))
        body = {"question": question, **signed(self._wire, signature)}
        return submitted(self._wire.post(f"/v1/messages/{message_id}/answers", body))

    def approve(self, message_id: str) -> Submitted:
        """Approve a message for the protection desk."""
        return self._act(message_id, Act.APPROVE, "approve")

    def release(self, message_id: str) -> Submitted:
        """Release a message that another officer submitted."""
        return self._act(message_id, Act.RELEASE, "release")

    def confirm(self, message_id: str) -> Submitted:
        """Confirm a rescue message that another officer sent first."""
        return self._act(message_id, Act.CONFIRM, "confirm")

    def send_back(self, message_id: str, comment: str) -> Submitted:
        """Send a message back to who submitted it; it never leaves."""
        signature = self._wire.key.sign(Act.RETURN, self._waiting(message_id))
        body = {"comment": comment, **signed(self._wire, signature)}
        return submitted(self._wire.post(f"/v1/messages/{message_id}/return", body))

    def comments(self, message_id: str) -> list[Json]:
        """What was written when it was sent back: {at, officer, comment}; reading is logged."""
        found: list[Json] = self._wire.get(f"/v1/messages/{message_id}/comments")["comments"]
        return found

    def _act(self, message_id: str, act: Act, path: str) -> Submitted:
        signature = self._wire.key.sign(act, self._waiting(message_id))
        body = signed(self._wire, signature)
        return submitted(self._wire.post(f"/v1/messages/{message_id}/{path}", body))

    def _waiting(self, message_id: str) -> bytes:
        """The commitment that officers sign, or Conflict if nobody has to do anything."""
        line = self._wire.get(f"/v1/messages/{message_id}", direction="out")
        if not line["commitment"]:
            raise Conflict("this message does not wait for anybody", field="message_id")
        return bytes.fromhex(line["commitment"])
