"""The body of `stat.analysis`: what the figures of a period say, in words. Never about a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from relec_exchange.message.bodies.statistics import Period
from relec_exchange.message.fields import Bounded, Code, Document, Line, Text


class Trend(StrEnum):
    """Which way it goes."""

    RISING = "rising"
    FALLING = "falling"
    STABLE = "stable"
    UNCLEAR = "unclear"


class Confidence(StrEnum):
    """How sure the analysts are."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class StatAnalysis(Document):
    """Findings about one period, the trend, how sure that is, and what it rests on."""

    period: Period
    findings: Annotated[tuple[Text, ...], Bounded(32, least=1)]
    trend: Code[Trend]
    confidence: Code[Confidence]
    sources: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
