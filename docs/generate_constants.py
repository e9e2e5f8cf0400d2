"""The table of constants in `docs/protocol.md`, made from the code that uses them.

Contract: `rendered` is pure and deterministic. Run `python docs/generate_constants.py` to write the
table between its markers, with `--check` to compare only: status 1 and one line if they differ.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from relec_exchange.message.bodies.control import ClassStatus, Round
from relec_exchange.message.constants import LIMITS, TIMES

PAGE: Final = Path(__file__).with_name("protocol.md")
BEGIN: Final = "<!-- constants: written by docs/generate_constants.py -->"
END: Final = "<!-- end of constants -->"

_FIELD: Final = re.compile(r"    ([a-z_]+): [^=]+ = ")
_UNITS: Final = {"bytes": "bytes", "seconds": "seconds", "rounds": "rounds"}

# (module below relec_exchange, name, unit, what it bounds)
_ELSEWHERE: Final = (
    ("message.encoding", "INTEGER_MAX", "", "Largest integer in canonical JSON, either sign."),
    ("audit.merkle", "HASH_BYTES", "bytes", "One hash."),
    ("audit.merkle", "SIZE_MAX", "leaves", "Largest tree."),
    ("audit.tile", "TILE_WIDTH", "hashes", "One tile of a log."),
    ("audit.checkpoint", "ORIGIN_MAX_BYTES", "bytes", "Name of a log in a checkpoint."),
    ("audit.entry", "SALT_BYTES", "bytes", "Salt of a commitment, exactly."),
    ("trust.statement", "TIMESTAMP_MAX", "seconds", "Latest time in a signature, since 1970."),
    ("trust.plaintext", "LINE_MAX_CHARACTERS", "characters", "One line of a signed text."),
    ("trust.plaintext", "DEPTH_MAX", "levels", "Nesting of a signed text."),
    ("trust.plaintext", "DOTS_MAX", "dots", "Dots in one line of a signed text."),
    ("trust.card", "VALIDITY_MAX", "", "From `valid_from` to `valid_until` of a card."),
    ("trust.card_parts", "SEALING_PUBLIC_BYTES", "bytes", "A public sealing key, exactly."),
    ("trust.agreement", "RETENTION_MAX_DAYS", "days", "Retention that a grant may allow."),
    ("trust.termination", "NOTICE_PERIOD", "seconds", "From `issued` to `effective`, at least."),
    ("trust.revocation", "GOOD_TEXTS_MAX", "texts", "Texts that one revocation stands by."),
    ("trust.register", "RECORD_MAX_BYTES", "bytes", "One record of the officers' register."),
    ("trust.request", "SKEW_SECONDS", "seconds", "Clock difference of a local request."),
    ("sealing.suite", "SEED_BYTES", "bytes", "Seed of a private sealing key, exactly."),
    ("sealing.suite", "ENCAPSULATED_BYTES", "bytes", "Encapsulated key in front of a seal."),
    ("sealing.suite", "TAG_BYTES", "bytes", "Authentication tag at the end of a seal."),
    ("outbound.judging", "CREATED_WITHIN", "", "`created_at` of a draft, before or after now."),
    ("outbound.resend", "VOIDS_MAX", "numbers", "Numbers that our node puts into one `void`."),
    ("inbound.chain", "HOLES_MAX", "ranges", "Missing ranges of one chain before it is refused."),
    ("inbound.sheltering", "SHELTER_MAX", "envelopes", "Kept while our node must not sign ..."),
    ("inbound.sheltering", "SHELTER_BYTES_MAX", "bytes", "... and bytes of all of them."),
    ("inbound.refusing", "HELD_PER_SOURCE", "envelopes", "Envelopes of one source that are held."),
    ("rounds.proofs", "PROOFS_MAX", "proofs", "A round with so many proofs is full."),
    ("rounds.proofs", "PROOFS_BYTES_MAX", "bytes", "Room for the proofs of one round."),
    ("rounds.proofs", "HEAD_BYTES", "bytes", "What each proof counts against that room ..."),
    ("rounds.proofs", "LINE_BYTES", "bytes", "... and each of its hashes besides."),
    ("rounds.proofs", "COSIGNED_BYTES_MAX", "bytes", "A cosigned checkpoint that our node sends."),
    ("rounds.proofs", "SHOWN_BYTES_MAX", "bytes", "Checkpoints that our node shows in one round."),
    ("audit.cosignature", "COSIGNED_LINES_MAX", "lines", "Under a cosigned checkpoint."),
    ("rounds.gathering", "SIZES_KEPT", "trees", "Cosignatures kept while there is no quorum."),
    ("rounds.gathering", "BUSY_INTERVALS", "intervals", "So long a missing quorum keeps us busy."),
    ("rounds.claims", "UNANSWERED_MAX", "rounds", "Beyond these, a partner counts as away."),
    ("rounds.unasked", "INTERVALS", "intervals", "Messages without a round: an alarm."),
    ("rounds.heartbeat", "OFFERS_MAX", "rounds", "Unanswered rounds that our node remembers."),
    ("rounds.notes", "UPDATE_BYTES_MAX", "bytes", "Notes that our node puts into one update."),
    ("rounds.notes", "ARRIVED_MAX", "notes", "Notes that wait to be admitted."),
    ("rounds.proposals", "KEPT_MAX", "texts", "Proposals of one node that our node keeps."),
    ("rounds.relaying", "BYTES_MAX", "bytes", "Two notes of a conflict that are shown to others."),
    ("rounds.showing", "HEARD_OPEN_MAX", "trees", "Of one log, shown by one partner, unproven ..."),
    ("rounds.showing", "HEARD_KEPT_MAX", "trees", "... and proven or given up."),
    ("rounds.demands", "OPEN_MAX", "trees", "That wait for proofs to a partner that demands more."),
    ("journal.alarming", "PIECES_MAX", "pieces", "Evidence that one alarm keeps."),
)


def rendered() -> str:
    """All three tables as Markdown."""
    parts = (
        ("Limits, which never change within this version", _rows(LIMITS)),
        ("Times, which the charter of an exercise network may shorten", _rows(TIMES)),
        ("Numbers of single formats and duties", _other_rows()),
    )
    return "\n\n".join(_table(title, rows) for title, rows in parts)


def replaced(page: str) -> str:
    """The page with the tables of today between its markers; `ValueError` without markers."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no markers for the table of constants")
    return f"{head}{BEGIN}\n\n{rendered()}\n\n{END}{tail}"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it with `--check`; returns the exit status."""
    page = PAGE.read_text("utf-8")
    wanted = replaced(page)
    if "--check" not in arguments:
        PAGE.write_text(wanted, "utf-8")
        return 0
    if wanted != page:
        sys.stdout.write("the constants in docs/protocol.md are old: run this without --check\n")
        return 1
    return 0


def _rows(constants: Any) -> Iterator[tuple[str, str, str, str]]:
    comments = _comments(type(constants))
    for name, value in asdict(constants).items():
        unit = next((unit for part, unit in _UNITS.items() if part in name), "count")
        yield name, _shown(value, unit), unit, comments[name]


def _other_rows() -> Iterator[tuple[str, str, str, str]]:
    for module, name, unit, meaning in _ELSEWHERE:
        value = getattr(import_module(f"relec_exchange.{module}"), name)
        timed = isinstance(value, timedelta)
        number, of = (int(value.total_seconds()), "seconds") if timed else (value, unit)
        yield f"{module}.{name}", _shown(number, of), of, meaning
    for model, field, meaning in (
        (Round, "proofs", "Consistency proofs that one round may carry."),
        (ClassStatus, "missing", "Missing ranges that a round may name for one class."),
    ):
        most = model.model_json_schema()["properties"][field]["maxItems"]
        yield f"message.bodies.control.{model.__name__}.{field}", str(most), "count", meaning


def _comments(kind: type) -> dict[str, str]:
    """The comment above each field; a field without one shares that of the field before."""
    found: dict[str, str] = {}
    comment: list[str] = []
    last = ""
    for line in inspect.getsource(kind).splitlines():
        if line.startswith("    # "):
            comment.append(line.removeprefix("    # "))
        elif match := _FIELD.match(line):
            last = " ".join(comment) or last
            found[match[1]] = last
            comment = []
    return found


def _shown(value: object, unit: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, int) and value > 1 << 48 and value & (value + 1) == 0:
        return f"2^{value.bit_length()} - 1"
    if isinstance(value, int) and unit == "seconds":
        return f"{value}{_in_words(value)}"
    return str(value)


def _in_words(seconds: int) -> str:
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f" ({seconds // size} {name})"
    return ""


def _table(title: str, rows: Iterable[tuple[str, str, str, str]]) -> str:
    lines = [f"**{title}**", "", "| name | value | unit | why |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {value} | {unit} | {why} |" for name, value, unit, why in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
