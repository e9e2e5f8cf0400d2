"""`relec release`, `answer`, `approve`, `confirm`: what officers do with a message that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.contents import read_first
from relec_exchange.cli.delivery import report
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.home import confirm as confirmed
from relec_exchange.cli.output import json_option, say
from relec_exchange.cli.questions import answered, explained, question_options
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, RelecError

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted

F = TypeVar("F", bound=Callable[..., Any])


def _options(function: F) -> F:
    yes = click.option("--yes", is_flag=True, help="Do not ask.")
    decorated: Any = yes(json_option(function))
    return place_options(decorated)  # type: ignore[no-any-return]


@click.command()
@click.argument("message_ids", nargs=-1, required=True, metavar="MESSAGE_ID...")
@_options
@question_options
def release(place: Place, message_ids: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Release messages that another officer submitted, after reading them.

    Questions of the protection rules that nobody answered are asked first. A body that is sealed
    to a unit is shown here, and released by nobody who lacks the unit's key.

    \b
    relec show 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --open
    relec release 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        lines = [client.show(message_id, "out") for message_id in message_ids]
        for line in lines:
            _show_needs(line, as_json)
            read_first(client, line, as_json)
        confirmed(words("Release {count} message(s)?", count=len(lines)), given["yes"])
        report(client, [_released(client, line, given) for line in lines], {}, as_json)


@click.command()
@click.argument("message_id")
@_options
@question_options
def answer(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Answer what the protection rules ask about a message that is held.

    \b
    relec answer 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    relec answer 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --nobody-recognisable
    """
    with place.client() as client:
        line = client.show(message_id, "out")
        sent = _answers(client, line, given)
        if sent is None:
            raise Conflict(
                words("no question of this message was answered"),
                field="message_id",
                remedy=words("relec show says what it waits for"),
            )
        report(client, [sent], {}, as_json)


@click.command()
@click.argument("message_id")
@_options
def approve(place: Place, message_id: str, yes: bool, as_json: bool) -> None:
    """Approve a message for the protection desk, after reading it.

    \b
    relec approve 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        line = client.show(message_id, "out")
        read_first(client, line, as_json)
        confirmed(words("Approve this {type} to {recipient}?", **line), yes)
        report(client, [client.approve(message_id)], {}, as_json)


@click.command()
@click.argument("message_id")
@_options
def confirm(place: Place, message_id: str, yes: bool, as_json: bool) -> None:
    """Confirm a rescue message that another officer sent first.

    \b
    relec outbox --type warning.life_at_risk
    relec confirm 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        line = client.show(message_id, "out")
        confirmed(words("Confirm this {type} to {recipient}?", **line), yes)
        report(client, [client.confirm(message_id)], {}, as_json)


def _released(client: Client, line: dict[str, Any], given: dict[str, Any]) -> Submitted:
    """What became of one message; a refusal does not hold up the others."""
    from relec_exchange.client import Submitted

    try:
        sent = _answers(client, line, given)
        if sent is not None and "release" not in sent.needs:
            return sent
        return client.release(line["message_id"])
    except RelecError as error:
        return Submitted(line["message_id"], line["recipient"], "refused", error)


def _answers(client: Client, line: dict[str, Any], given: dict[str, Any]) -> Submitted | None:
    """Sign every answer that the officer gives; what became of the message, None without any."""
    sent = None
    for question in answered(line.get("needs", ()), given):
        sent = client.answer_question(line["message_id"], question)
    return sent


def _show_needs(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return
    say(words("{type} to {recipient}, submitted by {submitted_by}, waits for:", **line))
    for sentence in explained(line.get("needs", ()), line["message_id"]):
        say(f"  {sentence}")
