"""Terms change at random at three nodes, with restarts, spells offline and a thief; at rest all
hold the same notes and decide alike.

A story is made by a seed, which a failure names. RELEC_FULL=1 runs more and longer ones.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from core_network import FULL, begun, check_logs
from core_notices import agreement_text, moment
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.errors import RelecError
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.testing import NETWORK, OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import Card, parse_card
from relec_exchange.trust.card_parts import AuthorityKeys, SuccessorKeys
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import (
    draft_revocation,
    draft_suspension,
    draft_termination,
)
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

THREE = ("tr", "pk", "iq")
STORIES, STEPS = (60, 40) if FULL else (2, 16)
HEAD: dict[str, Any] = {"network": NETWORK, "network_kind": "exercise"}


def generated(name: str) -> HybridKey:
    return HybridKey.generate(f"{NETWORK}/{name}/authority", "note", os.urandom)


@dataclass
class State:
    """One member's authority: what it has signed so far, and with which keys."""

    name: str
    key: HybridKey
    following: HybridKey
    card: Card
    number: int = 0
    suspended: list[bytes] = field(default_factory=list)
    stolen: bool = False

    def issue(self, label: str, *, rotate: bool = False, alone: bool = False) -> bytes:
        """The next card; with `rotate` the announced keys take over."""
        old = self.key
        if rotate:
            self.key, self.following = self.following, generated(self.name)
        authority = AuthorityKeys.of(self.key.public(), self.following.public())
        fields = self.card.model_dump(by_alias=True)
        fields |= {"version": self.card.version + 1, "name": label}
        fields |= {"authority": authority.model_dump(by_alias=True)}
        self.card = Card.model_validate(fields)
        text = draft_card(self.card)
        note = sign_text(text, self.key)
        return merge_signatures(note, sign_text(text, old)) if rotate and not alone else note


class Story:
    """One seed's story."""

    def __init__(self, network: SimulatedNetwork, seed: int) -> None:
        self.network, self.draw = network, random.Random(seed)
        self.states = {name: self._state(name) for name in THREE}
        self.texts = [h.signed.text for h in network.node("tr").book.current.agreements.values()]
        self.thief: tuple[State, list[bytes]] | None = None
        self.told: list[str] = []

    def _state(self, name: str) -> State:
        card = self.network.node(name).book.current.card(name).card
        path = self.network.home(name) / "keys" / "authority-next.key"
        return State(name, self.network.authority(name), read_authority(path, PASSPHRASE), card)

    # ---- what happens ---------------------------------------------------------------------------

    def step(self) -> None:
        """One thing happens, somewhere."""
        acts = (self.suspend, self.suspend, self.lift, self.terminate, self.reissue, self.rotate)
        acts += (
            self.sign,
            self.sign,
            self.revoke,
            self.offline,
            self.restart,
            self.wait,
            self.wait,
        )
        acts += (self.steal, self.thief_acts, self.thief_acts, self.told_again)
        act = self.draw.choice(acts)
        self.told.append(act.__name__)
        act()

    def rest(self) -> None:
        """The theft is told, everybody is there, and some time passes."""
        if self.thief is not None:
            self.recover()
        for name in THREE:
            self.network.transport(name).online = True
        self.network.pass_minutes(25)

    def who(self) -> State:
        return self.draw.choice([s for s in self.states.values() if not s.stolen] or [self.other()])

    def other(self) -> State:
        return self.states[self.draw.choice(THREE)]

    def bring(self, kind: str, note: bytes, name: str = "") -> None:
        """Somebody imports a note at some node; refused is as good as not brought."""
        desk = self.network.node(name or self.draw.choice(THREE)).desk
        try:
            if kind == "card":
                desk.import_card(note.decode(), None, OFFICER)
            elif kind == "agreement":
                desk.import_agreement(note.decode(), OFFICER)
            else:
                desk.import_notice(note.decode(), OFFICER)
        except RelecError as error:
            self.told[-1] += f"({error.code})"
            return
        if self.draw.random() < 0.4:
            self.network.run()

    def bring_card(self, note: bytes, own: State) -> None:
        """Its own node is the first to get it; sometimes a courier is as quick with a partner."""
        self.bring("card", note, own.name)
        if self.draw.random() < 0.3:
            self.bring("card", note)

    def partners(self, own: State) -> tuple[str, ...]:
        others = [name for name in THREE if name != own.name]
        return self.draw.choice([("*",), (others[0],), (others[1],), tuple(others)])

    def suspend(self, own: State | None = None, key: HybridKey | None = None) -> None:
        own = own or self.who()
        own.number += 1
        areas = self.draw.choice([(), (Area.MIGRANT_SMUGGLING,)])
        types = self.draw.choice([(), ("warning.notice",), ("recall",)])
        until = self.draw.choice([None, moment(self.network, hours=self.draw.randint(1, 50))])
        text = draft_suspension(
            Suspension(
                **HEAD,
                node=own.name,
                number=own.number,
                action="suspend",
                **{"with": self.partners(own)},
                areas=areas,
                types=types,
                issued=moment(self.network),
                until=until,
                reason=f"Simulated {self.draw.random()}",
            )
        )
        note = sign_text(text, key or own.key)
        own.suspended.append(note)
        self.bring("suspension", note)

    def lift(self) -> None:
        own = self.who()
        if not own.suspended:
            return
        own.number += 1
        lifted = parse_notice(self.draw.choice(own.suspended))
        text = draft_suspension(
            Suspension(
                **HEAD,
                node=own.name,
                number=own.number,
                action="lift",
                **{"with": self.partners(own)},
                lifts=(lifted.hash,),
                issued=moment(self.network),
                reason="Simulated end.",
            )
        )
        self.bring("suspension", sign_text(text, own.key))

    def terminate(self) -> None:
        own = self.who()
        ended = parse_agreement(sign_text(self.draw.choice(self.texts), own.key))
        issued = moment(self.network, hours=self.draw.choice((-48, 0, 0, 20)))
        text = draft_termination(
            Termination(
                **HEAD,
                node=own.name,
                agreement=ended.hash,
                **{"with": self.partners(own)},
                issued=issued,
                effective=issued + timedelta(hours=self.draw.choice((24, 30))),
                reason="Simulated end.",
            )
        )
        self.bring("termination", sign_text(text, own.key))

    def reissue(self) -> None:
        own = self.who()
        self.bring_card(own.issue(f"Simulated {self.draw.random()}"), own)

    def rotate(self) -> None:
        own = self.who()
        self.bring_card(own.issue("Simulated rotation", rotate=True), own)

    def sign(self, own: State | None = None, key: HybridKey | None = None) -> None:
        """Somebody signs a text, new or there already, and brings it; others may sign it later."""
        own = own or self.who()
        if self.draw.random() < 0.5:
            pair = sorted(self.draw.sample(THREE, 2))
            old = self.draw.choice(self.texts)
            more: dict[str, Any] = {"title": f"Simulated {self.draw.random()}"}
            if self.draw.random() < 0.5:
                replaced = parse_agreement(sign_text(old, own.key))
                version = replaced.agreement.version + self.draw.randint(1, 2)
                more |= {"version": version, "replaces": (replaced.hash,)}
            self.texts.append(agreement_text(self.network, *pair, **more))
        text = self.draw.choice(self.texts[-3:])
        self.bring("agreement", sign_text(text, key or own.key))

    def revoke(self) -> None:
        own = self.who()
        now = moment(self.network)
        text = draft_revocation(
            Revocation(
                **HEAD,
                node=own.name,
                kind="sealing",
                key=own.card.sealing[-1].id,
                since=now,
                issued=now,
                reason=f"Simulated {self.draw.random()}",
            )
        )
        self.bring("revocation", sign_text(text, own.key))

    def offline(self) -> None:
        transport = self.network.transport(self.draw.choice(THREE))
        transport.online = not transport.online

    def restart(self) -> None:
        name = self.draw.choice(THREE)
        before = self.network.node(name).book.current
        self.network.close(name)
        after = self.network.open(name).book.current
        assert after.digest_cards() == before.digest_cards()
        assert set(after.notices) == set(before.notices)
        known = {h: held.signers for h, held in before.agreements.items()}
        assert {h: held.signers for h, held in after.agreements.items()} == known

    def wait(self) -> None:
        self.network.pass_minutes(self.draw.choice((1, 3)))

    def told_again(self) -> None:
        """A courier brings all notes of one node to another, once more."""
        notes = self.network.node(self.draw.choice(THREE)).desk.notes()
        name = self.draw.choice(THREE)
        for one in self.draw.sample(notes, len(notes)):
            self.bring(str(one["kind"]), str(one["note"]).encode(), name)

    # ---- the thief ------------------------------------------------------------------------------

    def steal(self) -> None:
        """The present authority keys of one member are copied; it issues nothing until it knows."""
        if self.thief is not None:
            return
        own = self.who()
        own.stolen = True
        mine = State(own.name, own.key, generated(own.name), own.card, number=own.number)
        self.thief = (mine, [])

    def thief_acts(self) -> None:
        if self.thief is None:
            return
        mine, _ = self.thief
        act = self.draw.choice(("card", "rotation", "suspend", "sign"))
        if act in ("card", "rotation"):
            rotate = act == "rotation" and mine.card.authority.next == (
                mine.following.public().fingerprint()
            )
            note = mine.issue(f"Thief {self.draw.random()}", rotate=rotate)
            self.bring("card", note, self.draw.choice([n for n in THREE if n != mine.name]))
        elif act == "suspend":
            self.suspend(mine)
        else:
            self.sign(mine)

    def recover(self) -> None:
        """The successor revokes the stolen keys, and issues the next card."""
        assert self.thief is not None
        mine, _ = self.thief
        own = self.states[mine.name]
        now = moment(self.network)
        good = tuple(parse_agreement(sign_text(t, own.key)).hash for t in self.texts[:4])
        text = draft_revocation(
            Revocation(
                **HEAD,
                node=own.name,
                kind="authority",
                key=own.key.public().fingerprint(),
                since=now,
                issued=now,
                reason="Simulated theft.",
                good_card=own.card.version,
                good_texts=good,
                successor=SuccessorKeys.of(own.following.public()),
            )
        )
        self.bring("revocation", sign_text(text, own.following), own.name)
        self.bring("card", own.issue("Simulated successor", rotate=True, alone=True), own.name)
        self.thief, own.stolen = None, False


def question(sender: str, recipient: str, kind: str) -> Features:
    return Features(
        type=kind,
        sender=sender,
        recipient=recipient,
        exercise=True,
        schema_version=1,
        area=Area.MIGRANT_SMUGGLING,
        purpose=Purpose.PREVENTION,
        data_level=DataLevel.NON_NOMINAL,
        handling=(Handling.H0,),
        sender_unit="contact-point",
    )


def check_alike(network: SimulatedNetwork) -> None:
    """Both ends of each pair hold the same and decide alike, now and later."""
    known = {name: network.node(name).book.current for name in THREE}
    assert len({one.digest_cards() for one in known.values()}) == 1
    for name in THREE:
        assert {n: known[name].card(n).hash for n in THREE} == {
            n: known["tr"].card(n).hash for n in THREE
        }
    times = [moment(network, hours=hours) for hours in (-1, 0, 30, 100)]
    for a, b in permutations(THREE, 2):
        here, there = known[a], known[b]
        assert here.digest_agreements(b) == there.digest_agreements(a), (a, b)
        assert {n.hash for n in here.notices_with(b)} == {n.hash for n in there.notices_with(a)}
        for kind in ("warning.notice", "recall", "info.request"):
            for at in times:
                asked = question(a, b, kind)
                one, two = decide(here, asked, at), decide(there, asked, at)
                assert one == two, (a, b, kind, at)
                if isinstance(one, Allowed):
                    named = decide(there, asked, at, named=one.agreement_hash)
                    assert isinstance(named, Allowed)


@pytest.mark.parametrize("seed", range(STORIES))
def test_after_any_story_all_nodes_hold_the_same_and_decide_alike(
    tmp_path: Path, seed: int
) -> None:
    with begun(tmp_path, *THREE) as network:
        story = Story(network, seed)
        for _ in range(STEPS):
            story.step()
        story.rest()
        try:
            check_alike(network)
            for name in THREE:
                network.close(name)
                network.open(name)
            check_alike(network)
            check_logs(network)
        except AssertionError as error:
            error.add_note(f"seed {seed}: {' '.join(story.told)}")
            raise


def test_the_cards_of_the_story_are_cards(tmp_path: Path) -> None:
    """The story's own bookkeeping holds: what it issues is admitted where nothing else happens."""
    with begun(tmp_path, *THREE) as network:
        story = Story(network, 0)
        story.told.append("")
        own = story.states["tr"]
        for rotate in (False, True, False, True):
            note = own.issue("Simulated", rotate=rotate)
            story.bring("card", note, "tr")
            assert network.node("tr").book.current.card("tr").hash == parse_card(note).hash
        network.pass_minutes(3)
        check_alike(network)
