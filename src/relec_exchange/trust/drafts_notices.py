"""Texts of notices for authorities to read and sign: terminations, suspensions, revocations.

Contract: what these functions return is accepted by `read_notice` as it stands. Comments are
signed with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from relec_exchange.trust.fields import EVERYONE, Table
from relec_exchange.trust.notices import read_notice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination
from relec_exchange.trust.toml_text import TomlText

_HEAD: Final = ("format", "network", "network_kind")

_REVOKED: Final = {
    "log": "What its log holds beyond good_size is disputed.",
    "sealing": "Nobody seals to this key any more. What was sealed to it since then may be read.",
    "witness": "Its cosignatures do not count any more.",
    "authority": "Cards after good_card and texts that are not in good_texts do not count until"
    " they are signed again. This text is signed by the keys under [successor], which the card"
    " announced as the next ones.",
}


def draft_termination(termination: Termination) -> str:
    """The text of a termination."""
    return _draft(
        termination,
        f"{termination.node} ends an agreement with {_whom(termination.partners)} before its date.",
        "Until effective nothing changes. After it only what closes open business goes on:"
        " corrections, recalls with their outcomes, and attestations of erasure.",
    )


def draft_suspension(suspension: Suspension) -> str:
    """The text of a suspension or of a lift."""
    whom = _whom(suspension.partners)
    if suspension.action == "lift":
        return _draft(suspension, f"{suspension.node} lifts suspensions with {whom}.")
    types = "of the types that are named" if suspension.types else "but those that close business"
    return _draft(
        suspension,
        f"{suspension.node} stops messages with {whom}, in both directions and at once: all {types}"
        f"{', in the areas that are named' if suspension.areas else ''}.",
        "It counts as soon as a node holds it, until the time in until or until it is lifted.",
    )


def draft_revocation(revocation: Revocation) -> str:
    """The text of a revocation."""
    return _draft(
        revocation,
        f"{revocation.node} revokes a key of its own: it may be in wrong hands.",
        _REVOKED[revocation.kind],
    )


def _draft(notice: Table, *comments: str) -> str:
    plain = _plain(notice)
    text = TomlText()
    text.pairs({name: plain.pop(name) for name in _HEAD})
    text.blank()
    text.comment(*comments)
    successor = plain.pop("successor", None)
    text.pairs(plain)
    if successor:
        text.table("successor", successor)
    rendered = text.render()
    read_notice(rendered)
    return rendered


def _plain(notice: Table) -> dict[str, Any]:
    """A model as written: names of the text, nothing that is absent or empty."""
    dumped = notice.model_dump(by_alias=True, exclude_none=True)
    return {name: value for name, value in dumped.items() if value not in ((), {})}


def _whom(partners: Iterable[str]) -> str:
    return ", ".join("all partners" if name == EVERYONE else name for name in partners)
