"""`relec audit report`: the figures of a period as a page, as CSV, or as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.periods import period_options, whole_period
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@place_options
@period_options
@click.option("-o", "--output", type=_OUTPUT, multiple=True, help="A file .html or .csv.")
@json_option
def report(place: Place, first: str, last: str, output: tuple[Path, ...], as_json: bool) -> None:
    """Write the figures of a period: by default this month until today.

    Volume by partner and area, refusals by rule, deadlines met, erasures, how long entries waited
    for a quorum of witnesses, access, alarms and gaps; counts and no content. Decisions of the
    protection rules are not counted. The page loads nothing from anywhere.

    \b
    relec --officer audit audit report --from 2026-07 -o q3.html -o q3.csv
    """
    from relec_exchange.presenting.audit_report import csv, page

    forms = {".html": page, ".csv": csv}
    if any(file.suffix.lower() not in forms for file in output) or not (output or as_json):
        raise InvalidInput(
            words("a report is written as .html or .csv"),
            field="output",
            remedy=words("use -o FILE, or --json"),
        )
    since, until = whole_period(first, last, datetime.now(UTC))
    with place.client() as client:
        figures = client.auditing.report(since, until)
    for file in output:
        _write(file, forms[file.suffix.lower()](figures))
        if not as_json:
            say(words("Written to {file}.", file=file))
    if as_json:
        print_json(figures)


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}", field="output") from None
