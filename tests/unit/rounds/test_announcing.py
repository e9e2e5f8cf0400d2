"""Ends are announced 60, 30 and 7 days ahead and when they come, once each, and a renewal anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core_network import events
from core_notices import agreement_text, later_card, moment
from relec_exchange.journal.plan import Plan
from relec_exchange.records import AnnouncedRow, ConsentRow, Insert, LegalHoldRow
from relec_exchange.rounds.announcing import Announcing
from relec_exchange.rounds.ending import Ending, endings
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.note import merge_signatures, sign_text

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def announced(network: SimulatedNetwork, name: str = "tr") -> list[tuple[str, str, str, int]]:
    """(event, what, subject, days) of all announcements."""
    node = network.node(name)
    found = [*events(node, "expiry.ahead"), *events(node, "expiry.over")]
    told = [(row, json.loads(row.data)) for row in sorted(found, key=lambda row: row.row)]
    return [(row.kind, data["what"], row.ref, data["days"]) for row, data in told]


def duty(network: SimulatedNetwork, end: datetime | None = None) -> Announcing:
    node = network.node("tr")
    return Announcing(node.store, node.journal, lambda: node.book.current, lambda: end)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=7), 7),
        (timedelta(days=6, seconds=1), 7),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (-timedelta(seconds=1), 0),
        (-timedelta(days=1), -1),
    ],
)
def test_days_left_count_the_one_that_has_begun(left: timedelta, days: int) -> None:
    assert Ending("card", "tr", NOON + left).days(NOON) == days


def test_a_certificate_is_announced_three_times_and_when_it_is_over(
    network: SimulatedNetwork,
) -> None:
    end = network.clock() + timedelta(days=90)
    tick = duty(network, end).tick
    for _ in range(95):
        tick(network.clock())
        network.clock.forward(days=1)
    told = [(kind, days) for kind, what, _, days in announced(network) if what == "certificate"]
    assert told == [
        ("expiry.ahead", 60),
        ("expiry.ahead", 30),
        ("expiry.ahead", 7),
        ("expiry.over", 0),
    ]


def test_what_is_seen_late_is_announced_once_for_the_nearest(network: SimulatedNetwork) -> None:
    end = network.clock() + timedelta(days=5)
    for _ in range(3):  # a restart between: the store remembers
        duty(network, end).tick(network.clock())
    assert [line for line in announced(network) if line[1] == "certificate"] == [
        ("expiry.ahead", "certificate", "tr", 5)
    ]


def test_what_was_over_long_ago_is_not_announced(network: SimulatedNetwork) -> None:
    duty(network, network.clock() - timedelta(days=30)).tick(network.clock())
    assert [line for line in announced(network) if line[1] == "certificate"] == []


def test_cards_and_sealing_keys_are_announced_and_a_new_card_ends_the_matter(
    network: SimulatedNetwork,
) -> None:
    node = network.node("tr")
    until = node.book.current.card("tr").card.valid_until
    network.clock.forward(days=(until - network.clock()).days - 59)
    tick = duty(network).tick
    tick(network.clock())
    assert ("expiry.ahead", "card", "tr", 60) in announced(network)
    assert ("expiry.ahead", "card", "pk", 60) in announced(network)
    note = later_card(
        network, "tr", "renewed", valid_from=moment(network), valid_until=moment(network, days=300)
    )
    node.desk.import_card(note.decode(), None, OFFICER)
    network.clock.forward(days=31)
    tick(network.clock())
    again = [line for line in announced(network) if line[1:3] == ("card", "tr")]
    assert again == [("expiry.ahead", "card", "tr", 60)]
    assert ("expiry.ahead", "card", "pk", 30) in announced(network) or (
        "expiry.ahead",
        "card",
        "pk",
        29,
    ) in announced(network)


def test_an_agreement_that_has_a_successor_is_not_announced(network: SimulatedNetwork) -> None:
    node = network.node("tr")

    def signed(text: str) -> str:
        notes = [sign_text(text, network.authority(name)) for name in ("tr", "pk")]
        return merge_signatures(*notes).decode()

    end = moment(network, days=20)
    first = agreement_text(network, "tr", "pk", title="short", valid_until=end)
    info = node.desk.import_agreement(signed(first), OFFICER)
    subject = f"sha256/{info['hash'][:16]}"
    certificate = lambda: None  # noqa: E731
    found = endings(node.store, node.book.current, certificate)
    assert [(one.what, one.ends) for one in found if one.subject == subject] == [("agreement", end)]
    later = agreement_text(
        network,
        "tr",
        "pk",
        title="long",
        version=2,
        replaces=(info["hash"],),
        valid_from=moment(network, days=10),
    )
    node.desk.import_agreement(signed(later), OFFICER)
    found = endings(node.store, node.book.current, certificate)
    assert subject not in {one.subject for one in found}


def test_consents_and_legal_holds_end_too(network: SimulatedNetwork) -> None:
    node, at = network.node("tr"), "2026-11-02T08:00:00.000Z"
    day = (network.clock() + timedelta(days=6)).date().isoformat()
    until = f"{day}T00:00:00.000Z"
    rows = (
        LegalHoldRow("h1", "in", "pk", "m", "x", at, until, "", "", "k", b""),
        LegalHoldRow("h2", "in", "pk", "m", "x", at, until, at, "x", "k", b""),
        ConsentRow("r1", "pk", "m", "court", "", "", "granted", day, at, "d"),
        ConsentRow("r2", "pk", "m", "court", "", "", "refused", day, at, "d"),
    )
    node.journal.write(Plan(changes=tuple(Insert(row) for row in rows)))
    duty(network).tick(network.clock())
    told = {line[1:3] for line in announced(network)}
    assert told == {("legal-hold", "h1"), ("consent", "r1")}
    assert node.store.count(AnnouncedRow) > 0
