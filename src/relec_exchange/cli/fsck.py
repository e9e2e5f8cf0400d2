"""`relec fsck`: hold the store against the entries of its logs, and mend what can be made again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, progress, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import IntegrityFailure

if TYPE_CHECKING:
    from relec_exchange.journal.rebuilding import Difference

_SHOWN_MAX = 50


@click.command()
@place_options
@click.option("--repair", is_flag=True, help="Write again what can be made from the entries.")
@json_option
def fsck(place: Place, repair: bool, as_json: bool) -> None:
    """Check the store of a stopped node: every table that repeats its logs, made again from them.

    Entries are believed only where the signed checkpoint or the guard copy vouches for them. With
    --repair, what can be made again is written, and everything is checked once more. What cannot
    be made again is listed with the reason. Entries are never changed.

    Ends with 0 if nothing is wrong, or all of it was mended; with 9 if something is left.

    \b
    relec fsck
    relec fsck --repair --json
    """
    from relec_exchange.journal.rebuilding_rows import UNDERIVABLE
    from relec_exchange.node.mending import StoreCheck

    mended: list[Difference] = []
    directory = place.directory().directory
    with StoreCheck(place.settings(), directory, datetime.now(UTC)) as check:
        with progress(words("checking"), 0, not as_json) as done:
            found = check.differences(done)
            if repair and check.mend(found):
                left = check.differences()
                mended = [one for one in found if one not in left]
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
