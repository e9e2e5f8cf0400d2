"""What goes into a submission and what comes out: approved bytes, signatures, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field

from relec_exchange.errors import RelecError
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.judgements import Judgement
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.withholding import Cut
from relec_exchange.outbound.placing import Place
from relec_exchange.outbound.signing import Deed, Signed
from relec_exchange.trust.decide import Allowed
from relec_exchange.trust.officer import Act


@dataclass(frozen=True, slots=True)
class Signature:
    """One officer's signature (64 bytes) over the message's commitment."""

    officer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An officer's signed yes to one question of the protection rules."""

    question: str
    officer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """Approved bytes with their salt and signatures; release and answers may come later.

    `batch` is the id of the first copy where several recipients get the same message. `cuts` are
    the fields that the header names as withheld.
    """

    idempotency_key: str
    raw: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    submit: Signature
    release: Signature | None
    answers: tuple[Answer, ...] = ()
    batch: str = ""
    cuts: tuple[Cut, ...] = field(default=(), repr=False)

    def deeds(self) -> tuple[Deed, ...]:
        """The officers' acts in it but for the submission."""
        answered = [Deed("answer", a.officer, a.signature, a.question) for a in self.answers]
        if self.release is None:
            return tuple(answered)
        return (*answered, Deed(Act.RELEASE, self.release.officer, self.release.signature))


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one draft: `released`, `submitted` (waits for a releaser or an approval),
    `held` (waits for answers or the protection desk), `returned` or `refused`.

    `needs` are the words of what is missing. `derived` are messages of ours that were made from
    one whose content goes with this answer to its recall.
    """

    message_id: str
    recipient: str
    status: str
    error: RelecError | None = None
    needs: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadDraft:
    """A draft whose bytes are a valid message of this node; `commitment` is over them."""

    draft: Draft
    message: Message
    header: Header
    commitment: bytes
    place: Place

    @property
    def signed(self) -> Signed:
        """What its officers sign."""
        return Signed(self.header.type, self.commitment, self.draft.submit.officer)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What agreement and rules say of a message, what it waits for (words of `needs`), and what
    the agreement was asked.
    """

    decision: Allowed
    judgement: Judgement
    needs: tuple[str, ...]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft that may be kept, and leaves once nothing is missing; `deeds` are those that count
    towards it.
    """

    read: ReadDraft
    verdict: Verdict
    deeds: tuple[Deed, ...]
