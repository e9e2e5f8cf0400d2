"""What a judgement found, as statements in order, and what it comes to as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from relec_verify import wording
from relec_verify.people import Member
from relec_verify.refused import Refused

PROVEN, NOT_PROVEN, REFUSED = "proven", "not-proven", "refused"
EXIT = {"holds": 0, "refused": 1, "incomplete": 3}

T = TypeVar("T")


@dataclass(frozen=True)
class Statement:
    """One sentence: its status, a code for programs, and whose signatures it rests on."""

    status: str
    code: str
    text: str
    by: str = ""
    part: str = ""


@dataclass(frozen=True)
class Report:
    """All statements, and the outcome: `holds`, `incomplete` or `refused`."""

    statements: tuple[Statement, ...]

    @property
    def outcome(self) -> str:
        """Refused if one thing does not hold; incomplete if keys of somebody were not compared."""
        if any(one.status == REFUSED for one in self.statements):
            return "refused"
        open_ones = ("authority", "witness-uncompared", "witness-unknown", "key-lost")
        return "incomplete" if any(s.code in open_ones for s in self.statements) else "holds"

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "outcome": self.outcome,
            "summary": wording.OUTCOMES[self.outcome],
            "statements": [
                {"status": s.status, "code": s.code, "text": s.text, "by": s.by, "part": s.part}
                for s in self.statements
            ],
        }


class _Stopped(Exception):
    """A part failed on which the whole rest rests."""


class Told:
    """Gathers the statements of one judgement."""

    def __init__(self) -> None:
        self._statements: list[Statement] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What is refused in here is told of this part, and the judgement goes on after it."""
        try:
            yield
        except Refused as refused:
            self._refuse(name, refused)
        except _Stopped:
            pass

    def within(self, name: str, judged: Callable[[], T]) -> T:
        """The result of a part without which nothing else can be judged."""
        try:
            return judged()
        except Refused as refused:
            self._refuse(name, refused)
            raise _Stopped from None

    def proven(self, code: str, by: str = "", /, **values: Any) -> None:
        """Something is proven."""
        text = wording.PROVEN[code].format(**values)
        self._statements.append(Statement(PROVEN, code, text, by))

    def resting(self, code: str, by: str = "", /, **values: Any) -> None:
        """Something that would be proven if the authority of a node had been compared."""
        self._if(wording.RESTING, code, by, values)

    def logged(self, member: Member, code: str, vouched: bool, /, **values: Any) -> None:
        """Something that a node's log key signed; `vouched` unless that key was lost later."""
        if vouched or not member.compared:
            self.by(member, code, **values)
        else:
            self._if(wording.LOST, code, f"keys of {member.node}", values)
        if not vouched:
            self.unproven("key-lost", node=member.node, origin=values["origin"])

    def by(self, member: Member, code: str, /, **values: Any) -> None:
        """Something that keys of a node signed: proven if its authority was compared."""
        say = self.proven if member.compared else self.resting
        say(code, f"keys of {member.node}", **values)

    def unproven(self, code: str, /, **values: Any) -> None:
        """Something is not proven."""
        text = wording.NOT_PROVEN[code].format(**values)
        self._statements.append(Statement(NOT_PROVEN, code, text))

    def report(self) -> Report:
        """What was told."""
        return Report(tuple(self._statements))

    def _if(self, condition: str, code: str, by: str, values: dict[str, Any]) -> None:
        text = f"{condition} {wording.PROVEN[code].format(**values)}"
        self._statements.append(Statement(NOT_PROVEN, code, text, by))

    def _refuse(self, part: str, refused: Refused) -> None:
        text = wording.REFUSED.format(part=part, code=refused.code, detail=refused.detail)
        self._statements.append(Statement(REFUSED, refused.code, text, part=part))
