"""Every way in which the broker's connection can fail, in our own words.

pika wraps causes in causes; the innermost one says what happened. What the broker wrote is
reduced to printable characters, since it ends on an operator's terminal.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from pika import exceptions

from relec_exchange.errors import Misconfigured, RelecError, Unavailable

LONGEST_TEXT = 200


def translate(fault: BaseException) -> RelecError:
    """The error of our own tree for anything that ended a connection, a channel or an attempt.

    Misconfigured where an operator must act, else Unavailable. Never raises.
    """
    for cause in _causes(fault):
        error = _known(cause)
        if error is not None:
            return error
    return Unavailable(f"the broker's connection failed ({type(fault).__name__})")


def printable(text: str) -> str:
    """At most 200 printable ASCII characters of what a stranger wrote."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)[:LONGEST_TEXT]


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """The fault's causes, innermost first."""
    inner: list[BaseException] = []
    for name in ("exceptions", "exception"):
        found = getattr(fault, name, None)
        if isinstance(found, BaseException):
            inner.append(found)
        elif isinstance(found, (list, tuple)):
            inner += [item for item in found if isinstance(item, BaseException)]
    inner += [item for item in fault.args if isinstance(item, BaseException)]
    for item in reversed(inner):
        if item is not fault:
            yield from _causes(item)
    yield fault


def _known(fault: BaseException) -> RelecError | None:
    if isinstance(fault, RelecError):
        return fault
    if isinstance(fault, (exceptions.ConnectionClosed, exceptions.ChannelClosed)):
        return _closed(fault.reply_code, fault.reply_text)
    if isinstance(fault, OSError):
        return _network(fault)
    return _protocol(fault)


def _closed(code: int, text: str) -> RelecError:
    if code == 200:
        return Unavailable("the connection was closed in good order")
    said = f"the broker closed it: {code} {printable(text)}"
    if code in (403, 404, 530):
        return Misconfigured(said, remedy="ask the broker's operator to apply the members' cards")
    return Unavailable(said)


def _network(fault: OSError) -> RelecError:
    if isinstance(fault, ssl.SSLCertVerificationError):
        why = printable(_attribute(fault, "verify_message"))
        return Misconfigured(
            f"the broker's certificate is not accepted: {why}",
            remedy="compare ca_file and server name with the broker's operator",
        )
    if isinstance(fault, ssl.SSLError):
        reason = printable(_attribute(fault, "reason") or "handshake")
        return Unavailable(
            f"TLS with the broker failed: {reason}",
            remedy="if it stays so, has the certificate ended or been revoked?",
        )
    if isinstance(fault, socket.gaierror):
        return Unavailable("the broker's host name cannot be resolved")
    return Unavailable(f"the broker cannot be reached: {printable(fault.strerror or 'no answer')}")


def _attribute(fault: BaseException, name: str) -> str:
    # OpenSSL's errors have these only when OpenSSL itself raised them.
    return str(getattr(fault, name, "") or "")


def _protocol(fault: BaseException) -> RelecError | None:
    if isinstance(fault, (exceptions.AuthenticationError, exceptions.ProbableAuthenticationError)):
        return Misconfigured(
            "the broker refused the certificate's user",
            remedy="was the user revoked, or has the operator not applied the card yet?",
        )
    if isinstance(fault, exceptions.ProbableAccessDeniedError):
        return Misconfigured(
            "the broker refused its virtual host to this user",
            remedy="ask the broker's operator to apply the members' cards",
        )
    texts: tuple[tuple[type[BaseException], str], ...] = (
        (exceptions.AMQPHeartbeatTimeout, "the broker missed its heartbeats"),
        (exceptions.ConnectionBlockedTimeout, "the broker blocked publishing for too long"),
        (exceptions.IncompatibleProtocolError, "the broker ended the connection while it began"),
        (exceptions.StreamLostError, "the connection to the broker was lost"),
        (exceptions.ConnectionOpenAborted, "connecting was given up"),
        (exceptions.AMQPChannelError, "the channel to the broker was lost"),
    )
    for kind, text in texts:
        if isinstance(fault, kind):
            return Unavailable(text)
    return None
