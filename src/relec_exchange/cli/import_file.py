"""`relec import`: messages from the rows of a CSV file, after telling what is wrong with it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.delivery import recipients
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, progress, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted
    from relec_exchange.importing import DraftMessage, ImportPlan
    from relec_exchange.trust.officer import OfficerKey

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BATCH = 256


@click.command(name="import")
@click.argument("file", type=_FILE)
@place_options
@click.option("--mapping", type=_FILE, required=True, help="What the columns mean (TOML).")
@click.option("--to", help="The nodes, for example pk,iq.")
@click.option("--dry-run", is_flag=True, help="Only say what is wrong and what would be sent.")
@click.option("--good-rows", is_flag=True, help="Send what is good although some rows are not.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def import_file(place: Place, file: Path, as_json: bool, **given: Any) -> None:
    """Make messages from the rows of a CSV FILE and send them.

    All problems are told at once, with line, field and rule. The same file can be imported
    again: rows that were sent before are not sent a second time.

    \b
    relec import detections.csv --mapping config/import/detections.toml --to iq,tr --dry-run
    relec import incidents.csv --mapping config/import/incidents.toml --to iq,tr --yes
    """
    from relec_exchange.importing import load_mapping, read_import

    plan = read_import(file, load_mapping(given["mapping"]))
    nodes = recipients(given["to"]) if given["to"] or not given["dry_run"] else []
    told = _summary(plan, nodes)
    if not as_json:
        _show(plan, nodes)
    if given["dry_run"]:
        _finish(as_json, told, bool(plan.problems))
        return
    if plan.problems and not given["good_rows"]:
        if as_json:
            print_json(told)
        raise InvalidInput(
            f"{len(plan.problems)} problems in the file; nothing was sent",
            field="file",
            remedy="mend them, or send the good rows with --good-rows",
        )
    count = len(plan.drafts) * len(nodes)
    confirm(words("Send {count} messages?", count=count), given["yes"])
    with place.client() as client:
        sent = _sent(client, plan, nodes, not as_json)
    told["sent"] = _counted(sent)
    told["refused"] = [_refusal(one) for one in sent if _fault(one)]
    if not as_json:
        _show_result(told)
    _finish(as_json, told, bool(plan.problems or told["refused"]))


def _sent(client: Client, plan: ImportPlan, nodes: list[str], shown: bool) -> list[Submitted]:
    """Submit in batches; a key per draft and node makes a second import harmless."""
    from relec_exchange.client import Draft

    pairs = [(draft, node) for node in nodes for draft in plan.drafts]
    keys = _keys(client.wire.key, pairs)
    sent: list[Submitted] = []
    with progress(words("sending"), len(pairs), shown) as advance:
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            drafts: list[Draft] = [
                Draft(d.type, n, d.body, {"area": d.area, **d.header}) for d, n in part
            ]
            sent += client.submit_many(drafts, keys[start : start + _BATCH])
            advance(len(part))
    return sent


def _keys(officer: OfficerKey, pairs: list[tuple[DraftMessage, str]]) -> list[str]:
    """An idempotency key per message: the same content to the same node has the same one.

    Rows that repeat each other are separate events: they are counted. A row that was corrected, or
    stands in another file, has a key of its own.
    """
    from relec_exchange.message.encoding import canonical_with_decimals

    seen: Counter[bytes] = Counter()
    keys = []
    for draft, node in pairs:
        header = {name: value for name, value in draft.header.items() if name != "own_ref"}
        content = canonical_with_decimals([node, draft.type, draft.area, header, draft.body])
        seen[content] += 1
        keys.append(officer.keyed_digest(b"%d\n%b" % (seen[content], content)))
    return keys


def _fault(one: Submitted) -> bool:
    """Whether it was refused; what was sent by an earlier import is no fault."""
    return one.error is not None and not isinstance(one.error, Conflict)


def _counted(sent: list[Submitted]) -> dict[str, int]:
    counts = {"sent": 0, "sent_before": 0, "refused": 0}
    for one in sent:
        if one.error is None:
            counts["sent"] += 1
        else:
            counts["refused" if _fault(one) else "sent_before"] += 1
    return counts


def _refusal(one: Submitted) -> dict[str, str]:
    return {"recipient": one.recipient, "error": str(one.error)}


def _summary(plan: ImportPlan, nodes: list[str]) -> dict[str, Any]:
    return {
        "rows": plan.rows_read,
        "left_out": plan.rows_left_out,
        "messages": len(plan.drafts),
        "recipients": nodes,
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
    }


def _show(plan: ImportPlan, nodes: list[str]) -> None:
    if plan.problems:
        rows = [(one.line, one.field, one.rule, one.value, one.remedy) for one in plan.problems]
        table(words("Problems"), ("line", "field", "rule", "value", "remedy"), rows)
    say(
        words(
            "{rows} rows, {left_out} left out, {messages} messages for {nodes},"
            " {problems} problems",
            rows=plan.rows_read,
            left_out=plan.rows_left_out,
            messages=len(plan.drafts),
            nodes=", ".join(nodes) or words("nobody"),
            problems=len(plan.problems),
        )
    )


def _show_result(told: dict[str, Any]) -> None:
    say(words("{sent} sent, {sent_before} sent before, {refused} refused", **told["sent"]))
    if told["refused"]:
        rows = [(one["recipient"], one["error"]) for one in told["refused"][:20]]
        table(words("Refused"), ("to", ""), rows)


def _finish(as_json: bool, told: dict[str, Any], imperfect: bool) -> None:
    if as_json:
        print_json(told)
    if imperfect:
        click.get_current_context().exit(InvalidInput.exit_code)
