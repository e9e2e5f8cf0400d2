"""`relec audit replay`: every decision made again and compared with what was logged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, progress, say, say_folded, table
from relec_exchange.cli.reasons import check_reason
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.client import Client

Json = dict[str, Any]

DIFFERENT = 9
"""The exit code where a decision does not come out the same."""

_SHOWN = 20
_LOG = click.option(
    "--log", default="activity", show_default=True, help="A closed one by its number: activity-1."
)


@click.command()
@place_options
@_LOG
@click.option("--protection", is_flag=True, help="Decisions of the protection rules instead.")
@click.option("--reason", default="", help="Why content is opened for that: one word, logged.")
@click.option("--message", "only", default="", help="With --protection, this message alone.")
@click.option("--yes", is_flag=True, help="Do not ask before content is opened.")
@json_option
def replay(place: Place, log: str, protection: bool, **given: Any) -> int:
    """Decide again what was decided, from the log and the agreements of then, and compare.

    Decisions of agreements need no content. With --protection, messages are judged by the
    protection rules again: their content is opened for that inside the node, which is logged for
    each of them with your reason; you are told whether the outcome is the same, and nothing that
    stands in them. Ends with exit code 9 if any decision differs.

    \b
    relec --officer audit audit replay
    relec --officer audit audit replay --protection --reason inspection
    """
    if protection != bool(given["reason"]):
        raise InvalidInput(
            words("content is opened for a reason, and for --protection only"),
            field="reason",
            remedy=words("use --protection --reason WORD, for example inspection"),
        )
    if given["only"] and not protection:
        raise InvalidInput(
            words("one message alone is judged again with --protection only"),
            field="message",
            remedy=words("leave --message out: replay decides every message of the log again"),
        )
    if protection:
        check_reason(given["reason"])
    with place.client() as client:
        if protection:
            return _protection(client, given)
        return _agreements(client, log, as_json=given["as_json"])


def _agreements(client: Client, log: str, *, as_json: bool) -> int:
    names = ("decisions", "same", "not_asked", "different")
    told: Json = {**dict.fromkeys(names, 0), "differences": []}
    bar = words("deciding again")
    size = client.wire.get(f"/v1/audit/{log}")["size"]
    with progress(bar, size, not as_json) as done:
        before = 0
        for page in client.auditing.replay(log):
            for name in names:
                told[name] += page[name]
            told["differences"] += page["differences"]
            done((page["next"] or page["size"]) - before)
            before = page["next"] or page["size"]
    if as_json:
        print_json(told)
        return DIFFERENT if told["different"] else 0
    say_folded(words("{decisions} decisions: {same} come out as they were logged.", **told))
    if told["not_asked"]:
        text = "{not_asked} did not ask an agreement; there is nothing to compare."
        say_folded(words(text, **told))
    if told["different"]:
        say_folded(words("{different} DO NOT come out as they were logged:", **told))
        columns = ("log", "index", "time", "message", "direction", "outcome", "rule", "why")
        facts = ("origin", "index", "time", "id", "direction", "outcome", "rule", "why")
        shown = told["differences"][:_SHOWN]
        table(words("First differences"), columns, [[one[n] for n in facts] for one in shown])
    return DIFFERENT if told["different"] else 0


def _protection(client: Client, given: Json) -> int:
    lines = [one for one in client.auditing.judgements() if one["content"]]
    if given["only"]:
        lines = [one for one in lines if one["message_id"] == given["only"]]
    if not lines:
        raise NotFound(words("there is no judgement whose content is still here"), field="message")
    wanted = {(one["message_id"], one["direction"]) for one in lines}
    confirm(words("Open the content of {count} messages?", count=len(wanted)), given["yes"])
    again: list[Json] = []
    with progress(words("judging again"), len(wanted), not given["as_json"]) as done:
        for ident, direction in sorted(wanted):
            again.append(client.auditing.unseal(ident, direction, given["reason"]))
            done(1)
    differing = [one for one in again if not one["same"]]
    if given["as_json"]:
        print_json({"judged": again, "different": len(differing)})
        return DIFFERENT if differing else 0
    counts = Counter(one["outcome"] for one in again)
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    say_folded(words("Judged again: {count} ({told}).", count=len(again), told=told))
    _say_differing(differing)
    return DIFFERENT if differing else 0


def _say_differing(differing: list[Json]) -> None:
    if not differing:
        say(words("Every judgement comes out the same."))
        return
    columns = ("message id", "direction", "at", "outcome", "now", "rules changed since")
    names = ("message_id", "direction", "at", "outcome", "now", "rules_changed")
    rows = [[one[name] for name in names] for one in differing]
    table(words("Judgements that come out otherwise"), columns, rows)
