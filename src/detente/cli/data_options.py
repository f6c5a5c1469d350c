"""Options of the commands that read public data, and how they become providers, coding tables and a store."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.errors import InputError, Problem

if TYPE_CHECKING:
    from detente.events.cells import Report
    from detente.events.coding import Coding
    from detente.events.providers import Provider

STORE = "detente.duckdb"  # `data.store.FILE`; named here so that help needs nothing

StoreFile = Annotated[
    Path,
    typer.Option("--store", metavar="FILE", show_default=False, help=f"The store. Default {STORE}."),
]
ProviderName = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        show_default=False,
        help="Read the files as this data set's, where their first row does not tell: ged, acled, gdelt1, gdelt2, ...",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        show_default=False,
        help="A mapping in YAML, for a CSV or Parquet file of your own.",
    ),
]
CodingFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--coding",
        metavar="FILE",
        show_default=False,
        help="A coding table of your own, in place of the shipped one of its scheme. May be repeated.",
    ),
]
Drop = Annotated[
    bool,
    typer.Option(
        "--drop",
        show_default=False,
        help="Leave out rows with cells that do not fit, and count them, instead of refusing the file.",
    ),
]


def provider_of(name: str | None, mapping: Path | None) -> Provider | None:
    """The provider that the options name, if any.

    Raises:
        InputError: If both options are given, or one names what is not there.
    """
    if name and mapping:
        problem = Problem("--mapping", "--provider or --mapping, not both", f"--provider {name}")
        raise InputError([problem], what="the options")
    if mapping:
        from detente.events.loading import providers
        from detente.events.sources.mapped import read_mapping

        return read_mapping(mapping, providers())
    if name:
        from detente.events import loading

        return loading.provider_of(name)
    return None


def coding_of(paths: Iterable[Path] | None) -> Coding:
    """The coding tables: the shipped ones, with a user's on top.

    Raises:
        InputError: With every problem of the user's.
    """
    from detente.events import coding

    return coding.read_coding(paths) if paths else coding.shipped()


def report_lines(report: Report) -> list[str]:
    """What became of the rows of files, in lines of text."""
    by = {}
    for file, provider in report.files.items():
        by.setdefault(provider, []).append(file)
    named = ", ".join(f"{provider} ({len(files)} file{'s' * (len(files) != 1)})" for provider, files in by.items())
    lines = [f"{report.rows:,} rows read, {report.events:,} events: {named}"] if by else []
    lines += [f"{count:,} {text}" for text, count in sorted(report.remarks.items()) if count]
    for misfit in report.misfits.values():
        values = ", ".join(f"{value or 'nothing'} {count:,} times" for value, count in misfit.values.most_common(5))
        lines.append(f"{misfit.column}: {misfit.count:,} rows are not {misfit.expected}: {values}")
    return lines
