"""Received `stat.report` messages, and which of them count now.

Contract: nothing is lost silently: what cannot be read is returned beside what can. Of one country
and period the newest revision that is complete counts, with all its parts; while parts of it are
missing, the one before it. What was corrected or recalled never counts. Where a country's own node
reports, what others say of that country does not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from relec_exchange.message.bodies.statistics import Period, StatReport

# A new revision that comes in parts replaces the old one part by part: until it is complete, the
# old one counts. Every other word of a message that was withdrawn means that it never does.
_REPLACED: Final = "superseded"


@dataclass(frozen=True, slots=True)
class Report:
    """One message: a part of one revision of one country's table. `received_at` is wire time.

    `replaced`: a later message says that it stands in this one's place.
    """

    message_id: str
    sender: str
    received_at: str
    body: StatReport
    replaced: bool = False


def read_reports(items: Iterable[Mapping[str, Any]]) -> tuple[list[Report], list[str]]:
    """Reports of the items of GET /v1/statistics, and the ids of those whose body is not one."""
    found: list[Report] = []
    unreadable: list[str] = []
    for item in items:
        word = item.get("withdrawn")
        if word and word != _REPLACED:
            continue
        try:
            body = StatReport.model_validate(item["body"], by_alias=True, by_name=False)
        except ValidationError:
            unreadable.append(str(item["message_id"]))
            continue
        who, when = item["sender"], item["received_at"]
        found.append(Report(item["message_id"], who, when, body, replaced=bool(word)))
    return found, unreadable


_Table = tuple[str, str, tuple[int | None, ...]]


def current(reports: Iterable[Report]) -> list[Report]:
    """The reports that count, oldest first."""
    tables: dict[_Table, dict[int, dict[int, Report]]] = defaultdict(lambda: defaultdict(dict))
    for report in sorted(_own_first(list(reports)), key=_age):
        body = report.body
        # The same part of the same revision again: the later one is the corrected one.
        tables[_table(report)][body.revision][body.part] = report
    counted = [
        report
        for revisions in tables.values()
        # A table that was replaced as a whole stands somewhere else now.
        if not all(one.replaced for parts in revisions.values() for one in parts.values())
        for report in _newest(revisions)
    ]
    return sorted(counted, key=_age)


def _own_first(reports: Sequence[Report]) -> list[Report]:
    own = {r.body.reporting_country for r in reports if _is_own(r)}
    return [r for r in reports if _is_own(r) or r.body.reporting_country not in own]


def _is_own(report: Report) -> bool:
    return report.sender.upper() == report.body.reporting_country


def _newest(revisions: Mapping[int, Mapping[int, Report]]) -> Iterable[Report]:
    """The parts of the highest complete revision, or of the highest one if none is complete."""
    for number in sorted(revisions, reverse=True):
        if _complete(revisions[number]):
            return revisions[number].values()
    return revisions[max(revisions)].values()


def _complete(parts: Mapping[int, Report]) -> bool:
    return any(len(parts) >= report.body.parts for report in parts.values())


def incomplete(reports: Iterable[Report]) -> list[str]:
    """Which tables that count lack parts, in words: country, period, revision."""
    tables: dict[_Table, dict[int, Report]] = defaultdict(dict)
    for report in reports:
        tables[_table(report)][report.body.part] = report
    return [
        f"{name[1]} {period_text(one.body.period)} revision {one.body.revision}: "
        f"{len(parts)} of {one.body.parts} parts"
        for name, parts in sorted(tables.items(), key=str)
        for one in [next(iter(parts.values()))]
        if not _complete(parts)
    ]


def period_text(period: Period) -> str:
    """A period as `2026`, `2026-Q1` or `2026-03`."""
    if period.quarter is not None:
        return f"{period.year}-Q{period.quarter}"
    return f"{period.year}-{period.month:02}" if period.month is not None else str(period.year)


def quarter_of(month: str) -> str:
    """The quarter `2026-Q1` of a month `2026-03`."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def _table(report: Report) -> _Table:
    period = report.body.period
    key = (period.year, period.quarter, period.month)
    return report.sender, report.body.reporting_country, key


def _age(report: Report) -> tuple[str, str]:
    return report.received_at, report.message_id
