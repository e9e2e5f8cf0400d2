"""A new certificate in its place: what is checked first, and what a kill in between leaves."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relec_exchange.adapters.rabbitmq import renewal
from relec_exchange.adapters.rabbitmq.access import Access, Renewal, tls_context
from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.issuing import Wanted, issue_files
from relec_exchange.adapters.rabbitmq.renewal import (
    finish,
    install_next,
    read_certificate,
    request_next,
)
from relec_exchange.errors import InvalidInput, NotFound

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca", "relec.example", NOW)


@pytest.fixture
def access(authority: Authority, tmp_path: Path) -> Access:
    """tr with its first certificate."""
    keys = tmp_path / "keys"
    issue_files(authority, Wanted("tr", (), None, 30), keys, NOW)
    return Access("127.0.0.1", 1, "tr", keys / "ca.crt", keys / "tls.crt", keys / "tls.key")


def issued(authority: Authority, access: Access, node: str = "tr", days: int = 31) -> bytes:
    request = access.key_file.with_name("tls-next.csr")
    out = authority.directory / "out"
    issue_files(authority, Wanted(node, (), request, days), out, NOW)
    return (out / "tls.crt").read_bytes()


def test_the_new_pair_takes_the_place_of_the_old_one(authority: Authority, access: Access) -> None:
    before, old_key = Renewal(access), access.key_file.read_bytes()
    key, request = request_next(access)
    assert request_next(access) == (key, request)
    assert not before.happened()
    found = install_next(access, issued(authority, access), NOW, probe=False)
    assert (found.user, (found.not_after - NOW).days) == ("tr", 31)
    assert access.key_file.read_bytes() != old_key
    assert tls_context(access)
    assert before.happened()
    assert not before.happened()
    names = {path.name for path in access.key_file.parent.iterdir()}
    assert names == {"ca.crt", "tls.crt", "tls.key"}


def test_a_certificate_that_cannot_be_used_is_refused(authority: Authority, access: Access) -> None:
    with pytest.raises(NotFound):
        install_next(access, access.certificate_file.read_bytes(), NOW, probe=False)
    request_next(access)
    good = issued(authority, access)
    with pytest.raises(InvalidInput):  # another key
        install_next(access, access.certificate_file.read_bytes(), NOW, probe=False)
    with pytest.raises(InvalidInput):  # over
        install_next(access, good, NOW + timedelta(days=40), probe=False)
    with pytest.raises(InvalidInput):  # another node
        read_certificate(issued(authority, access, "pk"), "tr")
    with pytest.raises(InvalidInput):
        read_certificate(b"nonsense", "tr")
    assert install_next(access, good, NOW, probe=False).user == "tr"


@pytest.mark.parametrize("point", range(12))
def test_after_a_kill_between_the_files_the_pair_is_usable_again(
    authority: Authority, access: Access, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    class Killed(BaseException):
        pass

    left = [point]

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **more: object) -> object:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return function(*arguments, **more)

        return call

    request_next(access)
    data = issued(authority, access)
    with monkeypatch.context() as patched:
        for name in ("replace", "link", "fsync", "unlink"):
            patched.setattr(renewal.os, name, counted(getattr(os, name)))
        with suppress(Killed):
            install_next(access, data, NOW, probe=False)
    finish(access)  # as every start does
    assert tls_context(access)
    if (access.key_file.with_name("tls-next.key")).exists():
        install_next(access, data, NOW, probe=False)
    assert access.certificate_file.read_bytes() == data
    assert tls_context(access)


def test_half_a_change_of_files_is_none(authority: Authority, access: Access) -> None:
    watch = Renewal(access)
    request_next(access)
    os.replace(access.key_file.with_name("tls-next.key"), access.key_file)
    assert not watch.happened()
