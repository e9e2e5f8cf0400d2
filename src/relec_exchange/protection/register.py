"""The local protection register: persons under protection, known to this state alone.

Contract: an entry never travels. `matches` is pure and says which entries a message may concern;
it errs on the side of finding one, because a person of the desk looks at what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import model_validator

from relec_exchange.message.bodies.papers import DocumentFields
from relec_exchange.message.bodies.persons import Person, TravelDocument
from relec_exchange.message.document import Message
from relec_exchange.message.fields import Bounded, Document, Line, StateCode, Text, rule
from relec_exchange.protection.memory import for_same
from relec_exchange.protection.reading import names_in, revealed_in
from relec_exchange.protection.walking import documents, papers, persons, texts
from relec_exchange.protection.words import fold

# Shorter numbers stand in texts by chance.
_NUMBER_LEAST: Final = 6
_DIGITS: Final = re.compile("[0-9]+")
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
    index, said = _index(entries), [text.value for text in texts(message)]
    named = frozenset[str]().union(*(names_in(text, index.names) for text in said))
    numbered = index.by_number.keys() & set(_numbers(message))
    numbered |= index.inside(_bare(reading) for text in said for reading in revealed_in(text))
    sure = {place for number in numbered for place in index.by_number[number]}
    maybe = {place for name in named for place in index.by_name[name]} - sure
    likely = {place for place in maybe if not _another(message, entries[place])}
    return tuple(entries[place] for place in sorted(sure | likely))


@dataclass(frozen=True, slots=True)
class _Index:
    """What is looked for: names, which entries have a name or number, and how long the numbers
    are that begin alike (a country's telephone numbers all do). `lettered`: one begins with
    letters alone.
    """

    names: tuple[str, ...]
    by_name: Mapping[str, Sequence[int]]
    by_number: Mapping[str, Sequence[int]]
    lengths: Mapping[str, Collection[int]]
    lettered: bool

    def inside(self, bare: Iterable[str]) -> set[str]:
        """The numbers that stand somewhere in these texts, each of which is read once."""
        return {
            text[at : at + length]
            for text in dict.fromkeys(bare)
            for at in self._beginnings(text)
            for length in self.lengths.get(text[at : at + _NUMBER_LEAST], ())
            if text[at : at + length] in self.by_number
        }

    def _beginnings(self, text: str) -> Iterable[int]:
        """Where a number may begin: where there is a digit soon, unless some begin without."""
        if self.lettered:
            return range(len(text) - _NUMBER_LEAST + 1)
        return {
            at
            for digits in _DIGITS.finditer(text)
            for at in range(max(0, digits.start() - _NUMBER_LEAST + 1), digits.end())
        }


# A node asks with the same register for every message: thousands of entries are read once.
@for_same
def _index(entries: tuple[RegisterEntry, ...]) -> _Index:
    by_number: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        for number in {_bare(one) for one in (*entry.documents, *entry.phones)}:
            by_number.setdefault(number, []).append(place)
    lengths: dict[str, set[int]] = {}
    for number in by_number:
        if len(number) >= _NUMBER_LEAST:
            lengths.setdefault(number[:_NUMBER_LEAST], set()).add(len(number))
    by_name: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        for name in entry.names:
            by_name.setdefault(name, []).append(place)
    lettered = not all(map(_DIGITS.search, lengths))
    return _Index(tuple(by_name), by_name, by_number, lengths, lettered)


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
    folded = fold(number)
    # Few signs are different, and most of those stay.
    plain = {ord(c): str(int(c)) if c.isdecimal() else None for c in set(folded) if _varies(c)}
    return folded.translate(plain) if plain else folded


def _varies(sign: str) -> bool:
    return not sign.isalnum() or (sign.isdecimal() and not sign.isascii())
