"""Fields whose mere presence tells that somebody is protected: cut without a line, always.

Contract: a closed table of names of fields, wherever they stand, with why. A line that says that
such a field was withheld would say what the field says.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SILENT_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "age_band": "it stands for a birth date where the person is a child",
        "best_interest_note": "only a child has one",
        "birth_needed": "only a child's birth date has to be needed",
        "consent": "it is asked of victims who are referred",
        "do_not_contact": "only who is in danger has such a list",
        "guardian": "only a child, or who cannot speak for themselves, has one",
        "guardian_note": "only a child, or who cannot speak for themselves, has one",
        "needs": "help is needed by who was harmed or returns",
        "needs_on_arrival": "help is needed by who was harmed or returns",
        "safe_contact": "only who is in danger needs one",
        "subject_categories": "victims and witnesses may be among them",
        "urgency_note": "it says why somebody needs help at once",
    }
)


def is_silent(path: str) -> bool:
    """Whether the field at a dotted path, or one above it, is in the table."""
    return not SILENT_FIELDS.keys().isdisjoint(path.split("."))
