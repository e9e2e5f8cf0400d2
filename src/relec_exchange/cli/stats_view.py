"""What `relec stats` is asked: options to a query, and the reports of the node to a view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.home import Place
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.statistics.reports import Report
    from relec_exchange.statistics.view import Query, View

F = TypeVar("F", bound=Callable[..., Any])

_QUARTER = re.compile(r"[0-9]{4}-Q[1-4]")
_AREAS = ("irregular_migration", "migrant_smuggling", "human_trafficking")
_BORDERS = ("land", "sea", "air", "unknown")
_OPTIONS = (
    click.option("--from", "first", default="", help="First quarter, as 2026-Q1."),
    click.option("--to", "last", default="", help="Last quarter."),
    click.option("--by", default="quarter", show_default=True, help="quarter,route,citizenship"),
    click.option("--indicator", default="", help="For example fran.1a, or several with commas."),
    click.option("--area", type=click.Choice(_AREAS)),
    click.option("--citizenship", default="", help="Of this citizenship only, as AFG."),
    click.option("--route", default="", help="Of this route only, as reports write it."),
    click.option("--border", type=click.Choice(_BORDERS), help="Of this kind of border only."),
    click.option("--country", default="", help="Reported by this country only, as PK."),
    click.option("--own", is_flag=True, help="With the own reports that were sent."),
)


def query_options(function: F) -> F:
    """The options that say which figures."""
    decorated: Any = function
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def viewed(place: Place, given: dict[str, Any]) -> tuple[View, list[str]]:
    """The view that was asked for, and what has to be said beside it."""
    from relec_exchange.statistics.reports import current, incomplete
    from relec_exchange.statistics.view import combine

    query = _query(given)
    with place.client() as client:
        reports, unreadable = read(client, own=given["own"])
    view = combine(reports, query)
    if not view.figures:
        raise NotFound(
            "no report has figures for this",
            field="by",
            remedy=_what_there_is(reports),
        )
    told = [words("Not complete: {what}", what=one) for one in incomplete(current(reports))]
    told += [words("Cannot be read: {id}", id=one) for one in unreadable]
    return view, told


def _query(given: dict[str, Any]) -> Query:
    from relec_exchange.message.codes import check_citizenship, check_country
    from relec_exchange.statistics.view import Query

    first, last = quarters(given["first"], given["last"])
    only = {"route": given["route"], "border_type": given["border"] or ""}
    if given["citizenship"]:
        only["citizenship"] = check_citizenship(given["citizenship"].upper())
    if given["country"]:
        only["country"] = check_country(given["country"].upper())
    return Query(
        by=_listed(given["by"]),
        first=first,
        last=last,
        indicators=frozenset(map(_indicator, _listed(given["indicator"]))),
        area=given["area"] or "",
        only={name: value for name, value in only.items() if value},
    )


def _indicator(code: str) -> str:
    from relec_exchange.message.bodies.statistics import Indicator
    from relec_exchange.message.codes import nearest

    codes = [one.value for one in Indicator]
    if code not in codes:
        meant = nearest(code, codes)
        raise InvalidInput(
            f"{code} is no indicator",
            field="indicator",
            remedy=f"did you mean {meant}?" if meant else f"one of: {', '.join(codes)}",
        )
    return code


def quarters(first: str, last: str) -> tuple[str, str]:
    """Both quarters as given, or `InvalidInput`; either may be empty."""
    for name, value in (("from", first), ("to", last)):
        if value and not _QUARTER.fullmatch(value):
            raise InvalidInput("a quarter is written as 2026-Q1", field=name)
    if first and last and last < first:
        raise InvalidInput("the last quarter lies before the first", field="to")
    return first, last


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def read(client: Client, *, own: bool) -> tuple[list[Report], list[str]]:
    """All reports of the node, with the own ones if asked for, and ids of what is not readable."""
    from relec_exchange.statistics.reports import read_reports

    items = client.statistics.reports()
    if own:
        items += _fullest(client.statistics.reports("out"))
    return read_reports(items)


def _fullest(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the copies of one report the one with most rows: asylum rows may be missing in others."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        body = item["body"]
        frame = {name: body.get(name) for name in ("reporting_country", "period", "part")}
        name = f"{sorted(frame.items())} {body.get('revision')}"
        if name not in found or len(body["rows"]) >= len(found[name]["body"]["rows"]):
            found[name] = item
    return list(found.values())


def _what_there_is(reports: list[Report]) -> str:
    from relec_exchange.statistics.reports import quarter_of

    rows = [row for report in reports for row in report.body.rows]
    if not rows:
        return "no report was received yet"
    quarters = sorted({quarter_of(row.month) for row in rows})
    indicators = sorted({row.indicator.value for row in rows})
    return f"there is {', '.join(indicators)} from {quarters[0]} to {quarters[-1]}"
