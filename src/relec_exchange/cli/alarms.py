"""`relec alarms`: what must be looked at, what shows it, and that it was dealt with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, pairs, print_json, say, say_folded, table
from relec_exchange.cli.reasons import check_reason
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput
from relec_exchange.message.encoding import unb64

_NUMBER = click.argument("number", type=click.IntRange(1))


@click.group()
def alarms() -> None:
    """Alarms stand until a person has dealt with them and says so.

    \b
    relec --officer audit alarms list
    relec --officer audit alarms show 3
    relec --officer audit alarms close 3 --reason resolved-by-telephone
    """


@alarms.command(name="list")
@place_options
@click.option("--all", "everything", is_flag=True, help="The closed ones too.")
@json_option
def list_(place: Place, everything: bool, as_json: bool) -> None:
    """List alarms that are open.

    \b
    relec --officer audit alarms list --all
    """
    with place.client() as client:
        found = client.auditing.alarms(everything=everything)
    if as_json:
        print_json({"alarms": found})
        return
    if not found:
        say(words("There is no alarm.") if everything else words("No alarm is open."))
        return
    rows = [(one["number"], one["at"], one["what"], one["subject"], _closed(one)) for one in found]
    table(words("Alarms"), ("number", "since", "what", "about", "closed"), rows)
    if not everything:
        say_folded(_meaning())


@alarms.command()
@_NUMBER
@place_options
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write its evidence.")
@json_option
def show(place: Place, number: int, out: Path | None, as_json: bool) -> None:
    """Show one alarm with what shows it, for example two signed notes.

    \b
    relec --officer audit alarms show 3 --out fork.txt
    """
    with place.client() as client:
        found = client.auditing.alarm(number)
    evidence = unb64(found["evidence"])
    if out is not None:
        _write(out, evidence)
    if as_json:
        print_json(found)
        return
    said = {
        words("about"): found["subject"],
        words("since"): found["at"],
        words("detail"): found["detail"],
        words("closed"): _closed(found),
        words("evidence"): words("{count} bytes", count=len(evidence)) if evidence else "",
    }
    pairs(words("Alarm {number}: {what}", **found), said)
    say_folded(_meaning())
    if out is not None:
        say(words("Written to {file}.", file=out))
    elif evidence:
        _print_evidence(evidence)


@alarms.command()
@_NUMBER
@place_options
@click.option("--reason", required=True, help="Why it needs nobody any more: one word, logged.")
@json_option
def close(place: Place, number: int, reason: str, as_json: bool) -> None:
    """Say that a person has dealt with an alarm. What is still true raises it again.

    \b
    relec --officer audit alarms close 3 --reason resolved-by-telephone
    """
    check_reason(reason)
    with place.client() as client:
        found: dict[str, Any] = client.auditing.close_alarm(number, reason)
    if as_json:
        print_json(found)
        return
    say(words("Alarm {number} ({what}) is closed.", **found))


def _meaning() -> str:
    return words("What it means, and what to do: docs/reference/errors.md, Alarms.")


def _closed(alarm: dict[str, Any]) -> str:
    if not alarm["closed_at"]:
        return ""
    return words("{closed_at} by {closed_by}", **alarm)


def _print_evidence(evidence: bytes) -> None:
    """Notes are text; anything else is only told of. A terminal gets the beginning of each line:
    a signature has thousands of signs, and would push away what a person came to read.
    """
    try:
        text = evidence.replace(b"\0", b"\n").decode()
    except UnicodeDecodeError:
        say(words("The evidence is not text: write it to a file with --out FILE."))
        return
    say("")
    if not sys.stdout.isatty():
        say(text)
        return
    width = shutil.get_terminal_size().columns
    for line in text.split("\n"):
        say(line if len(line) <= width else f"{line[: width - 1]}…")
    say(words("Whole lines: --out FILE"))


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}", field="out") from None
