"""Every number of protocol v1 that is not a choice of a member: limits, and times.

Contract: `LIMITS` never changes within a protocol version. `TIMES` are the longest times; the
charter of an exercise network may shorten them (tests and demonstrations do), never lengthen them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final

from relec_exchange.errors import InvalidInput

KIB: Final = 1024
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

# The unit of every card that alone may read who is a victim. Its name is the same everywhere.
PROTECTION_UNIT: Final = "protection-desk"
# The one type that goes before a second person has looked.
RESCUE: Final = "warning.life_at_risk"


@dataclass(frozen=True, slots=True)
class Limits:
    """Fixed sizes and counts. They are checked before anything is parsed."""

    # A sealed envelope is padded to the smallest of these that holds it: its size tells little.
    envelope_buckets_bytes: tuple[int, ...] = tuple(n * KIB for n in (8, 16, 32, 64, 128, 256))
    # Version, suite, network, two nodes, class and key id need under 300 bytes.
    clear_header_max_bytes: int = 1024
    # A body sealed to a unit is padded to the smallest of these that holds it with its salt; two
    # parts of the largest, in base64, still fit a message.
    unit_body_buckets_bytes: tuple[int, ...] = tuple(n * KIB for n in (4, 8, 16, 32, 64))
    # Encapsulated key (1120) and tag (16): by how much a sealed part is longer than its bucket.
    unit_seal_overhead_bytes: int = 1136
    # Leaves 64 KiB of the largest bucket to salt, entry, proof and framing.
    message_max_bytes: int = 192 * KIB
    # Decoded, all of one message together; larger files need another way in v1.
    attachments_max_bytes: int = 128 * KIB
    # Our deepest body needs 7 levels; a parser's stack must not be the limit.
    json_depth_max: int = 32
    # 63 hashes and 16 signatures with ML-DSA-44 would exceed it; a real proof takes about 8 KiB.
    proof_max_bytes: int = 16 * KIB
    # The longest entry kind takes under 900 bytes.
    entry_max_bytes: int = 4 * KIB
    # A charter with many grants and ML-DSA signatures of all members.
    note_max_bytes: int = 128 * KIB
    # c2sp.org/tlog-witness: a consistency proof has at most 63 lines.
    consistency_lines_max: int = 63
    # Signature lines under one note or checkpoint.
    signatures_max: int = 16
    # Leaves named in one receipt: a receipt never exceeds what one batch receives.
    receipt_items_max: int = 256
    # Numbers asked for, or answered as void, in one control message.
    resend_numbers_max: int = 256
    # Envelopes kept without an authenticated sender, in all ...
    quarantine_ring: int = 1000
    # ... and from one source, so that a flood cannot push out what others sent.
    quarantine_per_source: int = 200
    # Messages sealed under one checkpoint, and committed in one transaction.
    batch_max: int = 256


@dataclass(frozen=True, slots=True)
class Times:
    """Durations in seconds (counts of rounds where the name says so). An exercise may shorten them.

    `shortened` is the only way to other values, and refuses longer ones.
    """

    # How far a peer's clock may run ahead of ours before its entry is refused.
    clock_ahead_seconds: int = 300
    # How long a missing number may be merely late before it is asked for.
    gap_ordinary_seconds: int = 120
    gap_flash_seconds: int = 30
    # An envelope older than this is stale ...
    time_to_live_seconds: int = 14 * _DAY
    # ... and for so long after it, a sender still answers a resend request.
    resend_window_seconds: int = 14 * _DAY
    # How long a message waits for a card or agreement text that is not held yet.
    hold_seconds: int = 24 * _HOUR
    # The heartbeat: while anything changed on either side, and when idle.
    round_busy_seconds: int = 60
    round_idle_seconds: int = 600
    # An accepted checkpoint not proven after so many of its sender's rounds is an alarm.
    rounds_unproven_max: int = 10
    # The same receipt is repeated for a duplicate at most this often.
    duplicate_receipt_interval_seconds: int = 60
    # A sealing key lives no longer; it is destroyed a time to live and a resend window later.
    sealing_epoch_max_seconds: int = 31 * _DAY
    # A gap that stays open is asked for again after this.
    resend_retry_seconds: int = 120
    # Silence for so many of the longest intervals is an alert.
    silence_rounds: int = 3
    # Answers are due after this unless the agreement says otherwise.
    deadline_routine_seconds: int = 7 * _DAY
    deadline_urgent_seconds: int = 3 * _DAY
    deadline_flash_seconds: int = 8 * _HOUR
    # Whoever is told nothing is told so at full hours, whatever the reason and whoever decided.
    reply_slot_seconds: int = _HOUR
    # A rescue that left without its second person is confirmed within this, or the duty is told.
    confirm_seconds: int = _HOUR
    # A node that cannot tell whether its store is the newest listens for so long at most: the
    # idle and the busy interval of rounds, in which every partner that is there was heard.
    listen_seconds: int = 660
    # What became of a recalled message is due after this.
    recall_seconds: int = 3 * _DAY

    @property
    def unproven_patience(self) -> timedelta:
        """How long a tree may stay unproven behind full rounds, and rounds of ours unread."""
        return timedelta(seconds=self.rounds_unproven_max * self.round_idle_seconds)

    def shortened(self, overrides: Mapping[str, int]) -> Times:
        """These times with some made shorter; `InvalidInput` names a key that is not allowed."""
        current = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, value in overrides.items():
            if name not in current:
                raise InvalidInput("there is no such time", field=f"times.{name}")
            if type(value) is not int or not 1 <= value <= current[name]:
                raise InvalidInput(
                    f"a time may be shortened only: 1 to {current[name]}", field=f"times.{name}"
                )
        return replace(self, **overrides)


LIMITS: Final = Limits()
TIMES: Final = Times()
