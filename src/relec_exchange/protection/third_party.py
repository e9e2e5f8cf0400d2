"""Rule P7: a new purpose, passing on under H2, and a court under H1, need the provider's consent.

Contract: pure, over facts that are given: what was received, which consents were granted. It holds
inside a new message too: what it was made from is followed, and passages that stand in it again
are found. A consent counts through its last day, for its own message and use alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from relec_exchange.message.bodies.consents import Use
from relec_exchange.message.codes import Handling
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.provided import Consent, Received, consented
from relec_exchange.protection.quoting import quotes

RULE: Final = "P7-third-party"


def third_party(message: Message, facts: Facts) -> Iterator[Finding]:
    """What a message of ours uses of others' without their consent."""
    if facts.direction == "outbound" and facts.received:
        yield from without_consent(message, facts.received, facts.consents, facts.today)


def without_consent(
    message: Message, received: Iterable[Received], consents: Iterable[Consent], today: date
) -> Iterator[Finding]:
    """What this message uses of others' without their consent."""
    header, granted = message.header, tuple(consents)
    if not isinstance(header, Header):
        return
    for source in received:
        field = where_used(message, header, source)
        if field and source.provider != header.recipient:  # it may go back to who provided it
            yield from _passed_on(header, source, granted, today, field)
            yield from _for_another_purpose(header, source, granted, today)


def where_used(message: Message, header: Header, source: Received) -> str:
    """The field by which a message uses what was received; empty if it does not."""
    for field in ("derived_from", "related"):
        if source.via and source.via in getattr(header, field):
            return f"header.{field}"
    if source.via and source.via == header.supersedes:
        return "header.supersedes"
    return "body" if quotes(message, source.runs) else ""


def before_a_court(
    source: Received, consents: Iterable[Consent], today: date
) -> tuple[Finding, ...]:
    """Why what was received may not be used in judicial proceedings."""
    closed = source.handling & {Handling.H1, Handling.H2}
    if not closed or consented(source, consents, Use.COURT, today):
        return ()
    names = " and ".join(sorted(closed))
    return (
        Finding(
            RULE,
            Effect.REFUSE,
            "use",
            f"this came under {names}: it serves no court without its provider's consent",
            f"send consent.request (court) to {source.provider} and wait for the decision",
        ),
    )


def _passed_on(
    header: Header, source: Received, consents: tuple[Consent, ...], today: date, field: str
) -> Iterator[Finding]:
    allowed = consented(source, consents, Use.ONWARD, today)
    if Handling.H2 in source.handling and not any(
        one.onward_to == header.recipient for one in allowed
    ):
        yield Finding(
            RULE,
            Effect.REFUSE,
            field,
            "this passes on what was received under H2 (no dissemination without permission)",
            f"send consent.request (onward) to {source.provider} and wait for consent.decision",
        )


def _for_another_purpose(
    header: Header, source: Received, consents: tuple[Consent, ...], today: date
) -> Iterator[Finding]:
    allowed = consented(source, consents, Use.NEW_PURPOSE, today)
    if source.purpose is not header.purpose and not any(
        one.purpose is header.purpose for one in allowed
    ):
        yield Finding(
            RULE,
            Effect.REFUSE,
            "header.purpose",
            "this uses what was received for another purpose",
            f"send consent.request (new_purpose) to {source.provider} and wait for the decision",
        )
