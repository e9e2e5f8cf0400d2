"""A connection that waits for its next attempt makes it when another one came through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pika.adapters.select_connection import IOLoop

from relec_exchange.adapters.rabbitmq.access import Access, Tuning
from relec_exchange.adapters.rabbitmq.link import Link
from relec_exchange.errors import RelecError


def waiting(loop: IOLoop, missing: Path, failed: Callable[[RelecError], None]) -> Link:
    """A link whose first attempt failed, for its certificate is not there, and that waits long."""
    access = Access("localhost", 1, "tr", missing, missing, missing)
    tuning = Tuning(first_delay_seconds=3600.0, longest_delay_seconds=3600.0)
    link = Link(loop, access, tuning, lambda: 0.0)
    link.closed = failed
    link.open()
    return link


def test_an_attempt_that_is_waited_for_is_made_at_once_and_once(tmp_path: Path) -> None:
    loop, failures = IOLoop(), list[RelecError]()
    try:
        link = waiting(loop, tmp_path / "missing", failures.append)
        assert len(failures) == 1
        link.hasten()
        assert len(failures) == 2
        link.end()
        link.hasten()
        assert len(failures) == 2
    finally:
        loop.close()


def test_a_connection_that_was_never_tried_is_not_hastened(tmp_path: Path) -> None:
    loop, failures = IOLoop(), list[RelecError]()
    try:
        access = Access("localhost", 1, "tr", tmp_path, tmp_path, tmp_path)
        link = Link(loop, access, Tuning(), lambda: 0.0)
        link.closed = failures.append
        link.hasten()
        assert failures == []
    finally:
        loop.close()
