"""`relec retention`: how long messages are kept, legal holds, and erasing what is over."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words

_COLUMNS = ("erase_on", "kept_until", "message_id", "direction", "peer", "type", "data_level")
_direction = click.option(
    "--direction", type=click.Choice(["in", "out"]), help="If the id stands in both."
)


@click.group()
def retention() -> None:
    """How long messages are kept. What is over is erased by itself, once a day.

    \b
    relec retention list --days 90
    """


@retention.command("list")
@click.option("--days", type=click.IntRange(0, 1826), default=30, show_default=True)
@place_options
@json_option
def list_(place: Place, days: int, as_json: bool) -> None:
    """List what is erased within so many days, and what legal holds keep.

    \b
    relec retention list --days 90 --json
    """
    with place.client() as client:
        found = client.keeping.due(days)
    if as_json:
        print_json({"items": found})
        return
    rows = [tuple(one[name] for name in _COLUMNS) for one in found]
    table(words("Kept until"), [words(name.replace("_", " ")) for name in _COLUMNS], rows)


@retention.command()
@click.argument("message_id")
@place_options
@_direction
@json_option
def review(place: Place, message_id: str, direction: str | None, as_json: bool) -> None:
    """Show the term of one message, who keeps it and why. Needs a releaser or security officer.

    \b
    relec retention review 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        found = client.keeping.review(message_id, direction)
    if as_json:
        print_json(found)
        return
    shown: dict[str, Any] = {**found, "units": ", ".join(found["units"])}
    told = {words(k.replace("_", " ")): v for k, v in shown.items() if v and k != "message_id"}
    pairs(words("Term of {id}", id=message_id), told)


@retention.command()
@click.argument("message_id")
@click.option("--reason", required=True, help="Why it is kept; stored encrypted.")
@click.option("--until", required=True, metavar="DAY", help="The last day of the hold: 2027-03-31.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
@_direction
@json_option
def hold(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Keep a message beyond its term. The hold ends by itself after its last day.

    \b
    relec retention hold 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --until 2027-03-31 --reason "Court"
    """
    confirm(words("Keep {id} until {until}?", id=message_id, until=given["until"]), given["yes"])
    with place.client() as client:
        kept = client.keeping.keep(message_id, given["reason"], given["until"], given["direction"])
    if as_json:
        print_json(kept)
        return
    say(words("{message_id} is kept until {kept_until}.", **kept))


@retention.command()
@click.argument("message_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
@_direction
@json_option
def unhold(place: Place, message_id: str, direction: str | None, yes: bool, as_json: bool) -> None:
    """End a legal hold before its day. A message whose term is over is erased at once.

    \b
    relec retention unhold 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    confirm(words("End the hold of {id}?", id=message_id), yes)
    with place.client() as client:
        ended = client.keeping.unkeep(message_id, direction)
    if as_json:
        print_json(ended)
        return
    say(words("No hold keeps {message_id} any more.", **ended))


@retention.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
@json_option
def run(place: Place, yes: bool, as_json: bool) -> None:
    """Erase what is over now. Needs the role security_officer or operator.

    \b
    relec retention list --days 0
    relec retention run
    """
    confirm(words("Erase everything whose term is over?"), yes)
    with place.client() as client:
        ran = client.keeping.run()
    if as_json:
        print_json(ran)
        return
    say(words("Erased: {erased}. Announced: {announced}.", **ran))
    if not ran["whole"]:
        say(words("There is more; the node goes on by itself."))
