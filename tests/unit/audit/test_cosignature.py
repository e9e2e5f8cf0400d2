"""Cosignatures: two lines of one witness with one time, and nothing that only looks like them."""

from __future__ import annotations

import pytest

from relec_exchange.audit.checkpoint import sign_checkpoint
from relec_exchange.audit.cosignature import (
    COSIGNED_LINES_MAX,
    cosign,
    read_cosigned,
    verify_cosignature,
    verify_owner,
    with_cosignatures,
)
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.trust.note import split_note
from relec_exchange.trust.signature import HybridKey

ORIGIN = "relec.example/tr/exchange/1"
NOW = 1_700_000_000


def key(name: str, kind: str, seed: int) -> HybridKey:
    return HybridKey(name, kind, bytes([seed]) * 32, bytes([seed + 1]) * 32)  # type: ignore[arg-type]


LOG = key(ORIGIN, "log", 1)
PK = key("relec.example/pk/witness", "witness", 3)
IQ = key("relec.example/iq/witness", "witness", 5)
NOTE = sign_checkpoint(ORIGIN, 7, b"\x07" * 32, LOG, NOW).note
TEXT = split_note(NOTE).text


def test_a_cosignature_is_two_lines_that_verify_and_tell_their_time() -> None:
    lines = cosign(NOTE, PK, NOW)
    assert len(lines.splitlines()) == 2
    assert verify_cosignature(TEXT, lines, PK.public(), NOW) == NOW


def test_only_witness_keys_cosign_and_only_checkpoints_are_cosigned() -> None:
    with pytest.raises(InvalidInput, match="witness key"):
        cosign(NOTE, LOG, NOW)
    with pytest.raises(Unverified):
        cosign(b"a letter\n\n" + NOTE.split(b"\n\n")[1], PK, NOW)
    with pytest.raises(Unverified, match="witness") as error:
        verify_cosignature(TEXT, cosign(NOTE, PK, NOW), LOG.public(), NOW)
    assert error.value.reason is Reason.PROOF_KEY


FIRST, SECOND = cosign(NOTE, PK, NOW).splitlines(keepends=True)
LATER = cosign(NOTE, PK, NOW + 1).splitlines(keepends=True)
OTHER = cosign(sign_checkpoint(ORIGIN, 8, b"\x07" * 32, LOG, NOW).note, PK, NOW)


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        FIRST,
        SECOND,
        FIRST + FIRST,
        FIRST + SECOND + FIRST,
        FIRST + LATER[1],
        LATER[0] + SECOND,
        cosign(NOTE, IQ, NOW),
        OTHER,
        FIRST + SECOND[:-3] + b"\n",
        FIRST + SECOND.replace(b"pk", b"iq"),
        NOTE.split(b"\n\n")[1],
    ],
    ids=range(12),
)
def test_what_is_not_one_good_line_of_each_kind_with_one_time_is_refused(lines: bytes) -> None:
    with pytest.raises(Unverified):
        verify_cosignature(TEXT, lines, PK.public(), NOW)


def test_a_time_that_lies_ahead_is_refused() -> None:
    with pytest.raises(Unverified, match="ahead"):
        verify_cosignature(TEXT, cosign(NOTE, PK, NOW + 1), PK.public(), NOW)


def test_a_cosigned_note_keeps_the_owner_s_lines_first_and_all_others_behind() -> None:
    lines = [cosign(NOTE, one, NOW) for one in (PK, IQ)]
    cosigned = read_cosigned(with_cosignatures(NOTE, lines))
    verify_owner(cosigned, LOG.public())
    assert (cosigned.checkpoint.origin, cosigned.checkpoint.size) == (ORIGIN, 7)
    assert cosigned.checkpoint.note == NOTE + b"".join(lines)
    with pytest.raises(Unverified):
        verify_owner(cosigned, key(ORIGIN, "log", 9).public())
    with pytest.raises(Unverified, match="not the one"):
        verify_owner(cosigned, PK.public())


def test_the_lines_under_a_checkpoint_are_bounded() -> None:
    many = [FIRST.replace(b"/pk/", b"/p%d/" % n) for n in range(COSIGNED_LINES_MAX)]
    with pytest.raises(InvalidInput, match="64"):
        with_cosignatures(NOTE, many)
    with pytest.raises(InvalidInput):
        with_cosignatures(NOTE, [b"no line\n"])
    with pytest.raises(Unverified, match="too long"):
        read_cosigned(NOTE + b"x" * 131_072)
