"""Programs of others accept the log that a node exports, and refuse one that was tampered with.

They are Go's `note` and `tlog`, sigstore's code in Python and in JavaScript, and pymerkle for
roots; tests/strangers/setup.sh installs them, and what is missing fails.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import core_network as core
from auditors import AUDITOR, enrol
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.tiles_folder import TilesFolder
from relec_exchange.audit.checkpoint import parse_checkpoint, sign_checkpoint
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tile_files import ENTRIES, TileFiles, read_bundle, write_bundle
from relec_exchange.audit.tiles import Tree
from relec_exchange.cli import run
from relec_exchange.cli.log_export import export_log
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.signature import HybridKey
from served_nodes import present_network

STRANGERS = Path(__file__).resolve().parents[1] / "strangers"
COMMANDS = {
    "go": [STRANGERS / "go/build/verify"],
    "python": [STRANGERS / "python/.venv/bin/python", "-I", STRANGERS / "python/verify.py"],
    "npm": ["node", STRANGERS / "npm/verify.js"],
}
PYMERKLE = [STRANGERS / "pymerkle/.venv/bin/python", "-I", STRANGERS / "pymerkle/roots.py"]
INSTALLED = [
    STRANGERS / "go/build/verify",
    STRANGERS / "python/.venv/installed.txt",
    STRANGERS / "npm/node_modules/installed.json",
    STRANGERS / "pymerkle/.venv/installed.txt",
]
MESSAGES = 130
WIDTH = 256

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Exported:
    """A node's log as it was exported: where, its Ed25519 key, its entries, and an older one."""

    path: Path
    vkey: str
    entries: list[bytes]
    older: Path


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    missing = [str(path) for path in INSTALLED if not path.exists()]
    assert missing == [], "run tests/strangers/setup.sh"


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk, at the time of this machine; tr is served, with an auditor."""
    with present_network(("tr",), ()) as made:
        file = made.home("tr") / "officers" / f"{AUDITOR}.key"
        file.touch(mode=0o600)
        file.write_bytes(enrol(made, "tr").to_pkcs8(None, bytes))
        made.run()
        yield made


@pytest.fixture(scope="module")
def exported(network: SimulatedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The log of tr after some traffic, exported twice: the second time goes on from the first."""
    path = tmp_path_factory.mktemp("export")
    older = tmp_path_factory.mktemp("older") / "log"
    export(network, path, "exchange")
    shutil.copytree(path, older)
    for _ in range(MESSAGES):
        network.submit(core.ping(network))
    network.pass_minutes(3)
    told = export(network, path, "exchange")
    assert relec(network, "check-export", path)["verified"]
    (path / "known.checkpoint").write_bytes((older / "checkpoint").read_bytes())
    desk, size = network.node("tr").desk, told["size"]
    (path / "proofs").mkdir()
    for index in (0, 1, WIDTH - 1, WIDTH, size - 1):
        proof = desk.audit_proof("exchange", index, size)
        (path / f"proofs/{index}.tlog-proof").write_text(proof, "utf-8")
    entries = [unb64(one["entry"]) for one in desk.audit_entries("exchange", 0, size)]
    return Exported(path, told["verifier_keys"][0], entries, older)


def relec(network: SimulatedNetwork, *words: object) -> dict[str, Any]:
    """`relec audit ...` at tr as its auditor."""
    given = ["--home", network.home("tr"), "--officer", AUDITOR, "audit", *words, "--json"]
    with redirect_stdout(StringIO()) as out:
        code = run([str(word) for word in given])
    assert code == 0, out.getvalue()
    return json.loads(out.getvalue())


def export(network: SimulatedNetwork, path: Path, log: str) -> dict[str, Any]:
    return relec(network, "export", path, "--log", log)


def told_by(command: Sequence[object]) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, timeout=400
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def judged(stranger: str, vkey: str, *paths: Path) -> list[dict[str, Any]]:
    """The verdict of a stranger on each directory."""
    done = told_by([*COMMANDS[stranger], vkey, *paths])
    verdicts = [json.loads(line) for line in done.splitlines()]
    assert [one["directory"] for one in verdicts] == [str(path) for path in paths]
    return verdicts


# ---- what is done to an export


def flip(file: Path, at: int, bit: int = 1) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= bit
    file.write_bytes(bytes(data))


def replace(file: Path, old: bytes, new: bytes) -> None:
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new, 1))


def line_of(path: Path, number: int) -> bytes:
    return (path / "checkpoint").read_bytes().split(b"\n")[number]


def alter_root(path: Path) -> None:
    root = bytearray(unb64(line_of(path, 2).decode()))
    root[0] ^= 1
    replace(path / "checkpoint", line_of(path, 2), b64(bytes(root)).encode())


def alter_size(path: Path) -> None:
    size = int(line_of(path, 1))
    replace(path / "checkpoint", b"\n%d\n" % size, b"\n%d\n" % (size - 1))


def cut_size(path: Path) -> None:
    """The first tile alone, under a checkpoint that says so."""
    replace(path / "checkpoint", b"\n%b\n" % line_of(path, 1), b"\n256\n")


def exchange(path: Path) -> None:
    file = path / "tile/entries/000"
    entries = read_bundle(file.read_bytes(), WIDTH)
    entries[7], entries[8] = entries[8], entries[7]
    assert entries[7] != entries[8]
    file.write_bytes(write_bundle(entries))


def exchange_with_hashes(path: Path) -> None:
    exchange(path)
    tile = path / "tile/0/000"
    data = tile.read_bytes()
    tile.write_bytes(data[:224] + data[256:288] + data[224:256] + data[288:])


def rewrite(path: Path) -> None:
    """Every tile and bundle anew, as if one entry had always been another one."""
    size = int(line_of(path, 1))
    folder = TilesFolder(path)
    entries = [entry for n in range(2) for entry in folder.entries(size, n)]
    entries[20] = entries[20].replace(b'"kind":"', b'"kinD":"', 1)
    files = TileFiles()
    folder.write([*files.take(entries), *files.finish()])


def forge(network: SimulatedNetwork, path: Path, entries: list[bytes]) -> None:
    """What the owner of the key can do: another log, signed as its own."""
    told = [entries[0], b"{}", *entries[2:]]
    files = TileFiles()
    TilesFolder(path).write([*files.take(told), *files.finish()])
    keys = KeyFiles(network.home("tr") / "keys", PASSPHRASE)
    origin = line_of(path, 0).decode()
    tree = files.tree
    note = keys.checkpoint(origin, tree.size, tree.root(), int(network.clock().timestamp())).note
    TilesFolder(path).put("checkpoint", note)


def only_file(path: Path, pattern: str) -> Path:
    [found] = path.glob(pattern)
    return found


def drop_ed25519(path: Path) -> None:
    """Without the one signature line that these programs understand."""
    text, _, lines = (path / "checkpoint").read_bytes().partition(b"\n\n")
    kept = lines.splitlines(keepends=True)[1:]
    assert kept
    (path / "checkpoint").write_bytes(text + b"\n\n" + b"".join(kept))


def alter_signature(path: Path) -> None:
    text, _, lines = (path / "checkpoint").read_bytes().partition(b"\n\n")
    name, _, encoded = lines.splitlines()[0].rpartition(b" ")
    blob = bytearray(unb64(encoded.decode()))
    blob[10] ^= 1
    line = name + b" " + b64(bytes(blob)).encode() + b"\n"
    rest = b"".join(lines.splitlines(keepends=True)[1:])
    (path / "checkpoint").write_bytes(text + b"\n\n" + line + rest)


def alter_proof(path: Path, line: int) -> None:
    file = path / "proofs/1.tlog-proof"
    lines = file.read_bytes().split(b"\n")
    blob = bytearray(unb64(lines[line].decode()))
    blob[0] ^= 1
    lines[line] = b64(bytes(blob)).encode()
    file.write_bytes(b"\n".join(lines))


def drop_hash(path: Path) -> None:
    file = path / "proofs/1.tlog-proof"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([*lines[:4], *lines[5:]]))


def rename_proof(path: Path) -> None:
    """The proof of the last entry shown as one of another index."""
    replace(path / "proofs/1.tlog-proof", b"\nindex 1\n", b"\nindex 3\n")


def rename_log(path: Path) -> None:
    replace(path / "checkpoint", b"/exchange/1\n", b"/exchange/2\n")


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def put_old_checkpoint_into_proof(path: Path) -> None:
    """An entry that came later, under the checkpoint of before."""
    file = path / f"proofs/{WIDTH}.tlog-proof"
    head = file.read_bytes().partition(b"\n\n")[0]
    file.write_bytes(head + b"\n\n" + (path / "known.checkpoint").read_bytes())


LAST = "tile/entries/001.p/*"
SIGNATURE, PROOF, FILES, OLD = "signature", "proof", "files", "old"
REASONS = {
    "go": {
        SIGNATURE: "invalid signature|no verifiable signatures",
        PROOF: "invalid transparency proof|inconsistent tile|invalid inputs",
        FILES: "is missing|is cut off",
        OLD: "older than one that is known",
    },
    "python": {
        SIGNATURE: "^checkpoint: ",
        PROOF: "^inclusion proof |the index is not within",
        FILES: "No such file|is cut off",
    },
    "npm": {
        SIGNATURE: "^invalid checkpoint signature$",
        PROOF: "^calculated root hash does not match|^invalid hash count$|^invalid index",
        FILES: "no such file|is cut off",
    },
}
"""What each stranger says, by what it refuses for. Only Go's `tlog` compares trees of two sizes."""

ALTERED: dict[str, tuple[str, Change]] = {
    "a bit of the root": (SIGNATURE, alter_root),
    "a bit of the signature": (SIGNATURE, alter_signature),
    "the size, by one": (SIGNATURE, alter_size),
    "the size, to a full tile": (SIGNATURE, cut_size),
    "no line of the known algorithm": (SIGNATURE, drop_ed25519),
    "another log's name": (SIGNATURE, rename_log),
    "a bit of an entry": (PROOF, lambda at: flip(at / "tile/entries/000", 300)),
    "a bit of the last entry": (PROOF, lambda at: flip(only_file(at, LAST), -3)),
    "a bit of a hash": (PROOF, lambda at: flip(at / "tile/0/000", 9 * 32)),
    "two entries exchanged": (PROOF, exchange),
    "two entries exchanged with their hashes": (PROOF, exchange_with_hashes),
    "one entry rewritten with all that follows": (PROOF, rewrite),
    "a bundle cut off": (FILES, lambda at: cut_off(at / "tile/entries/000")),
    "the last bundle missing": (FILES, lambda at: only_file(at, LAST).unlink()),
    "a tile missing": (FILES, lambda at: (at / "tile/0/000").unlink()),
    "a bit of a proof's first hash": (PROOF, lambda at: alter_proof(at, 2)),
    "a bit of a proof's last hash": (PROOF, lambda at: alter_proof(at, 8)),
    "a proof without one of its hashes": (PROOF, drop_hash),
    "a proof of another index": (PROOF, rename_proof),
    "a proof under an old checkpoint": (PROOF, put_old_checkpoint_into_proof),
}
CASES = [(stranger, change) for stranger in COMMANDS for change in ALTERED]


@pytest.fixture(scope="module")
def altered(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A copy of the export for each change."""
    base = tmp_path_factory.mktemp("altered")
    copies = {}
    for number, (name, (_, change)) in enumerate(ALTERED.items()):
        copies[name] = base / f"{number:02d}"
        shutil.copytree(exported.path, copies[name])
        change(copies[name])
    return copies


@pytest.fixture(scope="module")
def verdicts(exported: Exported, altered: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """What each stranger says of each changed copy: one process a stranger."""
    return {
        stranger: dict(
            zip(altered, judged(stranger, exported.vkey, *altered.values()), strict=True)
        )
        for stranger in COMMANDS
    }


@pytest.mark.parametrize("stranger", COMMANDS)
def test_a_stranger_accepts_what_a_node_exported(stranger: str, exported: Exported) -> None:
    [told] = judged(stranger, exported.vkey, exported.path)
    stated = parse_checkpoint((exported.path / "checkpoint").read_bytes())
    assert told["verdict"] == "accepted", told
    assert told["origin"] == stated.origin
    assert told["size"] == stated.size > WIDTH
    assert told["proofs"] == 5
    assert told.get("root", stated.root.hex()) == stated.root.hex()


def test_what_they_accept_is_a_checkpoint_that_partners_have_cosigned(exported: Exported) -> None:
    lines = (exported.path / "checkpoint").read_text("utf-8").partition("\n\n")[2].splitlines()
    assert len({line.split(" ")[1] for line in lines}) > 1


@pytest.mark.parametrize(("stranger", "change"), CASES)
def test_a_stranger_refuses_what_was_altered_for_the_right_reason(
    stranger: str, change: str, verdicts: dict[str, dict[str, Any]]
) -> None:
    told = verdicts[stranger][change]
    assert told["verdict"] == "refused", told
    assert re.search(REASONS[stranger][ALTERED[change][0]], told["reason"]), told


def test_go_refuses_an_old_export_once_it_has_seen_a_newer_checkpoint(
    exported: Exported, tmp_path: Path
) -> None:
    """The old one is right in itself, and accepted by whoever knows nothing newer."""
    shutil.copytree(exported.older, tmp_path / "old")
    [before] = judged("go", exported.vkey, tmp_path / "old")
    newest = (exported.path / "checkpoint").read_bytes()
    (tmp_path / "old/known.checkpoint").write_bytes(newest)
    [after] = judged("go", exported.vkey, tmp_path / "old")
    assert (before["verdict"], after["verdict"]) == ("accepted", "refused")
    assert re.search(REASONS["go"][OLD], after["reason"])


def test_go_refuses_a_log_that_does_not_continue_the_one_it_knows(
    exported: Exported, network: SimulatedNetwork, tmp_path: Path
) -> None:
    """The node's own key signs a tree in which an early entry is another one."""
    shutil.copytree(exported.path, tmp_path / "fork", ignore=shutil.ignore_patterns("proofs"))
    forge(network, tmp_path / "fork", exported.entries)
    [fork] = judged("go", exported.vkey, tmp_path / "fork")
    (tmp_path / "fork/known.checkpoint").unlink()
    [alone] = judged("go", exported.vkey, tmp_path / "fork")
    assert (fork["verdict"], alone["verdict"]) == ("refused", "accepted")
    assert re.search(REASONS["go"][PROOF], fork["reason"])


@pytest.mark.parametrize("stranger", COMMANDS)
def test_a_stranger_refuses_a_log_under_the_key_of_another(
    stranger: str, exported: Exported, network: SimulatedNetwork, tmp_path: Path
) -> None:
    """The activity log of the same node: its own key accepts it, the exchange log's does not."""
    other = export(network, tmp_path / "activity", "activity")["verifier_keys"][0]
    [right] = judged(stranger, other, tmp_path / "activity")
    [wrong] = judged(stranger, exported.vkey, tmp_path / "activity")
    assert (right["verdict"], wrong["verdict"]) == ("accepted", "refused")


def test_pymerkle_computes_the_same_roots_at_every_turn(exported: Exported) -> None:
    told = json.loads(told_by([*PYMERKLE, exported.path]))
    tree = Tree(0, lambda level, n: b"").extend(leaf_hashes(exported.entries))[0]
    assert told["size"] == tree.size == len(exported.entries)
    assert len(told["roots"]) > 20
    assert told["roots"] == {size: tree.root_at(int(size)).hex() for size in told["roots"]}


def test_pymerkle_has_another_root_for_an_altered_entry(altered: dict[str, Path]) -> None:
    path = altered["a bit of an entry"]
    told = json.loads(told_by([*PYMERKLE, path]))
    stated = parse_checkpoint((path / "checkpoint").read_bytes())
    assert told["size"] == stated.size
    assert told["roots"][str(stated.size)] != stated.root.hex()


def test_an_export_of_the_newest_entry_is_beyond_the_quorum_and_no_later_one_goes_back(
    network: SimulatedNetwork, exported: Exported, tmp_path: Path
) -> None:
    network.submit(core.ping(network))
    seen = export(network, tmp_path / "log", "exchange")
    newest = relec(network, "export", tmp_path / "log", "--newest")
    again = export(network, tmp_path / "log", "exchange")
    assert len(exported.entries) == seen["size"] < newest["size"] == again["size"]
    assert (seen["cosigned_by"], newest["cosigned_by"], again["files"]) == (["pk"], [], 0)
    [told] = judged("go", exported.vkey, tmp_path / "log")
    assert (told["verdict"], told["size"]) == ("accepted", newest["size"])


def test_go_reads_a_log_whose_tiles_have_three_levels(tmp_path: Path) -> None:
    """At full counts it also has so many tiles that their numbers need two groups of digits."""
    size = 257_000 if os.environ.get("RELEC_FULL") else 66_000
    entries = [b'{"simulated":%d}' % number for number in range(size)]
    tree = Tree(0, lambda level, n: b"").extend(leaf_hashes(entries))[0]
    key = HybridKey.generate("relec.example/tr/exchange/1", "log", os.urandom)
    note = sign_checkpoint(key.name, size, tree.root(), key, 0).note
    folder = TilesFolder(tmp_path / "log")
    export_log(folder, note, key.public(), lambda start, count: entries[start : start + count])
    levels = {name.level for name in folder.names()}
    assert levels == {ENTRIES, 0, 1, 2}
    [told] = judged("go", key.public().vkeys()[0], tmp_path / "log")
    assert (told["verdict"], told["size"], told["root"]) == ("accepted", size, tree.root().hex())
