"""Commands that are gone: each says on one line what to use instead."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from detente.cli.guard import BAD_INPUT

REMOVED = {
    "classic": "use `detente run classics/NAME --set PARAMETER=VALUE`; `detente list` names them",
    "escalaition": "its finding is a page of the documentation, docs/escalaition.md",
}


class Commands(TyperGroup):
    """The commands, and what is said of a removed one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in REMOVED:
            print(f"the command {args[0]} was removed: {REMOVED[args[0]]}", file=sys.stderr)
            raise typer.Exit(BAD_INPUT)
        return super().resolve_command(ctx, args)
