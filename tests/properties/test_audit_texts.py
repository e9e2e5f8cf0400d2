"""Laws of what logs write: every text has one reading, every reading one text, and none crashes."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.audit.checkpoint import checkpoint_text, parse_checkpoint
from relec_exchange.audit.entry import decode_entry, encode_entry
from relec_exchange.audit.proof import format_proof, parse_proof
from relec_exchange.audit.witness import format_request, parse_request
from relec_exchange.errors import Reason, Unverified
from relec_exchange.trust.note import join_note
from relec_exchange.trust.signature import HybridKey

ORIGIN = "relec.example/tr/exchange/1"
KEY = HybridKey(ORIGIN, "log", b"\x01" * 32, b"\x02" * 32)
hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63)
numbers = st.integers(0, 2**63 - 1)
DIGEST = sha256(b"any").hexdigest()
ENTRY = encode_entry(
    {
        "kind": "sent",
        "time": "2026-11-21T17:30:00.123Z",
        "network": "relec.example",
        "from": "tr",
        "to": "pk",
        "class": "ordinary",
        "seq": 17,
        "id": "019aa700-0000-7000-8000-000000000001",
        "type": "info.request",
        "agreement": DIGEST,
        "card": DIGEST,
        "rules": DIGEST,
        "random": "00112233445566778899aabbccddeeff",
        "commitment": DIGEST,
    }
)
TEXT = checkpoint_text(ORIGIN, 1000, sha256(b"root").digest())
CHECKPOINT = join_note(TEXT, KEY.sign_text(TEXT, 1_700_000_000))


@st.composite
def damaged(draw, original):
    """The original with a few bytes cut out, put in or replaced."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 3)))
        data[start:stop] = draw(st.binary(max_size=3))
    return bytes(data)


@settings(max_examples=60, deadline=None)
@given(index=numbers, path=hashes, checkpoint=st.binary(max_size=200))
def test_a_proof_and_a_request_are_read_back_as_written(index, path, checkpoint):
    proof = parse_proof(format_proof(index, path, checkpoint))
    assert (proof.index, list(proof.path), proof.checkpoint) == (index, path, checkpoint)
    request = parse_request(format_request(index, path, checkpoint))
    assert (request.old_size, list(request.path), request.checkpoint) == (index, path, checkpoint)


def reading(call, data):
    """What `call` makes of the data: a value, or the reason why not."""
    try:
        return call(data)
    except Unverified as error:
        return error.reason


@settings(max_examples=200, deadline=None)
@given(damaged(format_proof(7, [sha256(b"one").digest(), sha256(b"two").digest()], b"checkpoint")))
def test_a_damaged_proof_is_malformed_or_means_other_bytes(data):
    read = reading(parse_proof, data)
    if read is not Reason.PROOF_MALFORMED:
        assert format_proof(read.index, read.path, read.checkpoint) == data


@settings(max_examples=200, deadline=None)
@given(st.one_of(damaged(CHECKPOINT), damaged(CHECKPOINT[:90]), st.binary(max_size=100)))
def test_a_damaged_checkpoint_is_malformed_or_means_other_bytes(data):
    read = reading(parse_checkpoint, data)
    if read is not Reason.PROOF_MALFORMED:
        assert data.startswith(checkpoint_text(read.origin, read.size, read.root))


@settings(max_examples=300, deadline=None)
@given(st.one_of(damaged(ENTRY), st.binary(max_size=60)))
def test_a_damaged_entry_is_malformed_or_means_other_bytes(data):
    read = reading(decode_entry, data)
    if read is not Reason.ENTRY_MALFORMED:
        assert encode_entry(read) == data
