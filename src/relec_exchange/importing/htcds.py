"""Where the fields of HTCDS 2.0 go on the wire, and which are left behind and why.

HTCDS are the Human Trafficking Case Data Standards of IOM: a list of fields without a file format.
Contract: the tables beside this module name every field and every picklist value of version 2.0
in the spelling of the standard, typing slips included. Only what belongs into a message has a
place; a victim's identity has one in `protection.referral` alone.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import nearest

VERSION: Final = "2.0"
SOURCE: Final = (
    "https://github.com/UNMigration/HTCDS (field standards 2.0 of 2021-12-24, CC BY 4.0)"
)

_FIELDS: Final = "htcds-fields.csv"
_VALUES: Final = "htcds-values.csv"


@dataclass(frozen=True, slots=True)
class HtcdsField:
    """One field. `status` and `core` are the standard's.

    `type` and `pointer` say where it goes (`*` is any item of a list); both are empty where it is
    left behind, and `note` says why.
    """

    name: str
    status: str
    core: bool
    type: str
    pointer: str
    note: str


@cache
def htcds_fields() -> Mapping[str, HtcdsField]:
    """Every field of the standard by its name with prefix, in the order of the standard."""
    return {row["field"]: _field(row) for row in _read(_FIELDS)}


@cache
def htcds_values() -> Mapping[str, Mapping[str, str]]:
    """By field: our code for each value of its picklist, empty where the value is left behind."""
    found: dict[str, dict[str, str]] = {}
    for row in _read(_VALUES):
        found.setdefault(row["field"], {})[row["value"]] = row["code"]
    return found


def htcds_code(field: str, value: str) -> str | None:
    """Our code for a value of a picklist; None where it is left behind.

    `InvalidInput` for a field without a picklist, or a value that the standard does not have: a
    slip of the standard is not mended here, and neither is one of a file.
    """
    codes = htcds_values().get(field)
    if codes is None:
        raise InvalidInput(f"{field} has no picklist in HTCDS {VERSION}", field="field")
    if value not in codes:
        meant = nearest(value, codes)
        raise InvalidInput(
            f"{field} has no such value in HTCDS {VERSION}",
            field=field,
            remedy=f"did you mean {meant}?" if meant else "use the standard's own spelling",
        )
    return codes[value] or None


def _field(row: Mapping[str, str]) -> HtcdsField:
    kind, _, pointer = row["where"].partition(" ")
    return HtcdsField(row["field"], row["status"], row["core"] == "yes", kind, pointer, row["note"])


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
