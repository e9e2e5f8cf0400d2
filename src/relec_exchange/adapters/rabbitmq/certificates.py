"""The three kinds of certificate that access to the broker needs, as X.509 says them.

Each certificate can do one thing: the authority's signs certificates and nothing below it may
(path length 0), a broker's serves, a node's connects. RFC 5280 names the extensions.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relec_exchange.errors import InvalidInput

BACKDATED = timedelta(minutes=5)
"""Clocks differ a little; a new certificate has to work everywhere at once."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: the authority's certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority_certificate(
    network: str, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.Certificate:
    """The network's own certificate for broker access, signed by itself."""
    name = _name(f"{network} broker access")
    return (
        _builder(name, name, key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA384())
    )


def client_certificate(
    issuer: Issuer, user: str, public_key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.Certificate:
    """A node's certificate; the broker takes the user from its only CN."""
    return (
        _leaf(issuer, user, public_key, now, days)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(issuer.key, hashes.SHA384())
    )


def server_certificate(
    issuer: Issuer,
    hosts: Sequence[str],
    public_key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.Certificate:
    """A broker's certificate for host names and IP addresses; nodes check the name they dialled."""
    if not hosts or not all(hosts):
        raise InvalidInput("a broker's certificate needs at least one host name", field="host")
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    return (
        _leaf(issuer, hosts[0], public_key, now, days)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(issuer.key, hashes.SHA384())
    )


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate in its text form."""
    return certificate.public_bytes(Encoding.PEM)


def _leaf(
    issuer: Issuer, name: str, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    above = issuer.key.public_key()
    return (
        _builder(_name(name), issuer.certificate.subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    try:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    except ValueError as error:
        raise InvalidInput("a name in a certificate has 1 to 64 characters") from error


def _usage(*granted: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{usage: usage in granted for usage in every})


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
