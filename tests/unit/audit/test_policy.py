"""Policies: the text that tells strangers which witnesses must have signed."""

from __future__ import annotations

import pytest

from relec_exchange.audit.checkpoint import sign_checkpoint
from relec_exchange.audit.cosignature import cosign, read_cosigned, with_cosignatures
from relec_exchange.audit.policy import evaluate, format_policy, parse_policy
from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.trust.signature import HybridKey, VerifierKey
from relec_exchange.trust.witnesses import Witness

ORIGIN = "relec.example/tr/exchange/1"
NOW = 1_700_000_000
NODES = ("af", "iq", "ir", "pk")


def key(name: str, kind: str, seed: int) -> HybridKey:
    return HybridKey(name, kind, bytes([seed]) * 32, bytes([seed + 1]) * 32)  # type: ignore[arg-type]


LOG = key(ORIGIN, "log", 1)
KEYS = {n: key(f"relec.example/{n}/witness", "witness", 3 + 2 * i) for i, n in enumerate(NODES)}
SECOND = key("relec.example/pk/witness", "witness", 41)
NOTE = sign_checkpoint(ORIGIN, 7, b"\x07" * 32, LOG, NOW).note


def witnessed_by(*keys: HybridKey) -> bytes:
    return with_cosignatures(NOTE, [cosign(NOTE, one, NOW) for one in keys])


def policy_text(*more: Witness) -> str:
    found = [(node, one.public()) for node, one in KEYS.items()]
    return format_policy([LOG.public()], [*found, *more])


def test_each_node_is_a_group_of_its_two_keys_and_the_quorum_is_k_of_n() -> None:
    lines = policy_text().splitlines()
    assert lines[0] == f"log {LOG.public().vkeys()[0]}"
    assert "group pk all pk.ed25519 pk.mldsa44" in lines
    assert lines[-2:] == ["group quorum-of-nodes 3 af iq ir pk", "quorum quorum-of-nodes"]
    policy = parse_policy("\n# a remark\n" + policy_text())
    assert (policy.groups["quorum-of-nodes"].threshold, len(policy.witnesses)) == (3, 8)


def test_a_quorum_of_both_kinds_of_signature_satisfies_it_and_fewer_do_not() -> None:
    policy = parse_policy(policy_text())
    signed = witnessed_by(KEYS["pk"], KEYS["iq"], KEYS["af"])
    assert {"pk", "iq", "af"} <= evaluate(policy, read_cosigned(signed))
    half = NOTE + b"".join(cosign(NOTE, KEYS[n], NOW).splitlines(True)[0] for n in NODES)
    for few in (NOTE, witnessed_by(KEYS["pk"], KEYS["iq"]), half):
        with pytest.raises(Unverified, match="too few"):
            evaluate(policy, read_cosigned(few))


def test_the_log_s_own_signatures_are_wanted_too() -> None:
    policy = parse_policy(policy_text())
    lines = witnessed_by(*KEYS.values()).splitlines(True)
    without = b"".join(lines[:4] + lines[5:])
    with pytest.raises(Unverified):
        evaluate(policy, read_cosigned(without))
    other = sign_checkpoint("relec.example/pk/exchange/1", 7, b"\x07" * 32, _other(), NOW).note
    with pytest.raises(Unverified, match="no key of this log"):
        evaluate(policy, read_cosigned(other))


def _other() -> HybridKey:
    return key("relec.example/pk/exchange/1", "log", 61)


def test_around_a_change_of_keys_either_pair_of_a_node_counts_once() -> None:
    policy = parse_policy(policy_text(("pk", SECOND.public())))
    assert policy.groups["pk"].threshold == 1
    signed = witnessed_by(SECOND, KEYS["iq"], KEYS["af"])
    assert "pk" in evaluate(policy, read_cosigned(signed))
    with pytest.raises(Unverified, match="too few"):
        evaluate(policy, read_cosigned(witnessed_by(SECOND, KEYS["pk"], KEYS["af"])))


def test_without_witnesses_the_quorum_is_none() -> None:
    policy = parse_policy(format_policy([LOG.public()], []))
    assert policy.quorum == ""
    assert evaluate(policy, read_cosigned(NOTE)) == frozenset()


VKEY = KEYS["pk"].public().vkeys()[0]
LOG_VKEY = LOG.public().vkeys()[0]
RENAMED = VerifierKey("relec.example/zz/witness", 4, KEYS["pk"].public().ed25519).vkey()


def test_names_are_opaque_and_white_space_is_tab_and_space_alone() -> None:
    """C2SP: any name of a key may name a witness, and no rule depends on a version of Unicode."""
    text = f"\twitness  a#b+c\u2003d\t{VKEY} \n # a\u2028quorum none\nquorum a#b+c\u2003d\n"
    policy = parse_policy(text)
    assert (list(policy.witnesses), policy.quorum) == (["a#b+c\u2003d"], "a#b+c\u2003d")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum pk\n",
        "nonsense\nquorum none\n",
        f"witness none {VKEY}\nquorum none\n",
        f"witness a {VKEY}\nwitness a {VKEY}\nquorum none\n",
        f"witness a {VKEY}\nwitness b {VKEY}\nquorum none\n",
        f"witness a {VKEY}\ngroup g 2 a\nquorum g\n",
        f"witness a {VKEY}\ngroup g 0 a\nquorum g\n",
        f"witness a {VKEY}\ngroup g all a a\nquorum g\n",
        "group g any a\nquorum g\n",
        "group g any\nquorum g\n",
        f"log {VKEY} https://log.example more\nquorum none\n",
        f"log {VKEY}\nlog {VKEY}\nquorum none\n",
        "witness a b\nquorum none\n",
        "x" * 300_000,
        f"log {LOG_VKEY}\nlog {LOG_VKEY}\nquorum none\n",
        f"witness a {LOG_VKEY}\nquorum none\n",
        f"witness a {VKEY}\nwitness b {RENAMED}\nquorum none\n",
        f"witness a {VKEY}\nquorum a\r\n",
        f"witness a {VKEY}\n# a\u2028quorum a\n",
        f"witness a {VKEY}\n# a\x85quorum a\n",
        f"witness\u00a0a {VKEY}\nquorum none\n",
        "quorum none\n\x7f\n",
    ],
    ids=range(24),
)
def test_a_text_that_is_no_policy_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_policy(text)
    assert str(error.value.field).startswith("policy")
