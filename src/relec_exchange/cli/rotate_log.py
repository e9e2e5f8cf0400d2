"""`relec rotate log`: a log ends, and the node goes on in its successor under a new key."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.issued import open_keys
from relec_exchange.cli.output import json_option, pairs, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, InvalidInput


@click.command()
@click.argument("which", type=click.Choice(["exchange", "activity"]))
@place_options
@click.option("--emergency", is_flag=True, help="The node is stopped; its log lost entries.")
@click.option(
    "--good-size", type=click.IntRange(1), help="With --emergency: so many entries stand."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def log(
    place: Place, which: str, emergency: bool, good_size: int | None, yes: bool, as_json: bool
) -> None:
    """Replace a log by its successor, under a new key; messages go on.

    The old log never grows again. What is under way, and what partners still miss of it, is
    answered in the new one. Issue a card right afterwards: until partners have it, what you send
    waits at them, for at most 24 hours.

    With --emergency, for a stopped node whose store is behind its guard copy: a restored backup
    must not go on in a log of which others have seen more. Every log that is behind is replaced.

    \b
    relec --officer security rotate log exchange
    relec card issue
    relec rotate log exchange --emergency
    """
    if good_size is not None and not emergency:
        raise InvalidInput(
            words("--good-size is for --emergency"),
            field="good_size",
            remedy=words("without it, all entries of the log stand"),
        )
    told = _rescued(place, which, good_size, yes) if emergency else _replaced(place, which, yes)
    if as_json:
        print_json({"logs": told})
        return
    for one in told:
        pairs(
            words("{origin} has ended", origin=one["closed"]["origin"]),
            {
                words("entries"): one["closed"]["size"],
                words("root"): one["closed"]["root"],
                words("successor"): one["opened"]["origin"],
            },
        )
    say(words("Now tell your partners: relec card issue"))


def _replaced(place: Place, which: str, yes: bool) -> list[dict[str, Any]]:
    """By the running node, for the acting officer."""
    if not place.running():
        raise Conflict(
            words("the node is not running"),
            field="home",
            remedy=words("start it; --emergency is for a store that lost entries"),
        )
    with place.client() as client:
        present = _present(client.wire.get("/v1/logs")["logs"], which)
        confirm(words("End {origin} at {size} entries?", **present), yes)
        return [client.wire.post("/v1/logs/succeed", {"origin": present["origin"]})]


def _present(logs: list[dict[str, Any]], which: str) -> dict[str, Any]:
    """The log of this kind that is written."""
    return next(
        log for log in logs if log["state"] == "current" and log["origin"].split("/")[2] == which
    )


def _rescued(place: Place, which: str, good_size: int | None, yes: bool) -> list[dict[str, Any]]:
    """On the store of a stopped node; each pair of a closed log and its successor."""
    from relec_exchange.node.rescue import Rescue

    if place.running():
        raise Conflict(
            words("the node is running"),
            field="home",
            remedy=words("stop it, or leave --emergency"),
        )
    confirm(words("End the logs of this store as they are, for good?"), yes)
    keys = open_keys(place)
    with Rescue(place.settings(), keys, datetime.now(UTC), os.urandom) as rescue:
        return [
            {
                "closed": {"origin": log.origin, "size": log.size, "root": log.root.hex()},
                "opened": {"origin": opened},
            }
            for log, opened in rescue.succeed([which], good_size)
        ]
