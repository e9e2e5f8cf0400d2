"""A new certificate for the broker in place of the present one, while the node runs.

Contract: the new key is made here and stays here. A certificate takes its place only after the
broker has let it in; key and certificate are put in their places one after the other, and
`finish` completes what a kill in between has left. The running node reads both anew by itself
(`edge`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pika
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pika.exceptions import AMQPError

from relec_exchange.adapters.privatefiles import destroy, sync_directory
from relec_exchange.adapters.rabbitmq.access import Access, parameters
from relec_exchange.adapters.rabbitmq.faults import translate
from relec_exchange.adapters.rabbitmq.keyfile import (
    certificate_request,
    new_key,
    read_key,
    replace_private,
    write_key,
)
from relec_exchange.adapters.rabbitmq.names import exchange_name, node_of_user
from relec_exchange.adapters.successions import emptied, moved
from relec_exchange.errors import InvalidInput, NotFound

PEM_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a client certificate says: the user at the broker, and until when."""

    user: str
    not_before: datetime
    not_after: datetime


def read_certificate(data: bytes, node: str) -> Certificate:
    """A client certificate of this node, in PEM. Errors: InvalidInput."""
    certificate = _parsed(data)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    user = str(names[0].value) if len(names) == 1 else ""
    owner = node_of_user(user)
    if owner is None or owner[0] != node:
        raise InvalidInput(
            f"the certificate is not for a user of {node}",
            field="certificate",
            remedy="ask the broker's operator for one with your request",
        )
    return Certificate(user, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def request_next(access: Access) -> tuple[Path, Path]:
    """Make the next key beside the present one, and a request for its certificate.

    Asked again before the certificate came, the request is for the same key.
    """
    key_file, request = _next(access.key_file), _next(access.key_file).with_suffix(".csr")
    if not key_file.exists():
        part = emptied(key_file)
        write_key(part, new_key(), None)
        moved(part, key_file)
    replace_private(request, certificate_request(read_key(key_file, None), access.node))
    return key_file, request


def install_next(access: Access, data: bytes, now: datetime, *, probe: bool = True) -> Certificate:
    """Put the next key and its certificate in their places, after the broker let them in.

    Errors: NotFound (no next key), InvalidInput (another key, not valid now), Unavailable or
    Misconfigured (the broker does not let it in; nothing has changed then).
    """
    found = read_certificate(data, access.node)
    if not found.not_before <= now < found.not_after:
        raise InvalidInput("the certificate is not valid now", field="certificate")
    key_file = _next(access.key_file)
    if not key_file.exists():
        raise NotFound(
            "there is no key that waits for a certificate",
            field="certificate",
            remedy="make one first: relec rotate tls request",
        )
    if _public(data) != read_key(key_file, None).public_key():
        raise InvalidInput(
            "the certificate is for another key than the one that waits",
            field="certificate",
            remedy=f"it was asked for with {key_file.with_suffix('.csr').name}",
        )
    if probe:
        _try(access, key_file, data)
    replace_private(_next(access.certificate_file), data)
    if access.key_file.exists() and not _old(access).exists():
        os.link(access.key_file, _old(access))
    os.replace(key_file, access.key_file)
    sync_directory(access.key_file.parent)
    finish(access)
    return found


def finish(access: Access) -> None:
    """Complete what `install_next` began, if a kill came between its two files."""
    waiting = _next(access.certificate_file)
    if not waiting.exists() or not access.key_file.exists():
        return
    if _public(waiting.read_bytes()) == read_key(access.key_file, None).public_key():
        os.replace(waiting, access.certificate_file)
        sync_directory(access.certificate_file.parent)
        _next(access.key_file).with_suffix(".csr").unlink(missing_ok=True)
        destroy(_old(access))


def _try(access: Access, key_file: Path, data: bytes) -> None:
    """Connect with the new certificate beside the running connections, and leave again."""
    trial = access.certificate_file.with_name(f"{access.certificate_file.stem}-trial.crt")
    replace_private(trial, data)
    try:
        wanted = parameters(replace(access, certificate_file=trial, key_file=key_file))
        connection = pika.BlockingConnection(wanted)
        connection.channel().exchange_declare(exchange_name(access.node), passive=True)
        connection.close()
    except (AMQPError, OSError) as fault:
        raise translate(fault) from fault
    finally:
        trial.unlink(missing_ok=True)


def _parsed(data: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(data[:PEM_MAX])
    except ValueError as error:
        raise InvalidInput("this is no certificate in PEM", field="certificate") from error


def _public(data: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = _parsed(data).public_key()
    except UnsupportedAlgorithm as error:
        raise InvalidInput("the certificate has an unknown key", field="certificate") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidInput("the certificate has no P-256 or P-384 key", field="certificate")
    return key


def _next(path: Path) -> Path:
    return path.with_name(f"{path.stem}-next{path.suffix}")


def _old(access: Access) -> Path:
    path = access.key_file
    return path.with_name(f"{path.stem}-old{path.suffix}")
