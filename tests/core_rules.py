"""Protection rules that find what a test says, so that a need can be looked at by itself."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from relec_exchange.message.document import Message
from relec_exchange.protection import rules
from relec_exchange.protection.model import Effect, Facts, Finding, Rule

RULE = "P3-test"


def found(effect: Effect, question: str = "", *, local: bool = False) -> Finding:
    """A finding of the test's rule."""
    return Finding(RULE, effect, "body.what", "a test", "ask a colleague", local, question)


ASK = found(Effect.ASK, "protection-checked")
ASK_TOO = found(Effect.ASK, "no-person-recognisable")
HOLD = found(Effect.HOLD, local=True)
SECOND, APPROVE, REFUSE = found(Effect.SECOND), found(Effect.APPROVE), found(Effect.REFUSE)


class OneRule:
    """The only rule in force; a test may change what it finds, and see what it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
        self.findings = findings
        self.seen: list[Facts] = []
        rule = Rule(RULE, 1, "A test.", "A test.", self._check)
        monkeypatch.setattr(rules, "RULES", (rule,))

    def _check(self, message: Message, facts: Facts) -> Iterable[Finding]:
        self.seen.append(facts)
        return self.findings
