"""One data directory, two processes: the second one ends at once and says why."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import Relec, ok

WAIT_SECONDS = 60


@pytest.fixture
def home(homes: Path, relec: Relec) -> Path:
    """A home with a certificate for a broker, which is not there."""
    secret, keys = homes / "tr" / "passphrase", homes / "tr" / "keys"
    given = ("--passphrase-file", secret)
    ok(relec("broker", "ca", homes / "ca", "--network", "relec.example", *given))
    ok(relec("broker", "request", "tr", "--out", keys))
    files = ("--request", keys / "tls.csr", "--out", keys)
    ok(relec("broker", "issue", homes / "ca", "tr", *files, *given))
    return homes / "tr"


def command(home: Path) -> list[str]:
    program = [sys.executable, "-m", "relec_exchange.cli", "--home", str(home), "run"]
    return [*program, "--passphrase-file", str(home / "passphrase")]


@contextmanager
def running(home: Path) -> Iterator[None]:
    """The node as a process of its own, answering on its socket."""
    process = subprocess.Popen(command(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + WAIT_SECONDS
        while not _answers(home / "run" / "node.sock"):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def test_a_second_process_on_one_data_directory_is_refused(home: Path) -> None:
    with running(home):
        again = subprocess.run(
            command(home), capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
        )
        assert again.returncode == 6
        assert "another process runs this node" in again.stderr
        assert _answers(home / "run" / "node.sock")


def test_a_process_that_was_ended_is_followed_by_the_next_one(home: Path) -> None:
    for _ in range(2):
        with running(home):
            pass
    marks = (home / "guard" / "head").read_bytes()
    slots = [part for part in marks.replace(b"\0", b" ").split(b"\n") if part.strip()]
    assert all(json.loads(slot.strip().partition(b" ")[2])["mark"] for slot in slots)
