"""What a hostile broker or a stranger may feed a node: refused with a reason, and it goes on.

Every position of a small envelope and 10,000 strange envelopes, the same in every run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from core_network import (
    Forger,
    alarms,
    captured,
    check_logs,
    entries,
    inbox_ids,
    quarantined,
    sent,
    take_in,
    warning,
)
from relec_exchange.errors import Reason, WireCode
from relec_exchange.inbound.receive import Quarantined, Rejected, Repeated, VerifiedMessage, Waiting
from relec_exchange.message.constants import LIMITS
from relec_exchange.records import AcceptedRow, QuarantineRow, Where
from relec_exchange.testing import SimulatedNetwork

BATCH = LIMITS.batch_max
STRANGERS = 10_000
POISON: dict[str, Callable[[bytes], bytes]] = {
    "lone surrogate": lambda raw: raw.replace(b"More departures.", rb"\ud800"),
    "written surrogate": lambda raw: raw.replace(b"More departures.", b"\xed\xa0\x80"),
    "U+0000": lambda raw: raw.replace(b"More departures.", rb"\u0000"),
    "raw zero byte": lambda raw: raw.replace(b"More departures.", b"\x00"),
    "1e400": lambda raw: raw.replace(b'"schema_version":1', b'"schema_version":1e400'),
    "not a number": lambda raw: raw.replace(b'"schema_version":1', b'"schema_version":NaN'),
    "100,000 brackets": lambda raw: b"[" * 100_000,
    "100,000 nested": lambda raw: b"[" * 50_000 + b"]" * 50_000,
    "duplicate keys": lambda raw: raw.replace(b'"kind":', b'"kind":"surge","kind":', 1),
    "not UTF-8": lambda raw: raw.replace(b"More", b"\xff\xfe"),
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "one digit many times": lambda raw: b'{"header":' + b"9" * 5_000 + b"}",
    "an array": lambda raw: b"[" + raw + b"]",
    "unknown type": lambda raw: raw.replace(b"warning.notice", b"warning.nothing"),
    "unknown field": lambda raw: raw.replace(b'"kind":', b'"who":"x","kind":', 1),
}


def batches(envelopes: Iterator[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    for envelope in envelopes:
        part.append(envelope)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part


def flipped(envelope: bytes) -> Iterator[bytes]:
    """One byte changed, at every position in turn."""
    for at in range(len(envelope)):
        changed = bytearray(envelope)
        changed[at] ^= 1 + at % 255
        yield bytes(changed)


def test_every_changed_byte_of_an_envelope_is_refused_and_the_original_still_gets_through(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    envelope = captured(network, message)
    count = 0
    for batch in batches(flipped(envelope)):
        for verdict in take_in(network, "pk", batch):
            # Only a changed key id or sender may still be cured, by a card that is on its way.
            assert isinstance(verdict, Quarantined | Waiting), verdict
            if isinstance(verdict, Waiting):
                assert verdict.reason in (Reason.UNKNOWN_KEY, Reason.UNKNOWN_SENDER)
            count += 1
    assert count == len(envelope)
    [verdict] = take_in(network, "pk", [envelope])
    assert isinstance(verdict, VerifiedMessage)
    assert inbox_ids(network.node("pk")) == [message.header.message_id]
    check_logs(network)


def test_random_bytes_and_truncations_leave_a_bounded_quarantine_and_few_entries(
    network: SimulatedNetwork,
) -> None:
    dice = random.Random(20261121)
    envelope = captured(network, warning(network))

    def strange() -> Iterator[bytes]:
        for number in range(STRANGERS):
            match number % 4:
                case 0:
                    yield dice.randbytes(dice.randrange(0, 4_000))
                case 1:
                    yield envelope[: dice.randrange(0, len(envelope))]
                case 2:
                    yield envelope + dice.randbytes(dice.randrange(1, 500))
                case _:
                    start = dice.randrange(0, len(envelope) - 64)
                    yield envelope[:start] + dice.randbytes(64) + envelope[start + 64 :]

    for batch in batches(strange()):
        assert not any(isinstance(v, VerifiedMessage) for v in take_in(network, "pk", batch))
    pk = network.node("pk")
    assert pk.store.count(QuarantineRow) <= LIMITS.quarantine_per_source
    network.pass_minutes(2)
    logged = entries(pk, "quarantined", log="activity")
    assert sum(entry["count"] for entry in logged) >= STRANGERS * 3 // 4
    told = {(entry["reason"], entry["source"], entry["minute"]) for entry in logged}
    assert len(told) == len(logged)
    ident = sent(network, warning(network))
    network.run()
    assert ident in inbox_ids(pk)


def test_an_envelope_for_another_node_is_not_opened(network: SimulatedNetwork) -> None:
    envelope = captured(network, warning(network))
    [verdict] = take_in(network, "tr", [envelope], source="pk")
    assert isinstance(verdict, Quarantined)
    assert verdict.reason is Reason.NOT_ADDRESSED_HERE


def test_replays_and_reorderings_deliver_each_message_once(network: SimulatedNetwork) -> None:
    messages = [warning(network, text=f"Number {n}.") for n in range(12)]
    envelopes = [captured(network, message) for message in messages]
    dice = random.Random(7)
    order = envelopes * 3
    dice.shuffle(order)
    verdicts = [v for batch in batches(iter(order)) for v in take_in(network, "pk", batch)]
    assert sum(isinstance(v, VerifiedMessage) for v in verdicts) == len(messages)
    assert sum(isinstance(v, Repeated) for v in verdicts) == 2 * len(messages)
    received = inbox_ids(network.node("pk"))
    assert sorted(received) == sorted(m.header.message_id for m in messages)
    assert alarms(network.node("pk")) == []


@pytest.mark.parametrize("name", POISON)
def test_a_poison_document_inside_a_proper_envelope_is_refused_and_its_neighbours_get_through(
    network: SimulatedNetwork, name: str
) -> None:
    forger = Forger(network)
    before, bad, after = warning(network), warning(network), warning(network)
    poisoned = POISON[name](bad.raw)
    assert poisoned != bad.raw
    envelopes = forger.send_all([before.raw, poisoned, after.raw])
    first, verdict, last = take_in(network, "pk", envelopes)
    assert isinstance(first, VerifiedMessage)
    assert isinstance(last, VerifiedMessage)
    assert isinstance(verdict, Rejected)
    assert verdict.reason.step in (9, 10)
    assert verdict.reason.wire in (WireCode.SYNTAX, WireCode.SCHEMA)
    pk = network.node("pk")
    [row] = pk.store.rows(AcceptedRow, Where("leaf", "=", verdict.proven.leaf))
    assert row.outcome == verdict.reason.wire.value
    assert inbox_ids(pk) == [before.header.message_id, after.header.message_id]
    assert verdict.reason.code in quarantined(pk)
