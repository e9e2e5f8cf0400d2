"""Files of evidence made to deceive or to stop the two programs that judge them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence_files import file_of, vector
from relec_exchange.audit.evidence_judging import judge_evidence
from relec_verify.command import main
from relec_verify.judging import judge

JUDGES = pytest.mark.parametrize("judged", [judge_evidence, judge])
GOOD = "good-01-everything"
DEEP = 2_000


def told(report: Any) -> dict[str, str]:
    return {one.code: one.status for one in report.statements}


def with_policy(lines: list[str]) -> bytes:
    """The good bundle, with these lines before those of its quorum, whose first witness is `x`."""
    bundle = json.loads(file_of(GOOD))
    *head, group, quorum = bundle["policy"].splitlines()
    named = group.replace(" iq ", " x ")
    bundle["policy"] = "\n".join([*head, *lines, named, quorum, ""])
    return json.dumps(bundle).encode()


@JUDGES
def test_a_policy_of_groups_within_groups_is_refused_and_stops_nobody(
    judged: Callable[..., Any],
) -> None:
    chain = [f"group c{n} any {f'c{n - 1}' if n else 'iq'}" for n in range(DEEP)]
    data = with_policy([*chain, f"group x any c{DEEP - 1}"])
    report = judged(data, vector(GOOD)["authorities"])
    assert told(report)["policy"] == "refused"


@JUDGES
def test_a_policy_too_long_for_other_programs_is_refused(judged: Callable[..., Any]) -> None:
    data = with_policy(["# " + "x" * 300_000, "group x any iq"])
    assert told(judged(data, vector(GOOD)["authorities"]))["policy"] == "refused"


@JUDGES
def test_what_a_stolen_log_key_alone_speaks_for_is_never_proven(judged: Callable[..., Any]) -> None:
    name = "good-06-key-lost-later"
    report = judged(file_of(name), vector(name)["authorities"])
    assert told(report)["sent"] == "not-proven"
    assert report.outcome == "incomplete"


@JUDGES
def test_a_partner_that_a_later_card_no_longer_lists_is_still_missed(
    judged: Callable[..., Any],
) -> None:
    name = "good-10-partner-of-then"
    report = judged(file_of(name), vector(name)["authorities"])
    assert "witnessed" not in told(report)
    assert report.outcome == "incomplete"


def authorities() -> list[str]:
    return [f"--authority={n}={f}" for n, f in vector(GOOD)["authorities"].items()]


def test_the_page_never_replaces_the_evidence(tmp_path: Path) -> None:
    file, link = tmp_path / "case.json", tmp_path / "link.html"
    file.write_bytes(file_of(GOOD))
    link.symlink_to(file)
    for page in (file, link):
        assert main([str(file), "--html", str(page), *authorities()]) == 2
    assert file.read_bytes() == file_of(GOOD)


def test_a_terminal_without_all_letters_changes_no_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(file_of(GOOD))
    command = [sys.executable, "-m", "relec_verify", str(file), *authorities()]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
