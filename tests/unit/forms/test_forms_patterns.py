"""What points to a person is found by its form; what counts, dates and numbers things is not."""

from __future__ import annotations

import base64
import codecs
import csv
import os
from pathlib import Path

import pytest

from relec_exchange.forms.patterns import find_patterns, revealed

# Numbers of published specimens, examples of numbering plans, or made up for their form.
HITS = [
    ("phone", "call [+90 532 123 45 67] now"),
    ("phone", "[+92-300-1234567]"),
    ("phone", "[0093701234567]"),
    ("phone", "[0532 123 45 67]"),
    ("phone", "[(0532) 123 45 67]"),
    ("phone", "[532 123 45 67]"),
    ("phone", "[90 532 123 45 67]"),
    ("phone", "[0 5 3 2 1 2 3 4 5 6 7]"),
    ("phone", "تلفن [۰۹۱۲ ۳۴۵ ۶۷۸۹]"),
    ("phone", "[٠٧٩٠١٢٣٤٥٦٧]"),
    ("phone", "ফোন [০১৭১২-৩৪৫৬৭৮]"),
    ("phone", "phone: [300 1234567]"),
    ("phone", "[zero five three two one two three four five six seven]"),
    ("phone", "[sıfır beş üç iki bir iki üç dört beş altı yedi]"),
    ("phone", "[+9\u200b0532 1\u200b23 4567]"),
    ("email", "[a.b@example.org]"),
    ("email", "[a.b [at] example [dot] org]"),
    ("email", "[someone at example dot com]"),
    ("handle", "[@smuggler_1]"),
    ("handle", "[telegram id: boss77]"),
    ("profile", "[https://t.me/boss_77]"),
    ("profile", "[facebook.com/someone.x]"),
    ("profile", "[wa.me/905321234567]"),
    ("document", "passport [AB1234567]"),
    ("document", "[U12345678]"),
    ("document", "[P 01234567]"),
    ("document", "[A12B34567]"),
    ("document", "[ab1234567]"),
    ("document", "[A 1 2 3 4 5 6 7]"),
    ("document", "Passport no. [12345678]"),
    ("document", "[ＡＢ１２３４５６７]"),
    ("mrz", "[P<UTOERIKSSON<<ANNA<MARIA<<<<<<]"),
    ("mrz", "[L898902C36UTO7408122F1204159]"),
    ("mrz", "[l898902c36uto7408122f1204159]"),
    ("national_number", "CNIC [35202-1234567-1]"),
    ("national_number", "[3520212345671]"),
    ("national_number", "[10000000146]"),
    ("national_number", "[100 000 001 46]"),
    ("national_number", "[1399-0412-12345]"),
    ("national_number", "[199012345678]"),
    ("national_number", "[1234567891]"),
    ("position", "[37.12345, 27.54321]"),
    ("position", "[37.1234N 27.5432E]"),
    ("position", "[37.1234n 27.5432e]"),
    ("position", "[lat: 37.1234] near"),
    ("position", "[37 12 30 N]"),
    ("position", "[38,12345; 27,54321]"),
    ("position", "[38.123, 27.543]"),
    ("position", "[37°12'30\"N]"),
    ("position", "[35S 512345 4123456]"),
    ("position", "[35SMC1234567890]"),
    ("position", "[8FVC9G8F+6XW]"),
    ("position", "[///filled.count.soap]"),
    ("position", "[geo:37.1,27.2]"),
    ("iban", "[TR330006100519786457841326]"),
    ("iban", "[GB82 WEST 1234 5698 7654 32]"),
]


def _marked(marked: str) -> tuple[str, int, int]:
    """The outermost brackets tell where the hit is expected."""
    start, end = marked.index("["), marked.rindex("]")
    return marked[:start] + marked[start + 1 : end] + marked[end + 1 :], start, end - 1


@pytest.mark.parametrize(("kind", "marked"), HITS)
def test_what_points_to_a_person_or_a_place_is_found_with_its_kind(kind: str, marked: str) -> None:
    text, start, end = _marked(marked)
    assert [(hit.kind, hit.start, hit.end) for hit in find_patterns(text)] == [(kind, start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "In 2015 and 2016, 2014-2022, 1990/91; 2020 2021 2022 2023",
        "reference 2026/117 and REQ-2026-0117",
        "12,000 people; 1 234 567 crossings; 3.500 USD; 2 000 000 AFN; 10.000.000",
        "budget 1200000000; counts of 2,833, 7,804 and 12,500, 37,250; 2.833, 7.804",
        "2026-11-21T17:30:00.123Z, on 21.11.2026 at 17:30",
        "50 km north of the E80 road, route D-400, M45, N-25, near km 123+500, km 2345+678",
        "plate 34 ABC 123, LEA-1234, 12 B 345-67, ABC 123",
        "boat of 12 m with 45 persons, 30 dead, 12 missing",
        "message 0192f3c4-7b1a-7c3d-9e2f-a12345678901 and f4661596-385f-7b50-89f3-a7027e436e22",
        "open 0930-1130; 34°C; 10-15 km; population 84,339,067; case 4/2026; Boeing 737-800",
        "IMO 9074729, MMSI 271000123",
        "35.5 degrees, 3.14159 and 2.71828; around 38.5, 27.1",
        "Section 12(3) of Act No. 7 of 2014; S/RES/2379 (2017)",
        "ISO 3166-2 TR-22 IR-13; grade A1, B2; H1 H2; version 2.0.1",
        "from 500 to 700 EUR (about 1 000 000 IRR)",
        "arrived at port. Come tel. to follow",
        "20 to 25 persons between 18 and 30 years; 100-150 persons",
        "one of two boats, three of four days",
        "",
    ],
)
def test_counts_dates_references_roads_and_plates_are_no_persons(text: str) -> None:
    assert find_patterns(text) == ()


@pytest.mark.parametrize(
    "number", ["10000000145", "35202-1234567", "TR330006100519786457841327", "999.12345, 27.5432"]
)
def test_a_number_that_fails_its_check_is_not_taken_for_what_it_is_not(number: str) -> None:
    kinds = {hit.kind for hit in find_patterns(number)}
    assert not kinds & {"national_number", "iban", "position"}


DATA = Path(os.environ.get("RELEC_DATA", Path(__file__).parents[4] / "shared" / "data"))
INCIDENTS = DATA / "incidents.csv"


@pytest.mark.skipif(not INCIDENTS.exists(), reason="the public data are not part of the repository")
def test_real_reports_of_incidents_are_free_of_false_hits() -> None:
    with INCIDENTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    exact = {"latitude", "longitude"}
    texts = [
        "; ".join(f"{name}: {text}" for name, text in row.items() if name not in exact)
        for row in rows
    ]
    assert len(texts) == 2_261
    assert sum(bool(find_patterns(text)) for text in texts) < 0.01 * len(texts)
    found = [find_patterns(f"{row['latitude']}, {row['longitude']}") for row in rows]
    assert sum(bool(hits) for hits in found) > 0.99 * len(rows)


SECRET = "Ahmad Rahimi lives in Herat"
PLAIN = SECRET.encode()
HIDDEN = {
    "base64": base64.b64encode(PLAIN).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(PLAIN).decode().rstrip("="),
    "base64 in lines": base64.b64encode(PLAIN).decode()[:20]
    + "\n"
    + base64.b64encode(PLAIN).decode()[20:],
    "base64 behind a letter": "x" + base64.b64encode(PLAIN).decode(),
    "base64 twice": base64.b64encode(base64.b64encode(PLAIN)).decode(),
    "base32": base64.b32encode(PLAIN).decode(),
    "hexadecimal": PLAIN.hex(),
    "hexadecimal with blanks": PLAIN.hex(" "),
    "percent signs": "".join(f"%{byte:02x}" for byte in PLAIN),
    "entities": "".join(f"&#{ord(sign)};" for sign in SECRET),
    "quoted-printable": "".join(f"={byte:02X}" for byte in PLAIN),
    "escapes": "".join(f"\\u{ord(sign):04x}" for sign in SECRET),
    "rot13": codecs.encode(SECRET, "rot13"),
    "invisible signs": "\u200b".join(SECRET),
    "wide letters": "".join(chr(ord(sign) + 0xFEE0) if sign != " " else sign for sign in SECRET),
    "percent in base64": base64.b64encode("".join(f"%{b:02x}" for b in PLAIN).encode()).decode(),
}


@pytest.mark.parametrize("way", list(HIDDEN))
def test_what_a_simple_encoding_hides_is_brought_to_light(way: str) -> None:
    text = f"see this: {HIDDEN[way]} ."
    found = revealed(text)
    assert found[0] == text
    assert any(SECRET in one for one in found[1:])


def test_a_text_that_hides_nothing_gives_itself_and_its_rot13_alone() -> None:
    assert revealed("Boats leave at night.") == (
        "Boats leave at night.",
        "Obngf yrnir ng avtug.",
    )
    assert revealed("") == ("",)
    assert revealed("12 34") == ("12 34",)


def test_decoys_do_not_crowd_out_what_is_hidden() -> None:
    decoys = " ".join(base64.b64encode(f"decoy number {at}".encode()).decode() for at in range(500))
    swollen = "\ufdfa" * 2_000
    found = revealed(f"{decoys} {swollen} {HIDDEN['base64']}")
    assert any(SECRET in one for one in found)


def test_half_a_pair_of_escapes_is_no_reason_to_fail() -> None:
    assert revealed(r"\ud83d =41=42 &#xd800; %ff%fe")
    assert any("😀" in one for one in revealed(r"\ud83d\ude00"))
