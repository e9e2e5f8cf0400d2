"""What is left of erased messages, looked for as somebody who has every file and every key would.

`Traces` are taken while the content exists: the secret of each message as it is and as the vault
wraps it, and a piece of its plain text. Afterwards none of them may stand in any byte of any file,
no stored content may open with any secret that is still there, and no recorded envelope of an
erased message may open with any sealing key that is still there.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.errors import RelecError
from relec_exchange.journal.content import read_content
from relec_exchange.message.document import parse_message
from relec_exchange.node import Node
from relec_exchange.ports import Outgoing, Store
from relec_exchange.records import InboxRow, OutboxRow
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.sealing.unseal import unseal
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork

_MARK = re.compile(rb"[0-9a-f]{48}")
"""What a test writes into a text so that it is found nowhere else."""

PIECE = 24
"""So many bytes of a secret or a text are no chance."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Byte strings by what they are a trace of; `ids` are the messages."""

    ids: frozenset[str]
    needles: Mapping[str, bytes]


def traces(node: Node, rows: Iterable[OutboxRow | InboxRow]) -> Traces:
    """The traces of messages whose content a node still holds."""
    needles: dict[str, bytes] = {}
    found = [row for row in rows if row.key_id]
    wrapped = _wrapped(node)
    for row in found:
        secret = node.vault.get([row.key_id])[row.key_id]
        raw, salt = read_content(row, secret)
        [mark, *_] = _MARK.findall(raw)
        needles[f"{row.message_id} key"] = secret[:PIECE]
        needles[f"{row.message_id} salt"] = salt[:PIECE]
        needles[f"{row.message_id} wrapped key"] = wrapped[row.key_id]
        needles[f"{row.message_id} text"] = mark
    return Traces(frozenset(row.message_id for row in found), needles)


def _wrapped(node: Node) -> dict[str, bytes]:
    path = node.settings.path(node.settings.paths.vault)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return dict(database.execute("select key_id, value from secret"))


def standing(traces: Traces, paths: Iterable[Path]) -> list[str]:
    """Which traces stand in which files below the paths; empty when all is gone."""
    found = []
    for path in paths:
        for file in sorted([path] if path.is_file() else path.rglob("*")):
            with suppress(FileNotFoundError):  # the broker runs, and its files come and go
                data = file.read_bytes() if file.is_file() else b""
                found += [
                    f"{what} in {file.name}" for what, n in traces.needles.items() if n in data
                ]
    return found


def opened(
    recorded: Sequence[tuple[str, Outgoing]], network: SimulatedNetwork, names: Iterable[str]
) -> set[str]:
    """The ids of all recorded messages that a sealing key of some node still opens."""
    keys = {}
    for name in names:
        files = KeyFiles(network.home(name) / "keys", PASSPHRASE)
        for key_id in files.sealing_ids():
            keys[key_id] = files.sealing(key_id)
    ids = set()
    for _, item in recorded:
        clear = parse_envelope(item.envelope)
        private = keys.get(clear.header.key_id)
        if private is not None:
            ids.add(parse_message(unseal(clear, private).message).header.message_id)
    return ids


def readable(node: Node, store: Store, ids: Collection[str]) -> list[str]:
    """Which of these messages some secret that the node's vault still has opens, in either box of
    this store: the node's own, or one that was restored from a backup.
    """
    secrets = node.vault.get(sorted(node.vault.ids()))
    found = []
    rows: list[OutboxRow | InboxRow] = [*store.rows(OutboxRow), *store.rows(InboxRow)]
    for row in rows:
        if row.message_id not in ids:
            continue
        for secret in secrets.values():
            try:
                read_content(row, secret)
            except (RelecError, ValueError):
                continue
            found.append(f"{type(row).__name__} {row.message_id}")
    return found
