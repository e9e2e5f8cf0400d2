"""Commands about messages that wait: questions in words, acts of officers, drafts, files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Tr
from memory_node import MemoryNode

from relec_exchange.message.document import parse_message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import QUESTIONS

QUESTION = "no-person-recognisable"
PING = ("send", "test.ping", "--to", "iq", "--text", "hello")


def waiting(node: MemoryNode) -> dict[str, Any]:
    [line] = node.out.values()
    return line


def test_a_question_is_asked_in_words_and_stays_open_with_yes_alone(
    tr: Tr, node: MemoryNode
) -> None:
    node.asked = (QUESTION,)
    done = tr("deniz", *PING, "--yes")
    assert done.code == 0, done.err
    assert QUESTIONS[QUESTION] in done.err
    assert "--nobody-recognisable" in done.err
    assert waiting(node)["state"] == "held"
    assert f"relec answer {waiting(node)['message_id']}" in done.out.replace("\n", " ")


def test_the_flag_answers_with_the_officers_signature(tr: Tr, node: MemoryNode) -> None:
    node.asked = (QUESTION,)
    done = tr("deniz", *PING, "--yes", "--nobody-recognisable", "--json")
    assert (done.code, done.json()["sent"][0]["needs"]) == (0, [])
    assert waiting(node)["state"] == "released"


def test_a_flag_for_another_question_answers_nothing(tr: Tr, node: MemoryNode) -> None:
    node.asked = (QUESTION,)
    tr("deniz", *PING, "--yes", "--protection-checked")
    assert waiting(node)["state"] == "held"


def test_what_the_rules_find_is_shown_before_anything_is_sent(tr: Tr, node: MemoryNode) -> None:
    finding = {"rule": "P5-neutrality", "effect": "refuse", "field": "body.what", "text": "A list"}
    node.stands = [{**finding, "remedy": "describe it", "question": ""}]
    done = tr("deniz", *PING, "--dry-run")
    assert (done.code, node.out) == (0, {})
    assert "P5-neutrality" in done.out
    told = tr("deniz", *PING, "--dry-run", "--json").json()["recipients"][0]
    assert told["findings"][0]["remedy"] == "describe it"


def test_a_releaser_sees_what_is_missing_answers_and_releases(tr: Tr, node: MemoryNode) -> None:
    node.asked = (QUESTION,)
    tr("ayse", *PING, "--yes")
    ident = waiting(node)["message_id"]
    done = tr("bora", "release", ident, "--yes", "--nobody-recognisable")
    assert done.code == 0, done.err
    assert "ayse" in done.out
    assert waiting(node)["state"] == "released"


def test_several_messages_are_released_at_once_and_one_refusal_holds_up_no_other(
    tr: Tr, node: MemoryNode
) -> None:
    for _ in range(3):
        tr("ayse", *PING, "--yes")
    idents = list(node.out)
    tr("bora", "return", idents[1], "--comment", "no")
    done = tr("bora", "release", *idents, "--yes", "--json")
    assert [one["status"] for one in done.json()["sent"]] == ["released", "refused", "released"]
    assert done.code == 6


def test_a_question_is_answered_later_and_only_if_it_is_open(tr: Tr, node: MemoryNode) -> None:
    node.asked = (QUESTION,)
    tr("deniz", *PING, "--yes")
    ident = waiting(node)["message_id"]
    assert tr("ayse", "answer", ident).code == 6
    assert tr("ayse", "answer", ident, "--nobody-recognisable").code == 0
    assert waiting(node)["state"] == "released"


def test_a_message_is_returned_with_a_comment_and_made_a_draft_again(
    tr: Tr, node: MemoryNode
) -> None:
    tr("ayse", *PING, "--yes")
    ident = waiting(node)["message_id"]
    waiting(node)["leaf"] = waiting(node)["commitment"]  # the memory node opens by leaf alone
    assert tr("bora", "return", ident).code == 2
    done = tr("bora", "return", ident, "--comment", "Say which section.")
    assert (done.code, waiting(node)["state"]) == (0, "returned")
    again = tr("ayse", "draft", "again", ident)
    assert again.code == 0, again.err
    assert "Say which section." in again.out
    [draft] = node.kept_drafts.values()
    assert (draft["type"], draft["to"], draft["body"]) == ("test.ping", ["iq"], {"text": "hello"})
    assert "message_id" not in draft["header"]


def test_a_draft_is_kept_listed_sent_and_then_gone(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    file = tmp_path / "ping.json"
    file.write_text('{"type": "test.ping", "to": ["iq"], "body": {"text": "later"}}')
    ident = tr("ayse", "draft", "save", file, "--json").json()["draft_id"]
    assert tr("ayse", "draft", "list", "--json").json()["drafts"][0]["draft_id"] == ident
    assert "later" in tr("ayse", "draft", "show", ident).out
    done = tr("deniz", "draft", "send", ident, "--yes")
    assert done.code == 0, done.err
    assert parse_message(waiting(node)["raw"]).body.model_dump()["text"] == "later"
    assert node.kept_drafts == {}


def test_a_draft_that_is_refused_stays(tr: Tr, node: MemoryNode, tmp_path: Path) -> None:
    file = tmp_path / "ping.json"
    file.write_text('{"type": "test.ping", "to": ["pk"], "body": {"text": "later"}}')
    ident = tr("ayse", "draft", "save", file, "--json").json()["draft_id"]
    assert tr("deniz", "draft", "send", ident, "--yes").code == 3
    assert list(node.kept_drafts) == [ident]
    assert tr("ayse", "draft", "delete", ident).code == 0
    assert tr("ayse", "draft", "show", ident).code == 5


def test_an_attached_file_has_the_kind_of_its_first_bytes(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    file = tmp_path / "notes.pdf"
    file.write_bytes(b"as at the crossing\n")
    warning = ("send", "warning.notice", "--to", "iq", "--kind", "surge", "--country", "TR")
    done = tr("deniz", *warning, "--what", "More boats", "--attach", file, "--yes")
    assert done.code == 0, done.err
    header = parse_message(waiting(node)["raw"]).header
    assert isinstance(header, Header)
    [attached] = header.attachments
    assert (attached.name, attached.media_type, attached.size) == ("notes.pdf", "text/plain", 19)


def test_a_file_that_is_too_large_or_of_no_known_kind_is_refused_by_name(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    for name, data in (("big.txt", b"x" * 131073), ("a.bin", b"\xff\xfe\x00" + os.urandom(16))):
        (tmp_path / name).write_bytes(data)
        done = tr("deniz", *PING, "--attach", tmp_path / name, "--yes")
        assert (done.code, node.out) == (2, {})
        assert name in done.err


@pytest.mark.parametrize("command", ["approve", "confirm"])
def test_approving_and_confirming_are_asked_about_and_signed(
    relec: Relec, homes: Path, tr: Tr, node: MemoryNode, command: str
) -> None:
    tr("ayse", *PING, "--yes")
    line = waiting(node)
    line["needs"] = [command]
    assert tr("bora", command, line["message_id"]).code == 2  # nobody was asked
    done = tr("bora", command, line["message_id"], "--yes")
    # bora releases: he confirms, and is not the protection desk.
    assert done.code == (0 if command == "confirm" else 4)
