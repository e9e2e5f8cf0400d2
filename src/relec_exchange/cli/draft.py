"""`relec draft`: messages in the making, kept at the node for the officers of your unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from relec_exchange.cli.entering import show as show_notes
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import document, json_option, pairs, print_json, say, table
from relec_exchange.cli.send import chosen_header, sending_options
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.client import Client

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS: Final = ("draft_id", "type", "to", "officer", "updated_at")
_MADE_ANEW: Final = frozenset(
    {"message_id", "type", "schema_version", "sender", "recipient", "exercise", "created_at"}
)
"""Fields of a header that every message gets anew."""


@click.group()
def draft() -> None:
    """Keep a message for later, or for a colleague of your unit, and send it from there.

    \b
    relec draft save warning.toml --to pk,iq
    relec draft send 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """


@draft.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--to", help="The nodes, for example pk,iq.")
@click.option("--id", "draft_id", help="Replace this draft.")
@json_option
def save(place: Place, file: Path, to: str | None, draft_id: str | None, as_json: bool) -> None:
    """Keep the message in FILE (as for `relec send FILE`); it may be incomplete.

    \b
    relec draft save warning.toml --to pk,iq
    """
    from relec_exchange.cli.message_files import read_message_file

    found = read_message_file(file)
    nodes = [name.strip() for name in to.split(",") if name.strip()] if to else list(found.to)
    with place.client() as client:
        line = client.drafts.save(found.type, nodes, found.body, found.header, draft_id)
    _print_line(line, as_json)


@draft.command(name="list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List the drafts of your unit, newest first.

    \b
    relec draft list
    """
    with place.client() as client:
        found = client.drafts.list()
    if as_json:
        print_json({"drafts": found})
        return
    rows = [tuple(one.get(name) for name in _COLUMNS) for one in found]
    table(words("Drafts"), [name.replace("_", " ") for name in _COLUMNS], rows)


@draft.command()
@click.argument("draft_id")
@place_options
@json_option
def show(place: Place, draft_id: str, as_json: bool) -> None:
    """Show one draft, and what would be changed or asked when it is sent; reading is logged.

    \b
    relec draft show 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    from relec_exchange.client import Draft

    with place.client() as client:
        found = client.drafts.get(draft_id)
        to = (found["to"] or [""])[0]
        notes = client.enter(Draft(found["type"], to, found["body"], found["header"])).notes
    if as_json:
        print_json({**found, "entry": [note.plain() for note in notes]})
        return
    pairs(words("Draft {id}", id=draft_id), {name: found.get(name) for name in _COLUMNS[1:]})
    document(words("Header"), found["header"])
    document(words("Body"), found["body"])
    show_notes(notes)


@draft.command()
@click.argument("draft_id")
@sending_options
def send(place: Place, draft_id: str, **given: Any) -> None:
    """Send a draft; it is removed once every copy was submitted.

    \b
    relec draft send 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --to pk
    """
    from relec_exchange.cli.delivery import Intent, deliver

    with place.client() as client:
        found = client.drafts.get(draft_id)
    header = {**found["header"], **chosen_header(given)}
    to = given["to"] or ",".join(found["to"])
    sent = deliver(place, Intent(found["type"], to, header, found["body"]), given)
    if sent and all(one.error is None for one in sent):
        with place.client() as client:
            client.drafts.delete(draft_id)


@draft.command()
@click.argument("draft_id")
@place_options
@json_option
def delete(place: Place, draft_id: str, as_json: bool) -> None:
    """Remove a draft; its content can never be read again.

    \b
    relec draft delete 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        line = client.drafts.delete(draft_id)
    _print_line(line, as_json)


@draft.command()
@click.argument("message_id")
@place_options
@json_option
def again(place: Place, message_id: str, as_json: bool) -> None:
    """Make a new draft from a message that was returned to you, and show the comments.

    \b
    relec outbox --state returned
    relec draft again 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        line, comments = _anew(client, message_id)
    if as_json:
        print_json({**line, "comments": comments})
        return
    for one in comments:
        say(words("{officer} wrote at {at}:", **one))
        say(f"  {one['comment']}")
    _print_line(line, as_json)


def _anew(client: Client, message_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    content = client.open(message_id, "out")
    header = {name: value for name, value in content.header.items() if name not in _MADE_ANEW}
    kind, to = str(content.header["type"]), [str(content.header["recipient"])]
    line = client.drafts.save(kind, to, content.body, header)
    return line, client.comments(message_id)


def _print_line(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    values = {name.replace("_", " "): line.get(name) for name in _COLUMNS[1:]}
    pairs(words("Draft {id}", id=line["draft_id"]), values)
