"""What every attack of the suite is: a name, what the attacker does, who must notice, by what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from attacked_network import NODES, AttackedNetwork

from core_network import alarms
from relec_exchange.cli.log_check import check_log, log_key
from relec_exchange.errors import RelecError
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.records import EntryRow, Where
from relec_exchange.testing.succeeding import current_origin

ATTACKER = "tr"
"""Whose operator went bad, or whose disk or keys the attacker has."""


@dataclass(frozen=True)
class Sign:
    """Who notices, by what, and after how many rounds at most; 0 is at once."""

    who: str
    what: str
    within: int


class Attack:
    """One attack. `strike` is what the attacker does; `seen` tells which signs there are by now."""

    name: ClassVar[str]
    can: ClassVar[str]
    """What the attacker has and does, for the table."""

    signs: ClassVar[Mapping[str, Sign]]
    then: ClassVar[str]
    """What the operators do about it."""

    guilty: ClassVar[frozenset[str]] = frozenset({ATTACKER})
    """Whom alarms of honest nodes may be about."""

    bad: ClassVar[frozenset[str]] = frozenset({ATTACKER})
    """Nodes whose own alarms are not looked at."""

    calm: ClassVar[bool] = False
    """Whether the network is as before once it is mended: others may follow on it."""

    quick: ClassVar[bool] = False
    """Whether the short run carries it out on a network of its own."""

    def strike(self, network: AttackedNetwork) -> None:
        raise NotImplementedError

    def mend(self, network: AttackedNetwork) -> None:
        """Undo what a calm attack did to a node's own disk."""

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        raise NotImplementedError

    def go_on(self, network: AttackedNetwork) -> None:
        """One round after the strike."""
        network.rounds(1)

    def observe(self, network: AttackedNetwork) -> dict[str, int]:
        """After how many rounds each sign was seen; those that were not are missing."""
        self.strike(network)
        found: dict[str, int] = {}
        longest = max(sign.within for sign in self.signs.values())
        for number in range(longest + 1):
            if number:
                self.go_on(network)
            for sign in self.seen(network):
                found.setdefault(sign, number)
            if found.keys() == self.signs.keys():
                break
        return found

    def accused(self, network: AttackedNetwork) -> set[tuple[str, str, str]]:
        """Alarms of honest nodes about honest nodes; there must be none."""
        return {
            (name, what, subject)
            for name in NODES
            if name not in self.bad and name in network._nodes
            for what, subject in alarms(network.node(name))
            if node_of(subject) not in self.guilty
        }


def node_of(subject: str) -> str:
    """The node that an alarm is about: its subject is a node, or an origin."""
    return parse_origin(subject).node if "/" in subject else subject


def everywhere(network: AttackedNetwork, what: str, *without: str) -> bool:
    """Whether all honest nodes have this alarm about the attacker."""
    return all(alarmed(network, name, what) for name in network.honest(*without))


def alarmed(network: AttackedNetwork, name: str, what: str) -> bool:
    """Whether a node has this alarm about the attacker."""
    return (what, ATTACKER) in alarms(network.node(name))


def refused_start(network: AttackedNetwork, name: str) -> str:
    """Why a node does not start, or nothing; one that starts goes on running."""
    try:
        network.open(name)
    except RelecError as error:
        return str(error)
    return ""


def audited(network: AttackedNetwork, name: str) -> str:
    """What `relec audit verify` says against a node's exchange log, or nothing."""
    node = network.node(name)
    origin = current_origin(node)

    def page(start: int) -> list[bytes]:
        where = (Where("origin", "=", origin), Where("idx", ">=", start))
        return [row.data for row in node.store.rows(EntryRow, *where, order="idx", limit=1000)]

    head = node.desk.audit_head("exchange")
    public = log_key(node.book.current.card(name).card, origin)
    try:
        check_log(origin, head["size"], page, head["checkpoint"].encode(), public)
    except RelecError as error:
        return str(error)
    return ""
