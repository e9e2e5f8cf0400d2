"""`relec backup`: the store of a node, running or not, with the signed files that it rests on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.adapters.backup import Home
    from relec_exchange.settings import Settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@place_options
@click.option("--keys", is_flag=True, help="The encrypted key files, too.")
@json_option
def backup(place: Place, target: Path, keys: bool, as_json: bool) -> None:
    """Back the node up to the new directory TARGET, while it runs or not.

    The backup has the store as of one moment, the cards, agreements and officers' records, and the
    settings. It has neither the vault nor the guard copy, on purpose: what was erased stays erased,
    and contents can be read only with the vault of this node. Without --keys it has no key.

    \b
    relec --home tr backup /mnt/backups/tr-monday
    """
    from relec_exchange.adapters.backup import make_backup

    settings = place.settings()
    made = make_backup(home_of(settings), target, datetime.now(UTC), keys=keys)
    if as_json:
        print_json({"target": str(target), **made.model_dump(exclude={"files"}), "size": made.size})
        return
    told = {words("files"): len(made.files), words("bytes"): made.size, words("at"): made.made_at}
    pairs(words("Backup of {node} in {target}", node=made.node, target=target), told)
    rows = [(head.origin, head.size, head.root) for head in made.heads]
    table(words("Logs"), ("origin", "size", "root"), rows)
    for name in made.left_out:
        say(words("Left out, for it is not encrypted: {name}", name=name))


def home_of(settings: Settings) -> Home:
    """Where this node keeps what a backup holds."""
    from relec_exchange.adapters.backup import Home

    at, paths = settings.path, settings.paths
    return Home(
        settings.home,
        settings.network,
        settings.node,
        at(paths.store),
        at(paths.trust),
        at(paths.keys),
        (at(paths.vault), at(paths.guard)),
    )
