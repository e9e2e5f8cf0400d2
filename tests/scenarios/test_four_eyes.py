"""Nobody sends alone what may hurt somebody: the rules in force, between two nodes."""

from __future__ import annotations

from typing import Any

import pytest

from core_network import check_logs, entries, inbox_ids, letter, request, sent, state, warning
from relec_exchange.errors import Conflict, NotAuthorised
from relec_exchange.message.document import Message
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act

NOBODY, CHECKED = "no-person-recognisable", "protection-checked"
ALL = (NOBODY, CHECKED, "approve")


def about_a_child(network: SimulatedNetwork) -> Message:
    """A request about a child, for whom somebody speaks."""
    child = {
        "category": "migrant",
        "description": "A boy with a blue bag.",
        "age_band": "14-17",
        "citizenships": ["IRN"],
        "guardian_note": "The mother travels with the child.",
        "best_interest_note": "Finding the family comes first.",
    }
    body = {
        "questions": [{"number": 1, "text": "Is the family known?", "why": "To reunite them."}],
        "reasons": "A simulated case.",
        "persons": [child],
    }
    nominal = {"data_level": "nominal", "purpose": "criminal_investigation"}
    return letter(network, "info.request", body, **nominal, source_grade=None, info_grade=None)


def needs(network: SimulatedNetwork, ident: str) -> set[str]:
    return set(network.node("tr").desk.show(ident, "out")["needs"])


def answer(network: SimulatedNetwork, ident: str, question: str) -> dict[str, Any]:
    desk = network.node("tr").desk
    digest = bytes.fromhex(desk.show(ident, "out")["commitment"])
    signature = network.key("tr").sign_answer(question, digest)
    return desk.answer_question(ident, question, OFFICER, signature)


def release(network: SimulatedNetwork, ident: str, officer: str = SECOND) -> dict[str, Any]:
    desk = network.node("tr").desk
    return desk.release(ident, officer, network.act("tr", ident, Act.RELEASE, officer))


def arrived(network: SimulatedNetwork) -> list[str]:
    network.run()
    return inbox_ids(network.node("pk"))


def test_a_warning_waits_for_the_answer_and_the_first_one_for_another_officer(
    network: SimulatedNetwork,
) -> None:
    result = network.submit(warning(network), withhold=ALL, releaser=OFFICER)
    ident = str(result["message_id"])
    assert (result["status"], set(result["needs"])) == ("held", {f"answer:{NOBODY}", "release"})
    assert arrived(network) == []
    assert answer(network, ident, NOBODY)["status"] == "submitted"
    with pytest.raises(NotAuthorised):
        release(network, ident, OFFICER)
    assert release(network, ident)["status"] == "released"
    assert arrived(network) == [ident]
    # From the second on, one officer who answers what is asked may send an ordinary warning.
    again = network.submit(warning(network), releaser=OFFICER)
    assert again["status"] == "released"


def test_a_request_about_persons_always_needs_another_officer(network: SimulatedNetwork) -> None:
    sent(network, request(network))
    result = network.submit(request(network), releaser=OFFICER)
    ident = str(result["message_id"])
    assert result["needs"] == ["release"]
    assert release(network, ident)["status"] == "released"
    assert ident in arrived(network)
    released = entries(network.node("tr"), "released", "activity")[-1]
    assert (released["actor"], released["id"]) == (SECOND, ident)


def test_what_is_about_a_child_needs_answer_approval_and_another_officer(
    network: SimulatedNetwork,
) -> None:
    result = network.submit(about_a_child(network), withhold=ALL, release=False)
    assert result["status"] in ("held", "submitted"), result
    ident = str(result["message_id"])
    assert needs(network, ident) >= {"approve", "release"}
    for word in result["needs"]:
        if word.startswith("answer:"):
            answer(network, ident, word.removeprefix("answer:"))
    assert release(network, ident)["needs"] == ["approve"]
    assert arrived(network) == []
    desk = network.node("tr").desk
    with pytest.raises(NotAuthorised):
        desk.approve(ident, SECOND, network.act("tr", ident, Act.APPROVE))
    approval = network.act("tr", ident, Act.APPROVE, DESK)
    assert desk.approve(ident, DESK, approval)["status"] == "released"
    assert arrived(network) == [ident]
    check_logs(network)


def test_what_is_returned_never_leaves_and_is_made_anew(network: SimulatedNetwork) -> None:
    message = request(network)
    ident, desk = sent(network, message, release=False), network.node("tr").desk
    signature = network.act("tr", ident, Act.RELEASE)
    desk.send_back(ident, SECOND, network.act("tr", ident, Act.RETURN), "Name the stamp.")
    with pytest.raises(Conflict):
        desk.release(ident, SECOND, signature)
    assert arrived(network) == []
    opened = desk.open(ident, "out", OFFICER, network.act("tr", ident, Act.OPEN, OFFICER))
    line = desk.save_draft(
        OFFICER, {"type": "info.request", "to": ["pk"], "header": {}, "body": opened["body"]}, None
    )
    assert desk.draft(line["draft_id"], OFFICER)["body"] == opened["body"]
    better = request(network)
    assert desk.comments(ident, OFFICER)[0]["comment"] == "Name the stamp."
    assert network.submit(better)["status"] == "released"
    assert arrived(network) == [better.header.message_id]
    assert state(network.node("tr"), ident) == "returned"


def test_a_release_cannot_be_replayed_for_another_message(network: SimulatedNetwork) -> None:
    one = sent(network, request(network), release=False)
    two = sent(network, request(network), release=False)
    signature = network.act("tr", one, Act.RELEASE)
    desk = network.node("tr").desk
    with pytest.raises(NotAuthorised):
        desk.release(two, SECOND, signature)
    assert desk.release(one, SECOND, signature)["status"] == "released"
    with pytest.raises(Conflict):
        desk.release(one, SECOND, signature)
    assert arrived(network) == [one]


def test_what_waits_survives_a_restart_with_the_acts_that_were_done(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, request(network), release=False, withhold=("approve",))
    network.close("tr")
    network.open("tr")
    assert needs(network, ident) == {"release"}
    assert release(network, ident)["status"] == "released"
    assert arrived(network) == [ident]
