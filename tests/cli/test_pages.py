"""The commands that the pages show exist, with these options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from detente.cli.app import app

ROOT = Path(__file__).parent.parent.parent
TELL_OF_WHAT_WAS = {"CHANGELOG.md", "escalaition.md"}
PAGES = [page for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]) if page.name not in TELL_OF_WHAT_WAS]
SHOWN = re.compile(r"^(?:    |\$ |)detente (.+)$|`detente ([^`]+)`", re.MULTILINE)


def wrong_in(line: str) -> list[str]:
    """The words and options of a command line that the program does not know."""
    words = shlex.split(line.split(" #")[0].split(" | ")[0])
    here, wrong = get_command(app), []
    while words and hasattr(here, "commands"):
        word = words.pop(0)
        if word.startswith("--"):
            return [] if word in ("--help", "--version") else [word]
        if word not in here.commands:
            return [word]
        here = here.commands[word]
    known = {"--help", *(name for parameter in here.params for name in parameter.opts)}
    for word in words:
        if word.startswith("--") and word not in known:
            wrong.append(word)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_page_shows_are_there(page):
    text = page.read_text(encoding="utf-8")
    lines = [" ".join((block or inline).split()) for block, inline in SHOWN.findall(text)]
    assert [(line, wrong) for line in lines if "/" not in line.split()[0] and (wrong := wrong_in(line))] == []


def test_a_wrong_word_is_found():
    assert wrong_in("rum kursk-2024") == ["rum"]
    assert wrong_in("run kursk-2024 --sed 1 --out x") == ["--sed"]
    assert wrong_in("ledger check strait") == wrong_in("list  # all of them") == []
