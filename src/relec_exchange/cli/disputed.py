"""`relec audit disputed`: what depended on keys that were revoked."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words

_REVOKED = ("node", "kind", "key", "since", "reason")
_MESSAGES = ("direction", "message_id", "peer", "type", "at", "why")
_ENTRIES = ("origin", "index", "message_id", "type", "received_at", "outcome")
_TEXTS = ("node", "what", "subject", "hash")


@click.command()
@place_options
@json_option
def disputed(place: Place, as_json: bool) -> None:
    """List what depended on revoked keys: messages, log entries, and texts of authorities.

    `why` is log (beyond the last good entry), sealing (somebody else may have read it) or
    authority (the agreement that allowed it does not count until it is signed again). For auditors
    and security officers; the look is logged.

    \b
    relec --officer audit audit disputed
    """
    with place.client() as client:
        found = client.trust.disputed()
    if as_json:
        print_json(found)
        return
    if not found["revoked"]:
        say(words("No key of any node is revoked."))
        return
    _table(words("Revoked keys"), _REVOKED, found["revoked"])
    _table(words("Messages"), _MESSAGES, found["messages"])
    _table(words("Entries beyond the last good one"), _ENTRIES, found["entries"])
    _table(words("Texts that do not count"), _TEXTS, found["texts"])
    totals = words("{messages_total} messages and {entries_total} entries are disputed.", **found)
    say(totals)


def _table(title: str, columns: tuple[str, ...], items: list[dict[str, Any]]) -> None:
    if items:
        table(title, columns, [[item[name] for name in columns] for item in items])
