"""What a node stands on outside itself: the broker's address, the units' places, its lock.

Pure reading of settings into adapters; `node` decides when each is used.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from relec_exchange.adapters.certificates import certificate_end
from relec_exchange.adapters.folders import FolderTarget
from relec_exchange.adapters.local_queue import LocalQueueTarget
from relec_exchange.adapters.notify import CommandHook
from relec_exchange.adapters.rabbitmq.access import Access
from relec_exchange.adapters.rabbitmq.renewal import finish
from relec_exchange.errors import Conflict
from relec_exchange.inbound.router import Mailbox, UnitTarget
from relec_exchange.inbound.routing import RoutingRules
from relec_exchange.inbound.units import Channel, Unit
from relec_exchange.settings import Settings


def broker_access(settings: Settings) -> Access:
    """How this node reaches its broker; a new certificate that a kill left half-way is in place."""
    broker, at = settings.broker, settings.path
    access = Access(
        host=broker.host,
        port=broker.port,
        node=settings.node,
        ca_file=at(broker.ca_file),
        certificate_file=at(broker.certificate_file),
        key_file=at(broker.key_file),
        server_name=broker.server_name,
        virtual_host=broker.vhost,
    )
    finish(access)
    return access


def certificate(settings: Settings) -> Callable[[], datetime | None]:
    """When this node's certificate for the broker ends, read anew each time."""
    path = settings.path(settings.broker.certificate_file)
    return lambda: certificate_end(path)


def lock_directory(directory: Path) -> int:
    """Hold the store's directory against a second process, or raise Conflict."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Conflict(
            "another process runs this node", field="home", remedy="stop it first"
        ) from None
    return handle


def unit_targets(rules: RoutingRules) -> Mapping[tuple[str, Channel], UnitTarget]:
    """Where each unit receives, and the hooks that tell it and the duty contact."""
    targets: dict[tuple[str, Channel], UnitTarget] = {}
    for unit in rules.units:
        place, target = _place(unit, rules)
        targets[unit.name, place] = target
        if unit.notify:
            targets[unit.name, Channel.NOTIFY] = CommandHook(unit.notify)
        if rules.escalation.notify:
            hook = CommandHook(rules.escalation.notify, "unacknowledged")
            targets[unit.name, Channel.ESCALATE] = hook
    return targets


def _place(unit: Unit, rules: RoutingRules) -> tuple[Channel, UnitTarget]:
    if unit.folder:
        return Channel.FOLDER, FolderTarget(Path(unit.folder))
    if unit.queue and rules.local_exchange:
        return Channel.QUEUE, LocalQueueTarget(rules.local_exchange, unit.queue)
    return Channel.MAILBOX, Mailbox()
