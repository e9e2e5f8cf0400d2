"""What decision cases are made of: texts, notices, a question, and the answer that must come out.

The answer is written down by hand with each case and never asked of the implementation; only the
hashes of texts and the conditions that a named grant carries are worked out here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from relec_exchange.trust.toml_text import TomlText

NETWORK = "relec.example"
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)
NOW = START + timedelta(days=10)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

QUESTION: Mapping[str, Any] = {
    "type": "stat.report",
    "sender": "tr",
    "recipient": "pk",
    "exercise": True,
    "schema_version": 1,
    "area": "migrant_smuggling",
    "purpose": "prevention",
    "data_level": "aggregate",
    "handling": ["H0"],
    "sender_unit": "general",
}


@dataclass(frozen=True)
class Text:
    """An agreement or notice: its text, who signed it, and who holds it (nobody named: all)."""

    text: str
    signed_by: Sequence[str]
    grants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    charter: bool = False
    assurances: Mapping[str, bool] = field(default_factory=dict)
    held_by: Sequence[str] = ()

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def notice(self) -> bool:
        return not self.text.startswith('format = "relec/v1 agreement"')


@dataclass(frozen=True)
class Case:
    """One question and its answer. `expect` is a rule, or (text, grant id) of what allows."""

    name: str
    shows: str
    texts: Sequence[Text]
    expect: str | tuple[Text, str] | tuple[()]
    question: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = NOW
    named: str | None = None
    closing: bool = False
    cards: Sequence[Mapping[str, Any]] = ()
    recipient: str = ""
    kind: str = "exercise"

    def toml(self) -> str:
        """The file."""
        text = TomlText()
        text.pairs({"shows": self.shows, "network_kind": self.kind, "at": self.at})
        if self.named is not None:
            text.pairs({"named": self.named})
        text.table("question", {**QUESTION, **self.question})
        text.table("expect", self._expected(self.expect))
        if self.recipient:
            text.table("expect_recipient", self._expected(self.recipient))
        for card in self.cards:
            text.row("cards", card)
        lines = text.render()
        for one in self.texts:
            lines += f"\n[[{'notices' if one.notice else 'agreements'}]]\n"
            lines += f'hash = "{one.hash}"\nsigned_by = {_list(one.signed_by)}\n'
            lines += f"held_by = {_list(one.held_by)}\n" if one.held_by else ""
            lines += f"text = '''\n{one.text}'''\n"
        return lines

    def _expected(self, answer: str | tuple[Text, str] | tuple[()]) -> dict[str, Any]:
        if isinstance(answer, str):
            return {"decision": "denied", "rule": answer}
        if not answer:
            return {"decision": "allowed", "agreement": "", "grant": "control"}
        text, name = answer
        grant = text.grants[name]
        return {
            "decision": "allowed",
            "agreement": text.hash,
            "grant": name,
            "charter": text.charter,
            "closing": self.closing,
            "retention_days": grant["retention_days"],
            "withhold": grant.get("withhold", []),
            "min_cell": grant.get("min_cell", 5),
            "readers": grant.get("readers", []),
            "no_death_penalty": text.assurances.get("no_death_penalty", False),
            "no_torture": text.assurances.get("no_torture", False),
        }


def grant(name: str = "one", **changes: Any) -> dict[str, Any]:
    """What the usual question needs, from tr to pk."""
    values = {
        "id": name,
        "from": ["tr"],
        "to": ["pk"],
        "areas": ["migrant_smuggling"],
        "types": ["stat.report"],
        "purposes": ["prevention"],
        "levels": ["aggregate"],
        "handling": ["H0"],
        "retention_days": 100,
    }
    swapped = {"senders": "from", "recipients": "to"}
    return {**values, **{swapped.get(key, key): value for key, value in changes.items()}}


def agreement(
    *grants: Mapping[str, Any],
    signed_by: Sequence[str] = ("tr", "pk"),
    assurances: Mapping[str, bool] | None = None,
    held_by: Sequence[str] = (),
    **changes: Any,
) -> Text:
    """A text between tr and pk with the usual grant, unless others are given."""
    rows = grants or (grant(),)
    values = {
        "title": "Simulated text",
        "charter": False,
        "parties": ["tr", "pk"],
        "legal_basis": "None: this is simulated",
        "version": 1,
        "valid_from": START,
        "valid_until": END,
        **changes,
    }
    text = _head("agreement", values.pop("network_kind", "exercise"))
    text.pairs(values)
    if assurances is not None:
        text.table("assurances", assurances)
    for row in rows:
        text.row("grants", row)
    named = {row["id"]: row for row in rows}
    charter, given = bool(values["charter"]), assurances or {}
    return Text(text.render(), signed_by, named, charter, given, held_by)


def charter(*grants: Mapping[str, Any], **changes: Any) -> Text:
    """A charter for all that sign it; its grants are from everybody to everybody."""
    rows = [{**row, "from": ["*"], "to": ["*"]} for row in (grants or (grant("open"),))]
    values = {"charter": True, "parties": ["*"], "signed_by": ("iq", "pk", "tr"), **changes}
    return agreement(*rows, **values)


def termination(
    text: Text | str,
    node: str = "tr",
    signed_by: Sequence[str] = (),
    held_by: Sequence[str] = (),
    **changes: Any,
) -> Text:
    """A node ends a text with the other one, from the usual moment on."""
    values = {
        "node": node,
        "agreement": text if isinstance(text, str) else text.hash,
        "with": ["pk" if node == "tr" else "tr"],
        "issued": NOW - 5 * DAY,
        "effective": NOW,
        "reason": "Simulated",
    }
    return _notice("termination", {**values, **changes}, signed_by or [node], held_by)


def suspension(
    node: str = "tr",
    number: int = 1,
    signed_by: Sequence[str] = (),
    held_by: Sequence[str] = (),
    **changes: Any,
) -> Text:
    """A node stops everything with the other one."""
    values = {
        "node": node,
        "number": number,
        "action": "suspend",
        "with": ["pk" if node == "tr" else "tr"],
        "issued": NOW - DAY,
        "reason": "Simulated",
    }
    return _notice("suspension", {**values, **changes}, signed_by or [node], held_by)


def lift(*texts: Text, node: str = "tr", number: int = 2, **changes: Any) -> Text:
    """The same node lifts these."""
    values = {"action": "lift", "lifts": [text.hash for text in texts], **changes}
    return suspension(node, number, **values)


def revocation(kind: str, node: str = "tr", signed_by: Sequence[str] = (), **changes: Any) -> Text:
    """A node revokes a key of its own."""
    successor = changes.pop("successor", None)
    values = {
        "node": node,
        "kind": kind,
        "since": NOW - 2 * DAY,
        "issued": NOW - DAY,
        "reason": "Simulated",
        **changes,
    }
    text = _head("revocation", "exercise")
    text.pairs(values)
    if successor:
        text.table("successor", successor)
    return Text(text.render(), signed_by or [node])


def _notice(
    kind: str, values: Mapping[str, Any], signed_by: Sequence[str], held_by: Sequence[str]
) -> Text:
    text = _head(kind, "exercise")
    text.pairs(values)
    return Text(text.render(), signed_by, held_by=held_by)


def _head(kind: str, network_kind: str) -> TomlText:
    text = TomlText()
    text.pairs({"format": f"relec/v1 {kind}", "network": NETWORK, "network_kind": network_kind})
    return text


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
