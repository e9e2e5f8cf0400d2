"""Write docs/reference/messages.md from the models of headers and bodies.

python docs/generate_messages.py            write the page
python docs/generate_messages.py --check    compare, and say if it has drifted
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from relec_exchange.message.attachments import MEDIA_OF_LEVEL
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE, MessageType
from relec_exchange.message.codes import Purpose, Urgency
from relec_exchange.message.encoding import INTEGER_MAX
from relec_exchange.message.fields import LINE_PATTERN, PATTERN_WORDS, TEXT_PATTERN, Document
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.identifiers import DATE_PATTERN, TIME_PATTERN
from relec_exchange.message.semantics import semantic_rules

PAGE: Final = Path(__file__).parent / "reference" / "messages.md"
HEAD: Final = """# Messages

<!-- Written by docs/generate_messages.py from the models; do not edit. -->

A message is one JSON object with `header` and `body` and nothing else. Here stands every field of
every type. [Protocol v1](../protocol.md#10-messages) says how the bytes are written and checked;
[schemas](../../schemas) has the same as JSON Schema, without the rules between fields.

Every object is closed: an unknown name is refused. A field that *must* be there is never absent;
of the others, some have a default. Lengths count Unicode code points, and a list that is *distinct*
names nothing twice.

Three things that look alike are kept apart. What is **absent** is not known or not said (`null` is
the same, where a field is no list). An **empty** list says that there is known to be none. What is
**withheld** is known and was cut: `header.withheld` names where it would stand, and nothing stands
there.
"""

_WORDS: Final = {
    **PATTERN_WORDS,
    TEXT_PATTERN: "text",
    LINE_PATTERN: "line",
    TIME_PATTERN: "time, as `2026-11-21T17:30:00.123Z`",
    DATE_PATTERN: "date, as `2026-11-21`",
    r"^[A-Z]{2}$": "country: two-letter code of ISO 3166-1",
    r"^[A-Z]{3}$": "state, citizenship or currency: three-letter code "
    "([field kinds](../protocol.md#23-field-kinds))",
    r"^[A-Z]{2}-[A-Z0-9]{1,3}$": "subdivision of a country: code of ISO 3166-2",
    r"^[A-Z][a-z]{3}$": "script: code of ISO 15924",
}
_Schema = dict[str, Any]


def document() -> str:
    """The page as text."""
    lines = [HEAD, "## Types", "", *_types(), ""]
    lines += ["## Headers", "", "Control types have this header.", ""]
    lines += [*_model(ControlHeader), ""]
    lines += ["All other types have these fields too.", ""]
    lines += [*_model(Header, without=ControlHeader), ""]
    lines += ["## Sealed bodies", "", "Only the unit can read what is inside.", ""]
    lines += [*_model(SealedBody), ""]
    for kind in CATALOGUE.values():
        lines += [f"## {kind.name}", "", *_demands(kind), "", *_model(kind.body), ""]
    lines += ["## Blocks", "", "The objects that headers and bodies are made of.", ""]
    for name, block in sorted(_blocks().items()):
        lines += [f"### {name}", "", _joined(inspect.getdoc(block) or ""), "", *_model(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _blocks() -> dict[str, type[Document]]:
    """Every object inside of headers and bodies, by name."""
    tops = [Header, SealedBody, *(kind.body for kind in CATALOGUE.values())]
    inner = [top.model_json_schema(by_alias=True).get("$defs", {}) for top in tops]
    return {n: _by_name(n) for below in inner for n, one in below.items() if "properties" in one}


def _types() -> Iterator[str]:
    yield "| type | in short | header | charter | answered by |"
    yield "|---|---|---|---|---|"
    for kind in CATALOGUE.values():
        header = "control" if kind.control else "full"
        charter = "no need" if kind.control else ("on" if kind.charter_default else "off")
        answers = _codes(kind.answers)
        short = _first_sentence(kind.body)
        name = f"[`{kind.name}`](#{_slug(kind.name)})"
        yield f"| {name} | {short} | {header} | {charter} | {answers} |"


def _demands(kind: MessageType) -> Iterator[str]:
    """What the type demands of its header, in one paragraph."""
    version = f"`schema_version` is {kind.version}."
    if kind.control:
        yield f"Control header; class `control`; no agreement needed. {version}"
        return
    said = [f"Full header. {version} `data_level` is {_codes(kind.levels)}."]
    if kind.purposes == tuple(Purpose):
        said.append("Any `purpose`.")
    elif set(kind.purposes) == set(Purpose) - {Purpose.RESCUE_ONLY}:
        said.append("Any `purpose` but `rescue_only`.")
    else:
        said.append(f"`purpose` is {_codes(kind.purposes)}.")
    if kind.urgencies != tuple(Urgency):
        said.append(f"`urgency` is {_codes(kind.urgencies)}.")
    if kind.needs_grades:
        said.append("`source_grade` and `info_grade` must be there.")
    if kind.reply:
        said.append("`in_reply_to` must be there.")
    said += _rest(kind)
    yield from textwrap.wrap(" ".join(said), 100, break_long_words=False, break_on_hyphens=False)


def _rest(kind: MessageType) -> Iterator[str]:
    """What it replaces, carries, leaves open, and how it travels."""
    if kind.supersedes:
        yield "`supersedes` must be there."
    media = sorted({media for level in kind.levels for media in MEDIA_OF_LEVEL[level]})
    if kind.attachments:
        yield f"`attachments` are {_codes(media)}."
    else:
        yield "No `attachments`."
    if kind.asides:
        yield f"An answer {_codes(kind.asides)} leaves its sender waiting."
    if kind.silent:
        reply, body = kind.silent
        said = ", ".join(f"`{name}: {value}`" for name, value in body.items())
        yield f"Where nothing is said, the node itself answers `{reply}` with {said}."
    if kind.sealed_to:
        yield (
            f"The body travels as a [sealed body](#sealed-bodies) for the unit `{kind.sealed_to}`;"
            " here stands what is inside."
        )


def _model(model: type[Document], without: type[Document] | None = None) -> Iterator[str]:
    """The table of a model, and its rules."""
    schema = model.model_json_schema(by_alias=True)
    left_out = set(without.model_fields) if without else set()
    yield from _table(schema, schema.get("$defs", {}), left_out)
    yield from _rules(model, without)


def _table(schema: _Schema, inner: dict[str, _Schema], left_out: set[str]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    yield "| field | | value |"
    yield "|---|---|---|"
    for name, field in schema["properties"].items():
        if name not in left_out:
            must = "must" if name in required else _default(field)
            value = _described(field, inner).replace("|", r"\|")
            yield f"| `{name}` | {must} | {value} |"


def _default(field: _Schema) -> str:
    value = field.get("default")
    if value is None or value == []:
        return "may"
    shown = str(value).lower() if isinstance(value, bool) else value
    return f"default `{shown}`"


def _described(field: _Schema, inner: dict[str, _Schema]) -> str:
    """What a value may be, in words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        target = inner[name]
        return f"[{name}](#{name.lower()})" if "properties" in target else _described(target, inner)
    if "anyOf" in field:
        [said] = [one for one in field["anyOf"] if one.get("type") != "null"]
        return _described(said, inner)
    if "enum" in field or "const" in field:
        return _codes(field.get("enum", [field.get("const")]))
    describe: dict[str, Callable[[], str]] = {
        "string": lambda: _string(field),
        "integer": lambda: f"integer, {_range(field)}",
        "number": lambda: f"number, {_range(field)}",
        "boolean": lambda: "`true` or `false`",
        "array": lambda: _array(field, inner),
    }
    return describe[field["type"]]()


def _string(field: _Schema) -> str:
    pattern = field.get("pattern", "")
    words = _WORDS.get(pattern) or (f"`{pattern}`" if pattern else "text")
    least, most = field.get("minLength", 0), field.get("maxLength")
    return words if most is None else f"{words}; {least} to {most} characters"


def _range(field: _Schema) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if most == INTEGER_MAX:
        return f"from {least} to 2^53 - 1"
    return f"{least} to {most}"


def _array(field: _Schema, inner: dict[str, _Schema]) -> str:
    if "prefixItems" in field:
        parts = {_described(one, inner) for one in field["prefixItems"]}
        return f"array of {len(field['prefixItems'])}: {' and '.join(sorted(parts))}"
    distinct = "distinct; " if field.get("uniqueItems") else ""
    bounds = f"{field.get('minItems', 0)} to {field['maxItems']} items"
    return f"list of {bounds}; {distinct}each: {_described(field['items'], inner)}"


def _rules(model: type[Document], without: type[Document] | None) -> Iterator[str]:
    """The rules between fields, as the validators of the model word them."""
    known = dict(_worded(without)) if without else {}
    found = [(code, text) for code, text in dict(_worded(model)).items() if code not in known]
    if found:
        yield ""
        yield from (f"- `{code}`: {text}" for code, text in found)


def _worded(model: type[Document]) -> Iterator[tuple[str, str]]:
    """Code and sentence of each rule that the model and its fields can break."""
    for one in semantic_rules():
        if one.field.partition(".")[0] == model.__name__:
            yield one.code, one.sentence


def _by_name(name: str) -> type[Document]:
    [found] = [kind for kind in _below(Document) if kind.__name__ == name]
    return found


def _below(kind: type[Document]) -> Iterator[type[Document]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _codes(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _first_sentence(model: type[Document]) -> str:
    return _joined(inspect.getdoc(model) or "").split(". ")[0].rstrip(".")


def _joined(text: str) -> str:
    return " ".join(text.split())


def _slug(heading: str) -> str:
    return heading.replace(".", "")


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it with `--check`; returns the exit status."""
    text = document()
    if list(arguments) == ["--check"]:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
