"""The logs of a card after one of them was replaced: listed, signed, and admitted by partners."""

from __future__ import annotations

import pytest
from trust_network import authority, card_note, directory, key, make_card, sign

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.trust.card import Card, parse_card
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.plaintext import validated
from relec_exchange.trust.succession import OwnLog, with_logs

ROOT = "ab" * 32
FIRST, SECOND, THIRD = (f"relec.example/tr/exchange/{n}" for n in (1, 2, 3))


def log(origin: str, final: tuple[int, str] | None = None) -> OwnLog:
    what, number = origin.split("/")[2:]
    return OwnLog(key("tr", f"{what}/{number}", "log").public(), final)


def next_card(card: Card, *logs: OwnLog, version: int = 2) -> bytes:
    fields = with_logs(card, logs).model_dump(by_alias=True) | {"version": version}
    return sign(draft_card(validated(fields, "card", Card)), "tr")


def states(card: Card) -> dict[str, tuple[str, int | None]]:
    return {one.origin: (one.state, one.final_size) for one in card.logs}


def test_the_old_log_is_closed_in_its_place_and_the_new_one_comes_last() -> None:
    card = parse_card(card_note("tr")).card
    assert log(FIRST).public == card.logs[0].public()
    later = parse_card(next_card(card, log(FIRST, (7, ROOT)), log(SECOND))).card
    assert [one.origin for one in later.logs] == [*[o.origin for o in card.logs], SECOND]
    assert states(later)[FIRST] == ("closed", 7)
    assert states(later)[SECOND] == ("current", None)
    assert states(later)["relec.example/tr/activity/1"] == ("current", None)


def test_partners_admit_it_and_judge_sizes_by_it() -> None:
    held = directory()
    card = held.card("tr").card
    after = held.admit_update(next_card(card, log(FIRST, (7, ROOT)), log(SECOND)))
    after.log_key(FIRST).check_size(7)
    with pytest.raises(Unverified) as refused:
        after.log_key(FIRST).check_size(8)
    assert refused.value.reason is Reason.LOG_CLOSED
    after.log_key(SECOND).check_size(10**9)


def test_an_end_is_said_once_and_for_good() -> None:
    held = directory()
    card = held.card("tr").card
    after = held.admit_update(next_card(card, log(FIRST, (7, ROOT)), log(SECOND)))
    closed = after.card("tr").card
    other = next_card(card, log(FIRST, (9, ROOT)), log(SECOND), version=3)
    with pytest.raises(InvalidInput, match="was closed and has changed"):
        after.admit_update(other)
    again = next_card(closed, log(FIRST, (7, ROOT)), log(SECOND, (3, ROOT)), log(THIRD), version=3)
    assert states(after.admit_update(again).card("tr").card)[SECOND] == ("closed", 3)


def test_the_end_that_a_card_has_told_stands_where_the_node_has_lost_it() -> None:
    held = directory()
    ended = next_card(held.card("tr").card, log(FIRST, (7, ROOT)), log(SECOND))
    after = held.admit_update(ended)
    shorter = log(FIRST, (5, ROOT)), log(SECOND, (3, ROOT)), log(THIRD)
    later = next_card(after.card("tr").card, *shorter, version=3)
    assert states(after.admit_update(later).card("tr").card)[FIRST] == ("closed", 7)


def test_a_log_of_which_nothing_is_left_is_closed_at_nothing() -> None:
    card = parse_card(card_note("tr")).card
    later = parse_card(next_card(card, log(FIRST, (7, ROOT)), log(SECOND))).card
    lost = parse_card(next_card(later, log(FIRST, (5, ROOT)), log(THIRD), version=3)).card
    assert states(lost)[SECOND] == ("closed", 0)
    assert states(lost)[THIRD] == ("current", None)


def test_a_card_whose_node_has_no_logs_yet_stays_as_it_is() -> None:
    card = make_card("tr")
    assert with_logs(card, ()).logs == card.logs
    assert authority("tr").public() == card.authority.public()
