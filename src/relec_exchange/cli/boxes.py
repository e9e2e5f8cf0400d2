"""`relec inbox`, `outbox`, `quarantine`, `contacts`: lists, without content."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words

_FILTERS = (
    click.option("--after", type=click.IntRange(0), default=0, help="Rows after this one."),
    click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True),
    click.option("--peer", help="The other node."),
    click.option("--type", "type_name"),
    click.option("--area"),
    click.option("--unit"),
    click.option("--state"),
)
_IN = (
    "row",
    "message_id",
    "sender",
    "type",
    "urgency",
    "state",
    "withdrawn",
    "unit",
    "received_at",
    "due_at",
    "hold",
    "disputed",
)
_OUT = (
    "row",
    "message_id",
    "recipient",
    "type",
    "urgency",
    "state",
    "withdrawn",
    "needs",
    "sent_at",
    "due_at",
)
_REFUSED = ("row", "at", "source", "reason", "step", "size", "detail")
_UNIT = ("unit", "phone", "email", "languages", "on_duty", "hours", "escalation", "valid_from")
_DUTY = ("node", "phone", "email", "languages", "mutual", "card_version", "valid_until")


def _filters(function: Any) -> Any:
    for option in reversed(_FILTERS):
        function = option(function)
    return function


@click.command()
@place_options
@_filters
@json_option
def inbox(place: Place, **given: Any) -> None:
    """List what came in, oldest first, without content.

    \b
    relec inbox --state received
    relec inbox --type warning.life_at_risk --after 120
    """
    _list(place, "/v1/inbox", words("Inbox"), _IN, given)


@click.command()
@place_options
@_filters
@json_option
def outbox(place: Place, **given: Any) -> None:
    """List what was submitted, oldest first, without content.

    \b
    relec outbox --peer iq --state relayed
    """
    _list(place, "/v1/outbox", words("Outbox"), _OUT, given)


@click.command()
@place_options
@click.option("--after", type=click.IntRange(0), default=0, help="Rows after this one.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@click.option("--reason", help="For example unseal or proof-signature.")
@click.option("--source", help="The node it came from, as the broker says.")
@json_option
def quarantine(place: Place, **given: Any) -> None:
    """List envelopes that had no authenticated sender, and why each was refused.

    \b
    relec quarantine --reason proof-signature
    """
    _list(place, "/v1/quarantine", words("Quarantine"), _REFUSED, given)


@click.command()
@place_options
@json_option
def contacts(place: Place, as_json: bool) -> None:
    """Whom to call at each partner, at any hour; its units, and who is there now.

    \b
    relec contacts
    """
    with place.client() as client:
        found = client.wire.get("/v1/contacts")
    if as_json:
        print_json(found)
        return
    rows = [tuple(one.get(name) for name in _DUTY) for one in found["contacts"]]
    table(words("Contacts"), [name.replace("_", " ") for name in _DUTY], rows)
    units = [(one["node"], *_unit(unit)) for one in found["contacts"] for unit in one["units"]]
    if units:
        heads = ("node", *(name.replace("_", " ") for name in _UNIT))
        table(words("Units"), heads, units)


def _unit(unit: dict[str, Any]) -> tuple[object, ...]:
    """One unit as a row: hours and steps in words."""
    hours = [
        f"{' '.join(one['days'])} {one['from']}-{one['to']} {one['zone']}" for one in unit["hours"]
    ]
    steps = [f"{one['order']} {one['function']} {one['phone']}" for one in unit["escalation"]]
    there = {True: words("yes"), False: words("no"), None: ""}[unit["on_duty"]]
    shown = {**unit, "hours": "; ".join(hours), "escalation": "; ".join(steps), "on_duty": there}
    shown["languages"] = " ".join(unit["languages"])
    return tuple(shown[name] for name in _UNIT)


def _list(
    place: Place, path: str, title: str, columns: tuple[str, ...], given: dict[str, Any]
) -> None:
    as_json = given.pop("as_json")
    if "type_name" in given:
        given["type"] = given.pop("type_name")
    with place.client() as client:
        page = client.wire.get(path, **given)
    if as_json:
        print_json(page)
        return
    # Rarely anything is disputed, and a table is only so wide.
    shown = any(item.get("disputed") for item in page["items"])
    columns = tuple(name for name in columns if shown or name != "disputed")
    rows = [tuple(item.get(name) for name in columns) for item in page["items"]]
    table(title, [name.replace("_", " ") for name in columns], rows)
    if page["next"] is not None:
        say(words("More: --after {row}", row=page["next"]))
