"""The folder `trust/` of a home: notes and officers' records to adopt, and compared fingerprints.

Contract: reading judges nothing but the form of `pins.toml`; `directory` admits what it can and
says what it could not. Files are replaced whole and durably; none of them is secret.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
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
from relec_exchange.trust.note import gathered_signatures, split_note
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.register import SignedRecord

PINS: Final = "pins.toml"
_LINES: Final = 2  # the signature lines of one authority
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
        return [read_note(path) for path in sorted(self.path.glob("*.card"))]

    def agreements(self) -> list[bytes]:
        """The notes in `*.agreement`, by file name."""
        return [read_note(path) for path in sorted(self.path.glob("*.agreement"))]

    def records(self) -> list[SignedRecord]:
        """The officers' records in `officers/*.json`, in order of their numbers."""
        return [
            SignedRecord.from_json(read_note(p)) for p in sorted(self.path.glob("officers/*.json"))
        ]

    def put_card(self, card: SignedCard) -> Path:
        """Keep a card as the newest one of its node.

        A card by which the authority keys change is kept beside it, as is the last one of the old
        keys: whoever compared the first fingerprint can follow the keys through them alone.
        """
        name = f"{card.card.node}.card"
        if (self.path / name).exists():
            self._keep_passage(parse_card(read_note(self.path / name)), card)
        return self._write(name, card.note)

    def version(self, node: str) -> int:
        """The version of the card that is kept as the newest one of a node; 0 if there is none."""
        path = self.path / f"{node}.card"
        return parse_card(read_note(path)).card.version if path.exists() else 0

    def put_passage(self, card: SignedCard) -> Path:
        """Keep an earlier card of a node that leads to its present keys."""
        return self._write(f"{card.card.node}-{card.card.version}.card", card.note)

    def put_agreement(self, note: bytes) -> Path:
        """Keep an agreement, with the signatures it has here already; returns its first file.

        A note holds so many signatures and no more: the text stands in several files then. The
        later ones are written first, so that no signature is ever missing.
        """
        stem = parse_agreement(note).hash[:16]
        kept = [read_note(path) for path in sorted(self.path.glob(f"{stem}*.agreement"))]
        notes = gathered_signatures([*kept, note])
        names = [f"{stem}{f'-{n}' if n > 1 else ''}.agreement" for n in range(1, len(notes) + 1)]
        for name, one in reversed(list(zip(names, notes, strict=True))):
            self._write(name, one)
        return self.path / names[0]

    def notices(self) -> list[bytes]:
        """The terminations, suspensions and revocations in `*.notice`, by file name."""
        return [read_note(path) for path in sorted(self.path.glob("*.notice"))]

    def put_notice(self, note: bytes) -> Path:
        """Keep a termination, suspension or revocation."""
        return self._write(f"{parse_notice(note).hash[:16]}.notice", note)

    def put_record(self, number: int, record: SignedRecord) -> Path:
        """Keep an officers' record under its number; `Conflict` if another one stands there."""
        name = f"officers/{number:06d}.json"
        path = self.path / name
        if path.exists() and read_note(path) != record.to_json():
            raise Conflict(f"{path} holds another record", field="number")
        return self._write(name, record.to_json())

    def directory(self, empty: Directory) -> Admitted:
        """All cards that are pinned, notices and agreements, admitted to an empty directory."""
        directory, pins, cards = empty, self.pins(), _by_version(self.cards())
        for note in cards:
            directory = _admit_card(directory, note, pins, [])
        problems: list[str] = []
        for note in self.notices():
            directory = _admitted(directory.with_notice, note, directory, problems)
        for note in cards:  # again: a card may rest on a revocation, and that on an earlier card
            directory = _admit_card(directory, note, pins, problems)
        for note in self.agreements():
            directory = _admitted(directory.with_agreement, note, directory, problems)
        return Admitted(directory, tuple(problems))

    def _keep_passage(self, before: SignedCard, card: SignedCard) -> None:
        """Keep the replaced card under its version if the succession of keys needs it."""
        same_keys = before.card.authority.public() == card.card.authority.public()
        signers = len(split_note(before.note).signatures)
        if before.card.version < card.card.version and not (same_keys and signers <= _LINES):
            self.put_passage(before)

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


def read_note(path: Path) -> bytes:
    """A whole file, bounded: nothing of these is larger than a note. Misconfigured if it cannot be
    read, InvalidInput if it is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.note_max_bytes + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}", field=path.name) from None
    if len(data) > LIMITS.note_max_bytes:
        raise InvalidInput(f"{path} is larger than any note", field=path.name)
    return data


def _admitted(
    admit: Callable[[bytes], Directory], note: bytes, before: Directory, problems: list[str]
) -> Directory:
    try:
        return admit(note)
    except RelecError as error:
        problems.append(f"an agreement or notice was left out: {error.message}")
        return before


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


def _by_version(notes: list[bytes]) -> list[bytes]:
    """The cards of each node in order of version; what is no card comes last, to be told."""

    def place(note: bytes) -> tuple[str, int]:
        try:
            card = parse_card(note).card
        except RelecError:
            return ("~", 0)
        return card.node, card.version

    return sorted(notes, key=place)


def _is_digest(text: str) -> bool:
    return re.fullmatch(DIGEST_PATTERN, text) is not None
