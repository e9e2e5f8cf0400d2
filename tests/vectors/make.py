"""Writes the vector files beside this script, or with --check says which would change.

Run it from anywhere: `python tests/vectors/make.py`. It removes files it does not know.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bodies import body_cases
from checkpoints import checkpoint_cases
from cosignatures import cosignature_cases, policy_cases
from entries import entry_cases, leaf_cases
from envelopes import envelope_cases
from evidence_bundles import evidence_cases
from notes import note_cases
from proofs import proof_cases
from trees import consistency_cases, inclusion_cases
from world import HERE, Case

KINDS = {
    "note": note_cases,
    "leaf": leaf_cases,
    "checkpoint": checkpoint_cases,
    "cosignature": cosignature_cases,
    "policy": policy_cases,
    "inclusion": inclusion_cases,
    "consistency": consistency_cases,
    "proof": proof_cases,
    "envelope": envelope_cases,
    "body": body_cases,
    "entry": entry_cases,
    "evidence": evidence_cases,
}


def all_cases() -> Iterator[Case]:
    """Every vector of every kind."""
    for cases in KINDS.values():
        yield from cases()


def main(arguments: list[str]) -> int:
    """Write or check; 1 if `--check` found a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(arguments).check
    wanted = {HERE / case.kind / f"{case.name}.json": case.text() for case in all_cases()}
    present = {path for kind in KINDS for path in (HERE / kind).glob("*.json")}
    different = {
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text("utf-8") != text
    } | (present - wanted.keys())
    for path in sorted(different):
        sys.stdout.write(f"{path.relative_to(HERE)}\n")
        if not check:
            path.parent.mkdir(exist_ok=True)
            if path in wanted:
                path.write_text(wanted[path], "utf-8")
            else:
                path.unlink()
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
