"""Attacks of a node together with some of its witnesses, who cosign whatever it shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from attack import ATTACKER, Sign, alarmed
from attacked_network import AttackedNetwork
from attacks_by_senders import KEEP_AND_CALL, OTHERS, VICTIM, Fork

from core_network import sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import checkpoint_text
from relec_exchange.audit.cosignature import cosign
from relec_exchange.journal import witnessed
from relec_exchange.journal.plan import Plan
from relec_exchange.records import AcceptedRow, CosignatureRow, CosignedRow, Insert, Where
from relec_exchange.testing import PASSPHRASE
from relec_exchange.testing.succeeding import current_origin


class ColludingWitnesses(Fork):
    """The victim's log gets the lines of the colluders at once, as often as it wants them."""

    colluders: ClassVar[tuple[str, ...]]
    ident: str

    def differ(self, network: AttackedNetwork) -> None:
        """A message that the attacker wants to deny to all others, in place of another one."""
        sent(network, warning(network, recipient=OTHERS[0]))
        self.fork_at = network.node("tr2").journal.state.exchange.head.size
        home, network._nodes[ATTACKER] = network.node(ATTACKER), network.node("tr2")
        try:
            self.ident = sent(network, warning(network, recipient=VICTIM))
        finally:
            network._nodes[ATTACKER] = home

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))
        self.cosign(network)

    def cosign(self, network: AttackedNetwork) -> None:
        """Under every tree that the second node has offered."""
        twin = network.node("tr2")
        origin, now = current_origin(twin), int(network.clock().timestamp())
        own = (Where("origin", "=", origin), Where("witness", "=", ATTACKER))
        for offered in twin.store.rows(CosignatureRow, *own, Where("size", ">", self.fork_at)):
            text = checkpoint_text(origin, offered.size, offered.root)
            note = text + b"\n" + offered.lines
            for name in self.colluders:
                key = KeyFiles(network.home(name) / "keys", PASSPHRASE).witness()
                row = CosignatureRow(
                    origin,
                    offered.size,
                    offered.root,
                    name,
                    key.public().fingerprint(),
                    now,
                    cosign(note, key, now),
                )
                twin.journal.write(Plan(changes=(Insert(row, ignore=True),)))

    def evidence(self, network: AttackedNetwork) -> str:
        """What the victim's evidence about the message says: logged or witnessed."""
        store = network.node(VICTIM).store
        [row] = store.rows(AcceptedRow, Where("message_id", "=", self.ident))
        return str(witnessed.state(store, row.origin, row.idx))

    def cosigned(self, network: AttackedNetwork) -> bool:
        """Whether the second node has a quorum for a tree of its own."""
        where = Where("size", ">", self.fork_at)
        return bool(network.node("tr2").store.rows(CosignedRow, where))

    def fork_seen(self, network: AttackedNetwork) -> bool:
        honest = network.honest(ATTACKER, *self.colluders)
        return all(alarmed(network, name, "log-fork") for name in honest)


class ColludingMinority(ColludingWitnesses):
    name = "a fork with one colluding witness of four"
    can = "As a fork for one peer; one witness cosigns both logs."
    bad = frozenset({ATTACKER, "af"})
    colluders = ("af",)
    signs: ClassVar = {
        "victim": Sign("the victim", "no quorum: its evidence says `logged`, throughout", 0),
        "all": Sign("every honest node", "alarm `log-fork` with both notes", 2),
    }
    then = KEEP_AND_CALL

    def observe(self, network: AttackedNetwork) -> dict[str, int]:
        found = super().observe(network)
        for _ in range(2):  # more rounds gain the attacker nothing
            self.go_on(network)
        if self.evidence(network) == "witnessed" or self.cosigned(network):
            found.pop("victim", None)
        return found

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if self.evidence(network) == "logged" and not self.cosigned(network):
            yield "victim"
        if self.fork_seen(network):
            yield "all"


class ColludingHalf(ColludingWitnesses):
    name = "a fork with two colluding witnesses of four"
    can = "As before, but two witnesses cosign both logs: more than the quorum is made for."
    bad = frozenset({ATTACKER, "af", "bd"})
    colluders = ("af", "bd")
    signs: ClassVar = {
        "all": Sign("every honest node", "alarm `log-fork` with both notes", 2),
    }
    then = (
        KEEP_AND_CALL
        + " Until then the victim's evidence may say `witnessed`: the lines under it name who lied."
    )

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if self.fork_seen(network):
            yield "all"


BY_WITNESSES = (ColludingMinority, ColludingHalf)
