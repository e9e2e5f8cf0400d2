"""A served node in memory: homes, officers, signed calls, and commands as a user runs them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreed import ally, copied, quietly
from commands import Relec, Result, Tr
from fastapi import FastAPI
from memory_node import MemoryNode, Officers, add_officer, make_home

from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.cli import run
from relec_exchange.trust.officer import Role

OFFICERS = {
    "ayse": (Role.SUBMITTER,),
    "bora": (Role.RELEASER,),
    "deniz": (Role.SUBMITTER, Role.RELEASER),
    "audit": (Role.AUDITOR,),
    "oper": (Role.OPERATOR,),
}


@pytest.fixture(scope="session")
def made_homes() -> Iterator[Path]:
    """Two homes, tr and pk, made once, with paths short enough for a socket."""
    base = Path(tempfile.mkdtemp(prefix="rl"))
    for node in ("tr", "pk"):
        make_home(base / node, node)
    for name, roles in OFFICERS.items():
        add_officer(base / "tr", name, *roles)
    yield base
    shutil.rmtree(base)


@pytest.fixture
def homes(made_homes: Path) -> Iterator[Path]:
    """Copies of the two homes that a test may change."""
    base = Path(tempfile.mkdtemp(prefix="rl"))
    for node in ("tr", "pk"):
        shutil.copytree(made_homes / node, base / node, ignore=shutil.ignore_patterns("run"))
    yield base
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def allied(made_homes: Path) -> Iterator[Path]:
    """Both homes after tr and pk have agreed; tests copy them."""
    with copied(made_homes) as homes:
        ally(quietly, homes)
        yield homes


@pytest.fixture(scope="session")
def served_app(made_homes: Path) -> FastAPI:
    return create_app(MemoryNode(made_homes / "tr"), body_max_mib=8)


@pytest.fixture(scope="session")
def served(served_app: FastAPI, made_homes: Path) -> Iterator[Path]:
    """The home of tr, whose socket is served."""
    home = made_homes / "tr"
    server = LocalServer(served_app, home / "run" / "node.sock")
    server.start()
    yield home
    server.stop()


@pytest.fixture
def socket(served: Path) -> Path:
    return served / "run" / "node.sock"


@pytest.fixture
def node(served: Path, served_app: FastAPI) -> MemoryNode:
    """A fresh node in memory behind the socket."""
    served_app.state.node = MemoryNode(served)
    return served_app.state.node


@pytest.fixture
def officers(node: MemoryNode, served: Path, socket: Path) -> Iterator[Officers]:
    made = Officers(served, socket)
    yield made
    made.close()


@pytest.fixture
def relec(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Relec:
    """Run `relec` in this process, without a terminal."""
    monkeypatch.setenv("LANG", "C")

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def tr(relec: Relec, served: Path, node: MemoryNode) -> Tr:
    """`relec` at the served home, the officer's name first."""

    def call(officer: str, *arguments: object) -> Result:
        return relec("--home", served, "--officer", officer, *arguments)

    return call
