"""Whoever leaves out the first page of a walk, or makes its content hard to open, is logged too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core_network import begun, entries, sent, warning
from relec_exchange.desk.core import Core
from relec_exchange.desk.desk import Desk
from relec_exchange.errors import Unavailable
from relec_exchange.records import JudgementRow
from relec_exchange.testing import OFFICER, SimulatedNetwork

Call = Callable[[Desk], Any]
SEARCH = {"after": "2030-01-01T00:00:00.000Z relec.example/tr/activity/1 0", "limit": 10}
CALLS: dict[str, Call] = {
    "audit-search": lambda desk: desk.audit_search(dict(SEARCH), OFFICER),
    "audit-replay": lambda desk: desk.audit_replay("activity", 1, OFFICER),
    "audit-judgements": lambda desk: desk.judgements(1, 10, OFFICER),
    "audit-coverage": lambda desk: desk.audit_coverage("acts", OFFICER),
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path_factory.mktemp("walks")) as made:
        sent(made, warning(made))
        made.run()
        yield made


@pytest.fixture
def desk(network: SimulatedNetwork) -> Desk:
    return network.node("tr").desk


def logged(network: SimulatedNetwork, action: str) -> int:
    return sum(
        one.get("action") == action for one in entries(network.node("tr"), "access", "activity")
    )


@pytest.mark.parametrize("action", CALLS)
def test_a_walk_that_begins_in_the_middle_is_logged_and_goes_on_for_an_hour(
    network: SimulatedNetwork, desk: Desk, action: str
) -> None:
    before = logged(network, action)
    CALLS[action](desk)
    CALLS[action](desk)
    assert logged(network, action) == before + 1
    network.clock.forward(minutes=60)
    CALLS[action](desk)
    assert logged(network, action) == before + 2


def test_a_search_for_something_else_is_another_walk(network: SimulatedNetwork, desk: Desk) -> None:
    before = logged(network, "audit-search")
    desk.audit_search({**SEARCH, "peer": "iq"}, OFFICER)
    desk.audit_search({**SEARCH, "peer": "pk"}, OFFICER)
    assert logged(network, "audit-search") == before + 2


def test_content_is_not_opened_before_the_reason_is_in_the_log(
    network: SimulatedNetwork, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(Core, "content", lambda _core, row: opened.append(row))

    def full(*_given: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(network.node("tr").journal, "write", full)
    [judged] = network.node("tr").store.rows(JudgementRow, limit=1, blobs=False)
    given = {"message_id": judged.message_id, "direction": "out", "reason": "case-17"}
    with pytest.raises(Unavailable):
        desk.unseal(given, OFFICER)
    assert opened == []
