"""What each of the three areas adds to a body: border events, smuggling, trafficking.

Contract: lists are closed, and say where they come from. Smuggling needs a stated financial or
material benefit: who helps without one, and the smuggled, are not smugglers. An empty list says
that there is known to be none.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import model_validator

from relec_exchange.message.bodies.blocks import Event, Money, Organisation, RouteLeg, Transport
from relec_exchange.message.fields import Bounded, Code, Count, Document, Text, rule


class BorderCounts(Document):
    """Persons at the border in these events; an absent count is not known."""

    detected: Count | None = None
    refused: Count | None = None
    false_documents: Count | None = None
    returned: Count | None = None
    dead_or_missing: Count | None = None


class BorderEvents(Document):
    """Irregular migration: events at the border, and how many persons they concern."""

    events: Annotated[tuple[Event, ...], Bounded(64)] = ()
    counts: BorderCounts | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.events and self.counts in (None, BorderCounts()):
            raise rule("border_empty", "give at least one event, or counts", "events")
        return self


class SmugglingService(StrEnum):
    """What a package contains. A list of our own, after what studies of smuggling describe."""

    GUIDE = "guide"
    LAND_TRANSPORT = "land_transport"
    SEA_TRANSPORT = "sea_transport"
    AIR_TICKET = "air_ticket"
    ACCOMMODATION = "accommodation"
    FORGED_DOCUMENTS = "forged_documents"
    GENUINE_DOCUMENTS_BY_FRAUD = "genuine_documents_by_fraud"
    BRIBERY = "bribery"
    SHAM_MARRIAGE = "sham_marriage"
    JOB_OFFER = "job_offer"
    GUARANTEED_ARRIVAL = "guaranteed_arrival"
    CREDIT = "credit"
    OTHER = "other"


class DangerIndicator(StrEnum):
    """What endangers the smuggled. A list of our own, after article 6 of the Smuggling Protocol."""

    OVERCROWDED = "overcrowded"
    UNSEAWORTHY = "unseaworthy"
    CLOSED_CONTAINER = "closed_container"
    NO_FOOD_OR_WATER = "no_food_or_water"
    EXTREME_WEATHER = "extreme_weather"
    DANGEROUS_DRIVING = "dangerous_driving"
    WEAPONS = "weapons"
    VIOLENCE = "violence"
    SEXUAL_VIOLENCE = "sexual_violence"
    HELD_FOR_RANSOM = "held_for_ransom"
    ABANDONED = "abandoned"
    CHILDREN_ALONE = "children_alone"
    DEBT = "debt"
    DEATHS = "deaths"
    OTHER = "other"


class SmugglingRole(StrEnum):
    """What a person does in a smuggling business: a list of our own. Travelling is no role."""

    ORGANISER = "organiser"
    RECRUITER = "recruiter"
    DRIVER = "driver"
    SKIPPER = "skipper"
    GUIDE = "guide"
    ACCOMMODATION = "accommodation"
    DOCUMENT_SUPPLIER = "document_supplier"
    MONEY_HANDLER = "money_handler"
    LOOKOUT = "lookout"
    CORRUPT_OFFICIAL = "corrupt_official"
    OTHER = "other"


class Smuggling(Document):
    """Smuggling of migrants. `benefit`: which financial or material benefit is sought, and how
    that is known.
    """

    benefit: Text
    routes: Annotated[tuple[RouteLeg, ...], Bounded(32)] = ()
    fees: Annotated[tuple[Money, ...], Bounded(32)] = ()
    services: Annotated[tuple[Code[SmugglingService], ...], Bounded(13, distinct=True)] = ()
    danger_indicators: Annotated[tuple[Code[DangerIndicator], ...], Bounded(15, distinct=True)] = ()
    transports: Annotated[tuple[Transport, ...], Bounded(32)] = ()
    organisations: Annotated[tuple[Organisation, ...], Bounded(32)] = ()


class TraffickingAct(StrEnum):
    """Acts of article 3(a) of the Trafficking Protocol."""

    RECRUITMENT = "recruitment"
    TRANSPORTATION = "transportation"
    TRANSFER = "transfer"
    HARBOURING = "harbouring"
    RECEIPT = "receipt"


# How the Human Trafficking Case Data Standards (HTCDS) of IOM spell the next two lists stands in
# importing/htcds-values.csv; its roles come nearest to the acts above.
class TraffickingMeans(StrEnum):
    """The values of MethodsOfControl in the HTCDS field standards, version 2.0."""

    PHYSICAL_THREATS = "physical_threats"
    THREATS_LAW_ENFORCEMENT = "threats_law_enforcement"
    THREATENS_CHILDREN_FAMILY = "threatens_children_family"
    DEBT_BONDAGE = "debt_bondage"
    FALSE_PROMISES = "false_promises"
    PHYSICAL_ABUSE = "physical_abuse"
    SEXUAL_ABUSE = "sexual_abuse"
    TAKES_EARNINGS = "takes_earnings"
    RESTRICTS_FINANCIAL_ACCESS = "restricts_financial_access"
    RESTRICTS_MEDICAL_CARE = "restricts_medical_care"
    WITHHOLDS_NECESSITIES = "withholds_necessities"
    PSYCHOLOGICAL_ABUSE = "psychological_abuse"
    PSYCHOACTIVE_SUBSTANCE = "psychoactive_substance"
    EXCESSIVE_WORKING_HOURS = "excessive_working_hours"
    WITHHOLDS_DOCUMENTS = "withholds_documents"
    OTHER = "other"


class TraffickingPurpose(StrEnum):
    """The values of TypeOfExploitation in the HTCDS field standards, version 2.0."""

    FORCED_LABOUR = "forced_labour"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    CHILD_LABOUR = "child_labour"
    FORCED_MARRIAGE = "forced_marriage"
    SERVITUDE = "servitude"
    FORCED_MILITARY = "forced_military_by_non_state_actors"
    ORGAN_REMOVAL = "organ_removal"
    FORCED_BEGGING = "forced_begging"
    FORCED_ADOPTION = "forced_adoption"
    SURROGACY = "surrogacy"
    OTHER = "other"


class Trafficking(Document):
    """Trafficking in persons by its three elements. For a child no means is needed."""

    acts: Annotated[tuple[Code[TraffickingAct], ...], Bounded(5, distinct=True)] = ()
    means: Annotated[tuple[Code[TraffickingMeans], ...], Bounded(16, distinct=True)] = ()
    purposes: Annotated[tuple[Code[TraffickingPurpose], ...], Bounded(11, distinct=True)] = ()
    events: Annotated[tuple[Event, ...], Bounded(32)] = ()
    organisations: Annotated[tuple[Organisation, ...], Bounded(32)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.acts and not self.means and not self.purposes:
            raise rule("trafficking_empty", "name at least one of acts, means and purposes", "acts")
        return self
