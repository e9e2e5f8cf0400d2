"""The second verifier runs the vector files of the primitives as their README tells everybody."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from relec_verify.encodings import canonical
from relec_verify.entries import read_entry, verify_commitment
from relec_verify.keys import KeyPair
from relec_verify.logs import verify_checkpoint, verify_entry
from relec_verify.merkle import leaf_hash, verify_consistency, verify_inclusion
from relec_verify.notes import split_note
from relec_verify.refused import Refused

VECTORS = Path(__file__).parents[2] / "vectors"


def note(vector):
    parsed = split_note(vector["note"])
    KeyPair.parse("note", tuple(vector["vkeys"])).verify(parsed)
    return {"text": parsed.text.decode()}


def checkpoint(vector):
    head = verify_checkpoint(vector["checkpoint"], KeyPair.parse("log", tuple(vector["vkeys"])))
    return {"origin": head.origin, "size": head.size, "root": head.root.hex()}


def inclusion(vector):
    path = [bytes.fromhex(item) for item in vector["path"]]
    leaf, root = bytes.fromhex(vector["leaf_hash"]), bytes.fromhex(vector["root"])
    verify_inclusion(leaf, vector["index"], vector["size"], path, root)
    return {}


def consistency(vector):
    path = [bytes.fromhex(item) for item in vector["path"]]
    old = (vector["old_size"], bytes.fromhex(vector["old_root"]))
    verify_consistency(old, (vector["size"], bytes.fromhex(vector["root"])), path)
    return {}


def proof(vector):
    key = KeyPair.parse("log", tuple(vector["vkeys"]))
    return {"index": verify_entry(vector["entry"], vector["proof"], key)[0]}


def cosignature(vector):
    text = split_note(vector["checkpoint"]).text
    lines = split_note(text + b"\n" + vector["cosignature"])
    if len(lines.lines) != 2:  # of an answer in a round; a bundle has lines of many
        raise Refused("proof-malformed", "a cosignature is two lines")
    time = KeyPair.parse("witness", tuple(vector["vkeys"])).verify(lines)
    if not 0 < time <= vector["latest"]:  # a bundle has no latest; 0 is asked in `witnesses`
        raise Refused("proof-signature", "no time, or one that lies ahead")
    return {"time": time}


def entry(vector):
    assert canonical(read_entry(vector["entry"])) == vector["entry"]
    return {}


def leaf(vector):
    assert leaf_hash(vector["entry"]).hex() == vector["leaf_hash"]
    verify_commitment(read_entry(vector["entry"], "sent"), vector["salt"], vector["message"])
    return {}


RUNNERS = {
    run.__name__: run
    for run in (note, checkpoint, cosignature, inclusion, consistency, proof, entry, leaf)
}
FILES = sorted(p.relative_to(VECTORS) for kind in RUNNERS for p in (VECTORS / kind).glob("*.json"))


def read(path):
    raw = json.loads((VECTORS / path).read_text("utf-8"))
    return {
        name.removesuffix("_b64"): b64decode(value) if name.endswith("_b64") else value
        for name, value in raw.items()
    }


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_second_implementation_judges_each_vector_as_it_is_expected_to(path):
    vector = read(path)
    run = RUNNERS[path.parent.name]
    if vector["expect"] == "ok":
        given = run(vector)
        assert given == {name: vector[name] for name in given}
    else:
        with pytest.raises(Refused) as refused:
            run(vector)
        assert refused.value.code == vector["expect"]


def test_there_are_good_and_bad_vectors_of_every_kind():
    for kind in RUNNERS:
        names = [path.name for path in FILES if path.parent.name == kind]
        assert any(name.startswith("good") for name in names)
        assert any(name.startswith("bad") for name in names)
