"""`relec status`: the node and its partners at a glance."""

from __future__ import annotations

from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say, say_folded, table
from relec_exchange.cli.words import words

_PARTNERS = ("node", "mutual", "last_round_at", "silent_since", "clock")


@click.command()
@place_options
@json_option
def status(place: Place, as_json: bool) -> None:
    """Show the node, its broker, its alarms, and each partner with the difference of clocks.

    A clock is wrong when it differs by more than half of what a message may be ahead.

    \b
    relec status
    """
    with place.client() as client:
        info = client.info()
    if as_json:
        print_json(info)
        return
    broker = info["broker"] or {"connected": False, "last_error": ""}
    lines = (
        words("Node {node} of {network} ({network_kind}): {status}", **info),
        words("Card {version}, valid until {valid_until}", **info["card"]),
        words("Broker: connected") if broker["connected"] else words("Broker: not connected"),
        words("Alarms: {alarms}", **info),
    )
    for line in (*lines, *_standing(info["standing"]), *_witnessing(info["witnessing"])):
        say(line)
    heads = [name.replace("_", " ") for name in _PARTNERS]
    table(words("Partners"), heads, [_row(one) for one in info["partners"]])
    apart = [one["node"] for one in info["partners"] if not one["mutual"]]
    if apart:
        say_folded(
            words(
                "Nothing goes to or comes from {nodes}: the card of one end, as it is held here, "
                "does not list the other. Import the partner's newest card, or list it in yours.",
                nodes=", ".join(apart),
            )
        )


def _witnessing(found: dict[str, Any]) -> list[str]:
    """How much of the logs no quorum has cosigned."""
    never = found["closed_unwitnessed"]
    ended = (
        [words("Of closed logs, never witnessed: {count} entries", count=never)] if never else []
    )
    if not found["witnesses"]:
        return [words("Witnesses: none. Nobody else cosigns this node's log."), *ended]
    told = {**found, "count": len(found["witnesses"])}
    lines = [words("Witnesses: {quorum} of {count} are a quorum", **told), *ended]
    if not found["unwitnessed"]:
        return [*lines, words("All entries of the log that is written are witnessed.")]
    lines.append(words("Not witnessed yet: {unwitnessed} entries, since {since}", **told))
    if found["missing"]:
        lines.append(words("Has not cosigned: {nodes}", nodes=", ".join(found["missing"])))
    return lines


def _standing(standing: dict[str, Any]) -> list[str]:
    """Lines for a node that must not sign."""
    if standing["state"] == "signing":
        return []
    lines = [words("It signs nothing: {why}.", **standing)]
    if standing["state"] == "listening":
        lines.append(words("It listens since {since}, until {until} at the latest", **standing))
        lines.append(words("Heard: {nodes}", nodes=", ".join(standing["heard"]) or "-"))
        lines.append(words("Waits for: {nodes}", nodes=", ".join(standing["missing"]) or "-"))
        lines += [
            words("{node} {what}", node=node, what=", ".join(found))
            for node, found in standing["doubts"].items()
        ]
    else:
        lines.append(words("Found: {found}", **standing))
        lines.append(words("Messages that wait to be judged: {sheltered}", **standing))
    return [*lines, words("What to do: {remedy}", **standing)]


def _row(partner: dict[str, Any]) -> tuple[object, ...]:
    shown = {**partner, "clock": _clock(partner)}
    return tuple(shown[name] for name in _PARTNERS)


def _clock(partner: dict[str, Any]) -> str:
    """The difference in seconds, and a word where it is too large."""
    skew = partner["clock_skew_ms"]
    if skew is None:
        return ""
    told = words("{seconds} s", seconds=f"{skew / 1000:+.1f}")
    return f"{told} ({words('wrong')})" if partner["clock_wrong"] else told
