"""Terms that change between running nodes: suspended, lifted, ended, proposed, signed, revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core_network import (
    Forger,
    alarms,
    begun,
    check_logs,
    entries,
    events,
    request,
    sent,
    state,
    take_in,
    warning,
)
from core_notices import (
    agreement_text,
    bilateral,
    charter,
    import_notice,
    lift,
    moment,
    sealing_revocation,
    suspension,
    termination,
)
from relec_exchange.errors import NotFound, Refused
from relec_exchange.ports import Outgoing
from relec_exchange.records import NoteRow, Where
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.officer import Act

SUSPENDED = "agreement-suspended"


def refused(network: SimulatedNetwork, sender: str = "tr", recipient: str = "pk") -> str:
    """The rule by which a warning is refused at its sender."""
    message = warning(network, sender=sender, recipient=recipient)
    result = network.submit(message)
    assert result["status"] == "refused", result
    return str(result["error"]["rule"])


def arrives(network: SimulatedNetwork, sender: str = "tr", recipient: str = "pk") -> None:
    ident = sent(network, warning(network, sender=sender, recipient=recipient))
    network.run()
    assert state(network.node(sender), ident) == "validated"


def test_a_suspension_stops_the_next_message_at_both_ends_and_a_lift_lets_it_go(
    network: SimulatedNetwork,
) -> None:
    arrives(network)
    note = suspension(network, "tr", with_=("pk",))
    import_notice(network, "tr", note)
    assert refused(network) == SUSPENDED
    network.run()
    assert refused(network, "pk", "tr") == SUSPENDED
    [told] = events(network.node("pk"), "suspension.adopted")
    assert told.ref == "tr"
    import_notice(network, "tr", lift(network, note))
    arrives(network)
    arrives(network, "pk", "tr")
    check_logs(network)


def test_what_is_in_flight_when_a_suspension_arrives_is_refused_there(
    network: SimulatedNetwork,
) -> None:
    """It left under terms that stood; the recipient judges by what it holds when it comes."""
    network.transport("pk").online = False
    ident = sent(network, warning(network))
    import_notice(network, "pk", suspension(network, "pk", with_=("tr",)))
    network.transport("pk").online = True
    network.run()
    assert state(network.node("tr"), ident) == "rejected"
    decisions = entries(network.node("pk"), "decision", "activity")
    assert [d["rule"] for d in decisions if d["id"] == ident] == [SUSPENDED]


def test_a_suspension_in_the_same_batch_counts_for_the_next_batch_at_once(
    network: SimulatedNetwork,
) -> None:
    network.transport("pk").online = False
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    network.node("tr").step()
    node = network.node("pk")
    assert not node.book.current.notices
    network.transport("pk").online = True
    while network.transport("pk").poll():
        node._consumer.step()
    assert node.book.current.notices  # before the rounds thread had a turn


def test_a_suspension_of_one_type_leaves_the_others(network: SimulatedNetwork) -> None:
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",), types=("info.request",)))
    network.run()
    assert network.submit(request(network))["status"] == "refused"
    ident = sent(network, warning(network))
    network.run()
    assert state(network.node("tr"), ident) == "validated"


def test_a_message_that_waits_for_its_releaser_is_judged_by_the_terms_of_then(
    network: SimulatedNetwork,
) -> None:

    waits = request(network)
    result = network.submit(waits, release=False)
    assert result["status"] == "submitted"
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    ident = waits.header.message_id
    with pytest.raises(Refused) as caught:
        network.node("tr").desk.release(
            ident, SECOND, network.act("tr", ident, Act.RELEASE, SECOND)
        )
    assert caught.value.rule == SUSPENDED


def test_a_suspension_outlives_a_restart_of_both(network: SimulatedNetwork) -> None:
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    network.run()
    network.close("tr", "pk")
    network.open("tr")
    network.open("pk")
    assert refused(network) == SUSPENDED
    assert refused(network, "pk", "tr") == SUSPENDED


def test_a_suspension_ends_by_itself(network: SimulatedNetwork) -> None:
    until = moment(network, hours=2)
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",), until=until))
    network.run()
    assert refused(network) == SUSPENDED
    [line] = network.node("pk").desk.notices()
    assert (line["state"], line["partners"]) == ("effective", ["pk"])
    network.clock.forward(hours=3)
    network.run()
    arrives(network)
    assert network.node("pk").desk.notices()[0]["state"] == "over"


def test_an_agreement_ends_at_the_time_of_its_termination_and_not_before(
    network: SimulatedNetwork,
) -> None:
    note = termination(network, "pk", charter(network), with_=("tr",), hours=30)
    import_notice(network, "pk", note)
    network.run()
    [line] = network.node("tr").desk.notices()
    assert (line["kind"], line["state"]) == ("termination", "ahead")
    network.clock.forward(hours=29)
    network.run()
    arrives(network)
    network.clock.forward(minutes=59)
    network.transport("pk").online = False
    late = sent(network, warning(network))
    network.clock.forward(hours=2)
    assert refused(network) == "agreement-terminated"
    network.transport("pk").online = True
    network.run()
    assert state(network.node("tr"), late) == "validated", "its entry is older than the end"
    check_logs(network)


def test_a_proposal_is_signed_at_both_ends_and_in_force_without_any_file(
    network: SimulatedNetwork,
) -> None:
    tr, pk = network.node("tr"), network.node("pk")
    text = agreement_text(network, "tr", "pk")
    tr.desk.propose(text, ["pk"], OFFICER)
    network.run()
    [told] = events(pk, "proposal.received")
    assert json.loads(told.data) == {"peer": "tr"}
    [offered] = pk.desk.proposals()
    assert (offered["proposer"], offered["text"], offered["signed_by"]) == ("tr", text, [])
    note = sign_text(offered["text"], network.authority("pk"))
    pk.desk.import_agreement(note.decode(), OFFICER)
    network.run()
    [ours] = tr.desk.proposals()
    assert ours["signed_by"] == ["pk"]
    tr.desk.import_agreement(sign_text(ours["text"], network.authority("tr")).decode(), OFFICER)
    network.run()
    for node in (tr, pk):
        [held] = [a for a in node.desk.agreements() if a["title"] == "Signed over the network"]
        assert held["in_force"]
        assert [e["what"] for e in entries(node, "adopted")].count("proposal") == 1
    assert tr.book.current.digest_agreements("pk") == pk.book.current.digest_agreements("tr")


def test_a_text_that_leaves_us_out_is_no_proposal(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    for text in (agreement_text(network, "tr", "iq"), "nonsense\n"):
        raw = forger.control("agreement.propose", {"text": text})
        take_in(network, "pk", [forger.send(raw, agreement="", **{"class": "control"})])
    assert network.node("pk").desk.proposals() == []


def test_nothing_is_proposed_to_a_node_without_a_route(network: SimulatedNetwork) -> None:
    with pytest.raises(NotFound):
        network.node("tr").desk.propose(agreement_text(network, "tr", "iq"), ["iq"], OFFICER)


def test_a_third_node_learns_a_revocation_by_the_rounds_alone(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        note = sealing_revocation(network, "tr")

        def apart(sender: str, item: Outgoing) -> list[bytes]:
            return [] if (sender, item.recipient) == ("tr", "iq") else [item.envelope]

        network.hub.interfere = apart
        import_notice(network, "tr", note)
        network.pass_minutes(3)
        assert len(network.node("pk").book.current.notices) == 1
        network.pass_minutes(12)
        [line] = network.node("iq").desk.notices()
        assert (line["kind"], line["node"], line["state"]) == ("revocation", "tr", "effective")
        assert events(network.node("iq"), "revocation.adopted")


def test_a_notice_that_came_before_a_kill_is_adopted_at_the_next_start(
    network: SimulatedNetwork,
) -> None:
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    pk = network.node("pk")
    pk._inbox._settle = lambda now: None  # the process ends right after the commit
    while network.transport("pk").poll():
        pk._consumer.step()
    network.node("tr").step()
    while network.transport("pk").poll():
        pk._consumer.step()
    assert not pk.book.current.notices
    network.close("pk")
    assert network.open("pk").book.current.notices
    assert refused(network, "pk", "tr") == SUSPENDED


def test_a_notice_that_a_courier_brings_reaches_the_other_end_by_the_round(
    network: SimulatedNetwork,
) -> None:
    """pk imports what tr's authority signed; tr's own node does not know it yet."""
    import_notice(network, "pk", suspension(network, "tr", with_=("pk",)))
    network.pass_minutes(3)
    assert network.node("tr").book.current.notices
    assert refused(network) == SUSPENDED


def test_whom_a_suspension_does_not_concern_goes_on(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
        network.pass_minutes(3)
        arrives(network, "tr", "iq")
        arrives(network, "iq", "pk")
        assert not network.node("iq").book.current.notices
        assert alarms(network.node("iq")) == []
        digests = {n: network.node(n).book.current for n in ("tr", "pk", "iq")}
        for a, b in (("tr", "pk"), ("tr", "iq"), ("pk", "iq")):
            assert digests[a].digest_agreements(b) == digests[b].digest_agreements(a)


def test_every_adopted_notice_stands_in_the_log_and_in_the_store(
    network: SimulatedNetwork,
) -> None:
    import_notice(network, "tr", suspension(network, "tr", with_=("pk",)))
    import_notice(network, "tr", termination(network, "tr", bilateral(network, "tr", "pk")))
    network.run()
    for name in ("tr", "pk"):
        node = network.node(name)
        logged = {e["hash"] for e in entries(node, "adopted") if e["what"] != "card"}
        kept = {r.hash for r in node.store.rows(NoteRow, Where("kind", "!=", "card"))}
        assert kept == logged
        assert {r.kind for r in node.store.rows(NoteRow)} >= {"suspension", "termination"}
    sends = [e["type"] for e in entries(network.node("tr"), "sent")]
    assert sends.count("agreement.suspend") == sends.count("agreement.terminate") == 1
