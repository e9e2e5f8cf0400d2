"""Rules P0 and P6: persons are named only where nobody dies or is tortured for it.

Contract: pure. P0 keeps identified persons out of production until agreements promise that; it
sees the header alone. `unassured` is P6 over an agreement's promises that are given to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from relec_exchange.message.catalogue import CATALOGUE, Features, features
from relec_exchange.message.codes import DataLevel, SubjectCategory
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.walking import about_persons, persons

EXERCISE_RULE: Final = "P0-nominal-exercise-only"
ASSURANCE_RULE: Final = "P6-assurance"
_SUSPECTS: Final = frozenset(
    (SubjectCategory.SUSPECT, SubjectCategory.CONVICTED, SubjectCategory.UNKNOWN)
)
_NOMINAL: Final = frozenset((DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE))


def exercise_only(message: Message, facts: Facts) -> Iterator[Finding]:
    """Refuse data about identified persons outside exercise networks."""
    yield from exercise_only_header(features(message.header), facts.network_kind)


def exercise_only_header(seen: Features, network_kind: str) -> Iterator[Finding]:
    """The same by what a header says, or by what its type is for: either is enough."""
    kind = CATALOGUE.get(seen.type)
    about_persons = seen.data_level in _NOMINAL or (kind is not None and kind.nominal)
    if about_persons and network_kind != "exercise":
        yield Finding(
            EXERCISE_RULE,
            Effect.REFUSE,
            "header.data_level",
            "data about identified persons is exchanged in exercise networks only",
            "send what is known without naming a person, or call the duty contact",
        )


@dataclass(frozen=True, slots=True)
class Assurances:
    """What the agreement between two states promises about persons handed over or named in it."""

    no_death_penalty: bool = False
    no_torture: bool = False


def unassured(message: Message, given: Assurances) -> Iterator[Finding]:
    """Rule P6: data about suspects needs both promises in the agreement. Asks of facts alone."""
    if not about_persons(message) or not _on_suspects(message):
        return
    for promised, words in (
        (given.no_death_penalty, "that nobody is put to death"),
        (given.no_torture, "that nobody is tortured"),
    ):
        if not promised:
            yield Finding(
                ASSURANCE_RULE,
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
