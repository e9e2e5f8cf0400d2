"""To whom a message is open by the grant that it came under."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations import homes
from core_network import warning
from relec_exchange.errors import Refused
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.readers import readers_of, targets
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.protection.units import MAILBOX
from relec_exchange.records import DeliveryRow, Where
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.officer import Act
from sharing import came, delivered

FOR_THE_DESK = Grant(
    id="for-the-desk",
    senders=("tr",),
    recipients=("pk",),
    areas=tuple(Area),
    types=("warning.notice",),
    purposes=(Purpose.PREVENTION,),
    levels=(DataLevel.NON_NOMINAL,),
    handling=(Handling.H1, Handling.H2),
    retention_days=100,
    readers=("protection-desk",),
)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    made = SimulatedNetwork(tmp_path / "network", founded=homes(grants=(FOR_THE_DESK,)))
    yield made
    made.close()


def test_a_message_goes_to_the_units_that_its_grant_names_and_opens_there_alone(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network, handling=["H1"]))
    row, node = came(network, "pk", ident), network.node("pk")
    assert row.unit == "protection-desk"
    assert readers_of(node.book.current, row.agreement, row.grant_id) == ("protection-desk",)
    given = node.store.rows(DeliveryRow, Where("message_id", "=", ident))
    assert [(one.unit, one.target) for one in given] == [("protection-desk", "mailbox")]
    with pytest.raises(Refused) as caught:
        network.open_message("pk", ident)
    assert caught.value.rule == "P7-third-party"
    signature = network.key("pk", DESK).sign(Act.OPEN, row.leaf)
    assert node.desk.open(ident, "in", DESK, signature)["body"]["kind"] == "surge"


def test_statistics_and_extracts_are_closed_to_units_that_may_not_see_it(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network, handling=["H1"]))
    desk = network.node("pk").desk
    asked = {"what": "warnings", "direction": "in", "after": 0, "limit": 10}
    assert desk.statistics(asked, OFFICER)["items"] == []
    assert [one["message_id"] for one in desk.statistics(asked, DESK)["items"]] == [ident]
    given = {"message_id": ident, "direction": "in", "fields": [], "text": None, "language": None}
    with pytest.raises(Refused) as caught:
        desk.make_extract(given, OFFICER)
    assert caught.value.rule == "P7-third-party"


def test_a_grant_that_is_not_held_any_more_or_names_nobody_narrows_nothing(
    network: SimulatedNetwork,
) -> None:
    directory = network.node("pk").book.current
    assert readers_of(directory, "ab" * 32, "for-the-desk") == ()
    assert readers_of(directory, "", "control") == ()
    chosen = (("ncp", str(Channel.FOLDER)),)
    assert targets(directory, ("", "control"), warning(network), chosen) == chosen


def test_the_way_to_a_named_unit_without_a_rule_is_its_mailbox() -> None:
    assert str(Channel.MAILBOX) == MAILBOX
