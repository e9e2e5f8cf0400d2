"""Every `relec ...` line in the documentation is one that the program understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from relec_exchange.cli import relec

ROOT = Path(__file__).resolve().parents[2]
GENERATED = "commands.md"
PAGES = sorted(
    [
        *(page for page in (ROOT / "docs").rglob("*.md") if page.name != GENERATED),
        ROOT / "README.md",
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "config").rglob("*.md"),
    ]
)
BLOCK = re.compile(r"^ *```(?:sh|)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^ {4,}(relec (?:[^\n\\]|\\.|\\\n)*)", re.MULTILINE)
INLINE = re.compile(r"`(relec [^`]+)`")
STARTS = re.compile(r"(?:^|[;&|(]|\bdo )\s*(relec (?!send$).*)$")
ENDS = {"|", "||", "&&", "&", ";", "2>", ">", "<", "done", ")"}


def lines_of(text: str) -> list[str]:
    """Every command line on a page: in blocks, indented, and in sentences."""
    found: list[str] = []
    for block in (*BLOCK.findall(text), *INDENTED.findall(text)):
        for line in block.replace("\\\n", " ").splitlines():
            match = STARTS.search(line.strip())
            found += [match[1]] if match else []
    return [*found, *INLINE.findall(BLOCK.sub("", text).replace("\n", " "))]


def words_of(line: str) -> list[str]:
    """The words of one command, up to what the shell takes for itself."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in ENDS or set(word) <= set("();<>|&"):
            break
        words.append(word)
    return words[1:]


def options_of(command: click.Command) -> dict[str, click.Option]:
    """What a command takes, by every way to write it."""
    return {
        name: one
        for one in command.params
        if isinstance(one, click.Option)
        for name in (*one.opts, *one.secondary_opts)
    }


def with_file(words: list[str]) -> list[str]:
    """`relec send FILE` is `relec send file FILE`: the group finds that out by itself."""
    if "send" not in words or "draft" in words:
        return words
    place = words.index("send") + 1
    group = relec.get_command(click.Context(relec), "send")
    assert isinstance(group, click.Group)
    if words[place:] and words[place] not in group.commands:
        return [*words[:place], "file", *words[place:]]
    return words


def understood(words: list[str]) -> None:
    """Fail unless names of commands and options in these words exist."""
    command: click.Command = relec
    words = with_file(words)
    while words:
        word = words.pop(0)
        if word.startswith("-") and word != "-":
            if word in ("-h", "--help", "--version"):
                continue
            name, given, _ = word.partition("=")
            option = options_of(command).get(name)
            assert option is not None, f"`{command.name}` has no option {name}"
            if not option.is_flag and not given and words:
                words.pop(0)
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"`{command.name}` has no command {word}"
            command = found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_has_the_names_and_options_that_it_shows(page: Path) -> None:
    wrong = []
    for line in lines_of(page.read_text("utf-8")):
        try:
            understood(words_of(line))
        except AssertionError as error:
            wrong.append(f"{line}: {error}")
    assert wrong == []


def test_the_guides_show_commands_at_all() -> None:
    shown = {page.name: len(lines_of(page.read_text("utf-8"))) for page in PAGES}
    for name in ("send-a-warning.md", "ask-and-answer.md", "four-eyes.md", "tutorial.md"):
        assert shown[name] > 5, name


@pytest.mark.parametrize(
    "line",
    ["relec sendd x", "relec show ID --opened", "relec hold fre ID", "relec --hme tr inbox"],
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        understood(words_of(line))
