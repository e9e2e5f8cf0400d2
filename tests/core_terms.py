"""An agreement of two simulated nodes, amended so that it withholds fields."""

from __future__ import annotations

from relec_exchange.testing import NETWORK, OFFICER, SimulatedNetwork
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.drafts import Terms, draft_agreement
from relec_exchange.trust.note import merge_signatures, sign_text


def withhold(network: SimulatedNetwork, pair: tuple[str, str], *paths: str) -> None:
    """A new text of the pair, in force from this second: its grants of what is about persons
    withhold these paths and no others.
    """
    directory = network.node(pair[0]).desk.core.directory
    old = max(
        (
            held
            for held in directory.agreements.values()
            if set(held.agreement.parties) == set(pair) and not held.agreement.charter
        ),
        key=lambda held: held.agreement.version,
    )
    terms = Terms(
        network=NETWORK,
        network_kind="exercise",
        parties=old.agreement.parties,
        title="Simulated agreement",
        legal_basis="A simulated memorandum; no state has signed this text.",
        valid_from=network.clock().replace(microsecond=0),
        valid_until=old.agreement.valid_until,
        version=old.agreement.version + 1,
        replaces=(old.hash,),
        grants=tuple(_withholding(one, paths) for one in old.agreement.grants),
    )
    text = draft_agreement(terms)
    note = merge_signatures(*(sign_text(text, network.authority(name)) for name in pair))
    for name in pair:
        network.node(name).desk.import_agreement(note.decode(), OFFICER)


def _withholding(grant: Grant, paths: tuple[str, ...]) -> Grant:
    about = bool({"info.request", "protection.referral"} & set(grant.types))
    return grant.model_copy(update={"withhold": paths if about else ()})
