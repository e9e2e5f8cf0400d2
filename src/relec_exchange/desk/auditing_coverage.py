"""Whether records and logs tell the same: every message its entries, every entry its message.

Contract: reads only, part by part (`PARTS`), logged as one access. To compare
what is kept with what was sent, content is decrypted inside this process and nothing of it is told.
Each problem names the kind of record, what it is about, and what is wrong with it in one word.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from relec_exchange.desk.auditing_acts import acts_and_people, notes_and_alarms
from relec_exchange.desk.auditing_boxes import received_messages, sent_messages
from relec_exchange.desk.auditing_contents import contents_and_keys
from relec_exchange.desk.auditing_proofs import chains, proofs, receipts
from relec_exchange.desk.auditing_tally import Problem, Tally
from relec_exchange.desk.auditing_walks import Walks
from relec_exchange.desk.auditing_written import Written, read_on
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput

PROBLEMS_MAX: Final = 1_000
"""So many problems of a part are told; the count beside them is whole."""

TRIES_MAX: Final = 3

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
        self._lock = threading.Lock()
        self._read: Written | None = None
        self._walks = Walks(core, "audit-coverage")

    def coverage(self, part: str, officer: str) -> Json:
        """`answers.CoveragePart` of one of `PARTS`."""
        if part not in _CHECKS:
            raise InvalidInput("there is no such part", field="part", remedy=", ".join(PARTS))
        self._walks.page(officer, first=part == PARTS[0])
        with self._lock:  # another auditor waits: what is read of the logs is shared
            if part == PARTS[0] or self._read is None:
                self._read = Written()
            said = self._read
            if part == PARTS[-1]:
                self._read = None
            return self._compared(part, said)

    def _compared(self, part: str, said: Written) -> Json:
        """Compared once more if something was found while the logs grew: a record may be newer than
        what had been read of them.
        """
        read_on(said, self.core)
        for left in reversed(range(TRIES_MAX)):
            tally = Tally()
            found = _CHECKS[part](self.core, said, tally)
            told = [one.told() for one in islice(found, PROBLEMS_MAX)]
            more = sum(1 for _ in found)
            if not told or not left or not read_on(said, self.core):
                break
        return {
            "part": part,
            "records": dict(tally.records),
            "problems": told,
            "problems_total": len(told) + more,
        }
