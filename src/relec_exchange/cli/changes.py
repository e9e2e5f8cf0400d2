"""`relec notices`, `proposals`, `expiring`: what changes between states, and what runs out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, table
from relec_exchange.cli.words import words

_NOTICES = ("node", "kind", "action", "state", "with", "starts", "ends", "about", "reason", "hash")
_PROPOSALS = (
    "received_at",
    "proposer",
    "title",
    "version",
    "parties",
    "valid_until",
    "signed_by",
    "hash",
)
_SHOWN = 16  # of a hash; all of it stands in --json
_ENDS = ("ends_at", "days", "what", "subject")


@click.command()
@place_options
@json_option
def notices(place: Place, as_json: bool) -> None:
    """List terminations, suspensions and revocations that this node holds.

    \b
    relec notices
    relec notices --json
    """
    with place.client() as client:
        found = client.trust.notices()
    if as_json:
        print_json({"notices": found})
        return
    _table(words("Notices"), _NOTICES, (_notice(one) for one in found))


@click.command()
@click.argument("digest", metavar="[HASH]", required=False)
@place_options
@json_option
def proposals(place: Place, digest: str | None, as_json: bool) -> None:
    """List the texts of agreements that somebody proposed; with HASH, print one to read and sign.

    \b
    relec proposals
    relec proposals 3f9c > proposed.agreement
    """
    with place.client() as client:
        found = client.trust.proposals()
    if digest is not None:
        found = [one for one in found if one["hash"].startswith(digest.removeprefix("sha256/"))]
    if as_json:
        print_json({"proposals": found})
    elif digest is not None and len(found) == 1:
        click.echo(found[0]["text"], nl=False)
    else:
        lists = ("parties", "signed_by")
        _table(words("Proposals"), _PROPOSALS, (_joined(one, lists) for one in found))


@click.command()
@place_options
@click.option("--days", type=click.IntRange(0, 3650), default=60, show_default=True)
@json_option
def expiring(place: Place, days: int, as_json: bool) -> None:
    """List what ends soon: cards, agreements, keys, certificate, consents, legal holds.

    \b
    relec expiring
    relec expiring --days 365 --json
    """
    with place.client() as client:
        found = client.trust.expiring(days)
    if as_json:
        print_json({"expiring": found})
        return
    _table(words("Ends within {days} days", days=days), _ENDS, found)


def _notice(one: dict[str, Any]) -> dict[str, Any]:
    """A notice as a row: what it is about in one cell."""
    texts = [one["agreement"], *one["lifts"]]
    about = [*(text[:_SHOWN] for text in texts), one["key"], *one["areas"], *one["types"]]
    return {
        **one,
        "with": " ".join(one["partners"]),
        "about": " ".join(part for part in about if part),
        "hash": one["hash"][:_SHOWN],
    }


def _joined(one: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    lists = {name: " ".join(one[name]) for name in names}
    return {**one, **lists, "hash": one["hash"][:_SHOWN]}


def _table(title: str, columns: tuple[str, ...], found: Iterable[dict[str, Any]]) -> None:
    heads = [name.replace("_", " ") for name in columns]
    table(title, heads, [tuple(one[name] for name in columns) for one in found])
