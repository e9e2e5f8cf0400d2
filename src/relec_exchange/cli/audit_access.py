"""`relec audit access`: who looked at what, who was turned away, and why."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.nothing_found import say_nothing_found
from relec_exchange.cli.output import json_option, print_json, say_folded, table
from relec_exchange.cli.periods import period, period_options
from relec_exchange.cli.words import words


@click.command()
@place_options
@period_options
@click.option("--actor", default="", help="Of this officer; nobody: no officer signed.")
@click.option("--action", default="", help="As opened, audit-search, exported or denied.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def access(place: Place, as_json: bool, limit: int, **given: Any) -> None:
    """Who opened, searched, exported or unsealed, and who was turned away (denied), and why.

    The newest lines, and counts of all. A request that is turned away is logged once a minute for
    each officer and reason. Looking here is logged too.

    \b
    relec --officer audit audit access --from 2026-07 --actor ayse
    relec --officer audit audit access --action denied
    """
    since, until = period(given.pop("first"), given.pop("last"))
    with place.client() as client:
        found = client.auditing.access({**given, "since": since, "until": until}, limit)
    if as_json:
        print_json(found)
        return
    counts = [(one["actor"], one["action"], one["count"]) for one in found["counts"]]
    table(words("How often"), ("officer", "did", "times"), counts)
    names = ("time", "actor", "action", "ref", "why")
    rows = [[one[name] for name in names] for one in found["items"]]
    table(words("The newest"), ("time", "officer", "did", "what", "why"), rows)
    if not rows:
        say_nothing_found(given, since, until)
    if found["total"] > len(rows):
        text = "{total} in all; the newest {shown} are shown."
        say_folded(words(text, total=found["total"], shown=len(rows)))
