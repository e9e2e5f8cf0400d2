"""Kill -9 between any two steps of erasing: there is never content without its log entry, never a
key destroyed for content that is still held; and in the end everything is as if nobody was killed.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core_network import FULL, check_logs, letter, request, sent
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.journal.content import read_content
from relec_exchange.message.identifiers import format_time
from relec_exchange.node import Node
from relec_exchange.records import EntryRow, InboxRow, JudgementRow, OutboxRow, Where
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from years import keep, pass_days, years

KILLS = 200 if FULL else 20
REACH = 60
"""Dangerous calls of a day: one of them, drawn, is the last thing a node does."""


class KilledError(BaseException):
    """kill -9, with the name of the node."""


class Deadly:
    """One kill at a time, at a drawn call of whichever node makes it."""

    def __init__(self, network: SimulatedNetwork, seed: int) -> None:
        self.network, self.dice = network, random.Random(seed)
        self.left = 0
        self.where: list[str] = []
        for name in network.names:
            self.endanger(network.node(name))

    def arm(self) -> None:
        """One of the next calls is deadly."""
        self.left = self.dice.randint(1, REACH)

    def endanger(self, node: Node) -> None:
        def killing(what: str, act: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                self.count(node, f"before {what}")
                answer = act(*arguments)
                self.count(node, f"after {what}")
                return answer

            return call

        vault, store, keys = node.vault, node.store, node._keys
        vault.put = killing("put", vault.put)  # type: ignore[method-assign]
        vault.destroy = killing("destroy", vault.destroy)  # type: ignore[method-assign]
        vault._delete = killing("delete", vault._delete)  # type: ignore[method-assign]
        store.commit = killing("commit", store.commit)  # type: ignore[method-assign]
        keys.destroy_sealing = killing("sealing", keys.destroy_sealing)  # type: ignore[method-assign]
        node._guard.write = killing("guard", node._guard.write)  # type: ignore[method-assign]

    def count(self, node: Node, where: str) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                self.where.append(where)
                raise KilledError(node.settings.node)

    def kill(self, name: str) -> None:
        """End a node as kill -9 does, look at what it left, and start it again."""
        node = self.network._nodes.pop(name)
        self.network._transports.pop(name).pause()
        node.store.close()
        node.vault.close()
        os.close(node._locked)
        check_left(self.network, name)
        self.endanger(self.network.open(name))
        check_left(self.network, name)

    def survive(self, act: Callable[[], Any]) -> Any:
        """Do it until nobody is killed on the way."""
        while True:
            try:
                return act()
            except KilledError as killed:
                self.kill(killed.args[0])


def check_left(network: SimulatedNetwork, name: str) -> None:
    """What a killed node left on its disk."""
    settings = read_settings(network.home(name))
    keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
    store = SqliteStore(settings.path(settings.paths.store))
    vault = SqliteVault(settings.path(settings.paths.vault), keys.storage_key(), os.urandom)
    try:
        _check_messages(store, vault, name)
        logged = _erased(store)
        core_keys = keys.sealing_ids()
        named = _epochs(network, name)
        assert all(key in logged for key in named - core_keys), "a sealing key went without entry"
    finally:
        store.close()
        vault.close()


def _check_messages(store: SqliteStore, vault: SqliteVault, name: str) -> None:
    logged = _erased(store)
    entries = {row.leaf for row in store.rows(EntryRow, Where("kind", "=", "sent"))}
    came = {
        json.loads(row.data)["leaf"] for row in store.rows(EntryRow, Where("kind", "=", "received"))
    }
    for row in (*store.rows(InboxRow), *store.rows(OutboxRow, Where("cls", "!=", "control"))):
        sender = row.sender if isinstance(row, InboxRow) else name
        known = row.leaf.hex() in came if isinstance(row, InboxRow) else row.leaf in entries
        assert known, "content without the entry that it came or went by"
        secret = vault.get([row.key_id]).get(row.key_id)
        if row.erased_at:
            assert f"{sender}/{row.message_id}" in logged, "a mark without its entry"
            continue
        assert secret is not None, "a key is destroyed for content that is still held"
        assert read_content(row, secret)[0], "content that is not marked is gone"
    for judged in store.rows(JudgementRow, Where("direction", "=", "inbound")):
        held = store.rows(InboxRow, Where("message_id", "=", judged.message_id))
        assert held[0].erased_at or vault.get([judged.key_id])


def _erased(store: SqliteStore) -> set[str]:
    rows = store.rows(EntryRow, Where("kind", "=", "erased"))
    return {json.loads(row.data)["subject"] for row in rows}


def _epochs(network: SimulatedNetwork, name: str) -> set[str]:
    """Ids of the sealing keys that the node's cards have named and that can be over."""
    seen = network.__dict__.setdefault("_epochs_seen", {}).setdefault(name, set())
    node = network._nodes.get(name)
    if node is not None:
        seen |= {epoch.id for epoch in node.desk.core.directory.card(name).card.sealing}
    return set(seen)


def recalled(network: SimulatedNetwork, deadly: Deadly, ident: str) -> None:
    """tr calls a message back and pk destroys it."""
    about = {"source_grade": None, "info_grade": None, "data_level": "nominal"}
    about["purpose"] = "criminal_investigation"
    body = {"message_id": ident, "why": "A wrong place.", "reason": "inaccurate"}
    asked = letter(network, "recall", body, **about)
    deadly.survive(lambda: network.submit(asked, salt=b"\1" * 32))
    deadly.survive(network.run)
    full = {
        "message_id": ident,
        "outcome": "destroyed",
        "at": format_time(network.clock()),
        "note": "Nobody had a copy.",
    }
    ends = {"sender": "pk", "recipient": "tr", "in_reply_to": asked.header.message_id}
    answer = letter(network, "recall.outcome", full, **about, **ends)
    deadly.survive(lambda: network.submit(answer, salt=b"\2" * 32))


@pytest.mark.parametrize("seed", range(4 if FULL else 1))
def test_killed_at_any_step_a_node_has_either_all_of_a_message_or_says_that_it_is_gone(
    tmp_path: Path, seed: int
) -> None:
    with years(tmp_path, retention_days=200) as network:
        deadly = Deadly(network, seed)
        idents: list[str] = []
        day = 0
        while len(deadly.where) < KILLS // (4 if FULL else 1):
            day += 1
            tomorrow = (network.clock() + timedelta(days=1)).date().isoformat()
            for _ in range(2):
                until = deadly.dice.choice((tomorrow, None))
                idents.append(sent(network, request(network, retain_until=until)))
            network.run()
            _epochs(network, "tr"), _epochs(network, "pk")
            deadly.arm()
            if day % 4 == 0:
                recalled(network, deadly, idents[-1])
            pass_days_alive(network, deadly, 3)
        deadly.left = 0
        pass_days(network, 330, step=30)
        for name in network.names:
            node, kind = network.node(name), OutboxRow if name == "tr" else InboxRow
            rows = node.store.rows(kind, Where("message_id", "in", idents))
            assert len(rows) == len(idents)
            assert all(r.erased_at and not r.content and not r.key_id for r in rows)
            assert all(r.attested_at and r.peer_attested_at for r in rows)
            mine = [s for s in _erased(node.store) if s.split("/")[-1] in idents]
            assert len(mine) == len(set(idents))
        check_logs(network)
        assert len({where.split()[1] for where in deadly.where}) >= 2, deadly.where


def pass_days_alive(network: SimulatedNetwork, deadly: Deadly, days: int) -> None:
    for _ in range(days):
        deadly.survive(lambda: pass_days(network, 1))
        deadly.survive(network.run)


def test_a_hold_that_is_ordered_while_its_message_is_being_erased_wins_or_is_refused(
    tmp_path: Path,
) -> None:
    with years(tmp_path, retention_days=5) as network:
        ident = sent(network, request(network))
        network.run()
        pk = network.node("pk")
        network.clock.forward(days=6)
        planned = pk.erasure.plan
        ordered: list[object] = []

        def plan(*arguments: Any) -> Any:
            made = planned(*arguments)  # what is to be erased was read; now the hold comes
            if not ordered:
                ordered.append(keep(network, "pk", ident, "2026-12-31"))
            return made

        pk.erasure.plan = plan  # type: ignore[method-assign]
        network.run()
        assert ordered
        assert network.open_message("pk", ident)
        [line] = [one for one in pk.desk.retention(0) if one["message_id"] == ident]
        assert line["kept_until"] == "2026-12-31"
