"""Processes that erase content and replace keys are killed with SIGKILL, at random moments and at
chosen points, and others go on with what they left: never content without its log entry, never a
key destroyed for content that is still held, nothing lost that was acknowledged, nothing twice.

Quick: 12 kills of one network. Full (`RELEC_FULL=1`): 25 kills of each of eight. Each kill ends
both nodes at once; their broker lives on.
"""

from __future__ import annotations

import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from after_a_kill import Remains
from killed_life import STEPS
from lasting_network import NAMES, LastingNetwork, Staff

from core_network import FULL, alarms
from relec_exchange.testing.homes import Founded
from years import lasting

KILLS = 25 if FULL else 12
SEEDS = range(8 if FULL else 1)
RETENTION_DAYS = 20
DELAY_SECONDS = (0.05, 2.0)
LIFE_SECONDS_MAX = 15.0
FIRST_SECONDS_MAX = 240.0
FIRST = (*STEPS, "leap", "leap", "leap", "leap")
"""The first life takes every step, until sealing keys are over; so all points are known."""

SETTLE_MINUTES_MAX = 30
SETTLED = ("validated", "opened", "answered")


@dataclass
class Killed:
    """How one life went: where it ended, and what it had said before."""

    step: str = ""
    point: str = "between points"
    exact: bool = False
    status: int = 0
    done: int = 0
    now: str = ""
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    points: Counter[tuple[str, str]] = field(default_factory=Counter)
    visit: Counter[str] = field(default_factory=Counter)

    def hear(self, words: list[str]) -> None:
        """Take a line of `killed_life`."""
        kind, *rest = words
        if kind in "SE":
            self.step = rest[0] if kind == "S" else f"after {rest[0]}"
            self.now, self.point = rest[1], "between points"
            self.visit.clear()
        elif kind == "T":
            self.now = rest[0]
        elif kind == "P":
            self.point = " ".join(reversed(rest))
            self.visit[rest[0]] += rest[1] == "before"
            most = max(self.points[self.step, rest[0]], self.visit[rest[0]])
            self.points[self.step, rest[0]] = most
        elif kind == "A":
            self.taken.append((rest[0], rest[1], rest[2]))


class Mill:
    """The process that begins the lives, and the one that ends them."""

    def __init__(self, directory: Path) -> None:
        self.errors = directory / "errors"
        script = Path(__file__).with_name("killed_life.py")
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(script), str(directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self.lines: queue.Queue[list[str]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.lines.get(timeout=120) == ["R"]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.decode().split())

    def kill(self, order: dict[str, Any], delay: float | None) -> Killed:
        """Begin a life, and end it after the delay, or let it come to its point (None)."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        word, pid = self.lines.get(timeout=60)
        assert word == "B"
        killed = Killed(now=order["now"], exact=delay is None)
        until = time.monotonic() + (LIFE_SECONDS_MAX if delay is None else delay)
        while True:
            try:
                words = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                os.kill(int(pid), signal.SIGKILL)
                killed.exact, until = False, time.monotonic() + 60
                continue
            if words[0] == "X":
                killed.status = int(words[1])
                return killed
            killed.hear(words)
            killed.done += words[0] == "E"
            if order.get("whole") and killed.done > len(order["steps"]):
                os.kill(int(pid), signal.SIGKILL)
            elif order.get("opened") and killed.done == 1:
                until, order = time.monotonic() + order["opened"], {}

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def mill(directory: Path) -> Iterator[Mill]:
    made = Mill(directory)
    try:
        yield made
    finally:
        made.close()


@dataclass
class Account:
    """The network that is killed again and again, and everything that was acknowledged in it."""

    directory: Path
    staff: Staff
    now: datetime
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)

    def check(self, killed: Killed) -> None:
        """After a kill: look, go on, look again."""
        self.taken |= {ident: (sender, to) for ident, sender, to in killed.taken}
        self.now = datetime.fromisoformat(killed.now) + timedelta(minutes=1)
        for name in NAMES:
            self._look(name, lambda left: left.check_left())
        self.go_on()
        for name in NAMES:
            self._look(name, lambda left: left.check_whole(self.now))

    def go_on(self) -> None:
        """Open the homes again, finish what was begun, until all is settled."""
        network = LastingNetwork(self.directory, self.staff, self.now)
        try:
            network.run()
            for name in NAMES:
                network.finish(name)
            network.run()
            for _ in range(SETTLE_MINUTES_MAX):
                if not self._missing(network):
                    break
                network.clock.forward(minutes=1)
                network.run()
            assert self._missing(network) == []
            for name in NAMES:
                assert alarms(network.node(name)) == []
        finally:
            self.now = network.clock()
            network.close()

    def _missing(self, network: LastingNetwork) -> list[str]:
        """What was sent and is not known to have arrived; whoever acknowledged it or not."""
        found = []
        for name in NAMES:
            page = network.node(name).desk.outbox({"after": 0, "limit": 500})
            found += [i["message_id"] for i in page["items"] if i["state"] not in SETTLED]
        return found

    def _look(self, name: str, check: Any) -> None:
        left = Remains(self.directory / name, name)
        try:
            check(left)
        finally:
            left.close()

    def check_all(self) -> Counter[str]:
        """Everything that was acknowledged is there once at either end; returns the figures."""
        ends = {name: Remains(self.directory / name, name) for name in NAMES}
        try:
            sent = {name: one.sent() for name, one in ends.items()}
            came = {name: one.received() for name, one in ends.items()}
            for ident, (sender, recipient) in self.taken.items():
                assert sent[sender][ident] in SETTLED
                assert came[recipient].count(ident) == 1
            for one, other in (NAMES, NAMES[::-1]):
                assert sorted(came[one]) == sorted(sent[other])
            return Counter(
                acknowledged=len(self.taken),
                messages=sum(len(one) for one in sent.values()),
                erased=sum(len(one.erased("message")) for one in ends.values()),
                epochs=sum(len(one.erased("sealing-epoch")) for one in ends.values()),
                cards=sum(len(one.cards()) for one in ends.values()),
            )
        finally:
            for one in ends.values():
                one.close()


def begin(directory: Path, homes: Founded) -> Account:
    """Copies of the founded homes, and the officers' keys for those who live there."""
    shutil.copytree(homes.directory, directory)
    texts = {
        name: {who: key.to_pkcs8(None, os.urandom).decode() for who, key in keys.items()}
        for name, keys in homes.staff.items()
    }
    (directory / "staff.json").write_text(json.dumps(texts))
    return Account(directory, homes.staff, homes.now)


def orders(dice: random.Random, known: Counter[tuple[str, str]]) -> tuple[dict[str, Any], Any]:
    """The next life: every second one ends at a point that was seen, the others at any time, most
    of them when both nodes are open.
    """
    seed = dice.randrange(2**32)
    if not known:
        return {"seed": seed, "steps": FIRST, "whole": True}, FIRST_SECONDS_MAX
    if dice.random() < 0.5:
        order = {"seed": seed, "steps": dice.sample(STEPS, len(STEPS))}
        delay = dice.uniform(*DELAY_SECONDS)
        if dice.random() < 0.2:
            return order, delay
        return {**order, "opened": delay}, LIFE_SECONDS_MAX
    step = dice.choice(STEPS)
    point = dice.choice(sorted(p for s, p in known if s == step))
    order = {
        "seed": seed,
        "steps": ["send", step],
        "step": step,
        "point": point,
        "nth": dice.randint(1, known[step, point]),
        "after": dice.random() < 0.5,
    }
    return order, None


@pytest.mark.timeout(3600 if FULL else 600)
@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_is_killed_while_erasing_and_rotating_goes_on_as_if_nothing_had_been(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    account = begin(tmp_path / "network", lasting(RETENTION_DAYS))
    lives: list[Killed] = []
    with mill(account.directory) as killing:
        known: Counter[tuple[str, str]] = Counter()
        while len(lives) < KILLS:
            order, delay = orders(dice, known)
            order["now"] = account.now.isoformat()
            killed = killing.kill(order, delay)
            assert os.WIFSIGNALED(killed.status), killing.errors.read_text()[-4000:]
            assert os.WTERMSIG(killed.status) == signal.SIGKILL
            known = known or killed.points
            lives.append(killed)
            try:
                account.check(killed)
            except BaseException as error:
                error.add_note(f"life {len(lives)} of seed {seed}: {killed}")
                raise
            tell(seed, lives, account.check_all())
    figures = account.check_all()
    assert figures["erased"]
    assert figures["epochs"]
    print("\n".join(tell(seed, lives, figures)))  # noqa: T201 - figures
    assert len({one.step for one in lives}) >= 5


def tell(seed: int, lives: list[Killed], figures: Counter[str]) -> list[str]:
    """Where the kills hit so far; also in a file of the folder `RELEC_FIGURES`, if it is set."""
    where = Counter(f"{one.step}: {one.point}" for one in lives)
    exact = sum(one.exact for one in lives)
    lines = [f"seed {seed}: {len(lives)} kills, {exact} at chosen points, {dict(figures)}"]
    lines += [f"  {count:3} {place}" for place, count in sorted(where.items())]
    if folder := os.environ.get("RELEC_FIGURES"):
        Path(folder, f"killed-{seed}.txt").write_text("\n".join(lines) + "\n")
    return lines
