"""The SDK: what the README shows, and what happens when things go wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from memory_node import MemoryNode, now

from relec_exchange import Client, InvalidInput, Message, Refused, Unavailable
from relec_exchange.client import Draft
from relec_exchange.client.compose import Author, composed
from relec_exchange.errors import Conflict, NotAuthorised, NotFound
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.document import parse_message
from relec_exchange.message.identifiers import message_id

IQ = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)


@pytest.fixture
def client(served: Path, node: MemoryNode):  # type: ignore[no-untyped-def]
    with Client(served, officer="deniz") as opened:
        yield opened


def deliver(node: MemoryNode, text: str) -> None:
    draft = Draft("test.ping", "tr", {"text": text})
    node.deliver(composed(draft, IQ, message_id(now(), os.urandom(10)), now()).raw)


def test_the_example_in_the_package_docstring_runs(
    served: Path,
    node: MemoryNode,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import relec_exchange

    example = relec_exchange.__doc__ or ""
    code = "\n".join(line[4:] for line in example.splitlines() if line.startswith("    "))
    code = code.replace('"home"', repr(str(served))).replace('"ayse"', '"deniz"')
    assert len(re.findall("client", code)) >= 3
    judge = threading.Thread(target=receipt_when_sent, args=(node,))
    judge.start()
    deliver(node, "hello back")
    exec(compile(code, "example", "exec"), {})  # noqa: S102 - our own documentation
    judge.join()
    assert "test.ping" in capsys.readouterr().out


def receipt_when_sent(node: MemoryNode) -> None:
    for _ in range(3000):
        if node.out:
            [known] = node.out
            if node.out[known]["state"] == "released":
                node.reach(known, "validated")
                return
        threading.Event().wait(0.02)


def test_one_message_per_recipient_each_once(client: Client, node: MemoryNode) -> None:
    sent = client.submit(type="test.ping", to=["iq", "ir", "iq"], body={"text": "x"})
    assert [one.recipient for one in sent] == ["iq", "ir"]
    assert {one.status for one in sent} == {"released"}
    assert len(node.out) == 2


def test_nobody_is_not_everybody(client: Client, node: MemoryNode) -> None:
    with pytest.raises(InvalidInput) as caught:
        client.submit(type="test.ping", to=[], body={"text": "x"})
    assert (caught.value.field, node.out) == ("to", {})


def test_a_malformed_draft_is_refused_before_anything_is_sent(
    client: Client, node: MemoryNode
) -> None:
    good = Draft("test.ping", "iq", {"text": "x"})
    with pytest.raises(InvalidInput) as caught:
        client.submit_many([good, Draft("test.ping", "iq", {"txt": "x"})])
    assert (caught.value.field.startswith("body"), node.out) == (True, {})


def test_what_the_node_refuses_stands_in_the_result(client: Client) -> None:
    [one] = client.submit(type="test.ping", to="pk", body={"text": "x"})
    assert isinstance(one.error, Refused)
    with pytest.raises(Refused) as caught:
        one.check()
    assert caught.value.rule == "no-agreement"


def test_hundreds_of_messages_go_in_batches(client: Client, node: MemoryNode) -> None:
    drafts = [Draft("test.ping", "iq", {"text": str(n)}) for n in range(300)]
    sent = client.submit_many(drafts)
    assert len({one.message_id for one in sent}) == 300
    texts = [parse_message(line["raw"]).body.text for line in node.out.values()]  # type: ignore[attr-defined]
    assert texts == [str(n) for n in range(300)]


def test_a_key_used_before_makes_no_second_message(client: Client, node: MemoryNode) -> None:
    draft = Draft("test.ping", "iq", {"text": "x"})
    [first] = client.submit_many([draft], ["import-row-17"])
    [second] = client.submit_many([draft], ["import-row-17"])
    assert first.error is None
    assert isinstance(second.error, Conflict)
    assert len(node.out) == 1


def test_header_fields_are_passed_on_and_defaults_narrow(client: Client, node: MemoryNode) -> None:
    client.submit(type="test.ping", to="iq", body={"text": "x"}, area="human_trafficking")
    [line] = node.out.values()
    header = parse_message(line["raw"]).header.model_dump(mode="json")
    assert header["area"] == "human_trafficking"
    assert (header["handling"], header["urgency"], header["exercise"]) == (["H0"], "routine", True)


def test_messages_are_read_only_when_opened(client: Client, node: MemoryNode) -> None:
    for text in ("first words", "two"):
        deliver(node, text)
    first, second = client.messages()
    assert isinstance(first, Message)
    assert "first words" not in repr(first)
    assert first.open().body == {"text": "first words"}
    assert [m.row for m in client.messages(after=first.row)] == [second.row]
    assert list(client.messages(peer="pk")) == []


def test_following_sees_what_comes_later(client: Client, node: MemoryNode) -> None:
    following = client.messages(follow=True)
    later = threading.Timer(0.1, deliver, args=(node, "late"))
    later.start()
    assert next(following).open().body == {"text": "late"}
    later.join()


def test_waiting_ends_with_the_stage_a_refusal_or_the_time(
    client: Client, node: MemoryNode
) -> None:
    [one] = client.submit(type="test.ping", to="iq", body={"text": "x"})
    with pytest.raises(Unavailable) as late:
        client.wait(one.message_id, timeout_seconds=0.05)
    assert "released" in late.value.message
    node.reach(one.message_id, "opened")
    assert client.wait(one.message_id, "validated")["state"] == "opened"
    node.reach(one.message_id, "rejected", "not-permitted")
    with pytest.raises(Refused) as caught:
        client.wait(one.message_id)
    assert caught.value.rule == "not-permitted"
    with pytest.raises(InvalidInput):
        client.wait(one.message_id, "arrived")


def test_another_officers_key_is_not_authorised(served: Path, node: MemoryNode) -> None:
    key = served / "officers" / "deniz.key"
    with Client(served, officer="ayse", key_file=key) as client, pytest.raises(NotAuthorised):
        client.info()


def test_a_missing_key_and_a_missing_node_say_what_to_do(served: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        Client(served, officer="nobody")
    assert "keygen" in missing.value.remedy
    key = served / "officers" / "ayse.key"
    with Client(tmp_path / "no.sock", "ayse", key) as client, pytest.raises(Unavailable) as away:
        client.info()
    assert "relec run" in away.value.remedy


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, relec_exchange; "
        "heavy = {'httpx2', 'pydantic', 'fastapi', 'cryptography', 'sqlalchemy'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules); "
        "relec_exchange.Refused; assert 'pydantic' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_public_names_are_there() -> None:
    import relec_exchange

    for name in relec_exchange.__all__:
        assert getattr(relec_exchange, name) is not None
    with pytest.raises(AttributeError):
        _ = relec_exchange.Nonsense
