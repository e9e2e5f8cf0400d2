"""What agreements withhold: asked before a message is made, and told when one is opened.

Contract: `terms` asks the present directory about headers and sees no body; `opened` tells what was
cut from a message of ours and what became known of withheld fields, to who opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput
from relec_exchange.journal.withheld import read_cuts
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.encoding import b64
from relec_exchange.message.withholding import Cut
from relec_exchange.protection.assurance import promised
from relec_exchange.protection.silently import is_silent
from relec_exchange.records import CutRow, InboxRow, OutboxRow, Where
from relec_exchange.trust.assurances import Assurances
from relec_exchange.trust.decide import Allowed, decide

T = TypeVar("T", Area, Purpose, DataLevel, Handling)


class WithholdingDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def terms(self, headers: list[Json]) -> list[Json]:
        """`answers.Terms` of each; all empty where no agreement allows such a message now."""
        directory, now = self.core.directory, self.core.clock()
        found: list[Json] = []
        for asked in headers:
            decision = decide(directory, self._features(asked), now)
            found.append(_terms(decision) if isinstance(decision, Allowed) else {})
        return found

    def opened(self, row: OutboxRow | InboxRow) -> Json:
        """What `answers.Opened` tells besides the message itself."""
        known = self.core.known.disclosing.disclosed(row)
        return {
            "cuts": [
                {"path": one.path, "value": one.value, "salt": b64(one.salt)}
                for one in (self._cuts(row) if isinstance(row, OutboxRow) else ())
            ],
            "disclosed": [{"path": d.path, "value": d.value, "by": d.by} for d in known],
            "terms": self._granted(row),
        }

    def _features(self, asked: Json) -> Features:
        directory = self.core.directory
        return Features(
            type=asked["type"],
            sender=directory.own,
            recipient=asked["recipient"],
            exercise=directory.network_kind == "exercise",
            schema_version=asked["schema_version"],
            area=_code(Area, asked["area"], "area") if asked["area"] else None,
            purpose=_code(Purpose, asked["purpose"], "purpose") if asked["purpose"] else None,
            data_level=_code(DataLevel, asked["data_level"], "data_level"),
            handling=tuple(sorted(_code(Handling, one, "handling") for one in asked["handling"])),
            sender_unit=asked["sender_unit"],
        )

    def _cuts(self, row: OutboxRow) -> Sequence[Cut]:
        rows = self.core.store.rows(CutRow, Where("message_id", "=", row.message_id))
        secrets = self.core.vault.get([one.key_id for one in rows])
        return [
            cut
            for one in rows
            if one.key_id in secrets
            for cut in read_cuts(one, secrets[one.key_id])
        ]

    def _granted(self, row: OutboxRow | InboxRow) -> Json:
        """The grant that a message went or came under, as its text has it."""
        held = self.core.directory.agreements.get(row.agreement)
        if held is None:
            return {}
        agreement = held.agreement
        paths = next((one.withhold for one in agreement.grants if one.id == row.grant_id), ())
        return _told(row.agreement, row.grant_id, paths, agreement.assurances)


def _terms(decision: Allowed) -> Json:
    return _told(decision.agreement_hash, decision.grant_id, decision.withhold, decision.assurances)


def _told(agreement: str, grant: str, paths: Sequence[str], assurances: Assurances) -> Json:
    return {
        "agreement": agreement,
        "grant": grant,
        "withhold": list(paths),
        "silent": [path for path in paths if is_silent(path)],
        "assurances": list(promised(assurances)),
    }


def _code(codes: type[T], value: str, field: str) -> T:
    try:
        return codes(value)
    except ValueError:
        raise InvalidInput(
            f"{field} is one of {', '.join(codes)}", field=f"headers.{field}"
        ) from None
