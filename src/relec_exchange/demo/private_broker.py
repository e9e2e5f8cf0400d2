"""A real RabbitMQ of one's own, from Debian's package, in one directory and on loopback only.

For the demonstration and the tests, never for production (`deploy/rabbitmq/` is for that). Ports,
data, Erlang cookie, node name and epmd are its own, so it neither meets nor needs a broker of the
system, and runs as whoever starts it. TLS 1.3 and client certificates are the only way in; there
is no guest and no default virtual host. It ends only processes that it started, by their id.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.certificates import pem
from relec_exchange.adapters.rabbitmq.keyfile import new_key, replace_private, write_key
from relec_exchange.demo.broker_files import (
    CTL,
    EPMD,
    HOST,
    SERVER,
    Ports,
    Started,
    choose_ports,
    environment,
    write_configuration,
)
from relec_exchange.errors import Misconfigured, NotFound, Unavailable

START_SECONDS = 180.0
STOP_SECONDS = 20.0
CTL_SECONDS = 180.0
POLL_SECONDS = 0.05


class PrivateBroker:
    """One private broker. All methods may be called again; a second object on the same directory
    finds the running processes by what `start` wrote down.

    `start` takes about five seconds. `kill` ends the Erlang VM with SIGKILL as a power cut would;
    `start` then goes on with the same data and ports.
    """

    def __init__(self, directory: Path, network: str = "relec.example") -> None:
        self.directory = directory.absolute()
        self.network = network
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def host(self) -> str:
        """The address that the certificate is for."""
        return HOST

    @property
    def port(self) -> int:
        """The TLS port for AMQP."""
        return self._ports().amqp

    @property
    def pid(self) -> int | None:
        """The process id of the running Erlang VM, or None."""
        return self._alive("vm")

    @property
    def authority(self) -> Authority:
        """The certificate authority of this broker's network."""
        return Authority.load(self.directory / "ca")

    @property
    def ca_file(self) -> Path:
        """What clients trust."""
        return self.directory / "ca" / "ca.crt"

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which `rabbitmqctl` finds this broker."""
        return environment(self.directory, self._ports())

    @property
    def ctl_command(self) -> str:
        """The `rabbitmqctl` that takes these variables (Debian's wrapper for root does not)."""
        return CTL

    def issue(self, user: str, directory: Path | None = None) -> tuple[Path, Path]:
        """A certificate and key file for `user`, in `directory` or beside the broker's files."""
        place = directory or self.directory / "clients"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = new_key()
        certificate = self.authority.issue_client(user, key.public_key(), datetime.now(UTC))
        certificate_file, key_file = place / f"{user}.crt", place / f"{user}.key"
        key_file.unlink(missing_ok=True)
        write_key(key_file, key, None)
        replace_private(certificate_file, pem(certificate))
        return certificate_file, key_file

    def start(self) -> None:
        """Start what is not running and wait until clients can connect.

        Errors: Misconfigured (RabbitMQ is not installed), Unavailable (it did not come up; the
        message names the log).
        """
        self._prepare()
        if self._alive("epmd") is None:
            self._start_epmd()
        if self._alive("vm") is None:
            self._start_vm()
        self._wait_until_ready()

    def stop(self) -> None:
        """End the broker in good order, then its epmd. Nothing happens if nothing runs."""
        self._end("vm", signal.SIGTERM)
        self._end("epmd", signal.SIGTERM)

    def kill(self) -> None:
        """End the Erlang VM with SIGKILL and wait until it is gone."""
        self._end("vm", signal.SIGKILL)

    def ctl(self, *arguments: str, stdin: str = "") -> str:
        """Run `rabbitmqctl`; returns what it printed. Errors: Unavailable with its message."""
        done = subprocess.run(
            [CTL, "--quiet", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=CTL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable(f"rabbitmqctl {arguments[0]}: {done.stderr or done.stdout}".strip())
        return done.stdout

    def log_text(self) -> str:
        """The broker's own log, for error messages and tests."""
        path = self.directory / "log" / "broker.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _prepare(self) -> None:
        for program in (SERVER, CTL, EPMD):
            if not Path(program).exists():
                raise Misconfigured(
                    f"RabbitMQ is not installed: {program} is missing",
                    remedy="run deploy/install-rabbitmq.sh",
                )
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.directory / "ca" / "ca.key").exists():
            Authority.create(self.directory / "ca", self.network, datetime.now(UTC))
        if not (self.directory / "tls" / "server.key").exists():
            self._issue_server()
        try:
            ports = self._ports()
        except NotFound:
            ports = choose_ports()
            ports.write(self.directory)
        write_configuration(self.directory, ports)

    def _issue_server(self) -> None:
        place = self.directory / "tls"
        place.mkdir(mode=0o700, exist_ok=True)
        key = new_key()
        certificate = self.authority.issue_server(
            [HOST, "localhost"], key.public_key(), datetime.now(UTC)
        )
        replace_private(place / "server.crt", pem(certificate))
        write_key(place / "server.key", key, None)

    def _ports(self) -> Ports:
        return Ports.read(self.directory)

    def _start_epmd(self) -> None:
        # In the foreground and as our child: `erl` would start a daemon whose id nobody knows.
        self._spawn("epmd", [EPMD, "-port", str(self._ports().epmd), "-address", HOST])

    def _start_vm(self) -> None:
        self._spawn("vm", [SERVER, "-noinput"])

    def _spawn(self, role: str, command: list[str]) -> None:
        with (self.directory / "log" / f"{role}.out").open("ab") as output:
            child = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # An interrupt at the terminal goes to whoever called, not to the broker as well.
                start_new_session=True,
            )
        self._children[child.pid] = child
        Started.of(child.pid).write(self.directory, role)

    def _alive(self, role: str) -> int | None:
        started = Started.read(self.directory, role)
        if started is None:
            return None
        child = self._children.get(started.pid)
        if child is not None and child.poll() is not None:
            return None
        return started.pid if started.runs() else None

    def _end(self, role: str, with_signal: signal.Signals) -> None:
        pid = self._alive(role)
        if pid is None:
            return
        _signal(pid, with_signal)
        deadline = time.monotonic() + STOP_SECONDS
        while self._alive(role) is not None:
            if time.monotonic() > deadline:
                _signal(pid, signal.SIGKILL)
                deadline += STOP_SECONDS
            time.sleep(POLL_SECONDS)
        self._children.pop(pid, None)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self._alive("vm") is None or time.monotonic() > deadline:
                tail = "\n".join(self.log_text().splitlines()[-5:])
                raise Unavailable(f"the private broker did not start; its log ends:\n{tail}")
            time.sleep(POLL_SECONDS)

    def _accepts(self) -> bool:
        # RabbitMQ opens its listeners last, when virtual hosts and queues are recovered.
        context = ssl.create_default_context(cafile=str(self.ca_file))
        try:
            with (
                socket.create_connection((HOST, self.port), timeout=2) as plain,
                context.wrap_socket(plain, server_hostname=HOST),
            ):
                return True
        except OSError:
            return False


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it may have ended a moment ago
        os.kill(pid, number)
