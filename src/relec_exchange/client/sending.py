"""Signing and submitting complete messages: what every call that sends has in common.

Contract: the officer's key stays here; a batch is cut before it comes near the node's limits, and
the same bytes go again if the node went away, which is harmless.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from relec_exchange.audit.entry import commitment
from relec_exchange.client.handles import Submitted
from relec_exchange.client.wire import Wire, error_from
from relec_exchange.client.withholding import cuts_of
from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.trust.officer import Role

Json = dict[str, Any]

_SALT_BYTES: Final = 32
# A batch is cut before its base64 comes near the node's limit for one request.
_BATCH_BYTES: Final = 32 * 1024 * 1024
_RETRY_SECONDS: Final = (0.2, 1.0)


class Sending:
    """For one officer with these roles."""

    def __init__(self, wire: Wire, roles: Sequence[str]) -> None:
        self._wire = wire
        self._releases = Role.RELEASER in roles or Role.SYSTEM in roles

    def submit(
        self,
        documents: Sequence[Message],
        keys: Sequence[str],
        answers: Sequence[str] = (),
        batch: str | None = None,
    ) -> list[Submitted]:
        """Sign and submit; one result each, in order."""
        items = [
            self._item(document, key, answers, batch)
            for document, key in zip(documents, keys, strict=True)
        ]
        results: list[Submitted] = []
        for part in _batches(items):
            results += [submitted(result) for result in self._post(part)["results"]]
        return results

    def _item(self, document: Message, key: str, answers: Sequence[str], batch: str | None) -> Json:
        """One submission: message, salt, and the signatures that this officer may give."""
        salt = self._wire.random(_SALT_BYTES)
        digest = commitment(salt, document.raw)
        signs = self._wire.key
        item = {
            "idempotency_key": key,
            "message": b64(document.raw),
            "salt": b64(salt),
            "cuts": cuts_of(document),
            "submit": signed(self._wire, signs.sign_submit(digest)),
            "release": signed(self._wire, signs.sign_release(digest)) if self._releases else None,
            "answers": [
                {"question": name, **signed(self._wire, signs.sign_answer(name, digest))}
                for name in answers
            ],
        }
        return item if batch is None else {**item, "batch": batch}

    def _post(self, batch: list[Json]) -> Json:
        """Submit a batch; the same bytes again if the node went away."""
        for pause in _RETRY_SECONDS:
            try:
                return self._wire.post("/v1/messages", {"messages": batch})
            except Unavailable:
                time.sleep(pause)
        return self._wire.post("/v1/messages", {"messages": batch})


def signed(wire: Wire, signature: bytes) -> Json:
    """A signature of this officer as requests carry it."""
    return {"officer": wire.officer, "signature": b64(signature)}


def submitted(result: Mapping[str, Any]) -> Submitted:
    """What the node says became of one message."""
    error: RelecError | None = error_from(result["error"]) if result.get("error") else None
    return Submitted(
        result["message_id"],
        result["recipient"],
        result["status"],
        error,
        tuple(result.get("needs", ())),
        tuple(result.get("derived", ())),
    )


def _batches(items: Sequence[Json]) -> Iterator[list[Json]]:
    """Cut into requests of at most 256 messages and a bounded number of bytes."""
    batch: list[Json] = []
    size = 0
    for item in items:
        length = len(item["message"]) + sum(len(one["value"]) for one in item["cuts"])
        if batch and (len(batch) == LIMITS.batch_max or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
