"""Notices: their texts, and what a directory holds of them."""

from datetime import timedelta

import pytest
from trust_network import (
    NOW,
    agreement_note,
    authority,
    directory,
    grant,
    key,
    lift,
    notice_hash,
    notice_note,
    revocation,
    sign,
    suspension,
    termination,
)

from relec_exchange.errors import InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.drafts_notices import (
    draft_revocation,
    draft_suspension,
    draft_termination,
)
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.notices import parse_notice, read_notice

HOUR = timedelta(hours=1)
HASH = "0" * 64
KINDS = ("log", "sealing", "witness", "authority")


def end(**changes):
    return termination(agreement=HASH, **changes)


# ---- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_drafted_revocation_is_read_back(kind):
    notice = revocation(kind)
    assert read_notice(draft_revocation(notice)) == notice


def test_a_drafted_termination_is_read_back():
    assert read_notice(draft_termination(end(partners=("*",)))) == end(partners=("*",))


def test_drafted_suspensions_and_lifts_are_read_back():
    for notice in (suspension(types=("info.request",), until=NOW + HOUR), lift(HASH)):
        assert read_notice(draft_suspension(notice)) == notice


def test_a_notice_has_the_hash_of_its_text_and_no_signer_before_it_is_held():
    signed = parse_notice(notice_note(suspension()))
    assert (signed.kind, signed.notice) == ("suspension", suspension())
    assert signed.hash == notice_hash(suspension())
    assert not signed.signers


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"effective": NOW + 23 * HOUR}, "24 hours"),
        ({"partners": ()}, "partners"),
        ({"partners": ("pk", "pk")}, "nothing twice"),
        ({"partners": ("*", "pk")}, "stands alone"),
        ({"partners": ("tr",)}, "another node"),
    ],
)
def test_a_termination_that_breaks_a_rule_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        end(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": 0}, "number"),
        ({"lifts": (HASH,)}, "in a lift only"),
        ({"until": NOW}, "until is after issued"),
        ({"types": ("round",)}, "control types"),
        ({"types": ("info.request", "info.request")}, "nothing twice"),
        ({"partners": ("tr",)}, "another node"),
        ({"action": "lift"}, "a lift names"),
        ({"action": "lift", "lifts": (HASH,), "types": ("info.request",)}, "whole suspensions"),
        ({"action": "lift", "lifts": (HASH,), "until": NOW + HOUR}, "whole suspensions"),
    ],
)
def test_a_suspension_that_breaks_a_rule_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        suspension(**changes)


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("log", {"good_root": None}, "good_size and good_root"),
        ("log", {"key": "relec.example/pk/exchange/1"}, "a log is called"),
        ("log", {"key": "tr"}, "origin"),
        ("sealing", {"good_size": 1, "good_root": HASH}, "have none of these"),
        ("sealing", {"key": "abc"}, "16 hex digits"),
        ("sealing", {"good_texts": (HASH,)}, "have none of these"),
        ("witness", {"key": "abc"}, "64 hex digits"),
        ("witness", {"since": NOW + HOUR}, "not after issued"),
        ("authority", {"successor": None}, "successor"),
        ("authority", {"good_texts": (HASH, HASH)}, "nothing twice"),
        ("authority", {"key": authority("tr", 2).public().fingerprint()}, "another pair"),
    ],
)
def test_a_revocation_that_breaks_a_rule_is_refused(kind, changes, said):
    with pytest.raises(ValueError, match=said):
        revocation(kind, **changes)


def test_a_text_of_another_format_is_no_notice():
    with pytest.raises(InvalidInput, match="line 1"):
        read_notice(draft_suspension(suspension()).replace("suspension", "vacation", 1))


def test_a_notice_of_unknown_fields_is_refused():
    text = draft_suspension(suspension())
    with pytest.raises(InvalidInput):
        read_notice(text + 'colour = "red"\n')


# ---- holding -------------------------------------------------------------------------------------


def test_a_notice_is_held_once_with_the_keys_that_signed_it():
    note = notice_note(suspension())
    known = directory().with_notice(note)
    held = known.notice(notice_hash(suspension()))
    assert held.signers == {authority("tr").public().fingerprint()}
    assert known.counts(held)
    assert known.with_notice(note) is known


def test_a_notice_of_a_stranger_is_refused():
    text = draft_suspension(suspension())
    with pytest.raises(Unverified) as caught:
        directory().with_notice(sign(text, "pk"))
    assert caught.value.reason is Reason.PROOF_SIGNATURE


def test_a_notice_with_a_wrong_signature_is_refused():
    other = sign(draft_suspension(suspension(reason="Another")), "tr")
    text = draft_suspension(suspension()).encode()
    with pytest.raises(Unverified):
        directory().with_notice(text + b"\n" + other.split(b"\n\n")[-1])


def test_lines_of_strangers_are_not_kept_with_a_notice():
    text = draft_suspension(suspension())
    stranger = sign_text(text, key("pk", "authority", "note"))
    note = notice_note(suspension())
    known = directory().with_notice(merge_signatures(note, stranger))
    assert known.notice(notice_hash(suspension())).note == note


def test_a_notice_of_a_node_without_a_card_is_not_held():
    with pytest.raises(NotFound):
        directory(nodes=("pk", "iq"), own="pk").with_notice(notice_note(suspension()))
    with pytest.raises(NotFound):
        directory().notice(HASH)


def test_a_notice_of_another_network_is_refused():
    with pytest.raises(InvalidInput):
        directory().with_notice(notice_note(suspension(network="other.example")))
    with pytest.raises(Refused):
        directory().with_notice(notice_note(suspension(network_kind="production")))


def test_two_suspensions_of_one_number_are_an_alarm():
    one, two = suspension(), suspension(partners=("iq",))
    known = directory().with_notice(notice_note(one))
    assert known.numbered(notice_hash(one)) == ()
    both = known.with_notice(notice_note(two)).with_notice(notice_note(suspension(number=2)))
    assert [n.hash for n in both.numbered(notice_hash(one))] == [notice_hash(two)]
    assert [n.hash for n in both.numbered(notice_hash(two))] == [notice_hash(one)]


def test_a_node_that_rotated_its_authority_still_stands_by_its_notices():
    note = notice_note(suspension())
    known = directory().with_notice(note)
    both = merge_signatures(note, notice_note(suspension(), generation=2))
    assert known.with_notice(both).notice(notice_hash(suspension())).signers == {
        authority("tr").public().fingerprint()
    }


# ---- digests -------------------------------------------------------------------------------------


def test_digests_without_notices_are_those_of_cards_and_agreements_alone():
    known = directory(notes=(agreement_note("tr", "pk"),))
    assert known.digest_agreements("iq") == directory().digest_agreements("iq")


@pytest.mark.parametrize("notice", [suspension(), end(), suspension("pk", partners=("tr",))])
def test_the_digest_of_a_pair_covers_the_notices_between_the_two(notice):
    before, after = directory(), directory().with_notice(notice_note(notice))
    assert before.digest_agreements("pk") != after.digest_agreements("pk")
    assert before.digest_agreements("iq") == after.digest_agreements("iq")
    assert before.digest_cards() == after.digest_cards()
    there = directory("pk").with_notice(notice_note(notice))
    assert there.digest_agreements("tr") == after.digest_agreements("pk")


def test_the_digest_of_cards_covers_revocations():
    note = notice_note(revocation("sealing", "iq"))
    after = directory().with_notice(note)
    assert after.digest_cards() != directory().digest_cards()
    assert after.digest_cards() == directory("pk").with_notice(note).digest_cards()
    assert after.digest_agreements("pk") == directory().digest_agreements("pk")


def test_a_pair_shares_what_concerns_it_and_all_revocations():
    notices = (suspension(), end(partners=("iq",)), revocation("witness", "iq"))
    known = directory(notes=[notice_note(notice) for notice in notices])
    assert {n.kind for n in known.notices_with("pk")} == {"suspension", "revocation"}
    assert {n.kind for n in known.notices_with("iq")} == {"termination", "revocation"}


# ---- the prepared pairs --------------------------------------------------------------------------


def test_a_notice_between_two_leaves_what_is_prepared_for_others():
    known = directory()
    others, own = known.pair("tr", "iq"), known.pair("pk", "tr")
    for notice in (suspension(), end()):
        after = known.with_notice(notice_note(notice))
        assert after.pair("tr", "iq") is others
        assert after.pair("pk", "tr") is not own


def test_a_text_between_two_leaves_what_is_prepared_for_others():
    known = directory()
    others, own = known.pair("tr", "iq"), known.pair("pk", "tr")
    after = known.with_agreement(agreement_note("tr", "pk", grants=(grant(),)))
    assert after.pair("tr", "iq") is others
    assert after.pair("pk", "tr") is not own
    assert parse_agreement(agreement_note("tr", "pk", grants=(grant(),))).hash in after.agreements
