"""`relec audit disputed` at a running node."""

from __future__ import annotations

from typing import Any

import pytest
from commands import Tr
from memory_node import MemoryNode

REVOKED = {
    "node": "pk",
    "kind": "log",
    "key": "relec.example/pk/exchange/1",
    "since": "2026-11-01T06:00:00.000Z",
    "issued": "2026-11-02T06:00:00.000Z",
    "reason": "Disk stolen (simulated)",
}
MESSAGE = {
    "direction": "in",
    "message_id": "019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "peer": "pk",
    "type": "warning.notice",
    "at": "2026-11-01T07:00:00.000Z",
    "why": "log",
}


def test_nothing_is_disputed_where_no_key_is_revoked(tr: Tr) -> None:
    done = tr("audit", "audit", "disputed")
    assert (done.code, done.out.strip()) == (0, "No key of any node is revoked.")


def test_what_depended_on_a_revoked_key_is_listed(
    tr: Tr, node: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, Any] = {
        "revoked": [REVOKED],
        "messages": [MESSAGE],
        "messages_total": 1,
        "entries": [],
        "entries_total": 0,
        "texts": [],
    }
    monkeypatch.setattr(node, "disputed", lambda officer: found)
    assert tr("audit", "audit", "disputed", "--json").json() == found
    said = tr("security", "audit", "disputed").out
    assert "Disk stolen (simulated)" in said
    assert "1 messages and 0 entries are disputed." in said


@pytest.mark.parametrize("officer", ["ayse", "bora", "oper"])
def test_only_auditors_and_security_officers_may_look(tr: Tr, officer: str) -> None:
    assert tr(officer, "audit", "disputed").code == 4
