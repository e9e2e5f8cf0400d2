"""Rule P5: no message has a political, military, religious or racial ground.

Contract: pure. The ground is judged where a message says it, and in warnings where one says whom
to look for. The other half of the rule, for types that need no agreement, is in `open_types`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.message.bodies.warnings import WarningNotice
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.open_types import RULE, open_type
from relec_exchange.protection.reading import joined, labels_of
from relec_exchange.protection.walking import Text, about_persons, charter_type, texts

__all__ = ["RULE", "neutrality"]

# Where a message says why it exists ...
_GROUNDS: Final = frozenset(
    ("offence", "reasons", "why", "asked", "relevance", "urgency_reason", "legal_basis")
)
# ... and where it may say so by the way, about persons or in a warning.
_FACTS: Final = frozenset(
    (
        "text",
        "answer",
        "description",
        "use_restrictions",
        "benefit",
        "now",
        "what",
        "changes",
        "recommended_action",
    )
)
# How a warning says whom to look for: never by origin or belief.
_SIGNS: Final = frozenset(("group", "indicators"))
# What ends a message may say that it had a ground that it must not have.
_ENDING: Final = frozenset(("recall", "recall.outcome"))
_REMEDY_GROUND: Final = (
    "say the offence or danger itself; if there is none besides opinion, service, belief or "
    "origin, the message does not go"
)


def neutrality(message: Message, facts: Facts) -> Iterator[Finding]:
    """Forbidden grounds, and what an open type must not become."""
    if not isinstance(message.header, Header):
        return
    yield from _grounds(message, texts(message), facts)
    if charter_type(message):
        yield from open_type(message, message.header)


def _grounds(message: Message, seen: tuple[Text, ...], facts: Facts) -> Iterator[Finding]:
    persons = about_persons(message)
    if message.header.type in _ENDING:
        return
    said = False
    for text in seen:
        effect = _effect(text, persons or isinstance(message.body, WarningNotice))
        if effect is not None:
            said = True
            yield _ground(effect, text.path)
    if (
        not said
        and persons
        and "ground" in joined(facts.earlier, (text.value for text in seen), labels_of)
    ):
        yield Finding(
            RULE,
            Effect.HOLD,
            "body",
            "together with an earlier message of this thread, a forbidden ground is told",
            _REMEDY_GROUND,
            local=True,
        )


def _effect(text: Text, tells_facts: bool) -> Effect | None:
    """What a ground in this text leads to; None if there is none, or it may stand there."""
    ground, sign = text.field in _GROUNDS, text.field in _SIGNS
    if not (ground or sign or (tells_facts and text.field in _FACTS)):
        return None
    found = labels_of(text.value)
    if "ground" in found:
        return Effect.REFUSE if ground else Effect.HOLD
    return Effect.HOLD if "ground_maybe" in found and (ground or sign) else None


def _ground(effect: Effect, path: str) -> Finding:
    return Finding(
        RULE,
        effect,
        path,
        "this speaks of a political, military, religious or racial ground",
        _REMEDY_GROUND,
    )
