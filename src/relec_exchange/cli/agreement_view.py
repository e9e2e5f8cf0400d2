"""`relec agreement matrix|explain`: who may send what to whom, and why or why not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.check import asked, question_of, question_options, time_of
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, print_json, say, say_folded, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Refused

if TYPE_CHECKING:
    from relec_exchange.trust.matrix import Cell, Matrix

_OUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@question_options
def explain(place: Place, type_name: str, as_json: bool, **given: Any) -> None:
    """Say in one paragraph why TYPE may be sent to a node, or why not, and when that changes.

    It names the text, the grant and the dates. Ends with 0 if it may be sent, with 3 if not.

    \b
    relec agreement explain info.request --to pk
    relec agreement explain warning.notice --from pk --to tr --at 2027-01-01
    """
    question = question_of(place, type_name, given)
    answer = asked(place, question)
    if as_json:
        print_json({"question": question, **answer})
    else:
        say_folded(answer["explanation"])
    if not answer["allowed"]:
        click.get_current_context().exit(Refused.exit_code)


@click.command()
@place_options
@click.option("--node", "nodes", multiple=True, help="Only these; give several.  [default: all]")
@click.option("--at", default="", help="UTC, 2026-12-01 or 2026-12-01T06:00Z.  [default: now]")
@click.option("--svg", type=_OUT, help="Draw it into this file.")
@click.option("--title", default="Who may send what to whom", show_default=True)
@json_option
def matrix(
    place: Place, nodes: tuple[str, ...], at: str, svg: Path | None, title: str, as_json: bool
) -> None:
    """Show who may send what to whom at one time, and by which agreement.

    Each line is a sender and a recipient, each column a group of types; below stand the
    agreements by the letter that stands for them. `yes` is for every type of a group in every
    area, `part` for some of them: --json names them.

    \b
    relec agreement matrix
    relec agreement matrix --at 2027-01-01 --node tr --node pk
    relec agreement matrix --svg matrix.svg
    """
    from relec_exchange.presenting.matrix_svg import matrix_svg
    from relec_exchange.trust.matrix import matrix as of

    when = time_of(at) if at else datetime.now(UTC).replace(microsecond=0)
    found = of(known(place).directory, when, nodes)
    if svg is not None:
        svg.write_text(matrix_svg(found, title), "utf-8")
        say(words("{file} is written.", file=svg), error=True)
    if as_json:
        print_json(_told(found))
    elif svg is None:
        _print(found, title)


def _print(found: Matrix, title: str) -> None:
    from relec_exchange.trust.matrix import GROUPS

    rows = [
        (f"{a} -> {b}", *(_word(found, found.cells[a, b, group]) for group in GROUPS))
        for a, b in found.pairs()
    ]
    head = words("{title}, {at} UTC", title=title, at=f"{found.at:%Y-%m-%d %H:%M}")
    table(head, ("from\n-> to", *GROUPS), rows)
    texts = [
        (t.tag, t.title, t.charter, t.version, f"{t.valid_from:%Y-%m-%d}",
         f"{t.valid_until:%Y-%m-%d}", t.hash[:16])
        for t in found.texts
    ]  # fmt: skip
    columns = ("", "title", "charter", "version", "from", "until", "hash")
    table(words("Agreements"), columns, texts)


def _word(found: Matrix, cell: Cell) -> str:
    """A cell in a few letters, that say what the picture says with colours too."""
    tags = found.tags(cell).replace(", ", ",")
    if cell.state == "part" and cell.stopped:
        return f"part, {len(cell.stopped)} suspended {tags}"
    if cell.state == "part" and cell.missing:
        return f"part {len(cell.types)}/{len(cell.types) + len(cell.missing)} {tags}"
    if cell.state == "later":
        return f"from {cell.until:%Y-%m-%d} {tags}"
    said = {"open": "yes", "closed": "-", "over": "ended", "closing": "closing only"}
    return f"{said.get(cell.state, cell.state)} {tags}".rstrip()


def _told(found: Matrix) -> dict[str, Any]:
    from relec_exchange.trust.matrix import sentence

    return {
        "at": _time(found.at),
        "nodes": dict(found.names),
        "texts": [
            {
                "tag": text.tag,
                "hash": text.hash,
                "title": text.title,
                "charter": text.charter,
                "version": text.version,
                "valid_from": _time(text.valid_from),
                "valid_until": _time(text.valid_until),
            }
            for text in found.texts
        ],
        "cells": [
            {
                "from": sender,
                "to": recipient,
                "group": group,
                "state": cell.state,
                "types": list(cell.types),
                "missing": list(cell.missing),
                "suspended": list(cell.stopped),
                "areas": list(cell.areas),
                "grants": [{"agreement": text, "grant": grant} for text, grant in cell.grants],
                "until": _time(cell.until) if cell.until else None,
                "text": sentence(found, sender, recipient, group),
            }
            for (sender, recipient, group), cell in found.cells.items()
        ],
    }


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
