"""Making a node: its keys, its first card, its first security officer, its settings file.

Contract: `found` writes a whole home directory or raises; time and randomness are arguments; it
never overwrites a key. `issue` makes the next card of a node that exists, the `rotate_` functions
one with new keys; none of them writes the card anywhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from relec_exchange.adapters.keyfiles import KeyFiles, write_authority
from relec_exchange.adapters.privatefiles import write_private
from relec_exchange.adapters.successions import AuthorityFiles, WitnessFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import TIMES
from relec_exchange.message.identifiers import activity_origin, exchange_origin
from relec_exchange.settings import FILE_NAME
from relec_exchange.trust.card import Card, SignedCard, parse_card
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    Unit,
    WitnessKeys,
)
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.passphrase import COST_DEFAULT
from relec_exchange.trust.plaintext import validated
from relec_exchange.trust.register import Register, SignedRecord, sign_as_authority
from relec_exchange.trust.signature import HybridKey, KeyKind

Random = Callable[[int], bytes]

# What `found` makes, in the order in which it appears: a home with settings is whole.
_ENTRIES: Final = ("keys", "officers", "trust", FILE_NAME)
EPOCH: Final = timedelta(days=30)
EPOCHS: Final = 7  # the present one and six ahead
VALIDITY: Final = timedelta(days=365)
# How long a message may be under way: time to live and resend window.
UNDER_WAY: Final = timedelta(seconds=TIMES.time_to_live_seconds + TIMES.resend_window_seconds)
# A partner's clock may be behind ours when it reads the first card.
EARLIER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What has to be said about a node before it can exist."""

    network: str
    network_kind: Literal["exercise", "production"]
    node: str
    name: str
    kind: Literal["state", "witness", "service"] = "state"
    phone: str
    email: str
    languages: tuple[str, ...]
    units: tuple[str, ...] = ("contact-point",)
    officer: str = "security"
    officer_name: str = "Security officer"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passphrases of the new files, and the scrypt cost (2^cost) that protects them.

    `officer` is None for a plain officer key, which only an exercise allows.
    """

    node: str
    authority: str
    officer: str | None
    cost: int = COST_DEFAULT


def found(
    home: Path, founding: Founding, secrets: Secrets, now: datetime, random: Random
) -> SignedCard:
    """Write keys, settings, own card and first security officer; returns the card.

    Everything is made beside the home first, so that a fault leaves nothing behind. `Conflict` if
    a node is there already, `InvalidInput` naming the field of the card that breaks a rule.
    """
    for name in _ENTRIES:
        if (home / name).exists():
            raise Conflict(
                f"{home} is the home of a node already",
                field="home",
                remedy="choose another directory",
            )
    _check(founding)
    # Its group may reach the socket below; keys and officers are for the owner alone.
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    part = home / ".part"
    try:
        signed = _found(part, founding, secrets, now, random)
        for name in _ENTRIES:
            (part / name).rename(home / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if not any(home.iterdir()):
            home.rmdir()
    return signed


def _check(founding: Founding) -> None:
    """Judge what an officer typed before any key is made, so that the field has its own name."""
    duty = {"phone": founding.phone, "email": founding.email, "languages": founding.languages}
    validated(duty, "duty contact", Duty)
    for unit in founding.units:
        validated({"name": unit}, "unit", Unit)
    if not founding.name.isprintable():
        raise InvalidInput("the name holds a character that cannot be seen", field="name")


def _found(
    home: Path, founding: Founding, secrets: Secrets, now: datetime, random: Random
) -> SignedCard:
    name = f"{founding.network}/{founding.node}/authority"
    authority, successor = (HybridKey.generate(name, "note", random) for _ in range(2))
    for file, key in (("authority", authority), ("authority-next", successor)):
        path = home / "keys" / f"{file}.key"
        write_authority(path, key, secrets.authority, random, secrets.cost)
    keys = _make_keys(home / "keys", founding, secrets, random)
    signed = _signed(_first_card(founding, (authority, successor), keys, now, random), authority)
    trust = TrustFiles(home / "trust")
    trust.pin(founding.node, authority.public().fingerprint())
    trust.put_card(signed)
    trust.put_record(1, _first_officer(home, founding, authority, secrets, now, random))
    write_private(home / FILE_NAME, settings_text(founding).encode())
    return signed


def issue(
    card: Card,
    partners: Sequence[Partner],
    keys: KeyFiles,
    authority: HybridKey,
    now: datetime,
    random: Random,
) -> SignedCard:
    """The card of `next_card`, signed."""
    return _signed(next_card(card, partners, keys, now, random), authority)


def next_card(
    card: Card, partners: Sequence[Partner], keys: KeyFiles, now: datetime, random: Random
) -> Card:
    """The next card: version + 1, a year from now, six sealing epochs ahead, these partners.

    Epochs that are over leave the card; their keys are destroyed by the running node in time.
    """
    later = card.model_dump(by_alias=True)
    later["version"] = card.version + 1
    # What was sent under the present card may arrive after the next one: it must stay covered.
    later["valid_from"] = max(card.valid_from, _second(now - UNDER_WAY))
    later["valid_until"] = later["valid_from"] + VALIDITY
    later["partners"] = tuple(partners)
    later["sealing"] = _epochs(keys, [e for e in card.sealing if e.ends > now], now, random)
    later["schemas"] = _schemas()
    return validated(later, "card", Card)


def rotate_authority(
    card: Card, keys: KeyFiles, authority: AuthorityFiles, now: datetime, random: Random
) -> SignedCard:
    """A card under the keys that `card` announces, signed by the present ones too.

    It commits to keys that are made now. Call `authority.settle` with it once it is adopted.
    """
    present = authority.present()
    signed = succeed_authority(card, keys, authority, now, random)
    return parse_card(merge_signatures(signed.note, sign_text(signed.text, present)))


def succeed_authority(
    card: Card, keys: KeyFiles, authority: AuthorityFiles, now: datetime, random: Random
) -> SignedCard:
    """As `rotate_authority`, by the announced keys alone: the present ones are revoked already."""
    following, after = authority.next(), authority.after(random)
    table = AuthorityKeys.of(following.public(), after.public())
    changed = card.model_copy(update={"authority": table})
    return issue(changed, card.partners, keys, following, now, random)


def rotate_witness(
    card: Card,
    keys: KeyFiles,
    witness: WitnessFiles,
    authority: HybridKey,
    now: datetime,
    random: Random,
) -> SignedCard:
    """A card with new witness keys. Call `witness.settle` with it once it is adopted."""
    changed = with_new_witness(card, witness, random)
    return issue(changed, card.partners, keys, authority, now, random)


def with_new_witness(card: Card, witness: WitnessFiles, random: Random) -> Card:
    """A card to go on from, with the witness keys that follow."""
    return card.model_copy(update={"witness": WitnessKeys.of(witness.next(random).public())})


def rotate_sealing(
    card: Card,
    keys: KeyFiles,
    authority: HybridKey,
    now: datetime,
    random: Random,
    *,
    all_new: bool,
) -> SignedCard:
    """A card with sealing keys six epochs ahead; `all_new` replaces the present ones and those
    ahead too.

    The private keys of replaced epochs stay: what was sealed before partners had the new card
    must be opened.
    """
    changed = card.model_copy(update={"sealing": ()}) if all_new else card
    return issue(changed, card.partners, keys, authority, now, random)


def settings_text(founding: Founding) -> str:
    """The commented settings file of a new node."""
    template = resources.files(__package__).joinpath("node.template.toml").read_text("utf-8")
    for name in ("network", "network_kind", "node"):
        template = template.replace(f"@{name}@", getattr(founding, name))
    units = "".join(f'\n[[routing.units]]\nname = "{unit}"\n' for unit in founding.units)
    return template.replace("@default_unit@", founding.units[0]).replace("@units@", units)


def _make_keys(directory: Path, founding: Founding, secrets: Secrets, random: Random) -> KeyFiles:
    keys = KeyFiles.create(directory, secrets.node, random, secrets.cost)
    network, node = founding.network, founding.node
    signers: tuple[tuple[str, str, KeyKind], ...] = (
        ("log", exchange_origin(network, node, 1), "log"),
        ("activity", activity_origin(network, node, 1), "log"),
        ("witness", f"{network}/{node}/witness", "witness"),
    )
    for file, name, kind in signers:
        keys.add_signer(file, HybridKey.generate(name, kind, random), random)
    return keys


def _first_officer(
    home: Path,
    founding: Founding,
    authority: HybridKey,
    secrets: Secrets,
    now: datetime,
    random: Random,
) -> SignedRecord:
    """A security officer with a key file of their own, added by the authority."""
    key = OfficerKey.generate(random)
    data = key.to_pkcs8(secrets.officer, random, secrets.cost)
    write_private(home / "officers" / f"{founding.officer}.key", data)
    officer = Officer(
        founding.officer,
        founding.officer_name,
        founding.units[0],
        frozenset({Role.SECURITY_OFFICER}),
        key.public,
    )
    register = Register(founding.network, founding.node, authority.public())
    record = sign_as_authority(register.next_add(officer, now), authority)
    register.follow(record)
    return record


def _first_card(
    founding: Founding,
    authorities: tuple[HybridKey, HybridKey],
    keys: KeyFiles,
    now: datetime,
    random: Random,
) -> Card:
    present, successor = (key.public() for key in authorities)
    starts = _second(now - EARLIER)
    fields: dict[str, object] = {
        "network": founding.network,
        "network_kind": founding.network_kind,
        "node": founding.node,
        "kind": founding.kind,
        "name": founding.name,
        "version": 1,
        "valid_from": starts,
        "valid_until": starts + VALIDITY,
        "authority": AuthorityKeys.of(present, successor),
        "witness": WitnessKeys.of(keys.witness().public()),
        "broker": {"user": founding.node},
        "duty": {
            "phone": founding.phone,
            "email": founding.email,
            "languages": founding.languages,
        },
        "schemas": _schemas(),
        "logs": (LogKeys.of(keys.log().public()), LogKeys.of(keys.log("activity").public())),
        "sealing": _epochs(keys, [], now, random),
        "units": tuple({"name": unit} for unit in founding.units),
    }
    return validated(fields, "card", Card)


def _epochs(
    keys: KeyFiles, kept: list[SealingEpoch], now: datetime, random: Random
) -> tuple[SealingEpoch, ...]:
    """The epochs that are kept, continued to the number that a card holds."""
    epochs = list(kept)
    while len(epochs) < EPOCHS:
        starts = epochs[-1].ends if epochs else _second(now - EARLIER)
        public = keys.new_sealing_epoch(random).public_bytes()
        epochs.append(SealingEpoch.of(public, starts, starts + EPOCH))
    return tuple(epochs)


def _schemas() -> dict[str, int]:
    return {kind.name: kind.version for kind in CATALOGUE.values()}


def _signed(card: Card, authority: HybridKey) -> SignedCard:
    return parse_card(sign_text(draft_card(card), authority))


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
