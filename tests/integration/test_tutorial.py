"""docs/tutorial.md works as written, on two real nodes and a real broker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relec_exchange.demo.private_broker import PrivateBroker

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
SECONDS_MAX = 500
# What the page leaves to the reader: where the broker listens.
POINT_AT_BROKER = "sed -i 's/^port = 5671/port = {port}/' tr/node.toml pk/node.toml"
STOP = "kill $(jobs -p); wait"
# A step that fails must not leave the nodes running, and this test waiting for them.
ON_EXIT = "trap 'code=$?; kill $(jobs -p) 2> /dev/null || true; exit $code' EXIT"


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    broker = PrivateBroker(tmp_path_factory.mktemp("tutorial-broker"))
    broker.start()
    yield broker
    broker.stop()


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text("utf-8"), re.M | re.S)


def test_every_block_of_the_tutorial_runs_in_order(
    own_broker: PrivateBroker, tmp_path: Path
) -> None:
    (tmp_path / "ca").symlink_to(own_broker.authority.directory)
    parts = blocks()
    assert len(parts) == 10
    point = POINT_AT_BROKER.format(port=own_broker.port)
    script = "\n".join(["set -eu", ON_EXIT, *parts[:5], point, *parts[5:], STOP])
    environment = {
        **os.environ,
        **own_broker.environment,
        "PATH": f"{Path(sys.executable).parent}:{Path(own_broker.ctl_command).parent}"
        f":{os.environ['PATH']}",
    }
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            told, _ = shell.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGTERM)
            told, _ = shell.communicate()
            pytest.fail(f"the tutorial hangs; it said:\n{told[-3000:]}")
    assert shell.returncode == 0, told[-3000:]
    assert "Patrol boat sent" not in told  # the content of an answer needs --open
    verdict = "Every entry, the root and both signatures of the checkpoint are right."
    assert told.count(verdict) == 2
    assert "under its checkpoint of" in told
