"""Records of partners: accepted entries, checkpoints, chains, rounds, gaps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A peer's `sent` entry that passed step 5: the memory against duplicates (inbound).

    With `entry`, `path` (concatenated hashes) and the checkpoint of `size` it is evidence.
    """

    origin: str
    idx: int
    time: str
    leaf: bytes
    sender: str
    cls: str
    seq: int
    message_id: str
    type: str
    outcome: str
    detail: str
    received_at: str
    entry: bytes
    path: bytes
    size: int
    receipt_id: str = ""
    receipted_at: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedCheckpointRow:
    """A peer's checkpoint that a received message used (inbound; proven by rounds).

    `note` is empty where a round proved the tree before any message used it: then size and root
    bind all the same. `rounds` counts the sender's rounds that could have proven it and did not.
    `path` are the concatenated hashes that prove it a prefix of the tree of `top_size`, once it is
    proven. `heard_from` is the partner that showed it to us, if nobody used it towards us.
    """

    origin: str
    size: int
    root: bytes
    note: bytes
    sender: str
    first_at: str
    proven: bool = False
    rounds: int = 0
    top_size: int = 0
    path: bytes = b""
    heard_from: str = ""


@dataclass(frozen=True, slots=True)
class UsedCheckpointRow:
    """A checkpoint of ours that we used towards a peer and still have to prove to it.

    `offered` is the number of our first round that carried its proof (rounds); 0 for none yet.
    """

    peer: str
    origin: str
    size: int
    root: bytes
    offered: int = 0


@dataclass(frozen=True, slots=True)
class ChainRow:
    """What we received of one chain (origin, class); `missing` is JSON (inbound.chain)."""

    origin: str
    sender: str
    cls: str
    contiguous: int
    highest: int
    missing: str


@dataclass(frozen=True, slots=True)
class PeerChainRow:
    """One class of one log as a peer's newest round tells it (rounds), told at `at`.

    Of a log of its own: `last_sent` is the last number it sent us; `announced` (JSON) has [number,
    time] for each round that named one which had not come. Of a log of ours: `contiguous` and
    `missing` (JSON) are what it holds of our numbers.
    """

    peer: str
    origin: str
    cls: str
    last_sent: int
    announced: str
    contiguous: int
    missing: str
    at: str


@dataclass(frozen=True, slots=True)
class PeerRow:
    """What we know of a partner from its rounds, and where our rounds to it stand (rounds).

    The receiving thread writes what the partner told: its newest round (`their_*`) and the newest
    tree accepted from it, our answer, `answered`, our newest round that it has answered, and
    `full_number`, its newest round whose proofs did not all fit, `accepted_number` its newest one
    whose tree we accepted. The rounds thread writes `our_*`,
    `told_number`, the partner's round that our newest one answers, and `offers` (JSON), the tree
    sizes [round, size] of our rounds without an answer. Neither writes the other's columns.
    `asked` says that its newest round asks to be answered soon (receiving thread). `cosigned_told`
    is the size of our newest cosigned tree that it was shown, `shown_trees` (JSON) what our rounds
    have shown, demanded and told it, and since which of them (`rounds.shown_trees`; rounds thread).
    `our_origin` is our log that `acknowledged_size` and `offers` are about: when a successor is
    opened, its commit sets it and empties them.
    """

    peer: str
    their_number: int = 0
    their_at: str = ""
    their_origin: str = ""
    their_size: int = 0
    their_root: bytes = b""
    their_note: bytes = b""
    answer: str = ""
    answered: int = 0
    full_number: int = 0
    accepted_number: int = 0
    skew_ms: int = 0
    acknowledged_size: int = 0
    our_number: int = 0
    our_at: str = ""
    told_number: int = 0
    offers: str = "[]"
    notes_sent_at: str = ""
    silent_since: str = ""
    our_origin: str = ""
    asked: bool = False
    cosigned_told: int = 0
    shown_trees: str = "{}"


@dataclass(frozen=True, slots=True)
class GapRow:
    """A range of a peer's numbers that stayed missing beyond its time (rounds.gaps).

    It closes when none of them is missing any more. `asked_to` is the highest number that the last
    request, at `asked_at`, named.
    """

    origin: str
    sender: str
    cls: str
    first: int
    last: int
    since: str
    asked_at: str = ""
    asks: int = 0
    closed_at: str = ""
    asked_to: int = 0
