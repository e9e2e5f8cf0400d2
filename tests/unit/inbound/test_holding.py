"""What waits for a card or an agreement: within a quota, for a day, and never lost by a kill."""

from __future__ import annotations

import pytest

from core_faults import UNAVAILABLE
from core_network import (
    Forger,
    alarms,
    chain,
    check_logs,
    entries,
    inbox_ids,
    quarantined,
    sent,
    state,
    take_in,
    warning,
)
from relec_exchange.errors import Reason, Unavailable
from relec_exchange.inbound.receive import Waiting
from relec_exchange.inbound.refusing import HELD_PER_SOURCE
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.ports import OfferedNote
from relec_exchange.records import HeldRow
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.agreement import Grant, parse_agreement
from relec_exchange.trust.drafts import Terms, draft_agreement
from relec_exchange.trust.note import merge_signatures, sign_text


def new_agreement(network: SimulatedNetwork) -> bytes:
    """A text between tr and pk that nobody holds yet, signed by both; tr would name it."""
    old = next(iter(network.node("tr").book.current.agreements.values())).agreement
    grant = Grant(
        id="warnings",
        senders=("tr",),
        recipients=("pk",),
        areas=tuple(Area),
        types=("warning.notice",),
        purposes=(Purpose.PREVENTION,),
        levels=(DataLevel.NON_NOMINAL,),
        handling=(Handling.H0,),
        retention_days=100,
    )
    terms = Terms(
        network=old.network,
        network_kind=old.network_kind,
        parties=("tr", "pk"),
        title="A second simulated agreement",
        legal_basis=old.legal_basis,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
        grants=(grant,),
    )
    text = draft_agreement(terms)
    return merge_signatures(
        sign_text(text, network.authority("tr")), sign_text(text, network.authority("pk"))
    )


def adopt(network: SimulatedNetwork, name: str, note: bytes) -> None:
    node = network.node(name)
    node.book.adopt([OfferedNote("agreement", note)], node.journal, network.clock())


def held(network: SimulatedNetwork) -> list[HeldRow]:
    return network.node("pk").store.rows(HeldRow, order="row", blobs=False)


def awaiting(network: SimulatedNetwork, agreement: str) -> bytes:
    """A message that names an agreement."""
    return Forger(network).send(warning(network).raw, agreement=agreement)


def test_a_message_under_an_agreement_that_is_on_its_way_waits_and_is_taken_in(
    network: SimulatedNetwork,
) -> None:
    note = new_agreement(network)
    adopt(network, "tr", note)
    ident = sent(network, warning(network))
    network.run()
    pk = network.node("pk")
    assert [row.reason for row in held(network)] == ["not-agreed"]
    assert inbox_ids(pk) == []
    assert state(network.node("tr"), ident) == "relayed"
    network.pass_minutes(2)  # the digests differ, and the texts are exchanged
    assert pk.book.current.agreements.keys() == network.node("tr").book.current.agreements.keys()
    assert inbox_ids(pk) == [ident]
    assert held(network) == []
    assert state(network.node("tr"), ident) == "validated"
    assert alarms(pk) == []
    check_logs(network)


def test_a_message_that_waits_is_no_gap(network: SimulatedNetwork) -> None:
    take_in(network, "pk", [awaiting(network, "ab" * 32)])
    found = chain(network.node("pk"))
    assert found is not None
    assert (found.contiguous, found.missing) == (1, "[]")


def test_a_message_under_an_unknown_agreement_waits(network: SimulatedNetwork) -> None:
    verdict = take_in(network, "pk", [awaiting(network, "ab" * 32)])[0]
    assert isinstance(verdict, Waiting)
    assert verdict.reason is Reason.NOT_AGREED
    assert len(held(network)) == 1


def test_what_waits_is_bounded_for_each_source_and_the_rest_is_told(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    raws = [warning(network).raw for _ in range(HELD_PER_SOURCE + 20)]
    envelopes = forger.send_all(raws, agreement="ab" * 32)
    take_in(network, "pk", envelopes[:60])
    take_in(network, "pk", envelopes[60:])
    pk = network.node("pk")
    assert len(held(network)) == HELD_PER_SOURCE
    assert quarantined(pk) == ["not-agreed"] * 20
    assert [e["outcome"] for e in entries(pk, "received")] == ["not-permitted"] * 20
    one_more = forger.send(warning(network).raw, agreement="ab" * 32)
    take_in(network, "pk", [one_more], source="iq")
    assert len(held(network)) == HELD_PER_SOURCE + 1


def test_what_waited_a_day_in_vain_is_refused_and_its_sender_told(
    network: SimulatedNetwork,
) -> None:
    take_in(network, "pk", [awaiting(network, "ab" * 32)])
    network.close("tr")
    network.clock.forward(hours=23, minutes=59)
    network.run()
    assert len(held(network)) == 1
    network.clock.forward(minutes=2)
    network.run()
    pk = network.node("pk")
    assert held(network) == []
    assert [e["outcome"] for e in entries(pk, "received")] == ["not-permitted"]
    assert quarantined(pk) == ["not-agreed"]
    assert len(entries(pk, "sent")) > 0


def test_an_envelope_of_a_stranger_that_waited_in_vain_is_quarantined(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    raw, salt = warning(network).raw, b"s" * 32
    forger.entries.append(forger.entry(raw, salt))
    stranger = forger.sealed(raw, salt, len(forger) - 1, clear={"sender": "iq"})
    assert take_in(network, "pk", [stranger]) == [Waiting(Reason.UNKNOWN_SENDER)]
    network.clock.forward(hours=24, minutes=1)
    network.run()
    assert held(network) == []
    assert quarantined(network.node("pk")) == ["unknown-sender"]
    assert entries(network.node("pk"), "received") == []


def test_an_entry_ahead_of_our_clock_does_not_wait_twice(network: SimulatedNetwork) -> None:
    network.clock.forward(minutes=4)
    envelope = awaiting(network, "ab" * 32)
    network.clock.forward(minutes=-4)
    take_in(network, "pk", [envelope])
    network.close("tr")
    network.clock.forward(hours=24, seconds=30)
    network.run()
    assert held(network) == []
    assert quarantined(network.node("pk")) == ["not-agreed"]


def test_a_kill_while_it_is_judged_again_loses_nothing(network: SimulatedNetwork) -> None:
    note = new_agreement(network)
    text_hash = parse_agreement(note).hash
    take_in(network, "pk", [awaiting(network, text_hash)])
    pk = network.node("pk")
    adopt(network, "pk", note)
    commit = pk.store.commit

    def fails(batch: object) -> None:
        raise UNAVAILABLE

    pk.store.commit = fails  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        pk._inbox.retry_held()
    pk.store.commit = commit  # type: ignore[method-assign]
    assert len(held(network)) == 1
    network.close("pk")
    network.open("pk")
    network.run()
    assert held(network) == []
    assert len(inbox_ids(network.node("pk"))) == 1


def test_what_waits_goes_on_waiting_when_something_else_was_adopted(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    some = [forger.send(warning(network).raw, agreement=a * 32) for a in ("ab", "cd")]
    take_in(network, "pk", some)
    pk = network.node("pk")
    pk._inbox.retry_held()
    assert len(held(network)) == 2
    assert inbox_ids(pk) == []


def test_a_held_message_makes_the_next_round_come_soon(network: SimulatedNetwork) -> None:
    rounds = len([e for e in entries(network.node("pk"), "sent") if e["type"] == "round"])
    take_in(network, "pk", [awaiting(network, "ab" * 32)])
    network.clock.forward(seconds=61)
    network.run()
    after = len([e for e in entries(network.node("pk"), "sent") if e["type"] == "round"])
    assert after == rounds + 1
