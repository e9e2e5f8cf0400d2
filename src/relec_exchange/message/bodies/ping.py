"""The bodies of `test.ping` and `test.pong`: does the whole way work, without any case data."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from relec_exchange.message.fields import TEXT_PATTERN, Document, MessageId

_PingText = Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)]


class TestPing(Document):
    """A text of at most 200 characters that the other node sends back."""

    __test__ = False  # a message, not a test case

    text: _PingText


class TestPong(Document):
    """The text of the ping, and its message id."""

    __test__ = False

    text: _PingText
    ping_id: MessageId
