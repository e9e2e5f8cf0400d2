"""A node in memory for tests of the API, the client and the commands.

It implements the facade on dictionaries with real parts: a real register of officers, real
signatures, real cards and a real exchange log. It sends nothing anywhere.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.api.failures import error_body
from relec_exchange.audit.entry import commitment, encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.proof import format_proof
from relec_exchange.audit.tiles import Tree
from relec_exchange.client.wire import Wire
from relec_exchange.desk.public_parts import Choice, check_choice, check_source, document
from relec_exchange.errors import Conflict, NotAuthorised, NotFound, Refused, RelecError
from relec_exchange.founding import Founding, Secrets, found
from relec_exchange.message.catalogue import Features
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.encoding import b64, canonical, parse_json
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import (
    activity_origin,
    exchange_origin,
    format_time,
    message_id,
)
from relec_exchange.protection.silently import is_silent
from relec_exchange.trust.agreement import read_agreement
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.decide import Allowed, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.explaining import explain
from relec_exchange.trust.officer import Act, Officer, OfficerKey, Role
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.register import Register, SignedRecord, sign_as_officer
from relec_exchange.trust.request import NonceMemory, SignedRequest, verify_request

Json = dict[str, Any]
WORDS = "four plain words here"
NETWORK = "relec.example"
SECRETS = Secrets(WORDS, WORDS, None, COST_MIN)


def now() -> datetime:
    return datetime.now(UTC)


def make_home(home: Path, node: str = "tr") -> Path:
    """A home as `relec init` makes it, with cheap scrypt and plain officer keys."""
    founding = Founding(
        network=NETWORK,
        network_kind="exercise",
        node=node,
        name=f"{node} (simulated)",
        phone="+90 312 000 000",
        email=f"duty@{node}.example",
        languages=("en",),
    )
    found(home, founding, SECRETS, now(), os.urandom)
    passphrase = home / "passphrase"
    passphrase.write_text(WORDS)
    passphrase.chmod(0o600)
    return home


def add_officer(home: Path, name: str, *roles: Role, types: tuple[str, ...] = ()) -> OfficerKey:
    """One more officer, in the files of a home."""
    trust = TrustFiles(home / "trust")
    key, security = OfficerKey.generate(os.urandom), read_key(home, "security")
    register = read_register(home)
    officer = Officer(name, name.title(), "contact-point", frozenset(roles), key.public, types)
    record = sign_as_officer(register.next_add(officer, now()), "security", security)
    register.follow(record)
    trust.put_record(register.number + 1, record)
    (home / "officers" / f"{name}.key").write_bytes(key.to_pkcs8(None, os.urandom))
    (home / "officers" / f"{name}.key").chmod(0o600)
    return key


def read_key(home: Path, name: str) -> OfficerKey:
    return OfficerKey.from_pkcs8((home / "officers" / f"{name}.key").read_bytes(), None)


def read_directory(home: Path, node: str = "tr") -> Directory:
    return TrustFiles(home / "trust").directory(Directory(NETWORK, "exercise", node)).directory


def read_register(home: Path, node: str = "tr") -> Register:
    authorities = read_directory(home, node).member(node).authorities
    return Register.replay(NETWORK, node, authorities, TrustFiles(home / "trust").records())


class Officers:
    """Signed connections by officer name, closed together."""

    def __init__(self, home: Path, socket: Path) -> None:
        self._home, self._socket = home, socket
        self._open: dict[str, Wire] = {}

    def __getitem__(self, name: str) -> Wire:
        if name not in self._open:
            self._open[name] = Wire(self._socket, name, read_key(self._home, name))
        return self._open[name]

    def close(self) -> None:
        for wire in self._open.values():
            wire.close()


class MemoryLog:
    """One real log, its entries and tiles in memory."""

    def __init__(self, origin: str, keys: KeyFiles) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._keys = keys
        self.origin = origin
        self.entries: list[bytes] = []
        self.head = LogHead(origin, Tree(0, lambda level, n: self._tiles.get((level, n), b"")))
        self.add(
            kind="opened",
            origin=origin,
            previous_origin="",
            previous_size=0,
            previous_root="",
        )

    def add(self, **fields: object) -> tuple[int, bytes]:
        """Append an entry; returns index and leaf hash."""
        data = encode_entry({"time": format_time(now()), "network": NETWORK, **fields})
        done = append(self.head, [data])
        self.head = done.head
        self._tiles.update({(tile.level, tile.n): tile.data for tile in done.tiles})
        self.entries.append(data)
        return done.entries[0].index, done.entries[0].leaf_hash

    def checkpoint(self) -> bytes:
        tree = self.head.tree
        stamp = int(now().timestamp())
        return self._keys.checkpoint(self.origin, tree.size, tree.root(), stamp).note

    def proof(self, index: int) -> str:
        path = self.head.tree.inclusion(index)
        return format_proof(index, path, self.checkpoint()).decode()


class MemoryNode:
    """The facade for one home."""

    def __init__(self, home: Path) -> None:
        keys = KeyFiles(home / "keys", WORDS)
        self.directory = read_directory(home)
        self.register = read_register(home)
        self.logs = {
            "exchange": MemoryLog(exchange_origin(NETWORK, "tr", 1), keys),
            "activity": MemoryLog(activity_origin(NETWORK, "tr", 1), keys),
        }
        self.memory = NonceMemory(now() - timedelta(hours=1))
        self.out: dict[str, Json] = {}
        self.received: dict[str, Json] = {}
        self.keys_used: dict[str, tuple[bytes, Json]] = {}
        self.imported: list[tuple[str, str]] = []
        self.proposed: list[Json] = []
        self.imported_as: dict[str, str] = {}
        self.counted_for: list[tuple[str, str]] = []
        self.made: dict[str, Json] = {}
        self.kept_drafts: dict[str, Json] = {}
        self.written: dict[str, list[Json]] = {}
        self.asked: tuple[str, ...] = ()
        self.withheld: list[str] = []
        self.stands: list[Json] = []
        self.happened: list[Json] = []
        self.turned_away: list[tuple[str, str]] = []
        self.bell = threading.Condition()
        self.broken: Callable[[], None] | None = None

    # ---- who

    def authenticate(self, request: SignedRequest) -> Officer:
        return verify_request(request, self.register, self.memory, now())

    def denied(self, officer: str, reason: str) -> None:
        self.turned_away.append((officer, reason))

    def info(self) -> Json:
        if self.broken:
            self.broken()
        card = self.directory.card("tr")
        return {
            "network": NETWORK,
            "network_kind": "exercise",
            "node": "tr",
            "exercise": True,
            "version": "0.1.0",
            "card": {"version": card.card.version, "hash": card.hash},
            "units": [unit.name for unit in card.card.units],
            "secret": "must never leave",
        }

    # ---- messages

    def submit(self, items: list[Json]) -> list[Json]:
        return [self._judged(item) for item in items]

    def _judged(self, item: Json) -> Json:
        message = parse_message(item["message"])
        header = message.header
        result: Json = {"message_id": header.message_id, "recipient": header.recipient}
        try:
            status = self._submitted(item, message)
            needs = self.out[header.message_id]["needs"]
            return {**result, "status": status, "error": None, "needs": needs}
        except RelecError as error:
            return {**result, "status": "refused", "error": error_body(error)}

    def _submitted(self, item: Json, message: Message) -> str:
        digest = commitment(item["salt"], item["message"])
        known = self.keys_used.get(item["idempotency_key"])
        if known is not None:
            if known[0] != digest:
                raise Conflict("the idempotency key was used before", field="idempotency_key")
            return str(known[1]["status"])
        signed = item["submit"]
        officer = self.register.officer(signed["officer"])
        officer.require(Role.SUBMITTER, Role.SYSTEM)
        officer.verify(Act.SUBMIT, digest, signed["signature"])
        self.check_allowed(message)
        for given in item["answers"]:
            answers = self.register.officer(given["officer"])
            answers.verify_answer(given["question"], digest, given["signature"])
        said = {given["question"] for given in item["answers"]}
        needs = [f"answer:{name}" for name in self.asked if name not in said]
        status = "held" if needs else "submitted"
        if item["release"] is None:
            needs.append("release")
        if item["release"] is not None:
            releaser = self.register.officer(item["release"]["officer"])
            releaser.require(Role.RELEASER, Role.SYSTEM)
            releaser.verify(Act.RELEASE, digest, item["release"]["signature"])
            status = "released" if status == "submitted" else status
        header = message.header
        assert isinstance(header, Header)
        line = {
            "row": len(self.out) + 1,
            "message_id": header.message_id,
            "direction": "out",
            "sender": "tr",
            "recipient": header.recipient,
            "type": header.type,
            "area": header.area.value,
            "class": "ordinary",
            "state": status,
            "commitment": digest.hex(),
            "raw": item["message"],
            "needs": needs,
            "submitted_by": signed["officer"],
            "batch": item["batch"],
        }
        self.out[header.message_id] = line
        self.keys_used[item["idempotency_key"]] = (digest, {"status": status})
        self.imported_as[item["idempotency_key"]] = header.message_id
        if status == "released":
            self._log(line)
        return status

    def check_allowed(self, message: Message) -> None:
        if message.header.recipient == "pk":
            raise Refused("pk is not granted this", rule="no-agreement", field="recipient")

    def _log(self, line: Json) -> None:
        index, leaf = self.logs["exchange"].add(
            **{
                "kind": "sent",
                "from": "tr",
                "to": line["recipient"],
                "class": "ordinary",
                "seq": len(self.out),
                "id": line["message_id"],
                "type": line["type"],
                "agreement": "",
                "card": "0" * 64,
                "rules": "0" * 64,
                "random": "0" * 32,
                "commitment": line["commitment"],
            }
        )
        line.update(index=index, leaf=leaf.hex(), state="released")

    def release(self, message_id: str, officer: str, signature: bytes) -> Json:
        return self._acted(message_id, Act.RELEASE, officer, signature, Role.RELEASER)

    def approve(self, message_id: str, officer: str, signature: bytes) -> Json:
        return self._acted(message_id, Act.APPROVE, officer, signature, Role.PROTECTION_DESK)

    def confirm(self, message_id: str, officer: str, signature: bytes) -> Json:
        return self._acted(message_id, Act.CONFIRM, officer, signature, Role.RELEASER)

    def answer_question(
        self, message_id: str, question: str, officer: str, signature: bytes
    ) -> Json:
        line = self._line(message_id, "out")
        digest = bytes.fromhex(line["commitment"])
        self.register.officer(officer).verify_answer(question, digest, signature)
        return self._done(line, f"answer:{question}")

    def send_back(self, message_id: str, officer: str, signature: bytes, comment: str) -> Json:
        line = self._line(message_id, "out")
        self._verified(line, Act.RETURN, officer, signature, Role.RELEASER)
        line.update(state="returned", needs=[])
        said = {"at": format_time(now()), "officer": officer, "comment": comment}
        self.written.setdefault(message_id, []).append(said)
        return self._result(line)

    def comments(self, message_id: str, officer: str) -> list[Json]:
        return self.written.get(message_id, [])

    def terms(self, headers: list[Json]) -> list[Json]:
        """No agreement withholds anything but what a test says."""
        withheld = {"withhold": self.withheld, "silent": [p for p in self.withheld if is_silent(p)]}
        return [withheld for _ in headers]

    def check_messages(self, officer: str, raws: list[bytes]) -> list[Json]:
        """Nothing stands against a message but what a test says."""
        parsed = [parse_message(raw) for raw in raws]
        needs = [f"answer:{name}" for name in self.asked]
        return [{"findings": self.stands, "needs": needs} for _ in parsed]

    def _acted(self, message_id: str, act: Act, officer: str, signature: bytes, role: Role) -> Json:
        line = self._line(message_id, "out")
        self._verified(line, act, officer, signature, role)
        return self._done(line, act.value)

    def _verified(self, line: Json, act: Act, officer: str, signature: bytes, role: Role) -> None:
        acting = self.register.officer(officer).require(role)
        acting.verify(act, bytes.fromhex(line["commitment"]), signature)

    def _done(self, line: Json, word: str) -> Json:
        if word not in line["needs"]:
            raise Conflict("the message does not wait for this", field="message_id")
        line["needs"] = [one for one in line["needs"] if one != word]
        if not line["needs"] and "leaf" not in line:
            self._log(line)
        return self._result(line)

    def _result(self, line: Json) -> Json:
        held = any(word.startswith("answer:") for word in line["needs"])
        status = "held" if held else line["state"]
        found = {"message_id": line["message_id"], "recipient": line["recipient"]}
        return {**found, "status": status, "needs": line["needs"]}

    # ---- who has what

    def recalls(self, everything: bool) -> list[Json]:
        group = {"recall_id": "r", "type": "recall", "at": "", "messages": [], "open": False}
        return [{**group, "body": "must never leave"}] if everything else []

    def consents(self) -> list[Json]:
        return [{"request_id": "q", "provider": "pk", "state": "waiting"}]

    def export(self, given: Json, officer: str, signature: bytes) -> Json:
        line = self._line(given["message_id"], "in")
        leaf, releaser = bytes.fromhex(line["leaf"]), self.register.officer(officer)
        releaser.verify(Act.EXPORT, leaf, signature, given["use"])
        document: Any = parse_json(line["raw"])
        facts = {name: line[name] for name in ("message_id", "sender", "received_at", "leaf")}
        return {
            **facts,
            "use": given["use"],
            "unit": given["to_unit"] or "contact-point",
            "exported_by": officer,
            "exported_at": format_time(now()),
            "purpose": "prevention",
            "handling": ["H1"],
            "conditions": ["H1: no court"],
            "origin": "",
            "index": 0,
            "header": document["header"],
            "body": document["body"],
            "message": b64(line["raw"]),
        }

    def subject_report(self, ref: str, reason: str, officer: str) -> Json:
        made = {"report_id": "r", "ref": ref, "made_by": officer, "made_at": format_time(now())}
        return {**made, "reason": reason, "sent": [], "received": []}

    def nothing(self, message_id: str, officer: str, signature: bytes) -> Json:
        line = self._line(message_id, "in")
        self.register.officer(officer).verify(Act.CLOSE, bytes.fromhex(line["leaf"]), signature)
        line["closed_by"] = officer
        return {"message_id": message_id, "closed_by": officer, "reply_at": format_time(now())}

    # ---- drafts

    def save_draft(self, officer: str, document: Json, draft_id: str | None) -> Json:
        ident = draft_id or message_id(now(), os.urandom(10))
        line = {"draft_id": ident, "officer": officer, "unit": "contact-point"}
        self.kept_drafts[ident] = {**line, **document, "updated_at": format_time(now())}
        return self.kept_drafts[ident]

    def drafts(self, officer: str) -> list[Json]:
        return list(self.kept_drafts.values())

    def draft(self, draft_id: str, officer: str) -> Json:
        if draft_id not in self.kept_drafts:
            raise NotFound("there is no such draft in your unit", field="draft_id")
        return self.kept_drafts[draft_id]

    def delete_draft(self, draft_id: str, officer: str) -> Json:
        found = self.draft(draft_id, officer)
        del self.kept_drafts[draft_id]
        return found

    def deliver(self, raw: bytes) -> Json:
        """A message of a partner, as if every receive step had passed."""
        header = parse_message(raw).header
        assert isinstance(header, Header)
        line = {
            "row": len(self.received) + 1,
            "message_id": header.message_id,
            "direction": "in",
            "sender": header.sender,
            "recipient": "tr",
            "type": header.type,
            "area": header.area.value,
            "urgency": header.urgency.value,
            "data_level": header.data_level.value,
            "class": "ordinary",
            "state": "received",
            "received_at": format_time(now()),
            "leaf": leaf_hash(raw).hex(),
            "unit": "contact-point",
            "raw": raw,
        }
        self.received[header.message_id] = line
        self.happen("message.received", header.message_id)
        return line

    def reach(self, message_id: str, stage: str, code: str = "accepted") -> None:
        """A receipt of the recipient."""
        line = self.out[message_id]
        line["state"] = stage
        receipt = {"stage": stage, "code": code, "at": format_time(now()), "leaf": line["leaf"]}
        line.setdefault("receipts", []).append(receipt)

    def _line(self, message_id: str, direction: str | None) -> Json:
        boxes = {"out": [self.out], "in": [self.received]}.get(
            direction or "", [self.out, self.received]
        )
        for box in boxes:
            if message_id in box:
                return box[message_id]
        raise NotFound("there is no such message here", field="message_id")

    def show(self, message_id: str, direction: str | None) -> Json:
        return self._line(message_id, direction)

    def open(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        line = self._line(message_id, direction)
        signed = bytes.fromhex(line.get("leaf") or line["commitment"])
        self.register.officer(officer).verify(Act.OPEN, signed, signature)
        document: Any = parse_json(line["raw"])
        return {
            "message_id": message_id,
            "direction": line["direction"],
            "header": document["header"],
            "body": document["body"],
            "message": b64(line["raw"]),
        }

    def extracts(self) -> list[Json]:
        return list(self.made.values())

    def extract(self, extract_id: str) -> Json:
        if extract_id not in self.made:
            raise NotFound("there is no such extract", field="extract_id")
        return self.made[extract_id]

    def make_extract(self, given: Json, officer: str) -> Json:
        line = self._line(given["message_id"], given["direction"])
        choice = Choice(tuple(given["fields"]), given["text"], given["language"])
        message, salt = parse_message(line["raw"]), os.urandom(32)
        check_source(message, "tr", now().date())
        extract_id = message_id(now(), os.urandom(10))
        made = document(message, check_choice(choice), now().date(), extract_id)
        raw = canonical(made)
        self.made[extract_id] = {
            "extract_id": extract_id,
            "message_id": given["message_id"],
            "sender": line["sender"],
            "made_by": officer,
            "made_at": format_time(now()),
            "document": made,
            "bytes": b64(raw),
            "salt": b64(salt),
            "commitment": commitment(salt, raw).hex(),
        }
        return self.made[extract_id]

    def release_extract(self, extract_id: str, officer: str, signature: bytes) -> Json:
        found = self.extract(extract_id)
        releaser = self.register.officer(officer).require(Role.RELEASER)
        if officer == found["made_by"]:
            raise NotAuthorised("an extract is released by another officer", field="officer")
        releaser.verify(Act.EXTRACT, bytes.fromhex(found["commitment"]), signature)
        found |= {"released_by": officer, "released_at": format_time(now())}
        return found

    def sent_before(self, items: list[Json]) -> list[Json]:
        """As the desk answers, without a secret: the digests themselves are the names."""
        return [self._before(i["recipient"], i["subject"][:24], i["content"][:24]) for i in items]

    def _before(self, recipient: str, subject: str, content: str) -> Json:
        subject = f"{recipient}{subject}"[:24]
        sent = [key.split(".") for key in self.keys_used if key.startswith(f"imp.{subject}.")]
        newest = max(sent, key=lambda parts: int(parts[2]), default=None)
        number = int(newest[2]) if newest else 0
        stands = self.imported_as.get(".".join(newest), "") if newest else ""
        return {
            "subject_name": subject,
            "content_name": content,
            "number": number,
            "message_id": stands,
            "standing_number": number,
            "same": newest is not None and newest[3] == content,
            "told": sorted(self.imported_as[".".join(parts)] for parts in sent),
        }

    def statistics(self, filters: Json, officer: str) -> Json:
        """As the desk answers; `counted_for` remembers who asked for what."""
        self.counted_for.append((officer, filters["what"]))
        box = self.received if filters["direction"] == "in" else self.out
        kinds = {"reports": "stat.report", "warnings": "warning."}
        kind = kinds.get(filters["what"], "never")
        lines = [line for line in box.values() if line["type"].startswith(kind)]
        rest = [line for line in lines if line["row"] > filters["after"]][: filters["limit"]]
        end = len(rest) == filters["limit"]
        return {
            "items": [self._counted(line) for line in rest],
            "next": rest[-1]["row"] if end else None,
        }

    def _counted(self, line: Json) -> Json:
        body = parse_message(line["raw"]).body.model_dump(mode="json", exclude_none=True)
        facts = {"kind": body.get("kind", ""), "country": body.get("where", {}).get("country", "")}
        told = {"body": body} if line["type"] == "stat.report" else facts
        return {**line, "received_at": line.get("received_at", ""), **told}

    # ---- lists

    def _page(self, box: dict[str, Json], filters: Json, whom: str) -> Json:
        names = {"peer": whom, "type": "type", "area": "area", "state": "state", "unit": "unit"}
        wanted = [
            line
            for line in box.values()
            if line["row"] > filters["after"]
            and all(line.get(names[n]) == filters[n] for n in names if n in filters)
        ]
        page = wanted[: filters["limit"]]
        return {"items": page, "next": page[-1]["row"] if len(wanted) > len(page) else None}

    def inbox(self, filters: Json) -> Json:
        return self._page(self.received, filters, "sender")

    def outbox(self, filters: Json) -> Json:
        return self._page(self.out, filters, "recipient")

    def quarantine(self, filters: Json) -> Json:
        item = {
            "row": 1,
            "at": format_time(now()),
            "source": "iq",
            "reason": filters.get("reason", "unseal"),
            "step": 3,
            "size": 8192,
            "detail": "\x1b[31mred\u202e",
        }
        return {"items": [item], "next": None}

    def gaps(self) -> list[Json]:
        return [{"peer": "iq", "direction": "in", "class": "flash", "missing": [(3, 4)]}]

    def contacts(self) -> list[Json]:
        return [
            {
                "node": node,
                "phone": self.directory.card(node).card.duty.phone,
                "email": self.directory.card(node).card.duty.email,
                "languages": ["en"],
                "card_version": 1,
                "valid_until": "2027-11-21T00:00:00.000Z",
                "mutual": False,
            }
            for node in self.directory.nodes()
        ]

    def check(self, question: Json) -> Json:
        header = {**question, "exercise": True, "schema_version": 1}
        del header["at"]
        header["handling"] = tuple(header["handling"])
        features, at = Features(**header), now()
        found = decide(self.directory, features, at)
        said = {"explanation": explain(self.directory, features, at)}
        if isinstance(found, Allowed):
            grant = {"grant": found.grant_id, "min_cell": found.min_cell}
            return {"allowed": True, "agreement": found.agreement_hash, **grant, **said}
        return {"allowed": False, "rule": found.rule, "text": found.text, **said}

    # ---- trust

    def cards(self) -> list[Json]:
        return [self._card(node) for node in self.directory.nodes()]

    def _card(self, node: str) -> Json:
        card = self.directory.card(node)
        return {
            "node": node,
            "version": card.card.version,
            "hash": card.hash,
            "fingerprint": self.directory.authority(node).fingerprint(),
            "note": card.note.decode(),
            "own": node == "tr",
        }

    def card(self, node: str) -> Json:
        return self._card(node)

    def import_card(self, note: str, fingerprint: str | None, officer: str) -> Json:
        node = parse_card(note.encode()).card.node
        if fingerprint is None:
            self.directory = self.directory.admit_update(note.encode())
        else:
            self.directory = self.directory.admit_first(note.encode(), fingerprint)
        self.imported.append(("card", officer))
        return self._card(node)

    def agreements(self) -> list[Json]:
        return [
            {
                "hash": held.hash,
                "title": held.agreement.title,
                "in_force": True,
                "parties": list(held.agreement.parties),
                "signed_by": sorted(held.signers),
            }
            for held in self.directory.agreements.values()
        ]

    def import_agreement(self, note: str, officer: str) -> Json:
        self.directory = self.directory.with_agreement(note.encode())
        self.imported.append(("agreement", officer))
        return self.agreements()[-1]

    def notices(self) -> list[Json]:
        return [
            {
                "hash": held.hash,
                "kind": held.kind,
                "node": held.notice.node,
                "state": "effective",
                "issued": format_time(held.notice.issued),
                "partners": list(getattr(held.notice, "partners", ())),
                "note": held.note.decode(),
            }
            for held in self.directory.notices.values()
        ]

    def notes(self) -> list[Json]:
        cards = [n for m in self.directory.members.values() for n in m.succession()]
        texts = [n for held in self.directory.agreements.values() for n in held.notes()]
        found = [("card", n) for n in cards] + [("agreement", n) for n in texts]
        found += [(held.kind, held.note) for held in self.directory.notices.values()]
        return [{"kind": kind, "note": note.decode()} for kind, note in found]

    def import_notice(self, note: str, officer: str) -> Json:
        self.directory = self.directory.with_notice(note.encode())
        self.imported.append(("notice", officer))
        return self.notices()[-1]

    def proposals(self) -> list[Json]:
        return self.proposed

    def propose(self, text: str, to: list[str], officer: str) -> Json:
        agreement = read_agreement(text)
        self.proposed.append(
            {
                "hash": hashlib.sha256(text.encode()).hexdigest(),
                "proposer": self.directory.own,
                "received_at": format_time(now()),
                "title": agreement.title,
                "parties": list(agreement.parties),
                "text": text,
            }
        )
        return self.proposed[-1]

    def expiring(self, days: int) -> list[Json]:
        ends = self.directory.card(self.directory.own).card.valid_until
        one = {"what": "card", "subject": "tr", "ends_at": format_time(ends), "days": 300}
        return [one] if days >= 300 else []

    def officers(self) -> Json:
        return {
            "number": self.register.number,
            "officers": [self._officer(o) for o in self.register.officers.values()],
        }

    def _officer(self, officer: Officer) -> Json:
        return {
            "name": officer.name,
            "display_name": officer.display_name,
            "unit": officer.unit,
            "roles": sorted(officer.roles),
        }

    def add_officer(self, record: str, signature: bytes, by: str) -> Json:
        before = set(self.register.officers)
        self.register = self.register.follow(SignedRecord(record, by, signature))
        [name] = set(self.register.officers) - before
        return self._officer(self.register.officer(name))

    def remove_officer(self, name: str, record: str, signature: bytes, by: str) -> Json:
        gone = self.register.officer(name)
        self.register = self.register.follow(SignedRecord(record, by, signature))
        return self._officer(gone)

    # ---- audit and events

    def audit_head(self, log: str) -> Json:
        found = self.logs[log]
        tree = found.head.tree
        return {
            "origin": found.origin,
            "size": tree.size,
            "root": tree.root().hex(),
            "checkpoint": found.checkpoint().decode(),
        }

    def audit_entries(self, log: str, start: int, count: int) -> list[Json]:
        entries = self.logs[log].entries[start : start + count]
        return [
            {"index": start + n, "leaf": leaf_hash(data).hex(), "entry": b64(data)}
            for n, data in enumerate(entries)
        ]

    def audit_reading(self, log: str, start: int, officer: str) -> None:
        pass

    def audit_proof(self, log: str, index: int, size: int | None) -> str:
        return self.logs[log].proof(index)

    def audit_consistency(self, log: str, old: int, size: int) -> list[bytes]:
        return self.logs[log].head.tree.consistency(old, size)

    def evidence(self, message_id: str, direction: str | None) -> Json:
        line = self._line(message_id, direction)
        log = self.logs["exchange"]
        return {
            "entry": b64(log.entries[line["index"]]),
            "proof": log.proof(line["index"]),
            "cards": [self._card("tr")["note"]],
        }

    def disputed(self, officer: str) -> Json:
        lists: Json = {"revoked": [], "messages": [], "entries": [], "texts": []}
        return {**lists, "messages_total": 0, "entries_total": 0}

    def happen(self, event: str, ref: str) -> None:
        with self.bell:
            line = {"id": len(self.happened) + 1, "event": event, "at": format_time(now())}
            self.happened.append({**line, "ref": ref, "data": {}})
            self.bell.notify_all()

    def events(self, after: int, limit: int) -> list[Json]:
        return self.happened[after : after + limit]

    def wait_events(self, after: int, timeout_seconds: float) -> list[Json]:
        with self.bell:
            self.bell.wait_for(lambda: len(self.happened) > after, timeout_seconds)
        return self.events(after, 500)
