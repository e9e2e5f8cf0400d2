"""The operator's hand on a broker: `rabbitmqctl`, with its answers as values.

`rabbitmqctl` finds its node and cookie by the usual variables (`RABBITMQ_NODENAME`, `HOME` or
`RABBITMQ_ERLANG_COOKIE`, `ERL_EPMD_PORT`). Every call that fails becomes `Unavailable` or
`Misconfigured` with what it printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from relec_exchange.adapters.rabbitmq.drift import Change, compare, must_go
from relec_exchange.adapters.rabbitmq.faults import printable
from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST
from relec_exchange.adapters.rabbitmq.removal import (
    WAITS,
    answers,
    depth,
    remove,
    together,
)
from relec_exchange.errors import Misconfigured, Unavailable

TIMEOUT_SECONDS = 120.0


class Control:
    """One broker, reached through one `rabbitmqctl` command."""

    def __init__(self, command: str, environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = dict(environment)

    def definitions(self) -> dict[str, Any]:
        """What the broker holds now."""
        return _object(self._run("export_definitions", "-"))

    def depth(self, queue: str) -> int:
        """The messages in a queue at this moment. (`queues` may be some seconds behind.)"""
        answer = self._run("eval", f"{depth(queue)}.").strip()
        if not answer.isdigit():
            raise Unavailable(f"the broker does not say how many messages {queue} holds")
        return int(answer)

    def queues(self) -> list[dict[str, Any]]:
        """Name, messages, consumers and state of each queue of our virtual host.

        RabbitMQ counts the messages of quorum queues every five seconds.
        """
        return self._list("list_queues", "name", "messages", "consumers", "state")

    def connections(self) -> list[dict[str, Any]]:
        """User, peer address and state of each connection."""
        listed = self._run("list_connections", "--formatter", "json", "user", "peer_host", "state")
        return _array(listed)

    def apply(
        self, desired: Mapping[str, Any], *, discard: bool = False
    ) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """Make the broker hold `desired`; returns what was done and what must wait.

        A queue that should go but holds messages waits (its binding is gone at once), unless
        `discard`. A second call with nothing changed does nothing and returns two empty tuples.
        """
        changes = compare(desired, self.definitions())
        waiting = self._remove(changes, discard)
        if changes:
            self._import(desired)
            self._check(desired, waiting)
        return tuple(change for change in changes if change not in waiting), waiting

    def _check(self, desired: Mapping[str, Any], waiting: tuple[Change, ...]) -> None:
        # Some refusals of rabbitmqctl end with exit code 0, so look at what the broker holds.
        expected = {str(change) for change in waiting}
        left = [str(c) for c in compare(desired, self.definitions()) if str(c) not in expected]
        if left:
            raise Unavailable(
                f"the broker did not take {len(left)} changes, the first: {left[0]}",
                remedy="look into the broker's log, then apply again",
            )

    def _remove(self, changes: Sequence[Change], discard: bool) -> tuple[Change, ...]:
        """Take away what the changes ask for; returns the queues that have to wait."""
        going = [change for change in changes if must_go(change)]
        if not going:
            return ()
        said = answers(self._run("eval", together(remove(c, discard=discard) for c in going)))
        if len(said) != len(going) or not {"ok", WAITS}.issuperset(said):
            raise Unavailable(
                f"the broker refused a change: {printable(' '.join(said))}",
                remedy="look into the broker's log, then apply again",
            )
        return tuple(each for each, told in zip(going, said, strict=True) if told == WAITS)

    def _import(self, desired: Mapping[str, Any]) -> None:
        # A file that all may read (it holds no secret): the wrapper for root runs the command as
        # another user, and RabbitMQ 4.0 does not read its standard input.
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(desired, file)
            file.flush()
            os.chmod(file.name, 0o644)
            self._run("import_definitions", file.name)

    def _list(self, *arguments: str) -> list[dict[str, Any]]:
        return _array(
            self._run(arguments[0], "-p", VIRTUAL_HOST, "--formatter", "json", *arguments[1:])
        )

    def _run(self, *arguments: str) -> str:
        command = [self._command, "--quiet", *arguments]
        try:
            done = subprocess.run(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except OSError as error:
            raise Misconfigured(
                f"cannot run {self._command}: {error.strerror}",
                remedy="install rabbitmq-server on this machine, or name the command",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"rabbitmqctl {arguments[0]} did not answer") from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise Unavailable(
                f"rabbitmqctl {arguments[0]} failed: {printable(said)}",
                remedy="is the broker running, and are its node name and cookie the right ones?",
            )
        return done.stdout


def _object(text: str) -> dict[str, Any]:
    return dict(_json(text))


def _array(text: str) -> list[dict[str, Any]]:
    return list(_json(text)) if text.strip() else []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Unavailable("rabbitmqctl answered with something that is not JSON") from error
