"""What one officer does with conversations: follow, clarify, close, correct, recall.

Contract: a correction or a recall goes to everybody who got the message, a copy of it, or what was
made from it; each gets one of its own about the message that it has. Closing a request is signed
over the request's leaf hash and says nothing to anybody outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.client.compose import Draft
from relec_exchange.client.evidence import Evidence
from relec_exchange.client.handles import Content, Submitted
from relec_exchange.client.sending import signed
from relec_exchange.client.sharing import Sharing
from relec_exchange.client.wire import Wire
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.message.identifiers import format_time
from relec_exchange.trust.officer import Act

if TYPE_CHECKING:
    from relec_exchange.message.document import Message as Document

Json = dict[str, Any]

RESTS_ON_CONSENT: Final = ("protection.referral", "return.notice", "reintegration.referral")
"""Types that go only because a person agreed, or after a final decision."""


class Conversations:
    """The part of `Client` about threads and deadlines. `questions` always names those of the
    protection rules that the officer answers with yes.
    """

    _wire: Wire

    if TYPE_CHECKING:

        def show(self, message_id: str, direction: str | None = None) -> Json: ...  # noqa: D102
        def open(self, message_id: str, direction: str = "in") -> Content: ...  # noqa: D102
        def compose(self, draft: Draft) -> Document: ...  # noqa: D102
        def submit_documents(  # noqa: D102
            self, documents: Sequence[Document], keys: Sequence[str], answers: Sequence[str] = ()
        ) -> list[Submitted]: ...

    @property
    def sharing(self) -> Sharing:
        """Who has what: recalls, consents, exports, reports."""
        return Sharing(self._wire)

    @property
    def evidence(self) -> Evidence:
        """Messages as evidence for others."""
        return Evidence(self._wire)

    # ---- looking -------------------------------------------------------------------------------

    def thread(self, message_id: str) -> Json:
        """{"thread", "peer", "messages"}: all messages of its thread, oldest first."""
        return self._wire.get(f"/v1/messages/{message_id}/thread")

    def deadlines(self) -> list[Json]:
        """What we owe and what we are owed, the most urgent first (`answers.ThreadLine`)."""
        found: list[Json] = self._wire.get("/v1/deadlines")["deadlines"]
        return found

    def copies(self, message_id: str) -> list[Json]:
        """Every message of ours that a correction or a recall of this one has to reach."""
        found: list[Json] = self._wire.get(f"/v1/messages/{message_id}/copies")["copies"]
        return found

    # ---- answering -----------------------------------------------------------------------------

    def nothing(self, message_id: str) -> Json:
        """Close a request: nothing can be provided. The node says so at its slot (`reply_at`)."""
        leaf = bytes.fromhex(self.show(message_id, "in")["leaf"])
        body = signed(self._wire, self._wire.key.sign(Act.CLOSE, leaf))
        return self._wire.post(f"/v1/messages/{message_id}/nothing", body)

    def clarify(
        self,
        message_id: str,
        items: Sequence[Mapping[str, Any]],
        questions: Sequence[str] = (),
        **header: Any,
    ) -> Submitted:
        """Ask back about a request received, or answer such a question; the message is opened.

        `items` are {"number", "text"}. A question stops the clock of the request until its answer.
        """
        asked = self.open(message_id)
        kind = "answer" if asked.header["type"] == "info.clarify" else "question"
        body = {"kind": kind, "items": [dict(item) for item in items]}
        return self._back(asked, "info.clarify", body, questions, header)

    def outcome(
        self,
        message_id: str,
        outcome: str,
        questions: Sequence[str] = (),
        *,
        hold_until: str | None = None,
        passed_to: Sequence[str] = (),
        note: str | None = None,
        **header: Any,
    ) -> Submitted:
        """Answer a recall: what became of the message (`destroyed`, `legal_hold`, `used`,
        `passed_on`), now.
        """
        recall = self.open(message_id)
        if recall.header["type"] != "recall":
            raise InvalidInput("an outcome answers a recall", field="message_id")
        body: Json = {
            "message_id": recall.body["message_id"],
            "outcome": outcome,
            "at": format_time(self._wire.clock()),
        }
        given = {"hold_until": hold_until, "passed_to": list(passed_to) or None, "note": note}
        body.update({name: value for name, value in given.items() if value is not None})
        return self._back(recall, "recall.outcome", body, questions, header)

    # ---- mending -------------------------------------------------------------------------------

    def correct(
        self,
        message_id: str,
        why: str,
        fields: Mapping[str, str | None],
        questions: Sequence[str] = (),
        **header: Any,
    ) -> list[Submitted]:
        """Tell every recipient what a message of ours should have said.

        `fields` are paths such as `/body/what` and their new text; None: it should not be there.
        """
        changed = [
            {"path": path} if now is None else {"path": path, "now": now}
            for path, now in fields.items()
        ]
        return self._to_all(
            message_id, "correction", {"why": why, "fields": changed}, questions, header
        )

    def recall(
        self,
        message_id: str,
        reason: str,
        why: str,
        questions: Sequence[str] = (),
        **header: Any,
    ) -> list[Submitted]:
        """Call a message of ours back from every recipient; open until each has answered.

        `reason`: wrong_person, wrong_recipient, consent_withdrawn, inaccurate, unlawful, other.
        Of a message received, what was made from it and sent on is called back.
        """
        return self._to_all(message_id, "recall", {"why": why, "reason": reason}, questions, header)

    def withdraw_consent(
        self,
        message_id: str,
        why: str = "The consent was withdrawn.",
        questions: Sequence[str] = (),
    ) -> list[Submitted]:
        """A person withdrew the consent that a referral or a return of ours rests on: it is called
        back from everybody who has it. InvalidInput for other types.
        """
        line = self.show(message_id, "out")
        if line["type"] not in RESTS_ON_CONSENT:
            raise InvalidInput(
                f"{line['type']} rests on nobody's consent",
                field="message_id",
                remedy=f"this is for {', '.join(RESTS_ON_CONSENT)}; else use relec recall",
            )
        return self.recall(message_id, "consent_withdrawn", why, questions)

    def _to_all(
        self,
        message_id: str,
        type_name: str,
        body: Mapping[str, Any],
        questions: Sequence[str],
        header: Mapping[str, Any],
    ) -> list[Submitted]:
        copies = self.copies(message_id)
        if type_name == "recall":  # who was told before is told again only if all were
            copies = [one for one in copies if one["withdrawn"] != "recalled"] or copies
        if not copies:
            raise Conflict(
                "nothing of this message has left", field="message_id", remedy="see relec show"
            )
        drafts = [
            Draft(
                type_name,
                copy["recipient"],
                {"message_id": copy["message_id"], **body},
                {
                    "area": copy["area"] or None,
                    "purpose": copy["purpose"] or None,
                    "data_level": copy["data_level"] or None,
                    **header,
                },
            )
            for copy in copies
        ]
        documents = [self.compose(draft) for draft in drafts]
        keys = [document.header.message_id for document in documents]
        return self.submit_documents(documents, keys, questions)

    def _back(
        self,
        asked: Content,
        type_name: str,
        body: Mapping[str, Any],
        questions: Sequence[str],
        header: Mapping[str, Any],
    ) -> Submitted:
        """A message that answers one that was opened, at its level and for its purpose."""
        old = asked.header
        given = {name: old[name] for name in ("area", "purpose", "data_level")}
        given = {**given, "in_reply_to": old["message_id"], **header}
        document = self.compose(Draft(type_name, old["sender"], body, given))
        [sent] = self.submit_documents([document], [document.header.message_id], questions)
        return sent
