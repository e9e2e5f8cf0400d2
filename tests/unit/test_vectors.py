"""The vector files under tests/vectors, run the way their README tells every implementer to."""

import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from relec_exchange.audit.checkpoint import verify_checkpoint
from relec_exchange.audit.cosignature import read_cosigned, verify_cosignature
from relec_exchange.audit.entry import commitment, decode_entry, encode_entry
from relec_exchange.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from relec_exchange.audit.policy import evaluate, parse_policy
from relec_exchange.audit.proof import parse_proof
from relec_exchange.errors import Reason, Unverified
from relec_exchange.message.document import parse_message, received_header_bytes
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.sealing.unit import open_body
from relec_exchange.sealing.unseal import unseal
from relec_exchange.trust.note import split_note, verify_note
from relec_exchange.trust.signature import HybridPublic

VECTORS = Path(__file__).parent.parent / "vectors"
FILES = sorted(
    path.relative_to(VECTORS)
    for path in VECTORS.glob("*/*.json")
    if path.parent.name != "evidence"  # of another form: tests/unit/audit/test_evidence_vectors.py
)
CODES = {reason.code for reason in Reason}


def note(vector):
    parsed = split_note(vector["note"])
    verify_note(parsed, HybridPublic.from_vkeys("note", *vector["vkeys"]))
    return {"text": parsed.text.decode()}


def checkpoint(vector):
    read = verify_checkpoint(vector["checkpoint"], HybridPublic.from_vkeys("log", *vector["vkeys"]))
    return {"origin": read.origin, "size": read.size, "root": read.root.hex()}


def cosignature(vector):
    text = split_note(vector["checkpoint"]).text
    public = HybridPublic.from_vkeys("witness", *vector["vkeys"])
    return {"time": verify_cosignature(text, vector["cosignature"], public, vector["latest"])}


def policy(vector):
    cosigned = read_cosigned(vector["checkpoint"])
    return {"counted": sorted(evaluate(parse_policy(vector["policy"]), cosigned))}


def inclusion(vector):
    verify_inclusion(
        bytes.fromhex(vector["leaf_hash"]),
        vector["index"],
        vector["size"],
        [bytes.fromhex(item) for item in vector["path"]],
        bytes.fromhex(vector["root"]),
    )
    return {}


def consistency(vector):
    verify_consistency(
        vector["old_size"],
        bytes.fromhex(vector["old_root"]),
        vector["size"],
        bytes.fromhex(vector["root"]),
        [bytes.fromhex(item) for item in vector["path"]],
    )
    return {}


def proof(vector):
    read = parse_proof(vector["proof"])
    head = verify_checkpoint(read.checkpoint, HybridPublic.from_vkeys("log", *vector["vkeys"]))
    verify_inclusion(leaf_hash(vector["entry"]), read.index, head.size, read.path, head.root)
    return {"index": read.index}


def envelope(vector):
    split = parse_envelope(vector["envelope"])
    content = unseal(split, SealingPrivate.from_seed(bytes.fromhex(vector["seed"])))
    return {
        "network": split.header.network,
        "from": split.header.sender,
        "to": split.header.recipient,
        "class": split.header.message_class.value,
        "key": split.header.key_id,
        "message": content.message,
        "salt": content.salt,
        "entry": content.entry,
        "proof": content.proof,
    }


def body(vector):
    message = parse_message(vector["message"])
    key = SealingPrivate.from_seed(bytes.fromhex(vector["seed"]))
    return {"inner": open_body(message.body, received_header_bytes(message.raw), key)}


def entry(vector):
    assert encode_entry(decode_entry(vector["entry"])) == vector["entry"]
    return {}


def leaf(vector):
    assert leaf_hash(vector["entry"]).hex() == vector["leaf_hash"]
    fields = decode_entry(vector["entry"], kind="sent")
    if commitment(vector["salt"], vector["message"]).hex() != fields["commitment"]:
        raise Unverified(Reason.COMMITMENT)
    return {}


RUNNERS = {
    run.__name__: run
    for run in (
        note,
        checkpoint,
        cosignature,
        policy,
        inclusion,
        consistency,
        proof,
        envelope,
        body,
        entry,
        leaf,
    )
}


def read(path):
    """A vector with its `_b64` fields as bytes."""
    raw = json.loads((VECTORS / path).read_text("utf-8"))
    return {
        name.removesuffix("_b64"): b64decode(value, validate=True)
        if name.endswith("_b64")
        else value
        for name, value in raw.items()
    }


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_vector_has_the_outcome_that_it_expects(path):
    vector = read(path)
    run = RUNNERS[path.parent.name]
    if vector["expect"] == "ok":
        for name, value in run(vector).items():
            assert vector[name] == value
    else:
        assert vector["expect"] in CODES
        with pytest.raises(Unverified) as caught:
            run(vector)
        assert caught.value.reason.code == vector["expect"]


def test_every_kind_has_good_and_bad_vectors():
    for kind in RUNNERS:
        names = [path.name for path in FILES if path.parent.name == kind]
        outcomes = {read(Path(kind) / name)["expect"] == "ok" for name in names}
        assert outcomes == {True, False}


def test_the_file_name_says_whether_a_vector_is_good():
    for path in FILES:
        assert path.name.startswith("good-") == (read(path)["expect"] == "ok")


def test_the_forged_entry_under_an_old_proof_is_the_first_of_the_bad_ones():
    first = min(path.name for path in FILES if path.parent.name == "proof")
    assert first == "bad-01-forged-entry-under-old-proof.json"


def test_the_files_are_those_that_the_generator_makes():
    """Nobody edits a vector by hand, and no change of the code changes one unseen."""
    done = subprocess.run(
        [sys.executable, str(VECTORS / "make.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
