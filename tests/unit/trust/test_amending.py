"""The next version of a text keeps its words and changes version, dates and what it replaces."""

from __future__ import annotations

from datetime import timedelta

import pytest
from trust_network import END, START, agreement_note, grant, sign, terms

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.agreement import parse_agreement, read_agreement
from relec_exchange.trust.amending import next_version
from relec_exchange.trust.drafts import draft_agreement

LATER = END + timedelta(days=100)


def test_everything_but_version_dates_and_predecessor_stays_word_for_word() -> None:
    signed = parse_agreement(agreement_note("tr", "pk"))
    text = next_version(signed, END, LATER)
    before, after = signed.text.splitlines(), text.splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    names = [new.split(" = ")[0] for _, new in changed]
    assert names == ["version", "valid_from", "valid_until", "replaces"]
    read = read_agreement(text)
    assert (read.version, read.valid_from, read.valid_until) == (2, END, LATER)
    assert read.replaces == (signed.hash,)


def test_a_text_changed_by_hand_keeps_its_layout() -> None:
    text = draft_agreement(terms("tr", "pk", grants=(grant(),)))
    text = text.replace("version = 1", "version=1 # the first").replace("replaces = []\n", "")
    text = text.replace('parties = ["tr", "pk"]', 'parties = [\n  "tr",\n  "pk",\n]')
    read = read_agreement(next_version(parse_agreement(sign(text, "tr")), END, LATER))
    assert (read.version, len(read.replaces), read.parties) == (2, 1, ("tr", "pk"))


def test_the_version_of_a_version_replaces_that_one_alone() -> None:
    first = parse_agreement(agreement_note("tr", "pk"))
    second = parse_agreement(sign(next_version(first, END, LATER), "tr"))
    third = read_agreement(next_version(second, END + timedelta(days=1), LATER))
    assert (third.version, third.replaces) == (3, (second.hash,))


def test_a_line_of_the_same_name_in_a_grant_is_left_alone() -> None:
    signed = parse_agreement(agreement_note("tr", "pk", legal_basis="version = 7 (simulated)"))
    text = next_version(signed, END, LATER)
    assert 'legal_basis = "version = 7 (simulated)"' in text


def test_dates_that_break_a_rule_are_refused() -> None:
    signed = parse_agreement(agreement_note("tr", "pk"))
    with pytest.raises(InvalidInput):
        next_version(signed, END, START)


def test_a_text_whose_lines_cannot_be_told_apart_is_refused_and_not_guessed() -> None:
    text = draft_agreement(terms("tr", "pk", grants=(grant(),)))
    text = text.replace("version = 1", '"version" = 1')
    with pytest.raises(InvalidInput, match="cannot be changed safely"):
        next_version(parse_agreement(sign(text, "tr")), END, LATER)
