"""Whether records and logs tell the same: every message its entries, every entry its message.

Contract: reads only, part by part (`PARTS`), logged as one access. To compare
what is kept with what was sent, content is decrypted inside this process and nothing of it is told.
Each problem names the kind of record, what it is about, and what is wrong with it in one word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from relec_exchange.desk.auditing_acts import acts_and_people, notes_and_alarms
from relec_exchange.desk.auditing_boxes import received_messages, sent_messages
from relec_exchange.desk.auditing_contents import contents_and_keys
from relec_exchange.desk.auditing_proofs import chains, proofs, receipts
from relec_exchange.desk.auditing_tally import Problem, Tally
from relec_exchange.desk.auditing_walks import Walks
from relec_exchange.desk.auditing_written import Written, written
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput

PROBLEMS_MAX: Final = 1_000
"""So many problems of a part are told; the count beside them is whole."""

_Check = Callable[[Core, Written, Tally], Iterator[Problem]]
_CHECKS: Final[dict[str, _Check]] = {
    "sent": sent_messages,
    "received": received_messages,
    "receipts": receipts,
    "proofs": proofs,
    "chains": chains,
    "acts": acts_and_people,
    "notes": notes_and_alarms,
    "contents": contents_and_keys,
}
PARTS: Final = tuple(_CHECKS)


class CoverageDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._read: tuple[tuple[int, ...], Written] | None = None
        self._walks = Walks(core, "audit-coverage")

    def coverage(self, part: str, officer: str) -> Json:
        """`answers.CoveragePart` of one of `PARTS`."""
        if part not in _CHECKS:
            raise InvalidInput("there is no such part", field="part", remedy=", ".join(PARTS))
        self._walks.page(officer, first=part == PARTS[0])
        tally = Tally()
        found = _CHECKS[part](self.core, self._written(last=part == PARTS[-1]), tally)
        told = [one.told() for one in islice(found, PROBLEMS_MAX)]
        more = sum(1 for _ in found)
        return {
            "part": part,
            "records": dict(tally.records),
            "problems": told,
            "problems_total": len(told) + more,
        }

    def _written(self, *, last: bool) -> Written:
        """What the logs say, read once for all parts while the logs do not grow."""
        state = self.core.journal.state
        key = (state.exchange.size, state.activity.size, len(state.closed))
        kept = self._read
        found = kept[1] if kept and kept[0] == key else written(self.core)
        self._read = None if last else (key, found)
        return found
