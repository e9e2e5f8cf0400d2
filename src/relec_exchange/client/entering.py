"""The part of `Client` that reads what an officer typed before it is composed.

Contract: nothing is sent and nobody is asked; `client.entry` has the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relec_exchange.client.compose import Draft
from relec_exchange.client.entry import Choices, Entered, enter
from relec_exchange.message.encoding import parse_json

if TYPE_CHECKING:
    from relec_exchange.message.document import Message

Json = dict[str, Any]


class Entering:
    """The part of `Client` about drafts as typed."""

    if TYPE_CHECKING:

        def info(self) -> Json: ...  # noqa: D102

    def enter(self, draft: Draft, choices: Choices | None = None) -> Entered:
        """The draft as `compose` takes it, with notes on what was changed, is proposed, is asked,
        does not agree or is wrong; `choices` accept proposals and answer questions.
        """
        return enter(draft, str(self.info()["node"]), choices or Choices())

    def _noted(self, message: Message) -> list[Json]:
        """What an author should look at in a complete message, as `Note.plain`."""
        document: Any = parse_json(message.raw)
        header = document["header"]
        draft = Draft(header["type"], header["recipient"], document["body"], header)
        return [note.plain() for note in self.enter(draft).notes]
