"""Messages that wait: each need alone and together, who may meet it, and what is written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core_network import check_logs, entries, events, inbox_ids, request, sent, state, warning
from core_rules import APPROVE, ASK, ASK_TOO, HOLD, REFUSE, SECOND, OneRule
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Refused
from relec_exchange.journal.judgements import read_detail
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import ActRow, CommentRow, Insert, JudgementRow, RegisterRow, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from relec_exchange.testing import SECOND as OTHER
from relec_exchange.trust.officer import Act

QUESTION = "protection-checked"
ALL = ("protection-checked", "no-person-recognisable", "approve")


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> OneRule:
    return OneRule(monkeypatch)


def kept(network: SimulatedNetwork, **options: Any) -> str:
    """A warning that waits, without answers, approval and release unless they are given."""
    given: dict[str, Any] = {"release": False, "withhold": ALL, **options}
    result = network.submit(warning(network), **given)
    assert result["status"] in ("held", "submitted"), result
    return str(result["message_id"])


def needs(network: SimulatedNetwork, ident: str) -> list[str]:
    return list(network.node("tr").desk.show(ident, "out")["needs"])


def act(network: SimulatedNetwork, ident: str, kind: Act, officer: str = OTHER) -> dict[str, Any]:
    """An officer's act through the desk."""
    desk = network.node("tr").desk
    calls = {
        Act.APPROVE: desk.approve,
        Act.RELEASE: desk.release,
        Act.CONFIRM: desk.confirm,
        Act.FREE: freeing(network),
    }
    return calls[kind](ident, officer, network.act("tr", ident, kind, officer))


def freeing(network: SimulatedNetwork) -> Callable[[str, str, bytes], dict[str, Any]]:
    """The protection desk's call, answered as the others."""

    def free(ident: str, officer: str, signature: bytes) -> dict[str, Any]:
        desk = network.node("tr").desk
        state = desk.free(ident, "out", officer, signature)["state"]
        return {"status": state, "needs": desk.show(ident, "out")["needs"]}

    return free


def answer(network: SimulatedNetwork, ident: str, question: str = QUESTION) -> dict[str, Any]:
    desk = network.node("tr").desk
    digest = bytes.fromhex(desk.show(ident, "out")["commitment"])
    signature = network.key("tr").sign_answer(question, digest)
    return desk.answer_question(ident, question, OFFICER, signature)


def arrived(network: SimulatedNetwork) -> list[str]:
    network.run()
    return inbox_ids(network.node("pk"))


def test_a_question_holds_a_message_until_an_officer_answers_it(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK,)
    ident = kept(network, release=True)
    assert (needs(network, ident), state(network.node("tr"), ident)) == (
        [f"answer:{QUESTION}"],
        "held",
    )
    assert arrived(network) == []
    assert answer(network, ident)["status"] == "released"
    assert arrived(network) == [ident]
    assert state(network.node("tr"), ident) == "validated"


def test_a_hold_ends_with_the_protection_desk_alone(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (HOLD,)
    ident = kept(network, release=True)
    assert needs(network, ident) == ["desk"]
    with pytest.raises(NotAuthorised):
        act(network, ident, Act.FREE, OTHER)
    assert act(network, ident, Act.FREE, DESK)["status"] == "released"
    assert arrived(network) == [ident]


def test_a_hold_comes_back_with_an_entry_that_the_desk_had_not_seen(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (HOLD,)
    ident, other = kept(network), kept(network)
    for name in (ident, other):
        assert act(network, name, Act.FREE, DESK)["needs"] == ["release"]
    assert act(network, other, Act.RELEASE)["status"] == "released"
    entry = RegisterRow("e", DESK, format_time(network.clock()), "", "none", b"")
    network.node("tr").journal.write(Plan(changes=(Insert(entry),)))
    assert act(network, ident, Act.RELEASE)["needs"] == ["desk"]
    assert act(network, ident, Act.FREE, DESK)["status"] == "released"


def test_an_approval_is_the_protection_desks_and_not_the_submitters(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (APPROVE,)
    ident = kept(network, release=True)
    assert (needs(network, ident), state(network.node("tr"), ident)) == (["approve"], "submitted")
    with pytest.raises(NotAuthorised):
        act(network, ident, Act.APPROVE, OTHER)
    assert act(network, ident, Act.APPROVE, DESK)["status"] == "released"
    own = kept(network, release=True, by=DESK)
    with pytest.raises(NotAuthorised):
        act(network, own, Act.APPROVE, DESK)
    assert needs(network, own) == ["approve"]


def test_the_release_of_the_submitter_is_set_aside_where_another_person_is_needed(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (SECOND,)
    ident = kept(network, release=True, releaser=OFFICER)
    assert needs(network, ident) == ["release"]
    assert network.node("tr").store.rows(ActRow) == []
    with pytest.raises(NotAuthorised):
        act(network, ident, Act.RELEASE, OFFICER)
    with pytest.raises(NotAuthorised):
        act(network, ident, Act.RELEASE, DESK)
    assert arrived(network) == []
    assert act(network, ident, Act.RELEASE, OTHER)["status"] == "released"
    assert arrived(network) == [ident]


def test_without_that_need_one_officer_submits_and_releases(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    result = network.submit(warning(network), releaser=OFFICER)
    assert (result["status"], result["needs"]) == ("released", [])


def test_all_needs_together_are_met_in_any_order_and_it_leaves_once(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK, ASK_TOO, HOLD, APPROVE, SECOND)
    ident = kept(network)
    words = ["answer:protection-checked", "answer:no-person-recognisable", "desk", "approve"]
    assert needs(network, ident) == [*words, "release"]
    act(network, ident, Act.RELEASE)
    answer(network, ident, "no-person-recognisable")
    assert needs(network, ident) == ["answer:protection-checked", "desk", "approve"]
    act(network, ident, Act.FREE, DESK)
    answer(network, ident)
    assert state(network.node("tr"), ident) == "submitted"
    assert arrived(network) == []
    assert act(network, ident, Act.APPROVE, DESK)["status"] == "released"
    assert arrived(network) == [ident]
    kinds = [e["kind"] for e in entries(network.node("tr"), "", "activity")]
    done = [k for k in kinds if k in ("released", "answered", "freed", "approved")]
    assert done == ["released", "answered", "freed", "answered", "approved"]
    check_logs(network)


def test_what_a_message_does_not_wait_for_is_a_conflict_and_changes_nothing(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK,)
    ident = kept(network)
    for kind in (Act.APPROVE, Act.FREE):
        with pytest.raises(Conflict):
            act(network, ident, kind, DESK)
    with pytest.raises(Conflict):
        answer(network, ident, "no-person-recognisable")
    answer(network, ident)
    with pytest.raises(Conflict):
        answer(network, ident)
    assert needs(network, ident) == ["release"]


@pytest.mark.parametrize("kind", [Act.APPROVE, Act.RELEASE, Act.FREE, Act.RETURN])
def test_a_signature_for_another_act_another_message_or_of_another_officer_counts_for_nothing(
    network: SimulatedNetwork, rule: OneRule, kind: Act
) -> None:
    rule.findings = (HOLD, APPROVE, SECOND)
    ident, other = kept(network), kept(network)
    officer = OTHER if kind in (Act.RELEASE, Act.RETURN) else DESK
    desk = network.node("tr").desk
    digest = bytes.fromhex(desk.show(ident, "out")["commitment"])
    wrong_act = Act.APPROVE if kind is not Act.APPROVE else Act.FREE
    foreign = [
        network.act("tr", other, kind, officer),
        network.key("tr", officer).sign(wrong_act, digest),
        network.key("tr", OFFICER).sign(kind, digest),
        network.key("pk", officer).sign(kind, digest),
        network.key("tr", officer).sign_answer(QUESTION, digest),
        bytes(64),
    ]
    call: Any = {
        Act.APPROVE: desk.approve,
        Act.RELEASE: desk.release,
        Act.FREE: freeing(network),
        Act.RETURN: lambda *given: desk.send_back(*given, "why"),
    }[kind]
    for signature in foreign:
        with pytest.raises(NotAuthorised):
            call(ident, officer, signature)
    with pytest.raises(NotFound):
        call(ident, "nobody", foreign[0])
    assert needs(network, ident) == ["desk", "approve", "release"]
    network.node("tr").journal.drain()
    refused = entries(network.node("tr"), "decision", "activity")[-7:]
    assert {(e["outcome"], e["rule"]) for e in refused} == {
        ("refused", "not-authorised"),
        ("refused", "not-found"),
    }


def test_a_record_that_nobody_signed_does_not_let_a_message_go(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (APPROVE, SECOND)
    ident = kept(network)
    forged = ActRow(ident, "approve", "", DESK, bytes(64), "2026-11-02T08:00:00.000Z")
    network.node("tr").journal.write(Plan(changes=(Insert(forged),)))
    assert act(network, ident, Act.RELEASE)["needs"] == ["approve"]
    assert arrived(network) == []


def test_the_rules_are_asked_again_when_the_last_officer_acts(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (SECOND,)
    ident = kept(network)
    rule.findings = (SECOND, APPROVE)
    assert act(network, ident, Act.RELEASE)["needs"] == ["approve"]
    rule.findings = (REFUSE,)
    with pytest.raises(Refused) as refused:
        act(network, ident, Act.APPROVE, DESK)
    assert refused.value.rule == "P3-test"
    assert needs(network, ident) == ["approve"]
    assert arrived(network) == []


def test_a_message_that_was_returned_is_never_released_and_its_comment_can_be_read(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (SECOND,)
    ident, desk = kept(network), network.node("tr").desk
    release = network.act("tr", ident, Act.RELEASE)
    with pytest.raises(NotAuthorised):
        desk.send_back(ident, DESK, network.act("tr", ident, Act.RELEASE, DESK), "why")
    with pytest.raises(InvalidInput):
        desk.send_back(ident, OTHER, network.act("tr", ident, Act.RETURN), "  ")
    back = desk.send_back(ident, OTHER, network.act("tr", ident, Act.RETURN), "Which section?")
    assert (back["status"], state(network.node("tr"), ident)) == ("returned", "returned")
    with pytest.raises(Conflict):
        desk.release(ident, OTHER, release)
    with pytest.raises(Conflict):
        desk.send_back(ident, OTHER, release, "again")
    assert arrived(network) == []
    [comment] = desk.comments(ident, OFFICER)
    assert (comment["officer"], comment["comment"]) == (OTHER, "Which section?")
    [row] = network.node("tr").store.rows(CommentRow)
    assert b"section" not in row.content
    assert len(events(network.node("tr"), "message.returned")) == 1


def test_two_who_act_at_once_are_both_counted_and_it_leaves_once(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (APPROVE, SECOND)
    node = network.node("tr")
    idents = [kept(network) for _ in range(6)]
    given = [
        (ident, kind, officer, network.act("tr", ident, kind, officer))
        for ident in idents
        for kind, officer in ((Act.APPROVE, DESK), (Act.RELEASE, OTHER))
    ]
    node.journal.start()

    def do(ident: str, kind: Act, officer: str, signature: bytes) -> None:
        call = node.desk.approve if kind is Act.APPROVE else node.desk.release
        call(ident, officer, signature)

    threads = [threading.Thread(target=do, args=one) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    node.journal.stop()
    assert {state(node, ident) for ident in idents} == {"released"}
    sends = [e for e in entries(node, "sent") if e["class"] != "control"]
    assert sorted(e["id"] for e in sends) == sorted(idents)
    check_logs(network)


def test_the_same_act_twice_at_once_is_a_conflict_for_the_second(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (APPROVE, SECOND)
    ident, node = kept(network), network.node("tr")
    submit, plans = node.journal.submit, []

    def both(plan: Any) -> Any:
        plans.append(plan)
        future = submit(plan)
        if len(plans) == 1:
            with pytest.raises(Conflict):
                act(network, ident, Act.APPROVE, DESK)
        return future

    node.journal.submit = both  # type: ignore[method-assign]
    act(network, ident, Act.APPROVE, DESK)
    node.journal.submit = submit  # type: ignore[method-assign]
    assert needs(network, ident) == ["release"]


# ---- what is written ---------------------------------------------------------------------------


def test_a_refused_draft_leaves_one_coarse_entry_and_nothing_else(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (REFUSE, HOLD)
    result = network.submit(warning(network))
    assert (result["status"], result["error"]["rule"]) == ("refused", "P3-test")
    node = network.node("tr")
    node.journal.drain()
    entry = entries(node, "decision", "activity")[-1]
    assert (entry["outcome"], entry["rule"]) == ("refused", "protection")
    assert node.store.rows(JudgementRow) == []
    assert node.desk.outbox({"after": 0, "limit": 10})["items"] == []
    assert "P3" not in events(node, "submission.refused")[-1].data


def test_each_decision_is_coarse_in_the_log_and_whole_beside_the_content(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK,)
    ident, node = kept(network), network.node("tr")
    answer(network, ident)
    decided = [e for e in entries(node, "decision", "activity") if e["id"] == ident]
    assert [(e["outcome"], e["rule"]) for e in decided] == [
        ("held", "protection"),
        ("waits", "protection"),
    ]
    rows = node.store.rows(JudgementRow, Where("message_id", "=", ident), order="row")
    assert len(rows) == 2
    assert b"P3-test" not in rows[0].content
    secret = node.vault.get([rows[0].key_id])[rows[0].key_id]
    judgement = read_detail(decrypt(secret[:32], rows[0].key_id.encode(), rows[0].content))
    assert judgement.findings == (ASK,)
    assert judgement.facts == replace(rule.seen[0], known_names=(), registered=(), earlier=())


def test_judgements_survive_a_restart_with_their_keys(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK,)
    kept(network)
    network.close("tr")
    node = network.open("tr")
    [row] = node.store.rows(JudgementRow)
    assert row.key_id in node.vault.get([row.key_id])


# ---- first use ---------------------------------------------------------------------------------


def test_the_first_message_under_an_agreement_is_told_to_the_rules_and_the_second_is_not(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    sent(network, warning(network))
    sent(network, request(network))
    sent(network, warning(network))
    assert [facts.first_use for facts in rule.seen] == [True, True, False]


def test_what_was_not_sent_is_no_first_use(network: SimulatedNetwork, rule: OneRule) -> None:
    rule.findings = (SECOND,)
    kept(network)
    kept(network)
    assert [facts.first_use for facts in rule.seen] == [True, True]


# ---- checking ----------------------------------------------------------------------------------


def test_a_check_tells_findings_and_needs_and_keeps_nothing(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (ASK, SECOND)
    node, message = network.node("tr"), warning(network)
    [told] = node.desk.check_messages(OFFICER, [message.raw])
    assert [(f["rule"], f["effect"], f["question"]) for f in told["findings"]] == [
        ("P3-test", "ask", QUESTION),
        ("P3-test", "second", ""),
    ]
    assert told["needs"] == [f"answer:{QUESTION}", "release"]
    assert node.desk.outbox({"after": 0, "limit": 10})["items"] == []
    assert node.store.rows(JudgementRow) == []


def test_a_check_tells_what_only_the_desk_may_know_to_the_desk_alone(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    rule.findings = (HOLD,)
    desk, raws = network.node("tr").desk, [warning(network).raw]
    [told] = desk.check_messages(OFFICER, raws)
    assert (told["findings"], told["needs"]) == ([], [])
    [told] = desk.check_messages(DESK, raws)
    assert [f["rule"] for f in told["findings"]] == ["P3-test"]


def test_a_check_tells_refusals_of_agreement_form_and_rule_alike(
    network: SimulatedNetwork, rule: OneRule
) -> None:
    desk = network.node("tr").desk
    raws = [b"{}", warning(network, purpose="return_reintegration").raw, warning(network).raw]
    told = desk.check_messages(OFFICER, raws)
    assert [[f["effect"] for f in one["findings"]] for one in told] == [["refuse"], ["refuse"], []]
    rule.findings = (REFUSE,)
    [last] = desk.check_messages(OFFICER, raws[2:])
    assert (last["findings"][0]["rule"], last["needs"]) == ("P3-test", [])
