"""`relec audit policy`: who must have cosigned the logs of a node, for programs of others."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json


@click.command()
@place_options
@click.option("--node", default="", help="Whose logs.  [default: this node's]")
@click.option("--at", default="", help="The time, as 2026-11-01T12:00:00.000Z.  [default: now]")
@json_option
def policy(place: Place, node: str, at: str, as_json: bool) -> None:
    """Print the witnesses of a node's logs and their quorum, as C2SP tlog-policy.

    From the cards in this home, whose authorities somebody has compared; the node need not run.
    Each witness has two keys, and must have signed with both.

    \b
    relec audit policy > tr.policy
    relec audit policy --node pk --at 2026-11-01T12:00:00.000Z
    """
    from relec_exchange.audit.policy import format_policy
    from relec_exchange.message.identifiers import parse_time
    from relec_exchange.trust.witnesses import nodes_of, quorum_of, witnesses

    directory = place.directory().directory
    owner = node or directory.own
    moment = parse_time(at, field="at") if at else datetime.now(UTC)
    logs = [directory.log_key(log.origin).public for log in directory.card(owner).card.logs]
    found = witnesses(directory, owner, moment)
    text = format_policy(logs, found)
    if as_json:
        nodes = nodes_of(found)
        told = {"node": owner, "witnesses": nodes, "quorum": quorum_of(len(nodes))}
        print_json({**told, "policy": text})
        return
    click.echo(text, nl=False)
