"""The checker of the demonstration: a story is a check only if it can fail."""

from __future__ import annotations

from relec_exchange.demo.facts import AS_TOLD, NOT_AS_TOLD, Fact, Played, Report

TRUE, FALSE = Fact("two and two is four", True), Fact("two and two is five", False)


def report(*scenes: Played, titles: tuple[str, ...] = ("one",)) -> Report:
    return Report(titles, list(scenes))


def test_a_story_whose_facts_all_hold_ends_with_zero() -> None:
    assert report(Played("one", [TRUE, TRUE])).exit_code == AS_TOLD == 0


def test_one_false_fact_among_true_ones_makes_the_whole_story_not_as_told() -> None:
    story = report(Played("one", [TRUE]), Played("two", [TRUE, FALSE]), titles=("one", "two"))
    assert story.exit_code == NOT_AS_TOLD == 1
    assert story.played[1].faults() == ["not so: two and two is five"]


def test_a_scene_that_ended_early_is_not_as_told_although_its_facts_held() -> None:
    scene = Played("one", [TRUE], ended_by="unavailable: no answer")
    assert report(scene).exit_code == NOT_AS_TOLD
    assert scene.faults() == ["ended early: unavailable: no answer"]


def test_a_scene_that_claims_nothing_is_not_as_told() -> None:
    scene = Played("one")
    assert report(scene).exit_code == NOT_AS_TOLD
    assert scene.faults() == ["the scene claimed nothing"]


def test_a_scene_that_was_not_played_makes_the_story_not_as_told() -> None:
    assert report(Played("one", [TRUE]), titles=("one", "two")).exit_code == NOT_AS_TOLD
    assert report(titles=()).exit_code == AS_TOLD
