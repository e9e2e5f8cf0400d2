"""The written reference is what the program is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from relec_exchange import errors
from relec_exchange.errors import RelecError
from relec_exchange.founding import Founding, settings_text
from relec_exchange.settings import read_settings

ROOT = Path(__file__).parents[3]


def test_the_page_of_commands_has_not_drifted() -> None:
    script = ROOT / "docs" / "generate_commands.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0, "run python docs/generate_commands.py"


def test_every_exit_code_is_documented_with_its_code() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text()
    documented = dict(re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", page, re.MULTILINE))
    direct = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    found = {str(kind.exit_code): kind.code for kind in direct if issubclass(kind, RelecError)}
    assert documented == found


def test_the_example_settings_are_what_init_writes_and_can_be_read(tmp_path: Path) -> None:
    founding = Founding(
        network="relec.example",
        network_kind="exercise",
        node="tr",
        name="",
        phone="",
        email="",
        languages=(),
    )
    example = (ROOT / "config" / "node.example.toml").read_text()
    assert example == settings_text(founding)
    (tmp_path / "node.toml").write_text(example)
    assert read_settings(tmp_path).node == "tr"


def test_what_the_example_says_in_comments_can_be_read_too(tmp_path: Path) -> None:
    example = (ROOT / "config" / "node.example.toml").read_text()
    lines = [line.removeprefix("# ") for line in example.splitlines()]
    wanted = ("passphrase_file = ", "[[routing.rules]]", "area = ", "units = ")
    kept = [
        line
        for line, before in zip(lines, example.splitlines(), strict=True)
        if not before.startswith("#") or line.startswith((*wanted, "round_busy_seconds"))
    ]
    (tmp_path / "node.toml").write_text("\n".join(kept))
    settings = read_settings(tmp_path)
    assert settings.routing["rules"][0]["units"] == ["anti-trafficking"]
