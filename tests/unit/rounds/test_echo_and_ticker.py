"""Pings that are answered by themselves, and the thread that calls what happens by the clock."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import pytest

from core_network import entries, inbox_ids, ping, sent, state
from core_notices import suspension
from relec_exchange.errors import Conflict, IntegrityFailure, RelecError
from relec_exchange.rounds import echo
from relec_exchange.rounds.ticker import Ticker
from relec_exchange.testing import OFFICER, SimulatedNetwork, SteeredClock


def test_a_ping_is_answered_once_and_its_sender_sees_it(network: SimulatedNetwork) -> None:
    idents = [sent(network, ping(network)) for _ in range(3)]
    network.run()
    network.run()
    tr = network.node("tr")
    assert [state(tr, ident) for ident in idents] == ["answered"] * 3
    pongs = [e for e in entries(network.node("pk"), "sent") if e["type"] == "test.pong"]
    assert len(pongs) == 3
    assert len(inbox_ids(tr)) == 3


def test_a_ping_that_an_officer_opened_first_is_answered_all_the_same(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = network.node("pk")
    with monkeypatch.context() as patched:
        patched.setattr(echo.Echo, "tick", lambda self, now: None)
        ident = sent(network, ping(network))
        network.run()
    leaf = bytes.fromhex(pk.desk.show(ident, "in")["leaf"])
    pk.desk.open(ident, "in", "duty", network.key("pk", "duty").sign_open(leaf))
    network.run()
    network.run()
    assert state(network.node("tr"), ident) == "answered"
    pongs = [e for e in entries(pk, "sent") if e["type"] == "test.pong"]
    assert len(pongs) == 1


def test_a_ping_whose_answer_no_agreement_allows_is_left_with_the_reason(
    network: SimulatedNetwork,
) -> None:
    pk, note = network.node("pk"), suspension(network, "pk", types=("test.pong",))
    pk.desk.import_notice(note.decode(), OFFICER)
    ident = sent(network, ping(network))
    network.run()
    found = pk.desk.show(ident, "in")
    assert (found["state"], found["hold"]) == ("opened", "agreement-suspended")
    assert inbox_ids(network.node("tr")) == []


def test_one_failing_duty_does_not_end_the_others() -> None:
    done: list[str] = []

    def broken(now: datetime) -> None:
        done.append("broken")
        raise ZeroDivisionError

    def refused(now: datetime) -> None:
        raise Conflict("taken")

    fatal: list[RelecError] = []
    ticker = Ticker(
        (broken, refused, lambda now: done.append("fine")), SteeredClock(), 1, fatal.append
    )
    ticker.step()
    assert done == ["broken", "fine"]
    assert fatal == []


def test_a_fault_of_our_own_store_is_fatal() -> None:
    def contradicted(now: datetime) -> None:
        raise IntegrityFailure("the store contradicts itself")

    fatal: list[RelecError] = []
    Ticker((contradicted,), SteeredClock(), 1, fatal.append).step()
    assert [error.code for error in fatal] == ["integrity"]


def test_what_is_asked_for_later_runs_on_its_thread_soon() -> None:
    ran = threading.Event()
    names: list[str] = []

    def call() -> None:
        names.append(threading.current_thread().name)
        ran.set()

    ticker = Ticker((), SteeredClock(), 60, lambda error: None)
    ticker.start()
    assert ticker.running
    ticker.later(call)
    assert ran.wait(30)
    begun = time.monotonic()
    ticker.stop()
    assert time.monotonic() - begun < 30
    assert names == ["rounds"]
