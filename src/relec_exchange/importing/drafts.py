"""What an import makes: drafts of messages, and everything that kept a row from becoming one.

Contract: a draft has no sender, recipient, id or time; those are the submitter's. `own_ref` in its
header is made of names and positions, so that an officer finds the row again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.problems import Problem
from relec_exchange.message.catalogue import check_header, message_type
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import canonical
from relec_exchange.message.header import Header

# Fields that describe one message or its way; a mapping describes many messages of one file.
_NOT_DECLARED = frozenset(
    {
        "message_id",
        "type",
        "schema_version",
        "sender",
        "recipient",
        "exercise",
        "created_at",
        "data_level",
        "own_ref",
        "in_reply_to",
        "attachments",
        "withheld",
    }
)
# Stands in for what only the submission knows, to check the rest before any row is read.
_PLACEHOLDERS: Mapping[str, object] = {
    "message_id": "00000000-0000-7000-8000-000000000000",
    "sender": "aa",
    "recipient": "bb",
    "sender_unit": "unit",
    "author_role": "system",
    "exercise": True,
    "created_at": "2000-01-01T00:00:00.000Z",
}
# What the submission adds to the header: ids, nodes, unit, role, times, references.
_SUBMISSION_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class DraftMessage:
    """One message to be: `header` and `body` in wire form, `source_lines` where it comes from.

    `subject` names what it is about, the same in every import of the same mapping: by it a changed
    message finds the one sent before. It is empty where a file gives its rows no names. Drafts of
    one `group` (the parts of a report) are changed together.
    """

    type: str
    area: str
    header: Mapping[str, object]
    body: Mapping[str, object]
    source_lines: tuple[int, ...]
    subject: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of reading a file; nothing has been sent.

    `rows_read` counts data rows, `rows_left_out` those that `only` of the mapping leaves out. Each
    other row is in exactly one draft, or has a problem, or belongs to a report that a problem
    holds back: a table with a missing row would be a wrong table. Figures are as in the file:
    `figures.safe_figures` takes small ones out before they are sent.
    """

    drafts: tuple[DraftMessage, ...]
    problems: tuple[Problem, ...]
    rows_read: int = 0
    rows_left_out: int = 0


def body_room(header: Mapping[str, object]) -> int:
    """Bytes that a message with these declared header fields leaves to its body."""
    return LIMITS.message_max_bytes - len(canonical(header)) - _SUBMISSION_BYTES


def declared_header(type_name: str, message: Mapping[str, object]) -> dict[str, object]:
    """Header fields for all drafts of a mapping, checked; `InvalidInput` names a wrong one."""
    foreign = sorted(set(message) & _NOT_DECLARED)
    if foreign:
        raise InvalidInput(
            f"{foreign[0]} is not for a mapping to say",
            field=f"message.{foreign[0]}",
            remedy="remove it: it is set for each message",
        )
    kind = message_type(type_name)
    declared = {"urgency": "routine", "language": "en", "data_level": kind.levels[0].value}
    header = declared | dict(message)
    probe = {**_PLACEHOLDERS, **header, "type": type_name, "schema_version": kind.version}
    try:
        check_header(Header.model_validate(probe))
    except ValidationError as error:
        faults = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]
        raise InvalidInput(
            "; ".join(f"message.{where}: {what}" for where, what in faults),
            field=f"message.{faults[0][0]}",
            remedy="see the header's fields in docs/reference",
        ) from None
    except InvalidInput as error:
        where = error.field.replace("header.", "message.")
        raise InvalidInput(error.message, field=where, remedy=error.remedy) from None
    return header
