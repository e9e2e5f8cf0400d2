"""Who witnesses a node's logs, and how many of them are a quorum."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import begun
from relec_exchange.trust.witnesses import known_keys, nodes_of, quorum_of, witnesses


@pytest.mark.parametrize(
    ("n", "k"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (9, 7), (10, 7)]
)
def test_a_quorum_is_more_than_two_thirds(n: int, k: int) -> None:
    assert quorum_of(n) == k
    if n:
        assert 3 * k > 2 * n
        assert k <= n


def test_witnesses_are_the_other_nodes_in_mutual_listing_while_their_cards_are_valid(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        directory, now = network.node("tr").book.current, network.clock()
        for owner, others in (("tr", ("iq", "pk")), ("pk", ("iq", "tr"))):
            found = witnesses(directory, owner, now)
            assert nodes_of(found) == others
            assert [key.kind for _, key in found] == ["witness"] * len(found)
        assert witnesses(directory, "tr", now - timedelta(days=60)) == ()
        assert witnesses(directory, "tr", now + timedelta(days=400)) == ()
        assert witnesses(directory, "nobody", now) == ()


def test_a_service_is_no_witness_nor_is_who_is_not_listed_or_void(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        directory, now = network.node("tr").book.current, network.clock()
        pk = directory.member("pk")
        service = pk.card.model_copy(update={"kind": "service"})
        alone = pk.card.model_copy(update={"partners": ()})
        for changed in (
            replace(pk, signed=replace(pk.signed, card=service)),
            replace(pk, signed=replace(pk.signed, card=alone)),
            replace(pk, void=True),
        ):
            others = replace(directory, members={**directory.members, "pk": changed})
            assert nodes_of(witnesses(others, "tr", now)) == ("iq",)
        assert known_keys(replace(pk, signed=replace(pk.signed, card=service))) == ()


def test_revoked_keys_are_nobody_s(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        directory, now = network.node("tr").book.current, network.clock()
        pk = directory.member("pk")
        revoked = frozenset({pk.card.witness.public().fingerprint()})
        others = {**directory.members, "pk": replace(pk, revoked=revoked)}
        found = witnesses(replace(directory, members=others), "tr", now)
        assert nodes_of(found) == ("iq",)
        assert known_keys(others["pk"]) == ()
