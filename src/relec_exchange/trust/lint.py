"""What is wrong or doubtful in an agreement, said before it is signed.

Contract: pure; says nothing of what `read_agreement` refuses anyway. Remarks come in a fixed order:
the text as a whole, its dates, its neighbours, its grants. Without `at` nothing is said that
depends on the day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.trust.agreement import RETENTION_MAX_DAYS, Agreement, SignedAgreement
from relec_exchange.trust.lint_grants import grant_remarks, overlap
from relec_exchange.trust.remark import Remark

__all__ = ["Remark", "lint"]

_LONG: Final = timedelta(days=RETENTION_MAX_DAYS)
_SOON: Final = timedelta(days=60)
_DAY: Final = timedelta(days=1)
_WORD: Final = re.compile(r"[^\W\d_]+")


def lint(
    agreement: Agreement,
    other_texts: Iterable[Agreement | SignedAgreement] = (),
    *,
    at: datetime | None = None,
    text: str = "",
) -> tuple[Remark, ...]:
    """All remarks on one agreement.

    `other_texts` are those that the same parties have signed or may sign; given as
    `SignedAgreement`, they are told apart by their hashes. `at` is the day of signing, `text` the
    text itself, for what stands in its comments.
    """
    others = [_with_hash(other) for other in other_texts]
    return (
        *_characters(agreement, text),
        *_assurances(agreement),
        *_dates(agreement, at),
        *_neighbours(agreement, others, at),
        *grant_remarks(agreement),
    )


def _with_hash(other: Agreement | SignedAgreement) -> tuple[Agreement, str]:
    return (other.agreement, other.hash) if isinstance(other, SignedAgreement) else (other, "")


# ---- the text as a whole -------------------------------------------------------------------------


def _characters(agreement: Agreement, text: str) -> Iterator[Remark]:
    """Words of two alphabets: a letter that looks like another one makes another word of it."""
    said = {"title": agreement.title, "legal_basis": agreement.legal_basis}
    if agreement.assurances.text:
        said["assurances.text"] = agreement.assurances.text
    for where, value in said.items():
        if _mixed(value):
            yield _alphabets(where)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#") and _mixed(line):
            yield _alphabets(f"line {number}")


def _alphabets(where: str) -> Remark:
    return Remark(
        "error",
        where,
        "a word has letters of two alphabets that look alike",
        "type the word again in one alphabet",
    )


def _mixed(value: str) -> bool:
    return any(len(_alphabets_of(word)) > 1 for word in _WORD.findall(value))


def _alphabets_of(word: str) -> set[str]:
    """The alphabets of a word whose letters can be taken for each other's."""
    names = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
    return names & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}


def _assurances(agreement: Agreement) -> Iterator[Remark]:
    if agreement.nominal and not agreement.assurances.complete:
        yield Remark(
            "warning",
            "assurances",
            "persons may be named, and not both promises (no death penalty, no torture) are given:"
            " nothing about suspects can be sent",
            "add both to [assurances], or leave out the levels nominal and nominal_sensitive",
        )
    if agreement.assurances.text and not agreement.assurances.complete:
        yield Remark(
            "error",
            "assurances.text",
            "words promise nothing by themselves: only no_death_penalty and no_torture count",
            "set both to true, or leave out the words",
        )


# ---- dates ---------------------------------------------------------------------------------------


def _dates(agreement: Agreement, at: datetime | None) -> Iterator[Remark]:
    if agreement.valid_until - agreement.valid_from > _LONG:
        yield Remark(
            "warning",
            "valid_until",
            "it holds for more than five years",
            "agree on a shorter time and renew it",
        )
    if at is None:
        return
    if agreement.valid_until <= at:
        yield Remark("error", "valid_until", "it has run out already", "give a later date")
    elif agreement.valid_from < at - _DAY:
        yield Remark(
            "warning",
            "valid_from",
            "it begins in the past: messages that were refused since then count as allowed",
            "let it begin today or later",
        )


# ---- other texts ---------------------------------------------------------------------------------


def _neighbours(
    agreement: Agreement, others: Iterable[tuple[Agreement, str]], at: datetime | None
) -> Iterator[Remark]:
    renewed = False
    for other, name in others:
        if other == agreement or not _same_parties(agreement, other):
            continue
        if _replaces(agreement, other, name):
            yield from _on_predecessor(agreement, other)
        elif other.replaces and other.version > agreement.version:
            renewed = True
        elif _at_once(agreement, other) and overlap(agreement, other):
            yield Remark(
                "warning",
                "replaces",
                f'"{other.title}" ({name[:16]}) covers the same time and grants some of the same',
                "name its hash in replaces, or take out what both grant",
            )
    if at is not None and not renewed and at < agreement.valid_until < at + _SOON:
        yield Remark(
            "warning",
            "valid_until",
            "it ends within 60 days and no text that follows it is known",
            "agree on the next version now",
        )


def _same_parties(one: Agreement, other: Agreement) -> bool:
    return one.charter == other.charter and set(one.parties) == set(other.parties)


def _replaces(agreement: Agreement, other: Agreement, name: str) -> bool:
    """Whether the other text is one that this one replaces; without its hash, by its version."""
    if name:
        return name in agreement.replaces
    return bool(agreement.replaces) and other.version < agreement.version


def _on_predecessor(agreement: Agreement, other: Agreement) -> Iterator[Remark]:
    if other.version >= agreement.version:
        yield Remark(
            "error",
            "version",
            f"it replaces version {other.version}, and only a higher version takes its place",
            f"give it version {other.version + 1}",
        )
    if other.valid_until < agreement.valid_from:
        yield Remark(
            "warning",
            "valid_from",
            f"between {other.valid_until:%Y-%m-%d} and {agreement.valid_from:%Y-%m-%d} neither text"
            " is in force",
            "let it begin where the earlier text ends",
        )
    if other.assurances.complete and not agreement.assurances.complete:
        yield Remark(
            "error" if agreement.nominal else "warning",
            "assurances",
            "the earlier text gave both promises, and this one does not",
            "keep them",
        )


def _at_once(one: Agreement, other: Agreement) -> bool:
    return one.valid_from < other.valid_until and other.valid_from < one.valid_until
