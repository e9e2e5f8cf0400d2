"""Attacks of whoever runs the broker: he destroys, repeats and delays; he has no key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from attack import Attack, Sign
from attacked_network import NODES, ROUND_SECONDS, AttackedNetwork

from core_network import inbox_ids, sent, warning
from relec_exchange.records import GapRow
from withheld_numbers import AllOf, Choice, Destroying, EveryTenth, Lost

LOOKS = 2
"""How often in a round it is looked who has noticed."""


class Withheld(Attack):
    """Envelopes are destroyed for some rounds; then the broker is honest again."""

    guilty = frozenset()
    bad = frozenset()
    signs: ClassVar = {
        "sender": Sign("the sender", "stage `missing`, `relec audit gaps`", 3),
        "recipient": Sign("the recipient", "event `gap.opened`, `relec audit gaps`", 3),
        "all": Sign("both", "all of them came after all, every gap is closed", 8),
    }
    then = "Nothing for the messages: they are asked for again. Ask the broker's operator why."
    pairs: ClassVar[tuple[tuple[str, str], ...]] = (("tr", "pk"), ("pk", "tr"))

    def strike(self, network: AttackedNetwork) -> None:
        network.operator.tap(self.pairs)
        self.operator = Destroying(network, self.choice())
        self.written: list[tuple[str, str]] = []
        self.destroy(network)
        self.operator.choose = None

    def choice(self) -> Choice:
        raise NotImplementedError

    def destroy(self, network: AttackedNetwork) -> None:
        """Traffic of the pair while the broker destroys."""
        for _ in range(4):
            self.talk(network)
            self.pass_round(network)

    def talk(self, network: AttackedNetwork, count: int = 2) -> None:
        for sender, recipient in self.pairs:
            for _ in range(count):
                one = warning(network, sender=sender, recipient=recipient)
                self.written.append((recipient, sent(network, one)))

    def pass_round(self, network: AttackedNetwork) -> None:
        for _ in range(LOOKS):
            network.clock.forward(seconds=ROUND_SECONDS / LOOKS)
            network.run()
            for lost in self.operator.lost.values():
                self.operator.look(lost)

    def observe(self, network: AttackedNetwork) -> dict[str, int]:
        """Rounds since each envelope was destroyed, of the other end; the slowest counts."""
        self.strike(network)
        found: dict[str, int] = {}
        for number in range(1, self.signs["all"].within + 1):
            self.pass_round(network)
            if self.over(network):
                found["all"] = number
                break
        lost = list(self.operator.lost.values())
        assert len(lost) >= 1, "nothing was destroyed"
        for end in ("sender", "recipient"):
            after = [one.noticed.get(getattr(one, end)) for one in lost]
            if None not in after:
                found[end] = max(rounds for rounds in after if rounds is not None)
        return found

    def over(self, network: AttackedNetwork) -> bool:
        came = all(ident in inbox_ids(network.node(name)) for name, ident in self.written)
        closed = all(
            gap.closed_at for name in NODES for gap in network.node(name).store.rows(GapRow)
        )
        return came and closed and all(map(self.settled, self.operator.lost.values()))

    def settled(self, lost: Lost) -> bool:
        return len(lost.noticed) == 2 and self.operator.recovered(lost)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        return ()


class EveryTenthWithheld(Withheld):
    name = "withhold every tenth message"
    can = "Runs the broker: confirms every tenth envelope of a pair and destroys it."
    quick = True

    def choice(self) -> Choice:
        return EveryTenth(4)


class LastWithheld(Withheld):
    name = "withhold the last message"
    can = "Runs the broker: confirms the last message before a silence and destroys it."
    pairs = (("tr", "pk"),)

    def choice(self) -> Choice:
        return AllOf("tr", "pk", ("ordinary",))

    def destroy(self, network: AttackedNetwork) -> None:
        self.talk(network, 1)
        network.run()


class PairWithheld(Withheld):
    name = "withhold all messages of one pair"
    can = "Runs the broker: confirms all messages of one node to another and destroys them."
    pairs = (("tr", "pk"),)

    def choice(self) -> Choice:
        return AllOf("tr", "pk", ("ordinary", "flash"))


BY_BROKERS = (EveryTenthWithheld, LastWithheld, PairWithheld)
