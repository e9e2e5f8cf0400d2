"""Notes: a text with signature lines under it (C2SP `signed-note`).

Contract: `split_note` accepts exactly what `join_note` writes and raises `Unverified` with the
reason `proof-malformed` for the rest; a note's text means nothing until `verify_note` returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import unb64
from relec_exchange.trust.signature import HybridKey, HybridPublic, SignatureLine, check_key_name

_DASH: Final = "— "
_KEY_ID_BYTES: Final = 4
_CONTROL: Final = bytes(set(range(32)) - set(b"\n"))


@dataclass(frozen=True, slots=True)
class Note:
    """A text (UTF-8, final newline included) and its signature lines, none of them checked."""

    text: bytes
    signatures: tuple[SignatureLine, ...]

    def encode(self) -> bytes:
        """The note as bytes."""
        return join_note(self.text, (line.encode() for line in self.signatures))


def split_note(data: bytes, signatures_max: int = LIMITS.signatures_max) -> Note:
    """Take a note apart without believing it; `Unverified` says what is malformed."""
    if len(data) > LIMITS.note_max_bytes:
        _malformed(f"a note is at most {LIMITS.note_max_bytes} bytes")
    if len(data.translate(None, _CONTROL)) != len(data):
        _malformed("a note has no control characters but newlines")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        _malformed("a note is UTF-8")
    border = data.rfind(b"\n\n")
    if border < 0 or not data.endswith(b"\n") or border + 2 == len(data):
        _malformed("a note is a text, an empty line and signature lines")
    lines = data[border + 2 : -1].decode("utf-8").split("\n")
    if len(lines) > signatures_max:
        _malformed(f"a note has at most {signatures_max} signatures")
    return Note(data[: border + 1], tuple(_parse_line(line) for line in lines))


def join_note(text: bytes, lines: Iterable[bytes]) -> bytes:
    """Put signature lines (as `HybridKey.sign_text` makes them) under a text."""
    data = text + b"\n" + b"".join(lines)
    if not text.endswith(b"\n"):
        raise InvalidInput("the text of a note ends with a newline", field="text")
    try:
        split_note(data)
    except Unverified as error:
        raise InvalidInput(error.detail, field="note") from None
    return data


def verify_note(note: Note, public: HybridPublic) -> int:
    """Require both signatures of one key; returns the time they state, 0 if none.

    Lines of other keys are ignored, as the format demands. Raises `Unverified`.
    """
    return public.verify(note.text, note.signatures)


def sign_text(text: str, key: HybridKey) -> bytes:
    """A note with the two signature lines of one key, for instance an authority's."""
    data = text.encode("utf-8")
    return join_note(data, key.sign_text(data))


def merge_signatures(first: bytes, second: bytes) -> bytes:
    """One note with the lines of two notes of the same text, each key's line once.

    `InvalidInput` if the texts differ or the lines are too many (keep two notes then).
    """
    a, b = split_note(first), split_note(second)
    if a.text != b.text:
        raise InvalidInput("the two notes carry different texts", field="text")
    lines = {(line.name, line.key_id): line for line in (*b.signatures, *a.signatures)}
    if len(lines) > LIMITS.signatures_max:
        raise InvalidInput(
            f"a note has at most {LIMITS.signatures_max} signature lines",
            field="signatures",
            remedy="keep two notes of the same text; a directory joins them",
        )
    ordered = sorted(lines.values(), key=lambda line: (line.name, line.key_id))
    return Note(a.text, tuple(ordered)).encode()


def gathered_signatures(notes: Sequence[bytes]) -> list[bytes]:
    """As many notes of one text as its signatures need, in order of key names; each line once.

    The lines of one key name stay together. `InvalidInput` if the texts differ.
    """
    parsed = [split_note(note) for note in notes]
    if len({note.text for note in parsed}) != 1:
        raise InvalidInput("the notes carry different texts", field="text")
    lines = {(s.name, s.key_id): s for note in reversed(parsed) for s in note.signatures}
    by_name: dict[str, list[SignatureLine]] = {}
    for key in sorted(lines):
        by_name.setdefault(key[0], []).append(lines[key])
    groups: list[list[SignatureLine]] = [[]]
    for found in by_name.values():
        if groups[-1] and len(groups[-1]) + len(found) > LIMITS.signatures_max:
            groups.append([])
        groups[-1] += found
    return [Note(parsed[0].text, tuple(group)).encode() for group in groups]


def _parse_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        _malformed("a signature line is a dash, a key name and base64")
    try:
        check_key_name(name)
        blob = unb64(encoded)
    except InvalidInput as error:
        _malformed(error.message)
    if len(blob) <= _KEY_ID_BYTES:
        _malformed("a signature is more than its key id")
    return SignatureLine(name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])


def _malformed(detail: str) -> NoReturn:
    raise Unverified(Reason.PROOF_MALFORMED, detail)
