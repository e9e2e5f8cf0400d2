"""The logs as the writer holds them between batches.

Contract: values. Of each kind of log one is written; those before it are closed and stay readable,
for their messages may still be asked for and their checkpoints still have to be proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from relec_exchange.audit.log import LogHead
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.records import LogHeadRow


@dataclass(frozen=True, slots=True)
class LogState:
    """One log. `final` is size and root where a closed one ended, as its successor names them."""

    head: LogHeadRow
    log: LogHead
    final: tuple[int, bytes] | None = None

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.head.origin

    @property
    def size(self) -> int:
        """How many of its entries count: all of them, unless it ended before its last one."""
        return self.final[0] if self.final else self.head.size

    @property
    def root(self) -> bytes:
        """The root over these entries."""
        return self.final[1] if self.final else self.head.root


@dataclass(frozen=True, slots=True)
class JournalState:
    """The two logs that are written, the next number of each (recipient, class) in the exchange
    log, the closed logs by origin, and where tiles are read from.
    """

    exchange: LogState
    activity: LogState
    sequences: Mapping[tuple[str, str], int]
    closed: Mapping[str, LogState] = field(default_factory=dict)
    tiles: Callable[[str, int, int], bytes] = field(
        default=lambda origin, level, n: b"", compare=False
    )

    def log(self, origin: str) -> LogState | None:
        """The log of ours with this name, open or closed."""
        for log in (self.exchange, self.activity):
            if log.origin == origin:
                return log
        return self.closed.get(origin)

    def closed_exchange(self) -> tuple[LogState, ...]:
        """The closed exchange logs, oldest first."""
        found = [o for o in map(parse_origin, self.closed) if o.log == "exchange"]
        return tuple(self.closed[str(o)] for o in sorted(found, key=lambda o: o.number))
