"""`relec disclose`: a field that was withheld, told later and proven unaltered."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.delivery import report
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option
from relec_exchange.cli.questions import flagged, question_options, settled
from relec_exchange.cli.words import words


@click.command()
@click.argument("message_id")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@place_options
@click.option("--why", required=True, help="Why it is disclosed now, for who gets it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@question_options
@json_option
def disclose(
    place: Place, message_id: str, paths: tuple[str, ...], as_json: bool, **given: Any
) -> None:
    """Disclose fields that were withheld from a message of ours, to who got it.

    PATH is a field as `relec show --open` names it. The present agreement must allow it; the
    protection rules look at the whole message. The recipient checks that it is what was cut.

    \b
    relec disclose 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b /body/persons/0/birth \\
        --why "The amended agreement allows birth dates"
    """
    with place.client() as client:
        line = client.show(message_id, "out")
        question = words(
            "Disclose {count} field(s) to {recipient}?",
            count=len(paths),
            recipient=line["recipient"],
        )
        confirm(question, given["yes"])
        sent = client.disclose(message_id, paths, given["why"], flagged(given))
        report(client, [settled(client, sent, given)], {}, as_json)
