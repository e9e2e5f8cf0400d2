"""`relec audit gaps`: numbers that went missing, and how they ended."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import cell, json_option, print_json, say, table
from relec_exchange.cli.words import words

Json = dict[str, Any]

_THEIRS = ("peer", "class", "numbers", "since", "asked", "last asked", "closed", "how it ended")
_OURS = ("peer", "class", "number", "type", "sent", "missing since", "sent again", "how it ended")


@click.command()
@place_options
@click.option("--open", "open_only", is_flag=True, help="Only what is missing now.")
@click.option("--peer", default="", help="Of this partner only.")
@json_option
def gaps(place: Place, open_only: bool, peer: str, as_json: bool) -> None:
    """List numbers that went missing: of partners here, and of ours at partners.

    Since when, how often they were asked for, and how they ended: arrived, void (the sender
    declared them empty), given-up (of a log that was closed), expired, or still missing.

    \b
    relec --officer audit audit gaps
    relec --officer audit audit gaps --open
    """
    with place.client() as client:
        found = client.auditing.gaps()
    theirs = [one for one in found["theirs"] if peer in ("", one["peer"])]
    ours = [one for one in found["ours"] if peer in ("", one["peer"])]
    if open_only:
        theirs = [one for one in theirs if not one["closed_at"]]
        ours = [one for one in ours if one["ended"] == "missing"]
    if as_json:
        print_json({"theirs": theirs, "ours": ours})
        return
    if not theirs and not ours:
        say(_none(peer, open_only))
        return
    if theirs:
        table(words("Of partners, missing here"), _THEIRS, [_their_row(one) for one in theirs])
    if ours:
        table(words("Of ours, missing at partners"), _OURS, [_our_row(one) for one in ours])


def _none(peer: str, open_only: bool) -> str:
    """No more than was looked at: one partner or all of them."""
    if peer:
        text = "No number is missing between {peer} and this node."
        ever = "No record of a missing number between {peer} and this node."
        return words(text if open_only else ever, peer=peer)
    return words("No number is missing.") if open_only else words("No number ever went missing.")


def _their_row(gap: Json) -> list[str]:
    numbers = str(gap["first"])
    if gap["last"] != gap["first"]:
        numbers = f"{gap['first']} to {gap['last']}"
    ended = ", ".join(f"{count} {how}" for how, count in sorted(gap["ended"].items()))
    return [
        gap["peer"],
        gap["class"],
        numbers,
        gap["since"],
        _times(gap["asks"]),
        gap["asked_at"],
        gap["closed_at"],
        ended,
    ]


def _our_row(gap: Json) -> list[str]:
    ended = f"{gap['ended']} ({gap['reason']})" if gap["reason"] else gap["ended"]
    return [
        gap["peer"],
        gap["class"],
        cell(gap["number"]),
        gap["type"],
        gap["sent_at"],
        gap["missing_since"],
        _times(gap["resent"]),
        ended,
    ]


def _times(count: int) -> str:
    return words("once") if count == 1 else words("{count} times", count=count)
