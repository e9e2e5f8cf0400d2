"""The trust folder follows what the node has adopted, so that commands see what the node sees.

Contract: files only ever gain; a card is replaced by a later one of its node and by nothing else.
What cannot be written is tried again after the next change; the store is what counts. The own card
is kept beside the guard copy, too; that is tried at each turn until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from relec_exchange.adapters.card_copies import CardCopies
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import RelecError
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.member import Member


class TrustFolder:
    """Used by the rounds thread only."""

    def __init__(
        self, files: TrustFiles, copies: CardCopies, directory: Callable[[], Directory]
    ) -> None:
        self._files = files
        self._copies = copies
        self._directory = directory
        self._followed: Directory | None = None
        self._copied = b""
        self._told = ""
        self._written: set[bytes] = set()

    def tick(self, now: datetime) -> None:
        """Write what is new in the directory since the last turn."""
        directory = self._directory()
        self._copy(directory)
        if directory is self._followed:
            return
        try:
            self._follow(directory)
        except (OSError, RelecError) as error:
            structlog.get_logger().warning("trust.folder.behind", error=type(error).__name__)
        self._followed = directory

    def _copy(self, directory: Directory) -> None:
        """Keep our own card beside the guard copy; what is wrong with that is told once."""
        own = directory.members.get(directory.own)
        if own is None or own.signed.note == self._copied:
            return
        try:
            kept = self._copies.keep(own.succession())
            problem = "" if kept else "guard.card.newer"
            self._copied = own.signed.note
        except RelecError:
            problem = "guard.card.behind"
        if problem and problem != self._told:
            version = own.card.version
            structlog.get_logger().warning(problem, version=version)
        self._told = problem

    def _follow(self, directory: Directory) -> None:
        if not self._written:
            held = (self._files.cards(), self._files.notices(), self._files.agreements())
            self._written = {note for kind in held for note in kind}
        for member in directory.members.values():
            if member.signed.note not in self._written:
                self._keep(member)
        for signed in directory.notices.values():
            if signed.note not in self._written:
                self._files.put_notice(signed.note)
        for agreement in directory.agreements.values():
            for note in agreement.notes():
                if note not in self._written:
                    self._files.put_agreement(note)
                    self._written.add(note)
        self._written.update(signed.note for signed in directory.notices.values())

    def _keep(self, member: Member) -> None:
        """The newest card, and beside it those that lead to it."""
        if self._files.version(member.card.node) > member.card.version:
            return  # a command has written the next card and is about to tell the node
        *earlier, newest = member.succession()
        for note in earlier:
            if note not in self._written:
                self._files.put_passage(parse_card(note))
        self._files.put_card(parse_card(newest))
        self._written.update(member.succession())
