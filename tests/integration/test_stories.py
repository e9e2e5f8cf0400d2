"""One long story for each area, between three nodes over a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from afterwards import afterwards
from audited import verified_logs
from conversing import AUDITOR, DESK, DESK_SECOND, RELEASER, SUBMITTER, Sent, Talk, gone
from three_years import entries_of

from relec_exchange.client import Submitted
from relec_exchange.demo.exercise import QUICK, Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import PATIENCE_SECONDS, eventually
from relec_exchange.errors import Conflict, Refused
from relec_exchange.message.constants import PROTECTION_UNIT
from relec_exchange.message.identifiers import parse_time
from relec_exchange.node import Node
from relec_exchange.records import InboxRow, OutboxRow, Where
from whole_logs import check_every_log

pytestmark = pytest.mark.broker

NODES = ("tr", "pk", "iq")
SMUGGLING = {"area": "migrant_smuggling", "purpose": "criminal_investigation"}
TRAFFICKING = {"area": "human_trafficking", "purpose": "criminal_investigation"}
GRADED = {"source_grade": "B", "info_grade": "2"}
NOBODY = "no-person-recognisable"
CHECKED = "protection-checked"
CONFIRM_SECONDS = 25
"""Long enough for the commands of the second person, each a process, on a busy machine."""

PAUSE_SECONDS = 1.2
FIVE_YEARS = 1827
SECRET = "Zuleyka Simulated"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    times = {**QUICK, "confirm_seconds": CONFIRM_SECONDS}
    exercise = Exercise(nodes=NODES, times=times, log_level="warning")
    with ExerciseNetwork(tmp_path_factory.mktemp("stories"), exercise) as network:
        network.build()
        network.start()
        yield Talk(network)


def submitted(talk: Talk, node: str, kind: str, *results: Submitted) -> list[Sent]:
    """What an officer's client made, on its way to the end."""
    return [talk.finish(node, kind, one) for one in results]


def due(talk: Talk, request: Sent) -> tuple[str, str]:
    """When the answer is due, as each end says it."""
    return talk.line(request)["due_at"], talk.line_there(request)["due_at"]


def alarms(talk: Talk) -> dict[str, int]:
    assert all(talk.events(node, "alarm") == [] for node in NODES)
    return {node: talk.network.status(node)["alarms"] for node in NODES}


def whole_thread(talk: Talk, *messages: Sent) -> None:
    """Both ends list the same conversation, in the same order, with nothing missing."""
    said = [(one.type, one.message_id) for one in messages]
    for node in (messages[0].sender, messages[0].recipient):
        assert talk.thread(node, messages[-1].message_id) == said, node


# ---- migrant smuggling -------------------------------------------------------------------------

WARNING = {
    "kind": "modus_operandi",
    "where": {"country": "TR", "subdivision": "TR-65"},
    "when": {"from": "2026-11-01", "to": "2026-11-20"},
    "what": "Vans with a false floor leave at night (simulated).",
    "estimated_persons": 40,
}
REQUEST = {
    "questions": [
        {"number": 1, "text": "Who paid for the van?", "why": "It was hired for one night."},
        {"number": 2, "text": "Is the driver known?", "why": "He crossed twice."},
    ],
    "reasons": "A simulated investigation of smuggling for payment.",
    "persons": [
        {
            "category": "suspect",
            "names": [{"text": "Simulated Driver", "kind": "birth", "script": "Latn"}],
            "citizenships": ["IRQ"],
            "roles": ["driver"],
        }
    ],
    "smuggling": {"benefit": "3000 US dollars for each person, by hawala"},
    "for_court": True,
}


def answer(number: int, text: str) -> dict[str, Any]:
    return {"number": number, "answer": text, "handling": ["H1"], **GRADED}


def test_a_story_of_smuggling(talk: Talk) -> None:
    before, start = alarms(talk), len(talk.said)
    copies = warned_and_acknowledged(talk)
    request, asked_back = asked_and_clarified(talk)
    answered = answered_in_two_parts(talk, request)
    whole_thread(talk, request, *asked_back, *answered)
    recalls = corrected_and_recalled(talk, copies)
    for copy in copies:
        destroyed(talk, copy, recalls[copy.recipient])
    assert talk.officer("tr").open(copies[0].message_id, "out").body == WARNING
    for copy in copies:
        kinds = [kind for kind, _ in talk.thread(copy.recipient, copy.message_id)]
        assert kinds[:2] == ["warning.notice", "ack"]
        assert kinds[-2:] == ["recall", "recall.outcome"]
    talk.account(talk.said[start:])
    assert alarms(talk) == before


def warned_and_acknowledged(talk: Talk) -> list[Sent]:
    """One warning to two partners; each says what it did."""
    header = {**SMUGGLING, **GRADED}
    sent = talk.officer("tr").submit(
        type="warning.notice", to=["pk", "iq"], body=WARNING, answers=[NOBODY], **header
    )
    copies = submitted(talk, "tr", "warning.notice", *sent)
    for copy in copies:
        assert talk.open(copy).body == WARNING
        acked = talk.officer(copy.recipient).ack(copy.message_id, "Patrols told")
        [ack] = submitted(talk, copy.recipient, "ack", acked)
        assert talk.open(ack).body["action_taken"] == "Patrols told"
        talk.reaches(copy, "answered")
    return copies


def paused(talk: Talk, request: Sent) -> set[bool]:
    """Whether the clock stands, as each end says it; both of the same moment if it does."""
    ends = (talk.line(request)["paused_at"], talk.line_there(request)["paused_at"])
    assert "" in ends or ends[0] == ends[1]
    return {end != "" for end in ends}


def asked_and_clarified(talk: Talk) -> tuple[Sent, tuple[Sent, Sent]]:
    """A question about a person, and a question back: the clock stands still at both ends."""
    request = talk.send("pk", "tr", "info.request", REQUEST, **SMUGGLING)
    assert talk.open(request).body == REQUEST
    first, there = due(talk, request)
    assert first == there != ""
    tr, pk = talk.officer("tr"), talk.officer("pk")
    items = [{"number": 1, "text": "Which night?"}]
    [question] = submitted(
        talk, "tr", "info.clarify", tr.clarify(request.message_id, items, [CHECKED])
    )
    talk.open(question)
    eventually(lambda: paused(talk, request) == {True}, "the clock stands at both ends")
    time.sleep(PAUSE_SECONDS)
    items = [{"number": 1, "text": "The first of November"}]
    [answer] = submitted(
        talk, "pk", "info.clarify", pk.clarify(question.message_id, items, [CHECKED])
    )
    talk.open(answer)
    talk.reaches(question, "answered")
    eventually(lambda: paused(talk, request) == {False}, "the clock goes on at both ends")
    ours, theirs = due(talk, request)
    assert ours == theirs
    moved = (parse_time(ours) - parse_time(first)).total_seconds()
    assert PAUSE_SECONDS <= moved < 300
    return request, (question, answer)


def answered_in_two_parts(talk: Talk, request: Sent) -> tuple[Sent, ...]:
    """Half an answer under H1; permission to use it in court; then the rest."""
    tr, pk = talk.officer("tr"), talk.officer("pk")
    half = [answer(1, "A company in the south.")]
    partly = tr.reply(request.message_id, "partial", half, [CHECKED], handling=["H1"])
    [partial] = submitted(talk, "tr", "info.reply", partly)
    assert talk.open(partial).body["answers"][0]["handling"] == ["H1"]
    owed = {one["message_id"]: one["owes"] for one in pk.deadlines()}
    assert owed[request.message_id] == ["info.reply"]
    assert talk.line(request)["state"] == "validated"
    with pytest.raises(Conflict):
        tr.nothing(request.message_id)

    asked = {"message_id": partial.message_id, "use": "court", "why": "The trial begins in May."}
    may = talk.send("pk", "tr", "consent.request", asked, **SMUGGLING)
    assert talk.open(may).body == asked
    decided = {"decision": "granted", "conditions": "Without the name of the source"}
    yes = talk.send(
        "tr", "pk", "consent.decision", decided, in_reply_to=may.message_id, **SMUGGLING
    )
    assert talk.open(yes).body == decided
    talk.reaches(may, "answered")

    rest = tr.reply(request.message_id, "full", [answer(2, "He is.")], [CHECKED], handling=["H1"])
    [full] = submitted(talk, "tr", "info.reply", rest)
    talk.open(full)
    talk.reaches(request, "answered")
    assert request.message_id not in [one["message_id"] for one in pk.deadlines()]
    return partial, may, yes, full


def marked(talk: Talk, sent: Sent, word: str) -> None:
    """The sender's own list says so too."""
    eventually(lambda: talk.line(sent)["withdrawn"] == word, f"{sent.sender} marks it {word}")


def corrected_and_recalled(talk: Talk, copies: list[Sent]) -> dict[str, Sent]:
    """Whatever copy is named, everybody who has one is told; the recalls by their recipients."""
    tr = talk.officer("tr")
    fields = {"/body/estimated_persons": "14"}
    told = tr.correct(copies[0].message_id, "A typing error", fields, [NOBODY])
    corrections = submitted(talk, "tr", "correction", *told)
    assert sorted(one.recipient for one in corrections) == ["iq", "pk"]
    named = {copy.recipient: copy for copy in copies}
    for correction in corrections:
        copy = named[correction.recipient]
        assert talk.open(correction).body["message_id"] == copy.message_id
        assert talk.line_there(copy)["withdrawn"] == "corrected"
        marked(talk, copy, "corrected")
    told = tr.recall(copies[1].message_id, "inaccurate", "It was another road")
    recalls = {one.recipient: one for one in submitted(talk, "tr", "recall", *told)}
    assert recalls.keys() == named.keys()
    for node, recall in recalls.items():
        assert talk.open(recall).body["message_id"] == named[node].message_id
        assert talk.line_there(named[node])["withdrawn"] == "recalled"
        marked(talk, named[node], "recalled")
    waits = {one["message_id"]: one["owes"] for one in tr.deadlines()}
    assert all(waits[one.message_id] == ["recall.outcome"] for one in recalls.values())
    return recalls


def destroyed(talk: Talk, copy: Sent, recall: Sent) -> None:
    """The recipient says that it is destroyed, signed and timed; nobody there can read it."""
    client = talk.officer(copy.recipient)
    started = datetime.now(UTC)
    [outcome] = submitted(
        talk, copy.recipient, "recall.outcome", client.outcome(recall.message_id, "destroyed")
    )
    body = talk.open(outcome).body
    assert (body["message_id"], body["outcome"]) == (copy.message_id, "destroyed")
    assert abs((parse_time(body["at"]) - started).total_seconds()) < 300
    assert talk.reaches(recall, "answered")["outcome"] == "destroyed"
    for name in (SUBMITTER, RELEASER, DESK):
        assert gone(talk.officer(copy.recipient, name), copy.message_id)
    assert talk.line_there(copy)["withdrawn"] == "erased"
    assert verified_logs(talk.network, copy.recipient)["exchange"].kinds["erased"] == 1
    assert recall.message_id not in [one["message_id"] for one in talk.officer("tr").deadlines()]


# ---- trafficking in human beings ---------------------------------------------------------------

ALERT = {
    "series": [
        {
            "issuer": "PAK",
            "document_type": "passport",
            "first": "X0000100",
            "last": "X0000199",
            "count": 100,
            "state": "stolen_blank",
        }
    ],
    "features": ["Line 2 is printed too low"],
}
CASE = {
    "offence": "Recruitment for forced labour by false promises (simulated)",
    "facts": [
        {
            "number": 1,
            "text": "Workers were locked in at night.",
            "handling": ["H2"],
            **GRADED,
        }
    ],
    "competent_authority": "Prosecutor of a simulated city",
    "asked": "Take over the investigation",
    "trafficking": {
        "acts": ["recruitment", "harbouring"],
        "means": ["debt_bondage", "false_promises"],
        "purposes": ["forced_labour"],
    },
}
REFERRAL = {
    "consent": {
        "given_on": "2026-11-20",
        "given_by": "self",
        "scope": "Housing and a doctor of confidence",
        "reference": "Form 7",
    },
    "person": {
        "category": "victim",
        "names": [{"text": SECRET, "kind": "birth", "script": "Latn"}],
        "citizenships": ["BGD"],
    },
    "needs": ["A safe place"],
    "safe_contact": "By the social worker of the shelter",
    "do_not_contact": ["The family"],
}


def nowhere_in_the_clear(home: Path) -> None:
    """Neither store, nor vault, nor logs of a node hold a word of the referral."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # the node runs: what it had written there has got its name
            continue
        for words in (SECRET, "doctor of confidence", "social worker"):
            assert words.encode() not in data, path


def test_a_story_of_trafficking(talk: Talk) -> None:
    before, start = alarms(talk), len(talk.said)

    alert = talk.send("iq", "tr", "doc.alert", ALERT, area="human_trafficking", **GRADED)
    assert talk.open(alert).body == ALERT
    done = talk.officer("tr").ack(alert.message_id, "Border posts told")
    talk.open(submitted(talk, "tr", "ack", done)[0])
    talk.reaches(alert, "answered")

    # A case is handed over; more is needed first, and that leaves it waiting.
    case = talk.send("iq", "pk", "case.referral", CASE, **TRAFFICKING)
    assert talk.open(case).body == CASE
    back = {"in_reply_to": case.message_id, **TRAFFICKING}
    more = {"outcome": "more_needed", "text": "Where do the workers live?"}
    asked = talk.send("pk", "iq", "case.response", more, **back)
    assert talk.open(asked).body == more
    assert talk.line(case)["state"] == "validated"
    taken = {"outcome": "accepted", "contact_unit": "contact-point"}
    accepted = talk.send("pk", "iq", "case.response", taken, **back)
    assert talk.open(accepted).body == taken
    talk.reaches(case, "answered")
    whole_thread(talk, case, asked, accepted)

    # A victim, with consent: from desk to desk, and past everybody else.
    with pytest.raises(Refused) as kept:
        talk.officer("tr").submit(
            type="info.request",
            to="pk",
            body={**REQUEST, "persons": [REFERRAL["person"]]},
            **TRAFFICKING,
        )[0].check()
    assert kept.value.rule.startswith("P3")
    referral = talk.send("tr", "pk", "protection.referral", REFERRAL, area="human_trafficking")
    assert "release" in referral.needs
    talk.arrived(referral)
    for name in (SUBMITTER, RELEASER):
        closed = talk.officer("pk", name).open(referral.message_id)
        assert closed.sealed == PROTECTION_UNIT
        assert SECRET not in str(dict(closed.body)) + str(dict(closed.header))
        assert SECRET.encode() not in closed.raw  # all that the node can decrypt
    for node in ("tr", "pk"):
        nowhere_in_the_clear(talk.network.home(node))
    assert talk.open(referral).body == REFERRAL
    helped = {"outcome": "accepted", "service": "A shelter"}
    response = talk.send(
        "pk",
        "tr",
        "protection.response",
        helped,
        in_reply_to=referral.message_id,
        area="human_trafficking",
    )
    assert talk.open(response).body == helped
    talk.reaches(referral, "answered")

    # She withdraws her consent: the referral is called back, and destroyed where it went.
    tr_desk, pk_desk = talk.officer("tr", DESK), talk.officer("pk", DESK)
    withdrawn = tr_desk.recall(
        referral.message_id, "consent_withdrawn", "The consent was withdrawn"
    )
    [recall] = submitted(talk, "tr", "recall", *withdrawn)
    talk.arrived(recall)
    told = pk_desk.outcome(recall.message_id, "destroyed")
    [outcome] = submitted(talk, "pk", "recall.outcome", told)
    assert talk.open(outcome).body["outcome"] == "destroyed"
    assert talk.reaches(recall, "answered")["outcome"] == "destroyed"
    assert gone(pk_desk, referral.message_id)
    assert gone(talk.officer("pk", DESK_SECOND), referral.message_id)
    for node in ("tr", "pk"):
        assert [kind for kind, _ in talk.thread(node, referral.message_id)] == [
            "protection.referral",
            "protection.response",
            "recall",
            "recall.outcome",
        ]

    useful = {"useful": "yes", "text": "Two passports were found (simulated)."}
    praise = talk.send("tr", "iq", "feedback", useful, in_reply_to=alert.message_id)
    assert talk.open(praise).body == useful
    talk.account(talk.said[start:])
    assert alarms(talk) == before


# ---- irregular migration, by the commands of the officers --------------------------------------


class Commands:
    """`relec` as officers of the three nodes call it, each time in a process of its own."""

    def __init__(self, talk: Talk, directory: Path) -> None:
        self.talk, self.directory = talk, directory

    def run(self, node: str, officer: str, *words: str) -> subprocess.CompletedProcess[str]:
        home = str(self.talk.network.home(node))
        line = [sys.executable, "-m", "relec_exchange.cli", "--home", home, "--officer", officer]
        return subprocess.run(
            [*line, *words, "--json"], capture_output=True, text=True, timeout=180, check=False
        )

    def __call__(self, node: str, officer: str, *words: str) -> Any:
        done = self.run(node, officer, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def send(
        self, node: str, to: str, kind: str, body: Mapping[str, Any], *flags: str, **header: Any
    ) -> Sent:
        """A message file is sent by one officer and released by another."""
        file = self.file(kind, body, header)
        told = self(node, SUBMITTER, "send", str(file), "--to", to, "--yes", *flags)
        return self.released(node, kind, told, body)

    def file(self, kind: str, body: Mapping[str, Any], header: Mapping[str, Any]) -> Path:
        file = self.directory / f"{kind}.json"
        file.write_text(json.dumps({"type": kind, "header": dict(header), "body": dict(body)}))
        return file

    def released(self, node: str, kind: str, told: Any, body: Mapping[str, Any]) -> Sent:
        [one] = _messages(told)
        needs = tuple(one["needs"])
        if "release" in needs:
            assert needs == ("release",)
            [done] = _messages(self(node, RELEASER, "release", one["message_id"], "--yes"))
            assert done["needs"] == []
        sent = Sent(one["message_id"], node, one["recipient"], kind, needs, b"", body)
        self.talk.said.append(sent)
        self.talk.arrived(sent)
        return sent

    def read(self, sent: Sent) -> Mapping[str, Any]:
        told = self(sent.recipient, SUBMITTER, "show", sent.message_id, "--open")
        assert told["life"]["state"] in ("opened", "answered")
        body: Mapping[str, Any] = told["content"]["body"]
        return body


def _messages(told: Any) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = told["sent"]
    return found


RESCUE = (
    *("--place", "12 nm south of the cape", "--persons", "30"),
    *("--condition", "engine failed, taking water", "--authority", "Rescue centre, by radio"),
    *("--nobody-recognisable", "--yes"),
)
RETURNEE = {
    "category": "migrant",
    "names": [{"text": "Örnek", "kind": "birth", "script": "Latn", "language": "tr"}],
    "age_band": "18-34",
    "citizenships": ["PAK"],
}
RETURN = {
    "planned_on": "2026-12-10",
    "basis": "informed_consent",
    "basis_on": "2026-11-02",
    "persons": [RETURNEE],
    "needs_on_arrival": ["A place to stay"],
}
REINTEGRATION = {
    "basis": "informed_consent",
    "basis_on": "2026-11-02",
    "persons": [RETURNEE],
    "needs": ["Training"],
    "receiving_service": "A Migrant Resource Centre",
}
RECEIVED = {
    "outcome": "accepted",
    "service": "A Migrant Resource Centre",
    "indicators": {"individual": 60, "community": 35, "structural": 0},
}
CONTACT = {
    "unit": "contact-point",
    "phone": "+92515550100",
    "languages": ["en", "ur"],
    "hours": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "from": "00:00",
            "to": "23:59",
            "zone": "Asia/Karachi",
        }
    ],
    "escalation": [{"order": 1, "function": "Duty head", "phone": "+92515550101"}],
    "valid_from": "2026-01-01",
}


ANALYSIS = {
    "period": {"year": 2026, "quarter": 3},
    "findings": ["Crossings by land rose in July (simulated)."],
    "trend": "rising",
    "confidence": "low",
    "sources": ["Border guard"],
}
BREACH = {
    "discovered_at": "2026-11-20T17:30:00.000Z",
    "what": "A computer was stolen (simulated).",
    "messages": [],
    "measures": "Its keys are revoked",
    "contact": "Security officer, by the duty phone",
}


def figures(**small: Any) -> dict[str, Any]:
    rows = [("AFG", {"value": 41}), ("BGD", small), ("IRQ", small), ("SYR", {"value": 77})]
    return {
        "reporting_country": "PK",
        "period": {"year": 2026, "quarter": 3},
        "rows": [
            {"indicator": "fran.1a", "month": "2026-07", "citizenship": state, **told}
            for state, told in rows
        ],
    }


def test_a_story_of_irregular_migration_by_commands(talk: Talk, tmp_path: Path) -> None:
    before, start = alarms(talk), len(talk.said)
    relec = Commands(talk, tmp_path)
    unconfirmed = rescued(relec)
    reported(relec)
    returned(relec)
    reachable(relec)
    breached(relec)

    # What nobody confirmed in time has been told, what somebody confirmed has not.
    [omitted] = eventually(
        lambda: talk.events("tr", "message.unconfirmed"),
        "the omission is told",
        PATIENCE_SECONDS + CONFIRM_SECONDS,
    )
    assert omitted["ref"] == unconfirmed.message_id
    relec("tr", RELEASER, "confirm", unconfirmed.message_id, "--yes")
    life = relec("tr", SUBMITTER, "show", unconfirmed.message_id)["life"]
    assert (life["needs"], life["confirmed_by"]) == ([], RELEASER)

    talk.account(talk.said[start:])
    assert relec("tr", AUDITOR, "audit", "verify")["verified"] is True
    assert alarms(talk) == {**before, "tr": before["tr"] + 1}  # the breach


def rescued(relec: Commands) -> Sent:
    """Lives at risk go at once; the second of two is confirmed, the first, which is given back,
    not.
    """
    sent = relec("tr", SUBMITTER, "send", "warning.life_at_risk", "--to", "iq", *RESCUE)
    second = relec.released("tr", "warning.life_at_risk", sent, {})
    relec("tr", RELEASER, "confirm", second.message_id, "--yes")
    sent = relec("tr", SUBMITTER, "send", "warning.life_at_risk", "--to", "pk", *RESCUE)
    rescue = relec.released("tr", "warning.life_at_risk", sent, {})
    assert rescue.needs == second.needs == ("confirm",)
    assert relec.read(rescue)["persons"] == {"estimated": 30}
    acked = relec("pk", SUBMITTER, "ack", rescue.message_id, "--action", "Patrol boat sent")
    ack = relec.released("pk", "ack", acked, {})
    assert relec.talk.open(ack).body["action_taken"] == "Patrol boat sent"
    return rescue


def reported(relec: Commands) -> None:
    """A small figure is refused, and the table goes when it is left out; then an analysis."""
    small = relec.file("stat.report", figures(value=3), {})
    refused = relec.run("pk", SUBMITTER, "send", str(small), "--to", "tr", "--yes")
    assert refused.returncode == 3
    [one] = _messages(json.loads(refused.stdout))
    assert one["error"]["rule"] == "P11-small-cells"
    report = relec.send("pk", "tr", "stat.report", figures(suppressed=True))
    read = relec.talk.open(report).body
    assert read == figures(suppressed=True)
    assert [row.get("value") for row in read["rows"]] == [41, None, None, 77]
    analysis = relec.send("pk", "tr", "stat.analysis", ANALYSIS, "--nobody-recognisable")
    assert relec.talk.open(analysis).body == ANALYSIS


def returned(relec: Commands) -> None:
    """A return with informed consent, and who receives the person: one thread each."""
    purpose = {"purpose": "return_reintegration"}
    bodies = {"return.notice": RETURN, "reintegration.referral": REINTEGRATION}
    for kind, body in bodies.items():
        asked = relec.send("tr", "pk", kind, body, **purpose)
        assert relec.talk.open(asked).body == body
        header = {**purpose, "in_reply_to": asked.message_id}
        response = relec.send("pk", "tr", "reintegration.response", RECEIVED, **header)
        assert relec.read(response) == RECEIVED
        relec.talk.reaches(asked, "answered")
        ids = [asked.message_id, response.message_id]
        thread = relec("pk", SUBMITTER, "thread", asked.message_id)["messages"]
        assert [one["message_id"] for one in thread] == ids
        whole_thread(relec.talk, asked, response)


def reachable(relec: Commands) -> None:
    """How a unit of pk is reached from now on stands in the contacts of tr."""
    contact = relec.send("pk", "tr", "contact.update", CONTACT)
    assert relec.talk.open(contact).body == CONTACT
    known = {one["node"]: one for one in relec("tr", SUBMITTER, "contacts")["contacts"]}
    [unit] = known["pk"]["units"]
    assert (unit["phone"], unit["languages"]) == (CONTACT["phone"], ["en", "ur"])
    assert unit["escalation"] == CONTACT["escalation"]
    assert known["iq"]["units"] == []


def breached(relec: Commands) -> None:
    """A breach that a partner tells of is an alarm here, and acknowledged."""
    told = relec.send("pk", "tr", "breach.notice", BREACH, "--nobody-recognisable")
    refs = [one["ref"] for one in relec.talk.events("tr", "breach.notice")]
    assert refs == [told.message_id]
    assert relec.read(told) == BREACH
    acked = relec("tr", SUBMITTER, "ack", told.message_id, "--action", "Passwords changed")
    relec.talk.open(relec.released("tr", "ack", acked, {}))


# ---- after their time --------------------------------------------------------------------------


def test_the_stories_end_in_proven_erasure(talk: Talk) -> None:
    assert {one.type for one in talk.said} >= {"info.request", "protection.referral", "stat.report"}
    before = {node: verified_logs(talk.network, node) for node in NODES}
    talk.network.close()
    with afterwards(talk.network, datetime.now(UTC) + timedelta(days=FIVE_YEARS)) as later:
        later.renew_cards()
        later.pass_days((1, 1, 60, 60))
        for name, node in later.nodes.items():
            for said in talk.said:
                if name in (said.sender, said.recipient):
                    assert_erased(node, name, said)
            held = {row.key_id for row in node.store.rows(InboxRow) if row.erased_at}
            assert not held & node.vault.ids()
            for log in check_every_log(node.store, node._keys.log_public):
                assert log.startswith(f"relec.example/{name}/")
            assert node.journal.state.exchange.head.size > before[name]["exchange"].tree.size


def assert_erased(node: Node, name: str, said: Sent) -> None:
    """The content is gone, the log says so, and both ends have attested it."""
    mine = Where("message_id", "=", said.message_id)
    found: list[OutboxRow | InboxRow] = (
        [*node.store.rows(OutboxRow, mine)]
        if name == said.sender
        else [*node.store.rows(InboxRow, mine, Where("sender", "=", said.sender))]
    )
    [row] = found
    assert (row.erased_at > "", row.content, row.key_id) == (True, b"", ""), (name, said)
    subject = f"{said.sender}/{said.message_id}"
    assert subject in {entry["subject"] for entry in entries_of(node, "erased")}, (name, said)
    if row.data_level != "none":
        assert (row.attested_at > "", row.peer_attested_at > "") == (True, True), (name, said)
