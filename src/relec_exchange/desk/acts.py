"""What officers do with messages that wait: answer, approve, release, confirm, send back."""

from __future__ import annotations

from collections.abc import Callable

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.messages import submitted
from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.journal.content import read_content
from relec_exchange.outbound.checking import Checked
from relec_exchange.outbound.signing import ANSWER, Deed
from relec_exchange.outbound.waiting import Kept
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.records import CommentRow, OutboxRow, Where
from relec_exchange.trust.officer import Act, Officer, Role

READERS = (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK)
COMMENT_MAX = 4000


class ActDesk:
    """See the module. Roles and signatures are checked below, in `outbound.signing`."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def check_messages(self, officer: str, raws: list[bytes]) -> list[Json]:
        """What stands against each message and what it would wait for; looking is logged."""
        found = self.core.checking.look(raws, self._officer(officer))
        self.core.log_access(officer, "check-messages")
        return [_checked(one) for one in found]

    def answer_question(
        self, message_id: str, question: str, officer: str, signature: bytes
    ) -> Json:
        """A signed yes to a question of the protection rules."""
        if question not in QUESTIONS:
            raise InvalidInput(
                "there is no such question", field="question", remedy=" or ".join(QUESTIONS)
            )
        return self._add(message_id, Deed(ANSWER, officer, signature, question))

    def approve(self, message_id: str, officer: str, signature: bytes) -> Json:
        """The protection desk's approval."""
        return self._add(message_id, Deed(Act.APPROVE, officer, signature))

    def release(self, message_id: str, officer: str, signature: bytes) -> Json:
        """A releaser's signature; the message leaves if nothing else is missing."""
        return self._add(message_id, Deed(Act.RELEASE, officer, signature))

    def confirm(self, message_id: str, officer: str, signature: bytes) -> Json:
        """The second person, after a rescue message went first."""
        deed = Deed(Act.CONFIRM, officer, signature)
        return submitted(self.core.waiting.confirm(message_id, deed))

    def send_back(self, message_id: str, officer: str, signature: bytes, comment: str) -> Json:
        """Back to who submitted it, with a comment (encrypted as content is)."""
        if not comment.strip() or len(comment) > COMMENT_MAX:
            raise InvalidInput(f"say why, in 1 to {COMMENT_MAX} characters", field="comment")
        deed = Deed(Act.RETURN, officer, signature)
        return submitted(self.core.waiting.send_back(message_id, deed, comment))

    def comments(self, message_id: str, officer: str) -> list[Json]:
        """What was written when it was sent back, oldest first; reading is logged."""
        self._officer(officer).require(*READERS)
        self._outgoing(message_id)
        rows = self.core.store.rows(CommentRow, Where("message_id", "=", message_id), order="row")
        secrets = self.core.vault.get([row.key_id for row in rows])
        self.core.log_access(officer, "comments", message_id)
        return [
            {
                "at": row.at,
                "officer": row.officer,
                "comment": read_content(row, secrets[row.key_id])[0].decode(),
            }
            for row in rows
            if row.key_id in secrets
        ]

    def _add(self, message_id: str, deed: Deed) -> Json:
        kept = Kept(*self.core.content(self._outgoing(message_id)))
        return submitted(self.core.waiting.add(message_id, deed, kept))

    def _outgoing(self, message_id: str) -> OutboxRow:
        row = self.core.outgoing(message_id)
        if row is None:
            raise NotFound("no such message here", field="message_id")
        return row


def _checked(one: Checked) -> Json:
    return {"findings": [found.described() for found in one.findings], "needs": list(one.needs)}
