"""Rule P7: a new purpose, or passing on what came under H2, needs the provider's consent.

Contract: pure, over facts that are given: what was received, which consents were granted. It holds
inside a new message too: `quotes` finds text that was received and is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Finding
from relec_exchange.protection.reading import revealed_in
from relec_exchange.protection.walking import texts
from relec_exchange.protection.words import fold

RULE: Final = "P7-third-party"

# So many words in a row are not chance.
_QUOTE_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came in: who provided it, for what, under which codes, and its texts."""

    message_id: str
    provider: str
    purpose: Purpose
    handling: frozenset[Handling]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """A decision of the provider about one message; `onward_to` is the node it may go to."""

    message_id: str
    decision: Decision
    use: Use
    onward_to: str | None = None
    purpose: Purpose | None = None
    expires_on: date | None = None


def without_consent(
    message: Message, received: Iterable[Received], consents: Iterable[Consent], today: date
) -> Iterator[Finding]:
    """What this message uses of others' without their consent."""
    header = message.header
    if not isinstance(header, Header):
        return
    valid = [c for c in consents if _valid(c, today)]
    named = {*header.derived_from, *header.related}
    own = [text.value for text in texts(message)]
    for source in received:
        if source.provider == header.recipient:
            continue  # back to who provided it
        field = "header.derived_from"
        if source.message_id not in named:
            if not quotes(own, source.texts):
                continue
            field = "body"
        yield from _unconsented(header, source, valid, field)


def quotes(texts_now: Iterable[str], texts_before: Iterable[str]) -> bool:
    """Whether eight words in a row of an earlier text stand in one of the new texts."""
    before = {run for text in texts_before for run in _runs(text)}
    return bool(before) and any(
        run in before
        for text in texts_now
        for reading in revealed_in(text)
        for run in _runs(reading)
    )


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = fold(text).split()
    for at in range(len(words) - _QUOTE_WORDS + 1):
        yield tuple(words[at : at + _QUOTE_WORDS])


def _valid(consent: Consent, today: date) -> bool:
    return consent.decision is Decision.GRANTED and (
        consent.expires_on is None or today <= consent.expires_on
    )


def _unconsented(
    header: Header, source: Received, valid: list[Consent], field: str
) -> Iterator[Finding]:
    mine = [consent for consent in valid if consent.message_id == source.message_id]
    if Handling.H2 in source.handling and not any(
        c.use is Use.ONWARD and c.onward_to == header.recipient for c in mine
    ):
        yield Finding(
            RULE,
            Effect.REFUSE,
            field,
            "this passes on what was received under H2 (no dissemination without permission)",
            f"send consent.request (onward) to {source.provider} and wait for consent.decision",
        )
    if source.purpose is not header.purpose and not any(
        c.use is Use.NEW_PURPOSE and c.purpose is header.purpose for c in mine
    ):
        yield Finding(
            RULE,
            Effect.REFUSE,
            "header.purpose",
            "this uses what was received for another purpose",
            f"send consent.request (new_purpose) to {source.provider} and wait for the decision",
        )
