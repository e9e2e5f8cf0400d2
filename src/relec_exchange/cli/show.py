"""`relec show`: one message, its life line, and its content when it is opened."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.contents import plain, print_content
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words

_FACTS = (
    "direction",
    "sender",
    "recipient",
    "type",
    "area",
    "urgency",
    "data_level",
    "class",
    "seq",
    "state",
    "needs",
    "submitted_by",
    "confirmed_by",
    "agreement",
    "grant",
    "deadline",
    "due_at",
    "paused_at",
    "reply_at",
    "closed_by",
    "in_reply_to",
    "thread",
    "about",
    "withdrawn",
    "outcome",
    "unit",
    "hold",
    "disputed",
    "evidence",
    "leaf",
    "index",
)


@click.command()
@click.argument("message_id")
@place_options
@click.option("--direction", type=click.Choice(["in", "out"]), help="If the id stands in both.")
@click.option("--open", "opened", is_flag=True, help="Also read it: signed, logged, and told.")
@json_option
def show(place: Place, message_id: str, direction: str | None, opened: bool, as_json: bool) -> None:
    """Show one message: its life line, and with --open its content.

    Opening is signed with your key, logged, and told to the sender where that is allowed. What is
    sealed to your unit is opened with --unit-key-file.

    \b
    relec show 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    relec show 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --open
    """
    with place.client() as client:
        line = client.show(message_id, direction)
        content = client.open(message_id, line["direction"]) if opened else None
        if opened:
            line = client.show(message_id, line["direction"])
    if as_json:
        print_json({"life": line, "content": None if content is None else plain(content)})
        return
    _print_life(line)
    if content is not None:
        print_content(content)


def _print_life(line: dict[str, Any]) -> None:
    pairs(
        words("Message {id}", id=line["message_id"]),
        {name.replace("_", " "): line.get(name) for name in _FACTS},
    )
    if line["stages"]:
        rows = [(one["at"], one["stage"], one["by"], one["detail"]) for one in line["stages"]]
        table(words("Life"), ("at", "stage", "by", ""), rows)
    if line["receipts"]:
        rows = [(one["at"], one["stage"], one["code"], one["index"]) for one in line["receipts"]]
        table(words("Receipts"), ("at", "stage", "code", "log index"), rows)
    else:
        say(words("No receipt yet."))
