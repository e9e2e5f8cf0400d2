"""What a command printed and how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relec_exchange.testing import SimulatedNetwork


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def error(self) -> Any:
        return json.loads(self.err.splitlines()[-1])["error"]


Relec = Callable[..., Result]
Tr = Callable[..., Result]
Run = Callable[..., Result]


def at_nodes(relec: Relec, network: SimulatedNetwork) -> Run:
    """`relec` at a node as an officer: at("pk", "duty", "recalls"). Then all under way arrives."""

    def call(name: str, officer: str, *arguments: object) -> Result:
        done = relec("--home", network.home(name), "--officer", officer, *arguments)
        network.run()
        return done

    return call


def ok(done: Result) -> Any:
    """What a command printed that must have worked: as JSON if it is an object."""
    assert done.code == 0, done.err
    return done.json() if done.out.startswith("{") else done.out
