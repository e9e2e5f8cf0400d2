"""What a decision costs: microseconds, at 40 states with 780 agreements of 20 grants each.

    .venv/bin/python bench/decisions.py                   # about half a minute
    .venv/bin/python bench/decisions.py --states 6        # quicker
    .venv/bin/python bench/decisions.py --profile         # where load and decision spend their time

Every pair of states has a bilateral agreement, and all have signed one charter, of 20 grants each.
Cards and agreements are real notes with both signatures of every party, and are admitted as a node
admits them. In the same run, over the same questions: a dictionary that has every answer already
(what no implementation can beat), and a plain search through the texts as they were read, which is
what the specification says with nothing prepared.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import os
import pstats
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from statistics import mean, median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from machine import describe, load  # noqa: E402

from relec_exchange.message.catalogue import CATALOGUE, Features, MessageType  # noqa: E402
from relec_exchange.message.codes import Area, Handling, Purpose  # noqa: E402
from relec_exchange.message.constants import RESCUE  # noqa: E402
from relec_exchange.trust.agreement import Agreement, Grant  # noqa: E402
from relec_exchange.trust.card import Card  # noqa: E402
from relec_exchange.trust.card_parts import (  # noqa: E402
    AuthorityKeys,
    Broker,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    WitnessKeys,
)
from relec_exchange.trust.decide import Allowed, decide  # noqa: E402
from relec_exchange.trust.directory import Directory  # noqa: E402
from relec_exchange.trust.drafts import (  # noqa: E402
    Terms,
    draft_agreement,
    draft_card,
    draft_charter,
)
from relec_exchange.trust.drafts_notices import draft_suspension  # noqa: E402
from relec_exchange.trust.note import Note, sign_text, split_note  # noqa: E402
from relec_exchange.trust.signature import HybridKey, KeyKind  # noqa: E402
from relec_exchange.trust.suspension import Suspension  # noqa: E402

NETWORK = "relec.example"
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)
NOW = START + timedelta(days=10)
# A rescue has a rule of its own, which the plain search does not know.
KINDS = tuple(k for k in CATALOGUE.values() if not k.control and k.name != RESCUE)

AIM = 20.0


def names(count: int) -> list[str]:
    """Invented node names."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{a}{b}" for a in letters for b in letters][:count]


def key(node: str, what: str, kind: KeyKind, number: int = 1) -> HybridKey:
    """A key from a fixed seed."""
    dice = random.Random(f"{node} {what} {number}")
    return HybridKey.generate(f"{NETWORK}/{node}/{what}", kind, dice.randbytes)


def card_note(node: str, nodes: Sequence[str]) -> bytes:
    """A card that lists all others."""
    dice = random.Random(f"{node} sealing")
    partners = tuple(
        Partner(node=n, authority=key(n, "authority", "note").public().fingerprint())
        for n in nodes
        if n != node
    )
    months = [START + timedelta(days=30 * n) for n in range(7)]
    card = Card(
        network=NETWORK,
        network_kind="exercise",
        node=node,
        name=f"Simulated contact point of {node}",
        version=1,
        valid_from=START,
        valid_until=END,
        authority=AuthorityKeys.of(
            key(node, "authority", "note").public(), key(node, "authority", "note", 2).public()
        ),
        witness=WitnessKeys.of(key(node, "witness", "witness").public()),
        broker=Broker(user=node),
        duty=Duty(phone="+90 555 000 0000", email=f"duty@{node}.example", languages=("en",)),
        schemas=dict.fromkeys(CATALOGUE, 1),
        logs=tuple(
            LogKeys.of(key(node, f"{w}/1", "log").public()) for w in ("exchange", "activity")
        ),
        sealing=tuple(
            SealingEpoch.of(dice.randbytes(1216), start, end) for start, end in pairwise(months)
        ),
        partners=partners,
    )
    return sign_text(draft_card(card), key(node, "authority", "note"))


def grants(dice: random.Random, nodes: Sequence[str]) -> tuple[Grant, ...]:
    """Twenty grants as states might agree on them: a few types for some purposes and levels."""
    found = []
    for number in range(20):
        kind = dice.choice(KINDS)
        alike = [k for k in KINDS if set(k.levels) & set(kind.levels)]
        types = dict.fromkeys(
            (kind.name, *(k.name for k in dice.sample(alike, min(4, len(alike)))))
        )
        found.append(
            Grant(
                id=f"grant-{number}",
                senders=tuple(nodes),
                recipients=tuple(nodes),
                areas=tuple(dice.sample(list(Area), dice.randint(1, 3))),
                types=tuple(types),
                purposes=tuple(purposes_of(dice, kind)),
                levels=kind.levels,
                handling=dice.choice(
                    ((Handling.H0,), (Handling.H0, Handling.H1), tuple(Handling)[1:])
                ),
                retention_days=365,
                units=dice.choice(((), (), ("border", "desk"))),
            )
        )
    return tuple(found)


def purposes_of(dice: random.Random, kind: MessageType) -> list[Purpose]:
    """One or two purposes of a type."""
    usual = [purpose for purpose in kind.purposes if purpose is not Purpose.RESCUE_ONLY]
    return dice.sample(usual, min(2, len(usual)))


def agreement_notes(nodes: Sequence[str]) -> Iterator[bytes]:
    """The charter, then the agreement of each pair, signed by all its parties."""
    dice = random.Random(1)
    terms = {
        "network": NETWORK,
        "network_kind": "exercise",
        "legal_basis": "None: this is simulated",
        "valid_from": START,
        "valid_until": END,
    }
    title = "Simulated charter of a benchmark"
    wide = Terms(**terms, parties=("*",), title=title, grants=grants(dice, ("*",)))
    text = draft_charter(wide)
    for some in (nodes[i : i + 4] for i in range(0, len(nodes), 4)):
        yield signed(text, some)
    for pair in combinations(nodes, 2):
        title = f"Simulated agreement of {pair[0]} and {pair[1]}"
        own = Terms(**terms, parties=pair, title=title, grants=grants(dice, pair))
        yield signed(draft_agreement(own), pair)


def signed(text: str, nodes: Sequence[str]) -> bytes:
    """A note with the signatures of these authorities."""
    keys = [key(node, "authority", "note") for node in nodes]
    lines = [line for k in keys for line in split_note(sign_text(text, k)).signatures]
    return Note(text.encode(), tuple(lines)).encode()


def admitted(cards: dict[str, bytes], texts: Sequence[bytes], own: str) -> tuple[Directory, float]:
    """The directory of one node, and the seconds that its cards took."""
    directory = Directory(NETWORK, "exercise", own)
    begin = time.perf_counter()
    for node, note in cards.items():
        fingerprint = key(node, "authority", "note").public().fingerprint()
        directory = directory.admit_first(note, fingerprint)
    took = time.perf_counter() - begin
    for note in texts:
        directory = directory.with_agreement(note)
    return directory, took


def questions(directory: Directory, count: int) -> list[Features]:
    """Four in five near to a grant (of these one in four lacks something), the others at random."""
    dice = random.Random(2)
    texts = [held.agreement for held in directory.agreements.values()]
    nodes = directory.nodes()
    found = []
    for _ in range(count):
        sender, recipient = dice.sample(nodes, 2)
        kind = dice.choice(KINDS)
        anything = Features(
            kind.name,
            sender,
            recipient,
            True,
            1,
            dice.choice(list(Area)),
            dice.choice(purposes_of(dice, kind)),
            dice.choice(kind.levels),
            dice.choice(((Handling.H0,), (Handling.H1,), (Handling.H1, Handling.H2))),
            dice.choice(("border", "desk", "other")),
        )
        found.append(anything if dice.random() < 0.2 else near(dice, texts, anything))
    return found


def near(dice: random.Random, texts: Sequence[Agreement], anything: Features) -> Features:
    """A question that a grant answers; every fourth differs in one feature."""
    agreement = dice.choice(texts)
    grant = dice.choice(agreement.grants)
    pair = (
        agreement.parties if len(agreement.parties) == 2 else (anything.sender, anything.recipient)
    )
    sender, recipient = dice.sample(pair, 2)
    kind = CATALOGUE[dice.choice(grant.types)]
    fits = Features(
        kind.name,
        sender,
        recipient,
        True,
        1,
        dice.choice(grant.areas),
        dice.choice(grant.purposes),
        dice.choice(grant.levels),
        (grant.handling[0],),
        "desk",
    )
    if dice.random() < 0.75:
        return fits
    changed = dice.choice(("area", "purpose", "handling", "sender_unit"))
    return replace(fits, **{changed: getattr(anything, changed)})


def naive(directory: Directory) -> Callable[[Features], bool]:
    """Nothing prepared: every text and every grant is read anew for each question."""

    def ask(f: Features) -> bool:
        for held in directory.agreements.values():
            agreement = held.agreement
            if not {f.sender, f.recipient} <= held.signers:
                continue
            if not agreement.valid_from <= NOW < agreement.valid_until:
                continue
            for grant in agreement.grants:
                if (
                    f.type in grant.types
                    and grant.covers(f.sender, f.recipient)
                    and f.area in grant.areas
                    and f.data_level in grant.levels
                    and f.purpose in grant.purposes
                    and all(code in grant.handling for code in f.handling)
                    and (not grant.units or f.sender_unit in grant.units)
                ):
                    return True
        return False

    return ask


def timed(work: Callable[[Features], object], asked: Sequence[Features]) -> list[float]:
    """Microseconds of each call."""
    clock, took = time.perf_counter_ns, []
    gc.disable()
    for one in asked:
        begin = clock()
        work(one)
        took.append((clock() - begin) / 1_000)
    gc.enable()
    return took


def row(name: str, took: Sequence[float]) -> dict[str, object]:
    """One line of the table."""
    ordered = sorted(took)
    high = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    figures = {"median": median(took), "mean": mean(took), "p99": high}
    return {"what": name, "calls": len(took), **{k: round(v, 2) for k, v in figures.items()}}


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def decisions(directory: Directory, asked: Sequence[Features]) -> list[dict[str, object]]:
    """The table; the rounds of ours and of the others alternate."""
    first: dict[tuple[str, str], Features] = {(f.sender, f.recipient): f for f in asked}
    rows = [row("first question to a pair", timed(lambda f: ask(directory, f), [*first.values()]))]
    answers = {f: decide(directory, f, NOW) for f in asked}
    scan = naive(directory)
    for f in asked[:500]:
        assert scan(f) == isinstance(answers[f], Allowed), f
    allowed = [f for f in asked if isinstance(answers[f], Allowed)]
    denied = [f for f in asked if not isinstance(answers[f], Allowed)]
    ours: list[float] = []
    floor: list[float] = []
    slow: list[float] = []
    for part in (asked[n::5] for n in range(5)):
        ours += timed(lambda f: ask(directory, f), part)
        floor += timed(answers.__getitem__, part)
        slow += timed(scan, part[:200])
    rows.append(row("decide", ours))
    rows.append(row("decide, allowed", timed(lambda f: ask(directory, f), allowed)))
    rows.append(row("decide, denied", timed(lambda f: ask(directory, f), denied)))
    rows.append(row("peer: answers in a dictionary", floor))
    rows.append(row("peer: search, nothing prepared", slow))
    return rows


def ask(directory: Directory, features: Features) -> object:
    """One question."""
    return decide(directory, features, NOW)


def suspended(directory: Directory, asked: Sequence[Features]) -> dict[str, object]:
    """The same questions right after one pair was suspended: the others must not pay for it."""
    a, b = directory.nodes()[:2]
    notice = Suspension(
        **{"network": NETWORK, "network_kind": "exercise", "node": a, "with": (b,)},
        **{"number": 1, "action": "suspend", "issued": NOW, "reason": "Simulated"},
    )
    after = directory.with_notice(sign_text(draft_suspension(notice), key(a, "authority", "note")))
    return row("decide, just after a suspension", timed(lambda f: ask(after, f), asked))


def profiled(work: Callable[[], object], title: str) -> None:
    """Where the time goes, by function."""
    profile = cProfile.Profile()
    profile.runcall(work)
    print(f"\n## {title}\n")
    pstats.Stats(profile).sort_stats("tottime").print_stats(14)


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--states", type=int, default=40)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / ".work" / "bench")
    given = parser.parse_args()
    nodes = names(given.states)
    cards = {node: card_note(node, nodes) for node in nodes}
    texts = list(agreement_notes(nodes))
    before, busy = resident(), load()
    begin = time.perf_counter()
    directory, for_cards = admitted(cards, texts, nodes[0])
    loaded = time.perf_counter() - begin
    told = {
        "states": len(nodes),
        "agreements": len(directory.agreements),
        "grants": sum(len(held.agreement.grants) for held in directory.agreements.values()),
        "load_seconds": round(loaded, 2),
        "of_it_cards": round(for_cards, 2),
        "memory_mb": round(resident() - before, 1),
    }
    asked = questions(directory, given.questions)
    rows = [*decisions(directory, asked), suspended(directory, asked)]
    told["memory_mb_with_all_pairs_asked"] = round(resident() - before, 1)
    told |= {"load_before": round(busy, 2), "aim_median_us": AIM, **describe(("pydantic",))}
    print(json.dumps(told, indent=1))
    print("\n| microseconds | calls | median | mean | p99 |\n|---|---:|---:|---:|---:|")
    for one in rows:
        print(
            f"| {one['what']} | {one['calls']} | {one['median']} | {one['mean']} | {one['p99']} |"
        )
    given.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**told, "rows": rows}, indent=1)
    (given.out / "decisions.json").write_text(text + "\n", "utf-8")
    if given.profile:
        profiled(lambda: admitted(cards, texts, nodes[0]), "Load")
        profiled(lambda: [ask(directory, f) for f in asked], "Decisions")


if __name__ == "__main__":
    main()
