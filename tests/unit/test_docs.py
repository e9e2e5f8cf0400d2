"""The documentation says what the code does: codes, constants, links and the annotated envelope."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from base64 import b64decode
from pathlib import Path
from types import ModuleType

import pytest

from relec_exchange import ports
from relec_exchange.adapters.notify import note
from relec_exchange.cli.papers import RULE_LINT
from relec_exchange.desk.exports import EXPORT_RULES
from relec_exchange.desk.messages import HELD_RULE
from relec_exchange.desk.public_parts import EXTRACT_RULES
from relec_exchange.errors import Reason, RelecError
from relec_exchange.inbound.routing import DeliveryItem
from relec_exchange.inbound.units import Channel
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.withholding import RULE_MISMATCH, RULE_WITHHELD
from relec_exchange.protection.rules import RULES
from relec_exchange.trust import agreement, decision

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "tests" / "vectors" / "README.md",
        *(ROOT / "deploy").rglob("*.md"),
    ]
)
ERRORS_PAGE = DOCS / "reference" / "errors.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
DUMP = re.compile(
    r"^([0-9a-f]{8})  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: \.\.)?(?:  .*)?$", re.MULTILINE
)


def generator(name: str = "generate_constants") -> ModuleType:
    """A script in docs, which is no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(page: str, title: str) -> dict[str, list[str]]:
    """The table below a heading: first cell, without code marks, to the others."""
    section = re.split(r"^## ", page.split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)
    lines = [line for line in section[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    names = [first.strip("`") for first, *_ in cells]
    assert len(set(names)) == len(names), "a code stands twice"
    return {name: rest for name, (_, *rest) in zip(names, cells, strict=True)}


def every_error(kind: type[RelecError] = RelecError) -> list[type[RelecError]]:
    """The class and all below it that an importer of the ports knows."""
    return [kind, *(one for below in kind.__subclasses__() for one in every_error(below))]


def slugs(page: str) -> set[str]:
    """The anchors that a renderer gives to the headings of a page."""
    found = (
        re.sub(r"[^\w\- ]", "", h.lower()).strip() for h in HEADING.findall(FENCE.sub("", page))
    )
    return {text.replace(" ", "-") for text in found}


def resolves(page: Path, target: str) -> bool:
    """Whether a relative link of a page leads to a file, and to a heading if it names one."""
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not anchor or there.suffix != ".md":
        return there.exists()
    return there.exists() and anchor in slugs(there.read_text("utf-8"))


def test_the_table_of_constants_is_that_of_the_code() -> None:
    script = generator()
    page = script.PAGE.read_text("utf-8")
    assert page == script.replaced(page), "run: python docs/generate_constants.py"


def test_every_limit_and_time_of_the_code_stands_in_the_table() -> None:
    script = generator()
    table = script.rendered()
    for constants in (script.LIMITS, script.TIMES):
        for name in constants.__dataclass_fields__:
            assert f"| `{name}` |" in table


def test_every_error_code_has_an_entry_with_its_exit_code() -> None:
    assert ports.StaleHead in every_error()
    described = rows(ERRORS_PAGE.read_text("utf-8"), "Error codes")
    wanted = {error.code: str(error.exit_code) for error in every_error()}
    assert {code: cells[0] for code, cells in described.items()} == wanted


def test_every_reason_has_an_entry_with_its_step_and_what_is_told() -> None:
    described = rows(ERRORS_PAGE.read_text("utf-8"), "Reasons")
    wanted = {
        reason.code: [str(reason.step), f"`{reason.wire.value}`" if reason.wire else ""]
        for reason in Reason
    }
    assert {code: cells[:2] for code, cells in described.items()} == wanted


def test_every_entry_says_a_cause_and_a_remedy() -> None:
    page = ERRORS_PAGE.read_text("utf-8")
    for title in ("Error codes", "Reasons", "Rules", "Alarms"):
        for code, cells in rows(page, title).items():
            assert all(len(cell) > 3 for cell in cells[-2:]), code


def test_every_rule_that_can_refuse_has_an_entry() -> None:
    named = {agreement.RULE_NOMINAL, HELD_RULE, *EXTRACT_RULES, *(r.identifier for r in RULES)}
    named |= {*EXPORT_RULES, RULE_WITHHELD, RULE_MISMATCH, RULE_LINT}
    described = rows(ERRORS_PAGE.read_text("utf-8"), "Rules")
    assert set(described) == decision.RULES | named


def alarms_of(source: Path) -> set[str]:
    """The alarms that a module raises: the first argument of each `Alarm` and `AlarmRow`."""
    tree = ast.parse(source.read_text("utf-8"))
    texts: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if isinstance(node.value, ast.Constant):
                texts[node.target.id] = str(node.value.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Tuple)):
            target, value = node.targets[0], node.value
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            for one, given in zip(names, values, strict=False):
                if isinstance(one, ast.Name) and isinstance(given, ast.Constant):
                    texts[one.id] = str(given.value)
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Alarm" | "AlarmRow"), args=[ast.Constant(text), *_]):
                found.add(str(text))
            case ast.Call(func=ast.Name(id="Alarm" | "AlarmRow"), args=[ast.Name(name), *_]):
                found |= {texts[name]} if name in texts else set()
    return found


def test_the_alarms_that_the_code_raises_are_those_of_the_page() -> None:
    described = set(rows(ERRORS_PAGE.read_text("utf-8"), "Alarms"))
    sources = (ROOT / "src" / "relec_exchange").rglob("*.py")
    assert described == {name for source in sources for name in alarms_of(source)}


def test_the_page_of_messages_is_that_of_the_models() -> None:
    script = generator("generate_messages")
    wanted = script.document()
    assert script.PAGE.read_text("utf-8") == wanted, "run: python docs/generate_messages.py"


def test_the_page_of_messages_names_every_field_of_every_type() -> None:
    page = generator("generate_messages").PAGE.read_text("utf-8")
    for kind in CATALOGUE.values():
        section = page.split(f"\n## {kind.name}\n", 1)[1].split("\n## ", 1)[0]
        for field, info in kind.body.model_fields.items():
            assert f"| `{info.alias or field}` |" in section, f"{kind.name}: {field}"


def test_the_page_of_hooks_names_what_a_hook_is_told() -> None:
    waiting = DeliveryItem(
        1, "019aa700-0000-7000-8000-000000000301", "tr", "border", Channel.NOTIFY,
        "warning.life_at_risk", "flash", None, 0,
    )  # fmt: skip
    line = note(waiting, "arrived").decode()
    page = (DOCS / "reference" / "hooks.md").read_text("utf-8")
    assert f"```json\n{line}```" in page
    assert set(rows(page, "What it receives")) == set(json.loads(line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_resolve(page: Path) -> None:
    text = CODE.sub("", FENCE.sub("", page.read_text("utf-8")))
    targets = [target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]
    assert [target for target in targets if not resolves(page, target)] == []


def test_the_annotated_envelope_is_the_vector() -> None:
    page = (DOCS / "protocol.md").read_text("utf-8")
    vector = json.loads(
        (ROOT / "tests/vectors/envelope/good-01-smallest-bucket.json").read_text("utf-8")
    )
    sections = [b64decode(vector[f"{name}_b64"]) for name in ("message", "salt", "entry", "proof")]
    content = b"".join(len(part).to_bytes(4, "big") + part for part in sections).ljust(8192, b"\0")
    section = page.split("### 13.1 ", 1)[1].split("\n## ", 1)[0]
    blocks = [block for block in FENCE.findall(section) if DUMP.search(block)]
    assert sum(len(DUMP.findall(block)) for block in blocks) == section.count("\n0000")
    for block, expected in zip(blocks, (b64decode(vector["envelope_b64"]), content), strict=True):
        for offset, shown in DUMP.findall(block):
            data = bytes.fromhex(shown)
            at = int(offset, 16)
            assert expected[at : at + len(data)] == data, f"line {offset}"


def test_the_specification_names_every_code_of_the_header() -> None:
    page = (DOCS / "protocol.md").read_text("utf-8")
    for level in DataLevel:
        assert f"`{level.value}`" in page
    for reason in Reason:
        assert f"`{reason.code}`" in page
