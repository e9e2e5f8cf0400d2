"""Who may do what for a message of ours, and whether it was they who signed it.

Contract: roles and signatures are checked before anything is written, and those that were kept
are checked again when the message leaves: a record that nobody signed counts for nothing, nor does
the act of an officer who has lost the role since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import NotAuthorised, RelecError
from relec_exchange.outbound.needs import Done
from relec_exchange.trust.officer import Act, Officer, Role

ANSWER: Final = "answer"
"""The word of an answer where others have that of their act."""

ROLES: Final[Mapping[str, tuple[Role, ...]]] = MappingProxyType(
    {
        Act.SUBMIT: (Role.SUBMITTER, Role.PROTECTION_DESK, Role.SYSTEM),
        Act.RELEASE: (Role.RELEASER, Role.SYSTEM),
        Act.APPROVE: (Role.PROTECTION_DESK,),
        Act.CONFIRM: (Role.RELEASER,),
        Act.RETURN: (Role.RELEASER, Role.PROTECTION_DESK),
        Act.FREE: (Role.PROTECTION_DESK,),
        # A question is about what a person has read: no system answers it.
        ANSWER: (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK),
    }
)
_ANOTHER: Final = frozenset({Act.APPROVE, Act.CONFIRM})


@dataclass(frozen=True, slots=True)
class Deed:
    """One officer's signature (64 bytes) on a message: an act, or `answer` with its question."""

    act: str
    officer: str
    signature: bytes = field(repr=False)
    question: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signatures on a message are over, and who submitted it."""

    type: str
    commitment: bytes
    submitter: str


class Signing:
    """The checks over the register of officers. Thread-safe."""

    def __init__(self, officer: Callable[[str], Officer]) -> None:
        self._officer = officer

    def check(self, deed: Deed, signed: Signed) -> None:
        """NotAuthorised, or NotFound for an unknown officer, unless the deed is good."""
        officer = self._officer(deed.officer)
        officer.require(*ROLES[deed.act])
        officer.require_type(signed.type)
        if deed.act in _ANOTHER and deed.officer == signed.submitter:
            raise NotAuthorised(
                "another officer than who submitted the message has to do this",
                field="officer",
                remedy="ask a colleague who has the role",
            )
        if deed.act == ANSWER:
            officer.verify_answer(deed.question, signed.commitment, deed.signature)
        else:
            officer.verify(Act(deed.act), signed.commitment, deed.signature)

    def good(self, deeds: Iterable[Deed], signed: Signed) -> list[Deed]:
        """Those that are good now; the others are passed over."""
        return [deed for deed in deeds if self._is_good(deed, signed)]

    def done(self, good: Sequence[Deed], signed: Signed) -> Done:
        """What good deeds come to."""
        released = [deed for deed in good if deed.act == Act.RELEASE]
        acts = {deed.act for deed in good}
        return Done(
            answered=frozenset(deed.question for deed in good if deed.act == ANSWER),
            freed=Act.FREE in acts,
            approved=Act.APPROVE in acts,
            released=bool(released),
            second=any(self.is_second(deed, signed) for deed in released),
        )

    def is_second(self, release: Deed, signed: Signed) -> bool:
        """Whether a release is that of a person other than who submitted the message."""
        name = release.officer
        return name != signed.submitter and Role.RELEASER in self._officer(name).roles

    def _is_good(self, deed: Deed, signed: Signed) -> bool:
        try:
            self.check(deed, signed)
        except RelecError:
            return False
        return True
