"""Commands that talk to a node: send, read, answer, audit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from commands import Relec, Tr
from memory_node import MemoryNode, now

from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.document import parse_message
from relec_exchange.message.identifiers import message_id
from relec_exchange.trust.card import parse_card

IQ = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)


def incoming(node: MemoryNode, type_name: str, body: dict[str, object], **header: object) -> str:
    draft = Draft(type_name, "tr", body, header)
    raw = composed(draft, IQ, message_id(now(), os.urandom(10)), now()).raw
    return str(node.deliver(raw)["message_id"])


def sent(node: MemoryNode) -> list[dict[str, object]]:
    """Header and body of everything that was submitted."""
    parsed = [parse_message(line["raw"]) for line in node.out.values()]
    return [
        {
            "header": one.header.model_dump(mode="json", by_alias=True, exclude_none=True),
            "body": one.body.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        for one in parsed
    ]


# ---- sending


def test_a_ping_is_sent_after_showing_who_gets_it(tr: Tr, node: MemoryNode) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--text", "hello", "--yes")
    assert done.code == 0, done.err
    assert done.out.index("allowed") < done.out.index("Sent")
    [message] = sent(node)
    assert message["body"] == {"text": "hello"}
    [line] = node.out.values()
    assert line["state"] == "released"


def test_without_a_yes_nothing_is_sent(tr: Tr, node: MemoryNode) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq")
    assert (done.code, node.out) == (2, {})
    assert "--yes" in done.err
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--dry-run", "--json")
    assert (done.code, node.out) == (0, {})
    assert done.json()["recipients"][0]["recipient"] == "iq"


@pytest.mark.parametrize("to", [(), ("--to", ""), ("--to", " , ")])
def test_an_empty_list_of_recipients_is_refused(
    tr: Tr, node: MemoryNode, to: tuple[str, ...]
) -> None:
    done = tr("deniz", "send", "test.ping", *to, "--yes", "--json")
    assert (done.code, done.error()["field"], node.out) == (2, "to", {})


def test_a_refused_recipient_ends_with_3_and_names_the_rule_and_the_phone(
    tr: Tr, node: MemoryNode
) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "pk,iq", "--yes", "--json")
    assert done.code == 3
    by_node = {one["recipient"]: one for one in done.json()["sent"]}
    assert by_node["pk"]["error"]["rule"] == "no-agreement"
    assert by_node["iq"]["status"] == "released"


def test_a_warning_of_lives_at_risk_is_complete_from_its_flags(tr: Tr, node: MemoryNode) -> None:
    done = tr(
        *("deniz", "send", "warning.life_at_risk", "--to", "iq", "--yes"),
        *("--place", "12 nm south of Bodrum", "--lat", "36.83", "--lon", "27.41"),
        *("--persons", "30", "--children", "6", "--craft", "rubber_boat"),
        *("--condition", "engine failed", "--authority", "MRCC, 17:40"),
    )
    assert done.code == 0, done.err
    [message] = sent(node)
    header, body = message["header"], message["body"]
    assert (header["urgency"], header["purpose"]) == ("flash", "rescue_only")
    assert body["persons"] == {"estimated": 30, "children": 6}
    assert body["place"]["position"] == {"lat": 36.83, "lon": 27.41}


def test_a_notice_and_a_request_are_complete_from_their_flags(tr: Tr, node: MemoryNode) -> None:
    done = tr(
        *("deniz", "send", "warning.notice", "--to", "iq", "--yes", "--kind", "new_route"),
        *("--country", "TR", "--place", "Van", "--what", "Groups walk at night."),
        *("--source-grade", "B", "--info-grade", "2", "--handling", "H1,H2"),
    )
    assert done.code == 0, done.err
    done = tr(
        *("deniz", "send", "info.request", "--to", "iq", "--yes", "--question", "Registered?"),
        *("--why", "It was left at the border", "--reasons", "Case 117"),
        *("--object", "vehicle:06ABC123", "--person", "محمد", "--script", "Arab"),
    )
    assert done.code == 0, done.err
    notice, request = sent(node)
    assert notice["header"]["handling"] == ["H1", "H2"]
    assert request["body"]["objects"] == [{"kind": "vehicle", "identifier": "06ABC123"}]
    assert request["body"]["persons"][0]["names"][0]["script"] == "Arab"


@pytest.mark.parametrize("form", ["toml", "json"])
def test_a_message_file_is_sent(tr: Tr, node: MemoryNode, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"message.{form}"
    if form == "toml":
        file.write_text(
            'type = "warning.notice"\nto = ["iq"]\n[header]\nsource_grade = "A"\n'
            'info_grade = "1"\n[body]\nkind = "surge"\nwhat = "Many"\n'
            '[body.where]\ncountry = "TR"\n[body.when]\nfrom = 2026-11-20\nto = 2026-11-21\n'
        )
    else:
        body = {"text": "from a file"}
        file.write_text(json.dumps({"type": "test.ping", "to": "iq", "body": body}))
    done = tr("deniz", "send", file, "--yes")
    assert done.code == 0, done.err
    assert len(node.out) == 1


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("a.json", "{", "file"),
        ("a.json", "[]", "file"),
        ("a.json", '{"type": "test.ping"}', "body"),
        ("a.json", '{"type": "test.ping", "body": {}, "extra": 1}', "extra"),
        ("a.json", '{"type": "test.ping", "to": 7, "body": {}}', "to"),
        ("a.toml", "type = ", "file"),
        ("a.json", '{"a": 1, "a": 2}', "file"),
    ],
)
def test_a_bad_message_file_names_what_is_wrong(
    tr: Tr, tmp_path: Path, name: str, text: str, field: str
) -> None:
    (tmp_path / name).write_text(text)
    done = tr("deniz", "send", tmp_path / name, "--to", "iq", "--yes", "--json")
    assert (done.code, done.error()["field"]) == (2, field)


def test_a_value_that_breaks_a_rule_is_told_before_anything_is_sent(
    tr: Tr, node: MemoryNode
) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--text", "x" * 201, "--yes", "--json")
    assert (done.code, done.error()["field"], node.out) == (2, "body.text", {})


def test_what_one_officer_submits_another_releases(tr: Tr, node: MemoryNode) -> None:
    done = tr("ayse", "send", "test.ping", "--to", "iq", "--yes", "--json")
    [one] = done.json()["sent"]
    assert one["status"] == "submitted"
    assert tr("ayse", "release", one["message_id"], "--yes").code == 4
    done = tr("bora", "release", one["message_id"], "--yes", "--json")
    assert done.json()["sent"][0]["status"] == "released"


def test_waiting_tells_what_the_recipient_said(tr: Tr, node: MemoryNode) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--yes", "--wait", "0.01", "--json")
    assert done.json()["sent"][0]["state"] == "released"


# ---- reading and answering


def test_the_inbox_lists_without_content_and_show_opens(tr: Tr, node: MemoryNode) -> None:
    known = incoming(node, "test.ping", {"text": "merhaba"})
    listed = tr("ayse", "inbox")
    assert known in listed.out.replace("\n", "")
    assert "merhaba" not in listed.out
    assert tr("ayse", "inbox", "--json", "--peer", "iq").json()["items"][0]["message_id"] == known
    assert tr("ayse", "inbox", "--json", "--peer", "pk").json()["items"] == []
    closed = tr("ayse", "show", known)
    assert "merhaba" not in closed.out
    opened = tr("ayse", "show", known, "--open")
    assert "text: merhaba" in opened.out


def test_a_refused_line_feed_or_escape_never_reaches_the_terminal(tr: Tr, node: MemoryNode) -> None:
    listed = tr("audit", "quarantine")
    assert listed.code == 0, listed.err
    assert "\x1b" not in listed.out
    assert "\u202e" not in listed.out
    assert "<U+001B>[31mred<U+202E>" in listed.out.replace("\n", "")
    as_json = tr("audit", "quarantine", "--json", "--reason", "unseal")
    assert "\x1b" not in as_json.out
    assert as_json.json()["items"][0]["detail"] == "\x1b[31mred\u202e"


def test_a_warning_is_acknowledged_with_its_purpose(tr: Tr, node: MemoryNode) -> None:
    body = {
        "place": {"text": "at sea"},
        "time": "2026-11-21T17:30:00.000Z",
        "craft": {"kind": "boat"},
        "persons": {},
        "condition": "unknown",
        "authority_contacted": "MRCC",
    }
    known = incoming(node, "warning.life_at_risk", body)
    done = tr("deniz", "ack", known, "--action", "Boat sent", "--passed-to", "Coast guard")
    assert done.code == 0, done.err
    [message] = sent(node)
    assert message["header"]["in_reply_to"] == known
    assert message["header"]["purpose"] == "rescue_only"
    assert message["body"]["passed_to"] == ["Coast guard"]


def test_a_request_is_answered_or_nothing_can_be_provided(tr: Tr, node: MemoryNode) -> None:
    body = {"questions": [{"number": 1, "text": "x?", "why": "y"}], "reasons": "z"}
    known = incoming(node, "info.request", body)
    done = tr(
        *("deniz", "reply", known, "--answer", "1=Yes", "--source-grade", "A"),
        *("--info-grade", "1", "--handling", "H1"),
    )
    assert done.code == 0, done.err
    assert tr("deniz", "reply", known, "--nothing").code == 0
    [full] = sent(node)
    assert full["body"]["answers"][0]["handling"] == ["H1"]
    assert node.received[known]["closed_by"] == "deniz"  # the node writes the answer


@pytest.mark.parametrize(
    "arguments", [(), ("--nothing", "--answer", "1=x"), ("--answer", "yes"), ("--answer", "a=b")]
)
def test_a_reply_that_says_nothing_or_two_things_is_refused(
    tr, node: MemoryNode, arguments
) -> None:
    done = tr("deniz", "reply", message_id(now(), os.urandom(10)), *arguments, "--json")
    assert (done.code, done.error()["field"]) == (2, "answer")


def test_contacts_and_outbox_are_listed(tr: Tr, node: MemoryNode) -> None:
    tr("deniz", "send", "test.ping", "--to", "iq", "--yes")
    assert "+90 312 000 000" in tr("ayse", "contacts").out
    assert len(tr("ayse", "outbox", "--json", "--peer", "iq").json()["items"]) == 1


def test_an_unknown_message_is_exit_code_5(tr: Tr, node: MemoryNode) -> None:
    assert tr("ayse", "show", message_id(now(), os.urandom(10))).code == 5


# ---- importing


def test_a_file_is_imported_once_however_often_it_is_tried(tr: Tr, node: MemoryNode) -> None:
    root = Path(__file__).parents[3]
    data = root / "tests" / "data" / "import"
    mapping = root / "config" / "import" / "incidents.toml"
    [file, *_] = sorted(data.glob("*incidents*.csv"))
    asked = ("import", file, "--mapping", mapping, "--to", "iq", "--json")
    dry = tr("deniz", *asked, "--dry-run")
    plan = dry.json()
    assert (node.out, plan["messages"] > 0) == ({}, True)
    first = tr("deniz", *asked, "--yes", "--good-rows").json()["sent"]
    again = tr("deniz", *asked, "--yes", "--good-rows").json()["sent"]
    assert first == {"sent": plan["messages"], "sent_before": 0, "refused": 0}
    assert again == {"sent": 0, "sent_before": plan["messages"], "refused": 0}
    assert len(node.out) == plan["messages"]


def test_a_file_with_bad_rows_sends_nothing_unless_told_to(
    tr, node: MemoryNode, tmp_path: Path
) -> None:
    root = Path(__file__).parents[3]
    mapping = root / "config" / "import" / "incidents.toml"
    [file, *_] = sorted((root / "tests" / "data" / "import").glob("*incidents*.csv"))
    lines = file.read_text().splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([*lines[:3], "x" + lines[3]]) + "\n")
    done = tr("deniz", "import", bad, "--mapping", mapping, "--to", "iq", "--yes")
    assert (done.code, node.out) == (2, {})
    assert "line" in done.out


def figures(pk: int, iq: int) -> str:
    return (
        "month,route,border_type,citizenship,detections\n"
        f"2024-01,Route,Sea,PAK,{pk}\n2024-02,Route,Sea,PAK,30\n2024-01,Route,Sea,IRQ,{iq}\n"
    )


def test_a_file_that_changed_is_corrected_by_the_next_revision_and_nothing_is_doubled(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    mapping = Path(__file__).parents[3] / "config" / "import" / "detections.toml"
    file = tmp_path / "figures.csv"
    asked = ("import", file, "--mapping", mapping, "--to", "iq", "--json")
    file.write_text(figures(10, 20))
    assert tr("deniz", *asked, "--yes").json()["new"] == 2
    file.write_text(figures(11, 20))
    dry = tr("deniz", *asked, "--dry-run").json()
    assert (dry["new"], dry["changed"], dry["unchanged"]) == (0, 1, 1)
    [change] = dry["changes"]
    assert (change["reference"], change["revision"]) == ("detections/PK 2024-Q1/part 1", 2)
    done = tr("deniz", *asked, "--yes").json()
    assert done["sent"] == {"sent": 1, "sent_before": 1, "refused": 0}
    *_, last = sent(node)
    assert last["body"]["revision"] == 2
    assert last["header"]["supersedes"] == change["supersedes"]
    [first] = [one for one in node.out if one == change["supersedes"]]
    assert parse_message(node.out[first]["raw"]).body.reporting_country == "PK"


def test_small_figures_never_leave_and_stay_out_of_later_revisions(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    mapping = Path(__file__).parents[3] / "config" / "import" / "detections.toml"
    file = tmp_path / "figures.csv"
    asked = ("import", file, "--mapping", mapping, "--to", "iq", "--json")
    file.write_text(figures(3, 20))
    assert tr("deniz", *asked, "--dry-run").json()["suppressed"] == 1
    assert tr("deniz", *asked, "--yes").json()["suppressed"] == 1
    file.write_text(figures(300, 20))
    tr("deniz", *asked, "--yes")
    rows = [row for one in sent(node) for row in one["body"]["rows"]]
    months = [row for row in rows if (row["citizenship"], row["month"]) == ("PAK", "2024-01")]
    assert [(row["suppressed"], row.get("value")) for row in months] == [(True, None)] * 2


def test_a_workbook_is_imported_like_a_text_file(tr: Tr, node: MemoryNode, tmp_path: Path) -> None:
    from openpyxl import Workbook

    mapping = Path(__file__).parents[3] / "config" / "import" / "detections.toml"
    book = Workbook()
    for line in figures(10, 20).splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "figures.xlsx")
    asked = ("import", tmp_path / "figures.xlsx", "--mapping", mapping, "--to", "iq", "--json")
    assert tr("deniz", *asked, "--yes").json()["sent"]["sent"] == 2
    (tmp_path / "figures.csv").write_text(figures(10, 20))
    asked = ("import", tmp_path / "figures.csv", "--mapping", mapping, "--to", "iq", "--json")
    assert tr("deniz", *asked, "--yes").json()["sent"]["sent_before"] == 2


# ---- audit


def test_a_whole_log_is_verified_from_its_entries(tr: Tr, node: MemoryNode) -> None:
    for _ in range(3):
        tr("deniz", "send", "test.ping", "--to", "iq", "--yes")
    done = tr("audit", "audit", "verify", "--json")
    assert done.code == 0, done.err
    assert done.json()["kinds"] == {"opened": 1, "sent": 3}
    assert tr("audit", "audit", "verify", "--log", "activity").code == 0
    assert tr("ayse", "audit", "verify").code == 4


def test_an_entry_changed_in_the_store_is_noticed(tr: Tr, node: MemoryNode) -> None:
    tr("deniz", "send", "test.ping", "--to", "iq", "--yes")
    entries = node.logs["exchange"].entries
    entries[1] = entries[1].replace(b'"to":"iq"', b'"to":"pk"')
    done = tr("audit", "audit", "verify", "--json")
    assert (done.code, done.error()["code"]) == (10, "unverified")


def test_entries_that_are_left_out_are_noticed(tr: Tr, node: MemoryNode) -> None:
    tr("deniz", "send", "test.ping", "--to", "iq", "--yes")
    node.logs["exchange"].entries.pop()
    assert tr("audit", "audit", "verify").code == 9


def test_a_checkpoint_of_another_key_is_noticed(tr: Tr, node: MemoryNode) -> None:
    node.logs["exchange"].checkpoint = node.logs["activity"].checkpoint  # type: ignore[method-assign]
    assert tr("audit", "audit", "verify").code == 10


def test_entries_are_shown(tr: Tr, node: MemoryNode) -> None:
    shown = tr("audit", "audit", "show")
    assert "opened" in shown.out
    assert tr("audit", "audit", "show", "--json").json()["entries"][0]["index"] == 0


def test_a_message_is_proven_and_anybody_can_check_it(
    tr, relec: Relec, node: MemoryNode, tmp_path: Path
) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--yes", "--json")
    known = done.json()["sent"][0]["message_id"]
    assert tr("audit", "audit", "prove", known, "--out", tmp_path).code == 0
    proof = tmp_path / f"{known}.tlog-proof"
    nowhere = ("--home", tmp_path)
    done = relec("audit", "check", proof, *nowhere, "--json")
    assert (done.code, done.error()["field"]) == (2, "fingerprint")
    fingerprint = node.directory.authority("tr").fingerprint()
    compared = ("--fingerprint", fingerprint)
    done = relec("audit", "check", proof, *nowhere, *compared, "--json")
    assert done.code == 0, done.err
    assert done.json()["entry"]["id"] == known
    assert relec("audit", "check", proof, *nowhere, "--fingerprint", "0" * 64).code == 2
    entry = tmp_path / f"{known}.entry"
    entry.write_bytes(entry.read_bytes().replace(b'"seq":1', b'"seq":2'))
    assert relec("audit", "check", proof, *nowhere, *compared).code == 10


def test_a_proof_cut_or_changed_anywhere_is_refused(
    tr, relec: Relec, node: MemoryNode, tmp_path: Path
) -> None:
    done = tr("deniz", "send", "test.ping", "--to", "iq", "--yes", "--json")
    known = done.json()["sent"][0]["message_id"]
    tr("audit", "audit", "prove", known, "--out", tmp_path)
    proof = tmp_path / f"{known}.tlog-proof"
    data = proof.read_bytes()
    compared = ("--home", tmp_path, "--fingerprint", node.directory.authority("tr").fingerprint())
    for position in range(0, len(data), 499):
        changed = bytes([data[position] ^ 1])
        proof.write_bytes(data[:position] + changed + data[position + 1 :])
        assert relec("audit", "check", proof, *compared).code in (2, 5, 10), position
    proof.write_bytes(data[: len(data) // 2])
    assert relec("audit", "check", proof, *compared).code == 10


# ---- trust through a running node


def test_cards_officers_and_agreements_go_through_the_running_node(tr, node: MemoryNode) -> None:
    listed = tr("security", "officer", "list", "--json").json()
    assert {one["name"] for one in listed["officers"]} >= {"ayse", "security"}
    made = tr("security", "officer", "keygen", "gul", "--no-passphrase", "--json").json()
    done = tr("security", "officer", "add", "gul", "--key", made["key"], "--role", "operator")
    assert done.code == 0, done.err
    assert "gul" in node.register.officers
    done = tr("security", "officer", "remove", "gul", "--yes")
    assert done.code == 0, done.err
    assert "gul" not in node.register.officers


def test_a_decision_is_asked_of_the_running_node(tr: Tr, node: MemoryNode) -> None:
    done = tr("ayse", "agreement", "check", "test.ping", "--to", "pk", "--json")
    assert (done.code, done.json()["rule"]) == (3, "no-mutual-listing")


def test_a_card_goes_to_the_running_node_and_needs_an_officer_first(
    tr: Tr, relec: Relec, node: MemoryNode, homes: Path, served: Path
) -> None:
    card = homes / "pk.card"
    relec("card", "export", "--home", homes / "pk", "--out", card)
    spoken = ("--fingerprint", parse_card(card.read_bytes()).card.authority.public().fingerprint())
    done = relec("card", "import", card, "--home", served, *spoken, "--json")
    assert (done.code, done.error()["field"]) == (2, "officer")
    assert not (served / "trust" / "pk.card").exists()
    try:
        done = tr("security", "card", "import", card, *spoken)
        assert done.code == 0, done.err
        assert "pk" in node.directory.members
        assert node.imported == [("card", "security")]
    finally:
        (served / "trust" / "pk.card").unlink(missing_ok=True)
        pins = (served / "trust" / "pins.toml").read_text().splitlines()
        kept = "".join(f"{line}\n" for line in pins if not line.startswith("pk "))
        (served / "trust" / "pins.toml").write_text(kept)
