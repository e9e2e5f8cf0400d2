"""Revocations: what a stolen key did beyond the last good head does not count."""

from itertools import permutations

import pytest
from trust_network import (
    NODES,
    NOW,
    agreement_note,
    authority,
    charter_note,
    directory,
    key,
    make_card,
    notice_hash,
    notice_note,
    revocation,
    sealing_bytes,
    sign,
    stat_report,
    suspension,
)

from relec_exchange.errors import Conflict, NotFound, Reason, Unverified
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card_parts import AuthorityKeys, SealingEpoch, SuccessorKeys
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import draft_revocation
from relec_exchange.trust.note import merge_signatures, sign_text

EXCHANGE = "relec.example/tr/exchange/1"
THIEF = key("tr", "authority", "note", 66)
LATER_THIEF = key("tr", "authority", "note", 67)


def later_card(version=2, generation=1, **changes):
    """A later card of tr, signed by the keys of a generation alone."""
    keys = AuthorityKeys.of(
        authority("tr", generation).public(), authority("tr", generation + 1).public()
    )
    values = {"version": version, "authority": keys, **changes}
    return sign(draft_card(make_card("tr", **values)), "tr", generation=generation)


def thiefs_card(version=2, **changes):
    """A card that whoever stole tr's authority keys signed, announcing keys of their own."""
    keys = AuthorityKeys.of(authority("tr").public(), THIEF.public())
    return later_card(version, authority=keys, name="Simulated thief", **changes)


def thiefs_rotation(version=3):
    """The thief's next card, signed by the stolen keys and their own."""
    keys = AuthorityKeys.of(THIEF.public(), LATER_THIEF.public())
    text = draft_card(make_card("tr", version=version, authority=keys, name="Simulated thief"))
    return merge_signatures(sign_text(text, THIEF), sign(text, "tr"))


def thiefs_revocation(good_card=2):
    """tr's authority keys revoked in the name of the thief's own card."""
    successor = SuccessorKeys.of(THIEF.public())
    notice = revocation("authority", good_card=good_card, successor=successor)
    return sign_text(draft_revocation(notice), THIEF)


def digest(note):
    return parse_agreement(note).hash


def allowed(known, **changes):
    return isinstance(decide(known, stat_report(**changes), NOW), Allowed)


# ---- logs, sealing and witness keys --------------------------------------------------------------


def test_a_revoked_log_is_good_to_the_size_that_the_revocation_names():
    known = directory().with_notice(notice_note(revocation("log", good_size=5)))
    known.log_key(EXCHANGE).check_size(5)
    with pytest.raises(Unverified) as caught:
        known.log_key(EXCHANGE).check_size(6)
    assert caught.value.reason is Reason.KEY_REVOKED
    known.log_key("relec.example/tr/activity/1").check_size(6)


def test_of_two_revocations_of_one_log_the_smaller_size_counts():
    notes = [notice_note(revocation("log", good_size=size)) for size in (7, 5, 6)]
    for order in permutations(notes):
        assert directory(notes=order).log_key(EXCHANGE).good_size == 5


def test_nothing_is_sealed_to_a_revoked_key():
    known = directory().with_notice(notice_note(revocation("sealing")))
    with pytest.raises(NotFound):
        known.sealing_key("tr", NOW)
    assert known.sealing_key("pk", NOW).id == make_card("pk").sealing[0].id


def test_a_new_card_brings_a_key_to_seal_to_in_place_of_the_revoked_one():
    epoch = make_card("tr").sealing[0]
    fresh = SealingEpoch.of(sealing_bytes("tr", 9), epoch.starts, epoch.ends)
    known = directory().with_notice(notice_note(revocation("sealing")))
    known = known.admit_update(later_card(sealing=(fresh,)))
    assert known.sealing_key("tr", NOW).id == fresh.id
    assert epoch.id in known.member("tr").revoked


def test_a_revoked_witness_key_is_listed_with_its_node():
    notice = revocation("witness")
    known = directory().with_notice(notice_note(notice))
    assert known.member("tr").revoked == {notice.key}


def test_a_revocation_of_another_nodes_key_has_no_effect():
    theirs = make_card("tr").sealing[0].id
    foreign = revocation("sealing", "pk", key=theirs)
    assert directory().with_notice(notice_note(foreign)).sealing_key("tr", NOW).id == theirs


# ---- authority keys ------------------------------------------------------------------------------


def test_revoked_authority_keys_are_followed_by_those_that_the_card_announced():
    known = directory().with_notice(notice_note(revocation("authority")))
    assert known.authority("tr") == authority("tr", 2).public()
    assert authority("tr").public().fingerprint() in known.member("tr").fingerprints
    assert known.mutual("tr", "pk")


def test_keys_that_no_card_announced_cannot_revoke():
    successor = SuccessorKeys.of(authority("tr", 3).public())
    note = notice_note(revocation("authority", successor=successor), generation=3)
    with pytest.raises(Unverified) as caught:
        directory().with_notice(note)
    assert caught.value.reason is Reason.PROOF_KEY


def test_the_revoked_keys_cannot_sign_their_own_revocation():
    with pytest.raises(Unverified):
        directory().with_notice(sign(draft_revocation(revocation("authority")), "tr"))


def test_the_successor_signs_the_next_card_alone():
    known = directory().with_notice(notice_note(revocation("authority")))
    after = known.admit_update(later_card(generation=2))
    assert after.card("tr").card.version == 2
    assert after.authority("tr") == authority("tr", 2).public()


def test_a_card_that_the_revoked_keys_signed_later_is_refused():
    known = directory().with_notice(notice_note(revocation("authority")))
    with pytest.raises(Unverified) as caught:
        known.admit_update(thiefs_card())
    assert caught.value.reason is Reason.KEY_REVOKED


def test_a_good_card_is_admitted_also_after_its_keys_were_revoked():
    known = directory().with_notice(notice_note(revocation("authority", good_card=2)))
    after = known.admit_update(later_card(2))
    assert after.card("tr").card.version == 2
    assert after.authority("tr") == authority("tr", 2).public()


def test_a_thiefs_card_that_was_admitted_is_disputed_and_the_last_good_one_counts_again():
    good = directory()
    known = good.admit_update(thiefs_card()).with_notice(notice_note(revocation("authority")))
    assert known.card("tr").hash == good.card("tr").hash
    assert [(d.node, d.what, d.subject) for d in known.disputed()] == [("tr", "card", "2")]
    assert not known.holds_card(good.admit_update(thiefs_card()).card("tr").hash)
    assert known.admit_update(later_card(2, generation=2)).card("tr").card.version == 2


def test_a_thief_who_rotated_the_authority_is_left_out_again():
    known = directory().admit_update(thiefs_card()).admit_update(thiefs_rotation())
    assert known.authority("tr") == THIEF.public()
    known = known.with_notice(notice_note(revocation("authority")))
    assert known.authority("tr") == authority("tr", 2).public()
    assert THIEF.public() not in known.member("tr").authorities
    assert len(known.disputed()) == 2


def test_a_thiefs_revocation_counts_less_than_one_that_goes_back_further():
    stolen = directory().admit_update(thiefs_card())
    good = notice_note(revocation("authority"))
    for notes in ((thiefs_revocation(), good), (good,)):
        known = stolen
        for note in notes:
            known = known.with_notice(note)
        assert known.authority("tr") == authority("tr", 2).public()
        assert known.card("tr").card.version == 1
    assert known.with_notice(thiefs_revocation()).authority("tr") == authority("tr", 2).public()


def test_an_agreement_that_only_revoked_keys_signed_counts_as_not_signed():
    note = charter_note(*NODES)
    known = directory(notes=(note,))
    assert allowed(known)
    after = known.with_notice(notice_note(revocation("authority")))
    assert not allowed(after)
    assert allowed(after, sender="pk", recipient="iq")
    assert after.agreement(digest(note)).signers == {"pk", "iq"}
    assert [(d.node, d.what, d.hash) for d in after.disputed()] == [
        ("tr", "agreement", digest(note))
    ]


def test_an_agreement_that_the_revocation_stands_by_stays_signed():
    note = charter_note(*NODES)
    notice = revocation("authority", good_texts=(digest(note),))
    assert allowed(directory(notes=(note, notice_note(notice))))


def test_a_second_revocation_by_the_same_successor_adds_good_texts():
    note = charter_note(*NODES)
    first, second = revocation("authority"), revocation("authority", good_texts=(digest(note),))
    assert allowed(directory(notes=(note, notice_note(first), notice_note(second))))


def test_an_agreement_counts_again_when_the_successor_has_signed_it():
    note = agreement_note("tr", "pk")
    text = note.partition("\n\n— ".encode())[0].decode() + "\n"
    assert digest(sign(text, "tr", generation=2)) == digest(note)
    known = directory(notes=(note, notice_note(revocation("authority"))))
    assert known.agreement(digest(note)).signers == {"pk"}
    after = known.with_agreement(sign(text, "tr", generation=2))
    assert after.agreement(digest(note)).signers == {"tr", "pk"}
    assert not after.disputed()
    (whole,) = after.agreement(digest(note)).notes()
    fresh = directory().with_notice(notice_note(revocation("authority"))).with_agreement(whole)
    assert fresh.agreement(digest(note)).signers == {"tr", "pk"}


def test_a_notice_that_only_revoked_keys_signed_has_no_effect():
    charter = charter_note("pk", "iq")
    halt = suspension("pk", partners=("iq",))
    stolen = revocation("authority", "pk", good_texts=(digest(charter),))
    question = {"sender": "pk", "recipient": "iq"}
    for notes in permutations((notice_note(halt), notice_note(stolen))):
        known = directory(notes=(charter, *notes))
        assert allowed(known, **question)
        assert not known.counts(known.notice(notice_hash(halt)))
        assert [d.what for d in known.disputed()] == ["suspension"]
        assert known.notices_with("pk") == (known.notice(notice_hash(stolen)),)
    signed_again = known.with_notice(notice_note(halt, generation=2))
    assert not allowed(signed_again, **question)


def test_a_number_that_a_thief_used_is_free_again():
    known = directory().with_notice(notice_note(suspension()))
    known = known.with_notice(notice_note(revocation("authority")))
    mine = suspension(partners=("iq",))
    assert known.counts(
        known.with_notice(notice_note(mine, generation=2)).notice(notice_hash(mine))
    )


def test_the_order_of_cards_texts_and_revocation_changes_no_answer():
    charter = charter_note(*NODES)
    halt = notice_note(suspension("tr", partners=("iq",)))
    stolen = notice_note(revocation("authority", good_texts=(digest(charter),)))
    seen = set()
    for order in permutations((thiefs_card(), charter, halt, stolen)):
        known = directory()
        for note in order:
            known = admitted(known, note)
        known = known.admit_update(later_card(2, generation=2, name="Simulated again"))
        assert allowed(known)
        seen.add((known.digest_cards(), known.digest_agreements("pk"), known.authority("tr")))
    assert len(seen) == 1


def admitted(known, note):
    """Admit whatever it is; a thief's card that comes too late is refused."""
    kind = note.split(b'"')[1].removeprefix(b"relec/v1 ")
    try:
        if kind == b"card":
            return known.admit_update(note)
        return known.with_agreement(note) if kind == b"agreement" else known.with_notice(note)
    except Unverified:
        return known


def test_a_node_whose_every_card_is_disputed_has_no_route_until_it_sends_a_new_one():
    stolen = directory(nodes=("pk", "iq"), own="pk")
    stolen = stolen.admit_first(later_card(4), authority("tr").public().fingerprint())
    known = stolen.with_notice(notice_note(revocation("authority", good_card=3)))
    assert "revoked keys" in known.listing_problem("pk", "tr")
    after = known.admit_update(later_card(5, generation=2))
    assert after.mutual("pk", "tr")


def test_a_rotation_goes_on_from_the_successor():
    known = directory().with_notice(notice_note(revocation("authority")))
    known = known.admit_update(later_card(2, generation=2))
    text = draft_card(make_card("tr", generation=3))
    both = merge_signatures(sign(text, "tr", generation=3), sign(text, "tr", generation=2))
    assert known.admit_update(both).authority("tr") == authority("tr", 3).public()


def test_the_successor_may_be_revoked_in_its_turn():
    known = directory().with_notice(notice_note(revocation("authority")))
    known = known.admit_update(later_card(2, generation=2))
    second = revocation(
        "authority",
        key=authority("tr", 2).public().fingerprint(),
        good_card=2,
        successor=SuccessorKeys.of(authority("tr", 3).public()),
    )
    after = known.with_notice(notice_note(second, generation=3))
    assert after.authority("tr") == authority("tr", 3).public()
    assert after.card("tr").card.version == 2


def test_a_retired_key_is_revoked_without_a_change_of_the_present_ones():
    text = draft_card(make_card("tr", generation=2))
    rotated = merge_signatures(sign(text, "tr"), sign(text, "tr", generation=2))
    known = directory().admit_update(rotated)
    after = known.with_notice(notice_note(revocation("authority")))
    assert after.authority("tr") == authority("tr", 2).public()
    assert after.card("tr").hash == known.card("tr").hash
    with pytest.raises((Conflict, Unverified)):
        after.admit_update(thiefs_card())


def test_a_revocation_in_the_name_of_a_card_that_is_not_held_is_refused():
    with pytest.raises(Unverified) as caught:
        directory().with_notice(thiefs_revocation())
    assert caught.value.reason is Reason.PROOF_KEY
