"""Simulated years: nodes that issue cards in time, agreements that last, days that pass."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from core_network import NOMINAL, _scratch, replace_grant
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.entry import commitment
from relec_exchange.founding import issue
from relec_exchange.message.document import Message
from relec_exchange.node import Node
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.testing import NETWORK, OFFICER, PASSPHRASE, SimulatedNetwork, found_network
from relec_exchange.testing.homes import Founded, _sign
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.drafts import Terms, draft_agreement
from relec_exchange.trust.officer import Act

RENEWED_AFTER = 60
"""Days after which every node issues its next card: its sealing epochs reach six months ahead."""


@cache
def lasting(retention_days: int) -> Founded:
    """Homes of tr and pk whose agreement about persons lasts four years."""
    directory, names = _scratch(), ("tr", "pk")
    grants = [replace_grant(NOMINAL, f"{a}-{b}", a, b) for a in names for b in names if a != b]
    every = [lasting_grant(one, retention_days) for one in grants]
    homes = found_network(directory, names, grants=every)
    start = (homes.now - timedelta(days=1)).replace(microsecond=0)
    terms = Terms(
        network=NETWORK,
        network_kind="exercise",
        parties=names,
        title="Simulated agreement for years",
        legal_basis="A simulated memorandum; no state has signed this text.",
        valid_from=start,
        valid_until=start + timedelta(days=4 * 365),
        grants=tuple(every),
    )
    _sign(directory, draft_agreement(terms), names)
    return homes


def lasting_grant(grant: Grant, days: int) -> Grant:
    """The grant with more types, and so many days of keeping."""
    types = (*grant.types, "info.spontaneous", "correction", "recall", "recall.outcome")
    types = (*types, "shred.attestation")
    levels = (*grant.levels, "none")
    wider = {**grant.model_dump(by_alias=True), "types": types, "levels": levels}
    return Grant.model_validate({**wider, "retention_days": days})


@contextmanager
def years(
    directory: Path, *, retention_days: int = 365, national: dict[str, dict[str, int]] | None = None
) -> Iterator[SimulatedNetwork]:
    """tr and pk, that have exchanged their first rounds; `national` rules in days by node."""
    network = SimulatedNetwork(directory / "network", founded=lasting(retention_days))
    try:
        for name, rule in (national or {}).items():
            network.close(name)
            with (network.home(name) / "node.toml").open("a") as file:
                lines = "".join(f"{level} = {days}\n" for level, days in rule.items())
                file.write(f"\n[retention.national_days]\n{lines}")
            network.open(name)
        network.run()
        yield network
    finally:
        network.close()


def pass_days(network: SimulatedNetwork, days: int, step: int = 1) -> None:
    """Let days pass, with new cards in time; after each step everything comes to rest."""
    for _ in range(0, days, step):
        network.clock.forward(days=step)
        passed = network.__dict__.setdefault("_since_cards", 0) + step
        if passed >= RENEWED_AFTER:
            renew(network)
            passed = 0
        network.__dict__["_since_cards"] = passed
        network.run()


def renew(network: SimulatedNetwork) -> None:
    """The next card of every node, adopted by all that run."""
    for name in network.names:
        core = network.node(name).desk.core
        card = core.directory.card(name).card
        files = KeyFiles(network.home(name) / "keys", PASSPHRASE)
        authority = network.authority(name)
        note = issue(card, card.partners, files, authority, network.clock(), os.urandom).note
        for other in network.names:
            network.node(other).desk.import_card(note.decode(), None, OFFICER)


# ---- looking -----------------------------------------------------------------------------------


def came(node: Node, ident: str) -> InboxRow:
    """The record of a message received."""
    return node.store.rows(InboxRow, Where("message_id", "=", ident))[0]


def went(node: Node, ident: str) -> OutboxRow:
    """The record of a message sent."""
    return node.store.rows(OutboxRow, Where("message_id", "=", ident))[0]


def gone(node: Node, row: InboxRow | OutboxRow, key_id: str) -> bool:
    """Whether a message is marked, blanked, and its key destroyed."""
    return bool(row.erased_at) and not row.content and not node.vault.get([key_id])


def openable(network: SimulatedNetwork, message: Message, recorded: Sequence[Any] = ()) -> int:
    """How many recorded envelopes to the message's recipient some key that exists still opens."""
    name = message.header.recipient
    keys = KeyFiles(network.home(name) / "keys", PASSPHRASE)
    mine = [item for _, item in recorded or network.hub.recorded if item.recipient == name]
    return sum(keys.sealing(parse_envelope(i.envelope).header.key_id) is not None for i in mine)


def keep(
    network: SimulatedNetwork, name: str, ident: str, until: str, direction: str = "in"
) -> dict[str, Any]:
    """An officer orders a legal hold."""
    desk = network.node(name).desk
    leaf = bytes.fromhex(desk.show(ident, direction)["leaf"])
    signature = network.key(name).sign(Act.KEEP, leaf, until)
    given = {"message_id": ident, "direction": direction, "reason": "A court asks.", "until": until}
    return desk.keep(given, OFFICER, signature)


def unkeep(network: SimulatedNetwork, name: str, ident: str, direction: str = "in") -> None:
    """An officer ends it."""
    desk = network.node(name).desk
    leaf = bytes.fromhex(desk.show(ident, direction)["leaf"])
    desk.unkeep(ident, direction, OFFICER, network.key(name).sign(Act.UNKEEP, leaf))


def digest(message: Message, salt: bytes) -> bytes:
    """What officers sign of a message."""
    return commitment(salt, message.raw)
