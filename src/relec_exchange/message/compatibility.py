"""Whether a JSON Schema still accepts whatever an earlier one accepted.

Contract: pure, over the keywords that our own schemas use. `breaks` is careful: where it cannot
prove that what was valid stays valid, it says so. `check` adds the rule of versions: a schema that
breaks something carries a higher version. Only validation counts: titles, descriptions and
defaults may change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from relec_exchange.errors import InvalidInput

Schema = Mapping[str, Any]

_ID: Final = re.compile(r"urn:relec:schema:([a-z_.]+):v([1-9][0-9]{0,2})")
# Keywords that no instance can break.
_SILENT: Final = frozenset(
    {"$id", "$schema", "$defs", "title", "description", "default", "examples", "$comment"}
)
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SAME: Final = ("pattern", "multipleOf", "format")
_JUDGED: Final = frozenset(
    {
        *("type", "enum", "const", "anyOf", "allOf", "uniqueItems", "items", "prefixItems"),
        *("properties", "required", "additionalProperties"),
        *_LOWER,
        *_UPPER,
        *_SAME,
    }
)
_DEPTH_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Break:
    """Something that the old schema accepts and the new one may refuse, and where (a pointer)."""

    path: str
    text: str


def identity(schema: Schema) -> tuple[str, int]:
    """Name and version that a schema carries in its `$id`, or `InvalidInput`."""
    match = _ID.fullmatch(str(schema.get("$id", "")))
    if match is None:
        raise InvalidInput(
            "the schema names no type and version", field="$id", remedy="compare schemas of types"
        )
    return match[1], int(match[2])


def check(old: Schema, new: Schema) -> tuple[Break, ...]:
    """What stops being valid, empty if nothing does, or if the version has risen.

    Raises `InvalidInput` if the two are schemas of different types, or the version falls.
    """
    (old_name, old_version), (new_name, new_version) = identity(old), identity(new)
    if old_name != new_name:
        raise InvalidInput(f"one is of {old_name}, the other of {new_name}", field="$id")
    if new_version < old_version:
        raise InvalidInput(f"version {new_version} is older than {old_version}", field="$id")
    return breaks(old, new) if new_version == old_version else ()


def breaks(old: Schema, new: Schema) -> tuple[Break, ...]:
    """Everything that was valid and may not be any more, whatever the versions say.

    Raises `InvalidInput` for a reference that leads nowhere, out of its document, or in a circle.
    """
    return tuple(dict.fromkeys(_compare(_plain(old, old), _plain(new, new), "")))


def _plain(node: Any, root: Schema, depth: int = 0) -> Any:
    """The schema with every reference replaced, and without what validates nothing."""
    if depth > _DEPTH_MAX:
        raise InvalidInput("the schema is nested too deeply, or refers to itself", field="$ref")
    if isinstance(node, list):
        return [_plain(item, root, depth + 1) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        found = _plain(_target(str(node["$ref"]), root), root, depth + 1)
        beside = _plain({k: v for k, v in node.items() if k != "$ref"}, root, depth + 1)
        return {"allOf": [found, beside]} if beside else found
    return {
        key: _plain_members(value, root, depth)
        if key == "properties"
        else _value(key, value, root, depth)
        for key, value in node.items()
        if key not in _SILENT
    }


def _value(key: str, value: Any, root: Schema, depth: int) -> Any:
    """A keyword's value; codes are data, not schemas."""
    return value if key in ("enum", "const") else _plain(value, root, depth + 1)


def _plain_members(members: Any, root: Schema, depth: int) -> dict[str, Any]:
    """The properties of an object: their names are no keywords, whatever they are."""
    return {name: _plain(member, root, depth + 1) for name, member in dict(members).items()}


def _target(reference: str, root: Schema) -> Any:
    """What a reference of the form `#/a/b` leads to."""
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        if not reference.startswith("#/") or not isinstance(found, Mapping) or step not in found:
            raise InvalidInput(f"the reference {reference} leads nowhere", field="$ref")
        found = found[step]
    return found


def _compare(old: Any, new: Any, path: str) -> list[Break]:
    """Where an instance that is valid under `old` may be invalid under `new`."""
    if new is True or new == {} or old is False or _same(old, new):
        return []
    if new is False or old is True or old == {}:
        return [Break(path, "any value was valid, and is not any more")]
    if {"allOf", "anyOf"}.isdisjoint((*old, *new)):
        return [one for rule in _RULES for one in rule(old, new, path)]
    return _combined(old, new, path)


def _same(old: Any, new: Any) -> bool:
    """Equal as JSON: Python holds 1 and true for one value."""
    return bool(old == new) and json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _combined(old: Schema, new: Schema, path: str) -> list[Break]:
    """The same where at least one of both is made of several schemas."""
    if "allOf" in new:
        return [one for part in _parts(new) for one in _compare(old, part, path)]
    if "allOf" in old or ("anyOf" in old and len(old) > 1):
        return _fewest(_compare(part, new, path) for part in _parts(old))
    if "anyOf" in old:
        return [one for choice in old["anyOf"] for one in _compare(choice, new, path)]
    rest = {key: value for key, value in new.items() if key != "anyOf"}
    accepted = _fewest(_compare(old, choice, path) for choice in new["anyOf"])
    return accepted + _compare(old, rest, path)


def _parts(schema: Schema) -> list[Any]:
    """Schemas that must all hold: those in `allOf`, `anyOf`, and the keywords beside them."""
    rest = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf")}
    choices = [{"anyOf": schema["anyOf"]}] if "anyOf" in schema else []
    return [part for part in (*schema.get("allOf", ()), *choices, rest) if part != {}]


def _fewest(found: Iterator[list[Break]]) -> list[Break]:
    """The attempt that came nearest: one that breaks nothing is proof enough."""
    return min(found, key=len)


def _judged(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    for keyword in sorted(new.keys() - _JUDGED):
        if old.get(keyword) != new[keyword]:
            yield Break(path, f"the keyword {keyword} cannot be judged")


def _types(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    if "type" not in new:
        return
    allowed = _listed(new["type"])
    if "number" in allowed:
        allowed |= {"integer"}
    gone = _listed(old["type"]) - allowed if "type" in old else {"any other type"}
    for name in sorted(gone):
        yield Break(path, f"{name} is not accepted any more")


def _codes(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    allowed = _values(new)
    if allowed is None:
        return
    before = _values(old)
    if before is None:
        yield Break(path, "any value of the type was valid, now only those of a list")
        return
    for value in before:
        if not any(_same(value, one) for one in allowed):
            yield Break(path, f"the value {value} is not accepted any more")


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    for keyword in _LOWER:
        least = 0 if keyword.endswith(("Length", "Items")) else None
        before, now = old.get(keyword, least), new.get(keyword, least)
        if now is not None and (before is None or before < now):
            yield Break(path, f"{keyword} is {now} now")
    for keyword in _UPPER:
        before, now = old.get(keyword), new.get(keyword)
        if now is not None and (before is None or before > now):
            yield Break(path, f"{keyword} is {now} now")
    for keyword in _SAME:
        if keyword in new and old.get(keyword) != new[keyword]:
            yield Break(path, f"{keyword} is another one now")
    if new.get("uniqueItems") and not old.get("uniqueItems"):
        yield Break(path, "nothing may stand there twice any more")


def _members(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield Break(f"{path}/{name}", "must be there now")
    before, now = old.get("properties", {}), new.get("properties", {})
    others_before = old.get("additionalProperties", True)
    others_now = new.get("additionalProperties", True)
    for name in sorted({*before, *now}):
        was, will = before.get(name, others_before), now.get(name, others_now)
        if will is False and was is not False:
            yield Break(f"{path}/{name}", "there is no such field any more")
        else:
            yield from _compare(was, will, f"{path}/{name}")
    yield from _compare(others_before, others_now, f"{path}/*")


def _items(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    before, now = old.get("prefixItems", []), new.get("prefixItems", [])
    rest_before, rest_now = old.get("items", True), new.get("items", True)
    for number in range(max(len(before), len(now))):
        was = before[number] if number < len(before) else rest_before
        will = now[number] if number < len(now) else rest_now
        yield from _compare(was, will, f"{path}/{number}")
    yield from _compare(rest_before, rest_now, f"{path}/-")


def _listed(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


_RULES: Final[tuple[Callable[[Schema, Schema, str], Iterator[Break]], ...]] = (
    _judged,
    _types,
    _codes,
    _bounds,
    _members,
    _items,
)
