"""Everything in a message that a rule may have to look at, however deep it is nested.

Contract: pure; yields places as dotted paths (`body.persons.0.names.0.text`) with values. A field
counts as text unless its form leaves no room for words, so that a field added later is looked at
without anybody thinking of it. Sealed parts are not opened. Pictures and PDF are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from re import compile as compiled
from types import NoneType
from typing import Annotated, Final, get_args, get_origin, get_type_hints

from pydantic import StringConstraints

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.mrz import STATE_BEHIND, Mrz, parse_mrz
from relec_exchange.message.bodies.papers import DocVerifyRequest
from relec_exchange.message.bodies.persons import Person, TravelDocument
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import unb64
from relec_exchange.message.fields import LANGUAGE_PATTERN, Document
from relec_exchange.message.header import Attachment, Header
from relec_exchange.message.identifiers import (
    MESSAGE_ID_PATTERN,
    NODE_PATTERN,
    TYPE_PATTERN,
    UNIT_PATTERN,
)
from relec_exchange.protection.memory import once

_NOMINAL: Final = frozenset((DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE))
_READABLE: Final = frozenset(("text/plain", "text/csv"))
# A form that takes one of these has room for a name.
_PROBES: Final = ("Ahmad Karimi", "ahmad_karimi", "ahmad", "AHMAD", "/body/ahmad_karimi")
# Names of nodes, units, types and languages: checked elsewhere, or too short to tell anything.
_NAMED_ELSEWHERE: Final = frozenset(
    (NODE_PATTERN, UNIT_PATTERN, TYPE_PATTERN, MESSAGE_ID_PATTERN, LANGUAGE_PATTERN)
)
_PLAIN: Final = (str, int, float, bool, bytes, date, Decimal, Enum, NoneType)
_FILE_FIELDS: Final = frozenset(("media_type", "digest", "data"))


# Fields in which a place is named.
PLACES: Final = frozenset(("place", "route", "border_crossing"))


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a message: where, what it says, and the name of its field."""

    path: str
    value: str
    field: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A machine-readable zone in a message, and where it stands."""

    path: str
    mrz: Mrz


def about_persons(message: Message) -> bool:
    """Whether a message is about identified persons, by its header or by what its type is for."""
    header = message.header
    kind = CATALOGUE.get(header.type)
    level = header.data_level if isinstance(header, Header) else None
    return level in _NOMINAL or (kind is not None and kind.nominal)


def charter_type(message: Message) -> bool:
    """Whether the type is granted to all by the charter and carries something to read."""
    kind = CATALOGUE.get(message.header.type)
    return kind is not None and kind.charter_default and not about_persons(message)


def documents(message: Message) -> tuple[tuple[str, Document], ...]:
    """Every part of header and body with its path, the outer before the inner."""
    return once("documents", id(message), lambda: tuple(_documents(message)))


def persons(message: Message) -> tuple[tuple[str, Person], ...]:
    """Every person in the body, however deep."""
    return once(
        "persons",
        id(message),
        lambda: tuple(
            (path, part) for path, part in documents(message) if isinstance(part, Person)
        ),
    )


def texts(message: Message) -> tuple[Text, ...]:
    """Every text: of header and body, names of files, and lines of files that are text."""
    return once("texts", id(message), lambda: tuple(_texts(message)))


def papers(message: Message) -> tuple[Paper, ...]:
    """Every machine-readable zone that can be read as one."""
    return once("papers", id(message), lambda: tuple(_papers(message)))


def paper_states(paper: Paper) -> frozenset[str]:
    """Issuer and nationality of a zone, as codes of ISO 3166-1 where a state is behind them."""
    codes = {paper.mrz.issuer, paper.mrz.nationality} - {""}
    return frozenset(STATE_BEHIND.get(code, code) for code in codes)


def _documents(message: Message) -> Iterator[tuple[str, Document]]:
    yield from _parts("header", message.header)
    if not isinstance(message.body, SealedBody):
        yield from _parts("body", message.body)


def _texts(message: Message) -> Iterator[Text]:
    for path, part in documents(message):
        for name in _text_fields(type(part)):
            for at, value in _strings(getattr(part, name)):
                yield Text(f"{path}.{name}{at}", value, name)
        if isinstance(part, Attachment) and part.media_type in _READABLE:
            with suppress(InvalidInput, UnicodeDecodeError):
                yield Text(f"{path}.data", unb64(part.data).decode("utf-8"), "data")


def _papers(message: Message) -> Iterator[Paper]:
    for path, part in documents(message):
        lines = part.mrz if isinstance(part, (TravelDocument, DocVerifyRequest)) else None
        if lines:
            with suppress(InvalidInput):
                yield Paper(f"{path}.mrz", parse_mrz(lines))


def _parts(path: str, part: Document) -> Iterator[tuple[str, Document]]:
    yield path, part
    for name in _fields_with_parts(type(part)):
        value = getattr(part, name)
        if value is not None:
            for at, inner in _children(value):
                yield from _parts(f"{path}.{name}{at}", inner)


@cache
def _fields_with_parts(kind: type[Document]) -> tuple[str, ...]:
    """The fields of a model that may hold documents: all that do not surely hold none."""
    hints = get_type_hints(kind)
    return tuple(name for name in kind.model_fields if not _is_plain(hints[name]))


def _is_plain(hint: object) -> bool:
    if isinstance(hint, type) and get_origin(hint) is None:
        return issubclass(hint, _PLAIN)
    inner = get_args(hint)
    return bool(inner) and all(part is ... or _is_plain(part) for part in inner)


def _children(value: object) -> Iterator[tuple[str, Document]]:
    if isinstance(value, Document):
        yield "", value
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            if isinstance(item, Document):
                yield f".{number}", item


def _strings(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not isinstance(value, Enum):
        yield "", value
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            if isinstance(item, str) and not isinstance(item, Enum):
                yield f".{number}", item


@cache
def _text_fields(kind: type[Document]) -> tuple[str, ...]:
    """The fields of a model whose form leaves room for words."""
    hints = get_type_hints(kind, include_extras=True)
    skipped = _FILE_FIELDS if issubclass(kind, Attachment) else frozenset()
    return tuple(
        name for name in kind.model_fields if name not in skipped and _has_room(hints[name])
    )


def _has_room(hint: object) -> bool:
    if hint is str:
        return True
    if get_origin(hint) is Annotated:
        inner, *rules = get_args(hint)
        forms = [rule.pattern for rule in rules if isinstance(rule, StringConstraints)]
        patterns = [form for form in forms if isinstance(form, str)]
        if inner is str and patterns:
            return all(_takes_words(pattern) for pattern in patterns)
        return _has_room(inner)
    return any(_has_room(part) for part in get_args(hint))


def _takes_words(pattern: str) -> bool:
    if pattern in _NAMED_ELSEWHERE:
        return False
    form = compiled(pattern)
    return any(form.fullmatch(probe) for probe in _PROBES)
