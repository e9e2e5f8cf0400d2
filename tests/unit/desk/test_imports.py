"""What a node says of earlier imports, on two simulated nodes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from conversations import homes
from core_network import letter
from relec_exchange.audit.entry import commitment
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.records import OutboxRow, Where
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.testing.homes import SECOND
from relec_exchange.trust.officer import Act


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path_factory.mktemp("imports"), founded=homes())
    yield network
    network.close()


def item(subject: str, content: str, recipient: str = "pk") -> dict[str, Any]:
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (subject, content)]
    return {"recipient": recipient, "subject": digests[0], "content": digests[1]}


def before(network: SimulatedNetwork, subject: str, content: str, to: str = "pk") -> dict[str, Any]:
    [found] = network.node("tr").desk.sent_before([item(subject, content, to)])
    return found


def send(
    network: SimulatedNetwork, subject: str, content: str, *, release: bool = True
) -> tuple[str, str]:
    """Submit a message under the key of the next number; its id and key."""
    known = before(network, subject, content)
    number = known["number"] + 1
    key = f"imp.{known['subject_name']}.{number}.{known['content_name']}"
    body = {"reporting_country": "TR", "period": {"year": 2026}, "rows": []}
    message = letter(
        network,
        "stat.report",
        body,
        area="irregular_migration",
        purpose="situational_awareness",
        data_level="aggregate",
        source_grade=None,
        info_grade=None,
    )
    salt = os.urandom(32)
    digest = commitment(salt, message.raw)
    signer, second = network.key("tr"), network.key("tr", SECOND)
    released = {"officer": SECOND, "signature": second.sign_release(digest)}
    [result] = network.node("tr").desk.submit(
        [
            {
                "idempotency_key": key,
                "message": message.raw,
                "salt": salt,
                "submit": {"officer": OFFICER, "signature": signer.sign_submit(digest)},
                "release": released if release else None,
                "answers": [
                    {"question": q, "officer": OFFICER, "signature": signer.sign_answer(q, digest)}
                    for q in QUESTIONS
                ],
            }
        ]
    )
    assert result["error"] is None
    network.run()
    return message.header.message_id, key


def test_a_subject_is_new_then_known_by_its_newest_message(network: SimulatedNetwork) -> None:
    assert before(network, "report", "a")["number"] == 0
    first, key = send(network, "report", "a")
    found = before(network, "report", "a")
    assert (found["message_id"], found["number"], found["same"]) == (first, 1, True)
    assert key == f"imp.{found['subject_name']}.1.{found['content_name']}"
    assert not before(network, "report", "b")["same"]
    second, _ = send(network, "report", "b")
    found = before(network, "report", "a")
    assert (found["message_id"], found["standing_number"], found["same"]) == (second, 2, False)
    assert found["told"] == [first, second]


def test_another_recipient_and_another_subject_know_nothing_of_it(
    network: SimulatedNetwork,
) -> None:
    send(network, "shared", "a")
    assert before(network, "shared", "a", "iq")["number"] == 0
    assert before(network, "other", "a")["number"] == 0


def test_what_was_sent_back_does_not_stand_and_keeps_its_number(network: SimulatedNetwork) -> None:
    made, _ = send(network, "returned", "a", release=False)
    node = network.node("tr")
    waiting = node.store.rows(OutboxRow, Where("message_id", "=", made))[0]
    assert waiting.state == "submitted"
    signature = network.act("tr", made, Act.RETURN)
    node.desk.send_back(made, SECOND, signature, "please check")
    found = before(network, "returned", "a")
    assert (found["message_id"], found["number"], found["told"]) == ("", 1, [])


def test_the_store_keeps_no_digest_that_a_guess_could_be_tested_against(
    network: SimulatedNetwork,
) -> None:
    made, key = send(network, "guess", "content")
    asked = item("guess", "content")
    assert asked["subject"][:24] not in key
    assert asked["content"][:24] not in key
    assert before(network, "guess", "content")["message_id"] == made
