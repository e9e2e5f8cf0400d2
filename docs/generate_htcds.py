"""The page of the HTCDS mapping, made from the tables of `relec_exchange.importing.htcds`.

Contract: `rendered` is pure and deterministic. Run `python docs/generate_htcds.py` to write the
page, with `--check` to compare only: status 1 and one line if they differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from relec_exchange.importing.htcds import SOURCE, VERSION, HtcdsField, htcds_fields, htcds_values

PAGE: Final = Path(__file__).with_name("reference") / "htcds.md"
_HEAD: Final = f"""# Fields of HTCDS {VERSION} on the wire

The Human Trafficking Case Data Standards (HTCDS) of IOM name the fields that organisations keep of
a trafficking case. They have no file format, and most of what they describe is the work of those
who help, which never becomes a message. This page goes through every field of version {VERSION} and
says where it goes, or that it stays behind and why. It is written by `docs/generate_htcds.py` from
the tables that the program uses.

Source of names and values: {SOURCE}. Spellings are the standard's, typing slips included
(`Unaquainted`). IOM does not endorse this program.

How to read the places: `protection.referral /body/person/sex` is the field `sex` of the person in
the body of a `protection.referral`; `*` is any item of a list. A block `trafficking` stands in
`info.request`, `info.spontaneous` and `case.referral` alike; the place named is that of
`info.spontaneous`. **A victim's identity goes into `protection.referral` alone**, which is sealed
to the protection desk, needs a consent record and says nothing about an offence.
"""
_TAIL: Final = """
## Questions without a field

The parts on assessment and planning hold nine example questions on the risks of a person, a
household and a community, without names of fields. They are for talking with the person, and none
of their answers travels.
"""


def rendered() -> str:
    """The whole page."""
    return _HEAD + "\n".join((*_sent(), *_left(), *_picklists())) + "\n" + _TAIL


def _sent() -> Iterator[str]:
    yield "\n## Fields that belong on the wire\n"
    yield "| field | where | how |"
    yield "|---|---|---|"
    for one in htcds_fields().values():
        if one.type:
            yield f"| `{one.name}`{_marks(one)} | `{one.type} {one.pointer}` | {one.note} |"


def _left() -> Iterator[str]:
    yield "\n## Fields that are left behind\n"
    yield "| field | why |"
    yield "|---|---|"
    for one in htcds_fields().values():
        if not one.type:
            yield f"| `{one.name}`{_marks(one)} | {one.note} |"


def _picklists() -> Iterator[str]:
    yield "\n## Values of picklists\n"
    yield "A value without a code is left behind with its field, or because no code says it.\n"
    yield "| field | value | code |"
    yield "|---|---|---|"
    for field, values in htcds_values().items():
        if not any(values.values()):
            listed = ", ".join(f"`{value}`" for value in values)
            yield f"| `{field}` | {listed} | none |"
            continue
        for value, code in values.items():
            yield f"| `{field}` | `{value}` | {f'`{code}`' if code else 'none'} |"


def _marks(one: HtcdsField) -> str:
    return " (deprecated)" if one.status == "deprecated" else ""


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    text = rendered()
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text("utf-8") == text:
            return 0
        print(f"{PAGE} is not what docs/generate_htcds.py writes", file=sys.stderr)  # noqa: T201
        return 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
