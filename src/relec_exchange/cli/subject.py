"""`relec subject`: who received data on a reference, for a person who asks."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words

_COMMON = ("type", "purpose", "withdrawn", "message_id")
_SENT = ("at", "recipient", *_COMMON)
_CAME = ("at", "sender", *_COMMON)
_HASH_SHOWN = 12


@click.group()
def subject() -> None:
    """What was done with the data of one person.

    \b
    relec subject report TR-2026-0417 --reason "Request of the person of 3 May (simulated)"
    """


@subject.command()
@click.argument("ref")
@place_options
@click.option("--reason", required=True, help="Why it is asked; kept encrypted.")
@json_option
def report(place: Place, ref: str, reason: str, as_json: bool) -> None:
    """Show who received data on REF: an own or foreign reference, or the id of a message or thread.

    Lists recipient, time, type, purpose, agreement and grant, whether it was opened, corrected or
    recalled and with which outcome, to whom it was passed on, and when it was erased. No content.
    Logged. Needs the role releaser or protection_desk. Exit code 5 if nothing has the reference.

    \b
    relec subject report TR-2026-0417 --reason "Request of the person of 3 May (simulated)"
    relec subject report 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason "Complaint 12" --json
    """
    with place.client() as client:
        found = client.sharing.subject_report(ref, reason)
    if as_json:
        print_json(found)
        return
    _table(words("Sent to others"), _SENT, found["sent"])
    for line in found["sent"]:
        _print_after(line)
    _table(words("Received from others"), _CAME, found["received"])
    for line in found["received"]:
        _print_given(line)
    say(words("Report {report_id}, logged.", **found))


def _table(title: str, names: tuple[str, ...], lines: list[dict[str, Any]]) -> None:
    rows = [[line[name] for name in names] for line in lines]
    table(title, [name.replace("_", " ") for name in names], rows)


def _print_after(line: dict[str, Any]) -> None:
    """What became of a message after it was sent."""
    for one in line["amendments"]:
        said = one["outcome"] or (words("answered") if one["answered_at"] else words("open"))
        say(words("{id}: {type} of {at}: {said}", id=line["message_id"], said=said, **_of(one)))
    if line["passed_to"]:
        names = ", ".join(line["passed_to"])
        say(words("{id}: passed on to {names}", id=line["message_id"], names=names))
    _print_given(line)


def _print_given(line: dict[str, Any]) -> None:
    """By which grant, who opened it, where else it went, and when it was erased."""
    ident, grant = line["message_id"], line["grant"]
    short = line["agreement"][:_HASH_SHOWN]
    say(words("{id}: by grant {grant} of agreement {hash}", id=ident, grant=grant, hash=short))
    if line["opened_at"]:
        say(words("{id}: opened on {at}", id=ident, at=line["opened_at"]))
    if line.get("units"):
        say(words("{id}: with {units}", id=ident, units=", ".join(line["units"])))
    for one in line["given_out"]:
        say(words("{id}: given out for {use} on {at} by {by}", id=ident, **one))
    if line["erased_at"]:
        say(words("{id}: erased on {at}", id=ident, at=line["erased_at"]))


def _of(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": one["type"], "at": one["at"]}
