"""`relec ack`, `reply`: answering a message that came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.delivery import report
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.questions import flagged, question_options, settled
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.client import Client

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NOTHING = "nothing_can_be_provided"


@click.command()
@click.argument("message_id")
@place_options
@click.option("--action", required=True, help="What was done.")
@click.option("--passed-to", multiple=True, help="To whom it was passed; may be repeated.")
@click.option("--unit", help="Your unit.  [default: the officer's]")
@json_option
def ack(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Acknowledge a message: a person has seen it and did something.

    \b
    relec ack 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --action "Patrol boat sent" \\
        --passed-to "Coast guard"
    """
    header = {"sender_unit": given["unit"]} if given["unit"] else {}
    with place.client() as client:
        sent = client.ack(message_id, given["action"], given["passed_to"], **header)
        report(client, [sent], {}, as_json)


@click.command()
@click.argument("message_id")
@place_options
@click.option("--nothing", is_flag=True, help="Nothing can be provided: no answers, no reason.")
@click.option("--answer", "answers", multiple=True, help='NUMBER=TEXT, as 1="It is registered".')
@click.option(
    "--kind", type=click.Choice(["full", "partial", "interim"]), default="full", show_default=True
)
@click.option("--source-grade", default="X", show_default=True, help="A, B, C or X.")
@click.option("--info-grade", default="4", show_default=True, help="1 to 4.")
@click.option("--handling", default="H0", show_default=True, help="For all answers.")
@click.option("--file", type=_FILE, help="Answers in a JSON or TOML message file instead.")
@question_options
@json_option
def reply(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Answer an information request, question by question.

    With --nothing you close the request. Your node says that nothing can be provided, at a time
    and in words that are the same for nothing held, refused and protected; it does so by itself
    where nobody answers. What is true stays with you.

    \b
    relec reply 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --answer "1=Registered since 2019" \\
        --source-grade A --info-grade 1 --handling H1
    relec reply 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --nothing
    """
    kind, answers = _reply(given)
    header = {"handling": _codes(given["handling"])}
    with place.client() as client:
        if kind == _NOTHING:
            _close(client, message_id, as_json)
            return
        sent = client.reply(message_id, kind, answers, flagged(given), **header)
        sent = settled(client, sent, given)
        report(client, [sent], {}, as_json)


def _close(client: Client, message_id: str, as_json: bool) -> None:
    closed = client.nothing(message_id)
    if as_json:
        print_json(closed)
        return
    say(words("Closed. The node answers at {at}.", at=closed["reply_at"]))


def _reply(given: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    chosen = [bool(given["nothing"]), bool(given["answers"]), given["file"] is not None]
    if sum(chosen) != 1:
        raise InvalidInput(
            "a reply has answers or says that nothing can be provided",
            field="answer",
            remedy="use one of --answer, --file and --nothing",
        )
    if given["nothing"]:
        return _NOTHING, []
    if given["file"] is not None:
        return _from_file(given["file"])
    return given["kind"], [_answer(text, given) for text in given["answers"]]


def _from_file(file: Path) -> tuple[str, list[dict[str, Any]]]:
    from relec_exchange.cli.message_files import read_message_file

    body = read_message_file(file).body
    return str(body.get("kind", "full")), list(body.get("answers", []))


def _answer(text: str, given: dict[str, Any]) -> dict[str, Any]:
    number, equals, answer = text.partition("=")
    if not equals or not number.strip().isdecimal():
        raise InvalidInput(
            "an answer is NUMBER=TEXT", field="answer", remedy='for example --answer "1=Yes"'
        )
    return {
        "number": int(number),
        "answer": answer,
        "source_grade": given["source_grade"],
        "info_grade": given["info_grade"],
        "handling": _codes(given["handling"]),
    }


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]
