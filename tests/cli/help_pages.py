"""The help of every command as it stands in docs/cli.md.

`python -m tests.cli.help_pages` writes it anew, in the blocks that begin with `$ detente ... --help`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.cli.conftest import call

PAGE = Path(__file__).parent.parent.parent / "docs" / "cli.md"
COMMANDS = (
    "new",
    "check",
    "run",
    "compare",
    "fit",
    "solve",
    "render",
    "list",
    "verify",
    "verify calibration",
    "verify samplers",
    "verify foresight",
    "forecast",
    "forecast issue",
    "forecast score",
    "forecast hindcast",
    "crises",
    "crises nearest",
    "crises fit",
    "crises show",
    "crises score",
    "ledger",
    "ledger build",
    "ledger check",
    "store",
    "store add",
    "store info",
    "store export",
    "store import",
)
_BLOCK = re.compile(r"```text\n\$ (detente[ a-z]*--help)\n(.*?)```", re.DOTALL)


def help_of(command: str) -> str:
    """What `detente COMMAND --help` prints on a terminal of 80 columns; "" is `detente --help`."""
    before, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "80"
    try:
        return call(*command.split(), "--help").out
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def documented() -> dict[str, str]:
    """The blocks of the page by their command line."""
    return dict(_BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def line(command: str) -> str:
    """The command line that asks for help."""
    return " ".join(["detente", *command.split(), "--help"])


def rewrite() -> None:
    """Put the help as it is now into the page."""
    pages = {line(command): help_of(command) for command in ("", *COMMANDS)}
    text = _BLOCK.sub(lambda m: f"```text\n$ {m[1]}\n{pages[m[1]]}```", PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
