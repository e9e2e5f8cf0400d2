"""This node's logs as its next card has to name them: asked of the running node, or read from its
store while it does not run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relec_exchange.cli.home import Place

if TYPE_CHECKING:
    from relec_exchange.adapters.keyfiles import KeyFiles
    from relec_exchange.journal.state import JournalState
    from relec_exchange.trust.card import Card
    from relec_exchange.trust.succession import OwnLog


def with_own_logs(place: Place, card: Card, keys: KeyFiles) -> Card:
    """The card with all logs of this node, each open or closed as it is now."""
    from relec_exchange.trust.succession import with_logs

    return with_logs(card, _running(place) if place.running() else _stored(place, keys))


def stored_state(place: Place) -> JournalState | None:
    """What the store of a node that does not run holds of its logs; None if there is none yet.

    `Conflict` if a process runs this node after all.
    """
    import os

    from relec_exchange.adapters.sqlite import SqliteStore
    from relec_exchange.journal.opening import LogNames, load_state
    from relec_exchange.node.surroundings import lock_directory
    from relec_exchange.records import LogHeadRow

    settings = place.settings()
    path = settings.path(settings.paths.store)
    if not path.exists():
        return None
    lock = lock_directory(path.parent)
    store = SqliteStore(path)
    try:
        return load_state(store, LogNames("", "")) if store.count(LogHeadRow) else None
    finally:
        store.close()
        os.close(lock)


def _running(place: Place) -> list[OwnLog]:
    from relec_exchange.trust.signature import HybridPublic
    from relec_exchange.trust.succession import OwnLog

    with place.client() as client:
        found: list[dict[str, Any]] = client.wire.get("/v1/logs")["logs"]
    return [
        OwnLog(
            HybridPublic.from_vkeys("log", one["ed25519"], one["mldsa44"]),
            (one["size"], one["root"]) if one["state"] == "closed" else None,
        )
        for one in found
    ]


def _stored(place: Place, keys: KeyFiles) -> list[OwnLog]:
    from relec_exchange.trust.succession import OwnLog

    state = stored_state(place)
    if state is None:
        return []
    logs = (*state.closed.values(), state.exchange, state.activity)
    return [
        OwnLog(keys.log_public(log.origin), (log.size, log.root.hex()) if log.final else None)
        for log in logs
    ]
