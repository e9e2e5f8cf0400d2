"""Texts for authorities to read, change if they wish, and sign: cards, agreements, charters.

Contract: what these functions return is accepted by `read_card` or `read_agreement` as it stands;
`InvalidInput` or `Refused` says which value stands in the way. Comments are signed with the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from relec_exchange.message.catalogue import CATALOGUE, MessageType
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import NOMINAL, RETENTION_MAX_DAYS, Grant, read_agreement
from relec_exchange.trust.assurances import Assurances
from relec_exchange.trust.card import Card, authority_fingerprint, format_fingerprint, read_card
from relec_exchange.trust.fields import EVERYONE, NetworkKind, Table
from relec_exchange.trust.toml_text import TomlText

_TWO_YEARS: Final = 730
_ONE_YEAR: Final = 365
_RETURNS: Final = (Purpose.RETURN_REINTEGRATION,)

_HEAD: Final = ("format", "network", "network_kind")

# Above each table of a card, in the order in which they are written.
_CARD_COMMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": (
        "Who signs this card. The next keys are announced by their fingerprint; a change of keys"
        " is signed by the present and the next ones.",
    ),
    "witness": ("Keys that cosign the checkpoints of partners.",),
    "broker": ("The name in the client certificates for the broker.",),
    "duty": ("Whom to call at any hour.",),
    "schemas": ("The highest version of each type of message that is understood here.",),
    "logs": ("Logs. Every message must stand in the exchange log of its sender.",),
    "sealing": ("Keys to seal with, one after the other. Each is destroyed after its time.",),
    "units": ("Units that messages may be for. One with a key is the only reader of its mail.",),
    "partners": ("Partners, by the fingerprint of the authority keys they were admitted with.",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a draft needs to know. Without `grants` the usual ones of its kind are written.

    `times` (seconds by name) shorten the protocol's times, in the charter of an exercise only.
    `persons` says whether the usual grants between two parties are to cover identified persons; not
    said, they do in an exercise and do not in earnest.
    """

    network: str
    network_kind: NetworkKind
    parties: tuple[str, ...]
    title: str
    legal_basis: str
    valid_from: datetime
    valid_until: datetime
    version: int = 1
    replaces: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    persons: bool | None = None


def draft_card(card: Card) -> str:
    """The text of a card, for its authority to sign."""
    plain = _plain(card)
    text = TomlText()
    _write_head(text, plain)
    text.comment(
        f"The card of {card.node}. Fingerprint of its authority keys, to be compared by telephone:",
        format_fingerprint(authority_fingerprint(card)),
    )
    text.pairs({k: v for k, v in plain.items() if k not in (*_HEAD, *_CARD_COMMENTS)})
    for name, comments in _CARD_COMMENTS.items():
        _write_tables(text, name, plain.get(name, ()), comments)
    rendered = text.render()
    read_card(rendered)
    return rendered


def draft_agreement(terms: Terms) -> str:
    """The text of an agreement between two parties, beyond what a charter grants."""
    intro = (
        "What two members allow each other beyond the charter. It is in force as soon as both"
        " authorities have signed this text, from its start until its end.",
        "Whatever no grant allows is refused by the sender before it leaves, and again by the"
        " recipient. A grant allows only what meets all of its lines.",
    )
    return _draft(terms, False, intro, terms.grants or _bilateral_grants(terms))


def draft_charter(terms: Terms) -> str:
    """The text of a charter: what is on by default between all that sign it."""
    intro = (
        "What all members allow each other. It is in force between any two whose authorities have"
        " both signed this text; a member accedes by signing it.",
        "Only statistics, warnings without names and messages without case data are on by"
        " default. Every message about an identified person needs an agreement of its own.",
    )
    return _draft(terms, True, intro, terms.grants or _charter_grants())


_ASSURANCES: Final = (
    "Each party promises that nobody is put to death or tortured on the ground of what it receives"
    " under this text. Without both promises nothing about suspects may be sent."
)
_READING: Final = "Lines that begin with # explain; the other lines decide."


def _draft(terms: Terms, charter: bool, intro: tuple[str, ...], grants: Iterable[Grant]) -> str:
    text = TomlText()
    head = {"format": "relec/v1 agreement", "network": terms.network}
    head["network_kind"] = terms.network_kind
    _write_head(text, head)
    text.comment(*intro, _READING)
    text.pairs(
        {
            "title": terms.title,
            "charter": charter,
            "parties": terms.parties,
            "legal_basis": terms.legal_basis,
            "version": terms.version,
            "valid_from": terms.valid_from,
            "valid_until": terms.valid_until,
        }
    )
    text.blank()
    text.comment("Earlier texts that end, for those who have signed this one, when it starts.")
    text.pairs({"replaces": terms.replaces})
    if terms.times:
        text.table("times", terms.times, "Times of the protocol that this exercise shortens.")
    written = tuple(grants)
    if any(NOMINAL.intersection(grant.levels) for grant in written):
        promised = Assurances(no_death_penalty=True, no_torture=True)
        text.table("assurances", _plain(promised), _ASSURANCES)
    for grant in written:
        text.row("grants", _plain(grant), _in_words(grant))
    rendered = text.render()
    read_agreement(rendered)
    return rendered


def _write_head(text: TomlText, plain: Mapping[str, Any]) -> None:
    text.pairs({name: plain[name] for name in _HEAD})
    text.blank()


def _write_tables(text: TomlText, name: str, values: Any, comments: tuple[str, ...]) -> None:
    if isinstance(values, dict):
        text.table(name, values, *comments)
        return
    for number, row in enumerate(values):
        text.row(name, row, *(comments if number == 0 else ()))


def _plain(table: Table) -> dict[str, Any]:
    """A model as written: names of the text, nothing that is absent or empty."""
    dumped = table.model_dump(by_alias=True, exclude_none=True)
    return {name: value for name, value in dumped.items() if value not in ((), {})}


def _in_words(grant: Grant) -> str:
    same = grant.senders == grant.recipients
    whom = "each other" if same else _listed(grant.recipients)
    what = f"{_listed(grant.senders)} may send {whom} {_listed(grant.types)}"
    return f"{grant.id}: {what}; kept for at most {grant.retention_days} days."


def _listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    words = ["all parties" if name == EVERYONE else name for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _names(wanted: Callable[[MessageType], bool]) -> tuple[str, ...]:
    return tuple(t.name for t in CATALOGUE.values() if not t.control and wanted(t))


def _grant(name: str, nodes: tuple[str, ...], **conditions: Any) -> Grant:
    """A grant in all directions between these nodes, in every area."""
    defaults: dict[str, Any] = {"areas": tuple(Area), "handling": (Handling.H0,)}
    return Grant(id=name, senders=nodes, recipients=nodes, **{**defaults, **conditions})


def _charter_grants() -> tuple[Grant, ...]:
    """Everything that is on by default: aggregate, non-nominal and empty of case data."""
    return (
        _grant(
            "statistics",
            (EVERYONE,),
            types=_names(lambda t: t.charter_default and DataLevel.AGGREGATE in t.levels),
            purposes=(Purpose.PREVENTION, Purpose.SITUATIONAL_AWARENESS),
            levels=(DataLevel.AGGREGATE,),
            retention_days=RETENTION_MAX_DAYS,
        ),
        _grant(
            "warnings",
            (EVERYONE,),
            types=_names(lambda t: t.charter_default and _is_warning(t)),
            purposes=(
                Purpose.PREVENTION,
                Purpose.CRIMINAL_INVESTIGATION,
                Purpose.SITUATIONAL_AWARENESS,
                Purpose.VICTIM_PROTECTION,
            ),
            levels=(DataLevel.NON_NOMINAL,),
            retention_days=_TWO_YEARS,
        ),
        _grant(
            "rescue",
            (EVERYONE,),
            types=_names(lambda t: t.charter_default and Purpose.RESCUE_ONLY in t.purposes),
            purposes=(Purpose.RESCUE_ONLY,),
            levels=(DataLevel.NON_NOMINAL, DataLevel.NONE),
            retention_days=_ONE_YEAR,
        ),
        _grant(
            "answers",
            (EVERYONE,),
            types=_names(lambda t: t.charter_default and DataLevel.NONE in t.levels),
            purposes=tuple(p for p in Purpose if p is not Purpose.RESCUE_ONLY),
            levels=(DataLevel.NONE,),
            retention_days=_ONE_YEAR,
        ),
    )


def _bilateral_grants(terms: Terms) -> tuple[Grant, ...]:
    """Restricted warnings and, where wanted, messages about persons: one grant per purpose."""
    warnings = _grant(
        "restricted-warnings",
        terms.parties,
        types=(*_names(_is_warning), "ack", "feedback"),
        purposes=(Purpose.PREVENTION, Purpose.CRIMINAL_INVESTIGATION, Purpose.VICTIM_PROTECTION),
        levels=(DataLevel.NON_NOMINAL, DataLevel.NONE),
        handling=(Handling.H1, Handling.H2, Handling.H3),
        retention_days=_TWO_YEARS,
    )
    persons = terms.network_kind == "exercise" if terms.persons is None else terms.persons
    if not persons:
        return (warnings,)
    return (
        warnings,
        _nominal_grant(
            "requests",
            terms.parties,
            lambda t: (
                DataLevel.NOMINAL in t.levels and Purpose.CRIMINAL_INVESTIGATION in t.purposes
            ),
            (Purpose.PREVENTION, Purpose.CRIMINAL_INVESTIGATION, Purpose.VICTIM_PROTECTION),
        ),
        _nominal_grant(
            "returns",
            terms.parties,
            lambda t: t.purposes == _RETURNS or _mends(t),
            _RETURNS,
        ),
        _nominal_grant(
            "protection",
            terms.parties,
            lambda t: DataLevel.NOMINAL_SENSITIVE in t.levels,
            (Purpose.VICTIM_PROTECTION,),
            DataLevel.NOMINAL_SENSITIVE,
        ),
    )


def _mends(kind: MessageType) -> bool:
    """Corrections and recalls are as close to persons as what they mend."""
    return {DataLevel.NONE, DataLevel.NOMINAL} <= set(kind.levels)


def _nominal_grant(
    name: str,
    parties: tuple[str, ...],
    wanted: Callable[[MessageType], bool],
    purposes: tuple[Purpose, ...],
    level: DataLevel = DataLevel.NOMINAL,
) -> Grant:
    return _grant(
        name,
        parties,
        types=_names(wanted),
        purposes=purposes,
        levels=(level,),
        handling=tuple(Handling),
        retention_days=RETENTION_MAX_DAYS,
    )


def _is_warning(kind: MessageType) -> bool:
    """Without names and not only for a rescue."""
    return DataLevel.NON_NOMINAL in kind.levels and kind.purposes != (Purpose.RESCUE_ONLY,)
