"""Terms stand still while somebody judges by them; whoever changes them is not kept waiting."""

from __future__ import annotations

import threading
import time

import pytest

from relec_exchange.journal.steady import Steady

PATIENCE_SECONDS = 60


def started(call) -> threading.Thread:  # type: ignore[no-untyped-def]
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_a_change_waits_for_all_who_judge_and_they_for_it() -> None:
    terms, order = Steady(), []
    judged, changed = threading.Event(), threading.Event()

    def change() -> None:
        with terms.changing():
            order.append("changed")
            changed.set()

    def judge() -> None:
        with terms.judging():
            order.append("judged again")

    with terms.judging():
        first = started(change)
        ends = time.monotonic() + PATIENCE_SECONDS
        while not terms._wanted and time.monotonic() < ends:
            time.sleep(0.005)
        assert not changed.wait(0.05)
        second = started(judge)  # comes after who waits to change: nobody is starved
        assert not judged.wait(0.05)
        order.append("judged")
    first.join(PATIENCE_SECONDS)
    second.join(PATIENCE_SECONDS)
    assert order == ["judged", "changed", "judged again"]


def test_two_may_judge_at_once_and_one_may_judge_inside_its_judging() -> None:
    terms, met, changed = Steady(), threading.Barrier(2, timeout=PATIENCE_SECONDS), []

    def judge() -> None:
        with terms.judging(), terms.judging():
            met.wait()

    other = started(judge)
    with terms.judging():
        met.wait()
    other.join(PATIENCE_SECONDS)
    assert not other.is_alive()
    change = started(lambda: changed.append(terms.changing().__enter__()))
    change.join(PATIENCE_SECONDS)
    assert changed == [None]  # everybody has left


def test_who_judges_does_not_change_the_terms_under_itself() -> None:
    terms = Steady()
    with terms.judging(), pytest.raises(RuntimeError), terms.changing():
        pass
    with terms.changing():
        pass


def test_an_error_inside_leaves_nobody_waiting() -> None:
    terms = Steady()
    for inside in (terms.judging, terms.changing):
        with pytest.raises(ValueError, match="no"), inside():
            raise ValueError("no")
    with terms.changing():
        pass
