"""What auditors see: every record against its entries, decisions made again, access, figures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from string import Template
from typing import Any

import pytest

from auditors import AUDITOR, auditing, enrol
from core_network import begun, life_at_risk, ping, reply, request, sent, warning
from relec_exchange.audit.entry import decode_entry, encode_entry
from relec_exchange.client import Client
from relec_exchange.client.wire import Wire
from relec_exchange.desk import auditing_coverage, auditing_search
from relec_exchange.desk.auditing_coverage import PARTS
from relec_exchange.desk.auditing_report import ReportDesk
from relec_exchange.desk.auditing_tally import Problem, Tally
from relec_exchange.desk.auditing_written import Written
from relec_exchange.desk.core import Core
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.records import AlarmRow, EntryRow, InboxRow, OutboxRow, Where
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.testing import NETWORK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, succeed
from relec_exchange.trust.officer import Act, OfficerKey
from served_nodes import served

FIRST = Template("(SELECT min(row) FROM $table WHERE cls != 'control')")
"""The oldest message of officers in a box."""

SOME_ID = "019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
LONG_AGO, FAR_AHEAD = "2020-01-01T00:00:00.000Z", "2040-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """tr and pk after warnings, a request with its reply, a refusal, a hold and a closed log."""
    with begun(tmp_path_factory.mktemp("auditors")) as made:
        for name in made.names:
            enrol(made, name)
        for _ in range(3):
            sent(made, warning(made))
        asked = request(made)
        sent(made, asked)
        made.run()
        made.open_message("pk", asked.header.message_id)
        assert made.submit(reply(made, asked))["status"] == "released"
        refused = request(made, legal_basis="his political opinions")
        assert made.submit(refused)["status"] == "refused"
        sent(made, ping(made))
        sent(made, life_at_risk(made))
        made.run()
        leaf = made.node("pk").desk.show(asked.header.message_id, "in")["leaf"]
        signature = made.key("pk", SECOND).sign(Act.KEEP, bytes.fromhex(leaf), "2026-12-31")
        held = {"message_id": asked.header.message_id, "direction": "in"}
        kept = {**held, "reason": "A complaint (simulated)", "until": "2026-12-31"}
        made.node("pk").desk.keep(kept, SECOND, signature)
        made.pass_minutes(15)
        yield made


def coverage(network: SimulatedNetwork, name: str) -> list[tuple[str, str, str]]:
    """(part, record, what) of each problem that a node finds."""
    desk = network.node(name).desk
    found = [desk.audit_coverage(part, AUDITOR) for part in PARTS]
    assert all(one["problems_total"] == len(one["problems"]) for one in found)
    return [
        (one["part"], problem["record"], problem["what"])
        for one in found
        for problem in one["problems"]
    ]


@contextmanager
def tampered(network: SimulatedNetwork, name: str, table: str, change: str) -> Iterator[None]:
    """A node whose table somebody has changed with a program of his own; then it is as before."""
    node = network.node(name)
    path: Path = node.settings.path(node.settings.paths.store)
    with closing(sqlite3.connect(path, timeout=10)) as store:
        before = store.execute(Template("SELECT * FROM $table").substitute(table=table)).fetchall()
        with store:
            done = store.execute(change.replace("$first", FIRST.substitute(table=table)))
            assert done.rowcount > 0, "this changes nothing"
        yield
        with store:
            store.execute(Template("DELETE FROM $table").substitute(table=table))
            marks = ", ".join("?" * len(before[0]))
            again = Template("INSERT INTO $table VALUES ($marks)")
            store.executemany(again.substitute(table=table, marks=marks), before)


def test_of_honest_nodes_every_record_has_its_entries_and_the_other_way_round(
    network: SimulatedNetwork,
) -> None:
    assert coverage(network, "tr") == []
    assert coverage(network, "pk") == []


def test_what_comes_while_records_are_compared_is_no_problem(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = auditing_coverage._CHECKS["sent"]
    late: list[str] = []

    def busy(core: Core, said: Written, tally: Tally) -> Iterator[Problem]:
        if len(late) < 2:
            late.append(sent(network, warning(network)))
        return compare(core, said, tally)

    monkeypatch.setitem(auditing_coverage._CHECKS, "sent", busy)
    assert coverage(network, "tr") == []
    assert len(late) == 2


ATTACKS = [
    ("tr", "outbox", "DELETE FROM outbox WHERE row = $first", "sent", "no-record"),
    ("tr", "outbox", "UPDATE outbox SET recipient = 'iq' WHERE row = $first", "sent", "differs"),
    ("tr", "outbox", "UPDATE outbox SET seq = 77 WHERE row = $first", "sent", "differs"),
    ("tr", "outbox", "UPDATE outbox SET leaf_index = 9999 WHERE row = $first", "sent", "no-entry"),
    ("tr", "outbox", "UPDATE outbox SET submitted_by = 'node' WHERE row = $first", "sent", None),
    (
        "tr",
        "outbox",
        "UPDATE outbox SET wire_code = 'rejected-schema' WHERE row = $first",
        "receipts",
        "differs",
    ),
    (
        "tr",
        "outbox",
        "UPDATE outbox SET content = zeroblob(200) WHERE row = $first",
        "contents",
        "does-not-open",
    ),
    ("tr", "outbox", "UPDATE outbox SET key_id = 'gone' WHERE row = $first", "contents", "no-key"),
    (
        "tr",
        "outbox",
        "UPDATE outbox SET erased_at = '2020-01-01T00:00:00.000Z' WHERE row = $first",
        "contents",
        "key-left",
    ),
    ("pk", "inbox", "DELETE FROM inbox WHERE row = $first", "received", "no-record"),
    ("pk", "inbox", "UPDATE inbox SET sender = 'iq' WHERE row = $first", "received", "differs"),
    (
        "pk",
        "inbox",
        "UPDATE inbox SET leaf = zeroblob(32) WHERE row = $first",
        "received",
        "no-entry",
    ),
    (
        "pk",
        "inbox",
        "UPDATE inbox SET opened_by = 'nobody' WHERE row = $first",
        "received",
        "no-entry",
    ),
    (
        "pk",
        "inbox",
        "UPDATE inbox SET content = (SELECT content FROM inbox WHERE row = $first + 1)"
        " WHERE row = $first",
        "contents",
        "does-not-open",
    ),
    ("tr", "receipt", "DELETE FROM receipt", "receipts", "no-record"),
    ("tr", "receipt", "UPDATE receipt SET at = '2026-01-01T00:00:00.000Z'", "receipts", "differs"),
    (
        "tr",
        "received_content",
        "UPDATE received_content SET content = zeroblob(99)",
        "receipts",
        "no-record",
    ),
    ("tr", "received_content", "DELETE FROM received_content", "receipts", "no-record"),
    ("pk", "accepted", "DELETE FROM accepted WHERE cls = 'ordinary'", "proofs", "no-record"),
    ("pk", "accepted", "UPDATE accepted SET path = zeroblob(length(path))", "proofs", "not-proven"),
    ("pk", "accepted", "UPDATE accepted SET message_id = row_id", "proofs", "differs"),
    (
        "pk",
        "accepted",
        "UPDATE accepted SET outcome = 'stale' WHERE cls = 'ordinary'",
        "proofs",
        "differs",
    ),
    (
        "pk",
        "accepted_checkpoint",
        "UPDATE accepted_checkpoint SET root = zeroblob(32)",
        "proofs",
        "not-proven",
    ),
    ("pk", "chain", "UPDATE chain SET highest = 0, missing = '[]'", "chains", "differs"),
    ("tr", "act", "UPDATE act SET signature = zeroblob(64)", "acts", "no-entry"),
    ("tr", "act", "DELETE FROM act WHERE row IN (SELECT min(row) FROM act)", "acts", "no-record"),
    ("tr", "judgement", "DELETE FROM judgement", "contents", "no-record"),
    ("pk", "judgement", "DELETE FROM judgement", "contents", "no-record"),
    ("pk", "accepted_checkpoint", "DELETE FROM accepted_checkpoint", "proofs", "not-proven"),
    ("tr", "officer", "DELETE FROM officer WHERE name = 'second'", "acts", "no-record"),
    ("tr", "officer", "UPDATE officer SET name = 'mallory'", "acts", "no-entry"),
    ("pk", "legal_hold", "UPDATE legal_hold SET officer = 'mallory'", "acts", "no-entry"),
    ("pk", "legal_hold", "UPDATE legal_hold SET content = zeroblob(80)", "contents", None),
    ("pk", "judgement", "UPDATE judgement SET content = zeroblob(80)", "contents", None),
    ("tr", "note", "DELETE FROM note WHERE kind = 'agreement'", "notes", "no-record"),
    ("tr", "note", "UPDATE note SET note = x'00' WHERE kind = 'card'", "notes", "differs"),
]


@pytest.mark.parametrize(
    ("name", "table", "change", "part", "what"),
    ATTACKS,
    ids=[f"{one[1]}-{n}" for n, one in enumerate(ATTACKS)],
)
def test_whichever_record_is_changed_coverage_says_which_kind(
    network: SimulatedNetwork, name: str, table: str, change: str, part: str, what: str | None
) -> None:
    change = change.replace("row_id", "'01a19b45-b853-7d1f-8635-' || substr(hex(leaf), 1, 12)")
    with tampered(network, name, table, change):
        found = coverage(network, name)
    expected = {part} if what is None else {(part, what)}
    assert expected <= ({one[0] for one in found} | {(one[0], one[2]) for one in found}), found
    assert coverage(network, name) == []


def test_an_alarm_that_is_removed_or_never_was_is_found(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    alarm = Alarm("card-conflict", "pk", "", b"one\0two")
    node.journal.write(alarm_plan(node.store, [alarm], NETWORK, network.clock()))
    assert coverage(network, "tr") == []
    with tampered(network, "tr", "alarm", "DELETE FROM alarm"):
        assert coverage(network, "tr") == [("notes", "alarm", "no-record")]
    with tampered(network, "tr", "alarm", "UPDATE alarm SET closed_at = 'x', closed_by = 'me'"):
        assert coverage(network, "tr") == [("notes", "alarm", "differs")]
    node.desk.close_alarm(node.store.rows(AlarmRow)[0].row, "resolved", AUDITOR)
    assert coverage(network, "tr") == []
    with pytest.raises(Conflict):
        node.desk.close_alarm(node.store.rows(AlarmRow)[0].row, "resolved", AUDITOR)
    assert node.desk.info()["alarms"] == 0


def test_every_decision_comes_out_again_and_one_that_was_changed_is_named(
    network: SimulatedNetwork,
) -> None:
    node = network.node("pk")
    told = node.desk.audit_replay("activity", 0, AUDITOR)
    assert told["decisions"] == told["same"] + told["not_asked"] > 5
    assert told["different"] == 0
    rows = node.store.rows(EntryRow, Where("kind", "=", "decision"), order="idx")
    row = next(one for one in rows if decode_entry(one.data)["type"] == "info.request")
    entry = {**decode_entry(row.data), "purpose": "prevention"}
    change = Template("UPDATE entry SET data = x'$data' WHERE origin = '$origin' AND idx = $index")
    values = {"data": encode_entry(entry).hex(), "origin": row.origin, "index": row.idx}
    with tampered(network, "pk", "entry", change.substitute(values)):
        found = node.desk.audit_replay("activity", 0, AUDITOR)
    assert found["different"] == 1
    [difference] = found["differences"]
    assert (difference["origin"], difference["index"]) == (row.origin, row.idx)


def test_judging_again_needs_a_reason_that_is_logged_and_tells_no_content(
    network: SimulatedNetwork,
) -> None:
    desk = network.node("tr").desk
    judged = [one for one in desk.judgements(0, 500, AUDITOR)["items"] if one["content"]]
    ident = next(one["message_id"] for one in judged if one["direction"] == "out")
    given = {"message_id": ident, "direction": "out", "reason": "inspection"}
    told = desk.unseal(given, AUDITOR)
    assert told["same"]
    assert set(told) == {
        *("message_id", "direction", "at", "outcome", "now", "same", "rules_changed")
    }
    [line] = desk.audit_access({"action": "unsealed", "limit": 9}, AUDITOR)["items"]
    assert (line["actor"], line["ref"], line["why"]) == (AUDITOR, ident, "inspection")
    change = "UPDATE outbox SET erased_at = '2020-01-01T00:00:00.000Z'"
    with tampered(network, "tr", "outbox", change), pytest.raises(NotFound):
        desk.unseal(given, AUDITOR)
    assert desk.audit_access({"action": "unsealed", "limit": 9}, AUDITOR)["total"] == 1


def search(network: SimulatedNetwork, name: str = "pk", **filters: Any) -> list[dict[str, Any]]:
    """All that a search finds, in pages of seven."""
    desk, found, after = network.node(name).desk, [], ""
    while True:
        page = desk.audit_search({**filters, "after": after, "limit": 7}, AUDITOR)
        found += page["items"]
        if not page["next"]:
            return found
        after = page["next"]


def test_a_search_finds_by_peer_type_area_actor_outcome_and_reference(
    network: SimulatedNetwork,
) -> None:
    [asked] = network.node("pk").store.rows(InboxRow, Where("type", "=", "info.request"))
    about = search(network, ref=asked.message_id)
    kinds = [one["kind"] for one in about]
    assert {"decision", "received", "opened_message", "kept", "sent"} <= set(kinds)
    times = [one["time"] for one in about]
    assert times == sorted(times)
    assert {one["type"] for one in search(network, type="info.request")} == {"info.request"}
    assert all(one["peer"] == "tr" for one in search(network, peer="tr"))
    assert search(network, peer="iq") == []
    opened = search(network, kind="opened_message", area="migrant_smuggling")
    assert [one["actor"] for one in opened] == [OFFICER]
    refused = search(network, "tr", kind="decision", outcome="refused")
    assert [one["rule"] for one in refused] == ["protection"]
    assert search(network, actor=OFFICER, until=LONG_AGO) == []
    everything = search(network, since=LONG_AGO)
    state = network.node("pk").journal.state
    pages = -(-len(everything) // 7)
    assert state.exchange.size + state.activity.size - len(everything) in range(pages + 2)


def test_a_search_that_looks_at_few_entries_in_a_call_finds_the_same(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = {"peer": "tr", "until": FAR_AHEAD}
    found = [(one["origin"], one["index"]) for one in search(network, **filters)]
    monkeypatch.setattr(auditing_search, "SCANNED_MAX", 6)
    monkeypatch.setattr(auditing_search, "CHUNK", 4)
    assert [(one["origin"], one["index"]) for one in search(network, **filters)] == found
    assert len(found) > 20


def test_a_search_names_messages_in_the_log_and_no_other_reference(
    network: SimulatedNetwork,
) -> None:
    desk = network.node("tr").desk
    ident = network.node("tr").store.rows(OutboxRow, order="-row", limit=1)[0].message_id
    for ref in ("Case of a person (simulated)", ident):
        desk.audit_search({"ref": ref, "limit": 1}, AUDITOR)
    logged = desk.audit_access({"action": "audit-search", "limit": 2}, AUDITOR)["items"]
    assert [one["ref"] for one in logged] == ["", ident]
    with pytest.raises(InvalidInput):
        desk.audit_search({"after": "nonsense", "limit": 1}, AUDITOR)


def test_who_gave_a_message_as_evidence_is_found_with_it_and_why(
    network: SimulatedNetwork,
) -> None:
    desk = network.node("pk").desk
    ident = desk.inbox({"after": 0, "limit": 1, "peer": "tr"})["items"][0]["message_id"]
    desk.evidence_bundle(ident, "in", AUDITOR, "case-17")
    found = search(network, ref=ident, actor=AUDITOR)
    given = [one for one in found if one["entry"].get("action") == "evidence"]
    assert [(one["peer"], one["ref"]) for one in given] == [("tr", f"{ident}/case-17")]
    line = desk.audit_access({"action": "evidence", "limit": 1}, AUDITOR)["items"][0]
    assert (line["actor"], line["ref"], line["why"]) == (AUDITOR, ident, "case-17")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "erased", "subject": f"tr/{SOME_ID}"}, SOME_ID),
        ({"kind": "access", "ref": f"{SOME_ID}/case-17"}, SOME_ID),
        ({"kind": "sent", "id": SOME_ID}, SOME_ID),
        ({"kind": "adopted", "ref": "sha256/2b73fe19abfb9e01/signed/pk.tr"}, ""),
        ({"kind": "anchored"}, ""),
    ],
)
def test_a_search_knows_which_message_an_entry_is_about(
    entry: dict[str, Any], message: str
) -> None:
    assert auditing_search.message_of(entry) == message


def test_the_figures_of_a_period_are_those_of_the_boxes(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    told = node.desk.audit_report(LONG_AGO, FAR_AHEAD, AUDITOR)
    officers = Where("cls", "!=", str(MessageClass.CONTROL))
    out = node.store.rows(OutboxRow, officers, Where("sent_at", "!=", ""), blobs=False)
    assert sum(v["count"] for v in told["volume"] if v["direction"] == "out") == len(out)
    assert sum(v["count"] for v in told["volume"] if v["direction"] == "in") == node.store.count(
        InboxRow, officers
    )
    due = {(v["direction"], v["type"], v["outcome"]): v["count"] for v in told["deadlines"]}
    assert due["out", "info.request", "in-time"] == 1
    assert told["witnessing"]["entries"] > 10
    assert node.desk.audit_report(LONG_AGO, LONG_AGO, AUDITOR)["volume"] == []


def test_no_figure_tells_what_the_protection_rules_decided(network: SimulatedNetwork) -> None:
    assert search(network, "tr", kind="decision", rule="protection") != []
    for name in network.names:
        told = ReportDesk(network.node(name).desk.core).report(LONG_AGO, FAR_AHEAD, AUDITOR)
        assert not [one for one in told["refusals"] if one["rule"] == "protection"]
        assert "held" not in str(told["refusals"])


def test_no_figure_tells_what_the_protection_desk_did(network: SimulatedNetwork) -> None:
    core = network.node("tr").desk.core
    report = ReportDesk(core).report
    before = report(LONG_AGO, FAR_AHEAD, AUDITOR)["access"]
    for action in ("holds-list", "hold", "register-list", "register-add", "register-end", "replay"):
        core.log_access(OFFICER, action)
        assert search(network, "tr", kind="access", actor=OFFICER) != []
    counts = {one["action"]: one["count"] for one in before}
    after = {one["action"]: one["count"] for one in report(LONG_AGO, FAR_AHEAD, AUDITOR)["access"]}
    assert after.keys() - counts.keys() <= {"audit-report", "audit-search"}


def test_every_call_of_auditors_is_refused_to_everybody_else_and_that_is_logged_once_a_minute(
    network: SimulatedNetwork,
) -> None:
    paths = ("search", "replay", "judgements", "gaps", "coverage", "access", "report")
    with served(network, "tr"):
        socket = network.home("tr") / "run" / "node.sock"
        own = Wire(socket, OFFICER, network.key("tr"), clock=network.clock)
        other = Wire(socket, OFFICER, OfficerKey.generate(bytes), clock=network.clock)
        stranger = Wire(socket, "mallory", network.key("tr"), clock=network.clock)
        for wire in (own, other, stranger):
            for path in paths:
                with pytest.raises(NotAuthorised):
                    wire.get(f"/v1/auditing/{path}")
            with pytest.raises(NotAuthorised):
                wire.post("/v1/alarms/1/close", {"reason": "resolved"})
        told = network.node("tr").desk.audit_access({"action": "denied", "limit": 99}, AUDITOR)
        network.clock.forward(minutes=1)
        with pytest.raises(NotAuthorised):
            own.get("/v1/auditing/gaps")
        for wire in (own, other, stranger):
            wire.close()
    later = network.node("tr").desk.audit_access({"action": "denied", "limit": 99}, AUDITOR)
    assert later["total"] == told["total"] + 1
    seen = sorted((one["actor"], one["why"]) for one in told["items"])
    assert seen == [(OFFICER, "role"), (OFFICER, "signature"), ("nobody", "officer")]


def test_an_auditor_reads_all_of_it_through_the_local_api(
    tmp_path: Path,
) -> None:
    with begun(tmp_path) as fresh:
        sent(fresh, warning(fresh))
        fresh.run()
        with auditing(fresh, "tr") as client:
            assert_all_answers(client)


def assert_all_answers(client: Client) -> None:
    found = client.auditing.search({"type": "warning.notice"}, limit=50)
    assert {"sent", "decision", "submitted"} <= {one["kind"] for one in found["items"]}
    assert found["next"] is None
    [page] = client.auditing.replay()
    assert page["different"] == 0
    [line] = [one for one in client.auditing.judgements() if one["direction"] == "out"]
    assert client.auditing.unseal(line["message_id"], "out", "inspection")["same"]
    assert client.auditing.gaps() == {"theirs": [], "ours": []}
    assert sum(part["problems_total"] for part in client.auditing.coverage()) == 0
    assert client.auditing.access({}, 10)["total"] > 3
    assert client.auditing.report(LONG_AGO, FAR_AHEAD)["volume"][0]["count"] == 1
    assert client.auditing.alarms() == []
    with pytest.raises(NotFound):
        client.auditing.alarm(7)
    with pytest.raises(InvalidInput):
        client.auditing.close_alarm(1, "A sentence about somebody")


def test_a_closed_log_is_searched_and_compared_like_the_one_that_is_written(
    tmp_path: Path,
) -> None:
    with begun(tmp_path) as fresh:
        enrol(fresh, "tr")
        first = sent(fresh, warning(fresh))
        fresh.run()
        for log in ("exchange", "activity"):
            succeed(fresh, "tr", log)
        announce(fresh, "tr")
        fresh.pass_minutes(3)
        second = sent(fresh, warning(fresh))
        fresh.pass_minutes(3)
        assert coverage(fresh, "tr") == []
        for ident, number in ((first, 1), (second, 2)):
            [entry] = search(fresh, "tr", ref=ident, kind="sent", type="warning.notice")
            assert entry["origin"].endswith(f"exchange/{number}")
        old = fresh.node("tr").desk.audit_replay("activity-1", 0, AUDITOR)
        new = fresh.node("tr").desk.audit_replay("activity", 0, AUDITOR)
        assert old["different"] == new["different"] == 0
        assert (old["decisions"], new["decisions"]) == (1, 1)
        with pytest.raises(InvalidInput):
            fresh.node("tr").desk.audit_replay("activity-9", 0, AUDITOR)


def test_a_number_that_was_withheld_shows_at_both_ends_with_how_it_ended(tmp_path: Path) -> None:
    with begun(tmp_path) as fresh:
        for name in fresh.names:
            enrol(fresh, name)
        honest = fresh.hub.interfere
        fresh.hub.interfere = lambda sender, item: (
            [] if item.message_class == MessageClass.ORDINARY else [item.envelope]
        )
        ident = sent(fresh, warning(fresh))
        fresh.run()
        fresh.pass_minutes(4)
        gaps = {name: fresh.node(name).desk.audit_gaps(AUDITOR) for name in fresh.names}
        [theirs], [ours] = gaps["pk"]["theirs"], gaps["tr"]["ours"]
        assert (theirs["peer"], theirs["first"], theirs["ended"]) == ("tr", 1, {"missing": 1})
        assert theirs["asks"] > 0
        assert (ours["message_id"], ours["number"], ours["ended"]) == (ident, 1, "missing")
        fresh.hub.interfere = honest
        fresh.pass_minutes(6)
        [theirs] = fresh.node("pk").desk.audit_gaps(AUDITOR)["theirs"]
        [ours] = fresh.node("tr").desk.audit_gaps(AUDITOR)["ours"]
        assert (theirs["ended"], ours["ended"]) == ({"arrived": 1}, "arrived")
        assert theirs["closed_at"] >= theirs["arrived_at"] > theirs["since"]
        assert ours["resent"] >= 1
