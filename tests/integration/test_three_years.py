"""Three simulated years of four states over a real broker, from accession to proven erasure."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from remains import opened, readable, standing, traces
from stepped_broker import BrokerNetwork
from three_years import (
    KEPT_DAYS,
    STATES,
    Story,
    account,
    bilateral_now,
    entries_of,
    open_charter,
)

from conversations import about, back
from core_notices import import_notice, lift, suspension, termination
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.records import AlarmRow, InboxRow, OutboxRow, Where
from relec_exchange.testing import OFFICER
from whole_logs import check_every_log

pytestmark = pytest.mark.broker

RING = (("tr", "pk"), ("pk", "iq"), ("iq", "bd"), ("bd", "tr"))
"""Who asks whom about persons."""

WRONG = {"why": "Another person was meant.", "reason": "wrong_person"}


@pytest.mark.timeout(3600)
def test_three_years_of_four_states(private_broker: PrivateBroker, tmp_path: Path) -> None:
    network = BrokerNetwork(private_broker, tmp_path / "network", STATES)
    try:
        network.apply(*STATES)
        story = Story(network)
        story.rest()
        first_year(story, tmp_path / "backup")
        second_year(story)
        third_year(story)
        found = account(story)
        assert (found["arrives"] > 300, found["refused"]) == (True, 4), found
        origins = {
            origin
            for node in map(network.node, story.members)
            for origin in check_every_log(node.store, node._keys.log_public)
        }
        assert {"relec.example/tr/exchange/3", "relec.example/pk/activity/3"} <= origins
        assert [network.node(name).store.rows(AlarmRow) for name in story.members] == [[], [], []]
        all_gone(story, tmp_path / "backup")
    finally:
        network.close()


def first_year(story: Story, backup: Path) -> None:
    """A charter that is open, an accession, amended agreements, a recall, the first rotations."""
    network = story.network
    story.pass_days(10)
    text = open_charter(story, 2)
    note = story.sign(text, "tr", "pk", "iq")
    network.node("tr").desk.import_agreement(note.decode(), OFFICER)
    story.rest()
    story.pass_days(10)
    network.node("bd").desk.import_agreement(story.sign(text, "bd").decode(), OFFICER)
    story.rest()
    for name in STATES:
        [held] = [
            h for h in network.node(name).book.current.agreements.values() if h.signed.text == text
        ]
        assert held.signers == set(STATES), name
    for one, other in (
        ("tr", "pk"),
        ("pk", "iq"),
        ("iq", "bd"),
        ("bd", "tr"),
        ("tr", "iq"),
        ("pk", "bd"),
    ):
        story.agree(one, other)
    story.pass_days(10)
    recalled(story)
    story.traces = {
        name: traces(network.node(name), requests(story, name)) for name in ("tr", "pk")
    }
    backup.mkdir()
    for file in (network.home("tr") / "store").iterdir():
        shutil.copy(file, backup / file.name)
    story.pass_days(90)
    story.new_log("tr", "exchange")
    story.new_authority("pk")
    story.new_witness("iq")
    story.new_certificate("bd")
    story.pass_days(200)


def second_year(story: Story) -> None:
    """An emergency, an agreement that ends, the second rotations."""
    network = story.network
    story.pass_days(10)
    stop = suspension(network, "iq", with_=("tr",), areas=("migrant_smuggling",))
    import_notice(network, "iq", stop)
    story.rest()
    story.ask("iq", "tr", "refused")
    story.ask("tr", "iq", "refused")
    story.pass_days(10)
    import_notice(network, "iq", lift(network, stop))
    story.rest()
    story.ask("tr", "iq")
    story.pass_days(50)
    story.new_log("tr", "exchange")
    story.new_log("pk", "activity")
    story.new_authority("pk")
    story.new_witness("iq")
    story.new_certificate("bd")
    terminated(story)
    story.pass_days(140)
    story.pass_days(140)


def third_year(story: Story) -> None:
    """What was renewed goes on, one state leaves, what is over is erased."""
    for one, other in RING:
        story.agree(one, other)
    story.pass_days(120)
    story.new_log("pk", "activity")
    leaves(story, "bd")
    story.pass_days(120)
    story.pass_days(120)


# ---- scenes ------------------------------------------------------------------------------------


def requests(story: Story, name: str) -> list[OutboxRow | InboxRow]:
    """Those under an amended agreement: the texts of the founding keep them for five years."""
    node, what = story.network.node(name), Where("type", "=", "info.request")
    soon = Where("erase_on", "<=", f"{story.network.clock() + timedelta(days=KEPT_DAYS):%Y-%m-%d}")
    return [*node.store.rows(OutboxRow, what, soon), *node.store.rows(InboxRow, what, soon)]


def recalled(story: Story) -> None:
    """A request that named the wrong person is recalled, and destroyed where it went."""
    asked = story.ask("tr", "pk")
    story.rest()
    recall = about(
        story.network,
        asked,
        "recall",
        {"why": "Another person was meant.", "reason": "wrong_person"},
    )
    story.send(recall)
    story.rest()
    done = {
        "message_id": asked.header.message_id,
        "outcome": "destroyed",
        "at": recall.header.model_dump(mode="json")["created_at"],
    }
    story.send(back(story.network, recall, "recall.outcome", done))
    story.rest()
    subjects = [entry["subject"] for entry in entries_of(story.network.node("pk"), "erased")]
    assert f"tr/{asked.header.message_id}" in subjects


def terminated(story: Story) -> None:
    """tr ends its agreement with bd: after a day nothing about persons goes, but a recall does."""
    network = story.network
    asked = story.ask("tr", "bd")
    story.rest()
    held = bilateral_now(network.node("tr"), "bd", "tr")
    import_notice(network, "tr", termination(network, "tr", held.hash, ("bd",)))
    story.rest()
    story.ask("bd", "tr")
    network.clock.forward(hours=25)
    story.rest()
    story.ask("tr", "bd", "refused")
    story.ask("bd", "tr", "refused")
    recall = about(network, asked, "recall", WRONG)
    story.send(recall)
    story.rest()


def leaves(story: Story, name: str) -> None:
    """A state leaves: it ends what it signed, the others no longer list it, its route is gone."""
    network = story.network
    story.rest()
    node = network.node(name)
    for held in tuple(node.book.current.agreements.values()):
        if name in held.signers:
            import_notice(network, name, termination(network, name, held.hash))
    story.rest()
    network.clock.forward(hours=25)
    story.rest()
    story.members.remove(name)
    for other in story.members:
        partners = [p for p in story.card(other).partners if p.node != name]
        story.new_card(other, partners)
    story.rest()
    network.apply(*story.members)
    network.close(name)


def all_gone(story: Story, backup: Path) -> None:
    """What is erased stands nowhere, and nothing that is left opens it."""
    network = story.network
    places = [network.home("tr"), network.home("pk"), network.broker.directory / "data", backup]
    for name, taken in story.traces.items():
        assert len(taken.ids) >= 2, name
        assert standing(taken, places) == []
        assert readable(network.node(name), network.node(name).store, taken.ids) == []
        assert not taken.ids & opened(network.wire.recorded, network, story.members)
    restored = SqliteStore(backup / "node.db")
    try:
        ids = story.traces["tr"].ids
        assert ids <= {row.message_id for row in restored.rows(OutboxRow)} | {
            row.message_id for row in restored.rows(InboxRow)
        }
        assert readable(network.node("tr"), restored, ids) == []
    finally:
        restored.close()
