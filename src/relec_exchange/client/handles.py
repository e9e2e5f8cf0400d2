"""What a client hands out: messages that can be opened, and what became of submissions.

Contract: a `Message` holds no content until `open` is called, which is signed and logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from relec_exchange.client.withholding import Terms
from relec_exchange.errors import RelecError


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission: `status` is released, submitted (waits for a releaser or an approval), held
    (waits for answers or the protection desk), returned or refused.

    `needs` are the words of what it waits for: `answer:<question>`, `desk`, `approve`, `release`;
    `confirm` after it went. `derived` are own messages that were made from one whose
    recall this answers.
    """

    message_id: str
    recipient: str
    status: str
    error: RelecError | None = None
    needs: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()

    def check(self) -> Submitted:
        """Return this, or raise what refused it."""
        if self.error is not None:
            raise self.error
        return self


@dataclass(frozen=True, slots=True)
class Content:
    """A message in the clear: header and body as in JSON, and its bytes.

    `sealed` is the unit that alone can read the body: then `body` is what travels, and another
    key is needed. `findings` are what the protection rules object to in a body that was opened
    here, as {rule, effect, field, text, remedy, question}; `held` if the node holds the message
    for it. `cuts` are what was cut from one of ours ({path, value, salt}), `disclosed` fields that
    were withheld and that a correction made known, proven unaltered ({path, value, by}); `terms`
    are those of the grant under which it went.
    """

    header: Mapping[str, Any]
    body: Mapping[str, Any]
    raw: bytes = field(repr=False)
    sealed: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    held: bool = False
    cuts: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    disclosed: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    terms: Terms = Terms()  # noqa: RUF009 - a frozen value


class _Opener(Protocol):
    def open(self, message_id: str, direction: str = "in") -> Content:
        """Open a message by its id."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the inbox; `facts` has all that the node lists of it."""

    message_id: str
    type: str
    sender: str
    row: int
    facts: Mapping[str, Any]
    _client: _Opener = field(repr=False, compare=False)

    def open(self) -> Content:
        """Read it: signed by the officer, logged, and told to the sender where allowed."""
        return self._client.open(self.message_id, "in")
