"""The network's certificate authority for access to the broker, in one directory of files.

A certificate only opens the connection; it signs no message. The broker takes the user's name
from the certificate's CN (`EXTERNAL`), so who holds a certificate for CN `tr` is user `tr`.

**Revocation is deleting the user.** RabbitMQ asks no revocation list by itself, and a list that
nobody fetches protects nobody. Instead a revoked user name is retired for ever: the next
certificate of the node carries a new name (`tr`, then `tr-2`, `tr-3`), the node's card names it,
and `relec broker apply` deletes the old user, which ends its connections at once. A certificate
without a user is worth nothing. Validity is short, so that what was forgotten ends by itself.

Files, all with mode 0600: `ca.crt`, `ca.key` (PKCS#8, encrypted when a passphrase is given) and
`register.json`, the record of everything issued and revoked.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from relec_exchange.adapters.rabbitmq.certificates import (
    Issuer,
    authority_certificate,
    client_certificate,
    pem,
    server_certificate,
)
from relec_exchange.adapters.rabbitmq.keyfile import new_key, read_key, replace_private, write_key
from relec_exchange.adapters.rabbitmq.names import node_of_user, user_name
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured, NotFound
from relec_exchange.message.identifiers import check_network, check_node, format_time

AUTHORITY_DAYS = 5 * 365
CERTIFICATE_DAYS = 90
LONGEST_DAYS = 398


@dataclass(frozen=True, slots=True)
class Issued:
    """One line of the register: what was issued to whom, and whether it was revoked.

    `role` is `client` or `server`, `name` the user or the first host, times are wire text,
    `serial` and `sha256` (of the certificate) are hex. `revoked_at` is empty while it stands.
    """

    role: str
    name: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    revoked_at: str = ""
    reason: str = ""


class Authority:
    """Issues, records and revokes. Open it with `create` or `load`."""

    def __init__(self, directory: Path, issuer: Issuer) -> None:
        self.directory = directory
        self._issuer = issuer

    @classmethod
    def create(
        cls, directory: Path, network: str, now: datetime, passphrase: str | None = None
    ) -> Authority:
        """Make a new authority with a P-384 key. Errors: Conflict when one is there already."""
        check_network(network)
        if (directory / "ca.key").exists():
            raise Conflict(
                f"there is an authority in {directory} already",
                field="directory",
                remedy="use it, or name another directory",
            )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = new_key("P-384")
        issuer = Issuer(authority_certificate(network, key, now, AUTHORITY_DAYS), key)
        replace_private(directory / "ca.crt", pem(issuer.certificate))
        _write_register(directory, [])
        # The key comes last: a directory without it counts as no authority.
        write_key(directory / "ca.key", key, passphrase)
        return cls(directory, issuer)

    @classmethod
    def load(cls, directory: Path, passphrase: str | None = None) -> Authority:
        """Open an authority. Errors: NotFound, Misconfigured (wrong passphrase, damaged file)."""
        if not (directory / "ca.key").is_file():
            raise NotFound(f"no authority in {directory}", remedy="make one with `relec broker ca`")
        key = read_key(directory / "ca.key", passphrase)
        try:
            certificate = x509.load_pem_x509_certificate((directory / "ca.crt").read_bytes())
        except (OSError, ValueError) as error:
            raise Misconfigured(
                f"cannot read {directory / 'ca.crt'}", remedy="restore it from a backup"
            ) from error
        if certificate.public_key() != key.public_key():
            raise Misconfigured("ca.key and ca.crt do not belong together", field="ca.key")
        return cls(directory, Issuer(certificate, key))

    @property
    def certificate_file(self) -> Path:
        """What brokers and nodes trust."""
        return self.directory / "ca.crt"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate in hex, to be compared outside the network."""
        return self._issuer.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def ends(self) -> datetime:
        """When the authority's certificate ends and with it every certificate it issued."""
        return self._issuer.certificate.not_valid_after_utc

    def user_of(self, node: str) -> str:
        """The user name that the next certificate of `node` carries."""
        check_node(node)
        retired = {line.name for line in self.register() if line.revoked_at}
        number = 1
        while user_name(node, number) in retired:
            number += 1
        return user_name(node, number)

    def issue_client(
        self,
        user: str,
        public_key: ec.EllipticCurvePublicKey,
        now: datetime,
        days: int = CERTIFICATE_DAYS,
    ) -> x509.Certificate:
        """A client certificate with CN `user`. Errors: InvalidInput, Conflict (user retired)."""
        node, _ = _parse_user(user)
        current = self.user_of(node)
        if user != current:
            raise Conflict(
                f"{user} is not the current user of {node}",
                field="user",
                remedy=f"issue for {current} and name that user in the card",
            )
        self._check_days(now, days)
        certificate = client_certificate(self._issuer, user, public_key, now, days)
        self._record("client", user, certificate)
        return certificate

    def issue_server(
        self,
        hosts: Sequence[str],
        public_key: ec.EllipticCurvePublicKey,
        now: datetime,
        days: int = CERTIFICATE_DAYS,
    ) -> x509.Certificate:
        """A broker's certificate for host names or IP addresses (the first is its CN)."""
        self._check_days(now, days)
        certificate = server_certificate(self._issuer, hosts, public_key, now, days)
        self._record("server", hosts[0], certificate)
        return certificate

    def revoke(self, user: str, now: datetime, reason: str) -> str:
        """Retire `user` for ever; returns the name that follows it. Errors: NotFound, Conflict."""
        node, _ = _parse_user(user)
        if not reason.strip():
            raise InvalidInput("say why the user is revoked", field="reason")
        with self._changing() as lines:
            mine = {line for line in lines if line.role == "client" and line.name == user}
            if not mine:
                raise NotFound(f"no certificate was issued for user {user}", field="user")
            if any(line.revoked_at for line in mine):
                raise Conflict(f"user {user} is revoked already", field="user")
            at = format_time(now)
            lines[:] = [
                replace(line, revoked_at=at, reason=reason) if line in mine else line
                for line in lines
            ]
        return self.user_of(node)

    def register(self) -> tuple[Issued, ...]:
        """Everything issued, oldest first. Errors: Misconfigured."""
        path = self.directory / "register.json"
        try:
            lines = json.loads(path.read_text("utf-8"))["certificates"]
            return tuple(Issued(**line) for line in lines)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"cannot read {path}", remedy="restore it from a backup") from error

    def _check_days(self, now: datetime, days: int) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"validity is 1 to {LONGEST_DAYS} days", field="days")
        if now + timedelta(days=days) > self.ends:
            raise InvalidInput(
                "the authority's own certificate ends before that",
                field="days",
                remedy="choose fewer days, or make a new authority and give it to all members",
            )

    def _record(self, role: str, name: str, certificate: x509.Certificate) -> None:
        line = Issued(
            role=role,
            name=name,
            serial=f"{certificate.serial_number:x}",
            not_before=format_time(certificate.not_valid_before_utc),
            not_after=format_time(certificate.not_valid_after_utc),
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        )
        with self._changing() as lines:
            lines.append(line)

    @contextmanager
    def _changing(self) -> Iterator[list[Issued]]:
        """The register's lines to change in place: one writer at a time, written as a whole."""
        with (self.directory / "register.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lines = list(self.register())
            yield lines
            _write_register(self.directory, lines)


def _parse_user(user: str) -> tuple[str, int]:
    parsed = node_of_user(user)
    if parsed is None:
        raise InvalidInput(
            f"{user!r} cannot be a user of the broker",
            field="user",
            remedy="use the node's name, or name and number as in tr-2",
        )
    return parsed


def _write_register(directory: Path, lines: Sequence[Issued]) -> None:
    document = {"certificates": [asdict(line) for line in lines]}
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    replace_private(directory / "register.json", text.encode("utf-8"))
