"""Years of two nodes: what is over goes at both ends, is attested when it is true, and no recording
of the traffic opens any more; what a hold keeps stays until the hold ends.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core_network import check_logs, entries, events, reply, request, sent, warning
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.errors import IntegrityFailure
from relec_exchange.records import InboxRow, JudgementRow, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.testing import SimulatedNetwork
from years import came, gone, keep, openable, pass_days, went, years


def erased(network: SimulatedNetwork, name: str, ident: str) -> list[str]:
    """The reasons in the `erased` entries of a node about one message."""
    found = [one for one in entries(network.node(name), "erased") if one["what"] == "message"]
    return [one["reason"] for one in found if one["subject"].endswith(f"/{ident}")]


def told(network: SimulatedNetwork, name: str, kind: str, ident: str) -> list[dict[str, Any]]:
    """What the events of one kind say about one message."""
    rows = events(network.node(name), kind)
    return [json.loads(row.data) for row in rows if row.ref == ident]


def test_a_thread_ends_at_both_ends_and_both_say_so_when_it_is_true(tmp_path: Path) -> None:
    with years(tmp_path, retention_days=100) as network:
        asked = request(network)
        sent(network, asked)
        network.run()
        answer = reply(network, asked)
        sent(network, answer)
        network.run()
        one, other = asked.header.message_id, answer.header.message_id
        recording = list(network.hub.recorded)
        tr, pk = network.node("tr"), network.node("pk")
        keys = {one: (went(tr, one).key_id, came(pk, one).key_id)}
        assert came(pk, one).erase_on == "2027-02-10"  # 2 November and 100 days
        pass_days(network, 99, step=3)
        assert not came(pk, one).erased_at
        assert [t["why"] for t in told(network, "pk", "retention.review", one)] == ["erase"] * 2
        pass_days(network, 2)
        for ident in (one, other):
            assert erased(network, "tr", ident) == erased(network, "pk", ident) == ["retention"]
        assert gone(tr, went(tr, one), keys[one][0])
        assert gone(pk, came(pk, one), keys[one][1])
        pass_days(network, 2)
        # The sender's resend window is over, so it attests; the recipient's sealing key is not.
        assert went(tr, one).attested_at
        assert came(pk, one).peer_attested_at
        pass_days(network, 60, step=4)
        assert came(pk, one).attested_at
        assert went(tr, one).peer_attested_at
        assert openable(network, asked, recording) == 0
        assert openable(network, answer, recording) == 0
        check_logs(network)


def test_the_recipient_attests_only_after_the_sender_and_the_last_sealing_key(
    tmp_path: Path,
) -> None:
    with years(tmp_path, retention_days=5) as network:
        asked = request(network)
        ident = sent(network, asked)
        network.run()
        recording = list(network.hub.recorded)
        tr, pk = network.node("tr"), network.node("pk")
        attested: list[str] = []
        for _ in range(120):
            pass_days(network, 1)
            row = came(pk, ident)
            if row.erased_at and row.peer_attested_at and openable(network, asked, recording):
                attested.append(row.attested_at)
            if row.attested_at:
                break
        assert row.attested_at
        assert attested, "there were days on which only the sealing key was left"
        assert set(attested) == {""}
        assert went(tr, ident).attested_at < row.attested_at
        assert openable(network, asked, recording) == 0
        network.run()
        assert went(tr, ident).peer_attested_at


def test_the_shorter_of_national_rule_agreement_and_message_counts_at_each_end(
    tmp_path: Path,
) -> None:
    national = {"tr": {"nominal": 30}, "pk": {"nominal": 300}}
    with years(tmp_path, retention_days=90, national=national) as network:
        ident = sent(network, request(network))
        short = sent(network, request(network, retain_until="2026-11-12"))
        network.run()
        tr, pk = network.node("tr"), network.node("pk")
        day = date(2026, 11, 2)
        assert went(tr, ident).erase_on == (day + timedelta(days=30)).isoformat()
        assert came(pk, ident).erase_on == (day + timedelta(days=90)).isoformat()
        assert went(tr, short).erase_on == came(pk, short).erase_on == "2026-11-12"
        pass_days(network, 10)
        assert erased(network, "tr", short) == erased(network, "pk", short) == ["retention"]
        pass_days(network, 20, step=5)
        assert erased(network, "tr", ident) == ["retention"]
        assert erased(network, "pk", ident) == []
        pass_days(network, 60, step=10)
        assert erased(network, "pk", ident) == ["retention"]


def test_a_national_rule_that_becomes_shorter_counts_for_what_is_kept(tmp_path: Path) -> None:
    with years(tmp_path, retention_days=90) as network:
        ident = sent(network, request(network))
        network.run()
        network.close("pk")
        with (network.home("pk") / "node.toml").open("a") as file:
            file.write("\n[retention.national_days]\nnominal = 20\n")
        network.open("pk")
        network.run()
        assert came(network.node("pk"), ident).erase_on == "2026-11-22"
        assert went(network.node("tr"), ident).erase_on == "2027-01-31"


def test_a_legal_hold_keeps_a_message_until_its_last_day_and_ends_by_itself(
    tmp_path: Path,
) -> None:
    with years(tmp_path, retention_days=40) as network:
        ident = sent(network, request(network))
        network.run()
        pk = network.node("pk")
        keep(network, "pk", ident, "2027-01-31")
        pass_days(network, 90, step=5)  # 31 January
        assert network.clock().date() == date(2027, 1, 31)
        assert not came(pk, ident).erased_at
        assert erased(network, "tr", ident) == ["retention"]  # it keeps nothing for others
        assert network.open_message("pk", ident)
        whys = [one["erase_on"] for one in told(network, "pk", "retention.review", ident)]
        assert whys[-1] == "2027-02-01"
        pass_days(network, 1)
        assert erased(network, "pk", ident) == ["retention"]
        assert len(told(network, "pk", "retention.hold_ended", ident)) == 1
        assert [e["until"] for e in entries(pk, "kept", "activity")] == ["2027-01-31"]


def test_two_years_of_traffic_end_and_both_logs_verify(tmp_path: Path) -> None:
    with years(tmp_path, retention_days=30) as network:
        idents = []
        for _ in range(12):
            idents.append(sent(network, request(network)))
            idents.append(sent(network, warning(network, retain_until=None)))
            pass_days(network, 20, step=10)
        pass_days(network, 480, step=30)
        requests = idents[::2]
        for ident in requests:
            assert erased(network, "tr", ident) == erased(network, "pk", ident) == ["retention"]
            assert came(network.node("pk"), ident).attested_at
            assert went(network.node("tr"), ident).peer_attested_at
        for ident in idents[1::2]:  # the charter's warnings stay for years
            assert network.open_message("pk", ident)
        check_logs(network)


def test_no_key_that_is_left_opens_what_is_left_or_a_backup(tmp_path: Path) -> None:
    with years(tmp_path, retention_days=3) as network:
        ident = sent(network, request(network))
        network.run()
        node, rows = network.node("pk"), (came(network.node("pk"), ident),)
        home = network.home("pk")
        judged = node.store.rows(JudgementRow, Where("message_id", "=", ident))
        hidden = [row.content for row in (*rows, *judged)]
        secret = node.vault.get([rows[0].key_id])[rows[0].key_id]
        node.store.settle()
        backup = tmp_path / "backup.db"
        backup.write_bytes((home / "store" / "node.db").read_bytes())
        assert all(part in backup.read_bytes() for part in hidden)
        pass_days(network, 7)  # after the slot of the node's own answer
        log = (home / "store" / "node.db-wal").read_bytes()
        assert not any(part[:32] in log for part in hidden)
        # Pages of the database may hold copies in unused space: no key that exists opens them.
        for key in node.vault.get(node.vault.ids()).values():
            for row in (*rows, *judged):
                with pytest.raises(IntegrityFailure):
                    decrypt(key[:32], row.key_id.encode(), row.content)
        vault = b"".join(p.read_bytes() for p in sorted((home / "vault").iterdir()))
        assert secret not in vault
        restored = SqliteStore(backup)
        [old] = restored.rows(InboxRow, Where("message_id", "=", ident))
        assert old.content == hidden[0]
        assert node.vault.get([old.key_id, *(row.key_id for row in judged)]) == {}
        restored.close()
        for other in (went(network.node("tr"), ident), came(node, ident)):
            assert other.erased_at
