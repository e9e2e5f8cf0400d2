"""The hook: real programs, no shell, no content, bounded time."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relec_exchange.adapters.notify import CommandHook, note
from relec_exchange.errors import Misconfigured, Unavailable

RECORD = """
import json, os, sys
told = {"argv": sys.argv[1:], "stdin": sys.stdin.read(), "env": dict(os.environ)}
open(sys.argv[1], "w").write(json.dumps(told))
"""


@dataclass(frozen=True)
class Item:
    message_id: str = "019aa000-0000-7000-8000-000000000001"
    unit: str = "rescue"
    type: str = "warning.life_at_risk"
    urgency: str = "flash"
    deadline: datetime | None = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    sender: str = "tr"
    message: bytes = b"a secret of the message"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_the_program_reads_one_json_object_without_content(tmp_path: Path) -> None:
    CommandHook(python(RECORD, str(tmp_path / "told"))).deliver(Item())
    told = json.loads((tmp_path / "told").read_text())
    assert json.loads(told["stdin"]) == {
        "event": "arrived",
        "unit": "rescue",
        "type": "warning.life_at_risk",
        "urgency": "flash",
        "message_id": Item().message_id,
        "deadline": "2026-11-21T17:30:00.000Z",
    }


def test_arguments_reach_the_program_as_they_stand_and_no_shell_reads_them(
    tmp_path: Path,
) -> None:
    odd = f"; touch {tmp_path}/pwned $(id) `id` | cat"
    CommandHook(python(RECORD, str(tmp_path / "told"), odd)).deliver(Item())
    assert json.loads((tmp_path / "told").read_text())["argv"][1] == odd
    assert not (tmp_path / "pwned").exists()


def test_the_program_sees_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEC_SECRET", "do not tell")
    CommandHook(python(RECORD, str(tmp_path / "told"))).deliver(Item())
    environment = json.loads((tmp_path / "told").read_text())["env"]
    assert "RELEC_SECRET" not in environment
    assert set(environment) <= {"PATH", "LANG", "LC_CTYPE"}


def test_an_escalation_says_that_nobody_acknowledged_and_a_missing_deadline_is_null() -> None:
    told = json.loads(note(Item(deadline=None), "unacknowledged"))
    assert told["event"] == "unacknowledged"
    assert told["deadline"] is None


def test_a_program_that_fails_is_tried_again_later() -> None:
    with pytest.raises(Unavailable, match="status 3"):
        CommandHook(python("raise SystemExit(3)")).deliver(Item())


def test_a_program_that_does_not_exist_is_told_and_tried_again_later() -> None:
    with pytest.raises(Unavailable, match="does not start"):
        CommandHook(["/nonexistent/program"]).deliver(Item())


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    # A shell: it has begun its child long before the time is over, even on a busy machine.
    code = 'sleep 300 & echo $! > "$1"; wait'
    started = time.monotonic()
    with pytest.raises(Unavailable, match="longer"):
        CommandHook(["/bin/sh", "-c", code, "sh", str(child)], timeout_seconds=2).deliver(Item())
    assert time.monotonic() - started < 60
    assert _gone(int(child.read_text()))


def test_a_program_that_does_not_read_its_input_is_no_failure(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    more_than_a_pipe_holds = Item(unit="u" * 200_000)
    code = "import sys; open(sys.argv[1], 'w').close()"
    CommandHook(python(code, str(ran))).deliver(more_than_a_pipe_holds)
    assert ran.exists()


@pytest.mark.parametrize("command", [[], ["notify"], ["./notify"]])
def test_a_program_is_named_by_its_absolute_path(command: list[str]) -> None:
    with pytest.raises(Misconfigured):
        CommandHook(command)


def _gone(pid: int) -> bool:
    for _ in range(600):
        try:
            with open(f"/proc/{pid}/stat") as state:
                if state.read().rpartition(")")[2].split()[0] == "Z":
                    return True
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False
