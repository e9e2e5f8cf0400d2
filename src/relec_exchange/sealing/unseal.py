"""Opening a sealed envelope: receive step 3.

Contract: wrong key, wrong clear header, and any changed byte look the same: `Unverified(UNSEAL)`.
What was opened is not yet from anybody; only the proof inside says whose it is.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag

from relec_exchange.errors import Reason, Unverified
from relec_exchange.sealing.content import Content, unpack
from relec_exchange.sealing.envelope import ClearEnvelope
from relec_exchange.sealing.suite import HPKE, SealingPrivate


def unseal(envelope: ClearEnvelope, private: SealingPrivate) -> Content:
    """The four sections; `Unverified` with reason UNSEAL, or SPLIT if they do not fit together."""
    try:
        plaintext = HPKE.decrypt(envelope.ciphertext, private.hpke, info=envelope.info)
    except (InvalidTag, ValueError):  # ValueError: an encapsulated key that no key agrees with
        raise Unverified(Reason.UNSEAL) from None
    return unpack(plaintext)
