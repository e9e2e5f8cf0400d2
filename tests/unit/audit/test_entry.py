"""Entries: exactly the fields of their kind, in exactly one form."""

import json
from hashlib import sha256

import pytest

from relec_exchange.audit.entry import commitment, decode_entry, encode_entry, kind_and_time
from relec_exchange.audit.kinds import ACTIVITY_KINDS, EXCHANGE_KINDS, KINDS
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.encoding import b64, canonical

DIGEST = sha256(b"any").hexdigest()
COMMON = {"time": "2026-11-21T17:30:00.123Z", "network": "relec.example"}
ID = "019aa700-0000-7000-8000-000000000001"
SIGNATURE = b64(bytes(range(64)))
SENT = {
    "kind": "sent",
    **COMMON,
    "from": "tr",
    "to": "pk",
    "class": "ordinary",
    "seq": 17,
    "id": ID,
    "type": "info.request",
    "agreement": DIGEST,
    "card": DIGEST,
    "rules": DIGEST,
    "random": "00112233445566778899aabbccddeeff",
    "commitment": DIGEST,
}
OPENED = {
    "kind": "opened",
    **COMMON,
    "origin": "relec.example/tr/exchange/2",
    "previous_origin": "relec.example/tr/exchange/1",
    "previous_size": 9,
    "previous_root": DIGEST,
}
RECEIVED = {
    "kind": "received",
    **COMMON,
    "from": "tr",
    "to": "pk",
    "class": "flash",
    "seq": 1,
    "id": ID,
    "origin": "relec.example/tr/exchange/1",
    "index": 0,
    "leaf": DIGEST,
    "outcome": "not-permitted",
}
ANCHORED = {
    "kind": "anchored",
    **COMMON,
    "origin": "relec.example/tr/activity/1",
    "size": 4,
    "root": DIGEST,
}
ACTS = {**COMMON, "actor": "ayse", "id": ID, "signature": SIGNATURE}
EVERY = [
    OPENED,
    OPENED | {"previous_origin": "", "previous_size": 0, "previous_root": ""},
    SENT,
    SENT | {"agreement": "", "class": "control", "type": "round"},
    RECEIVED,
    {
        "kind": "adopted",
        **COMMON,
        "what": "card",
        "subject": "pk",
        "version": 3,
        "hash": DIGEST,
    },
    {
        "kind": "voided",
        **COMMON,
        "to": "pk",
        "class": "ordinary",
        "seq": 4,
        "leaf": DIGEST,
        "reason": "no_route",
    },
    {"kind": "erased", **COMMON, "what": "content", "subject": DIGEST, "reason": "retention"},
    ANCHORED,
    {"kind": "submitted", **ACTS},
    {"kind": "released", **ACTS},
    {"kind": "opened_message", **ACTS, "leaf": DIGEST},
    {
        "kind": "decision",
        **COMMON,
        "id": ID,
        "direction": "outbound",
        "outcome": "denied",
        "rule": "no-grant-type",
        "agreement": "",
        "grant": "",
        "type": "info.request",
        "peer": "pk",
        "version": 1,
        "exercise": "yes",
        "area": "migrant_smuggling",
        "purpose": "criminal_investigation",
        "level": "nominal",
        "handling": "H1+H2",
        "unit": "contact-point",
        "at": "2026-11-21T17:30:00.000Z",
    },
    {
        "kind": "quarantined",
        **COMMON,
        "reason": "unseal",
        "source": "pk",
        "count": 200,
        "minute": "2026-11-21T17:29:00.000Z",
    },
    {
        "kind": "officer",
        **COMMON,
        "action": "add",
        "name": "ayse",
        "roles": ["releaser", "submitter"],
        "key": f"relec.example/tr/officer/ayse+0a1b2c3d+{b64(bytes(33))}",
    },
    {
        "kind": "officer",
        **COMMON,
        "action": "remove",
        "name": "ayse",
        "roles": [],
        "key": "",
    },
    {"kind": "access", **COMMON, "actor": "ayse", "action": "search", "ref": ""},
    {"kind": "alarm", **COMMON, "what": "log-fork", "subject": "pk", "detail": DIGEST},
    {
        "kind": "alarm_closed",
        **COMMON,
        "actor": "ayse",
        "what": "log-fork",
        "subject": "pk",
        "reason": "explained",
    },
    {"kind": "unsealed", **COMMON, "actor": "ayse", "id": ID, "leaf": "", "reason": "audit"},
    {"kind": "delivered", **COMMON, "id": ID, "unit": "desk", "target": "mailbox"},
    {"kind": "answered", **ACTS, "question": "protection-checked"},
    {"kind": "approved", **ACTS},
    {"kind": "returned", **ACTS},
    {"kind": "confirmed", **ACTS},
    {"kind": "closed", **ACTS, "leaf": DIGEST},
    {"kind": "freed", **ACTS, "leaf": DIGEST},
    {"kind": "extracted", **ACTS, "digest": DIGEST},
    {
        "kind": "kept",
        **ACTS,
        "direction": "in",
        "leaf": DIGEST,
        "until": "2027-06-30",
    },
    {"kind": "unkept", **ACTS, "direction": "in", "leaf": DIGEST},
    {"kind": "exported", **ACTS, "leaf": DIGEST, "use": "court"},
]


def reason_of(data, **options):
    with pytest.raises(Unverified) as caught:
        decode_entry(data, **options)
    return caught.value.reason


@pytest.mark.parametrize("fields", EVERY, ids=lambda fields: fields["kind"])
def test_every_kind_is_read_back_as_written_in_canonical_form(fields):
    data = encode_entry(fields)
    assert decode_entry(data) == fields
    assert data == canonical(fields)


def test_the_examples_cover_every_kind():
    assert {fields["kind"] for fields in EVERY} == set(KINDS)
    assert set(EXCHANGE_KINDS) & set(ACTIVITY_KINDS) == {"opened"}


@pytest.mark.parametrize("fields", EVERY, ids=lambda fields: fields["kind"])
def test_no_field_may_be_missing_and_none_be_added(fields):
    for key in fields:
        cut = {name: value for name, value in fields.items() if name != key}
        assert reason_of(canonical(cut)) is Reason.ENTRY_MALFORMED
    assert reason_of(canonical(fields | {"note": "x"})) is Reason.ENTRY_MALFORMED


@pytest.mark.parametrize("fields", EVERY, ids=lambda fields: fields["kind"])
def test_no_field_takes_a_value_of_another_type(fields):
    for key in fields:
        for odd in (None, True, -1, 2**53, "Ünfit", 'a"b', "a b", [1], {}):
            assert reason_of(json.dumps(fields | {key: odd}).encode()) is Reason.ENTRY_MALFORMED
            if odd != 2**53:
                assert reason_of(canonical(fields | {key: odd})) is Reason.ENTRY_MALFORMED
            with pytest.raises(InvalidInput):
                encode_entry(fields | {key: odd})


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d + b"\n",
        lambda d: b" " + d,
        lambda d: b"\xef\xbb\xbf" + d,
        lambda d: d.replace(b'"seq":17', b'"seq":17.0'),
        lambda d: d.replace(b'"seq":17', b'"seq":1.7e1'),
        lambda d: d.replace(b'"seq":17', b'"seq":017'),
        lambda d: d.replace(b'"seq":17', b'"seq":"17"'),
        lambda d: d.replace(b'"seq":17', b'"seq":17,"seq":17'),
        lambda d: d.replace(b'"seq":17', b'"seq": 17'),
        lambda d: d.replace(b'"seq":17', b'"seq":NaN'),
        lambda d: d.replace(b'"to":"pk"', b'"to":"\\u0070k"'),
        lambda d: d.replace(b'"to":"pk"', b'"to":"pk\\ud800"'),
        lambda d: d.replace(b'"to":"pk"', b'"to":"pk\\u0000"'),
        lambda d: d.replace(b'"to":"pk"', b'"to":"PK"'),
        lambda d: d.replace(b'"to":"pk"', b'"to":"tr"'),
        lambda d: d.replace(b'"type":"info', b'"type":"' + b"x" * 64),
        lambda d: d.replace(b"2026-11-21", b"2026-02-30"),
        lambda d: d.replace(b".123Z", b"Z"),
        lambda d: d.replace(DIGEST.encode(), DIGEST.upper().encode()),
        lambda d: json.dumps(json.loads(d)).encode(),
        lambda d: json.dumps(dict(reversed(json.loads(d).items())), separators=(",", ":")).encode(),
        lambda d: d.decode().encode("utf-16"),
        lambda d: d[:-1],
        lambda d: b"",
        lambda d: b"[" * 4000,
        lambda d: b"null",
        lambda d: b"[" + d + b"]",
        lambda d: d.replace(b'"kind":"sent"', b'"kind":["sent"]'),
        lambda d: d.replace(b'"kind":"sent"', b'"kind":"sont"'),
        lambda d: d[:-1] + b'"' + b" " * 4096 + b"}",
    ],
)
def test_bytes_that_encode_entry_would_not_write_are_malformed(change):
    assert reason_of(change(encode_entry(SENT))) is Reason.ENTRY_MALFORMED


def test_an_entry_of_another_kind_in_place_of_sent_has_its_own_reason():
    assert decode_entry(encode_entry(SENT), kind="sent")["seq"] == 17
    assert reason_of(encode_entry(RECEIVED), kind="sent") is Reason.ENTRY_KIND


@pytest.mark.parametrize(
    "fields",
    [
        RECEIVED | {"origin": "relec.example/pk/exchange/1"},
        RECEIVED | {"origin": "relec.example/tr/activity/1"},
        RECEIVED | {"origin": "other.example/tr/exchange/1"},
        ANCHORED | {"origin": "relec.example/tr/exchange/1"},
        OPENED | {"previous_root": ""},
        OPENED | {"previous_origin": ""},
        OPENED | {"previous_origin": "relec.example/tr/exchange/2"},
        OPENED | {"previous_origin": "relec.example/tr/activity/1"},
        OPENED | {"previous_origin": "relec.example/pk/exchange/1"},
        OPENED | {"network": "other.example"},
    ],
)
def test_fields_that_contradict_each_other_are_malformed(fields):
    assert reason_of(canonical(fields)) is Reason.ENTRY_MALFORMED


def test_the_detail_names_the_field_and_never_its_value():
    with pytest.raises(Unverified) as caught:
        decode_entry(canonical(SENT | {"id": "Secret Name"}))
    assert "id" in caught.value.detail
    assert "Secret" not in str(caught.value)
    with pytest.raises(Unverified) as caught:
        decode_entry(canonical(SENT | {"Secret Name": 1}))
    assert "Secret" not in str(caught.value)


def test_the_commitment_binds_label_salt_and_message():
    salt = bytes(range(32))
    expected = sha256(b"relec/v1 message" + salt + b"{}").digest()
    assert commitment(salt, b"{}") == expected
    with pytest.raises(InvalidInput):
        commitment(salt[:31], b"\x1f{}")


def test_kind_and_time_are_found_without_reading_the_rest():
    for fields in EVERY:
        assert kind_and_time(encode_entry(fields)) == (fields["kind"], fields["time"])
    with pytest.raises(InvalidInput):
        kind_and_time(b"{}")
