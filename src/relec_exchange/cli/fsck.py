"""`relec fsck`: hold the store against the entries of its logs, and mend what can be made again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, progress, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import IntegrityFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from relec_exchange.adapters.vault import SqliteVault
    from relec_exchange.journal.rebuilding.walks import Difference

_SHOWN_MAX = 50


@click.command()
@place_options
@click.option("--repair", is_flag=True, help="Write again what can be made from the entries.")
@click.option("--contents", is_flag=True, help="Read signed receipts too; needs the passphrase.")
@json_option
def fsck(place: Place, repair: bool, contents: bool, as_json: bool) -> None:
    """Check the store of a stopped node: every table that repeats its logs, made again from them.

    Entries are believed only where the signed checkpoint or the guard copy vouches for them. With
    --repair, what can be made again is written, and everything is checked once more. What cannot
    be made again is listed with the reason. Entries are never changed. With --contents, what
    partners told of your messages is made again from their signed receipts.

    Ends with 0 if nothing is wrong, or all of it was mended; with 9 if something is left.

    \b
    relec fsck
    relec fsck --repair --json
    relec fsck --repair --contents --passphrase-file node.pass
    """
    from relec_exchange.journal.rebuilding.rows import UNDERIVABLE
    from relec_exchange.node.mending import StoreCheck

    mended: list[Difference] = []
    directory = place.directory().directory
    vault = _vault(place) if contents else None
    with StoreCheck(place.settings(), directory, datetime.now(UTC), vault) as check:
        with progress(words("checking"), 0, not as_json) as done:
            found = check.differences(done)
            if repair:
                left = check.repair(found)
                still = {(one.table, one.where, one.what) for one in left}
                mended = [o for o in found if (o.table, o.where, o.what) not in still]
                found = left
        sizes = dict(check.sizes)
    told = {
        "logs": sizes,
        "differences": [_told(one) for one in found],
        "mended": [_told(one) for one in mended],
        "not_derived": dict(UNDERIVABLE),
    }
    if as_json:
        print_json(told)
    else:
        _show(sizes, found, mended)
    if found:
        raise IntegrityFailure(
            f"the store differs from its entries in {len(found)} places",
            field="store",
            remedy=_remedy(found, repair),
        )


def _vault(place: Place) -> Callable[[], SqliteVault]:
    """What opens the vault, once no other process uses this node."""
    from relec_exchange.adapters.keyfiles import KeyFiles
    from relec_exchange.adapters.vault import SqliteVault

    settings = place.settings()
    keys = KeyFiles(settings.path(settings.paths.keys), place.node_passphrase())
    path = settings.path(settings.paths.vault)
    return lambda: SqliteVault(path, keys.storage_key(), os.urandom)


def _show(sizes: dict[str, int], found: list[Difference], mended: list[Difference]) -> None:
    for origin, size in sizes.items():
        say(words("{origin}: {size} entries read", origin=origin, size=size))
    for title, some in ((words("Mended"), mended), (words("Differences"), found)):
        if some:
            columns = ("table", "where", "what", "remedy")
            table(title, columns, [_row(one) for one in some[:_SHOWN_MAX]])
        if len(some) > _SHOWN_MAX:
            say(words("and {more} more: --json lists all", more=len(some) - _SHOWN_MAX))
    if not found:
        say(words("Every table that repeats the logs is as their entries say."))


def _row(one: Difference) -> tuple[str, str, str, str]:
    return one.table, one.where, one.what, _way(one)


def _way(one: Difference) -> str:
    return one.why or words("--repair writes it again")


def _told(one: Difference) -> dict[str, Any]:
    return {
        "table": one.table,
        "where": one.where,
        "what": one.what,
        "repairable": not one.why,
        "why": one.why,
    }


def _remedy(found: list[Difference], repair: bool) -> str:
    if not repair and any(not one.why for one in found):
        return words("run it again with --repair; the node need not be restored for these")
    return words("see docs/how-to/restore.md for what cannot be made again")
