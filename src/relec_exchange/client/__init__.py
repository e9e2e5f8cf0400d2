"""The SDK: one officer, or one national system, talking to the own node.

    with Client("home", officer="ayse") as client:
        [sent] = client.submit(type="test.ping", to="iq", body={"text": "Hello"})
        client.wait(sent.message_id, stage="validated")

Contract: calls are synchronous and raise errors of `relec_exchange.errors`. The officer's key
stays in this process: what leaves it are signatures.
"""

from relec_exchange.client.client import Client
from relec_exchange.client.compose import Draft
from relec_exchange.client.entry import Choices, Entered, Note
from relec_exchange.client.handles import Content, Message, Submitted

__all__ = ["Choices", "Client", "Content", "Draft", "Entered", "Message", "Note", "Submitted"]
