"""Where a broker differs from the topology it should hold. Pure.

Both sides are definitions documents; the broker's is what `rabbitmqctl export_definitions` prints.
The virtual host is ours alone: whatever stands in it and is not in the topology is drift, because
one more binding or policy is enough to copy or to drop messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST
from relec_exchange.adapters.rabbitmq.topology import TAG

Item = Mapping[str, Any]


class Action(StrEnum):
    """What has to be done to one thing on the broker."""

    CREATE = "create"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One step towards the topology; `item` is the broker's object, or ours for CREATE."""

    action: Action
    kind: str
    name: str
    item: Item

    def __str__(self) -> str:
        return f"{self.action.value} {self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    section: str
    key: Callable[[Item], str]
    value: Callable[[Item], object]
    ours: Callable[[Item], bool]


def compare(desired: Mapping[str, Any], actual: Mapping[str, Any]) -> tuple[Change, ...]:
    """All changes that turn `actual` into `desired`, removals first, in the order to do them.

    Empty when nothing is to be done. Users without our tag are left alone, but not their
    permissions in our virtual host, and not `guest`.
    """
    removals: list[Change] = []
    others: list[Change] = []
    for kind in _KINDS:
        wanted = {kind.key(item): item for item in _items(desired, kind)}
        found = {kind.key(item): item for item in _items(actual, kind) if kind.ours(item)}
        others += _missing_or_different(kind, wanted, actual)
        removals += [
            Change(Action.REMOVE, kind.name, name, found[name])
            for name in sorted(found.keys() - wanted.keys())
        ]
    return (*removals, *others)


def must_go(change: Change) -> bool:
    """Whether something has to be taken away: an import only overwrites users and permissions."""
    replaced = change.action is Action.REPLACE and change.kind in ("queue", "exchange")
    return replaced or change.action is Action.REMOVE


def _missing_or_different(
    kind: _Kind, wanted: Mapping[str, Item], actual: Mapping[str, Any]
) -> list[Change]:
    found = {kind.key(item): item for item in _items(actual, kind)}
    changes: list[Change] = []
    for name in sorted(wanted):
        if name not in found:
            changes.append(Change(Action.CREATE, kind.name, name, wanted[name]))
        elif kind.value(found[name]) != kind.value(wanted[name]):
            changes.append(Change(Action.REPLACE, kind.name, name, found[name]))
    return changes


def _items(document: Mapping[str, Any], kind: _Kind) -> Iterable[Item]:
    items: Sequence[Item] = document.get(kind.section, [])
    return (item for item in items if item.get("vhost", VIRTUAL_HOST) == VIRTUAL_HOST)


def _always(_: Item) -> bool:
    return True


def _never(_: Item) -> bool:
    return False


def _fields(*names: str) -> Callable[[Item], object]:
    return lambda item: [item.get(name) for name in names]


def _tags(item: Item) -> list[str]:
    tags = item.get("tags", [])
    # Some versions print the tags of a user as one comma-separated text.
    return sorted(tags.split(",") if isinstance(tags, str) else tags)


def _user(item: Item) -> object:
    return [item.get("password_hash"), _tags(item)]


def _owned_user(item: Item) -> bool:
    return TAG in _tags(item) or item["name"] == "guest"


def _binding_key(item: Item) -> str:
    arguments = json.dumps(item.get("arguments", {}), sort_keys=True)
    key = f"{item['source']} -> {item['destination']} ({item['routing_key']})"
    plain = item["destination_type"] == "queue" and arguments == "{}"
    return key if plain else f"{key} {item['destination_type']} {arguments}"


# In the order in which removals are safe: first what carries messages to the wrong place.
_KINDS = (
    _Kind("virtual host", "vhosts", lambda item: str(item["name"]), _fields(), _never),
    _Kind("binding", "bindings", _binding_key, _fields(), _always),
    _Kind(
        "permission",
        "permissions",
        lambda item: str(item["user"]),
        _fields("configure", "write", "read"),
        _always,
    ),
    _Kind(
        "topic permission",
        "topic_permissions",
        lambda item: f"{item['user']} {item['exchange']}",
        _fields(),
        _always,
    ),
    _Kind("user", "users", lambda item: str(item["name"]), _user, _owned_user),
    _Kind("policy", "policies", lambda item: str(item["name"]), _fields(), _always),
    _Kind(
        "parameter",
        "parameters",
        lambda item: f"{item['component']} {item['name']}",
        _fields(),
        lambda item: item["component"] != "vhost-limits",
    ),
    _Kind(
        "exchange",
        "exchanges",
        lambda item: str(item["name"]),
        _fields("type", "durable", "auto_delete", "arguments"),
        _always,
    ),
    _Kind(
        "queue",
        "queues",
        lambda item: str(item["name"]),
        _fields("durable", "auto_delete", "arguments"),
        _always,
    ),
)
