"""Whether a message would be the first of substance under an agreement to one partner."""

from __future__ import annotations

from relec_exchange.message.codes import DataLevel
from relec_exchange.outbound.needs import CONFIRM
from relec_exchange.ports import Store
from relec_exchange.records import OutboxRow, Where


class FirstUse:
    """Asked for one batch: the store is read once for each pair of agreement and recipient.

    Types without a data level (tests, acknowledgements) are no use of an agreement, nor is what
    no second person has looked at: a rescue that nobody has confirmed yet.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._used: dict[tuple[str, str], bool] = {}

    def of(self, agreement: str, recipient: str, data_level: str) -> bool:
        """True if nothing above level none was sent under this agreement to this recipient."""
        if data_level == DataLevel.NONE:
            return False
        pair = (agreement, recipient)
        if pair not in self._used:
            rows = self._store.rows(
                OutboxRow,
                Where("recipient", "=", recipient),
                Where("sent_at", ">", ""),
                Where("agreement", "=", agreement),
                Where("data_level", "!=", str(DataLevel.NONE)),
                Where("needs", "!=", CONFIRM),
                limit=1,
                blobs=False,
            )
            self._used[pair] = bool(rows)
        return not self._used[pair]
