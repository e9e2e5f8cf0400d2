"""`relec broker diff`: where the broker differs from what the cards say; nothing is changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.errors import Conflict

_EXISTING = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("cards", type=_EXISTING)
@click.option("--overlap", is_flag=True, help="Users of earlier cards in CARDS may stay.")
@click.option("--check", is_flag=True, help="End with exit code 6 if there is any difference.")
@click.option("--rabbitmqctl", default="rabbitmqctl", envvar="RELEC_RABBITMQCTL", show_default=True)
@json_option
def diff(cards: Path, overlap: bool, check: bool, rabbitmqctl: str, as_json: bool) -> None:
    """Show where the broker differs from the cards in CARDS (*.card), as what would be done.

    A create stands for what is missing, a remove for what somebody added, a replace for what was
    changed behind our back.

    \b
    relec broker diff cards/
    relec broker diff cards/ --check --json
    """
    from relec_exchange.adapters.rabbitmq.control import Control
    from relec_exchange.adapters.rabbitmq.drift import compare
    from relec_exchange.adapters.rabbitmq.members import members_from_cards
    from relec_exchange.adapters.rabbitmq.topology import definitions

    members = members_from_cards(cards, datetime.now(UTC), overlap=overlap)
    wanted = definitions([each.member for each in members])
    control = Control(rabbitmqctl, os.environ)
    found = [str(change) for change in compare(wanted, control.definitions())]
    if as_json:
        print_json({"drift": found})
    else:
        for line in found or ["as the cards say"]:
            say(line)
    if check and found:
        raise Conflict(
            f"the broker differs from the cards in {len(found)} places",
            field="broker",
            remedy="relec broker apply, once you know who changed it",
        )
