"""`relec audit coverage`: whether all records and both logs tell the same."""

from __future__ import annotations

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, progress, say_folded, table
from relec_exchange.cli.words import words

INCOMPLETE = 9
"""The exit code where records and logs differ."""

_SHOWN = 100


@click.command()
@place_options
@json_option
def coverage(place: Place, as_json: bool) -> int:
    """Compare every message, receipt, decision, note, act and key with the logs, both ways.

    Verify the logs first: this says whether the records are what the logs say, not whether the
    logs are the signed ones. Content is compared inside the node with what was logged of it;
    nothing of it is told. Ends with exit code 9 if anything differs.

    \b
    relec --officer audit audit coverage
    """
    from relec_exchange.client.auditing import PARTS

    with place.client() as client, progress(words("comparing"), len(PARTS), not as_json) as done:
        parts = client.auditing.coverage(done)
    total = sum(part["problems_total"] for part in parts)
    if as_json:
        print_json({"parts": parts, "problems_total": total})
        return INCOMPLETE if total else 0
    rows = [
        (part["part"], _counted(part["records"]), part["problems_total"] or words("none"))
        for part in parts
    ]
    table(words("Records and logs"), ("part", "compared", "problems"), rows)
    found = [problem for part in parts for problem in part["problems"]]
    if found:
        columns = ("record", "what", "about", "detail")
        names = ("record", "what", "ref", "detail")
        shown = [[one[name] for name in names] for one in found[:_SHOWN]]
        table(words("Problems"), columns, shown)
        text = "{total} problems; the first {shown} are shown."
        say_folded(words(text, total=total, shown=len(shown)))
    else:
        say_folded(words("Every record has its entries, and every entry its record."))
    return INCOMPLETE if total else 0


def _counted(records: dict[str, int]) -> str:
    told = [f"{count} {name}" for name, count in records.items() if count]
    return ", ".join(told) or words("nothing")
