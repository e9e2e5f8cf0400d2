"""Honest warnings made of public records are not held: the word lists know what is harmless.

The files lie beside the repository where its tests are developed and are never copied into it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from protection_samples import FACTS, INBOUND, message

from relec_exchange.importing import load_mapping, read_import
from relec_exchange.protection.model import Effect
from relec_exchange.protection.rules import judge

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data are not here")
@pytest.mark.parametrize("facts", [FACTS, INBOUND], ids=["outbound", "inbound"])
def test_none_of_2261_public_incidents_is_held_or_refused(facts):
    plan = read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))
    assert len(plan.drafts) == 2_261
    held = [
        (draft.source_lines, one.rule, one.field)
        for draft in plan.drafts
        for one in judge(message(draft.type, dict(draft.body), **draft.header), facts)
        if one.effect in (Effect.REFUSE, Effect.HOLD)
    ]
    assert held == []
