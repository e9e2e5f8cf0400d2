"""Proofs that others publish are judged here as they say, and not one of them is left out."""

from __future__ import annotations

import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.audit.merkle import verify_consistency, verify_inclusion
from relec_exchange.errors import Unverified
from relec_verify import merkle as second
from relec_verify.refused import Refused

sys.path.append(str(Path(__file__).parents[2] / "vectors"))

import published

INCLUSION = list(published.inclusion_probes())
CONSISTENCY = list(published.consistency_probes())


def hashes(texts: list[str]) -> list[bytes]:
    return [b64decode(text, validate=True) for text in texts]


def check_inclusion(probe: dict[str, Any]) -> None:
    leaf, root = hashes([probe["leafHash"], probe["root"]])
    verify_inclusion(leaf, probe["leafIdx"], probe["treeSize"], hashes(probe["proof"]), root)


def check_consistency(probe: dict[str, Any]) -> None:
    old, root = hashes([probe["root1"], probe["root2"]])
    verify_consistency(probe["size1"], old, probe["size2"], root, hashes(probe["proof"]))


def test_all_196_proofs_of_the_publication_are_here() -> None:
    assert (len(INCLUSION), len(CONSISTENCY)) == (98, 98)
    assert published.digest(INCLUSION) == published.PUBLISHED["inclusion"]
    assert published.digest(CONSISTENCY) == published.PUBLISHED["consistency"]


def test_their_good_proofs_of_inclusion_pass() -> None:
    good = [probe for probe in INCLUSION if not probe["wantErr"]]
    assert len(good) == 6
    for probe in good:
        check_inclusion(probe)


@pytest.mark.parametrize("probe", [probe for probe in INCLUSION if probe["wantErr"]])
def test_their_bad_proof_of_inclusion_is_refused(probe: dict[str, Any]) -> None:
    with pytest.raises(Unverified):
        check_inclusion(probe)


def test_their_good_proofs_of_consistency_pass_if_their_roots_are_hashes() -> None:
    """One has twelve bytes of text for a root, between equal sizes: here that is no root."""
    good = [probe for probe in CONSISTENCY if not probe["wantErr"]]
    stricter = [probe for probe in good if len(b64decode(probe["root1"])) != 32]
    assert (len(good), len(stricter)) == (6, 1)
    for probe in good:
        if probe not in stricter:
            check_consistency(probe)
    with pytest.raises(Unverified, match="32 bytes"):
        check_consistency(stricter[0])


@pytest.mark.parametrize("probe", [probe for probe in CONSISTENCY if probe["wantErr"]])
def test_their_bad_proof_of_consistency_is_refused(probe: dict[str, Any]) -> None:
    with pytest.raises(Unverified):
        check_consistency(probe)


# ---- the second verifier, which shares no code with the first


def second_accepts(probe: dict[str, Any]) -> bool:
    path = hashes(probe["proof"])
    try:
        if "leafIdx" in probe:
            leaf, root = hashes([probe["leafHash"], probe["root"]])
            second.verify_inclusion(leaf, probe["leafIdx"], probe["treeSize"], path, root)
        else:
            old, root = hashes([probe["root1"], probe["root2"]])
            second.verify_consistency((probe["size1"], old), (probe["size2"], root), path)
    except Refused:
        return False
    return True


def test_the_second_verifier_judges_all_of_them_as_they_say() -> None:
    wrong = [p for p in [*INCLUSION, *CONSISTENCY] if second_accepts(p) == p["wantErr"]]
    assert [probe for probe in wrong if len(b64decode(probe.get("root1", ""))) == 32] == []
    assert len(wrong) <= 1
