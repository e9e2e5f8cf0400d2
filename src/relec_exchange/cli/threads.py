"""`relec thread`, `deadlines`: conversations, and who owes what until when."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, table
from relec_exchange.cli.words import words

_THREAD = (
    "at",
    "direction",
    "type",
    "state",
    "withdrawn",
    "owed_by",
    "owes",
    "due_at",
    "stage",
    "message_id",
)
_DUE = ("due_at", "stage", "owed_by", "owes", "peer", "type", "urgency", "state", "message_id")


@click.command()
@click.argument("message_id")
@place_options
@json_option
def thread(place: Place, message_id: str, as_json: bool) -> None:
    """Show all messages of the thread that one belongs to, and who owes what until when.

    \b
    relec thread 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        found = client.thread(message_id)
    if as_json:
        print_json(found)
        return
    title = words("Thread {thread} with {peer}", **found)
    table(title, _heads(_THREAD), [_row(one, _THREAD) for one in found["messages"]])


@click.command()
@place_options
@json_option
def deadlines(place: Place, as_json: bool) -> None:
    """List what somebody waits for, in both directions, the most urgent first.

    \b
    relec deadlines
    """
    with place.client() as client:
        found = client.deadlines()
    if as_json:
        print_json({"deadlines": found})
        return
    table(words("Deadlines"), _heads(_DUE), [_row(one, _DUE) for one in found])


def _heads(names: tuple[str, ...]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _row(line: dict[str, Any], names: tuple[str, ...]) -> tuple[object, ...]:
    shown = {**line, "owes": " or ".join(line["owes"])}
    return tuple(shown[name] for name in names)
