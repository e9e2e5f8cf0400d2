"""Playing scenes: facts that are false, and scenes that break, are told and end with 1."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from relec_exchange.demo.facts import Report
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.stage import Stage
from relec_exchange.demo.story import Scene, tell
from relec_exchange.demo.telling import COLUMNS_PLAIN, Teller
from relec_exchange.errors import Unavailable


def played(tmp_path: Path, *acts: Callable[[Stage], None]) -> tuple[Report, str]:
    """The report of these acts, and what was printed."""
    written = io.StringIO()
    teller = Teller(Console(file=written, width=COLUMNS_PLAIN, markup=False))
    scenes = [Scene(f"act {number}", act) for number, act in enumerate(acts)]
    report = tell(ExerciseNetwork(tmp_path), teller, scenes)
    teller.summary(report)
    return report, written.getvalue()


def true(stage: Stage) -> None:
    stage.fact("the sun rises in the east", True)


def false(stage: Stage) -> None:
    stage.fact("the sun rises in the west", False)


def late(stage: Stage) -> None:
    raise Unavailable("the node does not answer")


def broken(stage: Stage) -> None:
    true(stage)
    raise KeyError("stages")


def test_a_story_of_true_facts_is_as_told(tmp_path: Path) -> None:
    report, text = played(tmp_path, true, true)
    assert report.exit_code == 0
    assert text.count("[yes] the sun rises in the east") == 2
    assert text.count("as told") == 2
    assert "NOT" not in text


def test_a_false_fact_is_told_where_it_happens_and_again_at_the_end(tmp_path: Path) -> None:
    report, text = played(tmp_path, true, false, true)
    assert report.exit_code == 1
    assert "[ NO] the sun rises in the west" in text
    assert "NOT AS TOLD" in text
    assert "act 1: not so: the sun rises in the west" in text


@pytest.mark.parametrize(("act", "why"), [(late, "does not answer"), (broken, "KeyError")])
def test_a_scene_that_breaks_is_not_as_told_and_the_next_one_is_played(
    tmp_path: Path, act: Callable[[Stage], None], why: str
) -> None:
    report, text = played(tmp_path, act, true)
    assert report.exit_code == 1
    assert [scene.as_told for scene in report.played] == [False, True]
    assert why in text


def test_an_interrupt_ends_the_story(tmp_path: Path) -> None:
    def interrupt(stage: Stage) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        played(tmp_path, interrupt, true)


def test_text_is_printed_as_it_is_and_never_as_markup(tmp_path: Path) -> None:
    def quoting(stage: Stage) -> None:
        stage.fact("a name like [bold red]this[/] stays", True)

    _, text = played(tmp_path, quoting)
    assert "[bold red]this[/]" in text
