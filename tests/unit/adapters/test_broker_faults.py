"""Faults of the broker's connection in our own words, and the delays between attempts."""

from __future__ import annotations

import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika import exceptions
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorAMQPHandshakeError,
    AMQPConnectorSocketConnectError,
)

from relec_exchange.adapters.rabbitmq.faults import printable, translate
from relec_exchange.adapters.rabbitmq.link import Backoff
from relec_exchange.errors import Misconfigured, Unavailable

REFUSED = ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (REFUSED, Unavailable, "cannot be reached: Connection refused"),
        (
            AMQPConnectionWorkflowFailed([AMQPConnectorSocketConnectError(REFUSED)]),
            Unavailable,
            "Connection refused",
        ),
        (
            AMQPConnectionWorkflowFailed(
                [
                    AMQPConnectorAMQPHandshakeError(
                        exceptions.ProbableAuthenticationError("ConnectionClosedByBroker: (403)")
                    )
                ]
            ),
            Misconfigured,
            "certificate's user",
        ),
        (exceptions.ProbableAccessDeniedError("x"), Misconfigured, "virtual host"),
        (exceptions.ProbableAuthenticationError("x"), Misconfigured, "certificate's user"),
        (exceptions.ChannelClosedByBroker(404, "NOT_FOUND - no exchange"), Misconfigured, "404"),
        (exceptions.ConnectionClosedByBroker(320, "CONNECTION_FORCED"), Unavailable, "320"),
        (exceptions.AMQPHeartbeatTimeout("x"), Unavailable, "heartbeats"),
        (exceptions.ConnectionBlockedTimeout("x"), Unavailable, "blocked"),
        (exceptions.StreamLostError("x"), Unavailable, "lost"),
        (socket.gaierror(-2, "Name or service not known"), Unavailable, "host name"),
        (ssl.SSLError(1, "[SSL: NO_PROTOCOLS] text"), Unavailable, "TLS"),
        (RuntimeError("secret detail"), Unavailable, "RuntimeError"),
    ],
)
def test_each_fault_is_told_in_our_words(
    fault: BaseException, kind: type[Exception], words: str
) -> None:
    error = translate(fault)
    assert type(error) is kind
    assert words in error.message
    assert "secret detail" not in error.message


@given(st.text())
def test_what_a_broker_writes_cannot_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    assert shown.isascii()
    assert len(shown) <= 200
    assert shown == "" or shown.isprintable()


def test_delays_double_up_to_the_longest_and_start_again_after_success() -> None:
    backoff = Backoff(0.5, 30.0, lambda: 0.0)
    assert [backoff.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next() == 0.5


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 10_000))
def test_a_delay_is_cut_by_at_most_half(fraction: float, failures: int) -> None:
    backoff = Backoff(0.5, 30.0, lambda: fraction, failures)
    full = min(30.0, 0.5 * 2.0 ** min(failures, 32))
    assert full / 2 <= backoff.next() <= full
