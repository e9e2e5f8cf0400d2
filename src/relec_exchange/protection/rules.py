"""The protection rules in force, and the questions asked of them.

Contract: a rule is a pure function of a message and of given facts. `judge` asks every rule and
never raises: a rule that breaks holds the message for the protection desk. The digest in each log
entry says which rules those were.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from relec_exchange.message.constants import RESCUE
from relec_exchange.message.document import Message
from relec_exchange.message.withholding import RULE_MISMATCH, Disclosure
from relec_exchange.protection import (
    assurance,
    asylum,
    children,
    four_eyes,
    free_text,
    neutrality,
    recall,
    retention,
    silent,
    small_cells,
    third_party,
    victims,
)
from relec_exchange.protection.memory import remembered
from relec_exchange.protection.model import Effect, Facts, Finding, Rule

# Rules 1 to 11 have the numbers of the memorandum's protection rules; P12 is ours.
RULES: Final[tuple[Rule, ...]] = (
    Rule(
        asylum.RULE,
        1,
        "Nobody learns from a message that a person seeks or has protection.",
        "A state that is feared must not find out where somebody is, or that a claim was made. "
        "Words and codes that tell it are refused. A message about persons to a state that may be "
        "theirs waits until an officer has checked. Who is in your own protection register is "
        "known to your protection desk alone. A return or reintegration with informed consent or "
        "a final decision may go, but never names a claim.",
        asylum.asylum,
    ),
    Rule(
        silent.RULE,
        2,
        "Nobody learns from a refusal whether nothing is held, something is refused, or somebody "
        "is protected.",
        "One answer stands for all three. The node writes it and sends it at a full slot, so that "
        "neither words nor time tell a reason. A field that tells of protection by being there is "
        "withheld without a trace.",
        silent.silent_safe,
    ),
    Rule(
        victims.RULE,
        1,
        "A victim is named in protection.referral only, and there nothing is said of a case.",
        "Victims are hurt again when their names travel with case files. A referral goes to the "
        "protection desk alone and needs a consent record.",
        victims.victim_identity,
    ),
    Rule(
        children.RULE,
        1,
        "A child's birth date does not travel unless it is needed, and no child goes unspoken for.",
        "An age band is enough for almost every purpose. A guardian or a note on the child's best "
        "interest shows that somebody thought of the child, and the protection desk approves.",
        children.children,
    ),
    Rule(
        neutrality.RULE,
        1,
        "No message has a political, military, religious or racial ground; open types are no "
        "list of persons or organisations and serve no push-back.",
        "Police cooperation must not become a tool against opinion, service, belief or origin. "
        "What the charter grants to all is about dangers and methods, not about who someone is.",
        neutrality.neutrality,
    ),
    Rule(
        assurance.RULE,
        2,
        "Suspects are not named to a state that has not promised to put nobody to death and to "
        "torture nobody.",
        "A name sent to another state cannot be taken back. The promises stand in the agreement "
        "under which the message goes; without them only others than suspects are named.",
        assurance.assured,
    ),
    Rule(
        third_party.RULE,
        2,
        "What was received is not passed on under H2, taken to court under H1, or used for a new "
        "purpose, without consent.",
        "Who provides something decides how far it goes, also when it is told again in a new "
        "message. A consent is for one message and one use, and it ends.",
        third_party.third_party,
    ),
    Rule(
        retention.RULE,
        2,
        "Nothing is kept longer than the shortest of national rule, agreement and five years.",
        "What is not held cannot hurt. Erasing runs by itself, every day; here no message may ask "
        "to be kept for more than five years. A legal hold is reasoned and ends.",
        retention.within_ceiling,
    ),
    Rule(
        recall.RULE,
        2,
        "No correction and no recall ends before everybody who got the message has answered, and "
        "nothing is made from what was called back.",
        "A wrong fact does most harm where nobody hears that it was wrong. The node lists who has "
        "not been told and who has not answered.",
        recall.recalled,
    ),
    Rule(
        four_eyes.RULE,
        1,
        "No single person sends what may hurt somebody.",
        "Identified persons, restricted handling, victims, children and the first use of an "
        "agreement are looked at by two.",
        four_eyes.four_eyes,
    ),
    Rule(
        "P11-small-cells",
        1,
        "No table lets its readers work out a small figure.",
        "A figure under five, told or left open to subtraction, is about persons who can be found.",
        small_cells.small_cells,
    ),
    Rule(
        free_text.RULE,
        1,
        "Nobody is recognised from the texts and files of a message that is about nobody.",
        "Names known here and numbers of persons are found in every script; for the rest an "
        "officer has read it and says so.",
        free_text.free_text,
    ),
)


def judge(message: Message, facts: Facts) -> tuple[Finding, ...]:
    """What every rule finds, in the order of the rules. Never raises.

    A correction that discloses fields is asked about too as the message that is known after it.
    """
    found = _found(message, facts)
    if isinstance(message, Disclosure):
        found += tuple(one for one in _after(message, facts) if one not in found)
    return tuple(map(_not_held, found)) if message.header.type == RESCUE else found


def _found(message: Message, facts: Facts) -> tuple[Finding, ...]:
    with remembered():
        return tuple(one for rule in RULES for one in _asked(rule, message, facts))


def _after(disclosure: Disclosure, facts: Facts) -> tuple[Finding, ...]:
    """What is found in the whole message; where it is not here, nobody can look at it."""
    if disclosure.whole is not None:
        return _found(disclosure.whole, replace(facts, amended=("", "")))
    return (
        Finding(
            RULE_MISMATCH,
            Effect.HOLD,
            "body.message_id",
            "the message whose fields this discloses is not here",
            "ask for the message again, or free this one if it came and was erased",
            local=True,
        ),
    )


def _not_held(found: Finding) -> Finding:
    """People drown while a desk looks: names and numbers that would hold a rescue are looked at by
    a second person after it went. A partner could otherwise hold ours by naming what stands in it.
    """
    waits = found.effect is Effect.HOLD and (found.local or found.rule == free_text.RULE)
    return replace(found, effect=Effect.SECOND) if waits else found


def rules_digest(rules: tuple[Rule, ...] | None = None) -> str:
    """SHA-256 in hex over one line `identifier version` per rule, sorted."""
    lines = sorted(
        f"{rule.identifier} {rule.version}\n" for rule in (RULES if rules is None else rules)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _asked(rule: Rule, message: Message, facts: Facts) -> tuple[Finding, ...]:
    """What one rule finds. A rule that breaks must not let a message through."""
    try:
        return tuple(rule.check(message, facts))
    except Exception as error:  # noqa: BLE001 - a rule at fault lets nothing pass
        return (
            Finding(
                rule.identifier,
                Effect.HOLD,
                "message",
                f"the rule could not be applied ({type(error).__name__})",
                "ask your protection desk to look at it",
                local=True,
            ),
        )
