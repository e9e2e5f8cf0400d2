"""The authority for broker access: what it issues, what it refuses, and its register."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.issuing import Wanted, issue_files, request_files
from relec_exchange.adapters.rabbitmq.keyfile import certificate_request, key_of_request, new_key
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured, NotFound

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "four words in a row"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca", "relec.example", NOW)


def common_name(certificate: x509.Certificate) -> object:
    return certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_a_client_certificate_can_connect_and_nothing_else(authority: Authority) -> None:
    certificate = authority.issue_client("tr", new_key().public_key(), NOW)
    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert common_name(certificate) == "tr"
    assert certificate.not_valid_after_utc - NOW == timedelta(days=90)


def test_a_servers_certificate_names_its_hosts_and_cannot_be_a_clients(
    authority: Authority,
) -> None:
    hosts = ["mq.relec.example", "192.0.2.7"]
    extensions = authority.issue_server(hosts, new_key().public_key(), NOW).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == hosts[:1]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == hosts[1:]
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_authority_signs_with_p384_and_nothing_may_be_issued_below_its_certificates(
    authority: Authority,
) -> None:
    certificate = x509.load_pem_x509_certificate(authority.certificate_file.read_bytes())
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP384R1)


def test_a_revoked_user_is_never_used_again_and_the_next_gets_a_number(
    authority: Authority,
) -> None:
    key = new_key().public_key()
    authority.issue_client("tr", key, NOW)
    assert authority.revoke("tr", NOW, "key lost") == "tr-2"
    with pytest.raises(Conflict):
        authority.issue_client("tr", key, NOW)
    assert common_name(authority.issue_client("tr-2", key, NOW)) == "tr-2"
    assert authority.revoke("tr-2", NOW, "again") == "tr-3"
    with pytest.raises(Conflict):
        authority.revoke("tr", NOW, "twice")


def test_a_number_is_not_issued_before_the_user_before_it_was_revoked(
    authority: Authority,
) -> None:
    with pytest.raises(Conflict):
        authority.issue_client("tr-2", new_key().public_key(), NOW)


def test_renewal_keeps_the_user(authority: Authority) -> None:
    for day in (0, 80):
        authority.issue_client("tr", new_key().public_key(), NOW + timedelta(days=day))
    assert authority.user_of("tr") == "tr"
    assert [line.name for line in authority.register()] == ["tr", "tr"]


def test_revoking_covers_every_certificate_of_the_user_and_only_those(
    authority: Authority,
) -> None:
    for user in ("tr", "tr", "pk"):
        authority.issue_client(user, new_key().public_key(), NOW)
    authority.revoke("tr", NOW, "key lost")
    marked = [(line.name, line.revoked_at, line.reason) for line in authority.register()]
    at = "2026-11-21T12:00:00.000Z"
    assert marked == [("tr", at, "key lost"), ("tr", at, "key lost"), ("pk", "", "")]


def test_a_user_without_a_certificate_cannot_be_revoked(authority: Authority) -> None:
    with pytest.raises(NotFound):
        authority.revoke("iq", NOW, "key lost")
    with pytest.raises(InvalidInput):
        authority.revoke("tr", NOW, " ")


@pytest.mark.parametrize("user", ["TR", "tr-1", "tr 2", "", "tr\n", "*.example"])
def test_a_name_that_no_node_can_have_is_refused(authority: Authority, user: str) -> None:
    with pytest.raises(InvalidInput):
        authority.issue_client(user, new_key().public_key(), NOW)


@pytest.mark.parametrize("days", [0, 399])
def test_validity_is_bounded(authority: Authority, days: int) -> None:
    with pytest.raises(InvalidInput):
        authority.issue_client("tr", new_key().public_key(), NOW, days)


def test_no_certificate_outlives_its_authority(authority: Authority) -> None:
    with pytest.raises(InvalidInput, match="ends before"):
        authority.issue_client(
            "tr", new_key().public_key(), authority.ends - timedelta(days=10), 11
        )


def test_all_files_are_for_their_owner_only_and_the_key_is_encrypted(tmp_path: Path) -> None:
    Authority.create(tmp_path / "ca", "relec.example", NOW, SECRET)
    for path in (tmp_path / "ca").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert b"ENCRYPTED PRIVATE KEY" in (tmp_path / "ca" / "ca.key").read_bytes()
    assert Authority.load(tmp_path / "ca", SECRET).user_of("tr") == "tr"
    for wrong in (None, "another passphrase"):
        with pytest.raises(Misconfigured):
            Authority.load(tmp_path / "ca", wrong)


def test_an_authority_is_never_overwritten(authority: Authority) -> None:
    with pytest.raises(Conflict):
        Authority.create(authority.directory, "relec.example", NOW)


def test_a_key_of_another_authority_is_noticed(authority: Authority, tmp_path: Path) -> None:
    other = Authority.create(tmp_path / "other", "relec.example", NOW)
    authority.certificate_file.write_bytes(other.certificate_file.read_bytes())
    with pytest.raises(Misconfigured):
        Authority.load(authority.directory)


def test_a_damaged_register_is_told_and_not_replaced(authority: Authority) -> None:
    register = authority.directory / "register.json"
    register.write_text('{"certificates": [{"role": "client"}]}')
    with pytest.raises(Misconfigured):
        authority.issue_client("tr", new_key().public_key(), NOW)


def test_a_request_brings_its_key_and_its_name_is_not_believed(
    authority: Authority, tmp_path: Path
) -> None:
    key_file, request = request_files("pk", tmp_path / "node")
    issued = issue_files(authority, Wanted("tr", (), request, 30), tmp_path / "out", NOW)
    certificate = x509.load_pem_x509_certificate((tmp_path / "out" / "tls.crt").read_bytes())
    private = serialization.load_pem_private_key(key_file.read_bytes(), None)
    assert common_name(certificate) == issued.name == "tr"
    assert certificate.public_key() == private.public_key()
    assert not (tmp_path / "out" / "tls.key").exists()


def test_a_request_not_signed_by_its_own_key_is_refused() -> None:
    request = x509.load_pem_x509_csr(certificate_request(new_key(), "tr"))
    broken = bytearray(request.public_bytes(serialization.Encoding.DER))
    broken[-1] ^= 1
    pem = x509.load_der_x509_csr(bytes(broken)).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(InvalidInput, match="not signed"):
        key_of_request(pem)


def test_a_request_with_another_kind_of_key_is_refused() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = builder.sign(ed25519.Ed25519PrivateKey.generate(), None)
    with pytest.raises(InvalidInput, match="P-256 or P-384"):
        key_of_request(request.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(InvalidInput):
        key_of_request(b"no request")


def test_either_a_node_or_a_host_is_named(authority: Authority, tmp_path: Path) -> None:
    for node, hosts in (("", ()), ("tr", ("mq.example",))):
        with pytest.raises(InvalidInput):
            issue_files(authority, Wanted(node, hosts, None, 30), tmp_path / "out", NOW)
