"""The simulated broker, and the transport that a node has to it.

Contract: what `ports.Transport` says, without threads: deliveries come when `poll` is called. The
broker's operator may drop, alter, repeat and refuse whatever passes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery, Outcome, Outgoing, Transport, TransportStatus

Interference = Callable[[str, Outgoing], list[bytes]]
"""(sender, envelope) -> the envelopes that arrive instead: none, one, several, altered."""

Answering = Callable[[str, Outgoing], Outcome]
"""(sender, envelope) -> what the broker says of it; what is not confirmed has not arrived."""


@dataclass(slots=True)
class Hub:
    """The simulated broker: one queue per recipient, sender and class."""

    queues: dict[tuple[str, str, MessageClass], deque[bytes]] = field(default_factory=dict)
    interfere: Interference | None = None
    answer: Answering | None = None
    recorded: list[tuple[str, Outgoing]] = field(default_factory=list)

    def put(self, sender: str, item: Outgoing) -> Outcome:
        """Take an envelope from a sender, as the broker's operator pleases."""
        outcome = Outcome.CONFIRMED if self.answer is None else self.answer(sender, item)
        if outcome is Outcome.CONFIRMED:
            self.recorded.append((sender, item))
            arriving = [item.envelope] if self.interfere is None else self.interfere(sender, item)
            key = (item.recipient, sender, item.message_class)
            self.queues.setdefault(key, deque()).extend(arriving)
        return outcome

    def inject(self, recipient: str, sender: str, cls: MessageClass, envelope: bytes) -> None:
        """Put an envelope straight into a queue."""
        self.queues.setdefault((recipient, sender, cls), deque()).append(envelope)


class SteppedTransport(Transport, Protocol):
    """A transport that calls back only while it is polled."""

    online: bool
    """Off, it neither sends nor delivers."""

    def poll(self, limit: int = 256) -> int:
        """Send what waited and deliver what came; returns how many envelopes were delivered."""

    @property
    def wanted(self) -> int:
        """How many envelopes are on their way to this node, as far as it is online."""


class HubTransport:
    """`ports.Transport` on a hub, without threads: deliveries come when `poll` is called."""

    def __init__(self, hub: Hub, node: str) -> None:
        self._hub, self._node = hub, node
        self._partners: Mapping[str, frozenset[MessageClass]] = {}
        self._on_outcome: Callable[[int, Outcome], None] = lambda key, outcome: None
        self._on_deliveries: Callable[[list[Delivery]], None] = lambda found: None
        self.online = True
        self._paused = False
        self._waiting: deque[Outgoing] = deque()
        self._unacknowledged: list[tuple[tuple[str, str, MessageClass], bytes]] = []

    def start(
        self,
        on_outcome: Callable[[int, Outcome], None],
        on_deliveries: Callable[[list[Delivery]], None],
    ) -> None:
        """Remember whom to tell."""
        self._on_outcome, self._on_deliveries = on_outcome, on_deliveries

    def publish(self, items: Sequence[Outgoing]) -> None:
        """Take over; what the broker says comes at once, or when we are online again."""
        self._waiting.extend(items)
        self._send()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Forget them."""
        done = {id(d.tag) for d in deliveries}
        self._unacknowledged = [t for t in self._unacknowledged if id(t) not in done]

    def poll(self, limit: int = 256) -> int:
        """Send what waited, deliver what lies in our queues; returns how much was delivered."""
        self._send()
        if self._paused:
            return 0
        found: list[Delivery] = []
        for (recipient, sender, cls), queue in self._hub.queues.items():
            if recipient != self._node or cls not in self._partners.get(sender, ()):
                continue
            while queue and self.online and len(found) < limit:
                tag = ((recipient, sender, cls), queue.popleft())
                self._unacknowledged.append(tag)
                found.append(Delivery(tag, sender, cls, tag[1], redelivered=False))
        if found:
            self._on_deliveries(found)
        return len(found)

    @property
    def wanted(self) -> int:
        """How many envelopes wait in the queues that we consume now."""
        if not self.online or self._paused:
            return 0
        return sum(
            len(queue)
            for (recipient, sender, cls), queue in self._hub.queues.items()
            if recipient == self._node and cls in self._partners.get(sender, ())
        )

    def pause(self) -> None:
        """Deliver no more; what is unacknowledged goes back."""
        self._paused = True
        for key, envelope in reversed(self._unacknowledged):
            self._hub.queues[key].appendleft(envelope)
        self._unacknowledged = []

    def resume(self) -> None:
        """Deliver again."""
        self._paused = False

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        """Deliver only from these."""
        self._partners = partners

    def status(self) -> TransportStatus:
        """Connected while online."""
        return TransportStatus(self.online, None, 0, 0, "")

    def stop(self, timeout_seconds: float) -> None:
        """Unacknowledged deliveries go back; what was not sent is lost."""
        self.pause()
        while self._waiting:
            self._on_outcome(self._waiting.popleft().key, Outcome.LOST)

    def _send(self) -> None:
        while self._waiting and self.online:
            item = self._waiting.popleft()
            self._on_outcome(item.key, self._hub.put(self._node, item))
