"""What an exercise network consists of: members, officers, agreements, shortened times.

Contract: values only; `homes` and `network` build what is said here. Everything is simulated: the
members are simulated nodes, the officers are functions and no persons, and no state has signed
anything of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.officer import Role

NETWORK: Final = "relec.example"
UNIT: Final = "contact-point"
PASSPHRASE: Final = "an exercise is no secret"  # noqa: S105 - simulated nodes only

# A missing number, a round and a repeated request each take a second or two instead of minutes.
QUICK: Final[Mapping[str, int]] = MappingProxyType(
    {
        "gap_ordinary_seconds": 2,
        "gap_flash_seconds": 1,
        "round_busy_seconds": 1,
        "round_idle_seconds": 5,
        "resend_retry_seconds": 2,
        "duplicate_receipt_interval_seconds": 1,
        "reply_slot_seconds": 2,
    }
)

# One function, one key. Who releases never audits; what a person writes, a second one releases.
OFFICERS: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "submitter": frozenset({Role.SUBMITTER}),
        "releaser": frozenset({Role.RELEASER}),
        "desk": frozenset({Role.PROTECTION_DESK}),
        "desk-second": frozenset({Role.PROTECTION_DESK, Role.RELEASER}),
        "auditor": frozenset({Role.AUDITOR}),
        "operator": frozenset({Role.OPERATOR}),
        "system": frozenset({Role.SYSTEM}),
    }
)
SECURITY: Final = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A network to be.

    `titles` are names for people, by node. `times` (seconds by name) go into the charter.
    `officers` are enrolled at every node beside the security officer. `pairs` have a bilateral
    agreement; None means every pair. `grants` (empty: the usual ones) stand in each of these.
    `log_level` is that of every node. `cost` is scrypt's, small because these keys protect nothing.
    """

    nodes: tuple[str, ...] = ("tr", "pk", "iq")
    network: str = NETWORK
    titles: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=lambda: dict(QUICK))
    officers: Mapping[str, frozenset[Role]] = field(default_factory=lambda: dict(OFFICERS))
    pairs: tuple[tuple[str, str], ...] | None = None
    grants: tuple[Grant, ...] = ()
    log_level: str = "info"
    cost: int = 14

    def __post_init__(self) -> None:
        """Refuse pairs of nodes that are not there."""
        unknown = {node for pair in self.pairs or () for node in pair} - set(self.nodes)
        if unknown or len(set(self.nodes)) != len(self.nodes):
            raise InvalidInput("pairs are of nodes, and each node is named once", field="pairs")

    def at_desk(self, officer: str) -> bool:
        """Whether this officer holds the key of the protection desk."""
        return Role.PROTECTION_DESK in self.officers.get(officer, ())

    def title(self, node: str) -> str:
        """What the node is called on its card."""
        return self.titles.get(node, f"Simulated node {node}")

    def bilateral(self) -> tuple[tuple[str, str], ...]:
        """The pairs that sign an agreement of their own."""
        if self.pairs is None:
            return tuple(itertools.combinations(self.nodes, 2))
        return self.pairs
