"""`relec broker` from cards and files, against a real broker where it needs one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pika
import pytest
from click.testing import CliRunner, Result
from three_members import card_file

from relec_exchange.adapters.rabbitmq.access import Access, parameters
from relec_exchange.adapters.rabbitmq.members import members_from_cards
from relec_exchange.cli.broker import broker as command
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured, NotFound, RelecError
from relec_exchange.trust.card_parts import AuthorityKeys, Broker
from relec_exchange.trust.signature import HybridKey

pytestmark = pytest.mark.broker

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cards that list each other."""
    directory = tmp_path_factory.mktemp("network") / "cards"
    for node in ("iq", "pk", "tr"):
        card_file(directory, node)
    return directory


def relec(*arguments: object, env: dict[str, str] | None = None, text: str = "") -> Result:
    result = CliRunner().invoke(command, [str(each) for each in arguments], env=env, input=text)
    if isinstance(result.exception, RelecError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def on(private: PrivateBroker) -> dict[str, str]:
    return {**private.environment, "RELEC_RABBITMQCTL": private.ctl_command}


def answer(*arguments: object, env: dict[str, str] | None = None) -> Any:
    return json.loads(relec(*arguments, "--json", env=env).output)


def test_applying_cards_makes_the_topology_and_a_second_run_finds_nothing_to_change(
    private_broker: PrivateBroker, cards: Path
) -> None:
    env = on(private_broker)
    relec("apply", cards, env=env)
    private_broker.ctl("delete_queue", "-p", "relec", "to.tr.from.pk.flash")
    planned = answer("apply", cards, "--dry-run", env=env)
    assert "create queue to.tr.from.pk.flash" in planned["changes"]
    assert answer("apply", cards, env=env)["changes"] == planned["changes"]
    again = relec("apply", cards, env=env).output
    assert "nothing to change" in again
    assert "member tr: user tr, card 1" in again


def test_status_tells_queues_and_drift(private_broker: PrivateBroker, cards: Path) -> None:
    env = on(private_broker)
    relec("apply", cards, env=env)
    private_broker.ctl("set_permissions", "-p", "relec", "pk", ".*", ".*", ".*")
    told = answer("status", "--cards", cards, env=env)
    assert told["drift"] == ["replace permission pk"]
    assert len(told["queues"]) == 18
    relec("apply", cards, env=env)
    assert "as the cards say" in relec("status", "--cards", cards, env=env).output


def test_diff_shows_drift_and_changes_nothing(private_broker: PrivateBroker, cards: Path) -> None:
    env = on(private_broker)
    relec("apply", cards, env=env)
    assert answer("diff", cards, "--check", env=env)["drift"] == []
    private_broker.ctl("set_permissions", "-p", "relec", "pk", ".*", ".*", ".*")
    for _ in range(2):
        assert answer("diff", cards, env=env)["drift"] == ["replace permission pk"]
    with pytest.raises(Conflict):
        relec("diff", cards, "--check", env=env)
    relec("apply", cards, env=env)
    assert "as the cards say" in relec("diff", cards, env=env).output


def test_definitions_can_be_printed_without_a_broker(cards: Path) -> None:
    document = json.loads(relec("apply", cards, "--definitions").output)
    assert len(document["queues"]) == 18


def test_an_empty_set_of_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no card"):
        relec("apply", tmp_path)


def test_a_certificate_goes_from_authority_and_request_to_a_connection(
    private_broker: PrivateBroker, cards: Path, tmp_path: Path
) -> None:
    relec("apply", cards, env=on(private_broker))
    relec("request", "iq", "--out", tmp_path / "iq")
    ca = private_broker.directory / "ca"
    issued = answer(
        "issue", ca, "iq", "--request", tmp_path / "iq/tls.csr", "--out", tmp_path / "iq",
        "--no-passphrase",
    )  # fmt: skip
    assert (issued["role"], issued["name"]) == ("client", "iq")
    home = tmp_path / "iq"
    access = Access(
        private_broker.host,
        private_broker.port,
        "iq",
        home / "ca.crt",
        home / "tls.crt",
        home / "tls.key",
    )
    connection = pika.BlockingConnection(parameters(access))
    assert connection.is_open
    connection.close()


def test_the_authority_is_made_used_and_asked_to_revoke_with_a_passphrase(tmp_path: Path) -> None:
    secret = tmp_path / "pass"
    secret.write_text("four words in a row\n")
    secret.chmod(0o600)
    ca = tmp_path / "ca"
    given = ("--passphrase-file", secret)
    assert len(answer("ca", ca, "--network", "relec.example", *given)["sha256"]) == 64
    issued = answer("issue", ca, "tr", "--out", tmp_path / "tr", *given)
    assert {Path(each).name for each in issued["files"]} == {"tls.key", "tls.crt", "ca.crt"}
    told = answer("revoke", ca, "tr", "--reason", "lost", *given)
    assert told == {"revoked": "tr", "next_user": "tr-2"}
    os.unlink(tmp_path / "tr" / "tls.key")
    issued = answer("issue", ca, "tr", "--out", tmp_path / "tr", *given)
    assert issued["name"] == "tr-2"
    relec("issue", ca, "--server", "mq.example", "--out", tmp_path / "mq", *given)
    prompted = relec("revoke", ca, "tr-2", "--reason", "x", text="four words in a row\n")
    assert "tr-3" in prompted.output
    with pytest.raises(Misconfigured):
        relec("revoke", ca, "tr-2", "--reason", "x", "--no-passphrase")


def test_the_newest_valid_card_counts_and_a_new_user_is_taken_from_it(tmp_path: Path) -> None:
    authority = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
    card_file(tmp_path, "tr", 1, authority=authority)
    card_file(tmp_path, "tr", 2, authority=authority, broker=Broker(user="tr-2"))
    later = NOW.replace(microsecond=0) + timedelta(days=10)
    dates = {"valid_from": later, "valid_until": later + timedelta(days=90)}
    card_file(tmp_path, "tr", 3, authority=authority, broker=Broker(user="tr-3"), **dates)
    (member,) = members_from_cards(tmp_path, NOW)
    assert (member.version, member.member.user) == (2, "tr-2")
    (member,) = members_from_cards(tmp_path, later + timedelta(days=1))
    assert (member.version, member.member.user) == (3, "tr-3")


def test_a_card_by_keys_that_the_older_one_does_not_announce_is_refused(tmp_path: Path) -> None:
    card_file(tmp_path, "tr", 1)
    card_file(tmp_path, "tr", 2)
    with pytest.raises(Conflict, match="does not announce"):
        members_from_cards(tmp_path, NOW)


def test_keys_that_the_older_card_announced_are_accepted(tmp_path: Path) -> None:
    name = "relec.example/tr/authority"
    old, new, after = (HybridKey.generate(name, "note", os.urandom) for _ in range(3))
    card_file(tmp_path, "tr", 1, authority=old, **_keys(old, new))
    card_file(tmp_path, "tr", 2, authority=new, **_keys(new, after))
    assert members_from_cards(tmp_path, NOW)[0].version == 2


def _keys(present: HybridKey, successor: HybridKey) -> dict[str, Any]:
    return {"keys": AuthorityKeys.of(present.public(), successor.public())}


def test_two_texts_of_one_version_are_refused(tmp_path: Path) -> None:
    authority = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
    card_file(tmp_path, "tr", 1, authority=authority).rename(tmp_path / "first.card")
    card_file(tmp_path, "tr", 1, authority=authority)
    with pytest.raises(Conflict, match="two cards of version 1"):
        members_from_cards(tmp_path, NOW)


def test_a_member_whose_cards_have_all_ended_is_named(tmp_path: Path) -> None:
    card_file(tmp_path, "tr")
    with pytest.raises(InvalidInput, match="no card of tr is valid"):
        members_from_cards(tmp_path, NOW + timedelta(days=400))


def test_cards_of_two_networks_do_not_share_a_broker(tmp_path: Path) -> None:
    card_file(tmp_path, "tr")
    card_file(tmp_path, "pk", network_kind="production")
    with pytest.raises(Conflict, match="belong to"):
        members_from_cards(tmp_path, NOW)


def test_a_file_that_is_no_card_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.card").write_text("hello")
    with pytest.raises(Misconfigured, match=r"odd\.card"):
        members_from_cards(tmp_path, NOW)
