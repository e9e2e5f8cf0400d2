"""A bundle verifies on a machine that has Python and `cryptography`, and nothing else of ours."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence_files import BAD, GOOD, file_of, vector

ROOT = Path(__file__).resolve().parents[2]
# Other processes compile modules meanwhile: their files come and go.
NOT_SOURCE = shutil.ignore_patterns("*.egg-info", "__pycache__")
NEEDED = ("cryptography", "cffi", "pycparser")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with our wheel, without what it depends on, and `cryptography`."""
    made = tmp_path_factory.mktemp("empty")
    tree = made / "tree"
    shutil.copytree(ROOT / "src", tree / "src", ignore=NOT_SOURCE)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree / name)
    pip = [sys.executable, "-m", "pip"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", made, tree]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    venv.create(made / "venv", with_pip=False, symlinks=True)
    python = made / "venv" / "bin" / "python"
    wheel = next(made.glob("*.whl"))
    install = ["--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    site = next((made / "venv").glob("lib/python*/site-packages"))
    for path in _files_of_cryptography():
        target = site / path.name
        if path.is_dir():
            shutil.copytree(path, target)
        elif path.exists():
            shutil.copy(path, target)
    return made / "venv" / "bin"


def _files_of_cryptography() -> Iterator[Path]:
    """What the packages have put into the environment that runs this test."""
    for name in NEEDED:
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        tops = {file.parts[0] for file in found.files or () if ".." not in file.parts}
        yield from (Path(str(found.locate_file(top))) for top in sorted(tops))


def verify(empty: Path, tmp_path: Path, name: str, *more: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "bundle.json"
    file.write_bytes(file_of(name))
    known = [f"--authority={n}={f}" for n, f in vector(name)["authorities"].items()]
    command = [empty / "relec-verify", file, *known, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def test_nothing_but_cryptography_is_there(empty: Path) -> None:
    code = "import relec_verify, cryptography; import pydantic"
    run = subprocess.run(
        [empty / "python", "-c", code], capture_output=True, text=True, check=False
    )
    assert "No module named 'pydantic'" in run.stderr


@pytest.mark.parametrize("name", [GOOD[0], GOOD[2]])
def test_a_good_bundle_verifies_there_and_says_what_is_proven(
    empty: Path, tmp_path: Path, name: str
) -> None:
    run = verify(empty, tmp_path, name, "--json")
    assert (run.returncode, run.stderr) == (0, "")
    told = json.loads(run.stdout)
    assert [[one["status"], one["code"]] for one in told["statements"]] == vector(name)[
        "statements"
    ]


def test_a_manipulated_bundle_is_refused_there_in_words(empty: Path, tmp_path: Path) -> None:
    run = verify(empty, tmp_path, BAD[len(BAD) // 2])
    assert run.returncode == 1
    assert "must NOT be relied on" in run.stdout


def test_the_module_writes_a_page_that_loads_nothing(empty: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run = verify(empty, tmp_path, GOOD[4], "--html", str(page))
    text = page.read_text("utf-8")
    assert run.returncode == 3
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "http://" not in text


def test_a_file_that_is_not_there_is_said_in_one_line(empty: Path) -> None:
    command = [empty / "python", "-m", "relec_verify", "nothing.json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
