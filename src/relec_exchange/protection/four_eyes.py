"""Rule P10: what may hurt somebody is released by a second person.

What corrects or recalls a message, or answers its recall, counts as what the message was: nobody
gets by under a lower data level.

Contract: pure; header and categories decide. Types without any data level are exempt. A warning of
lives at risk is found like others; whoever sends it first has it confirmed after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.message.codes import DataLevel, Handling
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.children import is_child
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.silent import says_nothing
from relec_exchange.protection.victims import VICTIMS
from relec_exchange.protection.walking import about_persons, persons

RULE: Final = "P10-four-eyes"
_LEVELS: Final = tuple(DataLevel)
"""The lowest first."""
_RESTRICTED: Final = frozenset((Handling.H1, Handling.H2, Handling.H3))


def four_eyes(message: Message, facts: Facts) -> Iterator[Finding]:
    """One finding for each reason why a second person must release the message."""
    header = message.header
    if not isinstance(header, Header):
        return
    yield from _lowered(header, facts)
    if header.data_level is DataLevel.NONE:
        return
    if facts.node_made and says_nothing(message):
        return  # nobody chose anything in it
    for field, reason in _reasons(message, header, facts):
        yield Finding(
            RULE,
            Effect.SECOND,
            field,
            f"a second person releases this: {reason}",
            "another officer with the role releaser looks at it and releases it",
        )


def _lowered(header: Header, facts: Facts) -> Iterator[Finding]:
    """An amendment under a lower level than that of the message it is about."""
    level = facts.amended[1]
    if level and _LEVELS.index(header.data_level) < _LEVELS.index(DataLevel(level)):
        yield Finding(
            RULE,
            Effect.REFUSE,
            "header.data_level",
            f"what mends a message of level {level} is of that level too",
            f"say data_level {level}",
        )


def _reasons(message: Message, header: Header, facts: Facts) -> Iterator[tuple[str, str]]:
    if about_persons(message):
        yield "header.data_level", "it is about identified persons"
    if not _RESTRICTED.isdisjoint(header.handling):
        yield "header.handling", "its handling is restricted"
    found = [person for _, person in persons(message)]
    categories = {*header.subject_categories, *(person.category for person in found)}
    if not VICTIMS.isdisjoint(categories):
        yield "header.subject_categories", "it is about victims"
    if any(is_child(person, header.created_at.date()) for person in found):
        yield "body", "it is about a child"
    if facts.first_use:
        yield "header.recipient", "it is the first use of the agreement"
