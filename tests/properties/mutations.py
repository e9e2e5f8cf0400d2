"""Ways to damage a valid document: drop, add, double, retype, stretch, nest, exchange, respell.

Contract: `mutated` changes a copy, by one to three steps that a seeded `Random` chooses, so that a
failure can be repeated from its seed. The result is JSON of some kind, seldom a valid message.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

Json = Any
Place = tuple[Any, Any]
"""A container, and a key or position in it."""

STRANGE = (
    "", " ", "\n", "a\nb", "\x00", "\x1b[31m", "\u202e", "\ud800", "\udfff\ud800", "ｉｒａｑ", "İ",
    "é", "e\u0301", "🛂", "\u200b", "ـ", "محمد", "মোহাম্মদ", "9" * 400, "-1", "1e5", "NaN", "null",
    "true", "[]", "../../x", "a" * 201, "ب" * 10_001, "2026-02-30", "2026-11-21T25:00:00.000Z",
    "TR\n", "PAK ", "H0", "info.request", "019aa700-0000-7000-8000-000000000301", "=HYPERLINK(1)",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 1.0, 0.5, -0.0, 1e300, 5e-324, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63) - 1, 10**30,
    True, False,
)  # fmt: skip
HUGE_TEXT = 200_000
HUGE_LIST = 3_000
DEEP = (5, 31, 40, 200)


def mutated(document: Json, seed: int) -> Json:
    """A damaged copy; the same for the same seed."""
    dice = random.Random(seed)
    holder = {"document": deepcopy(document)}
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        step = dice.choice(STEPS)
        step(dice, dice.choice(_places(holder)))
    return holder["document"]


def respelled(raw: bytes, seed: int) -> bytes:
    """Message bytes with a few of them changed, cut off, doubled or moved."""
    dice = random.Random(seed)
    at, end = sorted(dice.randrange(len(raw) + 1) for _ in range(2))
    return dice.choice(
        (
            raw[:at] + bytes(dice.randrange(256) for _ in range(dice.randrange(1, 4))) + raw[at:],
            raw[:at],
            raw[:at] + raw[end:],
            raw[:end] + raw[at:],
            raw.replace(b":", b": ", 3) + b"\n",
            raw.replace(b'"', b"'", 2),
            b"\xef\xbb\xbf" + raw,
            raw.replace(b"a", b"\\u0061", 5),
            raw.replace(b"}", b',"type":"ack"}', 1),
        )
    )


def _places(node: Json) -> list[Place]:
    """Every place in a document, each level as likely as it has places."""
    found: list[Place] = []
    pending = [node]
    while pending:
        item = pending.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item))
        for key in keys:
            found.append((item, key))
            if isinstance(item[key], (dict, list)):
                pending.append(item[key])
    return found


def _drop(dice: random.Random, place: Place) -> None:
    holder, key = place
    if key != "document":
        del holder[key]


def _replace(dice: random.Random, place: Place) -> None:
    holder, key = place
    holder[key] = dice.choice((None, [], {}, dice.choice(STRANGE), dice.choice(NUMBERS)))


def _text(dice: random.Random, place: Place) -> None:
    """A text that is cut, doubled, in capitals, or has something strange in it."""
    holder, key = place
    value = holder[key]
    if not isinstance(value, str):
        holder[key] = dice.choice(STRANGE)
        return
    at = dice.randrange(len(value) + 1)
    holder[key] = dice.choice(
        (
            value[:at] + dice.choice(STRANGE) + value[at:],
            value[:at] + value[at + 1 :],
            value.swapcase(),
            value + value,
            value + "\n",
            dice.choice(STRANGE),
        )
    )


def _number(dice: random.Random, place: Place) -> None:
    holder, key = place
    value = holder[key]
    if type(value) is int:
        holder[key] = dice.choice((value + 1, -value, float(value), str(value), value * 10**6))
    elif isinstance(value, float):
        holder[key] = dice.choice((value + 0.001, -value, int(value), value * 1000))
    else:
        holder[key] = dice.choice(NUMBERS)


def _double(dice: random.Random, place: Place) -> None:
    """An item of a list twice, or the value of one field in another one."""
    holder, key = place
    if isinstance(holder, list):
        holder.insert(dice.randrange(len(holder) + 1), deepcopy(holder[key]))
    else:
        holder[dice.choice(list(holder))] = deepcopy(holder[key])


def _add(dice: random.Random, place: Place) -> None:
    holder, key = place
    value = dice.choice((None, "x", 1, [], {}, dice.choice(STRANGE)))
    if isinstance(holder[key], dict):
        holder[key][dice.choice(("unknown", "type", "from", "names", "\u202e", "a" * 300))] = value
    elif isinstance(holder[key], list):
        holder[key].insert(dice.randrange(len(holder[key]) + 1), value)
    else:
        holder[key] = dice.choice(([holder[key]], {"value": holder[key]}))


def _stretch(dice: random.Random, place: Place) -> None:
    """Much more of what stands there."""
    holder, key = place
    value = holder[key]
    if isinstance(value, list) and value:
        holder[key] = value * (dice.choice((2, 70, HUGE_LIST)) // len(value) + 1)
    elif isinstance(value, str):
        holder[key] = (value or "x") * (dice.choice((50, 300, HUGE_TEXT)) // max(len(value), 1))
    elif isinstance(value, dict):
        value.update({f"field_{n}": n for n in range(dice.choice((1, 50, HUGE_LIST)))})
    else:
        holder[key] = 10 ** dice.choice((3, 17, 40, 400))


def _nest(dice: random.Random, place: Place) -> None:
    holder, key = place
    value = holder[key]
    for _ in range(dice.choice(DEEP)):
        value = [value] if dice.random() < 0.5 else {"x": value}
    holder[key] = value


def _exchange(dice: random.Random, place: Place) -> None:
    """Two values of one object or list."""
    holder, key = place
    other = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _rename(dice: random.Random, place: Place) -> None:
    holder, key = place
    if isinstance(holder, dict) and key != "document":
        holder[dice.choice((key.upper(), f"{key}_", key[:-1], "from_", ""))] = holder.pop(key)


STEPS: tuple[Callable[[random.Random, Place], None], ...] = (
    _drop,
    _replace,
    _text,
    _text,
    _number,
    _double,
    _add,
    _stretch,
    _nest,
    _exchange,
    _rename,
)
