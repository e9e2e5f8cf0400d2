"""`relec clarify`, `correct`, `recall`, `withdraw-consent`, `outcome`: asking back, and mending."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.delivery import report
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, say
from relec_exchange.cli.questions import flagged, question_options, settled
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted

_REASONS = (
    "wrong_person",
    "wrong_recipient",
    "consent_withdrawn",
    "inaccurate",
    "unlawful",
    "other",
)
_OUTCOMES = ("destroyed", "legal_hold", "used", "passed_on")


@click.command()
@click.argument("message_id")
@place_options
@click.option("--item", "items", multiple=True, required=True, help='NUMBER=TEXT, as 1="Which?"')
@question_options
@json_option
def clarify(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Ask back about a request that came, or answer such a question. It opens the message.

    A question stops the clock of the request until its answer, at both ends alike.

    \b
    relec clarify 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --item "1=Of which year is the visa?"
    """
    items = [_item(text) for text in given["items"]]
    with place.client() as client:
        sent = client.clarify(message_id, items, flagged(given))
        report(client, [settled(client, sent, given)], {}, as_json)


@click.command()
@click.argument("message_id")
@place_options
@click.option("--why", required=True, help="Why it is corrected.")
@click.option("--set", "changed", multiple=True, help='PATH=TEXT, as /body/what="Now this".')
@click.option("--remove", "removed", multiple=True, help="A PATH that should not be there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@question_options
@json_option
def correct(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Tell every recipient of a message of ours what it should have said.

    \b
    relec correct 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why "A typing error" \\
        --set "/body/what=Fewer departures"
    """
    fields = dict(_field(text) for text in given["changed"])
    fields |= dict.fromkeys(given["removed"])
    if not fields:
        raise InvalidInput(
            words("nothing is corrected"), field="set", remedy=words("use --set or --remove")
        )
    with place.client() as client:
        _agree(client, message_id, words("Correct"), given, as_json)
        sent = client.correct(message_id, given["why"], fields, flagged(given))
        report(client, _settled(client, sent, given), {}, as_json)


@click.command()
@click.argument("message_id")
@place_options
@click.option("--reason", type=click.Choice(_REASONS), required=True)
@click.option("--why", required=True, help="In words, for those who got it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@question_options
@json_option
def recall(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """Call a message of ours back from everybody who got it, a copy, or what was made from it.

    It stays open, and among the deadlines, until each recipient has said what became of it.

    \b
    relec recall 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason wrong_person \\
        --why "Another person of the same name"
    """
    with place.client() as client:
        _agree(client, message_id, words("Recall"), given, as_json)
        sent = client.recall(message_id, given["reason"], given["why"], flagged(given))
        report(client, _settled(client, sent, given), {}, as_json)


@click.command()
@click.argument("message_id")
@place_options
@click.option("--why", default="The consent was withdrawn.", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@question_options
@json_option
def withdraw_consent(place: Place, message_id: str, as_json: bool, **given: Any) -> None:
    """A person withdrew the consent that a referral or a return of yours rests on.

    The message is called back from everybody who has it. Say nothing of the person in --why: a
    recall is not sealed to the desk.

    \b
    relec withdraw-consent 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b
    """
    with place.client() as client:
        _agree(client, message_id, words("Recall"), given, as_json)
        sent = client.withdraw_consent(message_id, given["why"], flagged(given))
        report(client, _settled(client, sent, given), {}, as_json)


@click.command()
@click.argument("message_id")
@place_options
@click.argument("outcome_", metavar="OUTCOME", type=click.Choice(_OUTCOMES))
@click.option("--hold-until", type=click.DateTime(["%Y-%m-%d"]), help="For legal_hold.")
@click.option("--passed-to", multiple=True, help="For passed_on; may be repeated.")
@click.option("--note", help="A few words.")
@question_options
@json_option
def outcome(place: Place, message_id: str, outcome_: str, as_json: bool, **given: Any) -> None:
    """Answer a recall that came: what became of the message. It opens the recall.

    With `destroyed` the node destroys the content of the message when the answer leaves.

    \b
    relec outcome 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b destroyed
    relec outcome 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b passed_on --passed-to "Coast guard"
    """
    until: datetime | None = given["hold_until"]
    with place.client() as client:
        sent = client.outcome(
            message_id,
            outcome_,
            flagged(given),
            hold_until=until.date().isoformat() if until else None,
            passed_to=given["passed_to"],
            note=given["note"],
        )
        report(client, [settled(client, sent, given)], {}, as_json)


def _agree(client: Client, message_id: str, verb: str, given: dict[str, Any], quiet: bool) -> None:
    """Show whom it reaches before anything is sent."""
    copies = client.copies(message_id)
    if not quiet:
        for copy in copies:
            say(words("{recipient}: {type} {message_id}", **copy))
    confirm(words("{verb} these {count} message(s)?", verb=verb, count=len(copies)), given["yes"])


def _settled(client: Client, sent: list[Submitted], given: dict[str, Any]) -> list[Submitted]:
    return [settled(client, one, given) for one in sent]


def _item(text: str) -> dict[str, Any]:
    number, equals, words_ = text.partition("=")
    if not equals or not number.strip().isdecimal():
        raise InvalidInput(
            words("an item is NUMBER=TEXT"),
            field="item",
            remedy=words('for example --item "1=Which?"'),
        )
    return {"number": int(number), "text": words_}


def _field(text: str) -> tuple[str, str]:
    path, equals, now = text.partition("=")
    if not equals or not path.startswith("/"):
        raise InvalidInput(
            words("a correction is PATH=TEXT"),
            field="set",
            remedy=words('for example --set "/body/what=Fewer departures"'),
        )
    return path, now
