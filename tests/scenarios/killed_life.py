"""Two nodes that erase and rotate without end, in a process that is there to be killed.

    python killed_life.py DIRECTORY

Each order on the standard input (one line of JSON) begins a life: a process of its own opens the
homes in the directory and works, until it is killed from outside or at the point that the order
names. What it does it says before it does it, and what was acknowledged as soon as it was, one line
each: `B` a life begins, `S` a step, `P` a point inside it, `T` time passes, `A` a message was
taken, `E` the step is done. `X` ends a life.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lasting_network import NAMES, LastingNetwork, Staff

from core_network import letter, request
from relec_exchange.adapters import keyfiles, successions
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.founding import rotate_authority, rotate_sealing, rotate_witness
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.node import Node
from relec_exchange.records import InboxRow, NoteRow, OutboxRow, Where
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, succeed
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.officer import OfficerKey
from relec_exchange.trust.passphrase import COST_MIN

LEAP_DAYS: Final = 13
"""Less than a message may be under way."""

SOON: Final = timedelta(days=100)
SYSTEM: Final = ("fdopen", "fsync", "fdatasync", "pwrite", "replace", "link", "unlink")
"""Calls between which a file is half of what it is to be."""

# ---- a life ------------------------------------------------------------------------------------


class Life:
    """The steps; each ends when nothing moves any more."""

    def __init__(self, network: LastingNetwork, dice: random.Random) -> None:
        self.network, self.dice = network, dice

    def submit(self, message: Message) -> None:
        answer = self.network.submit(message)
        assert answer["status"] in ("released", "submitted"), answer
        header = message.header
        say("A", header.message_id, header.sender, header.recipient)

    def send(self) -> None:
        """Requests in both directions; some are to be gone tomorrow."""
        tomorrow = (self.network.clock() + timedelta(days=1)).date().isoformat()
        for sender, recipient in (NAMES, NAMES[::-1]):
            for until in (tomorrow, None):
                ends = {"sender": sender, "recipient": recipient, "retain_until": until}
                self.submit(request(self.network, **ends))

    def day(self) -> None:
        """What is due is erased."""
        self.forward(1)

    def forward(self, days: int) -> None:
        """The clock is never behind what was said of it."""
        say("T", (self.network.clock() + timedelta(days=days)).isoformat())
        self.network.clock.forward(days=days)

    def leap(self) -> None:
        """So long that sealing epochs end; those to come are there before."""
        for name in NAMES:
            if self.network.card(name).sealing[-1].ends < self.network.clock() + SOON:
                self.network.new_card(name)
        self.network.run()
        self.forward(LEAP_DAYS)

    def recall(self) -> None:
        """Somebody calls a message back; all calls that wait are answered."""
        sender, recipient = self.dice.choice((NAMES, NAMES[::-1]))
        free = [Where("type", "=", "info.request"), Where("withdrawn", "=", "")]
        rows = self.network.node(sender).store.rows(
            OutboxRow, *free, Where("erased_at", "=", ""), Where("state", "=", "validated")
        )
        if rows:
            ident = self.dice.choice(rows).message_id
            body = {"message_id": ident, "why": "A wrong place.", "reason": "inaccurate"}
            self.submit(_about(self.network, "recall", body, sender=sender, recipient=recipient))
            self.network.run()
        for name, other in (NAMES, NAMES[::-1]):
            self._answer(name, other)

    def _answer(self, name: str, other: str) -> None:
        waiting = self.network.node(name).store.rows(
            InboxRow,
            Where("type", "=", "recall"),
            Where("answered_at", "=", ""),
            Where("erased_at", "=", ""),
        )
        for asked in waiting:
            body = {
                "message_id": asked.about,
                "outcome": "destroyed",
                "at": format_time(self.network.clock()),
                "note": "Nobody had a copy.",
            }
            ends = {"sender": name, "recipient": other, "in_reply_to": asked.message_id}
            self.submit(_about(self.network, "recall.outcome", body, **ends))

    def card(self) -> None:
        self.network.new_card(self.dice.choice(NAMES))

    def sealing(self) -> None:
        name = self.dice.choice(NAMES)
        card, signer, files = (
            self.network.card(name),
            self.network.authority(name),
            self.network.files(name),
        )
        now = self.network.clock()
        made = rotate_sealing(card, files, signer, now, os.urandom, all_new=True)
        self.network.adopt(name, made)

    def witness(self) -> None:
        name, now = self.dice.choice(NAMES), self.network.clock()
        files, signer = self.network.witness_files(name), self.network.authority(name)
        card, keys = self.network.card(name), self.network.files(name)
        signed = rotate_witness(card, keys, files, signer, now, os.urandom)
        self.network.adopt(name, signed)
        files.settle(signed.card)

    def authority(self) -> None:
        name, now = self.dice.choice(NAMES), self.network.clock()
        files = self.network.authority_files(name)
        card, keys = self.network.card(name), self.network.files(name)
        signed = rotate_authority(card, keys, files, now, os.urandom)
        self.network.adopt(name, signed)
        files.settle(signed.card)

    def log(self) -> None:
        name, log = self.dice.choice(NAMES), self.dice.choice(("exchange", "exchange", "activity"))
        succeed(self.network, name, log)
        self.submit(request(self.network, sender=name, recipient=NAMES[name == NAMES[0]]))
        announce(self.network, name)


STEPS: Final = (
    "send",
    "day",
    "recall",
    "card",
    "sealing",
    "witness",
    "authority",
    "log",
    "leap",
)


def _about(network: SimulatedNetwork, kind: str, body: Mapping[str, Any], **ends: Any) -> Message:
    about = {"data_level": "nominal", "purpose": "criminal_investigation"}
    return letter(network, kind, body, source_grade=None, info_grade=None, **about, **ends)


def say(*words: object) -> None:
    """One line, at once, so that it is out whatever comes next."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Doom:
    """The point at which this process ends, if its order names one: `step`, `point`, `nth`,
    `after`.
    """

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.order, self.step = order, ""
        self.seen: Counter[str] = Counter()

    def watch(self, nodes: Iterable[Node]) -> None:
        for name in SYSTEM:
            setattr(os, name, self.marked(name, getattr(os, name)))
        for node in nodes:
            for part, names in (
                (node.vault, ("put", "destroy", "_delete")),
                (node.store, ("commit",)),
            ):
                for name in names:
                    what = f"{type(part).__name__}.{name}"
                    setattr(part, name, self.marked(what, getattr(part, name)))

    def marked(self, what: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            mine = self.step == self.order.get("step") and what == self.order.get("point")
            self.seen[what] += mine
            last = mine and self.seen[what] == self.order["nth"]
            say("P", what, "before")
            if last and not self.order["after"]:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = act(*arguments, **named)
            say("P", what, "after")
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call


def live(directory: Path, staff: Staff, order: Mapping[str, Any]) -> None:
    """Open the homes and work without end."""
    say("B", os.getpid())
    say("S", "opening", order["now"])
    dice = random.Random(order["seed"])
    network = LastingNetwork(directory, staff, datetime.fromisoformat(order["now"]))
    say("E", "opening", network.clock().isoformat())
    life, doom = Life(network, dice), Doom(order)
    doom.watch(network.node(name) for name in NAMES)
    following = list(order["steps"])
    while True:
        for step in following:
            doom.step = step
            say("S", step, network.clock().isoformat())
            getattr(life, step)()
            network.run()
            say("E", step, network.clock().isoformat())
        following = dice.sample(STEPS, len(STEPS))


def main(directory: Path) -> None:
    """One life after the other, each in a process of its own."""
    cheap = keyfiles.write_authority
    successions.write_authority = (  # type: ignore[assignment]
        lambda path, key, secret, chance, cost: cheap(path, key, secret, chance, COST_MIN)
    )
    texts = json.loads((directory / "staff.json").read_text())
    staff = {
        name: {who: OfficerKey.from_pkcs8(pem.encode(), None) for who, pem in keys.items()}
        for name, keys in texts.items()
    }
    say("R")
    for line in sys.stdin:
        _prepared(directory)
        pid = os.fork()
        if not pid:
            try:
                live(directory, staff, json.loads(line))
            except BaseException:  # noqa: BLE001 - told by who ordered the life
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(1)
        say("X", os.waitpid(pid, 0)[1])


def _prepared(directory: Path) -> None:
    """Once for all lives: stretched passphrases and cards are remembered."""
    for home in (directory / name for name in NAMES):
        KeyFiles(home / "keys", PASSPHRASE)
        for file in (home / "keys").glob("authority*.key"):
            keyfiles.read_authority(file, PASSPHRASE)
        settings = read_settings(home)
        if settings.path(settings.paths.store).exists():
            store = SqliteStore(settings.path(settings.paths.store))
            for row in store.rows(NoteRow, Where("kind", "=", "card")):
                parse_card(row.note)
            store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
