"""A small classifier, to find out whether two kinds of example can be told apart.

Boosted decision stumps (one threshold on one feature each, AdaBoost) and nearest neighbours on
ranked features, cross-validated: an example is judged by learners that have not seen it. Written
out here so that what is compared is plain: rows of numbers, and a truth of 0 or 1.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

Row = Sequence[float]
FOLDS = 5
ROUNDS = 40
NEIGHBOURS = 9


def accuracy(rows: Sequence[Row], truth: Sequence[int], seed: int) -> dict[str, float]:
    """The share judged rightly by each learner, in cross-validation."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    right = {"stumps": 0, "neighbours": 0}
    for fold in range(FOLDS):
        asked = order[fold::FOLDS]
        learnt = sorted(set(order) - set(asked))
        stumps = _boosted([rows[i] for i in learnt], [truth[i] for i in learnt])
        near = _Neighbours([rows[i] for i in learnt], [truth[i] for i in learnt])
        right["stumps"] += sum(_vote(stumps, rows[i]) == truth[i] for i in asked)
        right["neighbours"] += sum(near.guess(rows[i]) == truth[i] for i in asked)
    return {name: count / len(rows) for name, count in right.items()}


def chance_bound(count: int, tries: int) -> float:
    """The share that a coin reaches once in a thousand runs of `tries` trials of `count` each.

    The exact binomial tail at one half; Bonferroni over the trials. Both kinds have to be as
    common as each other. Judgements in cross-validation share examples, so this is near, not exact.
    """
    allowed = 0.001 / tries
    tail, right = 0.0, count
    while right > 0:
        tail += math.exp(
            math.lgamma(count + 1)
            - math.lgamma(right + 1)
            - math.lgamma(count - right + 1)
            - count * math.log(2)
        )
        if tail > allowed:
            break
        right -= 1
    return (right + 1) / count


Stump = tuple[int, float, int, float]
"""Feature, threshold, what is above it (0 or 1), and the weight of its voice."""


def _boosted(rows: Sequence[Row], truth: Sequence[int]) -> list[Stump]:
    weights = [1 / len(rows)] * len(rows)
    cuts = [(f, c) for f in range(len(rows[0])) for c in _cuts([row[f] for row in rows])]
    stumps: list[Stump] = []
    for _ in range(ROUNDS if cuts else 0):
        error, feature, cut, above = min(_tried(rows, truth, weights, f, c) for f, c in cuts)
        if error >= 0.5 - 1e-9:
            break
        voice = 0.5 * math.log((1 - error + 1e-9) / (error + 1e-9))
        stumps.append((feature, cut, above, voice))
        for i, row in enumerate(rows):
            hit = (above if row[feature] > cut else 1 - above) == truth[i]
            weights[i] *= math.exp(-voice if hit else voice)
        total = sum(weights)
        weights = [weight / total for weight in weights]
        if error < 1e-9:
            break
    return stumps


def _tried(
    rows: Sequence[Row], truth: Sequence[int], weights: Sequence[float], feature: int, cut: float
) -> tuple[float, int, float, int]:
    wrong = sum(
        w for row, t, w in zip(rows, truth, weights, strict=True) if (row[feature] > cut) != t
    )
    return (wrong, feature, cut, 1) if wrong <= 0.5 else (1 - wrong, feature, cut, 0)


def _cuts(values: Sequence[float], most: int = 12) -> list[float]:
    """Thresholds between the values that occur, a few of them spread evenly."""
    found = sorted(set(values))
    middles = [(a + b) / 2 for a, b in itertools.pairwise(found)]
    step = max(1, len(middles) // most)
    return middles[::step]


def _vote(stumps: Sequence[Stump], row: Row) -> int:
    total = sum(
        voice * (1 if (row[f] > cut) == bool(above) else -1) for f, cut, above, voice in stumps
    )
    return int(total > 0)


class _Neighbours:
    def __init__(self, rows: Sequence[Row], truth: Sequence[int]) -> None:
        self._columns = [sorted({row[f] for row in rows}) for f in range(len(rows[0]))]
        self._known = [(self._scaled(row), t) for row, t in zip(rows, truth, strict=True)]

    def guess(self, row: Row) -> int:
        place = self._scaled(row)
        near = sorted(
            (sum((a - b) ** 2 for a, b in zip(place, other, strict=True)), n, t)
            for n, (other, t) in enumerate(self._known)
        )[:NEIGHBOURS]
        return int(sum(t for _, _, t in near) * 2 > len(near))

    def _scaled(self, row: Row) -> list[float]:
        spans = [(column[0], (column[-1] - column[0]) or 1.0) for column in self._columns]
        return [(value - low) / span for value, (low, span) in zip(row, spans, strict=True)]
