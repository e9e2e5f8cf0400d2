"""A broker whose operator destroys envelopes, and who noticed which of them after how many rounds.

Rounds are counted at the end that can tell: the recipient learns of a missing number from newer
traffic or from the sender's rounds, the sender from the recipient's rounds and requests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core_network import chain
from relec_exchange.inbound.chain import Chain
from relec_exchange.journal.envelope_keys import place_of
from relec_exchange.ports import Outgoing
from relec_exchange.records import GapRow, OutboxRow, PeerRow, Where
from relec_exchange.testing import NETWORK, SimulatedNetwork

STEP_SECONDS = 20

Choice = Callable[[str, Outgoing], bool]


@dataclass
class Lost:
    """One number that was destroyed on its way, and after how many rounds each end noticed."""

    sender: str
    recipient: str
    cls: str
    origin: str
    index: int
    seq: int = 0
    told: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, int] = field(default_factory=dict)


@dataclass
class Destroying:
    """The broker's operator; what he destroys is told to its sender as delivered."""

    network: SimulatedNetwork
    choose: Choice | None = None
    lost: dict[tuple[str, int], Lost] = field(default_factory=dict)
    passed: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.network.hub.interfere = self.interfere

    def interfere(self, sender: str, item: Outgoing) -> list[bytes]:
        key = (sender, item.key)
        if self.choose is None or not self.choose(sender, item):
            self.passed.add(key)
            return [item.envelope]
        if key not in self.lost and key not in self.passed:
            self.lost[key] = self.record(sender, item)
        return []

    def record(self, sender: str, item: Outgoing) -> Lost:
        current = f"{NETWORK}/{sender}/exchange/1"
        origin, index = place_of(item.key, current)
        found = Lost(sender, item.recipient, str(item.message_class), origin, index)
        for end, other in ((sender, item.recipient), (item.recipient, sender)):
            found.told[end] = rounds_written(self.network, other, end)
        return found

    def pass_minutes(self, minutes: int) -> None:
        """Not on the grid of the rounds: what is due after two minutes is seen soon after."""
        for _ in range(minutes * 60 // STEP_SECONDS):
            self.network.clock.forward(seconds=STEP_SECONDS)
            self.network.run()
            for lost in self.lost.values():
                self.look(lost)

    def look(self, lost: Lost) -> None:
        ends = {lost.sender: self.missed_by_sender, lost.recipient: self.missed_by_recipient}
        for end, missed in ends.items():
            if end not in lost.noticed and missed(lost):
                other = lost.recipient if end == lost.sender else lost.sender
                after = rounds_written(self.network, other, end) - lost.told[end]
                lost.noticed[end] = after

    def missed_by_sender(self, lost: Lost) -> bool:
        """A partner's round said so, or it asked for the number again."""
        row = self.sent(lost)
        return bool(row.missing_since) or row.resent > 0

    def missed_by_recipient(self, lost: Lost) -> bool:
        """There is a record of the gap, open or closed again."""
        rows = self.network.node(lost.recipient).store.rows(
            GapRow, Where("origin", "=", lost.origin), Where("cls", "=", lost.cls)
        )
        number = self.sent(lost).seq or 0
        return any(row.first <= number <= row.last for row in rows)

    def sent(self, lost: Lost) -> OutboxRow:
        """The sender's record of what was destroyed."""
        where = (Where("origin", "=", lost.origin), Where("leaf_index", "=", lost.index))
        [row] = self.network.node(lost.sender).store.rows(OutboxRow, *where, blobs=False)
        lost.seq = row.seq or 0
        return row

    def recovered(self, lost: Lost) -> bool:
        """Whether the number has come, or was declared void."""
        row = chain(self.network.node(lost.recipient), lost.cls, lost.sender)
        return row is not None and Chain.from_json(row.highest, row.missing).has(
            self.sent(lost).seq or 0
        )


def rounds_written(network: SimulatedNetwork, writer: str, reader: str) -> int:
    """How many rounds one node has written to another."""
    rows = network.node(writer).store.rows(PeerRow, Where("peer", "=", reader))
    return rows[0].our_number if rows else 0


def slowest(lost: Sequence[Lost]) -> int:
    """After how many rounds the last end noticed the last of these; all were noticed."""
    assert all(set(one.noticed) == {one.sender, one.recipient} for one in lost)
    return max(rounds for one in lost for rounds in one.noticed.values())


class EveryTenth:
    """Every tenth envelope of all that the broker carries, whatever it is."""

    def __init__(self, start: int = 0) -> None:
        self.count = start

    def __call__(self, sender: str, item: Outgoing) -> bool:
        self.count += 1
        return self.count % 10 == 0


class AllOf:
    """Everything that one node sends to another, of some classes."""

    def __init__(self, sender: str, recipient: str, classes: Sequence[str] = ()) -> None:
        self.pair, self.classes = (sender, recipient), classes

    def __call__(self, sender: str, item: Outgoing) -> bool:
        wanted = not self.classes or str(item.message_class) in self.classes
        return (sender, item.recipient) == self.pair and wanted
