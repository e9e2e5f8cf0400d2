"""Submitting and releasing: each draft on its own, once whatever is tried again, all logged."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import Any

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import (
    check_logs,
    entries,
    events,
    inbox_ids,
    reply,
    request,
    sent,
    state,
    warning,
)
from relec_exchange.audit.entry import commitment
from relec_exchange.errors import Conflict, NotAuthorised, Refused, RelecError
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message
from relec_exchange.node import Node
from relec_exchange.outbound.signing import Deed
from relec_exchange.outbound.submit import Answer, Draft, Signature, Submissions, Submitted
from relec_exchange.outbound.waiting import Kept
from relec_exchange.outbound.written import NIL_ID
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.records import InboxRow, OutboxRow, Update, Where
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act


def draft(
    network: SimulatedNetwork, message: Message, *, release: bool = True, **changes: Any
) -> Draft:
    """A draft that the duty officer of its sender signed, and a second officer released."""
    key, salt = network.key("tr"), changes.pop("salt", os.urandom(32))
    second = network.key("tr", SECOND)
    raw = changes.pop("raw", message.raw)
    digest = commitment(salt, raw) if len(salt) == 32 else b"\0" * 32
    given: dict[str, Any] = {
        "idempotency_key": message.header.message_id,
        "raw": raw,
        "salt": salt,
        "submit": Signature(OFFICER, key.sign_submit(digest)),
        "release": Signature(SECOND, second.sign_release(digest)) if release else None,
        "answers": tuple(Answer(q, OFFICER, key.sign_answer(q, digest)) for q in QUESTIONS),
    }
    return Draft(**{**given, **changes})


def submissions(network: SimulatedNetwork) -> Submissions:
    return network.node("tr")._submissions


def submit(network: SimulatedNetwork, *drafts: Draft) -> list[Submitted]:
    answers = submissions(network).submit(drafts)
    network.node("tr").journal.drain()
    return answers


def refusals(node: Node) -> list[str]:
    found = [e for e in entries(node, "decision", "activity") if e["outcome"] == "refused"]
    return [entry["rule"] for entry in found]


def sent_entries(network: SimulatedNetwork) -> list[dict[str, Any]]:
    return [e for e in entries(network.node("tr"), "sent") if e["class"] != "control"]


def test_what_may_leave_is_signed_logged_and_sent(network: SimulatedNetwork) -> None:
    message = warning(network)
    answer = submit(network, draft(network, message))[0]
    assert (answer.status, answer.message_id) == ("released", message.header.message_id)
    kinds = [e["kind"] for e in entries(network.node("tr"), "", "activity")][-3:]
    assert kinds == ["answered", "released", "decision"]
    network.run()
    assert inbox_ids(network.node("pk")) == [message.header.message_id]


def test_a_bad_draft_never_fails_the_others_and_each_refusal_is_logged(
    network: SimulatedNetwork,
) -> None:
    good = [draft(network, warning(network)) for _ in range(2)]
    denied = warning(network, purpose="return_reintegration")
    bad = [
        draft(network, warning(network), raw=b"{}"),
        draft(network, warning(network), salt=b"short"),
        draft(network, warning(network, sender="iq")),
        draft(network, warning(network), submit=Signature(OFFICER, b"\0" * 64)),
        draft(network, warning(network), submit=Signature("nobody", b"\0" * 64)),
        replace(draft(network, warning(network)), release=Signature(OFFICER, b"\0" * 64)),
        draft(network, warning(network, recipient="iq")),
        draft(network, denied),
    ]
    answers = submit(network, good[0], *bad, good[1])
    assert [a.status for a in answers] == ["released", *["refused"] * len(bad), "released"]
    assert [type(a.error).__name__ for a in answers[1:-1]] == [
        "InvalidInput",
        "InvalidInput",
        "InvalidInput",
        "NotAuthorised",
        "NotFound",
        "NotAuthorised",
        "Refused",
        "Refused",
    ]
    assert len(refusals(network.node("tr"))) == len(bad)
    assert len(events(network.node("tr"), "submission.refused")) == len(bad)
    assert len(sent_entries(network)) == 2
    nameless = [e for e in entries(network.node("tr"), "decision", "activity") if e["id"] == NIL_ID]
    assert len(nameless) == 3


def test_the_same_key_with_the_same_message_is_answered_the_same(
    network: SimulatedNetwork,
) -> None:
    once = draft(network, warning(network))
    answers = submit(network, once) + submit(network, once) + submit(network, once, once)
    assert {(a.status, a.message_id) for a in answers} == {("released", answers[0].message_id)}
    assert len(sent_entries(network)) == 1
    check_logs(network)


def test_the_same_draft_twice_in_one_request_is_sent_once(network: SimulatedNetwork) -> None:
    once, other = draft(network, warning(network)), draft(network, warning(network))
    answers = submit(network, once, other, once)
    assert [a.status for a in answers] == ["released"] * 3
    assert len(sent_entries(network)) == 2
    network.run()
    for ident in (answers[0].message_id, answers[1].message_id):
        assert network.open_message("pk", ident)["message_id"] == ident


def test_the_same_key_or_id_with_another_message_is_a_conflict(network: SimulatedNetwork) -> None:
    message = warning(network)
    submit(network, draft(network, message))
    other = draft(network, warning(network), idempotency_key=message.header.message_id)
    again = draft(network, message, idempotency_key="another key")
    answers = submit(network, other, again)
    assert all(isinstance(a.error, Conflict) for a in answers)
    assert refusals(network.node("tr")) == ["conflict", "conflict"]


def test_two_messages_of_one_id_in_one_request_leave_the_first_readable(
    network: SimulatedNetwork,
) -> None:
    """The key of the one that is refused must not end up with the content of the other."""
    message = warning(network, "the one that is sent")
    one = draft(network, message)
    two = draft(network, message, idempotency_key="another key")
    answers = submit(network, one, two)
    assert [a.status for a in answers] == ["released", "refused"]
    network.run()
    node = network.node("tr")
    row = node.desk.core.outgoing(message.header.message_id)
    assert row is not None
    assert node.desk.core.content(row) == (message.raw, one.salt)


def test_the_same_request_many_times_at_once_is_sent_once(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    node.journal.start()
    once = draft(network, warning(network))
    answers: list[Submitted] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(submissions(network).submit([once])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    node.journal.stop()
    assert [a.status for a in answers] == ["released"] * 8
    assert len(sent_entries(network)) == 1
    check_logs(network)


def test_a_store_that_cannot_be_read_refuses_nothing_for_good(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    faulty = FailingStore(node.store)
    made = Submissions(replace(submissions(network)._parts, store=faulty))
    once = draft(network, warning(network))
    faulty.reads = [UNAVAILABLE]
    with pytest.raises(type(UNAVAILABLE)):
        made.submit([once])
    assert refusals(node) == []
    assert made.submit([once])[0].status == "released"


def test_a_full_disk_is_told_and_the_same_key_works_later(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    once = draft(network, warning(network))
    node.journal._store = faulty = FailingStore(node.store)
    faulty.commits = [UNAVAILABLE]
    answer = submit(network, once)[0]
    assert (answer.status, getattr(answer.error, "code", "")) == ("refused", "unavailable")
    assert submit(network, once)[0].status == "released"
    assert len(sent_entries(network)) == 1


# ---- release -----------------------------------------------------------------------------------


def waiting(network: SimulatedNetwork) -> OutboxRow:
    """A message that waits for its releaser."""
    ident = sent(network, warning(network), release=False)
    return network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]


def release(network: SimulatedNetwork, row: OutboxRow, signature: bytes | None = None) -> Submitted:
    node = network.node("tr")
    raw, salt = node.desk.core.content(row)
    key = network.key("tr", SECOND)
    given = key.sign_release(commitment(salt, raw)) if signature is None else signature
    deed = Deed(Act.RELEASE, SECOND, given)
    return node._waiting.add(row.message_id, deed, Kept(raw, salt))


def test_a_message_leaves_with_the_second_signature_and_once(network: SimulatedNetwork) -> None:
    row = waiting(network)
    network.run()
    assert inbox_ids(network.node("pk")) == []
    assert release(network, row).status == "released"
    network.run()
    assert inbox_ids(network.node("pk")) == [row.message_id]
    with pytest.raises(Conflict):
        release(network, row)
    after = network.node("tr").store.rows(OutboxRow, Where("message_id", "=", row.message_id))[0]
    assert (after.released_by, after.seq) == (SECOND, 1)
    check_logs(network)


def test_two_releases_at_once_send_it_once(network: SimulatedNetwork) -> None:
    row, node = waiting(network), network.node("tr")
    submit_plan, plans = node.journal.submit, []

    def both_wait(plan: Any) -> Any:
        plans.append(plan)
        future = submit_plan(plan)
        if len(plans) == 1:  # the second officer is as quick as the first
            with pytest.raises(Conflict):
                release(network, row)
        return future

    node.journal.submit = both_wait  # type: ignore[method-assign]
    release(network, row)
    node.journal.submit = submit_plan  # type: ignore[method-assign]
    assert len(plans) == 2
    assert len(sent_entries(network)) == 1
    network.run()
    assert inbox_ids(network.node("pk")) == [row.message_id]
    assert state(node, row.message_id) == "validated"
    check_logs(network)


def test_a_wrong_signature_or_an_agreement_that_ended_is_refused_and_logged(
    network: SimulatedNetwork,
) -> None:
    row = waiting(network)
    with pytest.raises(NotAuthorised):
        release(network, row, b"\0" * 64)
    network.clock.forward(days=301)
    with pytest.raises(RelecError) as refused:
        release(network, row)
    assert isinstance(refused.value, Refused)
    network.node("tr").journal.drain()
    assert refusals(network.node("tr")) == ["not-authorised", refused.value.rule]


# ---- answers -----------------------------------------------------------------------------------


def test_an_answer_names_what_came_from_its_recipient(network: SimulatedNetwork) -> None:
    asked = request(network)
    answer = network.submit(reply(network, asked))
    assert answer["status"] == "refused"
    assert answer["error"]["field"] == "header.in_reply_to"
    sent(network, asked)
    network.run()
    assert network.submit(reply(network, asked))["status"] == "released"


def test_a_message_that_is_held_is_not_answered_by_a_reply(network: SimulatedNetwork) -> None:
    asked = request(network)
    ident = sent(network, asked)
    network.run()
    node = network.node("pk")
    hold = Update(InboxRow, {"message_id": ident}, {"state": "held"})
    node.journal.write(Plan(changes=(hold,)))
    sent(network, reply(network, asked))
    assert node.store.rows(InboxRow, Where("message_id", "=", ident))[0].state == "held"
