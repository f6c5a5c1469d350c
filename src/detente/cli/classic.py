"""`detente classic`: the classic models of the field, as scenarios that the engine evaluates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from detente.cli.options import AsJson
from detente.cli.output import json_text, print_json, show, write_files
from detente.errors import InputError, Problem

_LONG = 78  # characters of a value worth a line of a table


def classic(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", show_default=False, help="A model; without one, all are listed.")
    ] = "",
    params: Annotated[
        str,
        typer.Option(
            "--params",
            metavar="JSON",
            show_default=False,
            help="Its parameters, as a JSON map, or @FILE. Without them, those of its example.",
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            show_default=False,
            help="Write the scenario that the model is at these parameters, for the other commands.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a classic model of conflict, built as a scenario.

    The engine, the solver or the fit finds the numbers; no formula stands behind them. The scenarios that come with
    Détente are called classics/NAME (`detente list`).
    """
    if not model:
        if params or out:
            raise InputError([Problem("MODEL", "a model, with --params or --out", "nothing")], what="the options")
        _list(as_json)
        return
    given = _read(params)
    from detente.classics import build, evaluate
    from detente.classics.catalogue import CLASSICS

    if given is None:
        given = dict(CLASSICS[model].example) if model in CLASSICS else {}
    if out is not None:
        write_files(out, build(model, given))
    result = {"model": model, "params": given, "result": evaluate(model, given)}
    if as_json:
        print_json(json_text(result))
        return
    from rich.text import Text

    from detente.cli.tables import grid

    table = grid("", "value")
    for name, value in _leaves(result["result"]):
        table.add_row(Text(name), Text(value))
    asked = ", ".join(f"{key} {_short(value)}" for key, value in given.items())
    show(Text(f"{model}\n{asked}"), table)


def _read(text: str) -> Any:
    """The parameters as written; None when none were given."""
    if not text:
        return None
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text in UTF-8"
            raise InputError(
                [Problem("--params", "a file that can be read", text[1:], reason)], what="the options"
            ) from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = str(error) if isinstance(error, ValueError) else "brackets are nested too deep"
        shown = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
        raise InputError(
            [Problem("--params", 'a JSON map, such as {"p": 0.5}', shown, hint)], what="the options"
        ) from None


def _list(as_json: bool) -> None:
    from detente.classics.catalogue import CLASSICS

    if as_json:
        about = {
            name: {"says": one.says, "scenario": f"classics/{one.folder}", "example": dict(one.example)}
            for name, one in CLASSICS.items()
        }
        print_json(json_text(about))
        return
    from rich.text import Text

    from detente.cli.tables import grid

    table = grid("model", "what it is", "scenario of its kind")
    for name, one in CLASSICS.items():
        table.add_row(Text(name), Text(one.says), Text(f"classics/{one.folder}"))
    show(table)


def _leaves(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{name}.{key}" if name else str(key))]
    return [(name, _short(value))]


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list):
        shown = ", ".join(map(_short, value))
        return (
            f"[{shown}]"
            if len(shown) < _LONG
            else f"{len(value)} values, from {_short(value[0])} to {_short(value[-1])}"
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} {_short(item)}" for key, item in value.items()) + "}"
    return str(value)
