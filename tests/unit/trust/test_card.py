"""Cards: what one text must say to be a card at all."""

import hashlib
from datetime import timedelta

import pytest
from trust_network import (
    END,
    START,
    authority,
    card_note,
    key,
    make_card,
    sealing_bytes,
    sign,
)

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.trust.card import (
    Card,
    authority_fingerprint,
    format_fingerprint,
    parse_card,
    public_keys,
    read_card,
)
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    LogKeys,
    Partner,
    SealingEpoch,
    Unit,
    WitnessKeys,
)
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import split_note

DAY = timedelta(days=1)


def log(node="tr", what="exchange/1", **changes):
    return LogKeys(**{**LogKeys.of(key(node, what, "log").public()).model_dump(), **changes})


def closed(what, **changes):
    final = {"state": "closed", "final_size": 7, "final_root": "00" * 32}
    return log(what=what, **{**final, **changes})


def epoch(number, first_day, days=30):
    starts = START + first_day * DAY
    return SealingEpoch.of(sealing_bytes("tr", number), starts, starts + days * DAY)


def pair(name, kind="note"):
    ed25519, mldsa44 = key("tr", name, kind).public().vkeys()
    return {"ed25519": ed25519, "mldsa44": mldsa44}


def test_a_signed_card_is_parsed_and_keeps_its_bytes():
    note = card_note("tr")
    signed = parse_card(note)
    assert signed.card == make_card("tr")
    assert signed.note == note
    assert signed.text == draft_card(make_card("tr"))
    assert signed.hash == hashlib.sha256(signed.text.encode()).hexdigest()


def test_a_card_signed_by_another_authority_is_refused():
    with pytest.raises(Unverified, match="no signature"):
        parse_card(sign(draft_card(make_card("tr")), "pk"))


def test_a_card_changed_after_signing_is_refused():
    with pytest.raises(Unverified, match="is wrong"):
        parse_card(card_note("tr").replace(b"+90 555", b"+90 556"))


def test_a_card_with_one_of_two_signatures_is_refused():
    note = split_note(card_note("tr"))
    for line in note.signatures:
        with pytest.raises(Unverified, match="no signature"):
            parse_card(note.text + b"\n" + line.encode())


def test_an_unknown_field_is_refused_by_name():
    text = draft_card(make_card("tr")).replace('kind = "state"', 'kind = "state"\nrank = 1')
    with pytest.raises(InvalidInput, match="rank"):
        read_card(text)


def test_a_broken_key_is_named_by_its_place():
    text = draft_card(make_card("tr"))
    first = make_card("tr").logs[0].ed25519
    with pytest.raises(InvalidInput) as caught:
        read_card(text.replace(first, first[:-1]))
    assert caught.value.field == "logs[0]"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_until": START}, "valid_until"),
        ({"valid_until": START + 367 * DAY}, "12 months"),
        ({"valid_from": START.replace(microsecond=1)}, "to the second"),
        ({"valid_from": START.replace(tzinfo=None)}, "in UTC"),
        ({"version": 0}, "version"),
        ({"node": "TR"}, "node"),
        ({"network_kind": "test"}, "network_kind"),
        ({"kind": "bank"}, "kind"),
        ({"suites": ("relec/v2",)}, "suites"),
        ({"schemas": {"Stat": 1}}, "schemas"),
        ({"schemas": {"stat.report": 0}}, "schemas"),
        ({"witness": WitnessKeys(**pair("wit", "witness"))}, "witness keys are called"),
        ({"authority": AuthorityKeys(next="0" * 64, **pair("auth"))}, "authority keys are called"),
        (
            {"authority": AuthorityKeys.of(authority("tr").public(), authority("tr").public())},
            "other keys",
        ),
        ({"logs": ()}, "current"),
        ({"logs": (log(),)}, "one activity log is current"),
        ({"logs": (log(), log(), log(what="activity/1"))}, "listed twice"),
        ({"logs": (log("pk"), log(what="activity/1"))}, "a log is called"),
        ({"logs": (log(), log(what="exchange/2"), log(what="activity/1"))}, "current"),
        ({"logs": (log(), closed("exchange/2"), log(what="activity/1"))}, "highest number"),
        (
            {"logs": (log(origin="relec.example/tr/exchange/2"), log(what="activity/1"))},
            "keys of a log",
        ),
        ({"sealing": ()}, "sealing"),
        ({"sealing": tuple(epoch(n, 30 * n) for n in range(8))}, "sealing"),
        ({"sealing": (epoch(1, 30), epoch(0, 0))}, "in order"),
        ({"sealing": (epoch(0, 0), epoch(1, 29))}, "overlap"),
        ({"sealing": (epoch(0, 0), epoch(0, 30))}, "one thing only"),
        ({"partners": (Partner(node="tr", authority="0" * 64),)}, "another node"),
        ({"partners": (Partner(node="pk", authority="0" * 64),) * 2}, "listed once"),
        ({"units": (Unit(name="desk"),) * 2}, "unit is listed once"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused_and_says_which(changes, said):
    with pytest.raises(ValueError, match=said):
        Card(**{**make_card("tr").__dict__, **changes})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: epoch(0, 0, days=32), "up to 31 days"),
        (lambda: epoch(0, 0, days=0), "up to 31 days"),
        (lambda: SealingEpoch.of(b"short", START, END), "1216 bytes"),
        (lambda: log(final_size=1), "closed logs"),
        (lambda: closed("exchange/1", final_root=None), "closed logs"),
        (lambda: Partner(node="pk", authority="0" * 64, classes=("flash",)), "control"),
        (lambda: Partner(node="pk", authority="0" * 64, classes=("control",) * 2), "once"),
        (lambda: WitnessKeys(**pair("witness", "note")), "witness key"),
    ],
)
def test_a_part_that_breaks_a_rule_is_refused_and_says_which(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_a_sealing_key_with_the_id_of_another_is_refused():
    table = epoch(0, 0).model_dump()
    with pytest.raises(ValueError, match="not that of the key"):
        SealingEpoch(**{**table, "id": epoch(1, 0).id})


def test_a_log_may_be_closed_when_a_later_one_is_current():
    logs = (closed("exchange/1"), log(what="exchange/2"), log(what="activity/1"))
    text = draft_card(make_card("tr", logs=logs))
    assert read_card(text).logs == logs


def test_all_keys_of_a_card_are_counted():
    # Authority, witness and two logs with two keys each, two epochs, one unit with a key.
    units = (Unit(name="desk", key=epoch(9, 0).key),)
    assert len(set(public_keys(make_card("tr", units=units)))) == 11


def test_the_fingerprint_is_shown_in_groups_of_four():
    fingerprint = authority_fingerprint(make_card("tr"))
    shown = format_fingerprint(fingerprint)
    assert shown.replace(" ", "") == fingerprint
    assert [len(group) for group in shown.split(" ")] == [4] * 16
