"""What was sent before from the same record of a file, so that a new import corrects it.

Contract: the client names subject and content by digests; what the node keeps (in the idempotency
key of each message) are those digests under a secret of its own, so that nobody who reads the
store can test a guess of what a message said. The secret lies in the vault, not in a backup.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Unavailable
from relec_exchange.records import OutboxRow, Where

LEDGER_KEY: Final = "ledger/import"
"""The id of the secret in the vault; it belongs to no message."""

_SECRET_BYTES: Final = 64
_NAME_DIGITS: Final = 24
# A message in one of these states never reached its recipient, or was taken back.
_NOT_STANDING: Final = frozenset({"rejected", "voided", "expired", "returned"})


class ImportDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def sent_before(self, items: list[Json]) -> list[Json]:
        """`answers.SentBefore` per item (recipient, subject, content), in order."""
        secret = self._secret()
        return [self._before(item, secret) for item in items]

    def _before(self, item: Json, secret: bytes) -> Json:
        subject = _named(secret, "subject", item["recipient"], item["subject"])
        content = _named(secret, "content", subject, item["content"])
        prefix = f"imp.{subject}."
        rows = self.core.store.rows(
            OutboxRow,
            Where("idempotency_key", ">=", prefix),
            # The character after the full stop ends the range of all keys that begin so.
            Where("idempotency_key", "<", prefix[:-1] + "/"),
            order="row",
            blobs=False,
        )
        sent = [(_number(row), row) for row in rows]
        told = [row.message_id for row in rows if row.sent_at]
        standing = [(number, row) for number, row in sent if _stands(row)]
        number, newest = max(standing, key=lambda one: one[0], default=(0, None))
        return {
            "subject_name": subject,
            "content_name": content,
            "number": max((number for number, _ in sent), default=0),
            "message_id": newest.message_id if newest else "",
            "standing_number": number,
            "told": told,
            "waiting": newest is not None and newest.state == "submitted",
            "same": newest is not None and str(newest.idempotency_key).endswith(f".{content}"),
        }

    def _secret(self) -> bytes:
        """The secret, made when it is first needed; of two made at once the first stays."""
        vault = self.core.vault
        if LEDGER_KEY not in vault.get([LEDGER_KEY]):
            vault.put({LEDGER_KEY: self.core.random(_SECRET_BYTES)})
        secret = vault.get([LEDGER_KEY]).get(LEDGER_KEY)
        if secret is None:
            raise Unavailable("the secret of earlier imports cannot be read", remedy="try again")
        return secret


def _named(secret: bytes, *parts: str) -> str:
    digest = hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256)
    return digest.hexdigest()[:_NAME_DIGITS]


def _number(row: OutboxRow) -> int:
    """The number in a key `imp.<subject>.<number>.<content>`; 0 where it has another form."""
    parts = str(row.idempotency_key).split(".")
    return int(parts[2]) if len(parts) == 4 and parts[2].isdecimal() else 0


def _stands(row: OutboxRow) -> bool:
    return row.state not in _NOT_STANDING and row.withdrawn != "recalled"
