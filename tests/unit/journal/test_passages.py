"""The index of passages: bounded, without texts, and no source found that is not there."""

from __future__ import annotations

import random
from typing import Any

from relec_exchange.journal.passages import Passages
from relec_exchange.message.document import Message, read_body, read_header
from relec_exchange.protection.quoting import PASSAGE, sounds

_LIST = "boat night river shore mountain village driver hidden market border lorry trail cabin"
WORDS = _LIST.split()


def prose(number: int, words: int = 40) -> str:
    return " ".join(random.Random(number).choices(WORDS, k=words))


def telling(text: str) -> Message:
    header: dict[str, Any] = {
        "message_id": "01a1ff38-3de2-7fff-bfff-ffffffffffff",
        "type": "warning.notice",
        "schema_version": 1,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
        "sender_unit": "ncp",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "data_level": "non_nominal",
        "handling": ["H0"],
        "urgency": "routine",
        "language": "en",
        "source_grade": "B",
        "info_grade": "2",
    }
    body = {
        "kind": "surge",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": text,
    }
    return Message(read_header(header), read_body("warning.notice", body), b"")


def test_every_passage_of_the_length_that_is_promised_is_found_wherever_it_begins() -> None:
    index, text = Passages(), prose(1, 60)
    index.add(("iq", "a"), sounds(text))
    words = text.split()
    for at in range(len(words)):
        for end in range(at, len(words)):
            part = " ".join(words[at:end])
            if len(sounds(part)) == PASSAGE:
                assert index.found(telling(f"zz {part} zz")), part


def test_what_stands_in_no_source_is_not_found() -> None:
    index = Passages()
    for number in range(50):
        index.add(("iq", str(number)), sounds(prose(number)))
    assert (
        index.found(telling("Nothing of what came in is told again here, not one sentence.")) == {}
    )


def test_a_passage_of_two_sources_is_found_in_both_and_not_of_the_recipient() -> None:
    index, text = Passages(), prose(1)
    index.add(("iq", "a"), sounds(text))
    index.add(("ir", "b"), sounds(text))
    assert index.found(telling(text)).keys() == {("iq", "a"), ("ir", "b")}
    assert index.found(telling(text), but="iq").keys() == {("ir", "b")}


def test_it_never_grows_beyond_its_bound_and_the_oldest_go_first() -> None:
    index = Passages(most=300)
    for number in range(40):
        index.add(("iq", str(number)), sounds(prose(number)))
        assert len(index) <= 300
    assert index.found(telling(prose(39)))
    assert ("iq", "0") not in index.found(telling(prose(0)))


def test_of_a_very_long_source_the_beginning_is_kept_and_leaves_room() -> None:
    index = Passages(most=100)
    index.add(("iq", "long"), sounds(prose(1, 2_000)))
    assert 0 < len(index) <= 50


def test_a_source_is_remembered_once() -> None:
    index = Passages()
    index.add(("iq", "a"), sounds(prose(1)))
    before = len(index)
    index.add(("iq", "a"), sounds(prose(2)))
    assert len(index) == before


def test_no_text_stands_in_it() -> None:
    index, text = Passages(), prose(3)
    index.add(("iq", "a"), sounds(text))
    held = repr(vars(index))
    assert not any(word in held for word in text.split() if len(word) > 3)
    assert sounds(text)[:8] not in held
