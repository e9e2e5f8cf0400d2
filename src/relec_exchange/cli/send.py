"""`relec send`: one message to one or more nodes, after showing who would get it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from relec_exchange.cli.codes import (
    Codes,
    Nodes,
    areas,
    country_codes,
    craft_kinds,
    purposes,
    warning_kinds,
)
from relec_exchange.cli.delivery import Intent, deliver
from relec_exchange.cli.entering import entry_options
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option
from relec_exchange.cli.questions import question_options

F = TypeVar("F", bound=Callable[..., Any])

COUNTRY = Codes("country", country_codes)

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_HEADER = (
    click.option(
        "--area",
        type=Codes("area", areas),
        help="irregular_migration, migrant_smuggling or human_trafficking.",
    ),
    click.option("--purpose", type=Codes("purpose", purposes), help="What it may be used for."),
    click.option("--handling", help="H0, or any of H1,H2,H3."),
    click.option("--handling-note", help="Spells out H3."),
    click.option("--urgency", type=click.Choice(["routine", "urgent", "flash"])),
    click.option("--urgency-reason", help="Why it is not routine."),
    click.option("--source-grade", help="Of the source: A, B, C or X."),
    click.option("--info-grade", help="Of the information: 1 to 4."),
    click.option("--language", help="BCP 47, for example tr or fa-AF."),
    click.option("--own-ref", help="Your reference."),
    click.option("--deadline", help="When you need the answer, as 2026-11-28T12:00:00.000Z."),
    click.option("--in-reply-to", help="The id of the message that it answers."),
    click.option("--supersedes", help="The id of your message that it replaces."),
)
HEADER_NAMES = (
    "area",
    "purpose",
    "handling",
    "handling_note",
    "urgency",
    "urgency_reason",
    "source_grade",
    "info_grade",
    "language",
    "own_ref",
    "deadline",
    "in_reply_to",
    "supersedes",
)
_SENDING = (
    click.option("--to", type=Nodes(), help="The nodes, for example pk,iq.  [required]"),
    click.option("--yes", is_flag=True, help="Do not ask."),
    click.option("--dry-run", is_flag=True, help="Show who would get what, and send nothing."),
    click.option("--wait", "wait_seconds", type=float, help="Wait so long for receipts."),
    click.option("--attach", "attach", type=_FILE, multiple=True, help="A file, 128 KiB in all."),
)


class _SendGroup(click.Group):
    """`relec send FILE` is short for `relec send file FILE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a first argument that is a file, and no type, as the message."""
        if args and args[0] not in self.commands and Path(args[0]).is_file():
            args = ["file", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_SendGroup)
def send() -> None:
    """Send a message: of a type below with its flags, or from a JSON or TOML FILE.

    What was changed in it, what does not agree, recipients and the decision for each are shown
    first, then you are asked.

    \b
    relec send test.ping --to iq --text "Do you hear us?"
    relec send warning.life_at_risk --to pk,iq --place "12 nm south of Bodrum" --persons 30 \\
        --condition "engine failed, taking water" --authority "MRCC Izmir, 17:40"
    relec send warning.toml --to pk,iq
    """


def sending_options(function: F) -> F:
    """The options of every command that sends: officer, recipients, header, files, answers."""
    decorated: Any = question_options(entry_options(json_option(function)))
    for option in reversed((*_SENDING, *_HEADER)):
        decorated = option(decorated)
    return place_options(decorated)  # type: ignore[no-any-return]


@send.command(name="file")
@click.argument("file", type=_FILE)
@sending_options
def file_(place: Place, file: Path, **given: Any) -> None:
    """Send the message in FILE: type, body, and if you like to and header.

    \b
    type = "warning.notice"
    to = ["pk", "iq"]
    [header]
    area = "migrant_smuggling"
    [body]
    kind = "new_route"
    """
    from relec_exchange.cli.message_files import read_message_file

    found = read_message_file(file)
    header = {**found.header, **chosen_header(given)}
    deliver(place, Intent(found.type, given["to"] or ",".join(found.to), header, found.body), given)


@send.command(name="test.ping")
@click.option("--text", default="ping", show_default=True, help="At most 200 characters.")
@sending_options
def ping(place: Place, text: str, **given: Any) -> None:
    """Ask a node to send a text back: does the whole way work?"""
    _send(place, "test.ping", {"text": text}, given)


@send.command(name="warning.life_at_risk")
@click.option("--place", "where", required=True, help="Where, in words.")
@click.option("--country", type=COUNTRY, help="Two letters; none on the high sea.")
@click.option("--lat", type=float, help="Degrees north.")
@click.option("--lon", type=float, help="Degrees east.")
@click.option("--time", help="Since when, UTC.  [default: now]")
@click.option("--persons", type=int, help="How many, estimated.")
@click.option("--children", type=int)
@click.option("--injured", type=int)
@click.option("--dead", type=int)
@click.option("--missing", type=int)
@click.option(
    "--craft",
    type=Codes("kind of craft", craft_kinds),
    default="unknown",
    show_default=True,
    help="rubber_boat, boat, truck ...",
)
@click.option("--craft-description", help="How it can be recognised.")
@click.option("--condition", required=True, help="In what state they are.")
@click.option("--authority", required=True, help="Which rescue authority was told, and when.")
@sending_options
def life_at_risk(place: Place, **given: Any) -> None:
    """Warn that people may die: flash, for rescue only.

    \b
    relec send warning.life_at_risk --to pk,iq --place "12 nm south of Bodrum" \\
        --lat 36.83 --lon 27.41 --persons 30 --children 6 --craft rubber_boat \\
        --condition "engine failed, taking water" --authority "MRCC Izmir, 17:40"
    """
    from relec_exchange.cli.bodies import life_at_risk_body

    _send(place, "warning.life_at_risk", life_at_risk_body(given), given)


@send.command(name="warning.notice")
@click.option(
    "--kind",
    type=Codes("kind of warning", warning_kinds),
    required=True,
    help="new_route, surge, modus_operandi, document_fraud ...",
)
@click.option("--country", type=COUNTRY, required=True, help="Two letters.")
@click.option("--subdivision", help="ISO 3166-2, for example TR-48.")
@click.option("--place", "where", help="In words.")
@click.option("--lat", type=float, help="At most two decimals.")
@click.option("--lon", type=float)
@click.option("--from", "first_day", help="First day.  [default: today]")
@click.option("--until", "last_day", help="Last day.  [default: the first day]")
@click.option("--what", required=True, help="What others should know; no names.")
@click.option("--persons", type=int, help="How many, estimated.")
@click.option("--dead-or-missing", type=int)
@click.option("--survivors", type=int)
@click.option("--route")
@click.option("--group", help="Describe a group, without names.")
@click.option("--indicator", "indicators", multiple=True)
@click.option("--action", help="What you recommend.")
@click.option("--expires", help="A day.")
@click.option("--source", "sources", multiple=True)
@sending_options
def notice(place: Place, **given: Any) -> None:
    """Warn of a route, a surge, a method or a deadly incident.

    \b
    relec send warning.notice --to pk,iq --kind new_route --country TR --place "Van" \\
        --what "Groups of ten to fifteen walk at night past the old customs house." \\
        --source-grade B --info-grade 2
    """
    from relec_exchange.cli.bodies import notice_body

    _send(place, "warning.notice", notice_body(given), given)


@send.command(name="info.request")
@click.option("--question", "questions", multiple=True, required=True, help="One exact question.")
@click.option("--why", required=True, help="Why the answers are needed, for every question.")
@click.option("--reasons", required=True, help="The reasons of the request.")
@click.option("--person", "persons", multiple=True, help="A name in its original script.")
@click.option("--category", default="unknown", show_default=True, help="suspect, victim ...")
@click.option("--script", help="Of the names (ISO 15924).  [default: that of their letters]")
@click.option("--object", "objects", multiple=True, help="KIND:IDENTIFIER, as vehicle:06ABC123.")
@click.option("--use-restrictions", help="How the answers will be used.")
@sending_options
def request(place: Place, **given: Any) -> None:
    """Ask exact questions about persons or objects.

    \b
    relec send info.request --to iq --question "Is the vehicle registered?" \\
        --why "It was left at the border" --reasons "Case 2026/117" --object vehicle:06ABC123
    """
    from relec_exchange.cli.bodies import request_body

    _send(place, "info.request", request_body(given), given)


def chosen_header(given: dict[str, Any]) -> dict[str, Any]:
    """The header fields that the user gave, and the files."""
    header = {name: given[name] for name in HEADER_NAMES if given.get(name) is not None}
    if "handling" in header:
        header["handling"] = [code.strip() for code in header["handling"].split(",")]
    if given.get("attach"):
        from relec_exchange.cli.attach import attachments

        header["attachments"] = attachments(given["attach"])
    return header


def _send(place: Place, type_name: str, body: dict[str, Any], given: dict[str, Any]) -> None:
    deliver(place, Intent(type_name, given["to"], chosen_header(given), body), given)
