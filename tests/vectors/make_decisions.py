"""Writes the decision cases in `decisions/`, or with --check says which would change.

Run it from anywhere: `python tests/vectors/make_decisions.py`. It removes files it does not know.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import shake_256
from pathlib import Path

from decision_grants import grant_cases
from decision_notices import notice_cases
from decision_times import time_cases
from decision_world import NETWORK, Case

from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.toml_text import TomlText

HERE = Path(__file__).parent / "decisions"
NODES = ("iq", "pk", "tr")


def authority(name: str) -> HybridKey:
    """The authority keys of `node/generation`, always the same ones."""
    node = name.partition("/")[0]
    label = f"simulated authority {name if '/' in name else name + '/1'}"
    seeds = iter(shake_256(label.encode()).digest(64)[i : i + 32] for i in (0, 32))
    return HybridKey.generate(f"{NETWORK}/{node}/authority", "note", lambda _: next(seeds))


def public_keys() -> dict[str, dict[str, str]]:
    """Verifier keys and fingerprint of both generations of each authority."""
    found = {}
    for name in (f"{node}/{generation}" for node in NODES for generation in (1, 2)):
        public = authority(name).public()
        ed25519, mldsa44 = public.vkeys()
        fingerprint = public.fingerprint()
        found[name] = {"fingerprint": fingerprint, "ed25519": ed25519, "mldsa44": mldsa44}
    return found


def all_cases() -> Iterator[Case]:
    """Every case, each name once."""
    yield from grant_cases()
    yield from time_cases()
    yield from notice_cases(public_keys())


def files() -> dict[Path, str]:
    """Every file with what it says."""
    cases = list(all_cases())
    twice = [name for name, count in Counter(case.name for case in cases).items() if count > 1]
    if twice:
        raise SystemExit(f"two cases with one name: {twice}")
    keys = TomlText()
    keys.comment(
        "Authority keys of the nodes: the first ones, and those that their cards announce."
    )
    for name, values in public_keys().items():
        keys.row("authorities", {"signer": name, **values})
    found = {HERE / f"{case.name}.toml": case.toml() for case in cases}
    return {**found, HERE / "keys.toml": keys.render()}


def main(arguments: list[str]) -> int:
    """Write or check; 1 if `--check` found a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(arguments).check
    wanted = files()
    different = {p for p, text in wanted.items() if not p.exists() or p.read_text() != text}
    different |= set(HERE.glob("*.toml")) - wanted.keys()
    for path in sorted(different):
        sys.stdout.write(f"{path.name}\n")
        if check:
            continue
        if path in wanted:
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
