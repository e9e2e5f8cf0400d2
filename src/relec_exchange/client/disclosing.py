"""Disclosing later what was withheld from a message of ours.

Contract: only what was cut can be disclosed, as it was cut: value and salt come from the own node,
which kept them under the message's key, when the message is opened (signed and logged).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from relec_exchange.client.compose import Draft
from relec_exchange.client.handles import Content, Submitted
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.message.document import Message as Document


class Disclosures:
    """The part of `Client` that discloses."""

    if TYPE_CHECKING:

        def open(self, message_id: str, direction: str = "in") -> Content: ...  # noqa: D102
        def compose(self, draft: Draft) -> Document: ...  # noqa: D102
        def submit_documents(  # noqa: D102
            self, documents: Sequence[Document], keys: Sequence[str], answers: Sequence[str] = ()
        ) -> list[Submitted]: ...

    def disclose(
        self,
        message_id: str,
        paths: Sequence[str],
        why: str,
        questions: Sequence[str] = (),
        **header: Any,
    ) -> Submitted:
        """Tell who got a message of ours what fields of it say that were withheld.

        `paths` are pointers as in its `withheld`, for example `/body/persons/0/birth`; `questions`
        name those of the protection rules that the officer answers with yes. Raises `InvalidInput`
        for what was not cut, or was cut without a line.
        """
        content = self.open(message_id, "out")
        cuts = {one["path"]: dict(one) for one in content.cuts}
        for path in paths:
            if path not in cuts:
                raise InvalidInput(
                    "this field was not withheld from this message with a line",
                    field="path",
                    remedy=f"withheld are: {', '.join(cuts) or 'none'}",
                )
        old = content.header
        body = {"message_id": message_id, "why": why, "disclosed": [cuts[path] for path in paths]}
        given = {name: old[name] for name in ("area", "purpose", "data_level", "handling")}
        if "handling_note" in old:
            given["handling_note"] = old["handling_note"]
        document = self.compose(Draft("correction", old["recipient"], body, {**given, **header}))
        [sent] = self.submit_documents([document], [document.header.message_id], questions)
        return sent
