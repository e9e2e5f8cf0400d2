"""Alarms as the rounds raise them: see `journal.alarming`, which receiving shares."""

from __future__ import annotations

from relec_exchange.journal.alarming import Alarm, alarm_plan

__all__ = ["Alarm", "alarm_plan"]
