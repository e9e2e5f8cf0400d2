"""Notes that come are adopted before the next message is judged, once, and by their own merit."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import Forger, alarms, begun, entries, sent, state, take_in, warning
from core_notices import (
    agreement_text,
    charter,
    import_notice,
    lift,
    sealing_revocation,
    suspension,
    termination,
)
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import InvalidInput
from relec_exchange.inbound.receive import Rejected, VerifiedMessage
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.ports import OfferedNote
from relec_exchange.records import NoteRow, Where
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.note import sign_text

CONTROL = {"agreement": "", "class": "control"}


def types_sent(network: SimulatedNetwork, name: str) -> list[tuple[str, str]]:
    """(type, recipient) of what a node has sent but rounds and receipts."""
    sends = entries(network.node(name), "sent")
    return [(e["type"], e["to"]) for e in sends if e["type"] not in ("round", "receipt")]


def both_ways(network: SimulatedNetwork, *raws: tuple[bytes, dict[str, str]]) -> list[object]:
    """Messages of tr in one batch of pk, in this order."""
    forger = Forger(network)
    return list(take_in(network, "pk", [forger.send(raw, **more) for raw, more in raws]))


@pytest.mark.parametrize("notes_last", [False, True])
def test_a_note_counts_for_the_messages_of_its_own_batch(
    network: SimulatedNetwork, notes_last: bool
) -> None:
    note = suspension(network, "tr", with_=("pk",))
    forger = Forger(network)
    raws = [
        (forger.control("agreement.suspend", {"note": note.decode()}), CONTROL),
        (warning(network).raw, {}),
    ]
    ordered = list(reversed(raws)) if notes_last else raws
    verdicts = both_ways(network, *ordered)
    accepted, refused = reversed(verdicts) if notes_last else verdicts
    assert isinstance(accepted, VerifiedMessage)
    assert isinstance(refused, Rejected)
    assert refused.rule == "agreement-suspended"


def test_nothing_is_logged_as_sent_after_the_suspension_it_was_not_judged_by(
    network: SimulatedNetwork,
) -> None:
    """Four threads submit while an officer suspends; the log tells what came first."""
    node, stop = network.node("tr"), threading.Event()
    node.journal.start()
    letters = [[warning(network, f"n{i}") for i in range(40)] for _ in range(4)]

    def submit(mine: Sequence[object]) -> None:
        for message in mine:
            if stop.is_set():
                return
            network.submit(message)  # type: ignore[arg-type]

    threads = [threading.Thread(target=submit, args=(mine,)) for mine in letters]
    for thread in threads:
        thread.start()
    while len([e for e in entries(node, "sent") if e["class"] == "ordinary"]) < 5:
        pass
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    for thread in threads:
        thread.join(30)
    stop.set()
    node.journal.stop()
    kinds = [(e["kind"], e.get("what"), e.get("class")) for e in entries(node)]
    place = kinds.index(("adopted", "suspension", None))
    assert ("sent", None, "ordinary") in kinds[:place]
    assert ("sent", None, "ordinary") not in kinds[place:]


def test_what_the_store_refuses_at_first_is_adopted_by_the_next_turn(
    network: SimulatedNetwork,
) -> None:
    pk = network.node("pk")
    note = suspension(network, "tr", with_=("pk",))
    pk._notes.offer([OfferedNote("suspension", note)])
    pk.journal._store = faulty = FailingStore(pk.store)
    faulty.commits = [UNAVAILABLE]
    pk._notes.settle(network.clock())
    assert not pk.book.current.notices
    pk._notes.tick(network.clock())
    assert pk.book.current.notices


def test_a_note_of_another_kind_than_it_was_offered_as_is_refused(
    network: SimulatedNetwork,
) -> None:
    note, node = suspension(network, "tr"), network.node("tr")
    with pytest.raises(InvalidInput):
        node.book.adopt([OfferedNote("revocation", note)], node.journal, network.clock())


def test_everybody_concerned_is_told_in_the_commit_of_the_adoption(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
        import_notice(network, "tr", termination(network, "tr", charter(network)))
        import_notice(network, "tr", sealing_revocation(network, "tr"))
        told = [one for one in types_sent(network, "tr") if one[0] != "card.update"]
        assert sorted(told) == [
            ("agreement.suspend", "pk"),
            ("agreement.terminate", "iq"),
            ("agreement.terminate", "pk"),
            ("key.revoke", "iq"),
            ("key.revoke", "pk"),
        ]
        network.run()
        for name in ("pk", "iq"):
            assert types_sent(network, name) == [], "only whose note it is tells it"


def test_what_others_signed_is_not_told_again(network: SimulatedNetwork) -> None:
    import_notice(network, "pk", suspension(network, "tr", with_=("pk",)))
    assert types_sent(network, "pk") == []


def test_our_signature_is_told_once(network: SimulatedNetwork) -> None:
    desk, text = network.node("tr").desk, agreement_text(network, "tr", "pk")
    for _ in range(2):
        desk.import_agreement(sign_text(text, network.authority("tr")).decode(), "duty")
    desk.import_agreement(sign_text(text, network.authority("pk")).decode(), "duty")
    assert types_sent(network, "tr") == [("agreement.sign", "pk")]


def test_notices_in_the_trust_folder_are_adopted_at_the_start(network: SimulatedNetwork) -> None:
    network.close("tr")
    files = TrustFiles(network.home("tr") / "trust")
    note = suspension(network, "tr", with_=("pk",))
    files.put_notice(note)
    node = network.open("tr")
    assert [held.note for held in node.book.current.notices.values()] == [note]
    before = len(entries(node, "adopted"))
    network.close("tr")
    assert len(entries(network.open("tr"), "adopted")) == before
    network.pass_minutes(12)
    assert network.node("pk").book.current.notices


def test_a_lift_without_its_suspension_waits_and_neither_is_lost(
    network: SimulatedNetwork,
) -> None:
    note = suspension(network, "tr", with_=("pk",))
    import_notice(network, "pk", lift(network, note))
    import_notice(network, "pk", note)
    ident = sent(network, warning(network, sender="pk", recipient="tr"))
    network.run()
    assert state(network.node("pk"), ident) == "validated"
    network.close("pk")
    assert len(network.open("pk").book.current.notices) == 2


def test_a_forged_notice_from_a_partner_changes_nothing(network: SimulatedNetwork) -> None:
    """pk's operator sends a suspension in the name of tr, signed by pk."""
    text = suspension(network, "tr", with_=("pk",)).decode().rsplit("\n\n", 1)[0] + "\n"
    note = sign_text(text, network.authority("pk"))
    pk, now = network.node("pk"), network.clock()
    for name, body in (
        ("agreement.suspend", {"note": note.decode()}),
        ("key.revoke", {"note": note.decode()}),
        ("agreement.terminate", {"note": "nonsense\n\n"}),
        ("card.update", {"notes": [note.decode()]}),
    ):
        send, secrets = control_send(pk.book.current, "tr", name, body, now, os.urandom)
        pk.journal.write(Plan(sends=(send,), secrets=secrets))
    network.run()
    tr = network.node("tr")
    assert not tr.book.current.notices
    assert alarms(tr) == []
    assert tr.store.count(NoteRow, Where("kind", "=", "suspension")) == 0
