"""The house is as docs/architecture.md draws it: import order, sizes, names, quiet imports."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager"}
LINES_MAX = 350
LINES_MEDIAN_MAX = 150
FUNCTION_LINES_P90_MAX = 25


def functions() -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def test_lower_layers_never_import_higher_ones() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [p for p in SOURCES if p.stem in FORBIDDEN_NAMES] == []


def test_modules_are_short() -> None:
    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in SOURCES}
    assert {p.name: n for p, n in lengths.items() if n > LINES_MAX} == {}
    assert statistics.median(lengths.values()) <= LINES_MEDIAN_MAX


def test_functions_are_short() -> None:
    lengths = sorted((f.end_lineno or f.lineno) - f.lineno + 1 for f in functions())
    assert lengths[len(lengths) * 9 // 10] <= FUNCTION_LINES_P90_MAX


def test_every_module_says_what_it_is_for() -> None:
    silent = [p for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []


def test_no_package_of_the_plan_stands_empty() -> None:
    empty = [
        p.parent
        for p in SOURCES
        if p.name == "__init__.py"
        and len(list(p.parent.glob("*.py"))) == 1
        and not any(child.is_dir() and child.name != "__pycache__" for child in p.parent.iterdir())
    ]
    assert empty == []


def test_importing_the_package_is_quick_and_does_nothing() -> None:
    code = (
        "import sys, threading, relec_exchange;"
        "assert threading.active_count() == 1;"
        "heavy = {'pika', 'fastapi', 'sqlalchemy', 'rich', 'uvicorn'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
