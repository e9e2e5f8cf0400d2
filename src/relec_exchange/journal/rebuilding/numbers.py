"""Places in the chains of numbers, given back to the messages that the log names for them.

Contract: as `walks`. No two rows of the outbox have one place in a chain. So whoever stands at
another one's place loses its number first; its own entry, if it has one, gives it another. A
number that the log gives twice, because a changed outbox was continued, stays with the first
message: recipients have that one, and refuse the second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import OutboxRow, Update, Where

_PLACE: Final = ("origin", "recipient", "cls", "seq")
_TWICE: Final = "a later entry repeats its number, and loses it"


class Misplaced(NamedTuple):
    """A row that is other than its entry says: the columns, and all that the entry gives."""

    wrong: tuple[str, ...]
    right: Mapping[str, Any]


class Numbered:
    """The outbox rows that are `misplaced`, by message; `repeated` are messages whose number an
    earlier entry has; `logged` tells whether the log has a row's message at its place.
    """

    def __init__(
        self,
        store: Store,
        misplaced: Mapping[str, Misplaced],
        repeated: Collection[str],
        logged: Callable[[OutboxRow], bool],
    ) -> None:
        self._store = store
        self._misplaced = misplaced
        self._repeated = repeated
        self._logged = logged

    def differences(self) -> Iterator[Difference]:
        """One for each row, which frees its place first if it is taken by one that has no right."""
        for ident, (wrong, right) in self._misplaced.items():
            there = self._there(ident, right) if set(wrong) & set(_PLACE) else []
            freed = [] if ident in self._repeated else [one for one in there if self._goes(one)]
            values = {**right, "seq": None} if ident in self._repeated and there else right
            twice = any(one.message_id in self._repeated for one in freed)
            what = "; ".join([", ".join(wrong), *([_TWICE] if twice else [])])
            changes = [self._update(one.message_id, {"seq": None}) for one in freed]
            yield Difference("outbox", ident, what, (*changes, self._update(ident, values)))

    def _update(self, ident: str, values: Mapping[str, Any]) -> Update:
        return Update(OutboxRow, {"message_id": ident}, values)

    def _there(self, ident: str, right: Mapping[str, Any]) -> list[OutboxRow]:
        """Who stands at the place of this message."""
        if right["seq"] is None:
            return []
        place = (Where(name, "=", right[name]) for name in _PLACE)
        rows = self._store.rows(OutboxRow, *place, blobs=False)
        return [row for row in rows if row.message_id != ident]

    def _goes(self, row: OutboxRow) -> bool:
        elsewhere = row.message_id in self._misplaced or row.message_id in self._repeated
        return elsewhere or not self._logged(row)
