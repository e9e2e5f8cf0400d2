"""Rule P6: suspects are named only to states that put nobody to death and torture nobody for it.

Contract: pure, over what the agreement promises under which a message goes. What takes data back,
and the one answer that says nothing, go without: they name nobody anew, and must not fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from relec_exchange.message.codes import SubjectCategory
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.silent import says_nothing
from relec_exchange.protection.walking import about_persons, persons
from relec_exchange.trust.assurances import Assurances

RULE: Final = "P6-assurance"
BOTH: Final = Assurances(no_death_penalty=True, no_torture=True)
_SUSPECTS: Final = frozenset(
    (SubjectCategory.SUSPECT, SubjectCategory.CONVICTED, SubjectCategory.UNKNOWN)
)
_TAKING_BACK: Final = frozenset(("recall", "recall.outcome"))
_PROMISES: Final = MappingProxyType(
    {
        "no_death_penalty": "that nobody is put to death",
        "no_torture": "that nobody is tortured",
    }
)


def promised(given: Assurances) -> tuple[str, ...]:
    """What an agreement promises, as `Facts.assurances` has it."""
    return tuple(name for name in _PROMISES if getattr(given, name))


def assured(message: Message, facts: Facts) -> Iterator[Finding]:
    """Refuse data about suspects where the agreement lacks a promise; one finding for each."""
    if not about_persons(message) or not _on_suspects(message) or _names_nobody(message):
        return
    for name, words in _PROMISES.items():
        if name not in facts.assurances:
            yield Finding(
                RULE,
                Effect.REFUSE,
                "header.recipient",
                f"the agreement with this state does not promise {words}",
                "have the assurance added to the agreement first",
            )


def _on_suspects(message: Message) -> bool:
    """Whether a person in it is or may be a suspect; who is not called anything may be one."""
    header = message.header
    categories = {person.category for _, person in persons(message)}
    if isinstance(header, Header):
        categories |= set(header.subject_categories)
    return not categories or not _SUSPECTS.isdisjoint(categories)


def _names_nobody(message: Message) -> bool:
    return message.header.type in _TAKING_BACK or says_nothing(message)
