"""The directory: who is admitted, who is not, and what it then answers."""

import hashlib
from datetime import timedelta

import pytest
from trust_network import (
    END,
    NODES,
    START,
    agreement_note,
    authority,
    card_note,
    charter_note,
    directory,
    key,
    make_card,
    sealing_bytes,
    sign,
    stream,
    terms,
)

from relec_exchange.errors import Conflict, InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.message.constants import TIMES
from relec_exchange.trust.card import format_fingerprint, parse_card
from relec_exchange.trust.card_parts import LogKeys, Partner, WitnessKeys
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import draft_agreement, draft_card
from relec_exchange.trust.note import merge_signatures, split_note
from relec_exchange.trust.signature import HybridKey

FINGERPRINT = {node: authority(node).public().fingerprint() for node in NODES}


def rotated(node="tr", *, signers=(1, 2), **changes):
    """The second card of a node, with the keys that the first announced."""
    text = draft_card(make_card(node, generation=2, **changes))
    notes = [sign(text, node, generation=g) for g in signers]
    return notes[0] if len(notes) == 1 else merge_signatures(*notes)


def version_two(node="tr", **changes):
    return card_note(node, version=2, **changes)


def closed_log(node, what):
    table = LogKeys.of(key(node, what, "log").public()).model_dump()
    return LogKeys(**{**table, "state": "closed", "final_size": 7, "final_root": "00" * 32})


def open_log(node, what):
    return LogKeys.of(key(node, what, "log").public())


# ---- first cards ---------------------------------------------------------------------------------


def test_a_first_card_is_admitted_by_its_compared_fingerprint():
    shown = format_fingerprint(FINGERPRINT["pk"]).upper()
    found = Directory("relec.example", "exercise", "tr").admit_first(card_note("pk"), shown)
    assert found.nodes() == ("pk",)
    assert found.card("pk").card == make_card("pk")
    assert found.authority("pk") == authority("pk").public()


def test_a_first_card_of_other_authority_keys_is_refused():
    with pytest.raises(Unverified) as caught:
        directory(nodes=()).admit_first(card_note("pk"), FINGERPRINT["iq"])
    assert caught.value.reason is Reason.PROOF_KEY


def test_a_node_is_not_admitted_first_a_second_time():
    known = directory()
    assert known.admit_first(card_note("pk"), FINGERPRINT["pk"]) is known
    with pytest.raises(Conflict):
        known.admit_first(version_two("pk"), FINGERPRINT["pk"])


def test_a_card_of_another_network_or_kind_is_refused():
    with pytest.raises(InvalidInput, match="another network"):
        Directory("other.example", "exercise", "tr").admit_first(card_note("pk"), FINGERPRINT["pk"])
    with pytest.raises(Refused) as caught:
        Directory("relec.example", "production", "tr").admit_first(
            card_note("pk"), FINGERPRINT["pk"]
        )
    assert caught.value.rule == "network-kind"


def test_a_key_that_another_node_uses_is_refused():
    ed25519 = key("pk", "witness", "witness").ed25519_seed
    stolen = key("tr", "witness", "witness")
    stolen = type(stolen)(stolen.name, "witness", ed25519, stolen.mldsa44_seed)
    note = card_note("tr", witness=WitnessKeys.of(stolen.public()))
    with pytest.raises(Conflict, match="has or had"):
        directory(nodes=("pk",)).admit_first(note, FINGERPRINT["tr"])


def test_admitting_leaves_the_earlier_snapshot_as_it_was():
    before = directory(nodes=("tr",))
    before.admit_first(card_note("pk"), FINGERPRINT["pk"])
    assert before.nodes() == ("tr",)


# ---- later cards ---------------------------------------------------------------------------------


def test_a_later_card_signed_by_the_same_authority_is_admitted():
    known = directory().admit_update(version_two(name="Renamed"))
    assert known.card("tr").card.name == "Renamed"
    assert known.holds_card(parse_card(card_note("tr")).hash)
    assert known.holds_card(known.card("tr").hash)
    assert not known.holds_card("0" * 64)


def test_a_card_of_an_unknown_node_is_no_update():
    with pytest.raises(NotFound):
        directory(nodes=("tr",)).admit_update(card_note("pk"))


def test_the_same_card_again_changes_nothing():
    known = directory().admit_update(version_two())
    assert known.admit_update(version_two()) is known
    assert known.admit_update(card_note("tr")) is known


@pytest.mark.parametrize("version", [1, 2])
def test_two_texts_of_one_version_are_an_alarm(version):
    known = directory().admit_update(version_two())
    with pytest.raises(Conflict, match="two different cards"):
        known.admit_update(card_note("tr", version=version, name="Somebody else"))


def test_a_version_never_goes_back():
    known = directory().admit_update(card_note("tr", version=3))
    with pytest.raises(InvalidInput, match="older"):
        known.admit_update(version_two())


def test_an_update_signed_by_a_stranger_is_refused():
    forged = make_card("tr", generation=5, version=2)
    with pytest.raises(Unverified) as caught:
        directory().admit_update(sign(draft_card(forged), "tr", generation=5))
    assert caught.value.reason is Reason.PROOF_KEY


def test_announced_keys_take_over_when_old_and_new_have_signed():
    known = directory().admit_update(rotated())
    assert known.authority("tr") == authority("tr", 2).public()
    assert known.member("tr").authorities[0] == authority("tr").public()


def test_a_rotation_that_the_old_keys_did_not_sign_is_refused():
    with pytest.raises(Unverified, match="no signature"):
        directory().admit_update(rotated(signers=(2,)))


def test_a_rotation_that_the_new_keys_did_not_sign_is_refused():
    with pytest.raises(Unverified, match="no signature"):
        directory().admit_update(rotated(signers=(1,)))


def test_retired_authority_keys_cannot_sign_a_later_card():
    known = directory().admit_update(rotated())
    with pytest.raises(Unverified, match="retired"):
        known.admit_update(card_note("tr", version=3))


def test_a_node_does_not_change_its_kind():
    with pytest.raises(InvalidInput, match="kind"):
        directory().admit_update(version_two(kind="service"))


def test_a_log_does_not_vanish_from_a_later_card():
    logs = (open_log("tr", "exchange/2"), open_log("tr", "activity/1"))
    with pytest.raises(InvalidInput, match="missing"):
        directory().admit_update(version_two(logs=logs))


def test_a_log_does_not_change_its_keys():
    name = "relec.example/tr/exchange/1"
    other = HybridKey.generate(name, "log", stream("other keys"))
    logs = (LogKeys.of(other.public()), open_log("tr", "activity/1"))
    with pytest.raises(InvalidInput, match="other keys"):
        directory().admit_update(version_two(logs=logs))


def test_a_closed_log_keeps_its_key_up_to_its_final_size():
    logs = (closed_log("tr", "exchange/1"), open_log("tr", "exchange/2"))
    known = directory().admit_update(version_two(logs=(*logs, open_log("tr", "activity/1"))))
    found = known.log_key("relec.example/tr/exchange/1")
    assert (found.public, found.final_size) == (key("tr", "exchange/1", "log").public(), 7)
    found.check_size(7)
    with pytest.raises(Unverified) as caught:
        found.check_size(8)
    assert caught.value.reason is Reason.LOG_CLOSED
    known.log_key("relec.example/tr/exchange/2").check_size(10**9)


def test_a_closed_log_is_not_opened_again():
    logs = (closed_log("tr", "exchange/1"), open_log("tr", "exchange/2"))
    activity = open_log("tr", "activity/1")
    known = directory().admit_update(version_two(logs=(*logs, activity)))
    other = LogKeys(**{**logs[0].model_dump(), "final_size": 8})
    with pytest.raises(InvalidInput, match="was closed"):
        known.admit_update(card_note("tr", version=3, logs=(other, logs[1], activity)))


# ---- agreements ----------------------------------------------------------------------------------


def test_an_agreement_counts_for_those_whose_signatures_were_verified():
    note = agreement_note("tr", "pk", signers=("tr",))
    known = directory().with_agreement(note)
    (held,) = known.agreements.values()
    assert held.signers == {"tr"}
    later = known.with_agreement(agreement_note("tr", "pk", signers=("pk",)))
    assert later.agreement(held.hash).signers == {"tr", "pk"}
    assert later.with_agreement(note) is later


def test_a_wrong_signature_of_a_known_party_refuses_the_note():
    note = split_note(agreement_note("tr", "pk"))
    other = split_note(charter_note("tr")).signatures
    lines = [line for line in note.signatures if line.name == "relec.example/pk/authority"]
    mixed = note.text + b"\n" + b"".join(line.encode() for line in (*lines, *other))
    with pytest.raises(Unverified) as caught:
        directory().with_agreement(mixed)
    assert caught.value.reason is Reason.PROOF_SIGNATURE


def test_half_a_signature_of_a_known_party_refuses_the_note():
    note = split_note(agreement_note("tr", "pk", signers=("tr",)))
    for line in note.signatures:
        with pytest.raises(Unverified, match="no signature"):
            directory().with_agreement(note.text + b"\n" + line.encode())


def test_an_agreement_that_no_known_party_signed_is_not_held():
    with pytest.raises(Unverified, match="no signature of a party"):
        directory(nodes=("iq",)).with_agreement(agreement_note("tr", "pk"))


def test_a_signature_waits_for_the_card_of_its_node():
    known = directory(nodes=("tr",)).with_agreement(agreement_note("tr", "pk"))
    (held,) = known.agreements.values()
    assert held.signers == {"tr"}
    later = known.admit_first(card_note("pk"), FINGERPRINT["pk"])
    assert later.agreement(held.hash).signers == {"tr", "pk"}


def test_a_wrong_signature_that_waited_is_dropped_when_it_can_be_judged():
    good = split_note(agreement_note("tr", "pk"))
    wrong = split_note(charter_note("pk")).signatures
    mine = [line for line in good.signatures if "/tr/" in line.name]
    note = good.text + b"\n" + b"".join(line.encode() for line in (*mine, *wrong))
    known = directory(nodes=("tr",)).with_agreement(note)
    known = known.admit_first(card_note("pk"), FINGERPRINT["pk"])
    (held,) = known.agreements.values()
    assert (held.signers, dict(held.waiting)) == ({"tr"}, {})
    assert known.with_agreement(good.encode()).agreement(held.hash).signers == {"tr", "pk"}


def test_an_agreement_of_retired_authority_keys_stays_signed():
    known = directory().admit_update(rotated()).with_agreement(agreement_note("tr", "pk"))
    (held,) = known.agreements.values()
    assert held.signers == {"tr", "pk"}


def test_the_notes_of_an_agreement_carry_all_verified_signatures():
    known = directory().with_agreement(charter_note(*NODES))
    (held,) = known.agreements.values()
    (note,) = held.notes()
    again = directory().with_agreement(note)
    assert again.agreements[held.hash].signers == set(NODES)


def test_more_signers_than_a_note_takes_are_kept_in_several_notes():
    nodes = tuple(f"n{chr(ord('a') + i)}" for i in range(9))
    known = directory("na", nodes)
    for node in nodes:
        known = known.with_agreement(charter_note(node))
    (held,) = known.agreements.values()
    notes = held.notes()
    assert (len(held.signers), len(notes)) == (9, 2)
    assert directory("na", nodes, notes).agreement(held.hash).signers == held.signers


def test_an_agreement_of_another_kind_of_network_is_refused():
    text = draft_agreement(terms("tr", "pk", network_kind="production"))
    with pytest.raises(Refused) as caught:
        directory().with_agreement(sign(text, "tr", "pk"))
    assert caught.value.rule == "network-kind"


def test_an_agreement_that_is_not_held_is_not_found():
    with pytest.raises(NotFound):
        directory().agreement("0" * 64)


# ---- answers -------------------------------------------------------------------------------------


def test_there_is_a_route_when_both_cards_list_each_other():
    known = directory()
    assert known.mutual("tr", "pk")
    assert known.mutual("pk", "iq")
    assert not known.mutual("tr", "tr")
    assert not known.mutual("tr", "bd")


def test_a_route_needs_the_listing_of_both_and_says_whose_is_missing():
    known = directory(nodes=("tr",)).admit_first(card_note("pk", lists=("iq",)), FINGERPRINT["pk"])
    assert not known.mutual("tr", "pk")
    assert known.listing_problem("tr", "pk") == "the card of pk does not list tr"


def test_a_partner_that_was_given_another_authority_for_us_is_noticed():
    partners = (Partner(node="tr", authority="0" * 64),)
    text = draft_card(make_card("pk", partners=partners))
    known = directory(nodes=("tr",)).admit_first(sign(text, "pk"), FINGERPRINT["pk"])
    assert "other authority keys" in known.listing_problem("tr", "pk")
    assert not known.mutual("tr", "pk")
    assert (
        directory("iq", nodes=("tr",))
        .admit_first(sign(text, "pk"), FINGERPRINT["pk"])
        .mutual("tr", "pk")
    ), "others cannot judge it and must agree on who is listed"


def test_a_listing_by_retired_authority_keys_still_counts():
    known = directory().admit_update(rotated())
    assert known.mutual("tr", "pk")


def test_a_log_that_no_card_names_has_no_key():
    for origin in ("relec.example/tr/exchange/2", "relec.example/bd/exchange/1", "x", "a/b/c/d"):
        with pytest.raises(Unverified) as caught:
            directory().log_key(origin)
        assert caught.value.reason is Reason.PROOF_KEY


def test_the_sealing_key_is_that_of_the_epoch():
    known = directory()
    change = START + timedelta(days=30)
    assert known.sealing_key("pk", START).public == sealing_bytes("pk", 0)
    assert known.sealing_key("pk", change - timedelta(seconds=1)).public == sealing_bytes("pk", 0)
    assert known.sealing_key("pk", change).public == sealing_bytes("pk", 1)
    for moment in (START - timedelta(seconds=1), END):
        with pytest.raises(NotFound, match="sealing key"):
            known.sealing_key("pk", moment)


def test_the_digest_of_cards_is_of_node_version_and_hash():
    lines = sorted(f"{n} 1 {parse_card(card_note(n)).hash}\n" for n in NODES)
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert directory().digest_cards() == expected
    assert directory(nodes=reversed(NODES)).digest_cards() == expected
    assert directory().admit_update(version_two()).digest_cards() != expected


def test_the_digest_of_agreements_is_the_same_at_both_ends_and_of_their_texts_only():
    notes = (agreement_note("tr", "pk"), agreement_note("tr", "iq"), charter_note("tr", "pk"))
    here, there = directory("tr", notes=notes), directory("pk", notes=notes[:1] + notes[2:])
    hashes = sorted(h.hash for h in there.agreements.values())
    expected = hashlib.sha256("".join(f"{h}\n" for h in hashes).encode()).hexdigest()
    assert here.digest_agreements("pk") == there.digest_agreements("tr") == expected


def test_times_are_those_of_the_newest_charter_that_this_node_signed():
    first = charter_note("tr", "pk", times={"hold_seconds": 60})
    second = charter_note("tr", "pk", times={"hold_seconds": 30}, version=2)
    assert directory().times() == TIMES
    assert directory(notes=(first,)).times().hold_seconds == 60
    assert directory(notes=(second, first)).times().hold_seconds == 30
    assert directory("iq", notes=(first,)).times() == TIMES


def test_what_is_prepared_for_a_pair_is_kept_and_missing_nodes_have_nothing():
    known = directory()
    assert known.pair("tr", "pk") is known.pair("tr", "pk")
    assert known.pair("tr", "bd") is None
