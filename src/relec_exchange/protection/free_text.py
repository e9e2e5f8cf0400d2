"""Rule P12: nobody can be recognised from the texts and files of a message that is about nobody.

Contract: pure. Names known from the thread and the store are found in every script, and so are
numbers and addresses of persons; for all else an officer confirms that nobody can be recognised.
What this cannot see stands in `docs/explanation/protection.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.forms.scripts import name_parts
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.memory import for_same
from relec_exchange.protection.model import ASK_NO_PERSON, Effect, Facts, Finding
from relec_exchange.protection.reading import joined, names_in, patterns_in
from relec_exchange.protection.walking import PLACES, Text, about_persons, texts

RULE: Final = "P12-free-text"

_REMEDY: Final = "leave it out, or send a type for identified persons if an agreement allows it"
# Contacts of an authority are what these fields are for.
_CONTACTS: Final = frozenset(("authority_contacted", "contact", "unit", "passed_to", "sources"))
# Numbers of a file or of a series are no document of a person.
_NUMBERS: Final = frozenset(("own_ref", "your_ref", "legal_basis", "first", "last", "path"))
# Coded, or a name of something else: no sentence that an officer has to vouch for.
_NOT_ASKED: Final = _NUMBERS | frozenset(("sources", "route", "category", "document_type"))
# A part of a name may itself be cut in two, between neighbouring texts.
_NEAR_MAX: Final = 4
# Shorter parts of names are words like others.
_PART_LEAST: Final = 4
_UNREAD: Final = frozenset(("contact.update",))
_ASKED_OF_NONE: Final = frozenset(("feedback", "breach.notice"))
_RECALLS: Final = frozenset(("recall", "recall.outcome"))


def free_text(message: Message, facts: Facts) -> Iterator[Finding]:
    """Names, numbers and addresses in texts below nominal level, and the officer's question."""
    header = message.header
    if not isinstance(header, Header) or header.type in _UNREAD:
        return
    if about_persons(message) and not _in_the_open(header):
        return
    seen = tuple(texts(message))
    yield from _numbers(seen)
    yield from _names(seen, facts)
    if facts.direction == "outbound":
        yield from _asked(header, seen)


def _in_the_open(header: Header) -> bool:
    """What recalls a sealed message is not sealed, so it speaks of nobody."""
    return header.type in _RECALLS and header.data_level is DataLevel.NOMINAL_SENSITIVE


def _numbers(seen: tuple[Text, ...]) -> Iterator[Finding]:
    for text in seen:
        if text.field in _CONTACTS | _NUMBERS:
            continue
        kinds = patterns_in(text.value)
        if kinds:
            yield Finding(
                RULE,
                Effect.HOLD,
                text.path,
                f"this holds what looks like {', '.join(sorted(kinds))}",
                _REMEDY,
            )


def _names(seen: tuple[Text, ...], facts: Facts) -> Iterator[Finding]:
    """Names that this end knows; never told to the other."""

    found = [text.path for text in seen if _named(text, facts)]
    for path in found:
        yield Finding(
            RULE,
            Effect.HOLD,
            path,
            "this holds a name that is known here from this thread or from earlier messages",
            _REMEDY,
            local=True,
        )
    if not found and _across(seen, facts):
        yield Finding(
            RULE,
            Effect.HOLD,
            "body",
            "together with an earlier message of this thread, this names or numbers a person",
            _REMEDY,
            local=True,
        )


def _named(text: Text, facts: Facts) -> bool:
    names = names_in(text.value, facts.known_names)
    # A single name is the name of many places too.
    return any(len(name.split()) > 1 for name in names) if text.field in PLACES else bool(names)


def _across(seen: tuple[Text, ...], facts: Facts) -> bool:
    """A name or number of which one part went before and the rest stands here."""
    if not facts.earlier:
        return False

    def named(text: str) -> frozenset[str]:
        return names_in(text, facts.known_names)

    now = [text.value for text in seen if text.field not in PLACES]
    return (
        bool(joined(facts.earlier, now, patterns_in))
        or bool(joined(facts.earlier[-_NEAR_MAX:], now[:_NEAR_MAX], named))
        or _parted(facts, now)
    )


def _parted(facts: Facts, now: list[str]) -> bool:
    """Whether one part of a known name stands in an earlier text and another one here."""
    whole, every = _parts(facts.known_names)
    before = frozenset[str]().union(*(names_in(text, every) for text in facts.earlier))
    if not before:
        return False
    after = frozenset[str]().union(*(names_in(text, every) for text in now))
    return any(before & own and after & own and len((before | after) & own) > 1 for own in whole)


# A node asks with the same few thousand names for every text.
@for_same
def _parts(names: tuple[str, ...]) -> tuple[tuple[frozenset[str], ...], tuple[str, ...]]:
    """The parts of each name that are long enough, and all of them once."""
    whole = [tuple(p for p in name_parts(name) if len(p) >= _PART_LEAST) for name in names]
    every = dict.fromkeys(part for parts in whole for part in parts)
    return tuple(map(frozenset, whole)), tuple(every)


def _asked(header: Header, seen: tuple[Text, ...]) -> Iterator[Finding]:
    if header.data_level is DataLevel.NONE and header.type not in _ASKED_OF_NONE:
        return
    read = [text.path for text in seen if text.field not in _NOT_ASKED]
    read += [f"header.attachments.{number}" for number in range(len(header.attachments))]
    if read:
        yield Finding(
            RULE,
            Effect.ASK,
            read[0],
            f"an officer reads {len(read)} texts and files and says that nobody is recognisable"
            if len(read) > 1
            else "an officer reads this and says that nobody is recognisable",
            "read every text and attached file, then answer the question",
            question=ASK_NO_PERSON,
        )
