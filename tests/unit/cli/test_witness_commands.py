"""A witness needs three commands; who must cosign is printed for programs of others."""

from __future__ import annotations

from pathlib import Path

from agreed import fingerprint
from commands import Relec
from memory_node import WORDS, read_directory

from relec_exchange.audit.policy import parse_policy
from relec_exchange.trust.card import parse_card


def test_a_witness_is_made_and_meets_its_partners_with_two_commands(
    relec: Relec, homes: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "pass"
    secret.write_text(WORDS)
    secret.chmod(0o600)
    home = tmp_path / "secretariat"
    duty = ("--phone", "+90 312 000 000", "--email", "duty@secretariat.example")
    of = ("--network", "relec.example", "--node", "secretariat", "--passphrase-file", secret)
    made = relec("init", "--witness", "--home", home, *of, *duty, "--no-passphrase")
    assert made.code == 0, made.err
    assert "relec card join" in made.out
    cards, compared = [], tmp_path / "compared"
    for node in ("tr", "pk"):
        cards.append(homes / node / "trust" / f"{node}.card")
    compared.write_text("".join(f"{n} {fingerprint(homes / n)}\n" for n in ("tr", "pk")))
    given = ("--fingerprints", compared, "--authority-passphrase-file", secret, "--json")
    joined = relec("--home", home, "card", "join", *cards, *given)
    assert joined.code == 0, joined.err
    told = joined.json()
    assert (told["kind"], told["version"]) == ("witness", 2)
    assert [partner["node"] for partner in told["partners"]] == ["tr", "pk"]
    own = read_directory(home, "secretariat").card("secretariat").card
    assert own.kind == "witness"
    assert told["not_listed_by"] == ["pk", "tr"]


def test_in_the_order_of_the_guide_a_witness_is_in_mutual_listing_after_two_commands(
    relec: Relec, homes: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "pass"
    secret.write_text(WORDS)
    secret.chmod(0o600)
    home, signing = tmp_path / "secretariat", ("--authority-passphrase-file", secret)
    signed = ("--passphrase-file", secret, *signing)
    duty = ("--phone", "+90 312 000 000", "--email", "duty@secretariat.example")
    of = ("--network", "relec.example", "--node", "secretariat", "--passphrase-file", secret)
    relec("init", "--witness", "--home", home, *of, *duty, "--no-passphrase")
    first = home / "trust" / "secretariat.card"
    told = fingerprint(home)
    for node in ("tr", "pk"):
        member = ("--home", homes / node, "card")
        assert relec(*member, "import", first, "--fingerprint", told).code == 0
        issued = relec(*member, "issue", "--partner", "secretariat", "--yes", *signed)
        assert issued.code == 0, issued.err
    cards = [homes / node / "trust" / f"{node}.card" for node in ("tr", "pk")]
    compared = tmp_path / "compared"
    compared.write_text("".join(f"{n} {fingerprint(homes / n)}\n" for n in ("tr", "pk")))
    joined = relec("--home", home, "card", "join", *cards, "--fingerprints", compared, *signing)
    assert joined.code == 0, joined.err
    assert "Not listed yet" not in joined.out
    directory = read_directory(home, "secretariat")
    assert all(directory.mutual("secretariat", node) for node in ("tr", "pk"))


def test_a_card_whose_fingerprint_is_another_one_is_not_joined(
    relec: Relec, homes: Path, tmp_path: Path
) -> None:
    compared = tmp_path / "compared"
    card = homes / "pk" / "trust" / "pk.card"
    signed = parse_card(card.read_bytes())
    compared.write_text(f"pk {'0' * 64}\n")
    done = relec("--home", homes / "tr", "card", "join", card, "--fingerprints", compared)
    assert done.code != 0
    assert "fingerprint" in done.err
    assert signed.card.node not in read_directory(homes / "tr").members


def test_the_policy_of_a_node_without_partners_wants_nobody(relec: Relec, homes: Path) -> None:
    done = relec("--home", homes / "tr", "audit", "policy")
    assert done.code == 0, done.err
    policy = parse_policy(done.out)
    assert (policy.quorum, len(policy.logs)) == ("", 4)


def test_the_policy_names_the_witnesses_of_the_cards(relec: Relec, allied: Path) -> None:
    done = relec("--home", allied / "tr", "audit", "policy", "--json")
    assert done.code == 0, done.err
    told = done.json()
    assert (told["node"], told["witnesses"], told["quorum"]) == ("tr", ["pk"], 1)
    assert set(parse_policy(told["policy"]).witnesses) == {"pk.ed25519", "pk.mldsa44"}
