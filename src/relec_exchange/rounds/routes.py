"""Who our partners are, and which log each of them writes now, as the cards say it."""

from __future__ import annotations

from relec_exchange.message.identifiers import exchange_origin
from relec_exchange.trust.directory import Directory


def partners(directory: Directory) -> tuple[str, ...]:
    """All nodes in mutual listing with ours."""
    return tuple(
        node
        for node in directory.nodes()
        if node != directory.own and directory.mutual(directory.own, node)
    )


def current_log(directory: Directory, node: str) -> str:
    """The origin of the exchange log that a node's newest card names as current."""
    for log in directory.card(node).card.logs:
        if log.state == "current" and log.origin.split("/")[2] == "exchange":
            return log.origin
    return exchange_origin(directory.network, node, 1)
