"""Small figures taken out of reports before they are sent, the same ones for every recipient.

Contract: pure. A report is looked at whole, with all its parts, and beside what was told of it
before; which figures are left out does not depend on who gets it. What one recipient must not have
(asylum claims of its own citizens) is then left out of its copy alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from relec_exchange.importing.drafts import DraftMessage
from relec_exchange.importing.reimport import Compared
from relec_exchange.message.codes import countries
from relec_exchange.protection.small_cells import suppress, without_own

Rows = list[dict[str, object]]

_REPORT: Final = "stat.report"


@dataclass(frozen=True, slots=True)
class Figures:
    """The rows of each draft as they may go, by its subject, and how many were taken out."""

    rows: Mapping[str, Rows]
    suppressed: int


def safe_figures(
    drafts: Sequence[DraftMessage],
    threshold: int,
    earlier: Mapping[str, Sequence[Rows]] | None = None,
) -> Figures:
    """The figures of all reports with small ones suppressed (`protection.small_cells.suppress`).

    `threshold` is the strictest of all recipients; counts from 1 to one below it are small.
    `earlier` holds by group the rows of each copy that was told before, the oldest first.
    """
    groups: dict[str, list[DraftMessage]] = {}
    for draft in drafts:
        if draft.type == _REPORT:
            groups.setdefault(draft.group, []).append(draft)
    safe: dict[str, Rows] = {}
    count = 0
    for name, parts in groups.items():
        before = [row for part in parts for row in rows_of(part.body)]
        after = suppress(before, threshold, earlier=(earlier or {}).get(name, ()))
        count += _suppressed(after) - _suppressed(before)
        for part in parts:
            length = len(rows_of(part.body))
            safe[part.subject], after = after[:length], after[length:]
    return Figures(safe, count)


def with_figures(items: Sequence[Compared], figures: Figures) -> list[Compared]:
    """The items with their safe rows, and for each recipient without what it must not have.

    A report of which nothing is left for a recipient is left out: an empty one would tell that
    there was something.
    """
    whole: dict[tuple[str, str], Rows] = {}
    for one in items:
        whole.setdefault(_report(one), []).extend(figures.rows.get(one.draft.subject, ()))
    changed = [_with_rows(one, figures.rows, whole[_report(one)]) for one in items]
    left = {_report(one) for one in changed if one.draft.type != _REPORT or one.draft.body["rows"]}
    empty = {_report(one) for one in items if one.draft.type == _REPORT} - left
    had_rows = {_report(one) for one in items if figures.rows.get(one.draft.subject)}
    return [one for one in changed if _report(one) not in empty & had_rows]


def rows_of(body: Mapping[str, Any]) -> Rows:
    """The rows of a report's body."""
    return list(body["rows"])


def _report(one: Compared) -> tuple[str, str]:
    return one.recipient, one.draft.group or one.draft.subject


def _with_rows(one: Compared, safe: Mapping[str, Rows], whole: Rows) -> Compared:
    """The copy of one part for its recipient; `whole` are the rows of all parts."""
    if one.draft.type != _REPORT:
        return one
    rows = without_own(safe[one.draft.subject], _alpha3(one.recipient), whole=whole)
    return replace(one, draft=replace(one.draft, body={**one.draft.body, "rows": rows}))


def _alpha3(node: str) -> str:
    """The citizenship of a node's state; nodes are named after two-letter codes."""
    found = countries().get(node.upper())
    return found.alpha3 if found else ""


def _suppressed(rows: Sequence[Mapping[str, object]]) -> int:
    return sum(1 for row in rows if row.get("suppressed"))
