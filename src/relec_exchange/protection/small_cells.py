"""Rule 11: small counts are left out before a table goes, and nobody can work them out again.

`suppress` is for who makes a report, once for all its recipients; `without_own` then takes out what
one of them may not have; `small_cells` is the rule at both ends, over what one message tells.

Why it is done so
- Zeros stay. What is marked as suppressed is then believed to be one at least, and every proof
  here grants that to the reader; a sum with nothing but one small figure in it is small itself and
  goes with it, so a zero never has to cover for anything.
- A sum of two figures left out can still fix both (two that share 2 are 1 and 1), so besides
  linear algebra the smallest possible values count, and a small figure must be able, by every sum,
  to be as large as the threshold.
- Two recipients compare their copies. So one pattern, by the strictest threshold of all who get
  the report: two patterns together tell what each of them hides.
- Revisions are compared too. What was left out once stays out, and what was told and is still the
  same covers for nothing.
- What is not seen: a recipient's own knowledge (its own crossings at the same border), a remainder
  that parts in several messages leave only together (`suppress` sees the whole table, the rule one
  message), and guesses from the order in which this program chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.bodies.statistics import StatReport
from relec_exchange.message.codes import countries
from relec_exchange.message.document import Message
from relec_exchange.protection.following import following, remainders
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.suppression import Group
from relec_exchange.protection.tables import (
    CITIZENSHIP,
    Place,
    cell_of,
    groups,
    is_count,
    lines,
    place_of,
)

RULE: Final = "P11-small-cells"
_ASYLUM: Final = "fran.5"
_TOLD_MAX: Final = 10

Row = Mapping[str, object]


def strictest(thresholds: Iterable[int]) -> int:
    """The threshold for a report that goes to several: counts from 1 to one below it are small."""
    return max(thresholds)


def suppress(
    rows: Sequence[Row], threshold: int, *, earlier: Sequence[Sequence[Row]] = ()
) -> list[dict[str, object]]:
    """The rows as they may go, in the same order; some have lost `value` and say `suppressed`.

    `rows` are all rows of one country's report (all its parts), as on the wire. `threshold` is the
    strictest of all recipients (`strictest`). `earlier` are the rows as they went, of each earlier
    revision and of each other report of this country on the same months: its oldest first. The
    same input gives the same output. Rows that come suppressed stay so; as their figures are not
    known here, their tables are checked as a reader would, without the proof. `InvalidInput` for a
    table that is split in too many ways to be checked.
    """
    places = [_place(row) for row in rows]
    past = [groups_told(copy) for copy in earlier]
    hidden: set[Place] = set()
    for name, told in groups_told(rows).items():
        before = [copy[name] for copy in past if name in copy]
        hidden |= Group(told, threshold, before).pattern()
    return [
        _without_value(row) if place in hidden else dict(row)
        for row, place in zip(rows, places, strict=True)
    ]


def without_own(
    rows: Sequence[Row], country: str, *, whole: Sequence[Row] = ()
) -> list[dict[str, object]]:
    """The rows without asylum claims of citizens of `country`, a code of three letters.

    Nor does any total over citizenships go that is split by citizenship in the same report: what is
    missing in it would be their number. Rows go without a mark, for a mark would say something too.
    `whole` are the rows of all parts where `rows` are those of one: the split may stand in another.
    """
    places = map(_place, (*rows, *whole))
    split = {p[:2] for p in places if p and p[0] == _ASYLUM and p[CITIZENSHIP]}
    kept = []
    for row in rows:
        place = _place(row)
        if place and place[0] == _ASYLUM:
            citizenship = place[CITIZENSHIP]
            if citizenship == country or (citizenship is None and place[:2] in split):
                continue
        kept.append(dict(row))
    return kept


def small_cells(message: Message, facts: Facts) -> Iterator[Finding]:
    """What a `stat.report` tells that is too small to be told, or must not go to this recipient."""
    if not isinstance(message.body, StatReport):
        return
    rows = [row.model_dump(mode="json", exclude_none=True) for row in message.body.rows]
    at = {_place(row): number for number, row in enumerate(rows)}
    yield from _own(rows, message.header.recipient)
    small = [i for i, row in enumerate(rows) if _is_small(row, facts.min_cell)]
    text = f"a count from 1 to {facts.min_cell - 1} can point to a person"
    yield from _findings(small, text, "suppress the table first: leave such figures out")
    try:
        told = {i for g in groups_told(rows).values() for i in _followed(g, facts.min_cell, at)}
    except InvalidInput as error:
        yield Finding(RULE, Effect.REFUSE, "body.rows", error.message, error.remedy)
        return
    text = "the figures beside it tell what this one must not"
    yield from _findings(sorted(told), text, "leave out one more figure of the same sum")


def groups_told(rows: Iterable[Row]) -> dict[tuple[str | None, ...], dict[Place, int | None]]:
    """What rows tell, by group and place; rows that are no counts stay out."""
    found = {p: _value(row) for row in rows if (p := _place(row))}
    return {name: {p: found[p] for p in places} for name, places in groups(found).items()}


def _followed(
    told: Mapping[Place, int | None], threshold: int, at: Mapping[Place, int]
) -> Iterator[int]:
    sums = lines(told)
    for place, value in following(sums, told).items():
        if place in at:
            yield at[place]
        elif value < threshold:
            yield from (at[part] for line in sums if line.total == place for part in line.parts[:1])
    for line, rest in remainders(sums, told):
        if rest < threshold:
            yield next(at[place] for place in (line.total, *line.parts) if place in at)


def _own(rows: Sequence[Row], recipient: str) -> Iterator[Finding]:
    """Asylum claims of the recipient's citizens, and totals from which they follow."""
    country = countries().get(recipient.upper())
    if country is None:
        return
    own = [i for i, row in enumerate(rows) if (p := _place(row)) and _is_own(p, country.alpha3)]
    text = "asylum claims are never told to the state of citizenship"
    yield from _findings(own, text, "leave out the rows of its citizens")
    totals = set()
    for name, told in groups_told(rows).items():
        if name[0] == _ASYLUM:
            totals |= _telling(told, country.alpha3)
    numbers = [i for i, row in enumerate(rows) if _place(row) in totals]
    text = "what the citizenships leave of this total is the number of the recipient's citizens"
    yield from _findings(numbers, text, "leave out the total, or the split by citizenship")


def _telling(told: Mapping[Place, int | None], country: str) -> set[Place]:
    """Totals over citizenships of a table that is split by citizenship."""
    others = {p: v for p, v in told.items() if not _is_own(p, country)}
    if not any(place[CITIZENSHIP] for place in others):
        return set()
    return {place for place in others if place[CITIZENSHIP] is None}


def _is_own(place: Place, country: str) -> bool:
    return place[0] == _ASYLUM and place[CITIZENSHIP] == country


def _is_small(row: Row, threshold: int) -> bool:
    value = _value(row)
    return bool(_place(row)) and value is not None and 1 <= value < threshold


def _findings(rows: Sequence[int], text: str, remedy: str) -> Iterator[Finding]:
    """One finding for each of the first rows, and one that counts the rest."""
    for number in rows[:_TOLD_MAX]:
        yield Finding(RULE, Effect.REFUSE, f"body.rows.{number}", text, remedy)
    if len(rows) > _TOLD_MAX:
        more = f"{text}; {len(rows) - _TOLD_MAX} more rows like this"
        yield Finding(RULE, Effect.REFUSE, "body.rows", more, remedy)


def _place(row: Row) -> Place:
    """Where a row stands; nothing for a row that is no count."""
    cell = cell_of(row)
    return place_of(cell) if is_count(cell) else ()


def _value(row: Row) -> int | None:
    value = row.get("value")
    return value if isinstance(value, int) and not row.get("suppressed") else None


def _without_value(row: Row) -> dict[str, object]:
    return {**{name: value for name, value in row.items() if name != "value"}, "suppressed": True}
