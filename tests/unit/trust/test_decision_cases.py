"""The decision cases under tests/vectors/decisions, run as their README tells every implementer to:
at the sender and at the recipient, over signed notes.
"""

import subprocess
import sys
import tomllib
from functools import cache
from hashlib import shake_256
from pathlib import Path

import pytest
from trust_network import NETWORK, NODES, make_card

from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.assurances import Assurances
from relec_exchange.trust.card_parts import AuthorityKeys, Partner
from relec_exchange.trust.decide import RULES, Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.signature import HybridKey

HERE = Path(__file__).parents[2] / "vectors" / "decisions"
CASES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.toml"))}
KEYS = CASES.pop("keys")["authorities"]


@cache
def authority(signer):
    """The authority keys of `node` or `node/generation`."""
    name = signer if "/" in signer else f"{signer}/1"
    stream = shake_256(f"simulated authority {name}".encode()).digest(64)
    seeds = iter((stream[:32], stream[32:]))
    return HybridKey.generate(f"{NETWORK}/{name[:-2]}/authority", "note", lambda _: next(seeds))


def note(text, signers):
    signed = sign_text(text, authority(signers[0]))
    for signer in signers[1:]:
        signed = merge_signatures(signed, sign_text(text, authority(signer)))
    return signed


@cache
def card_note(node, network_kind, lists, changes):
    present, later = authority(node).public(), authority(f"{node}/2").public()
    partners = tuple(
        Partner(node=other, authority=authority(other).public().fingerprint())
        for other in lists
        if other != node
    )
    values = {"authority": AuthorityKeys.of(present, later), "partners": partners, **dict(changes)}
    card = make_card(node, network_kind=network_kind, **values)
    return note(draft_card(card), [node])


def directory(own, case):
    """What one node holds: the cards, then the texts and notices that it is said to hold."""
    kind = case["network_kind"]
    known = Directory(NETWORK, kind, own)
    told = {card["node"]: card for card in case.get("cards", ())}
    for node in NODES:
        fields = {k: v for k, v in told.get(node, {}).items() if k not in ("node", "lists")}
        if "schemas" in fields:
            fields["schemas"] = Schemas.fromkeys(fields["schemas"], 1)
        lists = tuple(told.get(node, {}).get("lists", NODES))
        first = card_note(node, kind, lists, tuple(fields.items()))
        known = known.admit_first(first, authority(node).public().fingerprint())
    for text in case.get("agreements", ()):
        known = known.with_agreement(note(text["text"], text["signed_by"]))
        assert text["hash"] in known.agreements
    for text in case.get("notices", ()):
        if own in text.get("held_by", NODES):
            known = known.with_notice(note(text["text"], text["signed_by"]))
            assert text["hash"] in known.notices
    return known


class Schemas(dict):
    """Versions of types, to be told apart by what they say."""

    def __hash__(self):
        return hash(tuple(self.items()))


def question(case):
    asked = dict(case["question"])
    asked["area"], asked["purpose"] = Area(asked["area"]), Purpose(asked["purpose"])
    asked["data_level"] = DataLevel(asked["data_level"])
    asked["handling"] = tuple(Handling(code) for code in asked["handling"])
    return Features(**asked)


def check(answer, expected):
    if expected["decision"] == "denied":
        assert isinstance(answer, Denied), answer
        assert answer.rule == expected["rule"]
        assert answer.text
        return
    assert isinstance(answer, Allowed), answer
    assert (answer.agreement_hash, answer.grant_id) == (expected["agreement"], expected["grant"])
    if answer.agreement_hash:
        promised = {name: expected[name] for name in ("no_death_penalty", "no_torture")}
        assert answer.assurances == Assurances(**promised)
        for name in ("charter", "closing", "retention_days", "min_cell"):
            assert getattr(answer, name) == expected[name], name
        for name in ("withhold", "readers"):
            assert getattr(answer, name) == tuple(expected[name]), name


@pytest.mark.parametrize("name", CASES)
def test_both_ends_decide_as_the_case_says(name):
    case = CASES[name]
    features, at, named = question(case), case["at"], case.get("named")
    recipients = case.get("expect_recipient", case["expect"])
    nodes = {features.sender: case["expect"], features.recipient: recipients}
    for own in NODES:
        if own in nodes:
            check(decide(directory(own, case), features, at, named), nodes[own])
    if case["expect"]["decision"] == "allowed":
        entry = case["expect"]["agreement"]
        there = directory(features.recipient, case)
        check(decide(there, features, at, entry), recipients)


def test_there_are_enough_cases_and_they_show_every_rule():
    assert len(CASES) >= 200
    expected = [case["expect"] for case in CASES.values()]
    assert {answer["rule"] for answer in expected if "rule" in answer} == RULES
    assert sum("grant" in answer for answer in expected) >= 100
    assert all(case["shows"].endswith(".") for case in CASES.values())


def test_the_keys_are_those_of_the_page():
    for told in KEYS:
        public = authority(told["signer"]).public()
        assert public.fingerprint() == told["fingerprint"]
        assert public.vkeys() == (told["ed25519"], told["mldsa44"])


def test_the_cases_are_those_that_their_script_writes():
    script = HERE.parent / "make_decisions.py"
    command = [sys.executable, script, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
