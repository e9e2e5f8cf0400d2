"""The committed list of semantic rules is that of the code, and says something for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pytest
from message_samples import changed
from pydantic import AfterValidator, model_validator

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import parse_message
from relec_exchange.message.fields import Document, rule
from relec_exchange.message.semantics import _of_model, main, semantic_rules, text

COMMITTED = Path(__file__).parents[3] / "schemas" / "semantic-rules.json"
RULES = semantic_rules()


def test_the_committed_list_is_what_the_code_says() -> None:
    """If this fails: `make generated`, and look at the change."""
    assert COMMITTED.read_text("utf-8") == text(RULES)


def test_every_rule_has_a_code_a_sentence_and_types_of_the_catalogue() -> None:
    for one in RULES:
        assert one.code.replace("_", "").isalnum()
        assert len(one.sentence) > 8, one
        assert one.types
        assert set(one.types) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("name", "part", "fields", "code"),
    [
        ("stat.report", "body", {"part": 3, "parts": 2}, "part_beyond_parts"),
        ("ack", "header", {"recipient": "tr"}, "recipient_is_sender"),
        ("ack", "header", {"created_at": "2026-02-30T00:00:00.000Z"}, "time"),
        ("warning.notice", "body", {"expires_on": "2026-02-30"}, "date"),
        ("warning.notice", "header", {"source_grade": ...}, "grades_incomplete"),
        ("ack", "header", {"in_reply_to": ...}, "not_for_this_type"),
        ("ack", "header", {"handling": ["H0", "H1"]}, "handling_h0_alone"),
    ],
)
def test_a_refusal_carries_the_code_that_the_list_has_for_the_type(
    name: str, part: str, fields: dict[str, object], code: str
) -> None:
    with pytest.raises(Unverified) as caught:
        parse_message(json.dumps(changed(name, part, **fields)).encode())
    assert code in caught.value.detail
    assert any(one.code == code and name in one.types for one in RULES)


def _far(value: str) -> str:
    return _farther(value)


def _farther(value: str) -> str:
    if value == "no":
        raise rule("far_away", f"not {value} here")
    return value


class Sample(Document):
    """A model with a rule in every place that the list must find."""

    word: Annotated[str, AfterValidator(_far)]

    @model_validator(mode="after")
    def _first(self) -> Sample:
        self._second()
        return self

    def _second(self) -> None:
        if self.word == "never":
            raise rule("second", "word is not never", "word")


def test_rules_are_found_in_validators_and_in_what_they_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("relec_exchange.message.semantics._PACKAGE", __name__)
    assert sorted(set(_of_model(Sample))) == [
        ("far_away", "not … here", "Sample.word"),
        ("second", "word is not never", "Sample.word"),
    ]


def test_the_list_is_written_to_the_named_file(tmp_path: Path) -> None:
    main([str(tmp_path / "rules.json")])
    assert (tmp_path / "rules.json").read_text("utf-8") == text(RULES)
    with pytest.raises(InvalidInput):
        main([])
