"""The table of attacks in `docs/attacks.md`: every attack of the suite, carried out and timed.

Contract: `rendered` is pure: the attacks and after how many rounds each sign of them was seen. Run
`python docs/generate_attacks.py` to carry out all attacks on a private broker and to write the
table between its markers (some minutes); with names of attacks, only those, and the rest stays as
it stands; with `--check` to carry out nothing and to compare all but the measured numbers: status 1
and one line if they differ.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).with_name("attacks.md")
BEGIN: Final = "<!-- attacks: written by docs/generate_attacks.py -->"
END: Final = "<!-- end of attacks -->"
_TESTS: Final = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(_TESTS), str(_TESTS / "integration")]

from attack import Attack, Sign  # noqa: E402 - the suite lies with the tests
from attack_suite import ATTACKS, carry_out  # noqa: E402

Measured = Mapping[str, Mapping[str, int]]
"""Attack, sign -> after how many rounds it was seen."""

_HEAD: Final = (
    "| attack | what the attacker has and does | noticed by | by what | after rounds | then |\n"
    "|---|---|---|---|---|---|"
)
AT_ONCE: Final = "at once"
UNMEASURED: Final = "not measured"
_NUMBER: Final = re.compile(r"\d+ \(at most (\d+)\)")


def rendered(measured: Measured) -> str:
    """The table; a sign that was not measured is said to be unmeasured."""
    lines = [_HEAD]
    for attack in ATTACKS:
        found = measured.get(attack.__name__, {})
        for place, (key, sign) in enumerate(attack.signs.items()):
            lines.append(_line(attack, sign, found.get(key), first=place == 0))
    return "\n".join(lines)


def _line(attack: type[Attack], sign: Sign, rounds: int | None, *, first: bool) -> str:
    after = UNMEASURED if rounds is None else _after(rounds, sign.within)
    about = (attack.name, attack.can) if first else ("", "")
    then = attack.then if first else ""
    return f"| {' | '.join((*about, sign.who, sign.what, after, then))} |"


def _after(rounds: int, within: int) -> str:
    return AT_ONCE if within == 0 else f"{rounds} (at most {within})"


def documented(page: str) -> dict[str, dict[str, int]]:
    """The numbers that the page holds now, by attack and sign; those of other tables are left."""
    signs = {
        (attack.name, sign.who, sign.what): (attack.__name__, key)
        for attack in ATTACKS
        for key, sign in attack.signs.items()
    }
    found: dict[str, dict[str, int]] = {}
    name = ""
    for line in _between(page).splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            continue
        name = cells[0] or name
        attack, key = signs.get((name, cells[2], cells[3]), ("", ""))
        if attack and cells[4] != UNMEASURED:
            number = 0 if cells[4] == AT_ONCE else int(cells[4].split()[0])
            found.setdefault(attack, {})[key] = number
    return found


def replaced(page: str, measured: Measured) -> str:
    """The page with the table between its markers; `ValueError` without markers."""
    old = _between(page)
    return page.replace(f"{BEGIN}{old}{END}", f"{BEGIN}\n\n{rendered(measured)}\n\n{END}")


def outdated(page: str) -> bool:
    """Whether anything but the measured numbers differs from the suite, or one is not measured."""
    return _fixed(replaced(page, documented(page))) != _fixed(page) or UNMEASURED in page


def main(arguments: Sequence[str]) -> int:
    """Carry out attacks and write the page, or compare it; returns the exit status."""
    page = PAGE.read_text("utf-8")
    if "--check" in arguments:
        if outdated(page):
            sys.stdout.write("docs/attacks.md is old: run docs/generate_attacks.py\n")
            return 1
        return 0
    chosen = [one for one in ATTACKS if not arguments or one.__name__ in arguments]
    measured = dict(documented(page)) if arguments else {}
    with tempfile.TemporaryDirectory(prefix="relec-attacks-") as directory:
        for attack, found in carry_out(chosen, Path(directory)):
            measured[attack.__name__] = found
            missed = sorted(attack.signs.keys() - found.keys())
            sys.stdout.write(f"{attack.name}: {found}{f' MISSED {missed}' if missed else ''}\n")
            sys.stdout.flush()
    PAGE.write_text(replaced(page, measured), "utf-8")
    return 0


def _between(page: str) -> str:
    _, begin, rest = page.partition(BEGIN)
    table, end, _ = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no markers for the table of attacks")
    return table


def _fixed(page: str) -> str:
    return _NUMBER.sub(r"(at most \1)", page)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
