"""`relec return`: a message goes back to who submitted it, with a comment."""

from __future__ import annotations

import sys

import click

from relec_exchange.cli.delivery import report
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

COMMENT_MAX = 4000


@click.command(name="return")
@click.argument("message_id")
@place_options
@click.option("--comment", help="Why; it is asked for, or read from standard input with `-`.")
@json_option
def return_(place: Place, message_id: str, comment: str | None, as_json: bool) -> None:
    """Send a message that waits back to who submitted it; it never leaves.

    The comment is kept encrypted. A comment that names a person belongs on standard input, not
    among the arguments, which other users of this machine can see.

    \b
    relec return 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --comment "Say which border section"
    relec return 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --comment - < comment.txt
    """
    text = _comment(comment)
    with place.client() as client:
        report(client, [client.send_back(message_id, text)], {}, as_json)


def _comment(given: str | None) -> str:
    if given == "-":
        return sys.stdin.read(COMMENT_MAX + 1).strip()
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(click.prompt(words("Why does it go back?"), err=True))
    raise InvalidInput(
        words("say why it goes back"), field="comment", remedy=words("use --comment TEXT")
    )
