"""How a node reaches its broker: address, certificate files, and what pika makes of them.

TLS 1.3 only, both sides show certificates, the broker's name is checked, and the login is the
certificate (`EXTERNAL`). Files are read anew at each connection, and a change of them is noticed
while connected, so that a renewed certificate needs no restart.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import pika
import pika.credentials

from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST
from relec_exchange.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Access:
    """Address and identity. `node` is our own node's name; times are in seconds.

    `server_name` is the name in the broker's certificate, if it is not `host`. The connection ends
    when the broker is silent for about two heartbeats, or blocks publishing for `blocked_seconds`.
    """

    host: str
    port: int
    node: str
    ca_file: Path
    certificate_file: Path
    key_file: Path
    key_passphrase: str | None = field(default=None, repr=False)
    server_name: str = ""
    virtual_host: str = VIRTUAL_HOST
    heartbeat_seconds: int = 30
    blocked_seconds: float = 120.0
    connect_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """How much may be under way at once, and how patient the edge is. Times are in seconds.

    `prefetch` is how many deliveries of one queue may be unacknowledged (fewer with more than two
    partners, so that a flood from many cannot fill our memory); `confirm_seconds` is how long the
    broker may take for a confirm before the connection counts as broken.
    """

    window: int = 512
    window_bytes: int = 16 << 20
    prefetch: int = 512
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 30.0
    confirm_seconds: float = 120.0


def tls_context(access: Access) -> ssl.SSLContext:
    """The client's side of TLS. Errors: Misconfigured, naming the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    try:
        context.load_verify_locations(cafile=str(access.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise _unreadable(access.ca_file, "ca_file") from error
    secret = access.key_passphrase or ""
    try:
        # A function, since without one OpenSSL would ask at the terminal for an encrypted key.
        context.load_cert_chain(
            str(access.certificate_file), str(access.key_file), password=lambda: secret
        )
    except (OSError, ssl.SSLError, ValueError) as error:
        raise _unreadable(access.certificate_file, "certificate_file") from error
    return context


class Renewal:
    """Tells once when the files of an access have changed into others that can be used.

    Half a change (a new key beside the old certificate) is none yet.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._seen = self._state()

    def happened(self) -> bool:
        """Whether there are other files than before."""
        now = self._state()
        if now == self._seen:
            return False
        try:
            tls_context(self._access)
        except Misconfigured:
            return False
        self._seen = now
        return True

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        files = (self._access.ca_file, self._access.certificate_file, self._access.key_file)
        return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size


def parameters(access: Access) -> pika.ConnectionParameters:
    """Everything pika needs for one attempt to connect. Errors: Misconfigured."""
    return pika.ConnectionParameters(
        host=access.host,
        port=access.port,
        virtual_host=access.virtual_host,
        credentials=pika.credentials.ExternalCredentials(),
        ssl_options=pika.SSLOptions(tls_context(access), access.server_name or access.host),
        heartbeat=access.heartbeat_seconds,
        blocked_connection_timeout=access.blocked_seconds,
        socket_timeout=access.connect_seconds,
        stack_timeout=access.connect_seconds + 5,
        # The back-off is ours: one attempt at a time.
        connection_attempts=1,
        client_properties={"connection_name": access.node},
    )


def _unreadable(path: Path, field_name: str) -> Misconfigured:
    return Misconfigured(
        f"cannot use {path} for the broker's TLS",
        field=f"broker.{field_name}",
        remedy="check that the file is there, readable, in PEM, and that key, certificate "
        "and passphrase belong together",
    )
