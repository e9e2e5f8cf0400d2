"""The end of the certificate for the broker, or nothing where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relec_exchange.adapters.certificates import certificate_end

START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def certificate(days: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tr")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=days))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_the_first_certificate_of_the_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "tls.crt"
    path.write_bytes(certificate(30) + certificate(900))
    assert certificate_end(path) == START + timedelta(days=30)


def test_where_there_is_no_certificate_nothing_ends(tmp_path: Path) -> None:
    assert certificate_end(tmp_path / "missing.crt") is None
    for odd in (b"", b"nonsense", certificate(1)[:100]):
        path = tmp_path / "odd.crt"
        path.write_bytes(odd)
        assert certificate_end(path) is None
