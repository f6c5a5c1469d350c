"""Help is documented as it is, complete, and costs little."""

from __future__ import annotations

import pytest

from detente import __version__
from detente.cli.app import app
from tests.cli.conftest import COD_WAR, COMPILERS, modules_of
from tests.cli.help_pages import COMMANDS, documented, help_of, line


def test_every_command_is_listed():
    listed = [command.name or command.callback.__name__ for command in app.registered_commands]
    for group in app.registered_groups:
        commands = group.typer_instance.registered_commands
        listed += [group.typer_instance.info.name, *(f"{group.typer_instance.info.name} {c.name}" for c in commands)]
    assert tuple(listed) == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_docs_show_the_help_as_it_is(command):
    """Spacing aside, which belongs to Typer. To write it anew: `python -m tests.cli.help_pages`."""
    assert documented()[line(command)].split() == help_of(command).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command, detente):
    text = detente(*command.split(), "-h").out
    options = [row for row in text.splitlines() if row.startswith("  -")]
    assert options and all(len(row.split("  ")) > 2 or row.endswith(("VALUE", "DIR")) for row in options)


def test_version(detente):
    assert detente("--version") == (0, f"detente {__version__}\n", "")


def test_help_without_arguments(detente):
    done = detente()
    assert "Commands:" in done.out + done.err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list"], ["check", str(COD_WAR)]])
def test_nothing_heavy_for_what_needs_nothing(arguments):
    assert not modules_of(*arguments) & (COMPILERS | {"numpy", "scipy"})
