"""The text form of inclusion proofs and of requests to witnesses."""

from hashlib import sha256

import pytest

from relec_exchange.audit.proof import Proof, format_proof, format_proofs, parse_proof
from relec_exchange.audit.witness import WitnessRequest, format_request, parse_request
from relec_exchange.errors import InvalidInput, Reason, Unverified

PATH = tuple(sha256(bytes([number])).digest() for number in range(3))
CHECKPOINT = "relec.example/tr/exchange/1\n8\nroot\n\n— name signature\n".encode()
PROOF = format_proof(5, PATH, CHECKPOINT)
REQUEST = format_request(6, PATH, CHECKPOINT)


def malformed(call, data):
    with pytest.raises(Unverified) as caught:
        call(data)
    return caught.value.reason is Reason.PROOF_MALFORMED


def test_a_proof_is_written_as_the_specification_shows_it():
    lines = PROOF.split(b"\n")
    assert lines[:2] == [b"c2sp.org/tlog-proof@v1", b"index 5"]
    assert [len(line) for line in lines[2:6]] == [44, 44, 44, 0]
    assert PROOF.endswith(b"=\n\n" + CHECKPOINT)


def test_what_was_written_is_read_back():
    assert parse_proof(PROOF) == Proof(5, PATH, CHECKPOINT)
    assert parse_proof(format_proof(0, (), CHECKPOINT)) == Proof(0, (), CHECKPOINT)
    assert parse_request(REQUEST) == WitnessRequest(6, PATH, CHECKPOINT)


def test_a_batch_is_written_as_its_proofs_one_by_one():
    proofs = [(5, PATH), (6, PATH[:2]), (7, ())]
    assert format_proofs(proofs, CHECKPOINT) == [
        format_proof(index, path, CHECKPOINT) for index, path in proofs
    ]


def spare_bits(data):
    """The same hash with the two unused bits of its last character set."""
    at = data.index(b"=")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return data[: at - 1] + bytes([letters[letters.index(data[at - 1]) + 3]]) + data[at:]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.replace(b"@v1", b"@v2", 1),
        lambda p: p.replace(b"index 5", b"index 05", 1),
        lambda p: p.replace(b"index 5", b"index -5", 1),
        lambda p: p.replace(b"index 5", b"index 9223372036854775808", 1),
        lambda p: p.replace(b"index 5", b"index  5", 1),
        lambda p: p.replace(b"index 5", "index ٥".encode(), 1),
        lambda p: p.replace(b"\nindex", b"\nextra AAAA\nindex", 1),
        lambda p: p.replace(b"\n", b"\r\n", 1),
        lambda p: p.replace(b"=\n", b"\n", 1),
        lambda p: p.replace(b"=\n", b"=\n\n", 1).replace(b"=\n\n", b"= \n", 1),
        lambda p: p.replace(p.split(b"\n")[2], b"AAAA", 1),
        lambda p: p.replace(p.split(b"\n")[2][:4], b"-___", 1),
        spare_bits,
        lambda p: p[: p.index(b"=\n\n") + 2],
        lambda p: b"\xef\xbb\xbf" + p,
        lambda p: b"",
    ],
)
def test_another_form_is_malformed(change):
    assert malformed(parse_proof, change(PROOF))


def test_more_than_63_hashes_are_malformed():
    assert len(parse_proof(format_proof(5, PATH[:1] * 63, b"x")).path) == 63
    assert malformed(parse_proof, format_proof(5, PATH[:1] * 64, b"x"))


def test_an_overlong_proof_is_refused_before_it_is_read():
    assert malformed(parse_proof, PROOF + b"x" * 16384)
    assert malformed(parse_request, REQUEST + b"x" * 16384)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.replace(b"old 6", b"old 06", 1),
        lambda r: r.replace(b"old 6", b"new 6", 1),
        lambda r: r.replace(b"old 6", b"old 9223372036854775808", 1),
        lambda r: r.replace(b"old 6\n", b"", 1),
        spare_bits,
    ],
)
def test_another_form_of_a_request_is_malformed(change):
    assert malformed(parse_request, change(REQUEST))


def test_a_request_takes_no_more_than_63_hashes():
    with pytest.raises(InvalidInput):
        format_request(6, PATH[:1] * 64, CHECKPOINT)
