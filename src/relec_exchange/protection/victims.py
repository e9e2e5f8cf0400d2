"""Rule P3: who is a victim is told in `protection.referral` alone, and there nothing of a case.

Contract: pure. Refused is what identifies a person who is called a victim; where a text speaks of
a victim beside a name or a number, the protection desk looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.message.bodies.persons import Person
from relec_exchange.message.codes import SubjectCategory
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import ASK_NO_PERSON, Effect, Facts, Finding
from relec_exchange.protection.reading import labels_of, names_in, patterns_in, sentences
from relec_exchange.protection.walking import about_persons, persons, texts

RULE: Final = "P3-victim-identity"
REFERRALS: Final = frozenset(("protection.referral", "protection.response"))

VICTIMS: Final = frozenset((SubjectCategory.VICTIM, SubjectCategory.POSSIBLE_VICTIM))
# Whoever stands under one of these may be the victim that a header speaks of.
_UNCLEAR: Final = frozenset((SubjectCategory.UNKNOWN, SubjectCategory.MIGRANT))
_IDENTIFYING: Final = ("names", "birth", "documents", "phones", "handles")
_REMEDY: Final = (
    "send a protection.referral to the protection desk, with the person's consent; here leave "
    "names, birth date, documents, phones and handles out"
)


def victim_identity(message: Message, facts: Facts) -> Iterator[Finding]:
    """What identifies a victim outside a referral, and what tells of a case inside one."""
    header = message.header
    if not isinstance(header, Header):
        return
    if header.type in REFERRALS:
        yield from _case_data(message)
        return
    if header.type == "correction" and facts.amended[0] in REFERRALS:
        yield Finding(
            RULE,
            Effect.REFUSE,
            "body.message_id",
            "a correction is read by others than the protection desk",
            "recall the referral, and send a new one to the desk",
        )
    told = not VICTIMS.isdisjoint(header.subject_categories)
    found = persons(message)
    for path, person in found:
        if person.category in VICTIMS:
            yield from _of_victim(path, person)
        elif told and (person.category in _UNCLEAR or person.category not in _said(header)):
            yield from _identified(path, person, "the header speaks of a victim, and this may be")
    if about_persons(message):
        names = tuple(name.text for _, person in found for name in person.names)
        yield from _in_texts(message, names, facts.known_names)


def _said(header: Header) -> frozenset[SubjectCategory]:
    return frozenset(header.subject_categories)


def _of_victim(path: str, person: Person) -> Iterator[Finding]:
    yield from _identified(path, person, "this identifies a victim")
    if person.description is not None:
        yield Finding(
            RULE,
            Effect.ASK,
            f"{path}.description",
            "a description of a victim must let nobody recognise the person",
            "describe the case, not the person; then answer the question",
            question=ASK_NO_PERSON,
        )


def _identified(path: str, person: Person, why: str) -> Iterator[Finding]:
    for field in _IDENTIFYING:
        if getattr(person, field):
            yield Finding(RULE, Effect.REFUSE, f"{path}.{field}", why, _REMEDY)


def _in_texts(
    message: Message, names: tuple[str, ...], known: tuple[str, ...]
) -> Iterator[Finding]:
    """A sentence about a victim with a name or a number in it."""
    for text in texts(message):
        for sentence in sentences(text.value):
            if "victim" in labels_of(sentence) and (
                names_in(sentence, names) or names_in(sentence, known) or patterns_in(sentence)
            ):
                yield Finding(
                    RULE,
                    Effect.HOLD,
                    text.path,
                    "a text speaks of a victim beside a name or a number",
                    _REMEDY,
                )
                break


def _case_data(message: Message) -> Iterator[Finding]:
    """Offence data in a referral would make a suspect of the victim."""
    for path, person in persons(message):
        if person.roles or person.category in (SubjectCategory.SUSPECT, SubjectCategory.CONVICTED):
            yield Finding(
                RULE,
                Effect.REFUSE,
                f"{path}.category",
                "a referral for protection says nothing of an offence",
                "leave roles out and say victim or possible_victim",
            )
    for text in texts(message):
        if "offence" in labels_of(text.value):
            yield Finding(
                RULE,
                Effect.HOLD,
                text.path,
                "a text of this referral seems to speak of an offence",
                "say what help is needed, and nothing of a case against the person",
            )
