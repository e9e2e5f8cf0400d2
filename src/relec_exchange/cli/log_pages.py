"""Entries of a log, page by page from the node, and in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.output import cell

if TYPE_CHECKING:
    from relec_exchange.client import Client

PAGE = 1000
"""How many entries the node gives at once."""

log_option = click.option(
    "--log",
    default="exchange",
    show_default=True,
    help="exchange or activity; a closed one by its number, as exchange-1.",
)


def entries(client: Client, log: str, start: int, count: int) -> list[bytes]:
    """Entries of a log from `start` on, at most `count` (and never more than a page)."""
    from relec_exchange.message.encoding import unb64

    page = client.wire.get(f"/v1/audit/{log}/entries", start=start, count=count)
    return [unb64(one["entry"]) for one in page["entries"]]


def facts(entry: dict[str, Any]) -> str:
    """What an entry says in one line, without its kind, its time and its long hashes."""
    left_out = {"kind", "time", "network", "random", "rules", "commitment", "signature", "card"}
    facts = {name: value for name, value in entry.items() if name not in left_out and value != ""}
    return " ".join(f"{name}={cell(value)}" for name, value in facts.items())
