"""`relec audit recover`: what says that this node is an old copy, and its logs' successors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.issued import open_keys
from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict

if TYPE_CHECKING:
    from relec_exchange.node.findings import Findings

_LOGS = ("exchange", "activity")


@click.command()
@place_options
@click.option("--look", is_flag=True, help="Show what is known, and change nothing.")
@click.option("--good-size", type=click.IntRange(1), help="So many entries of the log stand.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def recover(place: Place, look: bool, good_size: int | None, yes: bool, as_json: bool) -> None:
    """Lead a node that has signed more than it holds to logs in which it may sign again.

    The node must be stopped. First look for the newest store: where it still exists, put it back
    instead. Only if it is lost for good: both logs end with what is left of them, and successors
    under new keys are opened. What came meanwhile is judged at the next start. --good-size leaves
    out what this copy wrote after others had gone on; without it all its entries stand.

    \b
    relec --home tr audit recover --look
    relec --home tr audit recover
    """
    from relec_exchange.node.rescue import Rescue

    if place.running():
        raise Conflict(
            words("the node is running"),
            field="home",
            remedy=words("stop it; relec status shows what it has found"),
        )
    keys = open_keys(place)
    with Rescue(place.settings(), keys, datetime.now(UTC), os.urandom) as rescue:
        found = rescue.found()
        if not as_json:
            _show(found)
        if look:
            logs: list[dict[str, Any]] = []
        else:
            _check(found)
            confirm(words("Is the newest store lost, and shall these logs end for good?"), yes)
            logs = [
                {
                    "closed": {"origin": log.origin, "size": log.size, "root": log.root.hex()},
                    "opened": {"origin": opened},
                }
                for log, opened in rescue.succeed(_LOGS, good_size)
            ]
    if as_json:
        print_json({"found": asdict(found), "proven": found.proven, "logs": logs})
        return
    for one in logs:
        closed = one["closed"]
        told = {
            words("entries"): closed["size"],
            words("root"): closed["root"],
            words("successor"): one["opened"]["origin"],
        }
        pairs(words("{origin} has ended", origin=closed["origin"]), told)
    for line in _steps(place.settings().node) if logs else ():
        say(line)


def _check(found: Findings) -> None:
    if not found.any:
        raise Conflict(
            words("nothing says that this node is behind"),
            field="home",
            remedy=words("start it: it asks its partners; see relec status"),
        )


def _show(found: Findings) -> None:
    """What is known, for a person."""
    logs, guard = sorted(found.logs.items()), sorted(found.guard.items())
    shown = [(one.partner, one.origin, one.size, one.held, one.at) for one in found.shown]
    names = ("partner", "log", "signed", "here", "shown")
    _table(words("Logs here"), ("log", "entries"), logs)
    _table(words("Trees with our signature that partners hold"), names, shown)
    _table(words("The guard copy knows"), ("log", "entries"), guard)
    hints = ("at", "alarm", "subject", "detail")
    _table(words("What partners say without a proof"), hints, found.alarms)
    say(words("Messages that wait to be judged: {count}", count=found.sheltered))


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        table(title, [words(name) for name in names], rows)


def _steps(node: str) -> tuple[str, ...]:
    return (
        words("What to do now:"),
        words("1. Ask a partner which card of yours it has: relec card show {node}", node=node),
        words("   A newer one than yours: import it first, or two cards have one version."),
        words("2. Issue a card, before the start: relec card issue"),
        words("3. Start the node: relec run. What came meanwhile is judged then."),
        words("4. Telephone every partner: which messages of the lost stretch do they have?"),
        words("5. Have the authority revoke the old log, as it ended above: relec revoke"),
        words("6. Send again what they do not have."),
    )
