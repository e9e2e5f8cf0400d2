"""An officer: a name, roles, and a personal Ed25519 key that signs what the officer does.

Contract: each act has its own label, so a signature for one act never passes for another.
Signing is done on the officer's machine; `Officer.verify_*` raise `NotAuthorised` and are run by
the node before it logs the act. Times and randomness are arguments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from relec_exchange.errors import InvalidInput, NotAuthorised
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.trust.passphrase import COST_DEFAULT, SALT_BYTES, stretch

OFFICER_PATTERN: Final = r"^[a-z][a-z0-9._-]{1,31}$"
_OFFICER = re.compile(OFFICER_PATTERN)
_QUESTION = re.compile(r"[a-z][a-z-]{1,39}")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_FILE_HEAD = re.compile(rb"relec/v1 officer key\nscrypt ([0-9]{2}) ([A-Za-z0-9+/=]{24})\n")


class Role(StrEnum):
    """What an officer may do; `system` is a national system that submits and releases."""

    SUBMITTER = "submitter"
    RELEASER = "releaser"
    PROTECTION_DESK = "protection_desk"
    AUDITOR = "auditor"
    SECURITY_OFFICER = "security_officer"
    OPERATOR = "operator"
    SYSTEM = "system"


class Act(StrEnum):
    """The label before the 32 bytes that an officer signs for a message.

    Submit to confirm sign the commitment of an own message; open, close and free the leaf hash of
    one received (free also the commitment of an own one); extract the commitment of an extract.
    Keep and unkeep sign the leaf hash of either box, export that of one received. Keep says until
    which day, and export for which use, in one word after the label.
    """

    SUBMIT = "submit"
    RELEASE = "release"
    OPEN = "open"
    APPROVE = "approve"  # the extra approval that a child needs
    RETURN = "return"  # sent back to who submitted it
    CONFIRM = "confirm"  # the second person, after a rescue message went first
    CLOSE = "close"  # nothing can be provided
    FREE = "free"  # a local hold ends
    EXTRACT = "extract"  # the public may read this extract
    KEEP = "keep"  # a legal hold begins
    UNKEEP = "unkeep"  # a legal hold ends before its day
    EXPORT = "export"  # a message leaves the node for a use outside it


def check_officer_name(name: str, *, field: str = "officer") -> str:
    """Return an officer's name (2 to 32 of a-z 0-9 . _ -, a letter first) or raise."""
    if _OFFICER.fullmatch(name) is None:
        raise InvalidInput(
            f"{field} must be 2 to 32 of a-z, 0-9, dot, hyphen and underscore, a letter first",
            field=field,
        )
    return name


def check_roles(roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles as a set, or raise `InvalidInput` if they may not be held together.

    Who releases never audits: neither as releaser nor as a system, which may release too.
    """
    held = frozenset(roles)
    if not held:
        raise InvalidInput("an officer has at least one role", field="roles")
    if Role.AUDITOR in held and held & {Role.RELEASER, Role.SYSTEM}:
        raise InvalidInput(
            "no officer both releases and audits",
            field="roles",
            remedy="give the auditor's role to another person",
        )
    if Role.SYSTEM in held and len(held) > 1:
        raise InvalidInput("a system holds no other role", field="roles")
    return held


def act_bytes(act: Act, digest: bytes, word: str = "") -> bytes:
    """What is signed for an act: its label, for some a word, a line feed, a commitment or leaf
    hash (32 bytes).
    """
    if len(digest) != 32:
        raise InvalidInput("an officer signs over exactly 32 bytes", field=act.value)
    if word and _WORD.fullmatch(word) is None:
        raise InvalidInput("this is no day and no use", field=act.value)
    return f"relec/v1 {act.value}{' ' if word else ''}{word}\n".encode() + digest


def answer_bytes(question: str, digest: bytes) -> bytes:
    """What is signed for yes to a question of the protection rules about an own message."""
    if _QUESTION.fullmatch(question) is None:
        raise InvalidInput("there is no such question", field="question")
    if len(digest) != 32:
        raise InvalidInput("an officer signs over exactly 32 bytes", field="answer")
    return f"relec/v1 answer {question}\n".encode() + digest


def record_bytes(text: str) -> bytes:
    """What a security officer signs to change the register."""
    return b"relec/v1 officer record\n" + text.encode()


def request_bytes(method: str, target: str, body: bytes, time_text: str, nonce: str) -> bytes:
    """What an officer signs for one request to the local API; `target` is path and query."""
    digest = hashlib.sha256(body).hexdigest()
    return f"relec/v1 request\n{method}\n{target}\n{digest}\n{time_text}\n{nonce}\n".encode()


class OfficerKey:
    """The private half. It never leaves the officer's machine unencrypted."""

    __slots__ = ("_private",)

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls, random: Callable[[int], bytes]) -> Self:
        """A new key from 32 random bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(random(32)))

    @classmethod
    def from_pkcs8(cls, data: bytes, passphrase: str | None) -> Self:
        """Read a key file (PEM). `NotAuthorised` if the passphrase does not open it."""
        head = _FILE_HEAD.match(data)
        password = None
        if head is not None:
            if passphrase is None:
                raise NotAuthorised("the officer key needs its passphrase", field="passphrase")
            salt = unb64(head[2].decode("ascii"))
            password = stretch(passphrase, salt, int(head[1])).hex().encode()
        try:
            private = serialization.load_pem_private_key(data, password)
        except (ValueError, TypeError):
            raise NotAuthorised(
                "the officer key cannot be opened",
                field="passphrase",
                remedy="check the passphrase and that the file is an officer key",
            ) from None
        if not isinstance(private, Ed25519PrivateKey):
            raise NotAuthorised("an officer key is an Ed25519 key", field="key")
        return cls(private)

    def to_pkcs8(
        self, passphrase: str | None, random: Callable[[int], bytes], cost: int = COST_DEFAULT
    ) -> bytes:
        """The key file: PKCS#8 in PEM, encrypted unless `passphrase` is None (exercises).

        The password inside is stretched by scrypt first, with salt and cost in two lines above
        the PEM block: PKCS#8 as written by `cryptography` does only 2,048 rounds of its own.
        """
        if passphrase is None:
            return self._pem(serialization.NoEncryption())
        salt = random(SALT_BYTES)
        password = stretch(passphrase, salt, cost).hex().encode()
        head = f"relec/v1 officer key\nscrypt {cost:02d} {b64(salt)}\n".encode()
        return head + self._pem(serialization.BestAvailableEncryption(password))

    def _pem(self, encryption: serialization.KeySerializationEncryption) -> bytes:
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._private.public_key().public_bytes_raw()

    def sign_submit(self, commitment: bytes) -> bytes:
        """64 bytes: I submit the message with this commitment."""
        return self._private.sign(act_bytes(Act.SUBMIT, commitment))

    def sign_release(self, commitment: bytes) -> bytes:
        """64 bytes: I release the message with this commitment."""
        return self._private.sign(act_bytes(Act.RELEASE, commitment))

    def sign_open(self, leaf_hash: bytes) -> bytes:
        """64 bytes: I open the message with this leaf hash."""
        return self._private.sign(act_bytes(Act.OPEN, leaf_hash))

    def sign(self, act: Act, digest: bytes, word: str = "") -> bytes:
        """64 bytes: I do this act on what has this commitment or leaf hash."""
        return self._private.sign(act_bytes(act, digest, word))

    def sign_answer(self, question: str, digest: bytes) -> bytes:
        """64 bytes: my answer to this question about the message with this commitment is yes."""
        return self._private.sign(answer_bytes(question, digest))

    def sign_record(self, text: str) -> bytes:
        """64 bytes: I, a security officer, change the register by this record."""
        return self._private.sign(record_bytes(text))

    def sign_request(
        self, method: str, target: str, body: bytes, time_text: str, nonce: str
    ) -> bytes:
        """64 bytes over one request to the local API."""
        return self._private.sign(request_bytes(method, target, body, time_text, nonce))


@dataclass(frozen=True, slots=True)
class Officer:
    """One line of the register: who may do what, and the public key (32 bytes) that shows it.

    `types` limits what a system may submit and release; ("*",) is everything.
    """

    name: str
    display_name: str
    unit: str
    roles: frozenset[Role]
    public: bytes
    types: tuple[str, ...] = ("*",)

    def require(self, *roles: Role) -> Self:
        """Return this officer if one of the roles is held, else raise `NotAuthorised`."""
        if not self.roles.intersection(roles):
            wanted = " or ".join(role.value for role in roles)
            raise NotAuthorised(
                f"this needs the role {wanted}",
                field="officer",
                remedy="ask an officer who has the role, or the security officer to grant it",
            )
        return self

    def described(self) -> dict[str, Any]:
        """What the register says of the officer, but for the key."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "unit": self.unit,
            "roles": sorted(self.roles),
            "types": list(self.types),
        }

    def require_type(self, message_type: str) -> Self:
        """Raise `NotAuthorised` if a system's record does not name the type of message."""
        if "*" not in self.types and message_type not in self.types:
            raise NotAuthorised(
                f"the record of this system does not name the type {message_type}", field="type"
            )
        return self

    def verify(self, act: Act, digest: bytes, signature: bytes, word: str = "") -> None:
        """Raise `NotAuthorised` unless this officer signed the act."""
        self._verify(act_bytes(act, digest, word), signature, act.value)

    def verify_answer(self, question: str, digest: bytes, signature: bytes) -> None:
        """Raise `NotAuthorised` unless this officer answered the question with yes."""
        self._verify(answer_bytes(question, digest), signature, "answer")

    def verify_record(self, text: str, signature: bytes) -> None:
        """Raise `NotAuthorised` unless this officer signed the change of the register."""
        self._verify(record_bytes(text), signature, "record")

    def verify_request(self, signed: bytes, signature: bytes) -> None:
        """Raise `NotAuthorised` unless this officer signed the request (`request_bytes`)."""
        self._verify(signed, signature, "request")

    def _verify(self, signed: bytes, signature: bytes, what: str) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            raise NotAuthorised(
                f"the signature on the {what} is not this officer's",
                field="signature",
                remedy="sign with the key that the register holds for this name",
            ) from None
