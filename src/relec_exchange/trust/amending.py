"""The next version of an agreement, made from its text: comments and grants stay word for word.

Contract: pure. What comes back is accepted by `read_agreement` and says the same as the text it
came from, but for version, dates and what it replaces; a text whose lines cannot be told apart is
refused and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.agreement import SignedAgreement, read_agreement
from relec_exchange.trust.toml_text import toml_value

_TABLE: Final = re.compile(r"^\[\[?[A-Za-z_-]+\]\]?", re.MULTILINE)
_VALUE: Final = r"^{name}[ ]*=[ ]*(?:\[[^\]]*\]|[^\n]*)$"
_AFTER: Final = "valid_until"


def next_version(signed: SignedAgreement, starts: datetime, ends: datetime) -> str:
    """The text that replaces this one from `starts` on until `ends` (aware, UTC, whole seconds).

    `InvalidInput` where the dates break a rule or the text is written in a way that this cannot
    change.
    """
    before = signed.agreement
    changes: Mapping[str, object] = {
        "version": before.version + 1,
        "valid_from": starts,
        "valid_until": ends,
        "replaces": (signed.hash,),
    }
    table = _TABLE.search(signed.text)
    border = table.start() if table else len(signed.text)
    head, rest = signed.text[:border], signed.text[border:]
    for name, value in changes.items():
        head = _with(head, name, toml_value(value))
    text = head + rest
    if read_agreement(text) != before.model_copy(update=dict(changes)):
        _unclear()
    return text


def _with(head: str, name: str, value: str) -> str:
    pattern = re.compile(_VALUE.format(name=name), re.MULTILINE)
    line = f"{name} = {value}"
    changed, count = pattern.subn(lambda _: line, head)
    if count == 0 and name == "replaces":
        after = re.compile(_VALUE.format(name=_AFTER), re.MULTILINE)
        changed, count = after.subn(lambda found: f"{found[0]}\n{line}", head)
    if count != 1:
        _unclear()
    return changed


def _unclear() -> None:
    raise InvalidInput(
        "the lines of this text cannot be changed safely",
        field="agreement",
        remedy="copy it and change version, dates and replaces by hand; then: relec agreement diff",
    )
