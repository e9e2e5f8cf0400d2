"""Two homes, tr and pk, brought together by the commands that officers use."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import Relec, Result
from memory_node import read_directory

from relec_exchange.cli import run


def fingerprint(home: Path) -> str:
    node = home.name
    return read_directory(home, node).authority(node).fingerprint()


def introduce(relec: Relec, homes: Path) -> None:
    """tr and pk have compared fingerprints and list each other."""
    for own, other in (("tr", "pk"), ("pk", "tr")):
        card = homes / f"{other}.card"
        relec("card", "export", "--home", homes / other, "--out", card)
        spoken = fingerprint(homes / other)
        home = ("--home", homes / own)
        assert relec("card", "import", card, *home, "--fingerprint", spoken).code == 0
        secret = homes / own / "passphrase"
        done = relec(
            *("card", "issue", *home, "--partner", other, "--yes"),
            *("--passphrase-file", secret, "--authority-passphrase-file", secret, "--json"),
        )
        assert done.code == 0, done.err
        assert done.json()["version"] == 2
    for own, other in (("tr", "pk"), ("pk", "tr")):
        card = homes / f"{other}.2.card"
        relec("card", "export", "--home", homes / other, "--out", card)
        assert relec("card", "import", card, "--home", homes / own).code == 0


def agree(relec: Relec, homes: Path) -> Path:
    """A charter that both have signed and imported."""
    introduce(relec, homes)
    file = homes / "charter.agreement"
    done = relec(
        *("agreement", "draft", "--home", homes / "tr", "--charter", "--out", file),
        *("--title", "Charter (simulated)", "--legal-basis", "Memorandum (simulated)"),
    )
    assert done.code == 0, done.err
    for node in ("tr", "pk"):
        secret = homes / node / "passphrase"
        home = ("--home", homes / node, "--authority-passphrase-file", secret)
        assert relec("agreement", "sign", file, *home, "--yes").code == 0
    for node in ("tr", "pk"):
        done = relec("agreement", "import", file, "--home", homes / node, "--json")
        assert done.code == 0, done.err
    assert done.json()["signed_by"] == ["pk", "tr"]
    return file


def quietly(*arguments: object) -> Result:
    """`relec` outside of a test, for what several tests share."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Result(code, out.getvalue(), err.getvalue())


@contextmanager
def copied(homes: Path) -> Iterator[Path]:
    """A copy of all homes, short enough for a socket, for as long as it is needed."""
    base = Path(tempfile.mkdtemp(prefix="rl"))
    shutil.copytree(homes, base, dirs_exist_ok=True, ignore=shutil.ignore_patterns("run"))
    yield base
    shutil.rmtree(base)


def sign(relec: Relec, homes: Path, node: str, file: Path, *more: object) -> Result:
    """The node's authority signs a file."""
    secret = homes / node / "passphrase"
    given = ("--home", homes / node, "--authority-passphrase-file", secret, "--yes")
    return relec("agreement", "sign", file, *given, *more)


def ally(relec: Relec, homes: Path) -> Path:
    """A charter and, beside it, a text of the two alone; returns the file of the second."""
    agree(relec, homes)
    file = homes / "tr-pk.agreement"
    given = ("--title", "Requests (simulated)", "--legal-basis", "None (simulated)")
    relec("agreement", "draft", "--home", homes / "tr", "--with", "pk", *given, "--out", file)
    for node in ("tr", "pk"):
        assert sign(relec, homes, node, file).code == 0
    for node in ("tr", "pk"):
        assert relec("agreement", "import", file, "--home", homes / node).code == 0
    return file
