"""Notes: the exact form, and nothing but it."""

import base64

import pytest
from trust_network import authority

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.trust.note import (
    Note,
    join_note,
    merge_signatures,
    sign_text,
    split_note,
    verify_note,
)
from relec_exchange.trust.signature import SignatureLine

TEXT = "first\n\nthird\n"
LINE = "— name " + base64.b64encode(b"idid" + bytes(64)).decode()


def test_a_text_may_have_empty_lines_and_is_kept_whole():
    note = split_note(sign_text(TEXT, authority("tr")))
    assert note.text == TEXT.encode()
    assert len(note.signatures) == 2
    assert verify_note(note, authority("tr").public()) == 0


def test_a_note_is_written_as_it_was_read():
    data = sign_text(TEXT, authority("tr"))
    assert split_note(data).encode() == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "text\n",
        "text\n\n",
        f"text\n{LINE}\n",
        f"text\n\n{LINE}",
        f"text\n\n{LINE}\n\n",
        f"text\r\n\n{LINE}\n",
        f"te\txt\n\n{LINE}\n",
        f"text\n\n{LINE}\nmore\n",
        f"text\n\n-{LINE[1:]}\n",
        f"text\n\n{LINE.replace('name', 'na+me')}\n",
        "text\n\n" + LINE.replace("name", "na\u2003me") + "\n",
        f"text\n\n{LINE.replace(' name', ' ')}\n",
        f"text\n\n{LINE}=\n",
        f"text\n\n{LINE} \n",
        f"text\n\n{LINE[:-1]}\n",
        "text\n\n— name aWRpZA==\n",
        "text\n\n— name\n",
    ],
)
def test_a_note_of_another_form_is_refused(data):
    with pytest.raises(Unverified) as caught:
        split_note(data.encode())
    assert caught.value.reason is Reason.PROOF_MALFORMED


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(Unverified, match="UTF-8"):
        split_note(b"text\xff\n\n" + LINE.encode() + b"\n")


def test_a_note_beyond_the_size_limit_is_refused_before_it_is_read():
    with pytest.raises(Unverified, match="at most"):
        split_note(b"\xff" * (LIMITS.note_max_bytes + 1))


def test_sixteen_signatures_are_accepted_and_seventeen_are_not():
    assert len(split_note(f"text\n\n{(LINE + chr(10)) * 16}".encode()).signatures) == 16
    with pytest.raises(Unverified):
        split_note(f"text\n\n{(LINE + chr(10)) * 17}".encode())


@pytest.mark.parametrize("text", [b"no newline", b"tab\there\n", b"\xff\n"])
def test_a_note_that_could_not_be_read_back_is_not_made(text):
    with pytest.raises(InvalidInput):
        join_note(text, authority("tr").sign_text(text))


def test_signatures_of_two_notes_are_merged_each_once():
    both = merge_signatures(sign_text(TEXT, authority("tr")), sign_text(TEXT, authority("pk")))
    again = merge_signatures(both, sign_text(TEXT, authority("tr")))
    assert again == both
    note = split_note(both)
    assert len(note.signatures) == 4
    for node in ("tr", "pk"):
        verify_note(note, authority(node).public())


def test_signatures_under_different_texts_are_not_merged():
    with pytest.raises(InvalidInput, match="different texts"):
        merge_signatures(sign_text("a\n", authority("tr")), sign_text("b\n", authority("tr")))


def test_more_lines_than_a_note_takes_are_not_merged():
    def note(start):
        lines = tuple(SignatureLine(f"n{i}", b"idid", bytes(64)) for i in range(start, start + 9))
        return Note(TEXT.encode(), lines).encode()

    with pytest.raises(InvalidInput, match="16"):
        merge_signatures(note(0), note(9))
