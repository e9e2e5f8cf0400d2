"""The commands of auditors at running nodes: verify what is new, search, replay, report, alarms."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Result, ok

from auditors import AUDITOR, enrol
from core_network import NETWORK, founded, reply, request, sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import sign_checkpoint
from relec_exchange.cli import run
from relec_exchange.cli.checked_logs import read_checked
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from served_nodes import present_network

DIFFERS = 9
UNVERIFIED = 10


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk, served; an auditor at both, and some traffic."""
    with present_network(("tr", "pk"), (OFFICER,), founded(("tr", "pk"))) as made:
        for name in made.names:
            file = made.home(name) / "officers" / f"{AUDITOR}.key"
            file.touch(mode=0o600)
            file.write_bytes(enrol(made, name).to_pkcs8(None, os.urandom))
        sent(made, warning(made))
        asked = request(made)
        sent(made, asked)
        made.run()
        made.submit(reply(made, asked))
        made.run()
        yield made


@pytest.fixture
def audit(relec: Relec, network: SimulatedNetwork) -> Any:
    """`relec` at tr as its auditor."""

    def call(*arguments: object) -> Result:
        return relec("--home", network.home("tr"), "--officer", AUDITOR, *arguments)

    return call


def more(network: SimulatedNetwork, count: int = 2) -> None:
    for _ in range(count):
        sent(network, warning(network))
        network.run()


def test_the_second_check_reads_only_what_is_new(
    audit: Any, network: SimulatedNetwork, tmp_path: Path
) -> None:
    file = tmp_path / "kept" / "checked.json"
    first = ok(audit("audit", "verify", "--all", "--since", file, "--json"))["logs"]
    assert [one["checked_before"] for one in first] == [0, 0]
    assert file.stat().st_mode & 0o077 == 0
    more(network)
    node, read = network.node("tr"), []
    entries = node.desk.audit_entries
    node.desk.audit_entries = lambda log, start, count: (
        read.append((log, start)) or entries(log, start, count)
    )
    try:
        second = ok(audit("audit", "verify", "--all", "--since", file, "--json"))["logs"]
    finally:
        node.desk.audit_entries = entries
    assert [one["checked_before"] for one in second] == [one["size"] for one in first]
    assert [start for _, start in read] == [one["size"] for one in first]
    assert [one["size"] for one in second] > [one["size"] for one in first]
    whole = ok(audit("audit", "verify", "--all", "--json"))["logs"]
    assert (whole[0]["root"], whole[0]["kinds"]) == (second[0]["root"], second[0]["kinds"])
    # To read the entries of the exchange log from the first one on is an access that is logged.
    grown = {**second[1]["kinds"], "access": second[1]["kinds"]["access"] + 1}
    assert whole[1]["kinds"] == grown
    assert second[0]["cosigned"]["witnesses"] == ["pk"]
    assert second[1]["anchored"] > 0
    said = ok(audit("audit", "verify", "--since", file))
    assert "Nothing is new since" in said or "are new since" in said


def test_without_a_file_of_ones_own_the_home_keeps_what_was_checked(
    audit: Any, network: SimulatedNetwork
) -> None:
    ok(audit("audit", "verify", "--new", "--json"))
    kept = read_checked(network.home("tr") / "audit" / f"{AUDITOR}.checked.json")
    assert list(kept) == [f"{NETWORK}/tr/exchange/1"]
    again = ok(audit("audit", "verify", "--new", "--json"))
    assert again["checked_before"] > 0


def _changed(file: Path, **changes: Any) -> None:
    document = json.loads(file.read_text())
    document["logs"][0].update(changes)
    file.write_text(json.dumps(document))


def test_a_file_that_was_changed_is_not_believed(audit: Any, tmp_path: Path) -> None:
    file = tmp_path / "checked.json"
    ok(audit("audit", "verify", "--since", file))
    before = file.read_text()
    for changes in ({"root": "00" * 32}, {"size": 3}, {"edge": {}}, {"edge": {"0": "ff" * 64}}):
        _changed(file, **changes)
        assert audit("audit", "verify", "--since", file).code == 2
        file.write_text(before)
    for text in ("", "[]", '{"format": "relec/v1 checked logs"}', "{" * 100):
        file.write_text(text)
        assert audit("audit", "verify", "--since", file).code == 2


def test_a_log_that_shrank_or_was_rewritten_since_is_told(
    audit: Any, network: SimulatedNetwork, tmp_path: Path
) -> None:
    file = tmp_path / "checked.json"
    ok(audit("audit", "verify", "--since", file))
    node = network.node("tr")
    real, size = node.desk.audit_head, json.loads(file.read_text())["logs"][0]["size"]
    key = KeyFiles(network.home("tr") / "keys", PASSPHRASE).log("exchange")
    origin, now = f"{NETWORK}/tr/exchange/1", int(network.clock().timestamp())

    def claims(log: str, size: int, root: bytes) -> dict[str, Any]:
        note = sign_checkpoint(origin, size, root, key, now).note.decode()
        return {**real(log), "size": size, "root": root.hex(), "checkpoint": note}

    try:
        node.desk.audit_head = lambda log: claims(log, size - 1, bytes(32))
        assert audit("audit", "verify", "--since", file).code == DIFFERS
        node.desk.audit_head = lambda log: claims(log, size, bytes(32))
        assert audit("audit", "verify", "--since", file).code == UNVERIFIED
        node.desk.audit_head = lambda log: {**real(log), "cosigned": real(log)["checkpoint"]}
        assert audit("audit", "verify", "--since", file).code == UNVERIFIED
    finally:
        node.desk.audit_head = real
    assert audit("audit", "verify", "--since", file).code == 0


def test_entries_are_found_and_printed(audit: Any) -> None:
    found = ok(audit("audit", "search", "--type", "info.request", "--json"))
    assert {one["kind"] for one in found["items"]} >= {"sent", "decision", "submitted"}
    said = ok(audit("audit", "search", "--kind", "decision", "--peer", "pk", "--limit", "1"))
    assert "1 entries found" in said
    assert "There are more" in said
    assert "0 entries found" in ok(audit("audit", "search", "--to", "2020-01"))
    assert audit("audit", "search", "--from", "yesterday").code == 2
    assert audit("audit", "search", "--from", "2026-07", "--to", "2026-06").code == 2


def test_decisions_come_out_again_and_if_not_the_command_fails(
    audit: Any, network: SimulatedNetwork
) -> None:
    assert ok(audit("audit", "replay", "--json"))["different"] == 0
    assert "come out as they were logged" in ok(audit("audit", "replay"))
    node = network.node("tr")
    real = node.desk.audit_replay
    difference = {
        **{"origin": "relec.example/tr/activity/1", "index": 7, "time": "2026-11-01"},
        **{"id": "01a0", "direction": "outbound", "peer": "pk", "type": "info.request"},
        **{"outcome": "allowed", "rule": "", "why": "it does not follow"},
    }
    changed = {"different": 1, "differences": [difference]}
    node.desk.audit_replay = lambda *given: {**real(*given), **changed}
    try:
        done = audit("audit", "replay")
    finally:
        node.desk.audit_replay = real
    assert done.code == DIFFERS
    assert "it does not follow" in done.out


def test_content_is_opened_for_judging_again_only_with_a_reason_and_a_yes(audit: Any) -> None:
    assert audit("audit", "replay", "--protection").code == 2
    assert audit("audit", "replay", "--reason", "inspection").code == 2
    assert audit("audit", "replay", "--protection", "--reason", "Two words", "--yes").code == 2
    assert audit("audit", "replay", "--protection", "--reason", "inspection").code == 2  # no yes
    before = ok(audit("audit", "access", "--action", "unsealed", "--json"))["total"]
    given = ("--protection", "--reason", "inspection", "--yes")
    told = ok(audit("audit", "replay", *given, "--json"))
    assert told["different"] == 0
    after = ok(audit("audit", "access", "--action", "unsealed", "--json"))["total"]
    assert after - before == len(told["judged"]) > 0
    assert "Every judgement comes out the same." in ok(audit("audit", "replay", *given))


def test_coverage_and_gaps_say_that_nothing_is_wrong(audit: Any) -> None:
    assert "Every record has its entries" in ok(audit("audit", "coverage"))
    assert ok(audit("audit", "coverage", "--json"))["problems_total"] == 0
    assert ok(audit("audit", "gaps")) == "No number ever went missing.\n"
    assert ok(audit("audit", "gaps", "--open", "--json")) == {"theirs": [], "ours": []}


def test_coverage_that_finds_something_fails_and_names_it(
    audit: Any, network: SimulatedNetwork
) -> None:
    node = network.node("tr")
    real = node.desk.audit_coverage
    wrong = {"what": "no-entry", "record": "outbox", "ref": "01a0", "detail": "it is not there"}
    node.desk.audit_coverage = lambda part, officer: {
        **real(part, officer),
        **({"problems": [wrong], "problems_total": 1} if part == "sent" else {}),
    }
    try:
        done = audit("audit", "coverage")
    finally:
        node.desk.audit_coverage = real
    assert done.code == DIFFERS
    assert "it is not there" in done.out


def test_the_report_is_a_page_that_loads_nothing_and_a_table(audit: Any, tmp_path: Path) -> None:
    page, table = tmp_path / "report.html", tmp_path / "report.csv"
    ok(audit("audit", "report", "-o", page, "-o", table))
    html = page.read_text("utf-8")
    assert "<svg" in html
    assert not re.search(r'<script|<link|@import|(src|href)="[^#]|url\((?!#)', html)
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8"))))
    assert {len(row) for row in rows} == {6}
    told = ok(audit("audit", "report", "--json"))
    volume = sum(int(row[5]) for row in rows if row[0] == "volume")
    assert volume == sum(one["count"] for one in told["volume"]) > 0
    assert audit("audit", "report").code == 2
    assert audit("audit", "report", "-o", tmp_path / "report.pdf").code == 2


def test_alarms_are_listed_shown_and_closed(
    audit: Any, relec: Relec, network: SimulatedNetwork, tmp_path: Path
) -> None:
    assert ok(audit("alarms", "list")) == "No alarm is open.\n"
    node = network.node("tr")
    alarm = Alarm("card-conflict", "pk", "Two cards of version 3", b"one\n\0two\n")
    node.journal.write(alarm_plan(node.store, [alarm], NETWORK, network.clock()))
    [line] = ok(audit("alarms", "list", "--json"))["alarms"]
    number = line["number"]
    out = tmp_path / "evidence"
    assert "Two cards of version 3" in ok(audit("alarms", "show", number, "--out", out))
    assert out.read_bytes() == b"one\n\0two\n"
    assert "one\n\ntwo" in ok(audit("alarms", "show", number))
    home, close = network.home("tr"), ("alarms", "close", number, "--reason")
    assert relec("--home", home, "--officer", OFFICER, *close, "resolved").code == 4
    assert audit(*close, "Two words").code == 2
    assert "is closed" in ok(audit(*close, "resolved-by-telephone"))
    assert audit(*close, "resolved-by-telephone").code == 6
    assert audit("alarms", "show", "999").code == 5
    assert ok(audit("alarms", "list", "--json"))["alarms"] == []
    assert f"by {AUDITOR}" in ok(audit("alarms", "list", "--all"))
    closed = ok(audit("audit", "access", "--action", "alarm_closed", "--json"))["items"]
    assert [one["why"] for one in closed] == ["resolved-by-telephone"]


PRINTED = (
    ("audit", "verify", "--all"),
    ("audit", "search", "--limit", "5"),
    ("audit", "replay"),
    ("audit", "coverage"),
    ("audit", "access"),
    ("alarms", "list", "--all"),
)


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
def test_what_auditors_read_fits_a_terminal_of_80_columns(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    home, terminal = str(network.home("tr")), Terminal()
    with redirect_stdout(terminal):
        assert run(["--home", home, "--officer", AUDITOR, *arguments]) == 0
    lines = terminal.getvalue().splitlines()
    assert lines
    assert max(map(len, lines)) <= 80


def test_reading_entries_of_a_log_is_an_access(audit: Any) -> None:
    def readings() -> int:
        return int(ok(audit("audit", "access", "--action", "audit-entries", "--json"))["total"])

    before = readings()
    ok(audit("audit", "verify", "--log", "exchange"))
    assert readings() == before + 1
    ok(audit("audit", "verify", "--log", "activity"))
    line = ok(audit("audit", "access", "--action", "audit-entries", "--json"))["items"][-1]
    assert (line["actor"], line["ref"]) == (AUDITOR, "activity")


def test_half_an_id_and_an_unknown_kind_are_no_empty_answer(audit: Any) -> None:
    half = audit("audit", "search", "--ref", "01a201f0-2665")
    assert half.code == 2
    assert "whole id" in half.err
    kind = audit("audit", "search", "--kind", "desicion")
    assert kind.code == 2
    assert "decision" in kind.err


def test_where_nothing_is_found_what_was_asked_is_repeated(audit: Any) -> None:
    said = " ".join(ok(audit("audit", "search", "--peer", "kp", "--from", "2026-07")).split())
    assert "Nothing has all of: peer=kp." in said
    assert "from 2026-07-01T00:00:00.000Z until before now" in said
    assert "action=unseald" in ok(audit("audit", "access", "--action", "unseald"))


def test_nothing_is_said_of_other_partners_than_the_one_asked_for(audit: Any) -> None:
    assert "between kp and this node" in ok(audit("audit", "gaps", "--peer", "kp"))


def test_one_message_alone_is_not_taken_for_all(audit: Any) -> None:
    said = audit("audit", "replay", "--message", "019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
    assert said.code == 2
    assert "--protection" in said.err
