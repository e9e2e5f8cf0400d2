"""Rule P5 for types that need no agreement: they name nobody, list nobody, and drive nobody back.

Contract: pure. Found are words after which a name follows, legal forms of companies, lists of
persons, requests to drive people back, places finer than a warning may tell, where one group is
now, and series that are one document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from relec_exchange.message.bodies.papers import DocAlert, DocumentSeries
from relec_exchange.message.bodies.warnings import WarningKind, WarningNotice
from relec_exchange.message.constants import RESCUE
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Finding
from relec_exchange.protection.reading import has_exact_place, labels_of, revealed_in
from relec_exchange.protection.walking import PLACES, Text, texts
from relec_exchange.protection.words import fold

RULE: Final = "P5-neutrality"

# A unit, a source and a place may be called what they are called.
_NAMES_ALLOWED: Final = frozenset(("sources", "unit", "passed_to", "place", "authority_contacted"))
_NO_NAMES: Final = frozenset(("contact.update", "test.ping", "test.pong", "breach.notice"))
# Kinds of warnings that tell where people are, or will be soon.
_MOVING: Final = frozenset(
    (
        WarningKind.NEW_ROUTE,
        WarningKind.SURGE,
        WarningKind.MODUS_OPERANDI,
        WarningKind.TRANSPORT,
        WarningKind.GROUP,
    )
)
_ONE_EVENT: Final = timedelta(days=2)
_SERIES_LEAST: Final = 5
_REMEDY_NAMES: Final = "describe the group by what it does; names need an agreement and its types"
# A numbered or bulleted line with a name of two to five words and a year or date in it.
_LISTED: Final = re.compile(
    r"(?:^|[\n;])[ \t]{0,8}(?:\d{1,3}[.)]|[-\u2022*])[ \t]{0,8}"
    r"[^\W\d_]++(?:[ '\-][^\W\d_]++){1,4}[ ,(]{1,8}[^\n;]{0,80}?\d{4}"
)
_LISTED_LEAST: Final = 2


def open_type(message: Message, header: Header) -> Iterator[Finding]:
    """Names of groups, lists, and what would serve to drive people back."""
    seen = texts(message)
    yield from _push_back(message, seen)
    if header.type not in _NO_NAMES:
        yield from _naming(seen)
    if header.type != RESCUE:
        yield from _exact_places(seen)
    if isinstance(message.body, WarningNotice):
        yield from _live_position(header, message.body)
    if isinstance(message.body, DocAlert):
        yield from _small_series(message.body)


def _push_back(message: Message, seen: tuple[Text, ...]) -> Iterator[Finding]:
    body = message.body
    told = isinstance(body, WarningNotice) and body.kind is WarningKind.DEADLY_INCIDENT
    for text in seen:
        asks = text.field in ("recommended_action", "urgency_reason")
        # What happened may be told: that people died while they were driven back above all.
        if (told or text.field in PLACES or text.field == "sources") and not asks:
            continue
        if "push_back" in labels_of(text.value):
            yield Finding(
                RULE,
                Effect.REFUSE if asks else Effect.HOLD,
                text.path,
                "this speaks of driving people back",
                "say what helps people or stops the crime; nobody is driven back on a warning",
            )


def _naming(seen: tuple[Text, ...]) -> Iterator[Finding]:
    """A group, organisation or person by name, or several persons in a list."""
    for text in seen:
        if text.field in _NAMES_ALLOWED:
            continue
        labels = labels_of(text.value)
        if {"naming", "organisation"} & labels:
            yield Finding(
                RULE,
                Effect.HOLD,
                text.path,
                "this seems to name a person, a group or an organisation",
                _REMEDY_NAMES,
            )
        elif any(
            len(_LISTED.findall(reading)) >= _LISTED_LEAST for reading in revealed_in(text.value)
        ):
            yield Finding(
                RULE, Effect.HOLD, text.path, "this reads like a list of persons", _REMEDY_NAMES
            )


def _exact_places(seen: tuple[Text, ...]) -> Iterator[Finding]:
    for text in seen:
        if has_exact_place(text.value):
            yield Finding(
                RULE,
                Effect.HOLD,
                text.path,
                "this gives a place more exactly than a warning may",
                "use where.position with two decimals; for lives at risk, warning.life_at_risk",
            )


def _live_position(header: Header, body: WarningNotice) -> Iterator[Finding]:
    """Where one group is today: enough to stop it, and whoever would help has another type."""
    if body.kind not in _MOVING or body.where.position is None:
        return
    sent = header.created_at.date()
    if body.when.to >= sent and body.when.to - body.when.from_ <= _ONE_EVENT:
        yield Finding(
            RULE,
            Effect.HOLD,
            "body.where.position",
            "the position of people who are on the move now would serve to drive them back",
            "name the province instead, or wait; if lives are at risk send warning.life_at_risk",
        )


def _small_series(body: DocAlert) -> Iterator[Finding]:
    for number, series in enumerate(body.series):
        if _one_number(series):
            yield Finding(
                RULE,
                Effect.REFUSE,
                f"body.series.{number}",
                "this series is one document, and one document is one person",
                "ask by doc.verify.request, if an agreement allows it",
            )
        elif series.count < _SERIES_LEAST:
            yield Finding(
                RULE,
                Effect.HOLD,
                f"body.series.{number}.count",
                f"a series of fewer than {_SERIES_LEAST} documents may be about single persons",
                "alert on blanks and longer series only",
            )


def _one_number(series: DocumentSeries) -> bool:
    """Two spellings of one number."""
    return _bare(series.first) == _bare(series.last)


def _bare(number: str) -> str:
    return "".join(c for c in fold(number) if c.isalnum())
