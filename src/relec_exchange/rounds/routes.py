"""Who our partners are, which log each of them writes now, and where its closed logs ended: as the
cards say it.
"""

from __future__ import annotations

from relec_exchange.message.identifiers import MessageClass, exchange_origin
from relec_exchange.trust.directory import Directory


def partners(directory: Directory) -> tuple[str, ...]:
    """All nodes in mutual listing with ours."""
    return tuple(
        node
        for node in directory.nodes()
        if node != directory.own and directory.mutual(directory.own, node)
    )


def consumed(directory: Directory) -> dict[str, frozenset[MessageClass]]:
    """The classes that come from each partner: those in both listings."""
    found: dict[str, frozenset[MessageClass]] = {}
    for node in partners(directory):
        ours = directory.card(directory.own).card.partner(node)
        theirs = directory.card(node).card.partner(directory.own)
        if ours is not None and theirs is not None:
            found[node] = frozenset(ours.classes) & frozenset(theirs.classes)
    return found


def current_log(directory: Directory, node: str) -> str:
    """The origin of the exchange log that a node's newest card names as current."""
    for log in directory.card(node).card.logs:
        if log.state == "current" and log.origin.split("/")[2] == "exchange":
            return log.origin
    return exchange_origin(directory.network, node, 1)


def closed_logs(directory: Directory, node: str) -> dict[str, tuple[int, bytes]]:
    """The closed exchange logs of a node with size and root of their ends, as its newest card
    names them.
    """
    return {
        log.origin: (log.final_size, bytes.fromhex(log.final_root))
        for log in directory.card(node).card.logs
        if log.final_size is not None
        and log.final_root is not None
        and log.origin.split("/")[2] == "exchange"
    }
