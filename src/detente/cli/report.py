"""`detente report`: a results file as a page, again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from detente.cli import options
from detente.cli.output import write_files
from detente.cli.run import REPORT, RESULTS
from detente.errors import InputError, Place, Problem

MAX_BYTES = 200_000_000
SCHEMA = 1  # of the results this version reads
_EXPECTED = "a results file that `detente run` wrote"
_PARTS: dict[str, type] = {  # what every results object has
    "detente": str,
    "schema": int,
    "scenario": str,
    "title": str,
    "clock": dict,
    "actors": dict,
    "hypotheses": dict,
    "parameters": dict,
    "courses": dict,
    "claims": dict,
    "arguments": dict,
    "ledger": list,
    "quantities": dict,
    "fit": dict,
    "lint": list,
    "not_built": list,
    "methods": list,
    "versions": dict,
    "timings": dict,
}


def report(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help=f"A {RESULTS}, or the folder that `detente run` wrote it to.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", show_default=False, help=f"Folder for {REPORT}. Default: beside {RESULTS}."
        ),
    ] = None,
) -> None:
    """Write the report again, from results that were kept."""
    file = results / RESULTS if results.is_dir() else results
    content = read_results(file)
    folder = out or file.parent
    options.check_folder(folder)
    from detente.report.render import render

    try:
        page = render(content)
    except Exception as error:  # the file has the right parts, and something in them is not what a run writes
        got = f"{type(error).__name__}: {error}"
        raise _refusal(file, got, "it was changed, or another version wrote it") from error
    write_files(folder, {REPORT: page})
    print(f"wrote {folder / REPORT}")


def read_results(file: Path) -> dict[str, Any]:
    """Return the results object in a file.

    Raises:
        InputError: If it is not one.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _refusal(file, f"more than {MAX_BYTES // 1_000_000} MB")
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal(file, "bytes that are not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise _refusal(file, getattr(error, "strerror", None) or str(error)) from None
    try:
        content = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        place = Place(str(file), error.lineno, error.colno, line if len(line) <= 200 else "")
        raise InputError([Problem("json", "valid JSON", error.msg, "", place)], what="the results") from None
    except (ValueError, RecursionError) as error:
        raise _refusal(file, str(error).partition(":")[0]) from None
    if not isinstance(content, dict):
        raise _refusal(file, f"JSON that is a {type(content).__name__}")
    missing = [name for name, kind in _PARTS.items() if not isinstance(content.get(name), kind)]
    if missing:
        raise _refusal(file, f"JSON without {', '.join(missing[:5])}{', …' if len(missing) > 5 else ''}")
    if content["schema"] != SCHEMA:
        raise _refusal(file, f"results of schema {content['schema']}", f"this version reads schema {SCHEMA}")
    return content


def _no_constant(text: str) -> float:
    raise ValueError(f"{text}, which JSON does not have")


def _refusal(file: Path, got: str, hint: str = "") -> InputError:
    return InputError([Problem(str(file), _EXPECTED, got, hint)], what="the results")
