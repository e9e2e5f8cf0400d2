"""Every step of receiving, every reason: at least one envelope that ends in it.

The sender is tr with its real log key and a mind of its own; the recipient is a real node.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core_network import Forger, begun, letter, take_in, warning
from relec_exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from relec_exchange.audit.proof import format_proof
from relec_exchange.errors import Reason, WireCode
from relec_exchange.inbound.memory import Memory
from relec_exchange.inbound.receive import (
    Quarantined,
    Rejected,
    Repeated,
    Verdict,
    VerifiedMessage,
    Waiting,
)
from relec_exchange.message.encoding import b64, canonical
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.ports import OfferedNote
from relec_exchange.protection import rules
from relec_exchange.protection.model import Effect, Finding, Rule
from relec_exchange.sealing.content import Content, pack
from relec_exchange.sealing.envelope import INFO_LABEL, MAGIC, ClearHeader, clear_part
from relec_exchange.sealing.suite import HPKE, SealingPublic
from relec_exchange.testing import NETWORK, SimulatedNetwork
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import LogKeys
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import draft_revocation
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey

Maker = Callable[[Any], bytes]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """One network for all that changes nothing."""
    with begun(tmp_path_factory.mktemp("steps")) as made:
        yield made


def examine(network: SimulatedNetwork, envelope: bytes) -> Verdict:
    """What pk would decide; nothing is written."""
    node = network.node("pk")
    return node._receiver().examine(envelope, Memory(node.store), network.clock())


def good(forger: Forger) -> bytes:
    """The bytes of a message that nothing is wrong with."""
    return warning(forger.network).raw


def document(forger: Forger, text: bytes) -> bytes:
    """An envelope around these bytes, entered and sealed as they should be."""
    return forger.send(text)


def tampered(envelope: bytes, at: int) -> bytes:
    return envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]


def plaintext_sealed(forger: Forger, plaintext: bytes) -> bytes:
    """These bytes, whatever they are, sealed to pk."""
    key = forger.directory.sealing_key("pk", forger.network.clock())
    clear = clear_part(ClearHeader(NETWORK, "tr", "pk", MessageClass.ORDINARY, key.id))
    public = SealingPublic.parse(key.public)
    return clear + HPKE.encrypt(plaintext, public.hpke, info=INFO_LABEL + clear)


def packed_without_padding(forger: Forger) -> bytes:
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(forger.entry(raw, salt))
    proof = format_proof(
        len(forger) - 1, forger.tree().inclusion(len(forger) - 1), forger.checkpoint().note
    )
    plaintext = bytearray(pack(Content(raw, salt, forger.entries[-1], proof)))
    plaintext[-1] = 1
    return plaintext_sealed(forger, bytes(plaintext))


def with_proof(forger: Forger, change: Callable[[bytes], bytes]) -> bytes:
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(forger.entry(raw, salt))
    index, point = len(forger) - 1, forger.checkpoint()
    proof = format_proof(index, forger.tree().inclusion(index), point.note)
    return forger.sealed(raw, salt, index, proof=change(proof))


def with_checkpoint(forger: Forger, sign: Callable[[Forger], Checkpoint]) -> bytes:
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(forger.entry(raw, salt))
    path = forger.tree().inclusion(len(forger) - 1)
    return forger.sealed(raw, salt, len(forger) - 1, checkpoint=sign(forger), path=path)


def signed_by_a_stranger(forger: Forger) -> Checkpoint:
    stranger = HybridKey.generate(forger.origin, "log", os.urandom)
    tree = forger.tree()
    return sign_checkpoint(forger.origin, tree.size, tree.root(), stranger, 1)


def of_an_unknown_log(forger: Forger) -> Checkpoint:
    origin = f"{NETWORK}/tr/exchange/7"
    key = HybridKey.generate(origin, "log", os.urandom)
    tree = forger.tree()
    return sign_checkpoint(origin, tree.size, tree.root(), key, 1)


def of_another_node(forger: Forger) -> Checkpoint:
    node = forger.network.node("pk")
    head = node.journal.state.exchange.head
    return Checkpoint(head.origin, head.size, head.root, head.checkpoint)


def with_entry(forger: Forger, make: Callable[[bytes, bytes], bytes]) -> bytes:
    """Another entry stands in the tree, properly proven."""
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(make(raw, salt))
    return forger.sealed(raw, salt, len(forger) - 1)


def wrong_place(forger: Forger) -> bytes:
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(forger.entry(raw, salt))
    path = forger.tree().inclusion(len(forger) - 1)
    proof = format_proof(len(forger) - 2, path, forger.checkpoint().note)
    return forger.sealed(raw, salt, len(forger) - 1, proof=proof)


def entry_of_another_kind(forger: Forger) -> bytes:
    """The entry that opened tr's log, under a perfect proof, in place of a `sent` one."""
    return forger.sealed(good(forger), os.urandom(32), 0, clear={})


def other_bytes(forger: Forger) -> bytes:
    salt = os.urandom(32)
    forger.entries.append(forger.entry(good(forger), salt))
    return forger.sealed(warning(forger.network, "Something else.").raw, salt, len(forger) - 1)


def header_changed(forger: Forger, **changes: object) -> bytes:
    """A message that says otherwise than its entry."""
    message = warning(forger.network)
    header = {"message_id": message.header.message_id, "type": "warning.notice", **changes}
    return forger.send(message.raw, header=header)


def unsealed_types(forger: Forger, **header: object) -> bytes:
    fields = warning(forger.network).header.model_dump(mode="json", exclude_none=True)
    fields |= header
    raw = canonical({"header": fields, "body": {}})
    entered = {"message_id": fields["message_id"], "type": fields["type"]}
    return forger.send(raw, header=entered)


CASES: dict[Reason, tuple[Maker, ...]] = {
    Reason.SIZE: (
        lambda f: b"",
        lambda f: b"RELEC/1\n",
        lambda f: f.send(good(f))[:-1],
        lambda f: f.send(good(f)) + b"\0",
        lambda f: os.urandom(400_000),
    ),
    Reason.FRAMING: (
        lambda f: b"X" + f.send(good(f))[1:],
        lambda f: MAGIC + b"\xff\xff" + f.send(good(f))[10:],
        lambda f: f.send(good(f)).replace(b'"v":1', b'"v":2', 1),
        lambda f: os.urandom(10_000),
    ),
    Reason.UNKNOWN_SENDER: (lambda f: f.sealed_for("iq"),),
    Reason.NOT_ADDRESSED_HERE: (
        lambda f: f.sealed_to("iq"),
        lambda f: f.sealed_for("pk"),
    ),
    Reason.WRONG_NETWORK: (lambda f: f.sealed_in("other.example"),),
    Reason.UNKNOWN_KEY: (lambda f: f.sealed_under("00" * 8),),
    Reason.UNSEAL: (
        lambda f: tampered(f.send(good(f)), 4000),
        lambda f: tampered(f.send(good(f)), -1 + len(f.send(good(f)))),
    ),
    Reason.SPLIT: (
        lambda f: plaintext_sealed(f, b"\0" * 8192),
        lambda f: plaintext_sealed(f, b"\xff" * 8192),
        packed_without_padding,
    ),
    Reason.PROOF_MALFORMED: (
        lambda f: with_proof(f, lambda proof: b"x" + proof),
        lambda f: with_proof(f, lambda proof: proof.replace(b"\nindex ", b"\nindex 0", 1)),
        lambda f: with_proof(f, lambda proof: proof.replace(b"exchange/1\n", b"exchange/x\n", 1)),
        lambda f: with_proof(f, lambda proof: proof[:-2] + b"\n"),
    ),
    Reason.PROOF_KEY: (
        lambda f: with_checkpoint(f, of_an_unknown_log),
        lambda f: with_checkpoint(f, of_another_node),
    ),
    Reason.PROOF_SIGNATURE: (lambda f: with_checkpoint(f, signed_by_a_stranger),),
    Reason.PROOF_INCLUSION: (wrong_place,),
    Reason.TIME_AHEAD: (
        lambda f: f.send(good(f), time=later(f, minutes=5, seconds=1)),
        lambda f: f.send(good(f), time=later(f, days=900)),
    ),
    Reason.ENTRY_MALFORMED: (
        lambda f: with_entry(f, lambda raw, salt: b"{}"),
        lambda f: with_entry(f, lambda raw, salt: f.entry(raw, salt) + b" "),
        lambda f: with_entry(
            f, lambda raw, salt: f.entry(raw, salt).replace(b'"seq":', b'"seq": ')
        ),
    ),
    Reason.ENTRY_KIND: (entry_of_another_kind,),
    Reason.ENTRY_MISMATCH: (
        lambda f: f.send(good(f), to="iq"),
        lambda f: f.send(good(f), network="other.example"),
        lambda f: f.misclassed(good(f)),
    ),
    Reason.COMMITMENT: (other_bytes,),
    Reason.NOT_UTF8: (lambda f: document(f, b'{"header":"\xff"}'),),
    Reason.SURROGATE: (lambda f: document(f, rb'{"header":"\ud800"}'),),
    Reason.NUL: (
        lambda f: document(f, rb'{"header":"\u0000"}'),
        lambda f: document(f, b'{"header":"\0"}'),
    ),
    Reason.NUMBER: (
        lambda f: document(f, b'{"header":1e400}'),
        lambda f: document(f, b'{"header":NaN}'),
        lambda f: document(f, b'{"header":' + b"9" * 4301 + b"}"),
    ),
    Reason.DUPLICATE_KEY: (lambda f: document(f, b'{"header":{},"header":{}}'),),
    Reason.DEPTH: (
        lambda f: document(f, b"[" * 100_000),
        lambda f: document(f, b'{"header":' * 33 + b"1" + b"}" * 33),
    ),
    Reason.NOT_JSON: (
        lambda f: document(f, b"\xef\xbb\xbf{}"),
        lambda f: document(f, b"{"),
        lambda f: document(f, b"{} {}"),
    ),
    Reason.HEADER_MISMATCH: (
        lambda f: header_changed(f, message_id=f.fresh_id()),
        lambda f: header_changed(f, type="test.ping"),
        lambda f: f.send(warning(f.network).raw, **{"class": "flash"}),
        lambda f: f.send(warning(f.network, exercise=False).raw),
        lambda f: f.send(warning(f.network, sender="iq").raw),
    ),
    Reason.UNKNOWN_TYPE: (lambda f: unsealed_types(f, type="nonsense.type"),),
    Reason.SCHEMA: (
        lambda f: document(f, b"[]"),
        lambda f: unsealed_types(f, type="test.ping"),
        lambda f: unsealed_types(f, extra=1),
        lambda f: f.void(seq=1, entry=b"{}"),
        lambda f: f.void(seq=2, entry=f.entry(good(f), os.urandom(32), seq=1)),
    ),
    Reason.NOT_AGREED: (
        lambda f: f.send(good(f), agreement=""),
        lambda f: f.send(letter(f.network, "info.reply", NOTHING, **PERSONS).raw),
    ),
}
"""Reasons that one envelope ends in whatever came before. The others have their tests below."""

NOTHING = {"kind": "nothing_can_be_provided", "answers": []}
PERSONS = {
    "data_level": "nominal",
    "purpose": "criminal_investigation",
    "source_grade": None,
    "info_grade": None,
    "in_reply_to": "01a1ff38-3de2-7000-8000-000000000000",
}
AWAITED = {Reason.UNKNOWN_SENDER, Reason.UNKNOWN_KEY}
WITH_HISTORY = {
    Reason.LOG_FORK,
    Reason.LOG_CLOSED,
    Reason.KEY_REVOKED,
    Reason.TIME_ORDER,
    Reason.DUPLICATE_CONFLICT,
    Reason.STALE,
    Reason.SEQUENCE,
    Reason.PROTECTED,
    Reason.UNEXPECTED,
}


def later(forger: Forger, **delta: float) -> str:
    clock = forger.network.clock
    clock.forward(**delta)
    text = format_time(clock())
    clock.forward(**{unit: -value for unit, value in delta.items()})
    return text


class Wilful(Forger):
    """A forger who writes what he likes on the outside, too."""

    def _outside(self, **clear: object) -> bytes:
        salt, raw = os.urandom(32), good(self)
        self.entries.append(self.entry(raw, salt))
        return self.sealed(raw, salt, len(self) - 1, clear=clear)

    def sealed_for(self, sender: str) -> bytes:
        return self._outside(sender=sender)

    def sealed_to(self, recipient: str) -> bytes:
        return self._outside(recipient=recipient)

    def sealed_in(self, network: str) -> bytes:
        return self._outside(network=network)

    def sealed_under(self, key_id: str) -> bytes:
        return self._outside(key_id=key_id)

    def misclassed(self, raw: bytes) -> bytes:
        salt = os.urandom(32)
        self.entries.append(self.entry(raw, salt))
        clear = {"message_class": MessageClass.FLASH}
        return self.sealed(raw, salt, len(self) - 1, clear=clear)

    def fresh_id(self) -> str:
        return warning(self.network).header.message_id

    def void(self, *, seq: int, entry: bytes) -> bytes:
        item = {"class": "ordinary", "seq": seq, "entry": b64(entry), "reason": "expired"}
        raw = self.control("void", {"items": [item]})
        return self.send(raw, agreement="", **{"class": "control"})


def test_every_reason_has_its_case() -> None:
    assert set(CASES) | WITH_HISTORY == set(Reason)
    assert not set(CASES) & WITH_HISTORY


@pytest.mark.parametrize(
    ("reason", "maker"),
    [
        pytest.param(reason, maker, id=f"{reason.code}-{n}")
        for reason, makers in CASES.items()
        for n, maker in enumerate(makers)
    ],
)
def test_an_envelope_ends_in_its_reason(
    shared: SimulatedNetwork, reason: Reason, maker: Maker
) -> None:
    verdict = examine(shared, maker(Wilful(shared)))
    if reason in AWAITED or (reason is Reason.PROOF_KEY and isinstance(verdict, Waiting)):
        assert isinstance(verdict, Waiting)
        assert verdict.reason is reason
    elif reason.step < 6:
        assert isinstance(verdict, Quarantined)
        assert (verdict.reason, verdict.alarm) == (reason, None)
    else:
        assert isinstance(verdict, Rejected)
        assert verdict.reason is reason
        assert reason.wire is not None


def test_an_envelope_that_nothing_is_wrong_with_is_accepted(shared: SimulatedNetwork) -> None:
    forger = Wilful(shared)
    assert isinstance(examine(shared, forger.send(good(forger))), VerifiedMessage)
    ahead = forger.send(good(forger), time=later(forger, minutes=4, seconds=59))
    assert isinstance(examine(shared, ahead), VerifiedMessage)


def test_an_unknown_log_of_the_sender_may_still_be_announced_another_node_s_never(
    shared: SimulatedNetwork,
) -> None:
    unknown = examine(shared, with_checkpoint(Wilful(shared), of_an_unknown_log))
    assert unknown == Waiting(Reason.PROOF_KEY)
    assert isinstance(
        examine(shared, with_checkpoint(Wilful(shared), of_another_node)), Quarantined
    )


def test_an_agreement_or_a_card_that_is_not_held_may_still_come(shared: SimulatedNetwork) -> None:
    forger = Wilful(shared)
    for changes in ({"agreement": "ab" * 32}, {"agreement": "", "card": "cd" * 32}):
        verdict = examine(shared, forger.send(good(forger), **changes))
        assert isinstance(verdict, Waiting)
        assert verdict.reason is Reason.NOT_AGREED


def test_one_coarse_code_stands_for_agreement_and_protection() -> None:
    told = {reason.wire for reason in Reason if reason.step in (11, 12)}
    assert told == {WireCode.NOT_PERMITTED}
    assert all(reason.wire is None for reason in Reason if reason.step < 6)


# ---- with history ------------------------------------------------------------------------------


def reasons(verdicts: list[Verdict]) -> list[Reason | None]:
    return [getattr(verdict, "reason", None) for verdict in verdicts]


def test_two_roots_for_one_size_are_a_fork(network: SimulatedNetwork) -> None:
    one, other = Forger(network), Forger(network)
    assert reasons(take_in(network, "pk", [one.send(good(one))])) == [None]
    verdict = take_in(network, "pk", [other.send(good(other))])[0]
    assert isinstance(verdict, Quarantined)
    assert verdict.reason is Reason.LOG_FORK
    assert verdict.alarm is not None
    assert [note.split(b"\n")[1] for note in verdict.alarm] == [str(len(one)).encode()] * 2


def test_two_roots_for_one_size_in_one_batch_are_a_fork(network: SimulatedNetwork) -> None:
    one, other = Forger(network), Forger(network)
    verdicts = take_in(network, "pk", [one.send(good(one)), other.send(good(other))])
    assert reasons(verdicts) == [None, Reason.LOG_FORK]


def test_two_entries_at_one_place_under_trees_of_different_size_are_a_fork(
    network: SimulatedNetwork,
) -> None:
    one, other = Forger(network), Forger(network)
    salt, raw = os.urandom(32), good(other)
    other.entries.append(other.entry(raw, salt))
    index = len(other) - 1
    other.send(good(other))
    late = other.sealed(raw, salt, index)
    assert reasons(take_in(network, "pk", [one.send(good(one))])) == [None]
    assert reasons(take_in(network, "pk", [late])) == [Reason.LOG_FORK]


def test_a_backdated_entry_is_refused(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    network.clock.forward(minutes=10)
    early = later(forger, minutes=-5)
    first = forger.send(good(forger))
    backdated = forger.send(good(forger), time=early)
    assert reasons(take_in(network, "pk", [first, backdated])) == [None, Reason.TIME_ORDER]
    assert reasons(take_in(network, "pk", [backdated])) == [Reason.TIME_ORDER]


def test_an_entry_slipped_in_before_an_accepted_one_with_a_later_time_is_refused(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    salt, raw = os.urandom(32), good(forger)
    future = later(forger, minutes=3)
    forger.entries.append(forger.entry(raw, salt, time=future))
    place = len(forger) - 1
    then = forger.send(good(forger))
    slipped = forger.sealed(raw, salt, place)
    assert reasons(take_in(network, "pk", [then])) == [None]
    assert reasons(take_in(network, "pk", [slipped])) == [Reason.TIME_ORDER]
    assert reasons(take_in(network, "pk", [slipped, then])) == [Reason.TIME_ORDER, None]


def test_entries_out_of_order_with_times_in_order_are_accepted(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    envelopes = [forger.send(good(forger)) for _ in range(12)]
    shuffled = [envelopes[n] for n in (7, 2, 11, 0, 5)]
    assert reasons(take_in(network, "pk", shuffled)) == [None] * 5
    rest = [envelopes[n] for n in (10, 1, 9, 3, 8, 4, 6)]
    assert reasons(take_in(network, "pk", rest)) == [None] * 7


def test_one_number_or_one_id_for_two_entries_is_a_conflict(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    message = warning(network)
    header = {"message_id": message.header.message_id, "type": "warning.notice"}
    first = forger.send(message.raw, seq=1, header=header)
    same_number = forger.send(good(forger), seq=1)
    same_id = forger.send(message.raw, seq=2, header=header)
    verdicts = take_in(network, "pk", [first, same_number, same_id])
    conflict = Reason.DUPLICATE_CONFLICT
    assert reasons(verdicts) == [None, conflict, conflict]
    assert reasons(take_in(network, "pk", [same_id, same_number])) == [conflict, conflict]
    assert isinstance(take_in(network, "pk", [first])[0], Repeated)


def test_what_is_older_than_our_memory_is_stale(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    old = later(forger, minutes=1)
    network.clock.forward(days=29)
    verdict = take_in(network, "pk", [forger.send(good(forger), time=old)])[0]
    assert isinstance(verdict, Rejected)
    assert verdict.reason is Reason.STALE


def test_a_number_that_tears_too_many_holes_is_refused_and_the_next_in_turn_is_not(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    raws = [good(forger) for _ in range(258)]
    salts = [os.urandom(32) for _ in raws]
    start = len(forger)
    forger.entries += [
        forger.entry(raw, salt, seq=2 * n + 2)
        for n, (raw, salt) in enumerate(zip(raws, salts, strict=True))
    ]
    point = forger.checkpoint()
    envelopes = [
        forger.sealed(raw, salt, start + n, checkpoint=point)
        for n, (raw, salt) in enumerate(zip(raws, salts, strict=True))
    ]
    verdicts = take_in(network, "pk", envelopes)
    assert reasons(verdicts) == [None] * 256 + [Reason.SEQUENCE] * 2
    assert isinstance(take_in(network, "pk", envelopes[-1:])[0], Repeated)
    assert reasons(take_in(network, "pk", [forger.send(good(forger), seq=513)])) == [None]
    # The number that was refused is free again once there are fewer holes; its entry is not.
    assert reasons(take_in(network, "pk", [forger.send(good(forger), seq=514)])) == [
        Reason.DUPLICATE_CONFLICT
    ]


def test_a_closed_log_ends_at_its_final_size_whatever_time_an_entry_claims(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    before = forger.send(good(forger))
    final = len(forger)
    beyond = forger.send(good(forger))
    adopt_card(network, closed_at=(final, forger.tree(final).root().hex()))
    assert reasons(take_in(network, "pk", [beyond, before])) == [Reason.LOG_CLOSED, None]


def test_a_log_whose_key_is_revoked_is_good_to_its_last_good_size(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    before = forger.send(good(forger))
    size = len(forger)
    beyond = forger.send(good(forger))
    pk, now = network.node("pk"), network.clock().replace(microsecond=0)
    revoked = Revocation(
        **{"network": NETWORK, "network_kind": "exercise", "node": "tr", "kind": "log"},
        **{"key": f"{NETWORK}/tr/exchange/1", "since": now, "issued": now, "reason": "Simulated"},
        **{"good_size": size, "good_root": forger.tree(size).root().hex()},
    )
    note = sign_text(draft_revocation(revoked), network.authority("tr"))
    pk.book.adopt([OfferedNote("revocation", note)], pk.journal, network.clock())
    assert reasons(take_in(network, "pk", [beyond, before])) == [Reason.KEY_REVOKED, None]


def adopt_card(network: SimulatedNetwork, closed_at: tuple[int, str]) -> None:
    """tr's authority closes its exchange log; pk adopts the card."""
    pk = network.node("pk")
    card = pk.book.current.card("tr").card
    old = next(log for log in card.logs if "/exchange/" in log.origin)
    closed = {"state": "closed", "final_size": closed_at[0], "final_root": closed_at[1]}
    successor = HybridKey.generate(f"{NETWORK}/tr/exchange/2", "log", os.urandom)
    logs = tuple(
        LogKeys.model_validate(log.model_dump() | (closed if log == old else {}))
        for log in card.logs
    )
    fields = card.model_dump(by_alias=True)
    fields |= {"version": card.version + 1, "logs": (*logs, LogKeys.of(successor.public()))}
    later_card = Card.model_validate(fields)
    note = sign_text(draft_card(later_card), network.authority("tr"))
    pk.book.adopt([OfferedNote("card", note)], pk.journal, network.clock())


def test_what_a_protection_rule_objects_to_is_told_as_not_permitted(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = Finding("P9-test", Effect.REFUSE, "header", "no")
    objection = Rule("P9-test", 1, "Nothing may pass.", "A test.", lambda message, facts: [no])
    monkeypatch.setattr(rules, "RULES", (objection,))
    forger = Forger(network)
    verdict = take_in(network, "pk", [forger.send(good(forger))])[0]
    assert isinstance(verdict, Rejected)
    assert (verdict.reason, verdict.rule) == (Reason.PROTECTED, "protection")


def test_an_error_that_nobody_foresaw_is_called_unexpected(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = Forger(network)
    node = network.node("pk")

    def broken(header: object) -> list[tuple[str, str]]:
        raise ZeroDivisionError

    monkeypatch.setattr(node._inbox, "_targets", broken)
    verdict = take_in(network, "pk", [forger.send(good(forger))])[0]
    assert verdict == Quarantined(Reason.UNEXPECTED, "ZeroDivisionError")


def test_the_parts_of_an_envelope_cannot_be_exchanged(shared: SimulatedNetwork) -> None:
    """The forged entry under an old proof: a good proof of one message proves no other."""
    forger = Forger(shared)
    salt, raw = os.urandom(32), good(forger)
    forger.entries.append(forger.entry(raw, salt))
    index = len(forger) - 1
    forged = forger.entry(warning(shared, "forged").raw, salt)
    verdict = examine(shared, forger.sealed(raw, salt, index, entry=forged))
    assert isinstance(verdict, Quarantined)
    assert verdict.reason is Reason.PROOF_INCLUSION
