"""Laws of notes and of texts to sign."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.trust.note import sign_text, split_note, verify_note
from relec_exchange.trust.plaintext import read_text
from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.toml_text import TomlText

SEEDS = iter((hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest()))
KEY = HybridKey.generate("relec.example/tr/authority", "note", lambda _: next(SEEDS))
NOTE = sign_text('format = "relec/v1 card"\n\nnetwork = "n"\n', KEY)

TEXTS = st.text(st.sampled_from("ab \"\\#=[]{}.,'—üسаبক1"), max_size=30)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001
        max_value=datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ).map(lambda t: t.replace(microsecond=0)),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=4).map(tuple))
KEYS = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True).filter(
    lambda key: key not in {"format", "network"}
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_a_note_with_one_byte_changed_never_verifies(position, difference):
    changed = bytearray(NOTE)
    changed[position] ^= difference
    with pytest.raises(Unverified):
        verify_note(split_note(bytes(changed)), KEY.public())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_come_apart_as_a_note_are_that_note(data):
    try:
        note = split_note(data)
    except Unverified:
        return
    assert note.encode() == data


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"\n", "— ".encode(), b"name", b" ", b"AAAAAAAA", b"text"])))
def test_pieces_of_a_note_in_any_order_are_a_note_or_refused(pieces):
    try:
        note = split_note(b"".join(pieces))
    except Unverified:
        return
    assert note.encode() == b"".join(pieces)


@settings(max_examples=100, deadline=None)
@given(TABLES, TABLES, st.lists(TABLES, min_size=1, max_size=3))
def test_what_is_written_is_read_back(top, table, rows):
    taken = {"t", "rows"}
    top = {key: value for key, value in top.items() if key not in taken}
    text = TomlText()
    text.pairs({"format": "relec/v1 card", "network": "n", **top})
    text.table("t", table, "A comment.")
    for row in rows:
        text.row("rows", row)
    found = read_text(text.render(), "card")
    expected = {"format": "relec/v1 card", "network": "n", **top, "t": table, "rows": tuple(rows)}
    assert found == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_the_place(rest):
    field = "none"
    try:
        read_text(f'format = "relec/v1 card"\nnetwork = "n"\n{rest}\n', "card")
    except InvalidInput as error:
        field = error.field
    assert field
