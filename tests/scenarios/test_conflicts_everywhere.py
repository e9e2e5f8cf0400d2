"""Two texts with one version raise an alarm at every node, whoever finds them, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import Forger, alarms, begun, check_logs, entries, events, take_in, warning
from core_notices import (
    agreement_text,
    bilateral,
    import_notice,
    later_card,
    moment,
    suspension,
)
from relec_exchange.errors import Conflict
from relec_exchange.journal.contradiction import parted
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.ports import OfferedNote
from relec_exchange.records import AlarmRow
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.note import merge_signatures, sign_text

THREE = ("tr", "pk", "iq")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *THREE) as network:
        yield network


def everywhere(network: SimulatedNetwork, *found: tuple[str, str]) -> None:
    """Every node has exactly these alarms, and both notes of each."""
    for name in THREE:
        node = network.node(name)
        assert alarms(node) == list(found), name
        for row in node.store.rows(AlarmRow):
            assert parted(row.evidence) is not None
        logged = entries(node, "alarm", "activity")
        assert [(e["what"], e["subject"]) for e in logged] == list(found)


def refused(network: SimulatedNetwork, sender: str, recipient: str) -> str:
    """The rule by which a warning is refused at its sender."""
    result = network.submit(warning(network, sender=sender, recipient=recipient))
    return str(result["error"]["rule"]) if result["status"] == "refused" else ""


def shown(network: SimulatedNetwork, name: str) -> int:
    """How many alarms a node has sent."""
    return [e["type"] for e in entries(network.node(name), "sent")].count("log.alarm")


def test_two_cards_of_one_version_that_two_nodes_got_alarm_all_three(
    three: SimulatedNetwork,
) -> None:
    one, two = (later_card(three, "tr", label) for label in ("one", "two"))
    for name, note in (("tr", one), ("pk", one), ("iq", two)):
        node = three.node(name)
        node.book.adopt([OfferedNote("card", note)], node.journal, three.clock())
    three.pass_minutes(15)
    everywhere(three, ("card-conflict", "tr"))
    before = [shown(three, name) for name in THREE]
    assert all(count == 2 for count in before)  # each told each partner, once
    three.pass_minutes(30)
    assert [shown(three, name) for name in THREE] == before
    check_logs(three)


def test_a_second_card_that_an_officer_imports_alarms_all_three(three: SimulatedNetwork) -> None:
    one, two = (later_card(three, "tr", label) for label in ("one", "two"))
    desk = three.node("iq").desk
    desk.import_card(one.decode(), None, OFFICER)
    with pytest.raises(Conflict):
        desk.import_card(two.decode(), None, OFFICER)
    three.run()
    everywhere(three, ("card-conflict", "tr"))


def test_two_successors_of_one_agreement_with_one_version_alarm_all_three(
    three: SimulatedNetwork,
) -> None:
    """The third node is no party, holds neither text, and can still prove it."""
    replaced = bilateral(three, "tr", "pk")
    notes = []
    for title in ("one", "two"):
        text = agreement_text(three, "tr", "pk", title=title, version=2, replaces=(replaced,))
        signed = [sign_text(text, three.authority(name)) for name in ("tr", "pk")]
        notes.append(merge_signatures(*signed))
    desk = three.node("tr").desk
    for note in notes:
        desk.import_agreement(note.decode(), OFFICER)
    three.run()
    first = min(parse_agreement(note).hash for note in notes)
    everywhere(three, ("agreement-conflict", f"sha256/{first[:16]}"))
    assert first not in three.node("iq").book.current.agreements


def test_two_suspensions_of_one_number_alarm_all_three(three: SimulatedNetwork) -> None:
    one, two = (
        suspension(three, "tr", with_=(partner,), reason="Simulated.") for partner in ("pk", "iq")
    )
    import_notice(three, "tr", one)
    three.run()
    import_notice(three, "pk", two)
    three.run()
    everywhere(three, ("notice-conflict", "tr"))
    assert refused(three, "tr", "pk") == refused(three, "pk", "tr") == "agreement-suspended"


def test_both_suspensions_of_one_number_stand_whichever_came_first(
    three: SimulatedNetwork,
) -> None:
    """tr tells pk one thing and iq another; both are held wherever they concern somebody."""
    one, two = (suspension(three, "tr", reason=said) for said in ("One.", "The other."))
    for name, note in (("pk", one), ("iq", two)):
        import_notice(three, name, note)
    three.pass_minutes(15)
    everywhere(three, ("notice-conflict", "tr"))
    held = [set(three.node(name).book.current.notices) for name in THREE]
    assert held[0] == held[1] == held[2]
    assert len(held[0]) == 2
    with pytest.raises(Conflict):  # an officer's mistake is stopped before it is told
        import_notice(three, "tr", suspension(three, "tr", reason="A third."))
    assert len(three.node("tr").book.current.notices) == 2


def test_a_fork_of_a_log_that_one_node_sees_is_shown_to_the_third(
    three: SimulatedNetwork,
) -> None:
    """tr's operator shows pk another tree than iq."""
    forger = Forger(three)
    forger.entries = forger.entries[:-1]
    take_in(three, "pk", [forger.round(99)])
    three.run()
    assert ("log-fork", "tr") in alarms(three.node("pk"))
    assert ("log-fork", "tr") in alarms(three.node("iq"))


def hostile(network: SimulatedNetwork, *notes: bytes, kind: str = "other") -> None:
    """What tr's operator sends pk as an alarm."""
    node, now = network.node("tr"), network.clock()
    body = {"kind": kind, "notes": [note.decode() for note in notes]}
    send, secrets = control_send(node.book.current, "pk", "log.alarm", body, now, os.urandom)
    node.journal.write(Plan(sends=(send,), secrets=secrets))
    network.run()
    assert shown(network, "tr")


def test_an_alarm_that_its_notes_do_not_prove_raises_nothing(three: SimulatedNetwork) -> None:
    card = later_card(three, "iq", "one")
    mine = three.authority("tr")
    held = three.node("tr").book.current.card("iq")
    text = card.decode().rsplit("\n\n", 1)[0] + "\n"
    lies = [
        (b"nonsense\n\n", b"more nonsense\n\n"),
        (card, b"nonsense\n\n"),
        (card, held.note),  # two versions, as it should be
        (card, sign_text(text.replace("one", "two"), mine)),  # not signed by iq
        (
            suspension(three, "iq", 1, ("tr",)),
            suspension(three, "iq", 2, ("pk",)),  # two numbers
        ),
        (suspension(three, "iq", 1, ("tr",)), card),
    ]
    forged = suspension(three, "iq", 1, ("pk",)).decode().rsplit("\n\n", 1)[0] + "\n"
    lies.append((suspension(three, "iq", 1, ("tr",)), sign_text(forged, mine)))
    for pair in lies:
        hostile(three, *pair)
    hostile(three, card, kind="unproven")
    for name in THREE:
        assert alarms(three.node(name)) == []
        assert events(three.node(name), "alarm") == []


def test_a_borrowed_key_is_the_fault_of_who_borrowed_it(three: SimulatedNetwork) -> None:
    """tr's authority signs a card with iq's log key; shown in either order, tr is at fault."""
    card = three.node("tr").book.current.card("tr").card
    stolen = three.node("tr").book.current.card("iq").card
    fields = stolen.model_dump(by_alias=True)["sealing"]
    note = later_card(three, "tr", "borrowed", sealing=fields)
    held = three.node("pk").book.current.card("iq").note
    hostile(three, note, held)
    assert alarms(three.node("pk")) == [("card-conflict", "tr")]
    assert card.version == three.node("pk").book.current.card("tr").card.version


def test_an_alarm_waits_for_a_partner_that_is_away_and_outlives_a_restart(
    three: SimulatedNetwork,
) -> None:
    one, two = (later_card(three, "tr", label) for label in ("one", "two"))
    three.transport("iq").online = False
    desk = three.node("pk").desk
    desk.import_card(one.decode(), None, OFFICER)
    with pytest.raises(Conflict):
        desk.import_card(two.decode(), None, OFFICER)
    three.close("pk")  # before its rounds thread had a turn
    three.open("pk")
    three.run()
    assert alarms(three.node("tr")) == [("card-conflict", "tr")]
    three.transport("iq").online = True
    three.run()
    everywhere(three, ("card-conflict", "tr"))


def test_an_old_text_and_its_successor_are_no_conflict(three: SimulatedNetwork) -> None:
    replaced = bilateral(three, "tr", "pk")
    for version in (2, 3):
        text = agreement_text(
            three,
            "tr",
            "pk",
            title=f"version {version}",
            version=version,
            replaces=(replaced,),
            valid_from=moment(three) + timedelta(days=version),
        )
        signed = [sign_text(text, three.authority(name)) for name in ("tr", "pk")]
        note = merge_signatures(*signed)
        replaced = parse_agreement(note).hash
        three.node("tr").desk.import_agreement(note.decode(), OFFICER)
    three.run()
    assert {name: alarms(three.node(name)) for name in THREE} == {name: [] for name in THREE}
