"""Homes put back as they were, machines started anew, and every checkpoint that was signed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relec_exchange.adapters import continuity
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.node import Node
from relec_exchange.testing import SimulatedNetwork

Signed = list[Checkpoint]


def snapshot(network: SimulatedNetwork, name: str, directory: Path) -> Path:
    """A copy of the whole home of a node that is stopped for it, and started again."""
    network.close(name)
    shutil.copytree(network.home(name), directory)
    network.open(name)
    return directory


def put_back(network: SimulatedNetwork, name: str, copy: Path) -> None:
    """The machine as it was: keys, store, vault and guard copy are the old ones."""
    network.close(name)
    shutil.rmtree(network.home(name))
    shutil.copytree(copy, network.home(name))


def reboot(patch: pytest.MonkeyPatch, directory: Path) -> None:
    """From now on the machine runs under another boot id."""
    file = directory / "boot_id"
    number = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(number))
    patch.setattr(continuity, "BOOT_ID", file)


@contextmanager
def signatures(patch: pytest.MonkeyPatch) -> Iterator[Signed]:
    """Every checkpoint that any node signs."""
    found: Signed = []
    plain = KeyFiles.checkpoint

    def watched(keys: KeyFiles, *given: object) -> Checkpoint:
        made = plain(keys, *given)  # type: ignore[arg-type]
        found.append(made)
        return made

    with patch.context() as inner:
        inner.setattr(KeyFiles, "checkpoint", watched)
        yield found


def of(signed: Signed, name: str) -> Signed:
    """Those of one node."""
    return [one for one in signed if one.origin.split("/")[1] == name]


def no_size_twice(signed: Signed) -> bool:
    """Whether no size of any log was signed with two roots."""
    roots: dict[tuple[str, int], bytes] = {}
    return all(roots.setdefault((one.origin, one.size), one.root) == one.root for one in signed)


def standing(node: Node) -> str:
    """What a node may do now."""
    return str(node.journal.permit.standing)
