"""`relec hold`: what waits for the protection desk, why, and freeing it."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words

_COLUMNS = ("message_id", "direction", "peer", "type", "at", "due_at")
_FOUND = ("rule", "effect", "field", "text")
_direction = click.option(
    "--direction", type=click.Choice(["in", "out"]), help="If the id stands in both."
)


@click.group()
def hold() -> None:
    """Messages that wait for the protection desk. Needs the role protection_desk.

    \b
    relec hold list
    """


@hold.command("list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List what is held, and what the protection rules found in it; logged.

    \b
    relec hold list
    """
    with place.client() as client:
        found = client.protection.holds()
    if as_json:
        print_json({"holds": found})
        return
    rows = [tuple(one[name] for name in _COLUMNS) for one in found]
    table(words("Held"), [name.replace("_", " ") for name in _COLUMNS], rows)
    for one in found:
        _print_findings(words("Found in {id}", id=one["message_id"]), one["findings"])


@hold.command()
@click.argument("message_id")
@place_options
@_direction
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def free(place: Place, message_id: str, direction: str | None, yes: bool, as_json: bool) -> None:
    """End a hold: a message received goes to its units, one of ours leaves.

    Its sender learns nothing of it: to them it was accepted long ago.

    \b
    relec show 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --open
    relec hold free 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    confirm(words("Free {id}?", id=message_id), yes)
    with place.client() as client:
        freed = client.protection.free(message_id, direction)
    if as_json:
        print_json(freed)
        return
    say(words("{message_id} is {state} now.", **freed))


@hold.command()
@click.argument("message_id")
@place_options
@_direction
@json_option
def replay(place: Place, message_id: str, direction: str | None, as_json: bool) -> None:
    """Judge a message again by what was known then; tell whether it comes out the same.

    \b
    relec hold replay 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --direction in
    """
    with place.client() as client:
        found = client.protection.replay(message_id, direction)
    if as_json:
        print_json(found)
        return
    facts = ("direction", "at", "outcome", "now", "same", "rules_changed")
    pairs(
        words("Judgement of {id}", id=message_id),
        {name.replace("_", " "): found[name] for name in facts},
    )
    _print_findings(words("Found then"), found["findings"])
    if not found["same"]:
        _print_findings(words("Found now"), found["findings_now"])


def _print_findings(title: str, findings: list[dict[str, Any]]) -> None:
    if findings:
        table(title, _FOUND, [tuple(one[name] for name in _FOUND) for one in findings])
