"""Vectors of kind evidence: good bundles, and the same ones manipulated.

A manipulated bundle is written as what changes in a good one: `patch` is a JSON Patch (RFC 6902,
add, remove and replace alone), `replace` exchanges one piece of the text of the file once. `expect`
is the code of the first thing that does not hold, `part` where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evidence_bad import Bad
from evidence_bad_bounds import bounds_tried
from evidence_bad_entries import contents_changed, entries_changed
from evidence_bad_logs import cosigned_changed, receipts_changed, received_changed
from evidence_bad_terms import in_force_changed, policies_changed
from evidence_bad_texts import (
    agreements_changed,
    cards_changed,
    files_changed,
    notices_changed,
)
from evidence_good import Good, goods
from world import Case

KIND = "evidence"


def evidence_cases() -> Iterator[Case]:
    """Every vector of this kind."""
    found = {good.name: good for good in goods()}
    for good in found.values():
        yield Case(KIND, good.name, good.comment, "ok", _good(good))
    for number, bad in enumerate(bad_bundles(found), start=1):
        good = found[bad.of]
        authorities = dict(good.authorities if bad.authorities is None else bad.authorities)
        inputs: dict[str, Any] = {"part": bad.part, "authorities": authorities, "of": good.name}
        if bad.replace:
            inputs["replace"] = list(bad.replace)
        else:
            inputs["patch"] = list(difference(good.bundle, bad.bundle, ""))
            if not inputs["patch"] and bad.authorities is None:
                raise ValueError(f"{bad.name} changes nothing")
        yield Case(KIND, f"bad-{number:03d}-{bad.name}", bad.comment, bad.expect, inputs)


def bad_bundles(found: Mapping[str, Good]) -> Iterator[Bad]:
    """All of them, in the order of the parts of a bundle."""
    yield from files_changed(found)
    yield from cards_changed(found)
    yield from notices_changed(found)
    yield from agreements_changed()
    yield from entries_changed()
    yield from contents_changed()
    yield from cosigned_changed(found)
    yield from receipts_changed()
    yield from received_changed(found)
    yield from in_force_changed()
    yield from policies_changed()
    yield from bounds_tried()


def _good(good: Good) -> dict[str, Any]:
    return {
        "authorities": dict(good.authorities),
        "outcome": good.outcome,
        "statements": [list(one) for one in good.statements],
        "bundle": good.bundle,
    }


def difference(old: Any, new: Any, at: str) -> Iterator[dict[str, Any]]:
    """The JSON Patch that makes one value of the other."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            place = f"{at}/{name}"
            if name not in new:
                yield {"op": "remove", "path": place}
            elif name not in old:
                yield {"op": "add", "path": place, "value": new[name]}
            else:
                yield from difference(old[name], new[name], place)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, at)
    elif type(old) is not type(new) or old != new:
        yield {"op": "replace", "path": at, "value": new}


def _lists(old: list[Any], new: list[Any], at: str) -> Iterator[dict[str, Any]]:
    gone = _shorter(old, new)
    if len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from difference(one, other, f"{at}/{number}")
    elif old == new[: len(old)]:
        for item in new[len(old) :]:
            yield {"op": "add", "path": f"{at}/-", "value": item}
    elif gone is not None:
        for number in reversed(gone):
            yield {"op": "remove", "path": f"{at}/{number}"}
    else:
        yield {"op": "replace", "path": at, "value": new}


def _shorter(old: list[Any], new: list[Any]) -> list[int] | None:
    """Which items of the one list are missing in the other, if that is all."""
    rest, gone = list(new), []
    for number, item in enumerate(old):
        if rest and rest[0] == item:
            rest.pop(0)
        else:
            gone.append(number)
    return None if rest else gone
