"""The local protection register: persons under protection, known to this state alone.

Contract: an entry never travels. `matches` is pure and says which entries a message may concern;
it errs on the side of finding one, because a person of the desk looks at what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import model_validator

from relec_exchange.message.bodies.papers import DocumentFields
from relec_exchange.message.bodies.persons import Person, TravelDocument
from relec_exchange.message.document import Message
from relec_exchange.message.fields import Bounded, Document, Line, StateCode, Text, rule
from relec_exchange.protection.reading import names_in, revealed_in
from relec_exchange.protection.walking import documents, papers, persons, texts
from relec_exchange.protection.words import fold

# Shorter numbers stand in texts by chance.
_NUMBER_LEAST: Final = 6
# Years of birth further apart are those of two persons.
_YEARS_APART: Final = 3


class RegisterEntry(Document):
    """One person: names in any script, numbers, the states feared, and a note for the desk.

    `birth` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as far as it is known.
    """

    names: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    birth: Line | None = None
    documents: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    phones: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    fears: Annotated[tuple[StateCode, ...], Bounded(32, distinct=True)] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.names or self.documents or self.phones):
            raise rule("entry_empty", "an entry needs a name, a document or a phone", "names")
        return self


def matches(message: Message, entries: tuple[RegisterEntry, ...]) -> tuple[RegisterEntry, ...]:
    """The entries that a message may concern: by document, phone, or name in any script."""
    if not entries:
        return ()
    said = [text.value for text in texts(message)]
    every = tuple(dict.fromkeys(name for entry in entries for name in entry.names))
    named = frozenset[str]().union(*(names_in(text, every) for text in said))
    numbers = frozenset(_numbers(message))
    bare = [_bare(reading) for text in said for reading in revealed_in(text)]

    def concerns(entry: RegisterEntry) -> bool:
        wanted = {_bare(number) for number in (*entry.documents, *entry.phones)}
        long = [number for number in wanted if len(number) >= _NUMBER_LEAST]
        if wanted & numbers or any(number in text for number in long for text in bare):
            return True
        return not named.isdisjoint(entry.names) and not _another(message, entry)

    return tuple(filter(concerns, entries))


def _another(message: Message, entry: RegisterEntry) -> bool:
    """Whether everybody in the message was surely born in another year."""
    if entry.birth is None or not entry.birth[:4].isdigit():
        return False
    born = [person.birth for _, person in persons(message)]
    return bool(born) and all(
        birth is not None and abs(int(birth.date[:4]) - int(entry.birth[:4])) >= _YEARS_APART
        for birth in born
    )


def _numbers(message: Message) -> Iterator[str]:
    for _, part in documents(message):
        if isinstance(part, (TravelDocument, DocumentFields)):
            yield _bare(part.number)
        if isinstance(part, Person):
            yield from map(_bare, part.phones)
    for paper in papers(message):
        yield _bare(paper.mrz.number)


def _bare(number: str) -> str:
    """Letters and digits alone, digits of any script as 0 to 9."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in fold(number) if c.isalnum())
