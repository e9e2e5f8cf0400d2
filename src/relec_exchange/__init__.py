"""relec-exchange: a national node that exchanges sealed, signed and logged messages.

The journey of a message:

1. submit     an officer signs a commitment to the message and hands it to the own node
2. validate   the header and the body obey the schema of their type
3. authorise  an agreement that both states signed grants it, or it is refused by a named rule
4. protect    rules refuse it, hold it, or say what it needs: answers, approval, a second officer
5. log        the node appends a `sent` entry to its log and signs a checkpoint: the signature
6. seal       message, salt, entry and proof are sealed to the recipient's key of the month
7. publish    the envelope goes to the broker, which sees only who writes to whom
8. unseal     the recipient opens it, proves it by the sender's log, checks it against 2, 3 and 4
9. receipt    inbox, log entry and signed receipt are one transaction at the recipient
10. route     a unit or the protection desk gets it, an officer opens it, by signature, and answers

    from relec_exchange import Client
    with Client("home", officer="ayse") as client:
        [sent] = client.submit(type="test.ping", to="iq", body={"text": "Hello"})
        client.wait(sent.message_id)
        print([message.type for message in client.messages()])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relec_exchange.client import Client, Message, Submitted
    from relec_exchange.errors import (
        Conflict,
        IntegrityFailure,
        InvalidInput,
        Misconfigured,
        NotAuthorised,
        NotFound,
        Refused,
        RelecError,
        Unavailable,
        Unverified,
    )

__all__ = [
    "Client",
    "Conflict",
    "IntegrityFailure",
    "InvalidInput",
    "Message",
    "Misconfigured",
    "NotAuthorised",
    "NotFound",
    "Refused",
    "RelecError",
    "Submitted",
    "Unavailable",
    "Unverified",
]

_HOMES = dict.fromkeys(("Client", "Message", "Submitted"), "client")


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import relec_exchange` is fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value
