"""`relec audit check`: a proof against its entry and a card, without a node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.audit_cards import owner_card, read_file
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import document, json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import NotFound

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--entry", type=_FILE, help="  [default: the file beside it that ends in .entry]")
@click.option("--card", "cards", type=_FILE, multiple=True, help="  [default: *.card beside it]")
@click.option("--fingerprint", default="", help="Of the authority, as compared by telephone.")
@json_option
def check(place: Place, file: Path, as_json: bool, **given: Any) -> None:
    """Check a proof FILE against its entry and the card of the log's owner; needs no node.

    The card counts only with a fingerprint that somebody has compared: --fingerprint, or a card
    that this home has imported.

    \b
    relec audit check evidence/019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b.tlog-proof
    """
    from relec_exchange.cli.log_check import check_proof

    proof = read_file(file)
    entry = read_file(given["entry"] or _beside(file, ".entry"))
    paths = list(given["cards"]) or sorted(file.parent.glob(f"{file.stem}.*.card"))
    card = owner_card(place, proof, paths, given["fingerprint"])
    proven = check_proof(proof, entry, card)
    told = {
        "verified": True,
        "origin": proven.checkpoint.origin,
        "index": proven.index,
        "size": proven.checkpoint.size,
        "leaf": proven.leaf.hex(),
        "entry": proven.entry,
    }
    if as_json:
        print_json(told)
        return
    say(words("Entry {index} of {origin}, under its checkpoint of {size} entries.", **told))
    document(words("Entry"), proven.entry)


def _beside(file: Path, suffix: str) -> Path:
    path = file.with_suffix(suffix)
    if not path.is_file():
        raise NotFound(f"there is no {path}", field="entry", remedy="name it with --entry FILE")
    return path
