"""Which witnesses must have cosigned a checkpoint, as text that others can check: C2SP tlog-policy.

Contract: pure. Each witness of ours is a node with two keys, so it is a group of `all` of its two
lines; the quorum is k of these groups. `evaluate` raises unless the log's owner and a quorum have
signed; times are of cosignatures and are not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.audit.cosignature import Cosigned
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.trust.note import Note
from relec_exchange.trust.signature import PAIRS, HybridPublic, SignatureLine, VerifierKey
from relec_exchange.trust.witnesses import Witness, nodes_of, quorum_of

POLICY_MAX_BYTES: Final = 262_144
QUORUM: Final = "quorum-of-nodes"
NONE: Final = "none"
# White space is tab and space alone, and a line ends with a newline alone: a reader who takes
# others for it finds rules where the next one finds a comment.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WORD: Final = re.compile(r"[^ \t]+")


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members, which are names of witnesses or of earlier groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy. `quorum` names a witness or a group; it is empty if none is wanted."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str


def format_policy(logs: Sequence[HybridPublic], found: Sequence[Witness]) -> str:
    """The policy of a node's logs with these witnesses, k of n."""
    lines = [f"log {vkey}" for public in logs for vkey in public.vkeys()]
    nodes = nodes_of(found)
    for node in nodes:
        lines += _node_lines(node, [public for name, public in found if name == node])
    if nodes:
        lines.append(f"group {QUORUM} {quorum_of(len(nodes))} {' '.join(nodes)}")
    lines.append(f"quorum {QUORUM if nodes else NONE}")
    return "\n".join(lines) + "\n"


def parse_policy(text: str) -> Policy:
    """Read a policy; `InvalidInput` names the line that breaks a rule."""
    if len(text.encode()) > POLICY_MAX_BYTES:
        raise InvalidInput("a policy is at most 256 KiB", field="policy")
    if _CONTROL.search(text):
        raise InvalidInput("a policy has no control characters but tab and newline", field="policy")
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        words = _WORD.findall(line)
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.read(words)
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"policy, line {number}") from None
    return reader.policy()


def evaluate(policy: Policy, cosigned: Cosigned) -> frozenset[str]:
    """The names of the witnesses and groups that have signed, if they satisfy the quorum.

    Raises `Unverified` (PROOF_SIGNATURE): a line of the log is missing or wrong, or too few
    witnesses signed.
    """
    origin, note = cosigned.checkpoint.origin, cosigned.lines
    owner = [key for key in policy.logs if key.name == origin]
    if not owner:
        raise Unverified(Reason.PROOF_KEY, "the policy has no key of this log")
    for key in owner:
        key.verify_note(note.text, _line(note, key).signature)
    counted = {name for name, key in policy.witnesses.items() if _signed(note, key)}
    for name, group in policy.groups.items():  # members stand before their group
        if len(counted.intersection(group.members)) >= group.threshold:
            counted.add(name)
    if policy.quorum and policy.quorum not in counted:
        raise Unverified(Reason.PROOF_SIGNATURE, "too few witnesses of the policy have signed")
    return frozenset(counted)


class _Reader:
    """Collects the lines of one policy."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None

    def read(self, words: Sequence[str]) -> None:
        kinds = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in kinds:
            raise InvalidInput("a line is log, witness, group or quorum")
        kinds[words[0]](words[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise InvalidInput("a policy names its quorum", field="policy")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _log(self, words: Sequence[str]) -> None:
        if len(words) not in (1, 2):
            raise InvalidInput("a log has a key and perhaps an address")
        self.logs.append(_key(words[0], self.logs, PAIRS["log"]))

    def _witness(self, words: Sequence[str]) -> None:
        if len(words) not in (2, 3):
            raise InvalidInput("a witness has a name, a key and perhaps an address")
        key = _key(words[1], self.witnesses.values(), PAIRS["witness"])
        self.witnesses[self._new(words[0])] = key

    def _group(self, words: Sequence[str]) -> None:
        if len(words) < 3:
            raise InvalidInput("a group has a name, a threshold and members")
        name, members = self._new(words[0]), tuple(words[2:])
        if any(not self._known(member) for member in members):
            raise InvalidInput("the members of a group are named before it")
        if len(set(members)) != len(members):
            raise InvalidInput("a member stands in a group once")
        self.groups[name] = Group(_threshold(words[1], len(members)), members)

    def _quorum(self, words: Sequence[str]) -> None:
        if self.quorum is not None or len(words) != 1:
            raise InvalidInput("a policy has one quorum")
        if words[0] != NONE and not self._known(words[0]):
            raise InvalidInput("the quorum names a witness or group")
        self.quorum = "" if words[0] == NONE else words[0]

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> str:
        if name == NONE or self._known(name):
            raise InvalidInput("a name is used once and is not none")
        return name


def _key(vkey: str, known: Iterable[VerifierKey], algorithms: Sequence[int]) -> VerifierKey:
    """A key of one of these algorithms; the same one under another name is the same key."""
    key = VerifierKey.parse(vkey)
    if key.algorithm not in algorithms:
        raise InvalidInput("a key is of another kind than its line")
    if any(key.public == one.public for one in known):
        raise InvalidInput("a key is named once, under whatever name")
    return key


def _threshold(word: str, count: int) -> int:
    if word in ("any", "all"):
        return 1 if word == "any" else count
    if not re.fullmatch(r"[1-9][0-9]{0,4}", word) or int(word) > count:
        raise InvalidInput("a threshold is any, all, or 1 to the number of members")
    return int(word)


def _node_lines(node: str, keys: Sequence[HybridPublic]) -> list[str]:
    """One witness: a group of its two lines, or of any of its pairs of keys."""
    lines, pairs = [], []
    for number, public in enumerate(keys, start=1):
        pair = node if len(keys) == 1 else f"{node}.{number}"
        ed25519, mldsa44 = public.vkeys()
        lines += [f"witness {pair}.ed25519 {ed25519}", f"witness {pair}.mldsa44 {mldsa44}"]
        lines.append(f"group {pair} all {pair}.ed25519 {pair}.mldsa44")
        pairs.append(pair)
    if len(pairs) > 1:
        lines.append(f"group {node} any {' '.join(pairs)}")
    return lines


def _signed(note: Note, key: VerifierKey) -> bool:
    try:
        key.verify_note(note.text, _line(note, key).signature)
    except Unverified:
        return False
    return True


def _line(note: Note, key: VerifierKey) -> SignatureLine:
    found = [s for s in note.signatures if s.name == key.name and s.key_id == key.key_id]
    if len(found) != 1:
        raise Unverified(Reason.PROOF_SIGNATURE, f"{key.name}: not exactly one signature")
    return found[0]
