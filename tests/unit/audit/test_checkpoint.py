"""Checkpoints: their form, their two signatures, and the memory of verified ones."""

from hashlib import sha256

import pytest

from relec_exchange.audit.checkpoint import (
    CheckpointCache,
    checkpoint_text,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.trust.note import join_note, split_note
from relec_exchange.trust.signature import HybridKey

ORIGIN = "relec.example/tr/exchange/1"
KEY = HybridKey(ORIGIN, "log", b"\x01" * 32, b"\x02" * 32)
OTHER = HybridKey(ORIGIN, "log", b"\x03" * 32, b"\x04" * 32)
ROOT = sha256(b"root").digest()
SIGNED = sign_checkpoint(ORIGIN, 20852163, ROOT, KEY, 1_700_000_000)


def reason_of(call, *arguments):
    with pytest.raises(Unverified) as caught:
        call(*arguments)
    return caught.value.reason


def resigned(text, key=KEY):
    """A note over any text that still is a tree head to the signer."""
    return join_note(text, key.sign_text(text, 1_700_000_000))


def test_a_signed_checkpoint_verifies_and_gives_back_what_was_signed():
    assert verify_checkpoint(SIGNED.note, KEY.public()) == SIGNED
    assert (SIGNED.origin, SIGNED.size, SIGNED.root) == (ORIGIN, 20852163, ROOT)


def test_the_text_has_three_lines():
    assert checkpoint_text(ORIGIN, 7, bytes(32)) == f"{ORIGIN}\n7\n{'A' * 43}=\n".encode()


@pytest.mark.parametrize("kept", [0, 1])
def test_one_of_the_two_signatures_is_not_enough(kept):
    note = split_note(SIGNED.note)
    alone = join_note(note.text, [note.signatures[kept].encode()])
    assert reason_of(verify_checkpoint, alone, KEY.public()) is Reason.PROOF_SIGNATURE


@pytest.mark.parametrize("position", [0, 1])
def test_one_good_and_one_foreign_signature_are_not_enough(position):
    good = [line.encode() for line in split_note(SIGNED.note).signatures]
    text = split_note(SIGNED.note).text
    good[position] = OTHER.sign_text(text, 1_700_000_000)[position]
    assert (
        reason_of(verify_checkpoint, join_note(text, good), KEY.public()) is Reason.PROOF_SIGNATURE
    )


def test_signatures_of_others_under_it_do_not_matter():
    text = split_note(SIGNED.note).text
    witness = HybridKey("relec.example/pk/witness", "witness", b"\x05" * 32, b"\x06" * 32)
    cosigned = SIGNED.note + b"".join(witness.sign_text(text, 1_700_000_001))
    assert verify_checkpoint(cosigned, KEY.public()).size == SIGNED.size


def test_a_changed_line_is_refused():
    for old, new in ((b"\n20852163\n", b"\n20852164\n"), (b"/tr/", b"/pk/")):
        changed = SIGNED.note.replace(old, new, 1)
        assert reason_of(verify_checkpoint, changed, KEY.public()) in (
            Reason.PROOF_SIGNATURE,
            Reason.PROOF_KEY,
        )


def test_a_checkpoint_of_another_log_is_not_checked_with_this_key():
    name = "relec.example/pk/exchange/1"
    elsewhere = HybridKey(name, "log", b"\x01" * 32, b"\x02" * 32)
    signed = sign_checkpoint(name, 5, ROOT, elsewhere, 1_700_000_000)
    assert reason_of(verify_checkpoint, signed.note, KEY.public()) is Reason.PROOF_KEY


def test_a_key_of_another_kind_does_not_verify_a_checkpoint():
    witness = HybridKey(ORIGIN, "witness", b"\x01" * 32, b"\x02" * 32)
    text = checkpoint_text(ORIGIN, 5, ROOT)
    assert (
        reason_of(verify_checkpoint, resigned(text, witness), witness.public()) is Reason.PROOF_KEY
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n20852163\n", b"\n020852163\n"),
        (b"\n20852163\n", b"\n+20852163\n"),
        (b"\n20852163\n", b"\n9223372036854775808\n"),
        (b"\n20852163\n", b"\n0\n"),
        (b"=\n\n", b"=\nextension\n\n"),
        (b"=\n\n", b"\n\n"),
        (b"relec.example/tr", b"relec.example tr"),
        (b"relec.example/tr", b"relec.example+tr"),
        (ORIGIN.encode(), ORIGIN.encode() * 10),
        (b"\n20852163\n", b"\r\n20852163\n"),
        (b"\n\n", b"\n"),
    ],
)
def test_another_form_is_malformed(old, new):
    assert reason_of(parse_checkpoint, SIGNED.note.replace(old, new, 1)) is Reason.PROOF_MALFORMED


def test_a_root_with_spare_bits_set_is_malformed():
    root = SIGNED.note.split(b"\n")[2]
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare = root[:-2] + letters[letters.index(root[-2]) + 1 :][:1] + b"="
    changed = SIGNED.note.replace(root, spare, 1)
    assert reason_of(parse_checkpoint, changed) is Reason.PROOF_MALFORMED


def test_an_empty_tree_has_its_own_root_only():
    empty = sign_checkpoint(ORIGIN, 0, EMPTY_ROOT, KEY, 1_700_000_000)
    assert verify_checkpoint(empty.note, KEY.public()).root == EMPTY_ROOT
    with pytest.raises(InvalidInput):
        sign_checkpoint(ORIGIN, 0, ROOT, KEY, 1_700_000_000)


def test_nobody_signs_for_a_log_of_another_name():
    with pytest.raises(InvalidInput):
        sign_checkpoint("relec.example/tr/exchange/2", 5, ROOT, KEY, 1_700_000_000)


def test_a_cached_checkpoint_is_known_under_its_own_key_only():
    cache = CheckpointCache()
    first = cache.verify(SIGNED.note, KEY.public())
    assert cache.verify(SIGNED.note, KEY.public()) is first
    assert reason_of(cache.verify, SIGNED.note, OTHER.public()) is Reason.PROOF_SIGNATURE
    assert cache.verify(SIGNED.note, KEY.public()) is first


def test_a_full_cache_forgets_the_checkpoint_not_used_for_longest():
    cache = CheckpointCache(capacity=2)
    notes = [sign_checkpoint(ORIGIN, size, ROOT, KEY, 1_700_000_000).note for size in (1, 2, 3)]
    first = cache.verify(notes[0], KEY.public())
    second = cache.verify(notes[1], KEY.public())
    cache.verify(notes[0], KEY.public())
    cache.verify(notes[2], KEY.public())
    assert cache.verify(notes[0], KEY.public()) is first
    assert cache.verify(notes[1], KEY.public()) is not second
