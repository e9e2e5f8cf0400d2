"""The key of a unit that alone reads what is sealed to it: its file, and its line for the card.

The file lies on the unit's own machine and never at the node. It carries its own data key, so it
needs nothing but its passphrase. The line is public: unit, key id, key; it goes to the security
officer, who puts it into the next card.

Contract: mode 0600 or refused, nothing is overwritten; randomness is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relec_exchange.adapters.armour import FILE_MAX_BYTES, read_blocks, write_block
from relec_exchange.adapters.datakey import KEY, UNLOCK, DataKey, Random, find_block
from relec_exchange.adapters.privatefiles import read_private, write_private
from relec_exchange.errors import InvalidInput
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.sealing.suite import SEED_BYTES, SealingPrivate, SealingPublic
from relec_exchange.trust.card_parts import Unit
from relec_exchange.trust.passphrase import COST_DEFAULT
from relec_exchange.trust.plaintext import validated

_KIND: Final = "unit"
_LINE_MAX_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class UnitKey:
    """The name of a unit and its private key."""

    unit: str
    private: SealingPrivate


def make_unit_key(
    path: Path, unit: str, passphrase: str, random: Random, cost: int = COST_DEFAULT
) -> UnitKey:
    """Make a key and write its file. `InvalidInput` for a name, `Conflict` if the file exists."""
    validated({"name": unit}, "unit", Unit)
    seed = random(SEED_BYTES)
    private = SealingPrivate.from_seed(seed)
    data_key = DataKey(random(32))
    headers = {"kind": _KIND, "name": unit, "id": private.key_id}
    text = write_block(data_key.lock(passphrase, random, cost))
    text += write_block(data_key.close(headers, seed, random))
    write_private(path, text.encode())
    return UnitKey(unit, private)


def read_unit_key(path: Path, passphrase: str) -> UnitKey:
    """Open a file that `make_unit_key` wrote. `NotFound`, or `Misconfigured` naming the file."""
    blocks = read_blocks(read_private(path, FILE_MAX_BYTES).decode("ascii", "replace"))
    data_key = DataKey.unlock(find_block(blocks, UNLOCK, path), passphrase)
    block = find_block(blocks, KEY, path)
    seed = data_key.open(block, kind=_KIND)
    return UnitKey(block.header("name"), SealingPrivate.from_seed(seed))


def public_line(key: UnitKey) -> str:
    """What the security officer gets: `unit+id+key`, the key in base64."""
    public = key.private.public
    return f"{key.unit}+{public.key_id}+{b64(public.raw)}"


def read_public_line(text: str, unit: str) -> Unit:
    """The entry of a card for this unit, or `InvalidInput` that says what is wrong."""
    name, _, rest = text.strip().partition("+")
    key_id, _, key = rest.partition("+")
    if len(text) > _LINE_MAX_CHARACTERS or not key:
        raise _wrong("this is not the public line of a unit's key")
    if name != unit:
        raise _wrong(f"the key is for the unit {name[:32]}, not {unit}")
    try:
        public = SealingPublic.parse(unb64(key))
    except InvalidInput as error:
        raise _wrong(error.message) from None
    if public.key_id != key_id:
        raise _wrong("the id is not that of the key: the line was changed")
    return Unit(name=unit, key=key)


def _wrong(text: str) -> InvalidInput:
    return InvalidInput(text, field="unit", remedy="use the line that `relec unit key` printed")
