"""Manipulated bundles: the file, cards, notices, agreements, and when these were in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import evidence_world as w
from evidence_bad import (
    EVERYTHING,
    Bad,
    changed,
    less_line,
    more_line,
    without,
    wrong_line,
)
from evidence_good import (
    AGREEMENT,
    ALL,
    PLACE,
    SALT,
    Good,
    agreement,
    by,
    later_card,
    log_lost,
    notice,
    suspension,
    termination,
    whole,
    witness_lost,
)
from evidence_world import DAY, END, START, key, signed

from relec_exchange.message.encoding import b64


def files_changed(found: Mapping[str, Good]) -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()

    def bad(name: str, comment: str, bundle: Any) -> Bad:
        return Bad(name, "bundle-malformed", "bundle", comment, bundle)

    def text(name: str, comment: str, old: str, new: str) -> Bad:
        return Bad(name, "bundle-malformed", "bundle", comment, replace=(old, new))

    yield text("name-twice", "a name stands twice", '"policy":', '"policy": "", "policy":')
    yield text("proof-twice", "twice further in", '"proof":', '"proof": "", "proof":')
    yield text("not-a-number", "a number that is none", '"old_size": 8', '"old_size": NaN')
    yield text("infinite", "a number without end", '"old_size": 8', '"old_size": 1e400')
    yield text("fraction", "a size with a point", '"old_size": 8', '"old_size": 8.0')
    yield text("boolean", "a boolean for a size", '"old_size": 8', '"old_size": true')
    yield text("cut-off", "the end is missing", '"policy"', "")
    yield text(
        "brackets", "more levels than anybody needs", '"notices": []', '"notices": ' + "[" * 40
    )
    yield text("surrogate", "half a character", '"policy": "', '"policy": "\\ud800')
    yield bad("unknown-field", "a field that nobody knows", {**base, "verified": True})
    yield bad("other-format", "another format", {**base, "format": "relec/v2 evidence"})
    for name in ("sent", "content", "receipts", "received", "notices", "cards", "policy"):
        yield bad(f"no-{name}", f"the field {name} is missing", without(base, name))
    yield bad("null-for-list", "null for an empty list", {**base, "notices": None})
    yield bad("text-for-list", "a text for a list", {**base, "cards": "none"})
    yield bad("number-for-text", "a number for a text", {**base, "policy": 1})
    yield bad("no-base64", "bytes that are no base64", changed(base, "sent/entry", "%%%%"))
    spaced = base["sent"]["entry"][:-4] + " " + base["sent"]["entry"][-4:]
    yield bad("spaces-in-base64", "a space in base64", changed(base, "sent/entry", spaced))
    unpadded = b64(SALT).rstrip("=")
    yield bad("no-padding", "base64 without its end", changed(base, "content/salt", unpadded))
    spare = b64(SALT)[:-2] + chr(ord(b64(SALT)[-2]) + 1) + "="
    yield bad("spare-bits", "base64 with spare bits", changed(base, "content/salt", spare))
    more = {**base["sent"], "index": PLACE}
    yield bad("unknown-in-sent", "an unknown field in sent", {**base, "sent": more})
    yield bad("too-many-receipts", "65 receipts", {**base, "receipts": [None] * 65})


def cards_changed(found: Mapping[str, Good]) -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()
    cards = base["cards"]

    def bad(name: str, code: str, comment: str, new: list[str], **more: Any) -> Bad:
        return Bad(name, code, "cards", comment, {**base, "cards": new}, **more)

    def tr(name: str, code: str, comment: str, note: str) -> Bad:
        return bad(name, code, comment, [*cards[:2], note])

    card = cards[2]
    thief = key("tr", "authority", 9)
    stolen = w.card_note("tr", 1, thief, authority=w.card("tr", 9).authority)
    yield tr(
        "card-name", "card-signature", "a name was changed", card.replace("Simulated", "Real", 1)
    )
    yield tr("card-ed25519", "card-signature", "one signature is wrong", wrong_line(card, 0))
    yield tr("card-mldsa44", "card-signature", "the other one is wrong", wrong_line(card, 1))
    yield tr("card-one-line", "card-signature", "signed with one key alone", less_line(card, 1))
    yield tr("card-twice-signed", "card-signature", "a line stands twice", more_line(card, 0))
    yield tr("card-of-a-thief", "authority", "whole, but not of the authority compared", stolen)
    yield tr(
        "card-hidden",
        "text-malformed",
        "a character that nobody sees",
        card.replace("Simulated", "Simu\u200blated", 1),
    )
    yield tr(
        "card-unknown",
        "text-malformed",
        "a field that is not known",
        card.replace("\nnode = ", '\ncolour = "red"\nnode = ', 1),
    )
    yield tr(
        "card-no-signature",
        "proof-malformed",
        "a text without signatures",
        card.rpartition("\n\n")[0] + "\n",
    )
    yield tr(
        "card-carriage-return",
        "proof-malformed",
        "line ends of another kind",
        card.replace("\n", "\r\n", 1),
    )
    other = changed(found[EVERYTHING].bundle, "network", "other.example")
    yield Bad("other-network", "network", "cards", "the bundle names another network", other)
    yield bad(
        "two-cards-one-version",
        "card-conflict",
        "two texts of one version",
        [*cards, w.card_note("tr", 1, name="Simulated other")],
    )
    unannounced = w.card_note(
        "tr",
        2,
        key("tr", "authority", 3),
        key("tr", "authority"),
        authority=w.card("tr", 3).authority,
    )
    yield bad(
        "keys-not-announced",
        "card-chain",
        "new keys that no card announced",
        [*cards, unannounced],
    )
    yield bad(
        "rotation-half-signed",
        "card-chain",
        "the keys before have not signed",
        [*cards, later_card(key("tr", "authority", 2))],
    )
    swapped = (*w.card("tr").logs[1:], w.LogKeys.of(key("tr", "exchange/1", 2).public()))
    yield bad(
        "log-key-exchanged",
        "card-chain",
        "a later card names another key of the log",
        [
            *cards,
            w.card_note(
                "tr", 2, key("tr", "authority"), authority=w.card("tr").authority, logs=swapped
            ),
        ],
    )
    yield Bad(
        "no-card-of-sender",
        "card-missing",
        "sent",
        "the sender's card is missing",
        {**base, "cards": cards[:2]},
    )
    yield Bad(
        "no-card-of-recipient",
        "card-missing",
        "sent",
        "the recipient's card is missing",
        {**base, "cards": [cards[0], cards[2]], "agreements": []},
    )
    wrong = {**ALL, "tr": w.fingerprint("tr", 9)}
    yield Bad(
        "other-fingerprint",
        "authority",
        "cards",
        "another fingerprint was compared",
        base,
        authorities=wrong,
    )
    yield Bad(
        "recipient-not-who",
        "authority",
        "cards",
        "the recipient's is another one",
        base,
        authorities={**ALL, "pk": w.fingerprint("pk", 2)},
    )


def notices_changed(found: Mapping[str, Good]) -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()

    def bad(name: str, code: str, part: str, comment: str, *notes: str) -> Bad:
        return Bad(name, code, part, comment, {**base, "notices": list(notes)})

    stop = suspension()
    forged = signed(stop.rpartition("\n\n")[0] + "\n", key("pk", "authority", 9))
    yield bad("notice-of-nobody", "notice", "cards", "a notice that its node did not sign", forged)
    yield bad("notice-wrong", "notice", "cards", "a wrong signature", wrong_line(stop, 1))
    yield bad("notice-half", "notice", "cards", "one signature is missing", less_line(stop, 0))
    yield bad("notice-card", "text-malformed", "cards", "no notice at all", base["cards"][0])
    early = termination(START + DAY)
    yield bad("notice-too-soon", "text-malformed", "cards", "an end within 24 hours", early)
    yield bad(
        "log-key-revoked",
        "key-revoked",
        "sent",
        "the tree lies beyond the last good head",
        log_lost(7),
    )
    yield bad(
        "cosigned-beyond",
        "key-revoked",
        "sent.cosigned",
        "the cosigned tree lies beyond it",
        log_lost(8),
    )
    yield bad(
        "receipt-beyond",
        "key-revoked",
        "receipts",
        "the receipt's tree lies beyond it",
        log_lost(4, "pk"),
    )
    yield bad(
        "witness-revoked",
        "policy",
        "policy",
        "a witness of the policy has lost its key",
        witness_lost("iq"),
    )
    yield bad(
        "witnesses-revoked",
        "quorum",
        "sent.cosigned",
        "both witness keys were revoked",
        witness_lost("iq"),
        witness_lost("pk"),
    )
    values = {"node": "tr", "kind": "authority", "key": w.fingerprint("tr"), "since": START}
    keys = key("tr", "authority", 2).public().vkeys()
    text = notice("revocation", **values, issued=END, good_card=1)
    text += f'[successor]\ned25519 = "{keys[0]}"\nmldsa44 = "{keys[1]}"\n'
    note = signed(text, key("tr", "authority", 2))
    yield Bad(
        "agreement-disputed",
        "agreement-unsigned",
        "agreement",
        "a revoked key signed the agreement, and the node does not stand by it",
        {**base, "notices": [note]},
    )
    keys = key("tr", "authority", 5).public().vkeys()
    text = notice("revocation", **values, issued=END, good_card=1)
    text += f'[successor]\ned25519 = "{keys[0]}"\nmldsa44 = "{keys[1]}"\n'
    yield bad(
        "successor-unknown",
        "notice",
        "cards",
        "a successor that no card announced",
        signed(text, key("tr", "authority", 5)),
    )


EARNEST: dict[str, Any] = {"grant": {"levels": ["aggregate"]}}
"""What a text may grant outside of exercises without further promises."""


def agreements_changed() -> Iterator[Bad]:
    """Changes of this part."""
    base = whole()

    def bad(name: str, code: str, comment: str, note: str, part: str = "agreements") -> Bad:
        return Bad(name, code, part, comment, {**base, "agreements": [note]})

    yield bad(
        "agreement-in-earnest",
        "network",
        "an agreement of a network of another kind",
        by(agreement(network_kind="production", **EARNEST), "tr", "pk"),
    )
    yield bad(
        "agreement-title",
        "agreement-signature",
        "the title was changed",
        AGREEMENT.replace("on requests", "on everything", 1),
    )
    yield bad(
        "agreement-days",
        "agreement-signature",
        "a number was changed",
        AGREEMENT.replace("retention_days = 100", "retention_days = 900", 1),
    )
    for number in range(4):
        yield bad(
            f"agreement-line-{number}",
            "agreement-signature",
            f"signature {number} is wrong",
            wrong_line(AGREEMENT, number),
        )
    yield bad(
        "agreement-half-signed",
        "agreement-signature",
        "one of four lines is missing",
        less_line(AGREEMENT, 0),
    )
    yield bad(
        "agreement-one-party",
        "agreement-unsigned",
        "one party has not signed",
        by(agreement(), "tr"),
        "agreement",
    )
    yield bad(
        "agreement-other",
        "agreement-other",
        "a text that the entry does not name",
        by(agreement(title="Simulated other"), "tr", "pk"),
        "agreement",
    )
    yield bad(
        "agreement-witness",
        "agreement-unsigned",
        "somebody else signed for a party",
        by(agreement(), "tr", "iq"),
        "agreement",
    )
    yield bad(
        "agreement-unknown",
        "text-malformed",
        "a field that is not known",
        by(agreement(colour="red"), "tr", "pk"),
    )
