"""Judgements of messages to us as they are kept, and reading those of both directions.

Contract: a record tells its outcome in one word (`clear`, `asked`, `held`, `refused`); rules,
fields and facts lie in its content alone, under the key of the message itself, so that they are
gone when the message is. What is written with the message costs the same whatever was found;
`completed` adds the facts that a finding rests on and is asked for after the commit, so that no
receipt waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from relec_exchange.journal.content import read_content
from relec_exchange.journal.judgements import LISTS, Judgement, detail, least, read_detail
from relec_exchange.message.document import Message
from relec_exchange.ports import Random
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.register import matches
from relec_exchange.protection.rules import judge, rules_digest
from relec_exchange.records import Change, JudgementRow, Update
from relec_exchange.sealing.atrest import NONCE_BYTES, decrypt, encrypt

_CONTEXT: Final = b"/judgement"
_OF_ITS_OWN: Final = "judged/"
"""Judgements of our own messages have a key of their own, named so."""

Key = tuple[str, bytes]
"""A message's key id and its secret in the vault."""


def found(message: Message, facts: Facts) -> tuple[Finding, ...]:
    """What the rules find now; of a message to us only what refuses or holds it."""
    findings = judge(message, facts)
    if facts.direction == "outbound":
        return findings
    return tuple(one for one in findings if one.effect in (Effect.REFUSE, Effect.HOLD))


def outcome(findings: Sequence[Finding]) -> str:
    """The strongest effect in one word, the same for every rule."""
    effects = {finding.effect for finding in findings}
    if Effect.REFUSE in effects:
        return "refused"
    if Effect.HOLD in effects:
        return "held"
    return "asked" if effects else "clear"


def judgement_row(
    message: Message, judgement: Judgement, at: str, key: Key, random: Random
) -> JudgementRow:
    """The record of a judgement of a message to us, without what this node knew besides."""
    bare = replace(judgement, facts=_bare(judgement.facts))
    return JudgementRow(
        message_id=message.header.message_id,
        peer=message.header.sender,
        direction="inbound",
        at=at,
        outcome=outcome(judgement.findings),
        key_id=key[0],
        content=_sealed(bare, key, random),
    )


def completed(message: Message, judgement: Judgement, key: Key, random: Random) -> list[Change]:
    """What puts the facts into the record that its findings rest on; nothing if there are none."""
    if not judgement.findings:
        return []
    whole = replace(judgement, facts=reduced(message, judgement))
    content = _sealed(whole, key, random)
    return [Update(JudgementRow, {"key_id": key[0], "direction": "inbound"}, {"content": content})]


def read_judgement(row: JudgementRow, secret: bytes) -> tuple[Judgement, str]:
    """A judgement and the digest of the rules that made it ("" where it was not kept).

    IntegrityFailure if the record does not open.
    """
    if row.key_id.startswith(_OF_ITS_OWN):
        return read_detail(read_content(row, secret)[0]), ""
    kept = json.loads(decrypt(secret[:32], row.key_id.encode() + _CONTEXT, row.content))
    return read_detail(kept["detail"].encode()), kept["rules"]


def reduced(message: Message, judgement: Judgement) -> Facts:
    """The facts without what made no difference to what was found: names and texts of other
    messages must not live on in the records of this one.
    """
    facts = judgement.facts
    for name in LISTS:
        facts = least(facts, name, lambda fewer: found(message, fewer) == judgement.findings)
    if facts.registered:
        facts = replace(facts, registered=matches(message, facts.registered))
    return facts


def _bare(facts: Facts) -> Facts:
    return replace(facts, known_names=(), earlier=(), registered=(), received=(), consents=())


def _sealed(judgement: Judgement, key: Key, random: Random) -> bytes:
    key_id, secret = key
    plain = json.dumps({"rules": rules_digest(), "detail": detail(judgement).decode()})
    context = key_id.encode() + _CONTEXT
    return encrypt(secret[:32], random(NONCE_BYTES), context, plain.encode())
