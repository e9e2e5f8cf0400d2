"""`relec stats`: the regional view of received reports as table, CSV, chart and meeting pack."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.output import table as print_table
from relec_exchange.cli.stats_view import quarters, query_options, read, viewed
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.statistics.view import Figure, View

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def stats() -> None:
    """What the reports of all partners add up to, by quarter, route, citizenship and more.

    Figures that a state withheld stay withheld: a sum with such a figure in it is marked as the
    least that it can be. New revisions replace old ones.

    \b
    relec stats table --by quarter,citizenship --indicator fran.1a --from 2026-Q1
    relec stats chart --by quarter,route --indicator fran.1a -o routes.svg
    relec stats pack --from 2026-Q1 --to 2026-Q2 -o meeting.html
    """


@stats.command()
@place_options
@query_options
@click.option("--trace", is_flag=True, help="Name the messages behind each figure.")
@json_option
def table(place: Place, as_json: bool, trace: bool, **given: Any) -> None:
    """Print figures as a table.

    \b
    relec stats table --by quarter,route --indicator fran.1a
    relec stats table --by quarter --citizenship AFG --trace
    """
    from relec_exchange.presenting.table import figures_table

    view, told = viewed(place, given)
    if as_json:
        print_json(_plain(view, told))
        return
    made = figures_table(view, words("Figures"), trace=trace)
    print_table(made.title, made.columns, made.rows)
    _say_notes(view, told)


@stats.command(name="csv")
@place_options
@query_options
@click.option("-o", "--output", type=_OUTPUT, required=True, help="The file.")
def csv_command(place: Place, output: Path, **given: Any) -> None:
    """Write figures as CSV, with the ids of their messages.

    Text that a spreadsheet would take for a formula has an apostrophe before it.

    \b
    relec stats csv --by month,citizenship,route --indicator fran.1a -o figures.csv
    """
    from relec_exchange.presenting.table import figures_csv

    view, told = viewed(place, given)
    _write(output, figures_csv(view).encode())
    _say_notes(view, told)


@stats.command()
@place_options
@query_options
@click.option("-o", "--output", type=_OUTPUT, required=True, help="A file .svg or .png.")
@click.option("--title", default="", help="Instead of the indicator's name.")
def chart(place: Place, output: Path, title: str, **given: Any) -> None:
    """Draw one indicator: a line over time, or bars if the view has no time in it.

    \b
    relec stats chart --by quarter,citizenship --indicator fran.1a -o crossings.svg
    relec stats chart --by route --indicator fran.1a --from 2026-Q1 --to 2026-Q1 -o routes.png
    """
    from relec_exchange.presenting import drawing
    from relec_exchange.presenting.chart import chart_of, span_of
    from relec_exchange.presenting.names import name

    draw = {".svg": drawing.svg, ".png": drawing.png}.get(output.suffix.lower())
    if draw is None:
        raise InvalidInput("a chart is written as .svg or .png", field="output")
    view, told = viewed(place, given)
    indicators = sorted({str(key[0]) for key in view.figures})
    if len(indicators) > 1:
        raise InvalidInput(
            "a chart shows one indicator",
            field="indicator",
            remedy=f"choose one with --indicator: {', '.join(indicators)}",
        )
    named = name("indicator", indicators[0]) if indicators else ""
    splits = " and ".join(part.replace("_", " ") for part in view.by if part != "quarter")
    made = f"{named}{', by ' if splits else ''}{splits}, {span_of(view)}"
    _write(output, draw(chart_of(view, title or made, name)))
    _say_notes(view, told)


@stats.command()
@place_options
@click.option("--from", "first", required=True, help="First quarter, as 2026-Q1.")
@click.option("--to", "last", default="", help="Last quarter.  [default: the first]")
@click.option("--own", is_flag=True, help="With the own reports that were sent.")
@click.option("-o", "--output", type=_OUTPUT, required=True, help="A file .html or .docx.")
def pack(place: Place, output: Path, **given: Any) -> None:
    """Write the pack for the regular meeting of contact points.

    Reports, trends with charts, reintegration, warnings by kind and country, and deadlines met. The
    page loads nothing from anywhere.

    \b
    relec stats pack --from 2026-Q1 --to 2026-Q2 -o meeting.html
    relec stats pack --from 2026-Q1 -o meeting.docx
    """
    from relec_exchange.presenting.document import docx
    from relec_exchange.presenting.pack import Material, Occasion, make_pack
    from relec_exchange.presenting.page import html

    form = output.suffix.lower()
    if form not in (".html", ".docx"):
        raise InvalidInput("a pack is written as .html or .docx", field="output")
    first, last = quarters(given["first"], given["last"] or given["first"])
    now = datetime.now(UTC)
    with place.client() as client:
        reports, unreadable = read(client, own=given["own"])
        info, asked = client.info(), client.statistics
        warnings, due_in, due_out = asked.warnings(), asked.deadlines(), asked.deadlines("out")
    material = Material(reports, warnings, due_in, due_out, len(unreadable))
    made = make_pack(material, Occasion(info["node"], now, first, last, info["exercise"]))
    _write(output, html(made) if form == ".html" else docx(made, now))


def _say_notes(view: View, told: list[str]) -> None:
    """Where figures come from, and what is not in them; on standard error, out of pipes."""
    lines = list(told)
    if any(figure.withheld for figure in view.figures.values()):
        lines.append(words("\u2265: small counts are withheld, the true number is larger."))
    lines += [words("Not split so far: {what}", what=one) for one in view.not_split[:5]]
    lines += [words("Source: {what}", what=one) for one in view.sources]
    if view.illustration:
        lines.append(words("Illustration: not reported by any state."))
    for line in lines:
        say(line, error=True)


def _plain(view: View, told: list[str]) -> dict[str, Any]:
    return {
        "columns": list(view.columns),
        "figures": [_figure(view, key, figure) for key, figure in view.figures.items()],
        "countries": list(view.countries),
        "sources": list(view.sources),
        "illustration": view.illustration,
        "not_split": list(view.not_split),
        "notes": told,
    }


def _figure(view: View, key: tuple[str | None, ...], figure: Figure) -> dict[str, Any]:
    return {
        **dict(zip(view.columns, key, strict=True)),
        "value": figure.low if figure.told else None,
        "highest": figure.high,
        "withheld_cells": figure.withheld,
        "exact": figure.exact,
        "messages": list(figure.messages),
    }


def _write(output: Path, data: bytes) -> None:
    try:
        output.write_bytes(data)
    except OSError as error:
        raise InvalidInput(
            f"{output} cannot be written: {error.strerror}", field="output"
        ) from None
    say(words("Written to {file}.", file=output))
