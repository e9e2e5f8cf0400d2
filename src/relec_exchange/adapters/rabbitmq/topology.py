"""What the broker must hold, computed from the members' cards alone. Pure.

A route exists for a class when both members list each other with that class. Each route is one
quorum queue and one binding from the sender's exchange; nobody but the sender writes to that
exchange, nobody but the recipient reads that queue, and no member may declare anything. The result
is a RabbitMQ definitions document that versions 3.10 and 4.0 both import.

Why these queue arguments: by default a full queue drops its oldest, already confirmed messages
(`reject-publish` tells the sender instead), and a queue that counts deliveries drops good messages
after a few kills of their consumer (the limit is set so high that it is never met).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relec_exchange.adapters.rabbitmq.names import (
    VIRTUAL_HOST,
    exchange_name,
    node_of_user,
    queue_name,
    routing_key,
)
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.message.identifiers import MessageClass, check_node

TAG = "relec"
"""Marks the users that this topology owns; RabbitMQ gives the tag no power."""

NOTHING = "^$"

Definitions = dict[str, Any]
"""A RabbitMQ definitions document: JSON objects in lists, one list per kind."""


@dataclass(frozen=True, slots=True)
class Member:
    """What one card says to the broker: its node, its user, and classes per listed partner.

    `former` are users of earlier cards that may still connect, while a node changes its user.
    """

    node: str
    user: str
    partners: Mapping[str, frozenset[MessageClass]]
    former: tuple[str, ...] = ()

    @property
    def users(self) -> tuple[str, ...]:
        """All users that the node may connect as."""
        return (self.user, *self.former)


@dataclass(frozen=True, slots=True)
class Route:
    """Sender to recipient for one class: one queue."""

    sender: str
    recipient: str
    message_class: MessageClass


@dataclass(frozen=True, slots=True)
class QueueLimit:
    """Where a queue starts to refuse, whichever comes first."""

    messages: int
    bytes: int


GIBIBYTE = 1 << 30
# Two weeks of silence of a recipient must fit: rounds are small and frequent, the rest is rarer
# and larger. The sum over all routes is what the broker's disk must be able to hold.
LIMITS: Mapping[MessageClass, QueueLimit] = {
    MessageClass.CONTROL: QueueLimit(100_000, 2 * GIBIBYTE),
    MessageClass.FLASH: QueueLimit(20_000, 1 * GIBIBYTE),
    MessageClass.ORDINARY: QueueLimit(200_000, 8 * GIBIBYTE),
}


def routes(members: Iterable[Member]) -> tuple[Route, ...]:
    """All routes, sorted: both sides list each other, and both with the class."""
    by_node = {member.node: member for member in members}
    return tuple(
        Route(sender, recipient, message_class)
        for sender, recipient in sorted(
            (member.node, partner) for member in by_node.values() for partner in member.partners
        )
        if recipient in by_node and sender != recipient
        for message_class in MessageClass
        if message_class in by_node[sender].partners[recipient]
        and message_class in by_node[recipient].partners.get(sender, frozenset())
    )


def definitions(
    members: Sequence[Member], limits: Mapping[MessageClass, QueueLimit] = LIMITS
) -> Definitions:
    """The whole topology. Errors: InvalidInput (a card's user is not its node's), Conflict."""
    _check(members)
    ordered = sorted(members, key=lambda member: member.node)
    every = routes(ordered)
    return {
        "vhosts": [{"name": VIRTUAL_HOST}],
        "users": [_user(user) for member in ordered for user in member.users],
        "permissions": [_permission(member, user) for member in ordered for user in member.users],
        "exchanges": [_exchange(member.node) for member in ordered],
        "queues": [_queue(route, limits[route.message_class]) for route in every],
        "bindings": [_binding(route) for route in every],
    }


def write_pattern(node: str) -> str:
    """The exchanges that a node may publish to: its own."""
    return f"^{re.escape(exchange_name(node))}$"


def read_pattern(node: str) -> str:
    """The queues that a node may consume, get from and purge: those that lead to it."""
    classes = "|".join(message_class.value for message_class in MessageClass)
    return rf"^to\.{node}\.from\.[a-z][a-z0-9]{{1,15}}\.({classes})$"


def _check(members: Sequence[Member]) -> None:
    for member in members:
        check_node(member.node)
        for user in member.users:
            _check_user(member.node, user)
    twice = [node for node, count in Counter(m.node for m in members).items() if count > 1]
    if twice:
        raise Conflict(f"more than one member is called {twice[0]}", field="node")


def _check_user(node: str, user: str) -> None:
    owner = node_of_user(user)
    if owner is None or owner[0] != node:
        raise InvalidInput(
            f"the card of {node} names the broker user {user!r}",
            field="broker.user",
            remedy=f"a user of {node} is called {node} or {node}-2, -3, …",
        )


def _user(name: str) -> dict[str, Any]:
    # No password: the certificate is the only way in.
    return {
        "name": name,
        "password_hash": "",
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [TAG],
    }


def _permission(member: Member, user: str) -> dict[str, Any]:
    return {
        "user": user,
        "vhost": VIRTUAL_HOST,
        "configure": NOTHING,
        "write": write_pattern(member.node),
        "read": read_pattern(member.node),
    }


def _exchange(node: str) -> dict[str, Any]:
    return {
        "name": exchange_name(node),
        "vhost": VIRTUAL_HOST,
        "type": "direct",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(route: Route, limit: QueueLimit) -> dict[str, Any]:
    return {
        "name": queue_name(route.recipient, route.sender, route.message_class),
        "vhost": VIRTUAL_HOST,
        "durable": True,
        "auto_delete": False,
        "arguments": {
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-delivery-limit": 1_000_000_000,
            "x-max-length": limit.messages,
            "x-max-length-bytes": limit.bytes,
        },
    }


def _binding(route: Route) -> dict[str, Any]:
    return {
        "source": exchange_name(route.sender),
        "vhost": VIRTUAL_HOST,
        "destination": queue_name(route.recipient, route.sender, route.message_class),
        "destination_type": "queue",
        "routing_key": routing_key(route.recipient, route.message_class),
        "arguments": {},
    }
