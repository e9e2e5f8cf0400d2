"""Private keys for TLS in files: PEM, PKCS#8, mode 0600, encrypted when a passphrase is given.

Only NIST curves: the TLS stacks of Erlang and OpenSSL both take them, and X.509 issuers with
Ed25519 keys are not accepted everywhere.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relec_exchange.adapters.privatefiles import sync_directory, write_private
from relec_exchange.errors import InvalidInput, Misconfigured

CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}


def new_key(curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """A fresh key on `P-256` or `P-384`."""
    if curve not in CURVES:
        raise InvalidInput(f"unknown curve {curve}", field="curve", remedy="use P-256 or P-384")
    return ec.generate_private_key(CURVES[curve]())


def replace_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read (0600) in place of an older one, durably."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_private(fresh, data)
    os.replace(fresh, path)
    sync_directory(path.parent)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: str | None) -> None:
    """Write a private key. Errors: Conflict when the file exists (a key is never overwritten)."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )
    write_private(path, data)


def read_key(path: Path, passphrase: str | None) -> ec.EllipticCurvePrivateKey:
    """Read a private key. Errors: Misconfigured (unreadable, wrong passphrase, other kind)."""
    secret = passphrase.encode("utf-8") if passphrase else None
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), secret)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(
            f"cannot open the key {path}", field="key", remedy="check the file and its passphrase"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Misconfigured(f"{path} holds no P-256 or P-384 key", field="key")
    return key


def certificate_request(key: ec.EllipticCurvePrivateKey, user: str) -> bytes:
    """A PEM request (PKCS#10) for CN `user`, so that the key never leaves the node."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA384()).public_bytes(serialization.Encoding.PEM)


def key_of_request(data: bytes) -> ec.EllipticCurvePublicKey:
    """The public key of a PEM request whose signature holds. Names in it are not believed.

    Errors: InvalidInput.
    """
    try:
        request = x509.load_pem_x509_csr(data)
        key = request.public_key()
        sound = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("this is no certificate request in PEM", field="request") from error
    if not sound:
        raise InvalidInput("the request is not signed by its own key", field="request")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
        key.curve, tuple(CURVES.values())
    ):
        raise InvalidInput("the request must hold a P-256 or P-384 key", field="request")
    return key
