"""`relec audit show`: entries of a log, one line each."""

from __future__ import annotations

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.log_pages import PAGE, entries, facts, log_option
from relec_exchange.cli.output import json_option, print_json, table
from relec_exchange.cli.words import words


@click.command()
@place_options
@log_option
@click.option("--start", type=click.IntRange(0), help="  [default: the last ones]")
@click.option("--count", type=click.IntRange(1, PAGE), default=20, show_default=True)
@json_option
def show(place: Place, log: str, start: int | None, count: int, as_json: bool) -> None:
    """Show entries of a log.

    \b
    relec --officer audit audit show --log activity --count 50
    """
    from relec_exchange.audit.entry import decode_entry

    with place.client() as client:
        size = client.wire.get(f"/v1/audit/{log}")["size"]
        first = max(0, size - count) if start is None else start
        found = [decode_entry(data) for data in entries(client, log, first, count)]
    if as_json:
        numbered = [{"index": index, **entry} for index, entry in enumerate(found, first)]
        print_json({"size": size, "entries": numbered})
        return
    rows = [
        (index, entry["time"], entry["kind"], facts(entry))
        for index, entry in enumerate(found, first)
    ]
    table(
        words("{log} log, {size} entries", log=log, size=size), ("index", "time", "kind", ""), rows
    )
