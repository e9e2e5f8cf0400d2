"""Sealing one message to one recipient.

Contract: the last step before bytes leave. Everything inside has been made from the log's head
already; sealing adds no claim of its own and is bound to the whole clear header.
"""

from __future__ import annotations

from relec_exchange.errors import InvalidInput
from relec_exchange.sealing.content import Content, pack
from relec_exchange.sealing.envelope import INFO_LABEL, ClearHeader, clear_part
from relec_exchange.sealing.suite import HPKE, SealingPublic


def seal(
    header: ClearHeader, content: Content, recipient: SealingPublic, bucket: int | None = None
) -> bytes:
    """The envelope. `header.key_id` must name `recipient`; `bucket` as in `content.pack`.

    HPKE draws its own randomness, so two seals of one content differ. Raises `InvalidInput`.
    """
    if header.key_id != recipient.key_id:
        raise InvalidInput("the header names another key than the recipient's", field="key")
    clear = clear_part(header)
    plaintext = pack(content, bucket)
    try:
        return clear + HPKE.encrypt(plaintext, recipient.hpke, info=INFO_LABEL + clear)
    except ValueError:
        # An X25519 key of low order: its owner wants everybody to be able to read.
        raise InvalidInput("nothing can be sealed to this key", field="key") from None
