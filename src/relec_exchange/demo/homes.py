"""The home directories of an exercise's members: founded, introduced to each other, agreed.

Contract: `build` writes complete homes that `relec run` can open, or raises. It does by files what
people do in real life: authorities sign cards and agreements, officers compare fingerprints, the
security officer enrols the others. Time and randomness are arguments.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.adapters.privatefiles import write_private
from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.issuing import Wanted, issue_files
from relec_exchange.adapters.rabbitmq.keyfile import replace_private
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.adapters.unitkeys import make_unit_key, public_line, read_public_line
from relec_exchange.api.server import PATH_MAX
from relec_exchange.demo.exercise import PASSPHRASE, SECURITY, UNIT, Exercise
from relec_exchange.founding import Founding, Secrets, found, issue
from relec_exchange.message.constants import PROTECTION_UNIT
from relec_exchange.settings import FILE_NAME
from relec_exchange.trust.card import SignedCard, authority_fingerprint
from relec_exchange.trust.card_parts import Partner, Unit
from relec_exchange.trust.drafts import Terms, draft_agreement, draft_charter
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.officer import Officer, OfficerKey
from relec_exchange.trust.register import Register, SignedRecord
from relec_exchange.trust.signature import HybridKey

Random = Callable[[int], bytes]

CERTIFICATE_DAYS: Final = 30
LEGAL_BASIS: Final = "A simulated memorandum; no state has signed this text."
SOCKETS_PREFIX: Final = "relec-socket-"
_SOCKET: Final = Path("run") / "node.sock"

SETTINGS: Final = """\
# A simulated node of an exercise, on one machine with its partners and their broker.
network = "{network}"
network_kind = "exercise"
node = "{node}"
passphrase_file = "passphrase"

[api]
socket = {socket}

[broker]
port = {port}

[log]
level = "{level}"

[routing]
default_unit = "{unit}"

[[routing.units]]
name = "{unit}"
"""


class Homes:
    """The homes of one exercise, each in a directory named after its node."""

    def __init__(self, directory: Path, exercise: Exercise) -> None:
        self.directory, self.exercise = directory, exercise
        self._authorities: dict[str, HybridKey] = {}

    def home(self, node: str) -> Path:
        """The home directory of a node."""
        return self.directory / node

    @property
    def cards(self) -> Path:
        """The members' cards as the broker's operator gets them."""
        return self.directory / "cards"

    def build(self, now: datetime, random: Random) -> None:
        """Found all nodes, introduce them to each other, and sign what they agree."""
        first = {node: self._found(node, now, random) for node in self.exercise.nodes}
        self._introduce(first, now, random)
        self._agree(now)
        for node in self.exercise.nodes:
            self._enrol(node, now, random)

    def connect(self, authority: Authority, port: int, now: datetime) -> None:
        """Give every node a certificate for the broker, and its settings."""
        for node in self.exercise.nodes:
            wanted = Wanted(node, (), None, CERTIFICATE_DAYS)
            issue_files(authority, wanted, self.home(node) / "keys", now)
            replace_private(self.home(node) / FILE_NAME, self._settings(node, port).encode())

    def authority(self, node: str) -> HybridKey:
        """The authority key of a node."""
        if node not in self._authorities:
            path = self.home(node) / "keys" / "authority.key"
            self._authorities[node] = read_authority(path, PASSPHRASE)
        return self._authorities[node]

    def desk_key(self, node: str) -> Path:
        """The key file of a node's protection desk, which in real life lies on another machine."""
        return self.home(node) / "units" / f"{PROTECTION_UNIT}.key"

    def _settings(self, node: str, port: int) -> str:
        return SETTINGS.format(
            network=self.exercise.network,
            node=node,
            socket=json.dumps(str(self._socket(node))),
            port=port,
            level=self.exercise.log_level,
            unit=UNIT,
        )

    def _socket(self, node: str) -> Path:
        """Below the home, or in a short directory of its own: socket paths have 107 bytes."""
        path = self.home(node) / _SOCKET
        if len(str(path).encode()) <= PATH_MAX:
            return _SOCKET
        return Path(tempfile.mkdtemp(prefix=SOCKETS_PREFIX)) / _SOCKET.name

    def _found(self, node: str, now: datetime, random: Random) -> SignedCard:
        founding = Founding(
            network=self.exercise.network,
            network_kind="exercise",
            node=node,
            name=self.exercise.title(node),
            phone="+1 555 0100",
            email=f"duty@{node}.example",
            languages=("en",),
            units=(UNIT,),
            officer=SECURITY,
            officer_name="Security officer (simulated)",
        )
        secrets = Secrets(PASSPHRASE, PASSPHRASE, None, self.exercise.cost)
        card = found(self.home(node), founding, secrets, now, random)
        write_private(self.home(node) / "passphrase", f"{PASSPHRASE}\n".encode())
        return card

    def _introduce(self, first: Mapping[str, SignedCard], now: datetime, random: Random) -> None:
        """Every node lists every other, by the fingerprint that its officer compared."""
        prints = {node: authority_fingerprint(card.card) for node, card in first.items()}
        issued = {}
        for node, signed in first.items():
            keys = KeyFiles(self.home(node) / "keys", PASSPHRASE)
            partners = [Partner(node=o, authority=prints[o]) for o in prints if o != node]
            units = (*signed.card.units, self._desk_key(node, random))
            first_card = signed.card.model_copy(update={"units": units})
            issued[node] = issue(first_card, partners, keys, self.authority(node), now, random)
        for node in first:
            files = TrustFiles(self.home(node) / "trust")
            for other, card in issued.items():
                files.pin(other, prints[other])
                files.put_card(card)
        for card in issued.values():
            TrustFiles(self.cards).put_card(card)

    def _desk_key(self, node: str, random: Random) -> Unit:
        """The protection desk makes its key; the card gets the public half."""
        key = make_unit_key(
            self.desk_key(node), PROTECTION_UNIT, PASSPHRASE, random, self.exercise.cost
        )
        return read_public_line(public_line(key), PROTECTION_UNIT)

    def _agree(self, now: datetime) -> None:
        """A charter of all, and an agreement of each pair that wants more."""
        exercise = self.exercise
        charter = self._terms(exercise.nodes, "Simulated charter", now, times=dict(exercise.times))
        self._sign(draft_charter(charter), exercise.nodes)
        for pair in exercise.bilateral():
            title = f"Simulated agreement of {pair[0]} and {pair[1]}"
            terms = self._terms(pair, title, now, grants=exercise.grants)
            self._sign(draft_agreement(terms), pair)

    def _terms(self, parties: tuple[str, ...], title: str, now: datetime, **more: Any) -> Terms:
        day = now.replace(microsecond=0)
        return Terms(
            network=self.exercise.network,
            network_kind="exercise",
            parties=parties,
            title=title,
            legal_basis=LEGAL_BASIS,
            valid_from=day - timedelta(days=1),
            valid_until=day + timedelta(days=300),
            **more,
        )

    def _sign(self, text: str, parties: Sequence[str]) -> None:
        """Each authority signs the same text; every party keeps it with all signatures."""
        note, *others = [sign_text(text, self.authority(node)) for node in parties]
        for other in others:
            note = merge_signatures(note, other)
        for node in parties:
            TrustFiles(self.home(node) / "trust").put_agreement(note)

    def _enrol(self, node: str, now: datetime, random: Random) -> None:
        """The security officer adds the others, each with a key of their own."""
        home, exercise = self.home(node), self.exercise
        files = TrustFiles(home / "trust")
        signer = OfficerKey.from_pkcs8((home / "officers" / f"{SECURITY}.key").read_bytes(), None)
        register = Register.replay(
            exercise.network, node, self.authority(node).public(), files.records()
        )
        for name, roles in exercise.officers.items():
            key = OfficerKey.generate(random)
            write_private(home / "officers" / f"{name}.key", key.to_pkcs8(None, random))
            officer = Officer(name, f"{name} (simulated)", UNIT, roles, key.public)
            record = register.next_add(officer, now)
            text = record.text()
            signed = SignedRecord(text, SECURITY, signer.sign_record(text))
            register = register.follow(signed)
            files.put_record(record.number, signed)
