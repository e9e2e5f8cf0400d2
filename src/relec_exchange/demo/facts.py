"""What a scene claims, and whether it was so: the difference between a story and a check.

Contract: a scene is as told if it played to its end, claimed at least one fact, and every fact
held. A report is as told if every scene that was to be played was, and each is as told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

AS_TOLD = 0
NOT_AS_TOLD = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim in words, and whether it held."""

    text: str
    holds: bool


@dataclass(slots=True)
class Played:
    """One scene as it went; `ended_by` says what kept it from its end, `seconds` how long."""

    title: str
    facts: list[Fact] = field(default_factory=list)
    ended_by: str = ""
    seconds: float = 0.0

    @property
    def as_told(self) -> bool:
        """See the module."""
        return not self.ended_by and bool(self.facts) and all(fact.holds for fact in self.facts)

    def faults(self) -> list[str]:
        """Everything that was not as told, in words."""
        false = [f"not so: {fact.text}" for fact in self.facts if not fact.holds]
        if self.ended_by:
            false.append(f"ended early: {self.ended_by}")
        if not self.facts and not self.ended_by:
            false.append("the scene claimed nothing")
        return false


@dataclass(slots=True)
class Report:
    """The scenes that were to be played, by title, and those that were."""

    titles: Sequence[str]
    played: list[Played] = field(default_factory=list)

    @property
    def as_told(self) -> bool:
        """See the module."""
        titles = [scene.title for scene in self.played]
        return titles == list(self.titles) and all(scene.as_told for scene in self.played)

    @property
    def exit_code(self) -> int:
        """0 if everything was as told, else 1."""
        return AS_TOLD if self.as_told else NOT_AS_TOLD
