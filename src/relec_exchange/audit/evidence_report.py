"""What a judgement of evidence found: statements in words, in order, and what they come to.

Contract: a sentence says no more than was checked. The sentences are those of `relec-verify`, and
the vectors of kind `evidence` hold both together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

Status = Literal["proven", "not-proven", "refused"]
Outcome = Literal["holds", "incomplete", "refused"]

PROVEN: Final = {
    "sent": "Node {sender} entered in its log {origin}, at place {index}, that it sent the message"
    " {id} of type {type} to node {recipient}. The entry gives the time {time}.",
    "content": "The message in this file is, byte for byte, the one to which that entry commits.",
    "witnessed": "The tree of {origin} that holds the entry at place {index} was cosigned by"
    " {count} of {asked} nodes ({nodes}); {needed} were needed. By their clocks it stood there no"
    " later than {latest}. Another tree of that size would contradict their signatures.",
    "receipt": "Node {node} entered in its own log {origin}, at place {index}, a receipt that says"
    " of this message: {stage} ({code}) at {at}.",
    "received": "Node {node} entered in its own log {origin}, at place {index}, that it received"
    " this message, with the outcome {outcome}. The entry gives the time {time}.",
    "agreement": "The message names the agreement “{title}” ({hash}). Both nodes have signed it,"
    " and by the texts in this file it was in force between them at {time}.",
    "agreement-over": "The message names the agreement “{title}” ({hash}), which both nodes have"
    " signed. By the texts in this file it had ended before {time}; messages of type {type} close"
    " open business and go on after that.",
    "grant": "The grant {grant} of that agreement allows a message like this one{extent}.",
    "policy": "The witness policy in this file names the same witnesses and the same number as the"
    " nodes' cards.",
}

NOT_PROVEN: Final = {
    "authority": "That the keys called {node}'s are those of {node}: nobody compared the"
    " fingerprint {fingerprint} with its authority. All that rests on these keys rests on that.",
    "content-absent": "What the message says: this file holds only the commitment to it.",
    "witness-absent": "That {node} did not show others another history of its log {origin}: the"
    " entry is logged, and no quorum of witnesses is shown for it.",
    "witness-uncompared": "That a quorum saw the log {origin}: {count} of the {needed} cosignatures"
    " that are needed are of nodes whose authority was compared. Not compared: {nodes}.",
    "witness-unknown": "That a quorum saw the log {origin}: {count} cosignatures hold, and {needed}"
    " are needed by the cards in this file; of {nodes}, who may have had to sign, it has no card of"
    " that time by an authority that was compared.",
    "policy-unknown": "That the witness policy in this file names the witnesses that the nodes' own"
    " cards do: nobody compared {nodes}, or there is no card of that time.",
    "key-lost": "That {node} alone had the key of its log {origin} when this tree was signed: it"
    " revoked that key, and neither its last good head nor a quorum of witnesses vouches for this"
    " tree.",
    "receipt-absent": "That {node} received the message: there is no word of {node} in this file.",
    "recipient-only": "That the receipt of {node} is true: it is the word of {node} alone.",
    "agreement-absent": "That an agreement allowed the message: its text is not in this file.",
    "agreement-none": "That an agreement allowed the message: messages of type {type} need none.",
    "exercise": "That anything of this is real: {network} is a network for exercises.",
    "clock": "That the clocks were right: the times are what the nodes' own clocks said.",
    "later": "That there is no later card, notice or agreement than those in this file, and that no"
    " later message corrects this one or calls it back.",
    "truth": "That what the message says is true, or which person wrote it.",
}

RESTING: Final = "If the keys are those of the nodes named below as not compared:"

LOST: Final = "If this tree was signed before the key of its log was lost:"

OUTCOMES: Final[dict[Outcome, str]] = {
    "holds": "Everything that this file claims was checked and holds, with the limits named below.",
    "incomplete": "Nothing in this file contradicts itself. Whose word it is, is NOT proven as far"
    " as nobody compared the authority of the nodes named below, or a log's key was lost.",
    "refused": "This file must NOT be relied on: something that it claims does not hold.",
}

_OPEN: Final = frozenset(("authority", "witness-uncompared", "witness-unknown", "key-lost"))


class EvidenceRefused(Exception):
    """A part of a bundle does not hold; `code` is one of `docs/reference/evidence.md`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence: its status, a code for programs, and whose signatures it rests on.

    `part` is the part of the bundle, of a refused one.
    """

    status: Status
    code: str
    text: str
    by: str = ""
    part: str = ""


@dataclass(slots=True)
class Report:
    """The statements of one judgement, in order."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Refused if one thing does not hold; incomplete if keys of somebody were not compared."""
        if any(one.status == "refused" for one in self.statements):
            return "refused"
        return "incomplete" if any(one.code in _OPEN for one in self.statements) else "holds"

    def say(self, sure: bool, code: str, by: str = "", /, **values: Any) -> None:
        """Something that holds: proven if whose keys these are was compared."""
        if sure:
            text = PROVEN[code].format(**values)
            self.statements.append(Statement("proven", code, text, by))
        else:
            self.say_if(RESTING, code, by, **values)

    def say_if(self, condition: str, code: str, by: str = "", /, **values: Any) -> None:
        """Something that would be proven under this condition."""
        text = f"{condition} {PROVEN[code].format(**values)}"
        self.statements.append(Statement("not-proven", code, text, by))

    def leave_open(self, code: str, /, **values: Any) -> None:
        """Something that is not proven."""
        self.statements.append(Statement("not-proven", code, NOT_PROVEN[code].format(**values)))

    def refuse(self, part: str, refused: EvidenceRefused) -> None:
        """A part that does not hold."""
        text = f"Does not hold ({part}, {refused.code}): {refused.detail}."
        self.statements.append(Statement("refused", refused.code, text, part=part))
