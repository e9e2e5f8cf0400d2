"""The day's run of retention: what is announced, what goes, what stays, and what goes with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core_network import entries, events, inbox_ids, letter, quarantined, sent, take_in, warning
from core_rules import SECOND, OneRule
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from relec_exchange.journal.erasure import ERASED
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import (
    CommentRow,
    DeliveryRow,
    DraftRow,
    ExtractRow,
    InboxRow,
    Insert,
    JudgementRow,
    LegalHoldRow,
    Where,
)
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from relec_exchange.testing import SECOND as OTHER
from relec_exchange.trust.officer import Act
from years import came, gone, keep, unkeep, went

SHORT = "2026-11-04"


@pytest.fixture(autouse=True)
def rule(monkeypatch: pytest.MonkeyPatch) -> OneRule:
    return OneRule(monkeypatch)


def days(network: SimulatedNetwork, many: int) -> None:
    for _ in range(many):
        network.clock.forward(days=1)
        network.run()


def told(network: SimulatedNetwork, ident: str, kind: str = "retention.review") -> list[str]:
    rows = [row for row in events(network.node("pk"), kind) if row.ref == ident]
    return [json.loads(row.data).get("why", "") for row in rows]


def quiet(network: SimulatedNetwork, kind: str, body: dict[str, Any], **fields: Any) -> Message:
    return letter(network, kind, body, **{"source_grade": None, "info_grade": None, **fields})


def recall(network: SimulatedNetwork, ident: str, reason: str = "inaccurate") -> str:
    body = {"message_id": ident, "why": "A wrong place.", "reason": reason}
    asked = sent(network, quiet(network, "recall", body))
    network.run()
    return asked


def destroyed(network: SimulatedNetwork, ident: str, asked: str, **body: Any) -> Message:
    full = {
        "message_id": ident,
        "outcome": "destroyed",
        "at": format_time(network.clock()),
        **body,
    }
    ends = {"sender": "pk", "recipient": "tr", "in_reply_to": asked}
    return quiet(network, "recall.outcome", full, **ends)


def test_reviews_are_announced_once_each_a_month_and_a_week_ahead_and_on_their_own_day(
    network: SimulatedNetwork,
) -> None:
    dates = {"retain_until": "2026-12-10", "review_on": "2026-11-05"}
    ident = sent(network, warning(network, **dates))
    network.run()
    assert told(network, ident) == []
    days(network, 3)
    assert told(network, ident) == ["review"]
    days(network, 5)  # 10 November
    assert told(network, ident) == ["review", "erase"]
    days(network, 22)
    assert told(network, ident) == ["review", "erase"]
    days(network, 1)  # 3 December
    assert told(network, ident) == ["review", "erase", "erase"]


def test_what_was_written_and_decided_about_a_message_goes_with_it(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    ident = sent(network, warning(network, retain_until=SHORT))
    network.run()
    pk, tr = network.node("pk"), network.node("tr")
    rule.findings = (SECOND,)
    back = warning(network, retain_until=SHORT)
    network.submit(back, release=False)
    waiting = back.header.message_id
    signature = network.act("tr", waiting, Act.RETURN)
    tr.desk.send_back(waiting, OTHER, signature, "Say which coast.")
    rule.findings = ()
    draft = {"type": "warning.notice", "to": ["tr"], "header": {"derived_from": [ident]}}
    pk.desk.save_draft(OFFICER, {**draft, "body": {"what": "Copied."}}, None)
    pk.desk.save_draft(OFFICER, {**draft, "header": {}, "body": {"what": "Another."}}, None)
    given = {"message_id": ident, "direction": "in", "fields": [], "language": "en"}
    pk.desk.make_extract({**given, "text": "More boats leave."}, OFFICER)
    keys = {
        "out": went(tr, ident).key_id,
        "in": came(pk, ident).key_id,
        "back": went(tr, waiting).key_id,
    }
    others = [row.key_id for row in tr.store.rows(JudgementRow)]
    others += [row.key_id for row in tr.store.rows(CommentRow)]
    mine = [row.key_id for row in pk.store.rows(ExtractRow)]
    assert others
    assert mine
    days(network, 2)
    assert gone(pk, came(pk, ident), keys["in"])
    assert gone(tr, went(tr, ident), keys["out"])
    assert gone(tr, went(tr, waiting), keys["back"])
    assert tr.vault.get(others) == pk.vault.get(mine) == {}
    assert tr.store.rows(JudgementRow) == pk.store.rows(JudgementRow) == []
    assert tr.desk.comments(waiting, OFFICER) == []
    assert [row.content for row in pk.store.rows(ExtractRow)] == [b""]
    assert [row.message_id for row in pk.store.rows(ExtractRow)] == [ident]
    [left] = pk.store.rows(DraftRow)
    assert pk.vault.get([left.key_id])
    with pytest.raises(NotFound):
        network.open_message("pk", ident)
    assert pk.desk.show(ident, "in")["erased_at"]


def test_a_correction_goes_with_what_it_corrects_also_when_it_comes_later(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network, retain_until=SHORT))
    network.run()
    body = {"message_id": ident, "why": "x", "fields": [{"path": "/body/what", "now": "Fewer."}]}
    early = sent(network, quiet(network, "correction", body))
    network.run()
    days(network, 2)
    late = sent(network, quiet(network, "correction", body))
    network.run()
    pk = network.node("pk")
    assert came(pk, early).erased_at
    assert not came(pk, late).erased_at
    days(network, 1)
    assert came(pk, late).erased_at


def test_the_recall_of_an_erased_message_is_answered_destroyed_by_the_node(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network, retain_until=SHORT))
    network.run()
    days(network, 2)
    asked = recall(network, ident)
    pk, tr = network.node("pk"), network.node("tr")
    assert went(tr, asked).outcome == "destroyed"
    assert came(pk, asked).answered_by == "node"
    assert came(pk, ident).withdrawn == ERASED
    subjects = [one["subject"] for one in entries(pk, "erased")]
    assert subjects.count(f"tr/{ident}") == 1


def test_an_officer_answers_the_recall_of_an_erased_message_where_a_unit_has_a_copy(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network, retain_until=SHORT))
    network.run()
    pk = network.node("pk")
    copy = DeliveryRow(ident, "tr", "coast", "folder", "delivered", 1, format_time(network.clock()))
    pk.journal.write(Plan(changes=(Insert(copy),)))
    days(network, 2)
    asked = recall(network, ident)
    assert came(pk, asked).answered_at == ""
    refused = network.submit(destroyed(network, ident, asked))
    assert (refused["status"], refused["error"]["field"]) == ("refused", "body.note")
    held = destroyed(network, ident, asked, outcome="legal_hold", hold_until="2027-01-01")
    refused = network.submit(held)
    assert (refused["status"], refused["error"]["field"]) == ("refused", "body.outcome")
    note = "The unit deleted its copy."
    assert network.submit(destroyed(network, ident, asked, note=note))["status"] == "released"
    assert came(pk, ident).withdrawn == ERASED
    assert len(entries(pk, "erased")) == 1


def test_a_consent_that_was_withdrawn_is_the_reason_of_the_erasing(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network))
    network.run()
    asked = recall(network, ident, "consent_withdrawn")
    network.submit(destroyed(network, ident, asked))
    [entry] = entries(network.node("pk"), "erased")
    assert entry["reason"] == "consent_withdrawn"


def test_what_a_hold_keeps_is_not_destroyed_by_the_answer_to_a_recall(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network))
    network.run()
    keep(network, "pk", ident, "2026-12-31")
    asked = recall(network, ident)
    refused = network.submit(destroyed(network, ident, asked))
    assert (refused["status"], refused["error"]["field"]) == ("refused", "body.outcome")
    unkeep(network, "pk", ident)
    assert network.submit(destroyed(network, ident, asked))["status"] == "released"
    assert came(network.node("pk"), ident).erased_at


def test_a_hold_is_reasoned_ends_and_is_ordered_once(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network, retain_until=SHORT))
    network.run()
    desk = network.node("pk").desk
    leaf = bytes.fromhex(desk.show(ident, "in")["leaf"])
    signature = network.key("pk").sign(Act.KEEP, leaf, "2026-12-31")
    good = {"message_id": ident, "direction": "in", "reason": "A court.", "until": "2026-12-31"}
    for field, value in (("reason", "  "), ("until", "2026-11-01"), ("until", "2032-01-01")):
        with pytest.raises(InvalidInput) as found:
            desk.keep({**good, field: value}, OFFICER, signature)
        assert found.value.field == field
    with pytest.raises(NotAuthorised):
        desk.keep(good, OFFICER, network.key("pk").sign(Act.OPEN, leaf))
    with pytest.raises(NotAuthorised):
        desk.keep(good, DESK, network.key("pk", DESK).sign(Act.KEEP, leaf, "2026-12-31"))
    with pytest.raises(NotAuthorised):
        desk.keep({**good, "until": "2027-12-31"}, OFFICER, signature)
    assert desk.keep(good, OFFICER, signature)["kept_until"] == "2026-12-31"
    with pytest.raises(Conflict):
        desk.keep(good, OFFICER, signature)
    full = desk.kept(ident, "in", OFFICER)
    assert (full["reason"], full["kept_by"]) == ("A court.", OFFICER)
    days(network, 4)
    assert not came(network.node("pk"), ident).erased_at
    network.close("pk")  # the reason outlives a new start
    network.open("pk")
    assert network.node("pk").desk.kept(ident, "in", OFFICER)["reason"] == "A court."
    unkeep(network, "pk", ident)
    network.run()
    pk = network.node("pk")
    assert came(pk, ident).erased_at
    [hold] = pk.store.rows(LegalHoldRow)
    assert (hold.content, hold.key_id, hold.ended_by) == (b"", "", OFFICER)
    assert [one["actor"] for one in entries(pk, "unkept", "activity")] == [OFFICER]


def test_records_of_a_former_version_get_their_term_from_their_message(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network, retain_until="2026-12-01", review_on="2026-11-20"))
    network.run()
    pk = network.node("pk")
    network.close("pk")
    path = network.home("pk") / "store" / "node.db"
    store = SqliteStore(path)
    with store._writer.lent() as connection:
        connection.execute("update inbox set erase_on = '', review_on = ''")
    store.close()
    pk = network.open("pk")
    network.run()
    row = came(pk, ident)
    assert (row.erase_on, row.review_on) == ("2026-12-01", "2026-11-20")


def test_what_was_set_aside_goes_with_the_sealing_key_that_could_open_it(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network))
    network.run()
    [envelope] = [i.envelope for _, i in network.hub.recorded if i.message_class == "ordinary"]
    broken = envelope[:-1] + bytes([envelope[-1] ^ 1])
    take_in(network, "pk", [broken, envelope[: len(envelope) // 2], b"nothing of ours"])
    assert len(quarantined(network.node("pk"))) == 3
    assert ident in inbox_ids(network.node("pk"))
    network.clock.forward(days=70)
    network.run()
    assert len(quarantined(network.node("pk"))) == 1
    network.clock.forward(days=40)
    network.run()
    assert quarantined(network.node("pk")) == []


def test_a_message_that_never_left_ends_too(network: SimulatedNetwork, rule: OneRule) -> None:
    rule.findings = (SECOND,)
    waiting = warning(network, retain_until=SHORT)
    network.submit(waiting, release=False)
    ident = waiting.header.message_id
    tr = network.node("tr")
    key = went(tr, ident).key_id
    days(network, 2)
    assert gone(tr, went(tr, ident), key)
    assert went(tr, ident).state == "expired"
    signature = network.key("tr", OTHER).sign(Act.RELEASE, b"\0" * 32)
    with pytest.raises(NotFound):
        tr.desk.release(ident, OTHER, signature)


def test_an_officer_may_have_what_is_over_erased_now(network: SimulatedNetwork) -> None:
    sent(network, warning(network, retain_until="2026-11-02"))
    desk = network.node("tr").desk
    with pytest.raises(NotAuthorised):
        desk.run_retention(OFFICER)
    assert [line["erase_on"] for line in desk.retention(0)] == ["2026-11-02"]
    assert network.node("tr").retention.run(network.clock()).erased == 1
    assert desk.retention(0) == []
    assert network.node("tr").store.rows(InboxRow, Where("erased_at", "!=", "")) == []
