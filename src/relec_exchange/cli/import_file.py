"""`relec import`: messages from the rows of a CSV file or workbook, after telling what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli import import_told
from relec_exchange.cli.codes import Nodes
from relec_exchange.cli.delivery import recipients
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.import_figures import counted, without_small
from relec_exchange.cli.import_release import release_waiting
from relec_exchange.cli.output import json_option, print_json, progress
from relec_exchange.cli.questions import answered
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted
    from relec_exchange.importing import Before, Compared, ImportMapping, ImportPlan

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BATCH = 256
# Asked once for all messages of a file: their texts come from its columns and the mapping.
_QUESTION = "answer:no-person-recognisable"


@click.command(name="import")
@click.argument("file", type=_FILE)
@place_options
@click.option("--mapping", type=_FILE, required=True, help="What the columns mean (TOML).")
@click.option("--to", type=Nodes(), help="The nodes, for example pk,iq.")
@click.option("--dry-run", is_flag=True, help="Only say what is wrong and what would be sent.")
@click.option("--good-rows", is_flag=True, help="Send what is good although some rows are not.")
@click.option(
    "--nobody-recognisable",
    is_flag=True,
    help="You read the texts of this file: no person can be recognised from them.",
)
@click.option(
    "--release",
    is_flag=True,
    help="Release what another officer imported from the same file and waits.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def import_file(place: Place, file: Path, as_json: bool, **given: Any) -> None:
    """Make messages from the rows of a CSV FILE or an Excel workbook and send them.

    All problems are told at once, with line, field and rule. The same file can be imported
    again: what was sent before is not sent a second time, and what changed since is sent as the
    next revision, naming the message it replaces.

    Where a second officer is needed, that officer looks at the same file and runs the same
    command with --release: what waits is opened, compared with the file, and released.

    \b
    relec import detections.xlsx --mapping config/import/detections.toml --to iq,tr --dry-run
    relec import incidents.csv --mapping config/import/incidents.toml --to iq,tr --yes
    """
    from relec_exchange.importing import load_mapping, read_import

    mapping = load_mapping(given["mapping"])
    plan = read_import(file, mapping)
    if given["dry_run"]:
        _dry_run(place, mapping, plan, recipients(given["to"]) if given["to"] else [], as_json)
        return
    nodes = recipients(given["to"])
    if given["release"]:
        with place.client() as client:
            items, _ = _compared(client, mapping.name, plan, nodes)
            released = release_waiting(client, items, given["yes"], as_json)
        _finish(as_json, released, bool(released["refused"]))
        return
    with place.client() as client:
        items, before = _compared(client, mapping.name, plan, nodes)
        safe = without_small(client, mapping, plan, items, before)
        told = import_told.summary(plan, nodes, safe.items, safe.suppressed, safe.erased)
        told["not_for_recipient"] = len(items) - len(safe.items)
        if not as_json:
            import_told.show(told)
        _stop_at_problems(plan, told, given["good_rows"], as_json)
        due = [one for one in safe.items if one.standing != "unchanged"]
        confirm(words("Send {count} messages?", count=len(due)), given["yes"])
        answers = answered([_QUESTION], given) if due else []
        sent = _sent(client, due, answers, not as_json)
    told["sent"] = import_told.result(sent, len(safe.items) - len(due))
    told["waiting"] = import_told.waiting(sent)
    told["refused"] = import_told.refused(sent)
    if not as_json:
        import_told.show_result(told)
    _finish(as_json, told, bool(plan.problems or told["refused"]))


def _dry_run(
    place: Place, mapping: ImportMapping, plan: ImportPlan, nodes: Sequence[str], as_json: bool
) -> None:
    """Tell what would be sent. It needs no node; one that runs is asked what it sent before."""
    compared = None
    if nodes and place.officer and place.running():
        with place.client() as client:
            compared, _ = _compared(client, mapping.name, plan, nodes)
    told = import_told.summary(plan, nodes, compared, counted(mapping, plan))
    if not as_json:
        import_told.show(told)
    _finish(as_json, told, bool(plan.problems))


def _compared(
    client: Client, name: str, plan: ImportPlan, nodes: Sequence[str]
) -> tuple[list[Compared], list[Before]]:
    """What to do with each draft for each node, and what the node has of it."""
    from relec_exchange.importing import Before, addressed, compared

    items = addressed(name, plan.drafts, nodes)
    asked = [
        {"recipient": one.recipient, "subject": one.subject, "content": one.content}
        for one in items
    ]
    answers = client.imports.compare(asked)
    before = [Before(**{**one, "told": tuple(one["told"])}) for one in answers]
    return compared(items, before), before


def _stop_at_problems(
    plan: ImportPlan, told: dict[str, Any], good_rows: bool, as_json: bool
) -> None:
    if not plan.problems or good_rows:
        return
    if as_json:
        print_json(told)
    raise InvalidInput(
        f"{len(plan.problems)} problems in the file; nothing was sent",
        field="file",
        remedy="mend them, or send the good rows with --good-rows",
    )


def _sent(
    client: Client, due: Sequence[Compared], answers: Sequence[str], shown: bool
) -> list[Submitted]:
    """Submit in batches; the key of each makes trying again harmless."""
    from relec_exchange.client import Draft

    sent: list[Submitted] = []
    with progress(words("sending"), len(due), shown) as advance:
        for start in range(0, len(due), _BATCH):
            part = due[start : start + _BATCH]
            drafts = [
                Draft(
                    one.draft.type,
                    one.recipient,
                    one.draft.body,
                    {"area": one.draft.area, **one.draft.header},
                )
                for one in part
            ]
            sent += client.submit_many(drafts, [one.key for one in part], answers)
            advance(len(part))
    return sent


def _finish(as_json: bool, told: dict[str, Any], imperfect: bool) -> None:
    if as_json:
        print_json(told)
    if imperfect:
        click.get_current_context().exit(InvalidInput.exit_code)
