"""What of a warning the public may read: a short list of coded facts, and texts that were chosen.

Contract: pure. Nothing comes from a warning but its kind, country, month and causes, as far as it
says them, and what the maker chose of `CHOICES`; never a position or a place finer than a
subdivision, a count, a group, a route, who sent it or its id. `InvalidInput` and `Refused` say why
something may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.bodies.consents import Use
from relec_exchange.message.codes import Handling, Purpose, nearest
from relec_exchange.message.document import Message, compose
from relec_exchange.message.header import Header
from relec_exchange.protection.provided import Consent

Json = dict[str, Any]

SOURCE_TYPES: Final = frozenset({"warning.notice", "warning.update"})
CHOICES: Final = ("subdivision", "recommended_action", "indicators", "sources")
"""Fields that the maker of an extract may choose besides."""

PUBLIC: Final = "public"
"""In `onward_to` of a consent: everybody may read it."""

EXTRACT_RULES: Final = (
    "extract-type",
    "extract-handling",
    "extract-purpose",
    "extract-expired",
    "extract-standing",
    "extract-not-released",
)
"""Why an extract is refused, as `Refused.rule` names it."""

_TEXTS: Final = ("recommended_action", "indicators", "sources")
# Of a message that stands in for the texts of an extract, so that the free-text rules read them.
_STAND_IN_KIND: Final = "new_route"
_STAND_IN_TEXT: Final = "-"
_NOT_SAID: Final = frozenset(
    {"supersedes", "in_reply_to", "related", "derived_from", "attachments", "withheld", "deadline"}
    | {"legal_basis", "handling_note", "urgency_reason", "own_ref", "your_ref"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the maker of an extract chose: fields of the warning, and a text for the public.

    `language` is that of the text (BCP 47); both are None where there is no text.
    """

    fields: tuple[str, ...] = ()
    text: str | None = None
    language: str | None = None


def check_choice(choice: Choice) -> Choice:
    """Return the choice, each field once and in order, or raise `InvalidInput`."""
    for name in choice.fields:
        if name not in CHOICES:
            meant = nearest(name, CHOICES)
            raise InvalidInput(
                f"{name} may not be chosen for an extract",
                field="fields",
                remedy=f"did you mean {meant}?" if meant else f"choose of {', '.join(CHOICES)}",
            )
    if (choice.text is None) != (choice.language is None):
        raise InvalidInput(
            "a public text and its language are given together",
            field="language",
            remedy="name the language of the text, for example en, tr or fa-AF",
        )
    return Choice(
        tuple(name for name in CHOICES if name in choice.fields), choice.text, choice.language
    )


def check_source(
    message: Message, own: str, today: date, consents: Sequence[Consent] = ()
) -> Header:
    """The header of a warning of which an extract may be made, or `Refused` with the reason.

    `consents` of its sender that hold today: to pass it on to the `public`, to use it for
    prevention.
    """
    header = message.header
    if not isinstance(header, Header) or header.type not in SOURCE_TYPES:
        raise _refused("type", f"only of {' and '.join(sorted(SOURCE_TYPES))} an extract is made")
    public = any(c.use is Use.ONWARD and c.onward_to == PUBLIC for c in consents)
    if header.handling != (Handling.H0,) and (not public or Handling.H3 in header.handling):
        raise _refused(
            "handling",
            "its handling codes keep the warning from being passed on",
            "ask the sender with consent.request (use: onward, to: public); H3 is never lifted",
        )
    prevention = any(c.purpose is Purpose.PREVENTION for c in consents)
    if header.sender != own and header.purpose is not Purpose.PREVENTION and not prevention:
        raise _refused(
            "purpose",
            "its sender gave it for another purpose than prevention",
            "ask the sender with consent.request (use: new_purpose)",
        )
    expires = getattr(message.body, "expires_on", None)
    if expires is not None and expires < today:
        raise _refused("expired", "the warning has expired")
    return header


def document(message: Message, choice: Choice, made_on: date, extract_id: str) -> Json:
    """The extract of a checked warning: what will be published, and nothing else."""
    header, body = message.header, _body(message)
    warning: Json = {
        "kind": body["kind"],
        "country": body["where"]["country"],
        "month": body["when"]["from"][:7],
        "causes": body.get("causes", []),
    }
    until = body["when"]["to"][:7]
    if until != warning["month"]:
        warning["until"] = until
    chosen = {"subdivision": body["where"].get("subdivision"), **_texts(body)}
    warning |= {name: chosen[name] for name in choice.fields if chosen[name]}
    if any(name in warning for name in _TEXTS) and isinstance(header, Header):
        warning["language"] = header.language
    made: Json = {
        "extract": extract_id,
        "made_on": made_on.isoformat(),
        "exercise": header.exercise,
        "warning": warning,
    }
    if choice.text is not None:
        made |= {"text": choice.text, "language": choice.language}
    return made


def stand_in(message: Message, extract: Mapping[str, Any]) -> Message | None:
    """A warning that says the texts of an extract and nothing else, for the rules on free text.

    None if the extract has no text. `InvalidInput` if a text has a form that no message may have.
    """
    warning = extract["warning"]
    texts = {name: warning[name] for name in _TEXTS if name in warning}
    if not texts and "text" not in extract:
        return None
    source = message.header.model_dump(mode="json", by_alias=True, exclude_none=True)
    header = {name: value for name, value in source.items() if name not in _NOT_SAID}
    language = extract.get("language", source["language"])
    header |= {"type": "warning.notice", "urgency": "routine", "language": language}
    when = _body(message)["when"]
    body = {
        "kind": _STAND_IN_KIND,
        "where": {"country": warning["country"]},
        "when": when,
        "what": extract.get("text", _STAND_IN_TEXT),
        **texts,
    }
    return compose(header, body)


def _texts(body: Json) -> dict[str, str | Sequence[str] | None]:
    return {name: body.get(name) for name in _TEXTS}


def _body(message: Message) -> Json:
    found: Json = message.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return found


def _refused(rule: str, text: str, remedy: str = "") -> Refused:
    return Refused(text, rule=f"extract-{rule}", field="message_id", remedy=remedy)
