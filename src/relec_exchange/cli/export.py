"""`relec export`: a message received, as a file for a court or for analysis."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput


@click.command()
@click.argument("message_id")
@place_options
@click.option("--for", "use", type=click.Choice(["court", "analysis"]), required=True)
@click.option("--to-unit", help="The unit that gets it.  [default: your own]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new file."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def export(place: Place, message_id: str, out: Path, as_json: bool, **given: Any) -> None:
    """Write a message that came in to a file, with the conditions that bind its reader.

    Signed with your key and logged. Under H1 or H2 a court needs a consent of the provider that
    holds today (relec consents); a unit that the agreement does not name needs one too. Needs the
    role releaser. Exit code 3 where a rule refuses.

    \b
    relec export 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --for court --out case-17.json
    relec export 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --for analysis --to-unit analysts \\
        --out pattern.json
    """
    if out.exists():
        raise InvalidInput(
            words("there is a file of this name already"), field="out", remedy=words("name another")
        )
    confirm(words("Does this message leave the node for {use}?", use=given["use"]), given["yes"])
    with place.client() as client:
        found = client.sharing.export(message_id, given["use"], given["to_unit"])
    _write(out, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    told = {name: found[name] for name in ("message_id", "use", "unit", "handling", "conditions")}
    if as_json:
        print_json({**told, "file": os.fspath(out)})
        return
    say(words("Written to {file}. What binds its reader:", file=out))
    for line in found["conditions"]:
        say(f"  {line}")
    if found["withdrawn"]:
        say(words("Its sender has amended it: {withdrawn}.", withdrawn=found["withdrawn"]))


def _write(file: Path, text: str) -> None:
    """A new file that its owner alone may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
