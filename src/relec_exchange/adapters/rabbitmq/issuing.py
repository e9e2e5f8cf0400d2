"""Certificates as the files that brokers and nodes read: `tls.crt`, `tls.key`, `ca.crt`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from relec_exchange.adapters.privatefiles import make_private_directory
from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.certificates import pem
from relec_exchange.adapters.rabbitmq.keyfile import (
    certificate_request,
    key_of_request,
    new_key,
    replace_private,
    write_key,
)
from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import check_node, format_time


@dataclass(frozen=True, slots=True)
class Wanted:
    """A node's client certificate, or with `hosts` a broker's; `request` is a file in PEM."""

    node: str
    hosts: Sequence[str]
    request: Path | None
    days: int


@dataclass(frozen=True, slots=True)
class IssuedFiles:
    """What was issued: `client` or `server`, for which user or host, until when, in which files."""

    role: str
    name: str
    not_after: str
    files: tuple[Path, ...]


def issue_files(authority: Authority, wanted: Wanted, out: Path, now: datetime) -> IssuedFiles:
    """Issue and write; a key is made only when no request brings one.

    Certificates in `out` are replaced, keys never. Errors: InvalidInput, Conflict.
    """
    if bool(wanted.node) == bool(wanted.hosts):
        raise InvalidInput("name either a node or a broker's host", field="node")
    make_private_directory(out)
    public_key, files = _key(wanted.request, out)
    if wanted.hosts:
        role, name = "server", wanted.hosts[0]
        certificate = authority.issue_server(wanted.hosts, public_key, now, wanted.days)
    else:
        role, name = "client", authority.user_of(wanted.node)
        certificate = authority.issue_client(name, public_key, now, wanted.days)
    replace_private(out / "tls.crt", pem(certificate))
    replace_private(out / "ca.crt", authority.certificate_file.read_bytes())
    ends = format_time(certificate.not_valid_after_utc)
    return IssuedFiles(role, name, ends, (*files, out / "tls.crt", out / "ca.crt"))


def request_files(node: str, out: Path) -> tuple[Path, Path]:
    """Make `tls.key` and `tls.csr` at the node. Errors: Conflict when there is a key already."""
    check_node(node)
    make_private_directory(out)
    key = new_key()
    write_key(out / "tls.key", key, None)
    replace_private(out / "tls.csr", certificate_request(key, node))
    return out / "tls.key", out / "tls.csr"


def _key(request: Path | None, out: Path) -> tuple[ec.EllipticCurvePublicKey, tuple[Path, ...]]:
    if request is not None:
        return key_of_request(request.read_bytes()), ()
    key = new_key()
    write_key(out / "tls.key", key, None)
    return key.public_key(), (out / "tls.key",)
