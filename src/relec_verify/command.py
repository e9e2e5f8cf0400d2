"""The command `relec-verify`: a file and the fingerprints that were compared, in; words, out.

Exit codes: 0 everything claimed holds; 1 something does not hold; 2 wrong use, or a file that
cannot be read; 3 nothing contradicts, but it is not proven in full, because nobody compared
somebody's authority, or a log's key was lost. Nothing is fetched from anywhere; no clock is asked.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import sys
from pathlib import Path

from relec_verify.bundle import BUNDLE_MAX, read_bundle
from relec_verify.judging import judge
from relec_verify.printing import as_html, as_json, as_text
from relec_verify.report import EXIT, Report

WRONG_USE = 2
_NODE = re.compile(r"[a-z][a-z0-9]{1,15}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_EXAMPLE = """example:
  relec-verify case.json --authority tr=3f56f5c9...95 --authority pk=a96666b2...ed

Ask each authority for its fingerprint on a telephone number that you know from elsewhere; never
take it from the file, nor from who gave you the file."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        with Path(given.bundle).open("rb") as file:
            data = file.read(BUNDLE_MAX + 1)
        compared = dict(given.authority)
        if len(compared) != len(given.authority):
            raise ValueError("an authority is given once for each node")
        report, digest = judge(data, compared), hashlib.sha256(data).hexdigest()
        if given.html:
            page = as_html(report, digest, compared)
            _other(given.html, given.bundle).write_text(page, "utf-8")
        if given.message:
            _other(given.message, given.bundle).write_bytes(_message(data, report))
    except OSError as error:
        return _wrong(f"{error.filename}: {error.strerror}")
    except ValueError as error:
        return _wrong(str(error))
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that has not every letter
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stdout.write(as_json(report) if given.json else as_text(report, digest, compared))
    return EXIT[report.outcome]


def run() -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="relec-verify",
        description="Check an evidence bundle offline, and say what it proves and what not.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", help="the file from: relec evidence export")
    parser.add_argument(
        "--authority",
        metavar="NODE=FINGERPRINT",
        action="append",
        default=[],
        type=_authority,
        help="the fingerprint of a node's authority (64 hex digits; spaces are ignored) that you"
        " compared outside this file; once for each node",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the report as JSON")
    shown.add_argument("--html", metavar="FILE", help="also write the report as a page to print")
    parser.add_argument(
        "--message", metavar="FILE", help="also write the message that the bundle holds, as JSON"
    )
    return parser


def _other(name: str, bundle: str) -> Path:
    """The path, unless what is written there would replace the evidence."""
    path = Path(name)
    if path.exists() and path.samefile(bundle):
        raise ValueError(f"{name} would replace the evidence: name another file")
    return path


def _message(data: bytes, report: Report) -> bytes:
    """The message, word for word; only of a file in which everything holds together."""
    if report.outcome == "refused":
        raise ValueError("no message is written: the evidence is refused")
    content = read_bundle(data).content
    if content is None:
        raise ValueError("the file holds only the commitment to the message")
    return content.message


def _authority(text: str) -> tuple[str, str]:
    node, _, fingerprint = text.partition("=")
    found = re.sub(r"[ :]", "", fingerprint).lower()
    if _NODE.fullmatch(node) is None or _FINGERPRINT.fullmatch(found) is None:
        raise argparse.ArgumentTypeError("give NODE=FINGERPRINT, as tr= and 64 hex digits")
    return node, found


def _wrong(what: str) -> int:
    sys.stderr.write(f"relec-verify: {what}\n")
    return WRONG_USE
