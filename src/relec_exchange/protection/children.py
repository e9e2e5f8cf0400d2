"""Rule P4: of a child the age band, unless the birth date is needed; somebody speaks for the child.

Contract: pure. Whoever may be under 18 when the message was made counts as a child. An extra
approval is asked for in every case.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from relec_exchange.message.bodies.papers import DocVerifyRequest
from relec_exchange.message.bodies.persons import BirthDate, Calendar, Person, Precision
from relec_exchange.message.bodies.protecting import ProtectionReferral
from relec_exchange.message.bodies.statistics import AgeBand
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.reading import labels_of, revealed_in
from relec_exchange.protection.walking import (
    about_persons,
    documents,
    papers,
    persons,
    texts,
)
from relec_exchange.protection.words import fold, hits

RULE: Final = "P4-children"

_BANDS: Final = frozenset((AgeBand.UNDER_14, AgeBand.FROM_14, AgeBand.CHILD))
_OF_AGE: Final = 18
# An estimate may be wrong by years, a lunar date by days.
_ESTIMATE_YEARS: Final = 2
_LUNAR: Final = timedelta(days=3)
_DATE: Final = re.compile(
    r"(?<!\d)(?:(\d{4})[-./](\d{1,2})[-./](\d{1,2})|(\d{1,2})[-./](\d{1,2})[-./](\d{4})|(\d{4}))(?!\d)"
)
_HIJRI_BELOW: Final = 1500
# How far from the word a date may stand, in characters.
_BEFORE: Final = 16
_AFTER: Final = 40


def children(message: Message, facts: Facts) -> Iterator[Finding]:
    """Birth dates that are not needed, children for whom nobody speaks, and the approval."""
    del facts
    header = message.header
    if not isinstance(header, Header):
        return
    today = header.created_at.date()
    young = {path: person for path, person in persons(message) if is_child(person, today)}
    for path, person in young.items():
        yield from _of_child(path, person, message)
    zones = [paper.path for paper in papers(message) if _zone_child(paper.mrz.birth, today)]
    for path in zones:
        yield from _zone(path, message)
    if about_persons(message):
        yield from _in_texts(message, today)
    described = any(
        person.description and "child" in labels_of(person.description)
        for _, person in persons(message)
    )
    if young or zones or described:
        yield Finding(
            RULE,
            Effect.APPROVE,
            "body",
            "this is or may be about a child",
            "the protection desk approves it before it goes",
        )


def is_child(person: Person, today: date) -> bool:
    """Whether the person may be under 18 on that day, by band, birth date or document."""
    return person.age_band in _BANDS or (
        person.birth is not None and _under_age(_latest(person.birth), today)
    )


def _of_child(path: str, person: Person, message: Message) -> Iterator[Finding]:
    if person.birth is not None and person.birth_needed is None:
        yield Finding(
            RULE,
            Effect.REFUSE,
            f"{path}.birth",
            "a child's birth date goes only where it is needed",
            "give age_band instead, or say in birth_needed why the date is needed",
        )
    body = message.body
    spoken = person.guardian_note or person.best_interest_note
    if isinstance(body, ProtectionReferral):
        spoken = spoken or body.guardian or body.best_interest_note
    if not spoken:
        yield Finding(
            RULE,
            Effect.REFUSE,
            f"{path}.guardian_note",
            "for a child somebody speaks: a guardian, or a note on the child's best interest",
            "fill in guardian_note or best_interest_note",
        )


def _zone(path: str, message: Message) -> Iterator[Finding]:
    """A zone carries the birth date, so the same holds for it."""
    owner = next((p for at, p in persons(message) if path.startswith(f"{at}.")), None)
    if owner is not None and owner.birth_needed is not None:
        return
    asked = any(isinstance(part, DocVerifyRequest) for _, part in documents(message))
    yield Finding(
        RULE,
        Effect.REFUSE,
        path,
        "the machine-readable zone tells a child's birth date",
        "ask by fields (type, number, issuer) instead of the zone"
        if asked
        else "give number and issuer without the zone, or say in birth_needed why it is needed",
    )


def _in_texts(message: Message, today: date) -> Iterator[Finding]:
    """A birth date of somebody under 18 beside a word for birth."""
    for text in texts(message):
        if text.field == "birth_needed":
            continue
        if any(_under_age(born, today) for born in _births(text.value) if born <= today):
            yield Finding(
                RULE,
                Effect.HOLD,
                text.path,
                "a text tells a birth date of somebody under 18",
                "give the age band of the child in its field, and no date in a text",
            )


def _births(text: str) -> Iterator[date]:
    """Dates and years near a word for birth, the last day where only a year is told."""
    for reading in map(fold, revealed_in(text)):
        for hit in hits(reading):
            if hit.label == "birth":
                after = list(_dates(reading[hit.end : hit.end + _AFTER]))
                before = list(_dates(reading[max(hit.start - _BEFORE, 0) : hit.start]))
                yield from after[:1] or before[-1:]


def _dates(near: str) -> Iterator[date]:
    """Days, and years as their last day, in the order in which they stand."""
    for m in _DATE.finditer(near):
        year, month, day = m[1] or m[6] or m[7], m[2] or m[5] or "12", m[3] or m[4] or "31"
        with suppress(ValueError):
            yield date(_gregorian(int(year)), int(month), int(day))


def _gregorian(year: int) -> int:
    """A year of the solar Hijri calendar as the later of its two Gregorian ones; days stay."""
    return year + 622 if year < _HIJRI_BELOW else year


def _latest(birth: BirthDate) -> date:
    """The latest day on which the person may have been born."""
    parts = [int(part) for part in birth.date.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else 31
    if birth.precision is Precision.ESTIMATED:
        year += _ESTIMATE_YEARS
    latest = date(year, month, min(day, monthrange(year, month)[1]))
    lunar = birth.source is not None and birth.source.calendar is Calendar.LUNAR_HIJRI
    return latest + _LUNAR if lunar else latest


def _zone_child(birth: str, today: date) -> bool:
    """Six digits without a century: the latest past date that they may be."""
    year, month, day = birth[:2], birth[2:4], birth[4:6]
    if not year.isdigit():
        return False
    full = today.year // 100 * 100 + int(year)
    full -= 100 if full > today.year else 0
    known = BirthDate.model_construct(
        date="-".join([str(full), *(p for p in (month, day) if p.isdigit() and p != "00")]),
        precision=Precision.DAY,
        source=None,
    )
    try:
        return _under_age(_latest(known), today)
    except ValueError:
        return False


def _under_age(born: date, today: date) -> bool:
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years < _OF_AGE
