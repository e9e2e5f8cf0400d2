"""A rescue message goes first; that nobody confirmed it is told once."""

from __future__ import annotations

import json

import pytest

from core_network import entries, events, inbox_ids, life_at_risk, warning
from relec_exchange.errors import Conflict, NotAuthorised
from relec_exchange.message.constants import TIMES
from relec_exchange.outbound.unconfirmed import EVENT
from relec_exchange.records import OutboxRow, Where
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act


def gone_first(network: SimulatedNetwork, **options: object) -> str:
    given = {"release": False, **options}
    result = network.submit(life_at_risk(network), **given)  # type: ignore[arg-type]
    assert (result["status"], result["needs"]) == ("released", ["confirm"]), result
    return str(result["message_id"])


def row(network: SimulatedNetwork, ident: str) -> OutboxRow:
    return network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]


@pytest.mark.parametrize("options", [{}, {"release": True, "releaser": OFFICER}])
def test_it_goes_with_one_officer_and_another_confirms_it(
    network: SimulatedNetwork, options: dict[str, object]
) -> None:
    ident, desk = gone_first(network, **options), network.node("tr").desk
    network.run()
    assert inbox_ids(network.node("pk")) == [ident]
    for officer in (OFFICER, DESK):
        with pytest.raises(NotAuthorised):
            desk.confirm(ident, officer, network.act("tr", ident, Act.CONFIRM, officer))
    with pytest.raises(NotAuthorised):
        desk.confirm(ident, SECOND, network.act("tr", ident, Act.RELEASE))
    assert desk.confirm(ident, SECOND, network.act("tr", ident, Act.CONFIRM))["needs"] == []
    assert (row(network, ident).needs, row(network, ident).confirmed_by) == ("", SECOND)
    assert [e["actor"] for e in entries(network.node("tr"), "confirmed", "activity")] == [SECOND]
    with pytest.raises(Conflict):
        desk.confirm(ident, SECOND, bytes(64))


def test_with_a_second_persons_release_nothing_is_left_to_confirm(
    network: SimulatedNetwork,
) -> None:
    result = network.submit(life_at_risk(network))
    assert (result["status"], result["needs"]) == ("released", [])


def test_it_skips_the_second_person_and_no_question_of_the_rules(
    network: SimulatedNetwork,
) -> None:
    result = network.submit(
        life_at_risk(network), release=False, withhold=("no-person-recognisable",)
    )
    assert result["status"] == "held"
    network.run()
    assert inbox_ids(network.node("pk")) == []


def test_what_nobody_confirms_in_time_is_told_once_also_over_a_restart(
    network: SimulatedNetwork,
) -> None:
    ident, node = gone_first(network), network.node("tr")
    network.run()
    assert events(node, EVENT) == []
    network.clock.forward(seconds=TIMES.confirm_seconds + 60)
    network.run()
    network.pass_minutes(2)
    [told] = events(node, EVENT)
    assert (told.ref, json.loads(told.data)["by"]) == (ident, OFFICER)
    network.close("tr")
    network.open("tr")
    network.pass_minutes(2)
    assert len(events(network.node("tr"), EVENT)) == 1
    [item] = network.node("tr").desk.outbox({"after": 0, "limit": 5})["items"]
    assert item["needs"] == ["confirm"]
    owed = [line for line in network.node("tr").desk.deadlines() if line["owes"] == ["confirm"]]
    assert [(line["message_id"], line["owed_by"], line["stage"]) for line in owed] == [
        (ident, "tr", "passed")
    ]


def test_what_was_confirmed_in_time_is_not_told(network: SimulatedNetwork) -> None:
    ident, desk = gone_first(network), network.node("tr").desk
    desk.confirm(ident, SECOND, network.act("tr", ident, Act.CONFIRM))
    network.submit(warning(network))
    network.clock.forward(seconds=TIMES.confirm_seconds + 60)
    network.run()
    assert events(network.node("tr"), EVENT) == []
