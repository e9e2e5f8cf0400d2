"""`relec register`: the protection register of this node, which never leaves it.

Contract: what an entry says comes from a file or standard input, never from arguments, which other
users of the machine can see.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

_BYTES_MAX = 64 * 1024
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_LISTS = ("names", "documents", "phones", "fears")


@click.group()
def register() -> None:
    """Persons under protection, known here alone. Needs the role protection_desk.

    \b
    relec register add --file entry.toml
    relec register list
    """


@register.command()
@place_options
@click.option("--file", type=_FILE, required=True, help="TOML or JSON; - is standard input.")
@json_option
def add(place: Place, file: Path, as_json: bool) -> None:
    """Put a person under protection: messages that may concern them are held here.

    The file has lists `names` (any script), `documents`, `phones`, `fears` (ISO 3166-1 alpha-3),
    and texts `birth` (YYYY, YYYY-MM or YYYY-MM-DD) and `note`; at least a name, document or phone.

    \b
    relec register add --file entry.toml
    """
    entry = _read(file)
    with place.client() as client:
        added = client.protection.add(entry)
    if as_json:
        print_json(added)
        return
    say(words("Entry {id} is in force.", id=added["entry_id"]))


@register.command("list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List the entries in force; logged.

    \b
    relec register list
    """
    with place.client() as client:
        found = client.protection.register()
    if as_json:
        print_json({"entries": found})
        return
    rows = [
        (one["entry_id"], one["at"], *(", ".join(one["entry"].get(n, ())) for n in _LISTS))
        for one in found
    ]
    table(words("Protection register"), ("entry", "since", *_LISTS), rows)


@register.command()
@click.argument("entry_id")
@place_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def end(place: Place, entry_id: str, yes: bool, as_json: bool) -> None:
    """The protection of a person ends; what the entry said is destroyed.

    \b
    relec register end 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    confirm(words("Destroy entry {id}?", id=entry_id), yes)
    with place.client() as client:
        ended = client.protection.end(entry_id)
    if as_json:
        print_json(ended)
        return
    say(words("Entry {id} has ended.", id=entry_id))


def _read(file: Path) -> dict[str, Any]:
    """The entry in a file, or `InvalidInput` that quotes nothing of it."""
    try:
        text = sys.stdin.read(_BYTES_MAX) if str(file) == "-" else file.read_text("utf-8")
        entry = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (OSError, ValueError):
        raise InvalidInput(
            words("the entry cannot be read"),
            field="file",
            remedy=words("give TOML or JSON in UTF-8; relec register add --help says which fields"),
        ) from None
    return dict(entry)
