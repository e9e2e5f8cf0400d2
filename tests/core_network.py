"""What the tests of the core share: networks that begin at once, letters, and a node gone bad."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from relec_exchange.adapters import datakey
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from relec_exchange.audit.entry import commitment, decode_entry, encode_entry
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.proof import format_proof
from relec_exchange.audit.tiles import Tree
from relec_exchange.audit.witness import format_request
from relec_exchange.errors import Unverified
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.inbound.receive import Verdict
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.document import Message, compose, parse_message
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import (
    MessageClass,
    exchange_origin,
    format_time,
    message_id,
)
from relec_exchange.node import Node
from relec_exchange.records import AlarmRow, ChainRow, EntryRow, EventRow, QuarantineRow, Where
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import ClearHeader
from relec_exchange.sealing.seal import seal
from relec_exchange.sealing.suite import SealingPublic
from relec_exchange.testing import NETWORK, PASSPHRASE, Founded, SimulatedNetwork, found_network
from relec_exchange.trust.agreement import Grant
from whole_logs import check_every_log

FULL = os.environ.get("RELEC_FULL") == "1"
"""The long run: every position, every count in full."""

NOMINAL = Grant(
    id="requests",
    senders=("*",),
    recipients=("*",),
    areas=tuple(Area),
    types=("info.request", "info.clarify", "info.reply"),
    purposes=(Purpose.CRIMINAL_INVESTIGATION,),
    levels=(DataLevel.NOMINAL,),
    handling=tuple(Handling),
    retention_days=365,
)


# One passphrase and salt give one key: homes that are copies of each other stretch it once.
datakey.stretch = cache(datakey.stretch)


@cache
def founded(
    names: tuple[str, ...] = ("tr", "pk"), times: tuple[tuple[str, int], ...] = ()
) -> Founded:
    """Homes founded once in this process; each network begins as a copy of them."""
    directory = _scratch()
    grants = tuple(replace_grant(NOMINAL, f"{a}-{b}", a, b) for a in names for b in names if a != b)
    pairs = grants if len(names) == 2 else ()
    return found_network(directory, names, times=dict(times), grants=pairs)


@cache
def introduced(names: tuple[str, ...], times: tuple[tuple[str, int], ...]) -> Founded:
    """Homes of nodes that have exchanged their first rounds and were stopped."""
    homes, directory = founded(names, times), _scratch() / "network"
    network = SimulatedNetwork(directory, founded=homes)
    network.run()
    network.close()
    return replace(homes, directory=directory, now=network.clock())


def _scratch() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="relec-core-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def replace_grant(grant: Grant, name: str, sender: str, recipient: str) -> Grant:
    """The grant for one direction."""
    changed = {"id": f"requests-{name}", "senders": (sender,), "recipients": (recipient,)}
    return grant.model_copy(update=changed)


@contextmanager
def begun(
    directory: Path, *names: str, rounds: bool = True, **times: int
) -> Iterator[SimulatedNetwork]:
    """A network of `names` (tr and pk by default) that has exchanged its first rounds."""
    make = introduced if rounds else founded
    homes = make(names or ("tr", "pk"), tuple(sorted(times.items())))
    network = SimulatedNetwork(directory / "network", founded=homes)
    try:
        yield network
    finally:
        network.close()


# ---- letters -----------------------------------------------------------------------------------


def letter(
    network: SimulatedNetwork,
    kind: str,
    body: Mapping[str, Any],
    *,
    sender: str = "tr",
    recipient: str = "pk",
    **fields: Any,
) -> Message:
    """A message of an officer; fields that are None are left out."""
    now = network.clock()
    header = {
        "message_id": message_id(now, os.urandom(10)),
        "type": kind,
        "schema_version": 1,
        "sender": sender,
        "recipient": recipient,
        "exercise": True,
        "created_at": format_time(now),
        "sender_unit": "contact-point",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "data_level": "non_nominal",
        "handling": ["H0"],
        "source_grade": "B",
        "info_grade": "2",
        "urgency": "routine",
        "language": "en",
        **fields,
    }
    return compose({k: v for k, v in header.items() if v is not None}, body)


def warning(network: SimulatedNetwork, text: str = "More departures.", **fields: Any) -> Message:
    """A warning, which the charter allows."""
    body = {
        "kind": "surge",
        "where": {"country": "TR", "place": "north"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": text,
    }
    return letter(network, "warning.notice", body, **fields)


def life_at_risk(network: SimulatedNetwork, **fields: Any) -> Message:
    """A flash warning."""
    body = {
        "place": {"text": "West of the cape", "position": {"lat": 39.1234, "lon": 25.9}},
        "time": format_time(network.clock()),
        "craft": {"kind": "rubber_boat"},
        "persons": {"estimated": 40},
        "condition": "Engine stopped",
        "authority_contacted": "Coast guard, by radio",
    }
    flash = {"purpose": "rescue_only", "urgency": "flash", "urgency_reason": "Boat takes water"}
    return letter(network, "warning.life_at_risk", body, **flash, **fields)


def request(network: SimulatedNetwork, **fields: Any) -> Message:
    """A request about a person; the agreement of the two allows it."""
    body = {
        "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
        "reasons": "A simulated case.",
    }
    return letter(network, "info.request", body, **_about_persons(), **fields)


def reply(network: SimulatedNetwork, asked: Message, kind: str = "full", **fields: Any) -> Message:
    """The answer of the request's recipient."""
    answer = {
        "number": 1,
        "answer": "It is.",
        "source_grade": "A",
        "info_grade": "1",
        "handling": ["H0"],
    }
    body = {"kind": kind, "answers": [] if kind == "nothing_can_be_provided" else [answer]}
    ends = {"sender": asked.header.recipient, "recipient": asked.header.sender}
    more = {**ends, **_about_persons(), "in_reply_to": asked.header.message_id, **fields}
    return letter(network, "info.reply", body, **more)


def ack(network: SimulatedNetwork, told: Message, **fields: Any) -> Message:
    """The acknowledgement of a warning's recipient."""
    return letter(
        network,
        "ack",
        {"unit": "Duty desk", "action_taken": "Boat sent"},
        sender=told.header.recipient,
        recipient=told.header.sender,
        in_reply_to=told.header.message_id,
        data_level="none",
        source_grade=None,
        info_grade=None,
        **fields,
    )


def ping(network: SimulatedNetwork, **fields: Any) -> Message:
    """A test message, which the other node answers by itself."""
    more = {"data_level": "none", "source_grade": None, "info_grade": None, **fields}
    return letter(network, "test.ping", {"text": "hello"}, **more)


def _about_persons() -> dict[str, Any]:
    return {
        "data_level": "nominal",
        "purpose": "criminal_investigation",
        "source_grade": None,
        "info_grade": None,
    }


def sent(network: SimulatedNetwork, message: Message, **options: Any) -> str:
    """Submit a message that must be accepted; returns its id."""
    result = network.submit(message, **options)
    assert result["status"] in ("released", "submitted"), result
    return message.header.message_id


def captured(network: SimulatedNetwork, message: Message) -> bytes:
    """Submit a message whose envelope the broker keeps to itself; returns the envelope."""
    before, interfere = len(network.hub.recorded), network.hub.interfere
    network.hub.interfere = lambda sender, item: []
    sent(network, message)
    network.hub.interfere = interfere
    recorded = [item for _, item in network.hub.recorded[before:]]
    assert len(recorded) == 1
    return recorded[0].envelope


# ---- looking -----------------------------------------------------------------------------------


def state(node: Node, ident: str, direction: str = "out") -> str:
    """Where a message stands."""
    return str(node.desk.show(ident, direction)["state"])


def stages(node: Node, ident: str, direction: str = "out") -> list[str]:
    """The stages of a message's life line."""
    return [stage["stage"] for stage in node.desk.show(ident, direction)["stages"]]


def entries(node: Node, kind: str = "", log: str = "exchange") -> list[dict[str, Any]]:
    """The entries of one of a node's logs, decoded."""
    state_of = node.journal.state
    origin = (state_of.exchange if log == "exchange" else state_of.activity).head.origin
    rows = node.store.rows(EntryRow, Where("origin", "=", origin), order="idx")
    return [decode_entry(row.data) for row in rows if kind in ("", row.kind)]


def events(node: Node, kind: str) -> list[EventRow]:
    """The events of one kind."""
    return node.store.rows(EventRow, Where("kind", "=", kind), order="row")


def alarms(node: Node) -> list[tuple[str, str]]:
    """What stands as an alarm, and about whom."""
    return [(row.what, row.subject) for row in node.store.rows(AlarmRow, order="row")]


def quarantined(node: Node) -> list[str]:
    """The reasons in the quarantine, oldest first."""
    return [row.reason for row in node.store.rows(QuarantineRow, order="row", blobs=False)]


def chain(node: Node, cls: str = "ordinary", sender: str = "tr") -> ChainRow | None:
    """What a node has of one class of a sender."""
    rows = node.store.rows(ChainRow, Where("sender", "=", sender), Where("cls", "=", cls))
    return rows[0] if rows else None


def inbox_ids(node: Node) -> list[str]:
    """The ids of all messages received."""
    page = node.desk.inbox({"after": 0, "limit": 500})
    return [item["message_id"] for item in page["items"]]


def take_in(
    network: SimulatedNetwork, name: str, envelopes: Iterable[bytes], source: str = "tr"
) -> list[Verdict]:
    """Give envelopes to a node as one batch of its consumer; returns its verdicts."""
    node = network.node(name)
    verdicts = node._inbox.take_in([Arrival(source, envelope) for envelope in envelopes])
    node.journal.drain()
    return verdicts


def check_logs(network: SimulatedNetwork) -> None:
    """Every log of every node, the closed ones too, from its first entry."""
    for name in network._nodes:
        node = network.node(name)
        check_every_log(node.store, node._keys.log_public)


# ---- a node gone bad ---------------------------------------------------------------------------


class Forger:
    """tr's own operator gone bad: has tr's real log key, and builds whatever tree he likes.

    His tree begins as tr's real log is now, or as `entries`. He addresses everything to pk.
    """

    def __init__(
        self,
        network: SimulatedNetwork,
        entries: Sequence[bytes] | None = None,
        *,
        name: str = "tr",
        victim: str = "pk",
    ) -> None:
        settings = network.home(name)
        self.key = KeyFiles(settings / "keys", PASSPHRASE).log("exchange")
        self.network, self.name, self.victim = network, name, victim
        self.origin = exchange_origin(NETWORK, name, 1)
        self.directory = network.node(victim).book.current
        node = network.node(name)
        if entries is None:
            rows = node.store.rows(EntryRow, Where("origin", "=", self.origin), order="idx")
            entries = [row.data for row in rows]
        self.entries = list(entries)
        self.sequences = {
            cls: node.journal.state.sequences.get((victim, cls), 1) for cls in MessageClass
        }

    def __len__(self) -> int:
        return len(self.entries)

    def tree(self, size: int | None = None) -> Tree:
        """His tree, or as it was at `size`."""
        part = self.entries[:size]
        return Tree(0, lambda level, n: b"").extend([leaf_hash(e) for e in part])[0]

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """His tree, signed with tr's real key."""
        tree = self.tree(size)
        now = int(self.network.clock().timestamp())
        return sign_checkpoint(self.origin, tree.size, tree.root(), self.key, now)

    def entry(self, raw: bytes, salt: bytes, **changes: Any) -> bytes:
        """A `sent` entry for these bytes, as tr's node would make it but for `changes`."""
        header = changes.pop("header", None) or _header_of(raw)
        fields = {
            "kind": "sent",
            "time": format_time(self.network.clock()),
            "network": NETWORK,
            "from": self.name,
            "to": self.victim,
            "class": "ordinary",
            "seq": 0,
            "id": header.get("message_id", message_id(self.network.clock(), os.urandom(10))),
            "type": header.get("type", "warning.notice"),
            "agreement": self.agreement(),
            "card": self.directory.card(self.name).hash,
            "rules": "00" * 32,
            "random": os.urandom(16).hex(),
            "commitment": commitment(salt, raw).hex(),
            **changes,
        }
        if not fields["seq"]:
            cls = MessageClass(fields["class"])
            fields["seq"] = self.sequences[cls]
            self.sequences[cls] += 1
        return encode_entry(fields)

    def agreement(self) -> str:
        """The charter's hash."""
        held = self.directory.agreements.values()
        return next(one.hash for one in held if one.agreement.charter)

    def send(self, raw: bytes, **changes: Any) -> bytes:
        """Append an entry for `raw`, and seal it under his newest checkpoint."""
        salt = os.urandom(32)
        self.entries.append(self.entry(raw, salt, **changes))
        return self.sealed(raw, salt, len(self.entries) - 1)

    def send_all(self, raws: Sequence[bytes], **changes: Any) -> list[bytes]:
        """As `send`, all under one checkpoint."""
        salts = [os.urandom(32) for _ in raws]
        first = len(self.entries)
        self.entries += [
            self.entry(raw, salt, **changes) for raw, salt in zip(raws, salts, strict=True)
        ]
        checkpoint = self.checkpoint()
        return [
            self.sealed(raw, salt, first + n, checkpoint=checkpoint)
            for n, (raw, salt) in enumerate(zip(raws, salts, strict=True))
        ]

    def sealed(
        self,
        raw: bytes,
        salt: bytes,
        index: int,
        *,
        entry: bytes | None = None,
        checkpoint: Checkpoint | None = None,
        path: Sequence[bytes] | None = None,
        proof: bytes | None = None,
        clear: Mapping[str, Any] | None = None,
    ) -> bytes:
        """An envelope whose parts are his tree's unless they are given."""
        point = checkpoint or self.checkpoint()
        entry = self.entries[index] if entry is None else entry
        if proof is None:
            found = self.tree(point.size).inclusion(index) if path is None else path
            proof = format_proof(index, found, point.note)
        cls = _class_of(entry)
        key = self.directory.sealing_key(self.victim, self.network.clock())
        header = ClearHeader(NETWORK, self.name, self.victim, cls, key.id)
        header = replace(header, **(clear or {}))
        public = SealingPublic.parse(key.public)
        if header.key_id != public.key_id:
            public = replace(public, key_id=header.key_id)
        return seal(header, Content(raw, salt, entry, proof), public)

    def control(self, kind: str, body: Mapping[str, Any], **header: Any) -> bytes:
        """The bytes of a control message from tr."""
        now = self.network.clock()
        fields = {
            "message_id": message_id(now, os.urandom(10)),
            "type": kind,
            "schema_version": 1,
            "sender": self.name,
            "recipient": self.victim,
            "exercise": True,
            "created_at": format_time(now),
            **header,
        }
        return compose(fields, body).raw

    def round(
        self,
        number: int,
        *,
        old: int = 0,
        size: int | None = None,
        request: str | None = None,
        proofs: Sequence[Mapping[str, Any]] = (),
        **changes: Any,
    ) -> bytes:
        """A round about his tree of `size`, sealed and in his log."""
        tree = self.tree(size)
        if request is None:
            path = tree.consistency(old) if 0 < old <= tree.size else ()
            request = format_request(old, path, self.checkpoint(size).note).decode()
        quiet = {"last_sent": 0, "contiguous": 0, "missing": []}
        body = {
            "number": number,
            "checkpoint": request,
            "proofs": list(proofs),
            "status": {"classes": {"control": quiet, "flash": quiet, "ordinary": quiet}},
            "directory": {
                "cards": self.directory.digest_cards(),
                "agreements": self.directory.digest_agreements(self.name),
            },
            "clock": format_time(self.network.clock()),
            **changes,
        }
        return self.send(self.control("round", body), agreement="", **{"class": "control"})

    def proof(self, old: int, size: int | None = None, root: bytes | None = None) -> dict[str, Any]:
        """A consistency proof of his tree, as a round carries it."""
        tree = self.tree(size)
        path = tree.consistency(old)
        claimed = tree.root_at(old) if root is None else root
        return {"size": old, "root": claimed.hex(), "hashes": [b64(h) for h in path]}


def _header_of(raw: bytes) -> dict[str, Any]:
    """What the bytes say of themselves, as far as they can be read."""
    try:
        header = parse_message(raw).header
    except Unverified:
        return {}
    return {"message_id": header.message_id, "type": header.type}


def _class_of(entry: bytes) -> MessageClass:
    """The class that an entry names; ordinary if it names none."""
    try:
        return MessageClass(decode_entry(entry).get("class", "ordinary"))
    except Unverified:
        return MessageClass.ORDINARY
