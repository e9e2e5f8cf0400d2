"""How `relec import` takes small figures out of reports: thresholds agreed, copies told before.

Contract: one pattern for all recipients, by the strictest of the mapping's threshold and those
of the agreements. What was told of a changed report before is opened, which is logged like any
opening; what was erased meanwhile cannot be compared and is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relec_exchange.cli.delivery import decision
from relec_exchange.errors import NotFound

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.importing import Before, Compared, ImportMapping, ImportPlan
    from relec_exchange.importing.figures import Rows


@dataclass(frozen=True, slots=True)
class Guarded:
    """Items that may go; how many figures were taken out, and earlier copies that are gone."""

    items: Sequence[Compared]
    suppressed: int = 0
    erased: int = 0


def without_small(
    client: Client,
    mapping: ImportMapping,
    plan: ImportPlan,
    items: Sequence[Compared],
    before: Sequence[Before],
) -> Guarded:
    """The items with safe figures; those of other kinds as they are. `before` is beside them."""
    from relec_exchange.importing.figures import safe_figures, with_figures
    from relec_exchange.importing.mapping import StatisticsMapping

    if not isinstance(mapping, StatisticsMapping) or not items:
        return Guarded(items)
    told: dict[str, set[str]] = {}
    for one, known in zip(items, before, strict=True):
        if one.standing != "unchanged":
            told.setdefault(one.draft.group, set()).update(known.told)
    copies = _Copies(client)
    earlier = {group: copies.of(ids) for group, ids in told.items() if ids}
    figures = safe_figures(plan.drafts, _threshold(client, mapping.small_cells, items), earlier)
    return Guarded(with_figures(items, figures), figures.suppressed, copies.erased)


def counted(mapping: ImportMapping, plan: ImportPlan) -> int:
    """How many figures the mapping's threshold alone takes out; asks no node."""
    from relec_exchange.importing.figures import safe_figures
    from relec_exchange.importing.mapping import StatisticsMapping

    if not isinstance(mapping, StatisticsMapping):
        return 0
    return safe_figures(plan.drafts, mapping.small_cells).suppressed


class _Copies:
    """Reads what was told before."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.erased = 0

    def of(self, ids: set[str]) -> list[Rows]:
        """The rows of each copy, all its parts together, the oldest first and each once."""
        from relec_exchange.importing.figures import rows_of

        found: dict[tuple[str, object], Rows] = {}
        # Ids of messages begin with the time at which they were made.
        for message_id in sorted(ids):
            try:
                content = self._client.open(message_id, "out")
            except NotFound:
                self.erased += 1
                continue
            copy: tuple[str, Any] = (content.header["recipient"], content.body.get("revision"))
            found.setdefault(copy, []).extend(rows_of(content.body))
        distinct: list[Rows] = []
        for rows in found.values():
            if rows not in distinct:
                distinct.append(rows)
        return distinct


def _threshold(client: Client, declared: int, items: Sequence[Compared]) -> int:
    """The strictest of the mapping and of the grants that allow these reports."""
    from relec_exchange.client import Draft
    from relec_exchange.protection.small_cells import strictest

    first = {one.recipient: one.draft for one in reversed(items)}
    found = [declared]
    for node, draft in first.items():
        header = {"area": draft.area, **draft.header}
        answer = decision(client, client.compose(Draft(draft.type, node, draft.body, header)))
        found.append(int(answer.get("min_cell") or 0))
    return strictest(found)
