"""The files and variables by which a private RabbitMQ keeps to its own directory."""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from relec_exchange.adapters.rabbitmq.keyfile import replace_private
from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST
from relec_exchange.errors import NotFound, Unavailable

HOST = "127.0.0.1"
# The programs themselves: Debian's wrappers in /usr/sbin change to the user of the system's broker.
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
EPMD = "/usr/bin/epmd"

CONFIGURATION = """\
# Written by relec-exchange for a private broker; changes are overwritten at the next start.
listeners.tcp = none
listeners.ssl.1 = {host}:{amqp}
ssl_options.versions.1 = tlsv1.3
ssl_options.cacertfile = {directory}/ca/ca.crt
ssl_options.certfile = {directory}/tls/server.crt
ssl_options.keyfile = {directory}/tls/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.depth = 1
ssl_cert_login_from = common_name
auth_mechanisms.1 = EXTERNAL
load_definitions = {directory}/etc/definitions.json
disk_free_limit.absolute = 50MB
max_message_size = 1048576
log.file = {directory}/log/broker.log
log.file.level = info
log.console = false
# The defaults reserve half a gigabyte for each write-ahead log.
raft.wal_max_size_bytes = 67108864
"""

# Definitions at boot keep RabbitMQ from making the guest user and the default virtual host.
DEFINITIONS = {"vhosts": [{"name": VIRTUAL_HOST}], "users": [], "permissions": []}


@dataclass(frozen=True, slots=True)
class Ports:
    """Three TCP ports on loopback, kept for the life of the directory."""

    amqp: int
    distribution: int
    epmd: int

    @classmethod
    def read(cls, directory: Path) -> Ports:
        """Errors: NotFound when the broker was never started."""
        try:
            return cls(**json.loads((directory / "ports.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise NotFound(f"no private broker was started in {directory}") from error

    def write(self, directory: Path) -> None:
        """Remember them, so that clients find the broker again after a restart."""
        replace_private(directory / "ports.json", json.dumps(asdict(self)).encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Started:
    """A process that we started: its id, and the tick it began at, since ids are used again."""

    pid: int
    ticks: str

    @classmethod
    def of(cls, pid: int) -> Started:
        """The process as it runs now."""
        return cls(pid, _ticks(pid))

    @classmethod
    def read(cls, directory: Path, role: str) -> Started | None:
        """What `write` kept, or None."""
        try:
            return cls(**json.loads((directory / f"{role}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, directory: Path, role: str) -> None:
        """Keep it, so that another object or process can stop it."""
        replace_private(directory / f"{role}.json", json.dumps(asdict(self)).encode("utf-8"))

    def runs(self) -> bool:
        """Whether this very process is still there (and is no zombie)."""
        return self.ticks != "" and _ticks(self.pid) == self.ticks


def choose_ports() -> Ports:
    """Free ports below the range from which the system takes ports for outgoing connections.

    A client that reconnects to a stopped broker on a port inside that range can be given the very
    port it dials, and then talks to itself and keeps the broker from coming back.
    """
    free: list[int] = []
    for port in random.SystemRandom().sample(range(20000, 32000), 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        free.append(port)
        if len(free) == 3:
            return Ports(*free)
    raise Unavailable("no free ports on the loopback interface")


def environment(directory: Path, ports: Ports) -> dict[str, str]:
    """All variables for the server and its tools; nothing of the caller's but PATH and locale."""
    name = hashlib.sha256(str(directory).encode("utf-8")).hexdigest()[:8]
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(directory / "home"),
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": f"relec{name}@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "etc" / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(directory / "etc" / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "etc" / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "etc" / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_MNESIA_DIR": str(directory / "data" / "node"),
        "RABBITMQ_PLUGINS_EXPAND_DIR": str(directory / "data" / "plugins"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(directory / "data" / "feature_flags"),
        "RABBITMQ_PID_FILE": str(directory / "data" / "node.pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "data" / "config"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        # Makes the start script become the Erlang VM, so that the id we know is the VM's.
        "RABBITMQ_ALLOW_INPUT": "true",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-start_epmd false {loopback}",
        "RABBITMQ_CTL_ERL_ARGS": f"-start_epmd false {loopback}",
    }


def write_configuration(directory: Path, ports: Ports) -> None:
    """Everything the broker reads at its start, and the Erlang cookie once."""
    for part in ("etc", "log", "data", "home"):
        (directory / part).mkdir(mode=0o700, exist_ok=True)
    etc = directory / "etc"
    text = CONFIGURATION.format(directory=directory, host=HOST, amqp=ports.amqp)
    replace_private(etc / "rabbitmq.conf", text.encode("utf-8"))
    replace_private(etc / "advanced.config", b"[].\n")
    replace_private(etc / "rabbitmq-env.conf", b"")
    replace_private(etc / "enabled_plugins", b"[rabbitmq_auth_mechanism_ssl].\n")
    replace_private(etc / "definitions.json", json.dumps(DEFINITIONS).encode("utf-8"))
    cookie = directory / "home" / ".erlang.cookie"
    if not cookie.exists():
        replace_private(cookie, secrets.token_hex(24).encode("ascii"))
        cookie.chmod(0o400)


def _ticks(pid: int) -> str:
    """The start time of a process from /proc (field 22), or nothing if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]
