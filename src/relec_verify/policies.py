"""The witness policy (C2SP tlog-policy) that travels for other programs' use.

Nothing here is proven by it: the number that counts is taken from the cards. It is only compared,
so that a file cannot carry a policy that asks less than the cards do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from relec_verify.bundle import Bundle
from relec_verify.keys import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, Key
from relec_verify.notes import COSIGNED_LINES_MAX, split_note
from relec_verify.people import Member
from relec_verify.refused import Refused
from relec_verify.witnesses import cosigners, quorum_of, unknown_to, witnesses_of

POLICY_MAX = 262_144
_OF_LOGS = (ED25519, COSIGN_MLDSA44)
_OF_WITNESSES = (COSIGN_ED25519, COSIGN_MLDSA44)
# White space is tab and space alone, and a line ends with a newline alone: a reader who takes
# others for it finds rules where the next one finds a comment.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"[^ \t]+")


@dataclass
class Policy:
    """What the lines of a policy say."""

    logs: list[str] = field(default_factory=list)
    witnesses: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""


def read_policy(text: str) -> Policy:
    """The lines of a policy; names are defined before they are used, and once (`policy`)."""
    if len(text.encode()) > POLICY_MAX:
        raise Refused("policy", f"a policy has at most {POLICY_MAX} bytes")
    if _CONTROL.search(text):
        raise Refused("policy", "a policy has no control characters but tab and newline")
    policy = Policy()
    for line in text.split("\n"):
        words = _WORD.findall(line)
        if words and not words[0].startswith("#"):
            _read_line(policy, words)
    if not policy.quorum:
        raise Refused("policy", "the policy names no quorum")
    return policy


def verify_policy(
    bundle: Bundle, origin: str, owner: Member, people: Mapping[str, Member]
) -> tuple[str, ...]:
    """That the policy asks for exactly the witnesses of the cards, and for as many (`policy`).

    Returns the nodes on whose cards this rests although nobody compared their authority, or of
    which there is no card of that time.
    """
    policy = read_policy(bundle.policy)
    if set(policy.logs) != set(owner.newest.logs[origin].key.vkeys):
        raise Refused("policy", "the policy is not about the keys of this log")
    number, named = policy.groups.get(policy.quorum, (0, []))
    found = [_pairs(policy, name) for name in named]
    at = _moment(bundle, owner, people)
    wanted = witnesses_of(owner, people, at)
    keys = [{frozenset(key.vkeys) for key in pairs} for pairs in wanted.values()]
    same = len(found) == len(keys) and all(one in found for one in keys)
    if not same or number != quorum_of(len(wanted)):
        raise Refused("policy", "the policy asks for other witnesses than the cards, or for fewer")
    unsure = {node for node in wanted if not people[node].compared}
    return tuple(sorted(unsure.union(unknown_to(owner, people, at))))


def _read_line(policy: Policy, words: list[str]) -> None:
    kind, rest = words[0], words[1:]
    if kind == "log" and len(rest) in (1, 2):
        policy.logs.append(_vkey(rest[0], policy.logs, _OF_LOGS))
    elif kind == "witness" and len(rest) in (2, 3):
        known = policy.witnesses.values()
        policy.witnesses[_fresh(policy, rest[0])] = _vkey(rest[1], known, _OF_WITNESSES)
    elif kind == "group" and len(rest) >= 3:
        members = rest[2:]
        if any(name not in policy.witnesses and name not in policy.groups for name in members):
            raise Refused("policy", "a group names what is not defined")
        if len(set(members)) != len(members):
            raise Refused("policy", "a group names a member twice")
        policy.groups[_fresh(policy, rest[0])] = (_number(rest[1], len(members)), members)
    elif kind == "quorum" and len(rest) == 1 and not policy.quorum:
        if rest[0] not in policy.witnesses and rest[0] not in policy.groups and rest[0] != "none":
            raise Refused("policy", "the quorum names what is not defined before it")
        policy.quorum = rest[0]
    else:
        raise Refused("policy", "a line of the policy is malformed")


def _number(text: str, count: int) -> int:
    """Any, all, or how many of so many."""
    if text in ("any", "all"):
        return 1 if text == "any" else count
    if text not in map(str, range(1, count + 1)):
        raise Refused("policy", "a group has a number that its members cannot reach")
    return int(text)


def _fresh(policy: Policy, name: str) -> str:
    if name == "none" or name in policy.witnesses or name in policy.groups:
        raise Refused("policy", "a name is defined twice")
    return name


def _vkey(text: str, known: Iterable[str], algorithms: tuple[int, int]) -> str:
    """A key of one of these algorithms; the same one under another name is the same key."""
    try:
        key = Key.parse(text)
    except Refused:
        raise Refused("policy", "a key of the policy is malformed") from None
    if key.algorithm not in algorithms or key.public in {Key.parse(one).public for one in known}:
        raise Refused("policy", "a key of the policy is of another kind, or stands twice")
    return text


def _pairs(policy: Policy, name: str) -> set[frozenset[str]]:
    """The pairs of keys of a node: one group of all of two, or any of several such groups.

    Never deeper: groups of groups of groups would be a tree without bounds.
    """
    number, named = policy.groups.get(name, (0, []))
    if number == 1 and not any(one in policy.witnesses for one in named):
        return {_pair(policy, one) for one in named}
    return {_pair(policy, name)}


def _pair(policy: Policy, name: str) -> frozenset[str]:
    number, named = policy.groups.get(name, (0, []))
    keys = frozenset(policy.witnesses.get(one, "") for one in named)
    if number != 2 or len(named) != 2 or len(keys) != 2 or "" in keys:
        raise Refused("policy", "a witness of the policy has not both of its keys")
    return keys


def _moment(bundle: Bundle, owner: Member, people: Mapping[str, Member]) -> datetime:
    """The time that the policy is for: that of the newest cosignature of the sender's log."""
    if bundle.sent.cosigned is None:
        raise Refused("policy", "a policy stands beside a cosigned checkpoint")
    note = split_note(bundle.sent.cosigned.note, COSIGNED_LINES_MAX)
    found = cosigners(note, owner, people)
    if not found:
        raise Refused("quorum", "nobody cosigned the checkpoint")
    return max(found.values())
