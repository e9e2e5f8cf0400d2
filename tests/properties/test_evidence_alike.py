"""Whatever somebody does to a bundle, both verifiers judge it alike, and neither stops."""

from __future__ import annotations

import base64
import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from evidence_files import GOOD, vector
from relec_exchange.audit.evidence_judging import judge_evidence
from relec_verify.judging import judge

SEEDS = 40 if os.environ.get("RELEC_FULL") == "1" else 4
CHANGES = 50 if os.environ.get("RELEC_FULL") == "1" else 20


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a bundle."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in inner:
        yield (*way, name)
        if isinstance(item, dict | list):
            yield from places(item, (*way, name))


def at(bundle: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        bundle = bundle[step]
    return bundle


def altered(value: Any, chance: random.Random) -> Any:
    """Another value in its place: of bytes and texts one that is nearly the same."""
    if not isinstance(value, str) or not value:
        return chance.choice([None, 0, 1, -1, 2**60, True, "", "AAAA", [], {}, 1.5])
    if chance.random() < 0.3 and len(value) % 4 == 0 and value.isascii() and "\n" not in value:
        data = bytearray(base64.b64decode(value))
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return base64.b64encode(data).decode()
    lines = value.split("\n")
    number = chance.randrange(len(lines))
    change = chance.randrange(4)
    if change == 0:
        del lines[number]
    elif change == 1:
        lines.insert(number, lines[chance.randrange(len(lines))])
    elif change == 2:
        spot = chance.randrange(len(lines[number]) + 1)
        lines[number] = lines[number][:spot] + chance.choice("0aZ+/= .\"'é") + lines[number][spot:]
    else:
        spot = chance.randrange(len(lines[number]) + 1)
        lines[number] = lines[number][:spot] + lines[number][spot + 1 :]
    return "\n".join(lines)


def changed(bundle: Any, chance: random.Random) -> Any:
    """A copy of a bundle with one change."""
    copied = copy.deepcopy(bundle)
    ways = list(places(copied))
    way = chance.choice(ways)
    holder = at(copied, way[:-1])
    action = chance.randrange(4)
    if action == 0 and isinstance(holder, list):
        del holder[way[-1]]
    elif action == 1:
        alike = [w for w in ways if type(at(copied, w)) is type(at(copied, way))]
        holder[way[-1]] = copy.deepcopy(at(bundle, chance.choice(alike)))
    elif action == 2 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[way[-1]]))
    else:
        holder[way[-1]] = altered(holder[way[-1]], chance)
    return copied


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_verifiers_come_to_the_same_outcome_whatever_was_changed(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(CHANGES):
        good = vector(chance.choice(GOOD))
        data = json.dumps(changed(good["bundle"], chance)).encode()
        known = {n: f for n, f in good["authorities"].items() if chance.random() < 0.8}
        first, second = judge_evidence(data, known), judge(data, known)
        assert first.outcome == second.outcome, seed
        if first.outcome != "refused":  # with several things wrong each may name another first
            told = [[(s.status, s.code, s.text) for s in one.statements] for one in (first, second)]
            assert told[0] == told[1], seed
