"""The demonstration as a user runs it: told, as told, and nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relec_exchange.demo import __main__ as program
from relec_exchange.demo.scenes_exchange import not_agreed
from relec_exchange.demo.stage import Stage
from relec_exchange.demo.story import SCENES, Scene
from relec_exchange.demo.telling import COLUMNS_PLAIN

pytestmark = pytest.mark.broker

DEMO = [sys.executable, "-m", "relec_exchange.demo"]
SECONDS_MAX = 90 * 5  # five times what it may take on two free cores
# What each scene tells that it would not tell if its protection were not in force.
TOLD = (
    "rule no-grant",
    "signed receipt: accepted",
    "[yes] pk's officers are refused the content",
    "[yes] both answers say the same and nothing more, word for word",
    "[yes] neither left before its slot, although iq's officer was ready at once",
    "[yes] a claim never travels (rule P1)",
    "[yes] a small figure never travels (rule P11)",
    "[yes] the number waited for the desk, which sent the warning back with a",
    "[yes] a figure that pk withheld is told as withheld",
    "[yes] the corrected figure of iq counts, the first one does not",
)
# A scene that is short, and one that a test may play by itself.
ONE_SCENE = tuple(scene for scene in SCENES if scene.play is not_agreed)


def processes(directory: Path) -> list[str]:
    """The command lines of all processes that work in a directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(directory) in line:
            found.append(line)
    return found


@pytest.fixture
def with_scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test shorten the story, and puts back the signals that the program takes."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield monkeypatch
    for number, handler in before.items():
        signal.signal(number, handler)


def play(*arguments: str) -> Result:
    """The program in this process, without a terminal."""
    return CliRunner().invoke(program.demo, arguments)


def test_every_scene_is_told_and_as_told_in_80_columns_of_plain_text(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    done = subprocess.run(
        [*DEMO, "--directory", str(place)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for number, scene in enumerate(SCENES, start=1):
        assert f"{number}. {scene.title}" in done.stdout
    assert "Everything was as told." in done.stdout
    assert "[ NO]" not in done.stdout
    assert [words for words in TOLD if words not in done.stdout] == []
    assert "\x1b" not in done.stdout
    told = [line for line in done.stdout.splitlines() if str(place) not in line]
    assert max(map(len, told)) <= COLUMNS_PLAIN
    assert processes(place) == []


def test_what_is_kept_can_be_used_as_it_says_and_stopped(
    with_scene: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "kept"
    with_scene.setattr(program, "SCENES", ONE_SCENE)
    done = play("--keep", "--directory", str(place))
    try:
        assert done.exit_code == 0, done.output
        for command in program.commands().values():
            used = subprocess.run(
                command, cwd=place, capture_output=True, text=True, timeout=180, check=False
            )
            assert used.returncode in (0, 3), used.stderr  # 3: pk may not ask iq
        again = play("--directory", str(place))
        assert again.exit_code == 6
        assert "is not empty" in again.output
        assert processes(place) != []
    finally:
        stopped = play("--stop", "--directory", str(place))
    assert stopped.exit_code == 0, stopped.output
    assert processes(place) == []


def test_a_fact_that_does_not_hold_ends_with_1_and_stops_everything(
    with_scene: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def claim(stage: Stage) -> None:
        alarms = stage.network.status("tr")["alarms"]
        stage.fact("tr raised an alarm", alarms > 0)

    place = tmp_path / ("longer-than-a-line-" * 4)  # and it is told in one piece all the same
    with_scene.setattr(program, "SCENES", (*ONE_SCENE, Scene("A false claim", claim)))
    done = play("--directory", str(place))
    assert done.exit_code == 1
    assert "[ NO] tr raised an alarm" in done.output
    assert "NOT everything was as told." in done.output
    assert str(place) in done.output
    assert processes(place) == []


def test_a_demonstration_that_is_terminated_leaves_nothing_running(tmp_path: Path) -> None:
    place = tmp_path / "ended"
    child = subprocess.Popen(
        [*DEMO, "--directory", str(place)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 240
    while not (place / "log" / "iq.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=180) == 128 + signal.SIGTERM
    assert processes(place) == []


def test_stopping_what_was_never_started_is_told(tmp_path: Path) -> None:
    done = play("--stop", "--directory", str(tmp_path))
    assert done.exit_code == 5
    assert "there is no exercise network" in done.output
