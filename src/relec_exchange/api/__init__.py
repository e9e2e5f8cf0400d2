"""The node's local HTTP API: requests in, calls of one node object, answers out. No rules here.

`docs/reference/api.md` tells it in words, `schemas/openapi.json` in full; `create_app` is the
application, `server.LocalServer` serves it on a Unix socket.
"""

from relec_exchange.api.app import create_app

__all__ = ["create_app"]
