"""The folder `trust/` of a home: notes and officers' records to adopt, and compared fingerprints.

Contract: reading judges nothing but the form of `pins.toml`; `directory` admits what it can and
says what it could not. Files are replaced whole and durably; none of them is secret.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relec_exchange.adapters.privatefiles import sync_directory
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured, RelecError
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import DIGEST_PATTERN, check_node
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import SignedCard, parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import merge_signatures
from relec_exchange.trust.register import SignedRecord

PINS: Final = "pins.toml"
_PINS_HEAD: Final = (
    "# Fingerprints of authority keys, compared by an officer outside the network.\n"
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A directory made of the files, and a sentence for each file that was left out."""

    directory: Directory
    problems: tuple[str, ...]


class TrustFiles:
    """The files in one folder; it need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pins(self) -> dict[str, str]:
        """Node -> fingerprint (hex), as far as somebody has compared one."""
        file = self.path / PINS
        try:
            pins = tomllib.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{file} is not TOML: {error}", field=PINS) from None
        for node, fingerprint in pins.items():
            if not isinstance(fingerprint, str) or not _is_digest(fingerprint):
                raise Misconfigured(
                    f"{file}: the fingerprint of {node} is not 64 hex digits", field=PINS
                )
        return pins

    def pin(self, node: str, fingerprint: str) -> None:
        """Remember a fingerprint that an officer compared; `Conflict` if another one stands."""
        check_node(node)
        pins = self.pins()
        if pins.get(node, fingerprint) != fingerprint:
            raise Conflict(
                f"another fingerprint of {node} was compared before",
                field="fingerprint",
                remedy=f"ask its authority by telephone; then correct {self.path / PINS} by hand",
            )
        pins[node] = fingerprint
        lines = "".join(f'{name} = "{pins[name]}"\n' for name in sorted(pins))
        self._write(PINS, (_PINS_HEAD + lines).encode())

    def cards(self) -> list[bytes]:
        """The notes in `*.card`, by file name."""
        return [_read(path) for path in sorted(self.path.glob("*.card"))]

    def agreements(self) -> list[bytes]:
        """The notes in `*.agreement`, by file name."""
        return [_read(path) for path in sorted(self.path.glob("*.agreement"))]

    def records(self) -> list[SignedRecord]:
        """The officers' records in `officers/*.json`, in order of their numbers."""
        return [SignedRecord.from_json(_read(p)) for p in sorted(self.path.glob("officers/*.json"))]

    def put_card(self, card: SignedCard) -> Path:
        """Keep a card as the newest one of its node."""
        return self._write(f"{card.card.node}.card", card.note)

    def put_agreement(self, note: bytes) -> Path:
        """Keep an agreement, with the signatures it has here already."""
        name = f"{parse_agreement(note).hash[:16]}.agreement"
        path = self.path / name
        return self._write(name, merge_signatures(_read(path), note) if path.exists() else note)

    def put_record(self, number: int, record: SignedRecord) -> Path:
        """Keep an officers' record under its number; `Conflict` if another one stands there."""
        name = f"officers/{number:06d}.json"
        path = self.path / name
        if path.exists() and _read(path) != record.to_json():
            raise Conflict(f"{path} holds another record", field="number")
        return self._write(name, record.to_json())

    def directory(self, empty: Directory) -> Admitted:
        """All cards that are pinned and all agreements, admitted to an empty directory."""
        problems: list[str] = []
        directory = empty
        pins = self.pins()
        for note in self.cards():
            directory = _admit_card(directory, note, pins, problems)
        for note in self.agreements():
            try:
                directory = directory.with_agreement(note)
            except RelecError as error:
                problems.append(f"an agreement was left out: {error.message}")
        return Admitted(directory, tuple(problems))

    def _write(self, name: str, data: bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_directory(path.parent)
        return path


def _admit_card(
    directory: Directory, note: bytes, pins: Mapping[str, str], problems: list[str]
) -> Directory:
    try:
        node = parse_card(note).card.node
        if node in directory.members:
            return directory.admit_update(note)
        if node in pins:
            return directory.admit_first(note, pins[node])
        problems.append(f"the card of {node} was left out: nobody has compared its fingerprint")
    except RelecError as error:
        problems.append(f"a card was left out: {error.message}")
    return directory


def _read(path: Path) -> bytes:
    """A whole file, bounded: nothing in this folder is larger than a note."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.note_max_bytes + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}", field=path.name) from None
    if len(data) > LIMITS.note_max_bytes:
        raise InvalidInput(f"{path} is larger than any note", field=path.name)
    return data


def _is_digest(text: str) -> bool:
    return re.fullmatch(DIGEST_PATTERN, text) is not None
