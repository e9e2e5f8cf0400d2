"""The rules that no JSON Schema expresses, listed from the code that enforces them.

Contract: `semantic_rules` is pure and deterministic; it reads the source of the validators. What
satisfies its schema and is refused nevertheless carries one of these codes and no other. Run
`python -m relec_exchange.message.semantics FILE` to write the list.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from pydantic import AfterValidator, BeforeValidator

from relec_exchange.errors import InvalidInput
from relec_exchange.message import catalogue
from relec_exchange.message.fields import Document
from relec_exchange.message.presence import check_withheld

Function = Callable[..., Any]

_PACKAGE: Final = "relec_exchange.message"
_RAISING: Final = ("rule", "PydanticCustomError")
_SHOWN_IN_TEXT: Final = "…"
_HEADER_CODE: Final = "not_for_this_type"
# Rules of the header that the schemas have too.
_IN_SCHEMA: Final = frozenset({"header", "header.type", "header.schema_version"})
# Where the sentence depends on what was found, what it always says.
_COMPUTED: Final = {
    "attachment_data": "data is not canonical base64",
    "attachment_file": "the bytes in data are not a file of its media type",
    "mrz": "the lines are not a machine-readable zone of ICAO 9303",
    "mrz_check_digit": "a check digit of the machine-readable zone does not fit its field",
    "phone": "the number cannot be one of its country",
}
# JSON Schema takes 1.0 for an integer; every other form of a value is in the schemas.
_INTEGER: Final = ("int_type", "an integer is written without a point", "")


@dataclass(frozen=True, slots=True, order=True)
class SemanticRule:
    """One rule: its code, its sentence, where it holds (`Model.field`) and for which types."""

    code: str
    sentence: str
    field: str
    types: tuple[str, ...]


@cache
def semantic_rules() -> tuple[SemanticRule, ...]:
    """Every rule that a document may break although it satisfies its schema, in order."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for kind in catalogue.CATALOGUE.values():
        models = {model for top in (kind.header, kind.wire_body, kind.body) for model in _tree(top)}
        for model in models:
            for broken in _of_model(model):
                found.setdefault(broken, set()).add(kind.name)
        found.setdefault(_INTEGER, set()).add(kind.name)
        for broken in () if kind.control else _of_header():
            found.setdefault(broken, set()).add(kind.name)
    worded = {(code, field) for code, sentence, field in found if sentence}
    return tuple(
        sorted(
            SemanticRule(code, sentence or _COMPUTED[code], field, tuple(sorted(types)))
            for (code, sentence, field), types in found.items()
            if sentence or (code, field) not in worded
        )
    )


def text(rules: tuple[SemanticRule, ...]) -> str:
    """The text of the list's file."""
    every = sorted(catalogue.CATALOGUE)
    listed = [
        {
            "code": one.code,
            "sentence": one.sentence,
            "field": one.field,
            "types": "all" if list(one.types) == every else list(one.types),
        }
        for one in rules
    ]
    return json.dumps({"rules": listed}, indent=1, ensure_ascii=False) + "\n"


def _tree(model: type[Document]) -> Iterator[type[Document]]:
    """A model and those of the objects in it."""
    pending, seen = [model], {model}
    while pending:
        one = pending.pop()
        yield one
        for hint in get_type_hints(one, include_extras=True).values():
            below = {part for part in _parts(hint) if _is_model(part)} - seen
            seen |= below
            pending += sorted(below, key=lambda kind: kind.__name__)


def _is_model(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, Document)


def _parts(hint: Any) -> Iterator[Any]:
    """A type, its arguments and what annotates it, at every depth."""
    yield hint
    for part in (*get_args(hint), *getattr(hint, "__metadata__", ())):
        yield from _parts(part)


@cache
def _of_model(model: type[Document]) -> tuple[tuple[str, str, str], ...]:
    """Code, sentence and field of what a model and its fields may break; many types share one."""
    return tuple(_broken_in(model))


def _broken_in(model: type[Document]) -> Iterator[tuple[str, str, str]]:
    decorators = model.__pydantic_decorators__
    for decorator in decorators.model_validators.values():
        for code, sentence, field in _raised(inspect.unwrap(decorator.func), model):
            yield code, sentence, _place(model, field)
    for name, hint in get_type_hints(model, include_extras=True).items():
        for part in _parts(hint):
            if isinstance(part, (AfterValidator, BeforeValidator)):
                for code, sentence, _ in _raised(part.func, model):
                    yield code, sentence, _place(model, name)


def _place(model: type[Document], field: str) -> str:
    """`Model.field` with the field's name on the wire."""
    info = model.model_fields.get(field)
    name = info.alias if info is not None and info.alias else field
    return f"{model.__name__}.{name}" if name else model.__name__


def _of_header() -> Iterator[tuple[str, str, str]]:
    """What is demanded of a header beyond its own rules: by its type, and by the body."""
    for _, sentence, _ in _raised(check_withheld, None, ("InvalidInput",)):
        yield "withheld_is_there", sentence, "header.withheld"
    for _, sentence, field in _raised(catalogue.check_header, None, ("InvalidInput",)):
        if field not in _IN_SCHEMA:
            yield _HEADER_CODE, sentence, field


def _raised(
    function: Any, model: type[Document] | None, raising: tuple[str, ...] = _RAISING
) -> Iterator[tuple[str, str, str]]:
    """Code, sentence and field of each error that a function, or one it calls, may raise."""
    pending, seen = [function], set()
    while pending:
        one = pending.pop()
        if one in seen or not inspect.isfunction(one) or not one.__module__.startswith(_PACKAGE):
            continue
        seen.add(one)
        known = _names(one)
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one)))):
            if not isinstance(call, ast.Call):
                continue
            if isinstance(call.func, ast.Name) and call.func.id in raising:
                yield _error(call, known)
            else:
                pending.append(_called(call.func, known, model))


def _names(function: Function) -> Mapping[str, Any]:
    """What the free names of a function mean."""
    variables = inspect.getclosurevars(function)
    return {**variables.globals, **variables.nonlocals}


def _called(target: ast.expr, known: Mapping[str, Any], model: type[Document] | None) -> Any:
    """The function behind a call by name, or by a name of the model; None for any other."""
    match target:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return inspect.getattr_static(model, name, None)
    return None


def _error(call: ast.Call, known: Mapping[str, Any]) -> tuple[str, str, str]:
    """Code, sentence and field as a call that makes an error gives them."""
    given = [_said(argument, known) for argument in call.args]
    named = {word.arg: _said(word.value, known) for word in call.keywords}
    if isinstance(call.func, ast.Name) and call.func.id == "InvalidInput":
        return "", given[0], named.get("field", "")
    code, sentence, field = (*given, "", "")[:3]
    if not any(letter.isalpha() for letter in sentence):
        sentence = ""
    return code, sentence, named.get("field", field)


def _said(value: ast.expr, known: Mapping[str, Any]) -> str:
    """The text of an argument, with a mark for what differs from case to case."""
    match value:
        case ast.Constant(value=str(said)):
            return said
        case ast.Name(id=name) if isinstance(known.get(name), str):
            return str(known[name])
        case ast.JoinedStr(values=parts):
            return "".join(_said(part, known) or _SHOWN_IN_TEXT for part in parts)
    return ""


def main(arguments: list[str]) -> None:
    """Write the list into the file that is the only argument."""
    if len(arguments) != 1:
        raise InvalidInput("name one file to write the rules into", field="FILE")
    Path(arguments[0]).write_text(text(semantic_rules()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
