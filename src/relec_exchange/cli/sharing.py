"""`relec recalls`, `consents`: who was told and has answered, and what providers allow."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words

_LINE = ("recipient", "state", "due_at", "stage", "outcome", "answered_at", "about", "message_id")
_CONSENT = (
    "state",
    "provider",
    "use",
    "onward_to",
    "purpose",
    "expires_on",
    "message_id",
    "request_id",
    "conditions",
)


@click.command()
@place_options
@click.option("--all", "everything", is_flag=True, help="Also those that are closed.")
@json_option
def recalls(place: Place, everything: bool, as_json: bool) -> None:
    """List corrections and recalls of yours that are open, and who was never told.

    One is open until every recipient of the message, of its copies, and of what was made from it
    was told and has answered. Exit code 0, also when some are overdue.

    \b
    relec recalls
    relec recalls --all --json
    """
    with place.client() as client:
        found = client.sharing.recalls(everything)
    if as_json:
        print_json({"recalls": found})
        return
    if not found:
        say(words("Nothing is open."))
    for group in found:
        _print(group)


@click.command()
@place_options
@json_option
def consents(place: Place, as_json: bool) -> None:
    """List what providers decided about uses that you asked for, and what still waits.

    \b
    relec consents
    """
    with place.client() as client:
        found = client.sharing.consents()
    if as_json:
        print_json({"consents": found})
        return
    heads = [name.replace("_", " ") for name in _CONSENT]
    table(words("Consents"), heads, [[one[name] for name in _CONSENT] for one in found])


def _print(group: dict[str, Any]) -> None:
    title = words("{type} {recall_id} of {at}", **group)
    heads = [name.replace("_", " ") for name in _LINE]
    table(title, heads, [[one[name] for name in _LINE] for one in group["messages"]])
    if group["overdue"]:
        say(words("{overdue} overdue: telephone (relec contacts).", **group))
    for one in group["untold"]:
        say(words("Not told: {recipient} has {type} {message_id}.", **one))
    if group["untold"]:
        verb = "correct" if group["type"] == "correction" else "recall"
        about = group["untold"][0]["message_id"]
        say(words("Tell them: relec {verb} {about}", verb=verb, about=about))
    if group["passed_on"]:
        names = ", ".join(group["passed_on"])
        say(words("They passed it on to: {names}. Nobody here told these.", names=names))
