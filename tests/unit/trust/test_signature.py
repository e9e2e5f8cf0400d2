"""Keys of two algorithms: published bytes, and that half a signature is none."""

import base64
import hashlib

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from trust_network import authority, key, stream

from relec_exchange.errors import InvalidInput, Misconfigured, Reason, Unverified
from relec_exchange.trust.note import split_note
from relec_exchange.trust.signature import (
    PAIRS,
    HybridKey,
    HybridPublic,
    SignatureLine,
    VerifierKey,
    check_build,
)
from relec_exchange.trust.statement import signed_bytes

# The example of C2SP signed-note.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONn"
    "cAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

ORIGIN = "relec.example/tr/exchange/1"
ROOT = base64.b64encode(bytes(range(32))).decode()
CHECKPOINT = f"{ORIGIN}\n20852163\n{ROOT}\n".encode()
TIME = 1679315147


def signer(kind):
    name = ORIGIN if kind == "log" else f"relec.example/tr/{kind}"
    return HybridKey.generate(name, kind, stream(f"signer {kind}"))


def lines_of(text, lines):
    return split_note(text + b"\n" + b"".join(lines)).signatures


def signed(kind, text=CHECKPOINT, time=TIME):
    return lines_of(text, signer(kind).sign_text(text, time))


def changed(line):
    """The line with the last bit of its signature turned over."""
    flipped = line.signature[:-1] + bytes((line.signature[-1] ^ 1,))
    return SignatureLine(line.name, line.key_id, flipped)


def assert_refused(action, *args):
    with pytest.raises(Unverified) as caught:
        action(*args)
    assert caught.value.reason is Reason.PROOF_SIGNATURE


def test_the_published_verifier_key_verifies_the_published_note():
    note = split_note(FOO_NOTE)
    found = VerifierKey.parse(FOO)
    assert note.signatures[0].key_id == found.key_id
    assert found.verify_note(note.text, note.signatures[0].signature) == 0


def test_the_published_note_is_refused_once_its_text_changes():
    note = split_note(FOO_NOTE.replace(b"This", b"That"))
    assert_refused(VerifierKey.parse(FOO).verify_note, note.text, note.signatures[0].signature)


@pytest.mark.parametrize("kind", PAIRS)
def test_a_verifier_key_is_read_back_from_its_line(kind):
    for found in signer(kind).public().keys:
        assert VerifierKey.parse(found.vkey()) == found


@pytest.mark.parametrize(
    "vkey",
    [
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("U2k", "U2l"),
        FOO + "=",
        FOO.replace("/foo", "/fo o"),
        FOO.replace("example.com/foo", ""),
        "example.com/foo",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+Ag==",
        FOO[:-4],
    ],
    ids=[
        "id",
        "id upper case",
        "base64",
        "padding",
        "space",
        "name",
        "short",
        "empty",
        "type",
        "cut",
    ],
)
def test_a_verifier_key_that_is_not_exactly_right_is_refused(vkey):
    with pytest.raises(InvalidInput):
        VerifierKey.parse(vkey)


def test_the_id_of_a_note_key_covers_the_long_identifier():
    found = authority("tr").public().keys[1]
    material = b"\xffrelec-note-mldsa44-v1" + found.public
    digest = hashlib.sha256(found.name.encode() + b"\n" + material).digest()
    assert found.key_id == digest[:4]
    assert base64.b64decode(found.vkey().split("+", 2)[2]) == material


def test_a_classical_cosignature_covers_time_and_the_whole_checkpoint():
    assert signed_bytes(0x04, "w", CHECKPOINT, TIME) == (
        b"cosignature/v1\ntime 1679315147\n" + CHECKPOINT
    )


def test_a_quantum_safe_cosignature_covers_name_time_origin_size_and_root():
    expected = (
        b"subtree/v1\n\0"
        + b"\x01w"
        + bytes.fromhex("00000000641850cb")
        + bytes((len(ORIGIN),))
        + ORIGIN.encode()
        + bytes(8)
        + bytes.fromhex("00000000013e2dc3")
        + bytes(range(32))
    )
    assert signed_bytes(0x06, "w", CHECKPOINT, TIME) == expected


@pytest.mark.parametrize(("kind", "time"), [("note", 0), ("log", TIME), ("witness", TIME)])
def test_both_halves_verify_and_tell_the_stated_time(kind, time):
    assert signer(kind).public().verify(CHECKPOINT, signed(kind)) == time


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("half", [0, 1])
def test_a_missing_half_is_refused(kind, half):
    lines = signed(kind)
    assert_refused(signer(kind).public().verify, CHECKPOINT, (lines[half],))


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("half", [0, 1])
def test_a_wrong_half_is_refused_though_the_other_is_good(kind, half):
    lines = list(signed(kind))
    lines[half] = changed(lines[half])
    assert_refused(signer(kind).public().verify, CHECKPOINT, tuple(lines))


@pytest.mark.parametrize("half", [0, 1])
def test_a_doubled_half_is_refused(half):
    lines = signed("log")
    assert_refused(signer("log").public().verify, CHECKPOINT, (*lines, lines[half]))


def test_two_halves_that_state_different_times_are_refused():
    first, second = signed("witness"), signed("witness", time=TIME + 1)
    assert_refused(signer("witness").public().verify, CHECKPOINT, (first[0], second[1]))


def test_lines_of_strangers_are_ignored():
    stranger = lines_of(CHECKPOINT, key("pk", "witness", "witness").sign_text(CHECKPOINT, 5))
    assert signer("log").public().verify(CHECKPOINT, (*stranger, *signed("log"))) == TIME


@pytest.mark.parametrize("kind", PAIRS)
def test_nothing_signed_for_one_kind_passes_for_another(kind):
    mine = signer(kind)
    for other in PAIRS:
        if other != kind:
            public = mine.public()
            fake = HybridPublic(public.name, other, public.ed25519, public.mldsa44)
            assert_refused(fake.verify, CHECKPOINT, signed(kind))


def test_a_time_beyond_the_largest_is_refused():
    line = signed("log")[1]
    late = SignatureLine(line.name, line.key_id, b"\xff" * 8 + line.signature[8:])
    assert_refused(signer("log").public().verify, CHECKPOINT, (signed("log")[0], late))


@pytest.mark.parametrize(
    "text",
    [
        b"relec.example/tr/exchange/1\n1\n",
        CHECKPOINT + b"extension\n",
        CHECKPOINT.replace(b"20852163", b"020852163"),
        CHECKPOINT.replace(b"20852163", b"9223372036854775808"),
        CHECKPOINT.replace(ROOT.encode(), b"AAAA"),
        b"\n1\n" + ROOT.encode() + b"\n",
        b"\xff\n1\n" + ROOT.encode() + b"\n",
    ],
    ids=["no root", "extension", "zero", "size", "root", "origin", "utf-8"],
)
def test_a_log_key_signs_checkpoints_only(text):
    with pytest.raises(InvalidInput):
        signer("log").sign_text(text, TIME)


def test_a_name_too_long_for_the_signed_structure_is_refused():
    with pytest.raises(InvalidInput):
        signed_bytes(0x06, "w" * 256, CHECKPOINT, TIME)


def test_a_negative_time_is_not_signed():
    with pytest.raises(InvalidInput):
        signer("log").sign_text(CHECKPOINT, -1)


def test_the_fingerprint_is_the_digest_of_both_verifier_keys():
    public = authority("tr").public()
    expected = hashlib.sha256("\n".join(public.vkeys()).encode()).hexdigest()
    assert public.fingerprint() == expected


def test_two_verifier_keys_make_a_pair_only_if_name_and_algorithms_fit():
    ours, theirs = authority("tr").public(), authority("pk").public()
    assert HybridPublic.from_vkeys("note", *ours.vkeys()) == ours
    for kind, first, second in (
        ("log", *ours.vkeys()),
        ("note", ours.vkeys()[1], ours.vkeys()[0]),
        ("note", ours.vkeys()[0], theirs.vkeys()[1]),
    ):
        with pytest.raises(InvalidInput):
            HybridPublic.from_vkeys(kind, first, second)


def test_the_same_seeds_make_the_same_key_and_are_never_shown():
    first, second = authority("tr"), authority("tr")
    assert first.public() == second.public()
    assert first.ed25519_seed.hex() not in repr(first)
    assert repr(first.ed25519_seed) not in repr(first)
    assert repr(first.mldsa44_seed) not in repr(first)


def test_a_seed_of_another_length_is_refused():
    with pytest.raises(InvalidInput):
        HybridKey("a", "note", bytes(31), bytes(32))


def test_this_build_has_what_is_needed():
    check_build()


def test_a_build_without_an_algorithm_is_refused_by_name():
    def missing(seed):
        raise UnsupportedAlgorithm("no")

    with pytest.raises(Misconfigured, match="ML-KEM-768"):
        check_build({"ML-DSA-44": lambda seed: None, "ML-KEM-768": missing})
