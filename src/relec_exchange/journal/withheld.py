"""Fields that were cut from a message of ours, kept so that they can be disclosed later.

Contract: encrypted under the key of the message itself, so that they end with it; `read_cuts`
gives what `cut_row` kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from relec_exchange.message.encoding import b64, unb64
from relec_exchange.message.withholding import Cut
from relec_exchange.ports import Random
from relec_exchange.records import CutRow
from relec_exchange.sealing.atrest import KEY_BYTES, NONCE_BYTES, decrypt, encrypt

_CONTEXT: Final = b"/cuts"


def cut_row(
    message_id: str, cuts: Sequence[Cut], key_id: str, secret: bytes, random: Random
) -> CutRow:
    """The record of what was cut; `secret` is that of the message in the vault."""
    kept = [{"path": one.path, "value": one.value, "salt": b64(one.salt)} for one in cuts]
    plain = json.dumps(kept, separators=(",", ":")).encode()
    content = encrypt(secret[:KEY_BYTES], random(NONCE_BYTES), key_id.encode() + _CONTEXT, plain)
    return CutRow(message_id, key_id, content)


def read_cuts(row: CutRow, secret: bytes) -> tuple[Cut, ...]:
    """What was cut; IntegrityFailure if the record does not open."""
    plain = decrypt(secret[:KEY_BYTES], row.key_id.encode() + _CONTEXT, row.content)
    return tuple(Cut(one["path"], one["value"], unb64(one["salt"])) for one in json.loads(plain))
