"""Alarms and the officers' register, made again from the entries of them.

Contract: as `walks`. An alarm is never taken away and never closed but by an entry that says
so; what proved one that was lost is lost. An officer's record is signed: it is put back only as it
was signed, from the files of the home, where its entry says the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from relec_exchange.errors import RelecError
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY
from relec_exchange.journal.rebuilding.said import Said
from relec_exchange.journal.rebuilding.walks import Difference, Entry
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, Insert, OfficerRow, Update
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.register import OfficerRecord, Register, SignedRecord, parse_record

NOT_LOGGED: Final = ("delivery-stuck", "node-behind")
"""Alarms without an entry: one says what the records of deliveries say, with the other nothing may
be signed any more.
"""

_DETAIL: Final = "made again from the log; what proved it is lost"
_SIGNED: Final = "a security officer signed it: put its file into trust/officers, or restore"
_OTHER: Final = "the officers' register does not replay: restore the newest backup"


# ---- alarms ------------------------------------------------------------------------------------


def alarm_differences(store: Store, said: Said) -> Iterator[Difference]:
    """Alarms that are gone, that nobody raised, and those open or closed other than was logged."""
    stored: dict[tuple[str, str], list[AlarmRow]] = defaultdict(list)
    for row in store.rows(AlarmRow, order="row"):
        stored[row.what, row.subject].append(row)
    for key in sorted(stored.keys() | said.alarms.keys()):
        logged = said.alarms.get(key)
        if logged is not None:
            yield from _alarm(key, logged, stored.get(key, []))
        elif key[0] not in NOT_LOGGED:
            yield Difference("alarm", _name(key), NO_ENTRY, (), LEFT_ALONE)


def _alarm(
    key: tuple[str, str], logged: Sequence[tuple[str, str]], rows: list[AlarmRow]
) -> Iterator[Difference]:
    """Alarms of one kind and subject; an entry with an officer closed the one that was open."""
    since, closed = _folded(logged)
    standing = [row for row in rows if not row.closed_at]
    beyond = [row for row in rows if row.closed_at]
    missing: list[tuple[str, str, str]] = []
    for one in closed:
        same = next((row for row in beyond if row.closed_by == one[2]), None)
        if same is None:
            missing.append(one)
            continue
        beyond.remove(same)
    for one in missing:
        yield _closed(key, one, standing.pop() if standing and not since else None)
    if since and not standing and beyond:
        change = Update(AlarmRow, {"row": beyond[0].row}, {"closed_at": "", "closed_by": ""})
        yield Difference("alarm", _name(key), "closed, but nobody closed it", (change,))
    elif since and not standing:
        row = AlarmRow(*key, since, _DETAIL)
        yield Difference("alarm", _name(key), "the alarm is missing", (Insert(row, ignore=True),))
    elif (standing and not since and key[0] not in NOT_LOGGED) or beyond:
        yield Difference("alarm", _name(key), NO_ENTRY, (), LEFT_ALONE)


def _folded(logged: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[str, str, str]]]:
    """Since when it stands ("" if it does not), and what was closed: since, at, by."""
    since, closed = "", []
    for time, actor in logged:
        if not actor:
            since = since or time
            continue
        closed.append((since or time, time, actor))
        since = ""
    return since, closed


def _closed(
    key: tuple[str, str], one: tuple[str, str, str], standing: AlarmRow | None
) -> Difference:
    since, at, officer = one
    if standing is not None:
        done = {"closed_at": at, "closed_by": officer}
        change: Any = Update(AlarmRow, {"row": standing.row}, done)
        return Difference("alarm", _name(key), "open, but it was closed", (change,))
    row = AlarmRow(*key, since, _DETAIL, closed_at=at, closed_by=officer)
    what = "the closed alarm is missing"
    return Difference("alarm", f"{_name(key)}:{at}", what, (Insert(row, ignore=True),))


def _name(key: tuple[str, str]) -> str:
    return f"{key[0]}:{key[1]}"


# ---- officers ----------------------------------------------------------------------------------


def officer_differences(
    store: Store, said: Said, directory: Directory, files: Sequence[SignedRecord]
) -> Iterator[Difference]:
    """The register held against the entries, number by number; `files` are those of the home."""
    rows = store.rows(OfficerRow, order="row")
    read = [(row, _record(row.record)) for row in rows]
    stored = {record.number: row for row, record in read if record is not None}
    signed = {record.number: one for one in files if (record := _record(one.text)) is not None}
    wrong = False
    for number, entry in enumerate(said.officers, 1):
        row = stored.get(number)
        if row is not None and _says(row.record, entry):
            found = list(_columns(row, entry))
        else:
            found = [_gone(number, entry, row, signed.get(number))]
        wrong = wrong or any(not one.remedy for one in found)
        yield from found
    for row, record in read:
        if record is None or record.number > len(said.officers) or stored[record.number] != row:
            wrong = True
            yield Difference("officer", f"{row.name}:{row.row}", NO_ENTRY, (), LEFT_ALONE)
    if not wrong and rows and not _replays(rows, directory):
        yield Difference("officer", "register", "signatures or order", (), _OTHER)


def _gone(
    number: int, entry: Entry, row: OfficerRow | None, signed: SignedRecord | None
) -> Difference:
    where = f"{entry['name']}:{number}"
    what = "the record is missing" if row is None else "the signed record"
    if signed is None or not _says(signed.text, entry):
        return Difference("officer", where, what, (), _SIGNED)
    values = {
        "name": entry["name"],
        "action": entry["action"],
        "record": signed.text,
        "signature": signed.signature,
        "signed_by": signed.by,
        "at": entry["time"],
    }
    change: Any = (
        Insert(OfficerRow(**values))
        if row is None
        else Update(OfficerRow, {"row": row.row}, values)
    )
    return Difference("officer", where, what, (change,))


def _columns(row: OfficerRow, entry: Entry) -> Iterator[Difference]:
    right = {"name": entry["name"], "action": entry["action"]}
    if not "" < row.at <= entry["time"]:
        right["at"] = entry["time"]
    wrong = {name: value for name, value in right.items() if getattr(row, name) != value}
    if wrong:
        remedy = (Update(OfficerRow, {"row": row.row}, wrong),)
        yield Difference("officer", f"{entry['name']}:{row.row}", ", ".join(wrong), remedy)


def _record(text: str) -> OfficerRecord | None:
    try:
        return parse_record(text)
    except RelecError:
        return None


def _says(text: str, entry: Entry) -> bool:
    """Whether a signed record says what was logged of it."""
    record = _record(text)
    return record is not None and (
        (record.action, record.name, sorted(record.roles), record.key)
        == (entry["action"], entry["name"], sorted(_roles(entry["roles"])), entry["key"])
    )


def _roles(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else list(value)


def _replays(rows: Sequence[OfficerRow], directory: Directory) -> bool:
    """Whether every record is signed by whom it names, under the keys that the cards name."""
    records = [SignedRecord(row.record, row.signed_by, row.signature) for row in rows]
    try:
        member = directory.member(directory.own)
        Register.replay(directory.network, directory.own, member.authorities, records)
    except RelecError:
        return False
    return True
