"""`relec audit search`: entries of both logs by time, partner, type, actor, reference and more."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.log_pages import facts
from relec_exchange.cli.nothing_found import say_nothing_found
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.periods import period, period_options
from relec_exchange.cli.words import words

_SHOWN_ELSEWHERE = {"id", "from", "to", "peer", "type", "area", "actor", "rule", "outcome"}


@click.command()
@place_options
@period_options
@click.option("--log", type=click.Choice(["exchange", "activity"]), help="One of both only.")
@click.option("--kind", default="", help="Of this kind of entry, as sent or decision.")
@click.option("--peer", default="", help="About messages with this node.")
@click.option("--type", "type_", default="", help="About messages of this type.")
@click.option("--area", default="", help="About messages of this area.")
@click.option("--rule", default="", help="Decided by this rule.")
@click.option("--actor", default="", help="Done by this officer.")
@click.option("--outcome", default="", help="With this outcome, as refused.")
@click.option("--ref", default="", help="About this message, thread, agreement, card or leaf.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
def search(place: Place, as_json: bool, **given: Any) -> None:
    """Search through both logs, the closed ones too. Each search is logged.

    All that is given must hold. Content is never searched: the log has none.

    \b
    relec --officer audit audit search --peer pk --from 2026-07-01
    relec --officer audit audit search --ref 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    relec --officer audit audit search --kind decision --outcome refused --json
    """
    since, until = period(given.pop("first"), given.pop("last"))
    limit, type_ = given.pop("limit"), given.pop("type_")
    filters = {**given, "type": type_, "since": since, "until": until}
    with place.client() as client:
        found = client.auditing.search(filters, limit)
    if as_json:
        print_json(found)
        return
    rows = [
        (one["time"], one["kind"], one["peer"], one["type"], one["actor"], _what(one))
        for one in found["items"]
    ]
    columns = ("time", "kind", "peer", "type", "actor", "about")
    table(words("{count} entries found", count=len(rows)), columns, rows)
    if not rows:
        say_nothing_found({**given, "type": type_}, since, until)
    if found["next"]:
        say(words("There are more: give a shorter period, or a larger --limit."))


def _what(one: dict[str, Any]) -> str:
    """Outcome and rule, what it is about, and what else the entry says in a few words."""
    said = [one["outcome"], one["rule"], one["ref"]]
    if not any(said):
        rest = {k: v for k, v in one["entry"].items() if k not in _SHOWN_ELSEWHERE}
        return facts(rest)
    return " ".join(word for word in said if word)
