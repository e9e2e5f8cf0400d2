"""What the protection rules cost: milliseconds of CPU a message, by what is known, and by rule.

    .venv/bin/python bench/rules.py                # about ten seconds
    .venv/bin/python bench/rules.py --rules        # each rule by itself too
    .venv/bin/python bench/rules.py --only warning

No peer does this, so there is nothing beside it: the aims stand in the table. CPU time of this
process alone is counted, so others on the machine disturb little. Each message has texts of its
own, because the rules remember what they read of words. What is read once in the life of a
process (word lists, readings of the names that are known) stands in a row of its own.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from machine import describe  # noqa: E402

from relec_exchange.journal.passages import WINDOWS_MAX, Passages  # noqa: E402
from relec_exchange.message.catalogue import message_type  # noqa: E402
from relec_exchange.message.document import Message, read_body, read_header  # noqa: E402
from relec_exchange.protection.memory import remembered  # noqa: E402
from relec_exchange.protection.model import Facts  # noqa: E402
from relec_exchange.protection.quoting import sounds  # noqa: E402
from relec_exchange.protection.register import RegisterEntry  # noqa: E402
from relec_exchange.protection.rules import RULES, judge  # noqa: E402

ID = "01a1ff38-3de2-7fff-bfff-ffffffffffff"
NOTHING = Facts("exercise", "outbound", date(2026, 11, 21))
ENTRIES = 5_000
NAMES = 2_000
ATTACHED = 128 * 1024
_WORDS = (
    "groups people boats walk north south night morning coast border road river village harbour "
    "drivers lorry van paid fee route changed since week more fewer seen near crossing checkpoint "
    "documents forged stamps visa new old weather wind cold moved from towards between about the "
    "and of in to with after before police found reported several small large number children"
)
WORDS = _WORDS.split()
_PERSIAN = (
    "گروه مردم قایق شب صبح ساحل مرز جاده رود روستا راننده کامیون پول مسیر هفته بیشتر کمتر نزدیک "
    "مدارک جعلی مهر تازه هوا باد سرد از به میان حدود و در با پس پیش پلیس چند کوچک بزرگ"
)
PERSIAN = _PERSIAN.split()
_GIVEN = "ahmad reza fatima omer yusuf zahra karim leyla hasan nadia tariq samir"
GIVEN = _GIVEN.split()
_FAMILY = "rahimi karimi yilmaz hossaini demir sultani chaudhry barzani noori akbari"
FAMILY = _FAMILY.split()
LETTERS = "bdfghjklmnrstz"


@dataclass(frozen=True)
class Case:
    """Messages of one kind (number to message), what is known, and how long one may take (ms)."""

    name: str
    known: str
    make: Callable[[int], Message]
    facts: Facts
    aim: float
    rounds: int = 40


def prose(number: int, length: int, words: list[str] = WORDS) -> str:
    """A text of whole words, another one for every number."""
    chosen = random.Random(number)
    text = ""
    while len(text) < length:
        text += " ".join(chosen.choices(words, k=9)).capitalize() + ". "
    return text[:length].strip() or "-"


def person_name(number: int) -> str:
    """A name of two parts; thousands of them are different."""
    chosen = random.Random(-1 - number)
    middle = "".join(chosen.choice(LETTERS) + chosen.choice("aiu") for _ in range(3))
    return f"{chosen.choice(GIVEN)} {middle}{chosen.choice(FAMILY)}".title()


def message(kind: str, body: dict[str, Any], **fields: Any) -> Message:
    """A message from tr to pk."""
    of = message_type(kind)
    header = {
        "message_id": ID,
        "type": kind,
        "schema_version": of.version,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
        "sender_unit": "ncp",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": of.purposes[0].value,
        "data_level": of.levels[0].value,
        "handling": ["H0"],
        "urgency": "routine",
        "language": "en",
    } | ({"source_grade": "B", "info_grade": "2"} if of.needs_grades else {})
    return Message(read_header(header | fields), read_body(kind, body), b"")


def warning(number: int, what: str = "", **fields: Any) -> Message:
    """A warning with a text of 300 characters."""
    body = {
        "kind": "surge",
        "where": {"country": "TR", "place": "north"},
        "when": {"from": "2026-11-01", "to": "2026-11-18"},
        "what": what or prose(number, 300),
    }
    return message("warning.notice", body, **fields)


def persian(number: int) -> Message:
    """The same in Persian."""
    return warning(number, prose(number, 300, PERSIAN), language="fa")


def inquiry(number: int) -> Message:
    """A request about ten persons, with a description of each."""
    persons = [
        {
            "category": "suspect",
            "names": [{"text": person_name(100_000 + at), "kind": "birth", "script": "Latn"}],
            "citizenships": ["IRQ"],
            "description": prose(1_000 * number + at, 120),
        }
        for at in range(10)
    ]
    question = {"number": 1, "text": prose(number, 120), "why": prose(-number - 1, 80)}
    body = {"reasons": prose(7 + number, 200), "questions": [question], "persons": persons}
    return message("info.request", body)


def figures(number: int) -> Message:
    """2,000 rows: forty citizenships on eight routes by sex, and what they add up to."""
    states = (
        "AFG AGO ALB ARE ARG ARM AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BIH BLR BOL BRA BTN BWA "
        "CAF CAN CHE CHL CHN CIV CMR COD COG COL CRI CUB CYP CZE DEU DJI DNK DOM"
    )
    cells = [
        {"month": f"2026-0{month}", "citizenship": state, "route": f"road {road}", "sex": sex}
        for month in (1, 2, 3)
        for state in states.split()
        for road in range(8)
        for sex in ("female", "male")
    ]
    rows = [{"indicator": "fran.1a", "value": 10 + number} | cell for cell in cells]
    for month in (1, 2, 3):
        total = {"indicator": "fran.1a", "month": f"2026-0{month}", "value": 640 * (10 + number)}
        rows.append(total)
    period = {"year": 2026, "quarter": 1}
    return message("stat.report", {"reporting_country": "TR", "period": period, "rows": rows})


def attached(text: Callable[[int], str]) -> Callable[[int], Message]:
    """A warning with one file of text, as large as a message may carry."""

    def make(number: int) -> Message:
        data = text(number).encode()[:ATTACHED]
        data = data.decode("utf-8", "ignore").encode()
        file = {
            "name": "note.txt",
            "media_type": "text/plain",
            "size": len(data),
            "digest": hashlib.sha256(data).hexdigest(),
            "data": base64.b64encode(data).decode(),
        }
        return warning(number, attachments=[file])

    return make


def noise(number: int) -> str:
    """Words that nobody wrote before: nothing remembered of words helps."""
    chosen = random.Random(number)
    words = (
        "".join(chosen.choices(LETTERS + "aeiou", k=chosen.randint(3, 10))) for _ in range(20_000)
    )
    return " ".join(words)


def packed(number: int) -> str:
    """Texts in base64 in base64."""
    inner = base64.b64encode(prose(number, 70_000).encode())
    return base64.b64encode(inner).decode()


def numbered(number: int) -> str:
    """Digits, signs and capitals that begin like numbers of documents."""
    chosen = random.Random(number)
    return "".join(chosen.choices("AB12 0-3.4/5<@+", k=ATTACHED))


def hostile(unit: str, count: int = 19) -> Callable[[int], Message]:
    """An analysis whose texts repeat one unit, 10,000 characters each."""
    text = (unit * (10_000 // len(unit))).strip() or "-"

    def make(number: int) -> Message:
        finding = [f"{at} {text}"[:9_990] for at in range(number, number + count)]
        body = {
            "period": {"year": 2026, "quarter": 1},
            "findings": finding,
            "trend": "stable",
            "confidence": "low",
            "sources": ["a register"],
        }
        return message("stat.analysis", body)

    return make


def known(names: int, entries: int) -> Facts:
    """Facts with so many names of earlier messages and persons in the register."""
    listed = tuple(person_name(at) for at in range(names))
    register = tuple(
        RegisterEntry(
            names=(person_name(50_000 + at),),
            documents=(f"P{random.Random(at).randint(1_000_000, 9_999_999)}",),
            phones=(f"+90{random.Random(at).randint(5_000_000_000, 5_999_999_999)}",),
        )
        for at in range(entries)
    )
    return replace(NOTHING, known_names=listed, registered=register)


def cases() -> Iterator[Case]:
    """Every measurement; the rows in which the names are read for the first time come first."""
    much, both = known(0, ENTRIES), known(NAMES, ENTRIES)
    register, all_of_it = f"{ENTRIES} entries", f"{ENTRIES} entries, {NAMES} names"
    yield Case("first warning", "nothing", warning, NOTHING, 0, 1)
    yield Case("first warning", register, warning, much, 0, 1)
    yield Case("first warning", all_of_it, warning, both, 0, 1)
    one_more = replace(both, known_names=(*both.known_names, "Nobody Newcomer"))
    yield Case("warning after one new name", all_of_it, warning, one_more, 0, 1)
    for facts, told, aim in (
        (NOTHING, "nothing", 0.3),
        (much, register, 0.6),
        (both, all_of_it, 0.6),
    ):
        yield Case("warning", told, warning, facts, aim, 200)
        yield Case("warning in Persian", told, persian, facts, aim, 200)
        yield Case("request, ten persons", told, inquiry, facts, 5)
    yield Case("report, 2,000 rows", "nothing", figures, NOTHING, 0, 5)
    files = {
        "prose": lambda n: prose(n, ATTACHED),
        "Persian": lambda n: prose(n, ATTACHED, PERSIAN),
    }
    files |= {"no words": noise, "base64": packed, "numbers": numbered}
    for name, text in files.items():
        for facts, told in ((NOTHING, "nothing"), (both, all_of_it)):
            yield Case(f"128 KiB file: {name}", told, attached(text), facts, 300, 3)
    units = {"letters": "a ", "digits": "1 ", "signs": "a.", "escapes": "%41", "tags": "<a "}
    units |= {"base64": "QUJD", "dates": "1.123 ", "Arabic": "وال", "fractions": "ﷺ "}
    for name, unit in units.items():
        yield Case(f"190 KB: {name}", "nothing", hostile(unit), NOTHING, 0, 3)


def passages() -> Passages:
    """As many passages of messages under H2 as a node keeps."""
    index, number = Passages(), 0
    while len(index) < WINDOWS_MAX - 1_000:
        number += 1
        index.add(("iq", str(number)), sounds(prose(100_000 + number, 1_500)))
    return index


def looked_up() -> None:
    """Rule P7 before it is asked: whether a new message tells again what came under H2."""
    index = passages()
    print(f"\n| looked up among {len(index)} passages | ms | worst |\n|---|---:|---:|")
    kinds: tuple[tuple[str, Callable[[int], Message], int], ...] = (
        ("warning", warning, 200),
        ("warning in Persian", persian, 200),
        ("request, ten persons", inquiry, 40),
        ("128 KiB file: prose", attached(lambda n: prose(n, ATTACHED)), 3),
    )
    for name, make, rounds in kinds:
        times = [spent(partial(index.found, one)) for one in map(make, range(rounds))]
        print(f"| {name} | {median(times):.2f} | {max(times):.2f} |")


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    begin = time.process_time()
    work()
    return 1_000 * (time.process_time() - begin)


def asked(rule: Callable[[Message, Facts], Iterable[object]], one: Message, facts: Facts) -> None:
    """One rule by itself."""
    with remembered():
        tuple(rule(one, facts))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="cases with this in their names")
    parser.add_argument("--rules", action="store_true", help="each rule by itself too")
    given = parser.parse_args()
    print(describe(("pydantic",)))
    print("\n| message | known here | ms | worst | aim |\n|---|---|---:|---:|---:|")
    chosen = [case for case in cases() if given.only in case.name]
    for case in chosen:
        times = [
            spent(partial(judge, one, case.facts)) for one in map(case.make, range(case.rounds))
        ]
        aim = f"{case.aim:g}" if case.aim else ""
        print(f"| {case.name} | {case.known} | {median(times):.2f} | {max(times):.2f} | {aim} |")
    if not given.only:
        looked_up()
    if given.rules:
        by_rule(chosen)


def by_rule(chosen: list[Case]) -> None:
    """Each rule by itself; together they cost less than their sum, because they share readings."""
    print("\n| message | known here | rule by itself | ms |\n|---|---|---|---:|")
    for case in chosen:
        for rule in RULES:
            made = map(case.make, range(1_000, 1_000 + case.rounds))
            times = [spent(partial(asked, rule.check, one, case.facts)) for one in made]
            if median(times) >= 0.02:
                print(f"| {case.name} | {case.known} | {rule.identifier} | {median(times):.2f} |")


if __name__ == "__main__":
    main()
