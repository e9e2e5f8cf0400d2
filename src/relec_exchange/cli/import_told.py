"""What `relec import` tells: problems, what would be sent, what was sent; as tables or as JSON.

Contract: prints and decides nothing. Names of fields in JSON are stable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.cli.output import say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict

if TYPE_CHECKING:
    from relec_exchange.client import Submitted
    from relec_exchange.importing import Compared, ImportPlan

Json = dict[str, Any]

_SHOWN_MAX: Final = 50


def summary(
    plan: ImportPlan,
    nodes: Sequence[str],
    compared: Sequence[Compared] | None,
    suppressed: int,
    erased: int = 0,
) -> Json:
    """The plan as JSON; `compared` is None where the node was not asked what it sent before.

    `suppressed` counts the small figures taken out, `erased` earlier copies that are gone.
    """
    told: Json = {
        "rows": plan.rows_read,
        "left_out": plan.rows_left_out,
        "messages": len(plan.drafts),
        "suppressed": suppressed,
        "erased": erased,
        "recipients": list(nodes),
        "problems": [
            {
                "line": one.line,
                "field": one.field,
                "rule": one.rule,
                "value": one.value,
                "remedy": one.remedy,
            }
            for one in plan.problems
        ],
        "compared": compared is not None,
    }
    if compared is not None:
        counts = Counter(one.standing.value for one in compared)
        told |= {name: counts[name] for name in ("new", "changed", "unchanged")}
        told["changes"] = [_change(one) for one in compared if one.standing == "changed"]
    return told


def show(told: Json) -> None:
    """Problems first, then what would be sent."""
    if told["problems"]:
        rows = [tuple(one.values()) for one in told["problems"]]
        table(words("Problems"), ("line", "field", "rule", "value", "remedy"), rows)
    say(
        words(
            "{rows} rows, {left_out} left out, {messages} messages for {nodes},"
            " {problems} problems",
            rows=told["rows"],
            left_out=told["left_out"],
            messages=told["messages"],
            nodes=", ".join(told["recipients"]) or words("nobody"),
            problems=len(told["problems"]),
        )
    )
    if told["suppressed"]:
        say(
            words(
                "{suppressed} figures are left out of the tables: small ones, and others"
                " that would tell them",
                **told,
            )
        )
    if told["erased"]:
        say(words("{erased} earlier copies were erased and cannot be compared", **told))
    if told.get("not_for_recipient"):
        text = "{not_for_recipient} reports hold nothing but what their recipient must not have"
        say(words(text, **told))
    if not told["compared"]:
        say(words("not compared with what was sent before: that needs --to and an officer"))
        return
    say(words("{new} new, {changed} changed, {unchanged} unchanged", **told))
    _show_changes(told["changes"])


def result(sent: Sequence[Submitted], unchanged: int) -> Json:
    """What became of the submissions; what an earlier import sent is no fault."""
    counts = {"sent": 0, "sent_before": unchanged, "refused": 0}
    for one in sent:
        if one.error is None:
            counts["sent"] += 1
        elif isinstance(one.error, Conflict):
            counts["sent_before"] += 1
        else:
            counts["refused"] += 1
    return counts


def waiting(sent: Sequence[Submitted]) -> int:
    """How many of those submitted wait for another officer."""
    return sum(1 for one in sent if one.error is None and one.status != "released")


def refused(sent: Sequence[Submitted]) -> list[Json]:
    """Those that the node refused, and why."""
    return [
        {"recipient": one.recipient, "error": str(one.error)}
        for one in sent
        if one.error is not None and not isinstance(one.error, Conflict)
    ]


def show_result(told: Json) -> None:
    """The counts, and the first of the refusals."""
    say(words("{sent} sent, {sent_before} sent before, {refused} refused", **told["sent"]))
    if told["waiting"]:
        say(words("{waiting} of those sent wait for another officer", **told))
    if told["refused"]:
        rows = [(one["recipient"], one["error"]) for one in told["refused"][:_SHOWN_MAX]]
        table(words("Refused"), ("to", ""), rows)


def _show_changes(changes: Sequence[Json]) -> None:
    if not changes:
        return
    rows = [
        (one["recipient"], one["reference"], one["revision"], one["supersedes"])
        for one in changes[:_SHOWN_MAX]
    ]
    table(words("Changed"), ("to", "reference", "revision", "replaces"), rows)
    if len(changes) > _SHOWN_MAX:
        say(words("and {more} more", more=len(changes) - _SHOWN_MAX))


def _change(one: Compared) -> Json:
    return {
        "recipient": one.recipient,
        "reference": str(one.draft.header.get("own_ref", "")),
        "revision": one.revision,
        "supersedes": one.supersedes,
    }
