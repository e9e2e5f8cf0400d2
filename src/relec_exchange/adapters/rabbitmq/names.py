"""How things are called on the broker: one exchange per sender, one queue per pair and class.

Node names match `^[a-z][a-z0-9]{1,15}$` and so hold no dot; every name here can be taken apart
again in one way only.
"""

from __future__ import annotations

import re

from relec_exchange.message.identifiers import MessageClass

VIRTUAL_HOST = "relec"
"""The private virtual host; RabbitMQ's default one is not used."""

USER = re.compile(r"([a-z][a-z0-9]{1,15})(?:-([1-9][0-9]{0,5}))?")
"""A user of the broker: the node's name, or name and number after a revocation."""


def exchange_name(node: str) -> str:
    """The exchange that only `node` may write to."""
    return f"from.{node}"


def queue_name(recipient: str, sender: str, message_class: MessageClass) -> str:
    """The queue that only `recipient` may read and only `sender`'s exchange feeds."""
    return f"to.{recipient}.from.{sender}.{message_class.value}"


def routing_key(recipient: str, message_class: MessageClass) -> str:
    """The key under which a sender's exchange finds the queue of this recipient and class."""
    return f"{recipient}.{message_class.value}"


def user_name(node: str, number: int) -> str:
    """The `number`th user of a node: `tr`, then `tr-2`, `tr-3` after each revocation."""
    return node if number <= 1 else f"{node}-{number}"


def node_of_user(user: str) -> tuple[str, int] | None:
    """The node and number behind a user name, or None when it is not one of ours."""
    match = USER.fullmatch(user)
    if match is None or match[2] == "1":
        return None
    return match[1], int(match[2] or 1)
