"""From files to event tables: which provider a file is of, and its rows block by block.

for events in load([Path("20220224.export.CSV")], report): ...     # bounded memory
events = load_all([Path("ged231.csv")])                            # one table
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detente.data import coding as tables
from detente.data import delimited, events, mapped
from detente.data.cells import Cells, Report
from detente.data.coding import Coding
from detente.data.extras import module, pl
from detente.data.providers import Provider, recognise
from detente.errors import InputError, Problem
from detente.scenario.nearest import did_you_mean
from detente.scenario.reader import shorten

if TYPE_CHECKING:
    from polars import DataFrame

PARQUET = ".parquet"
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".zip", PARQUET)


@cache
def providers() -> dict[str, Provider]:
    """Every provider by id, in the order in which a file is tried against them."""
    from detente.data import acled, air_raids, escalaition, gdelt, ged, icb_events, mid, polecat, viina

    found = (
        ged.GED,
        acled.ACLED,
        polecat.POLECAT,
        viina.REPORTS,
        viina.LABELS,
        viina.INFO,
        icb_events.ICB2,
        icb_events.ICB1,
        icb_events.ICB_PAIRS,
        mid.GML,
        mid.COW,
        mid.GML_DISPUTES,
        mid.COW_DISPUTES,
        escalaition.ESCALAITION,
        air_raids.AIR_RAIDS,
        gdelt.GDELT2,
        gdelt.GDELT1,
    )
    return {provider.id: provider for provider in found}


@dataclass(frozen=True)
class Part:
    """One table of a file: the file itself or a member of a .zip, its provider and the names of its fields."""

    path: Path
    member: str | None
    provider: Provider
    names: tuple[str, ...]
    header: bool

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def file(self) -> str:
        """What the store calls it."""
        return f"{self.path.as_posix()}#{self.member}" if self.member else self.path.as_posix()


@dataclass(frozen=True)
class Batch:
    """The events of one block of a part. `key` is a hash of what they were made from: the bytes and the coding."""

    part: Part
    index: int
    key: str
    events: DataFrame


def files(paths: Iterable[Path]) -> list[Path]:
    """The data files named, and those in the folders named, sorted.

    Raises:
        InputError: With everything that does not exist, and folders without data files.
    """
    module("polars")  # said before anything about the files
    found, problems = [], []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES)
            found += inside
            if not inside:
                problems.append(Problem(str(path), f"a folder with {', '.join(SUFFIXES)} files", "none"))
        elif path.is_file():
            found.append(path)
        else:
            problems.append(Problem(str(path), "a file or a folder", "no such file"))
    if problems:
        raise InputError(problems, what="the data")
    return list(dict.fromkeys(found))


def provider_of(name: str) -> Provider:
    """A provider by its id.

    Raises:
        InputError: If there is none of that id.
    """
    known = providers()
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError([Problem("provider", f"one of: {', '.join(known)}", name, hint)], what="the options")
    return known[name]


def parts(path: Path, provider: Provider | None = None) -> list[Part]:
    """What a file holds, by its first row.

    Args:
        provider: where the first row does not tell or tells the wrong one, and for mapped files.

    Raises:
        InputError: If it is of no known provider, or not of the one named.
    """
    if path.suffix.lower() in SPREADSHEETS:
        problem = Problem(path.name, f"one of {', '.join(SUFFIXES)}", "a spreadsheet", "save the sheet as CSV in UTF-8")
        raise InputError([problem], what="the data")
    if path.suffix.lower() == PARQUET:
        if provider is None or provider.id in providers():
            raise InputError(
                [Problem(path.name, "a mapping, for a Parquet file", "none", "--mapping")], what="the data"
            )
        return [Part(path, None, provider, provider.columns, True)]
    tried = [provider] if provider else list(providers().values())
    zipped = path.suffix.lower() == ".zip"
    return [_part(path, member, tried) for member in (delimited.members(path) if zipped else [None])]


def _part(path: Path, member: str | None, tried: Sequence[Provider]) -> Part:
    line = delimited.first_line(path, member)
    for provider in tried:
        cells = delimited.split(line, provider.form)
        names = recognise(cells, provider) if cells else None
        if names:
            first = cells[0].strip().lstrip("-")
            header = provider.header == "yes" or (provider.header == "maybe" and not first.isdigit())
            return Part(path, member, provider, tuple(names), header)
    name = f"{path.name}/{member}" if member else path.name
    wanted = "; ".join(_looks(provider) for provider in tried)
    counts = f"{line.count(',') + 1} fields by commas, {line.count(chr(9)) + 1} by tabs: {shorten(line, 80)}"
    raise InputError([Problem(name, wanted, counts if line else "an empty file")], what="the data")


def _looks(provider: Provider) -> str:
    widths = " or ".join(map(str, provider.widths or (len(provider.columns),)))
    by = "tabs" if provider.form.separator == "\t" else "commas"
    if provider.header == "no":
        return f"{provider.id}: {widths} fields by {by}, no header"
    first = ", ".join(provider.columns[:4])
    return f"{provider.id}: a header by {by} with {first}{', ...' if len(provider.columns) > 4 else ''}"


def batches(
    part: Part,
    report: Report,
    coding: Coding | None = None,
    *,
    size: int = delimited.BLOCK,
    skip: Callable[[int, str], bool] | None = None,
) -> Iterator[Batch]:
    """Yield the events of a part, block by block, in the order of the file; what did not fit is in the report.

    Args:
        skip: says of a batch, by its index and key, that it is not wanted; it comes without events.

    Raises:
        InputError: If the file is not made of rows.
    """
    coding = coding or tables.shipped()
    provider = part.provider
    report.files[part.name] = provider.id
    stamp = hashlib.sha256(f"{provider.id} {coding.sha256} {events.NAMES}".encode()).digest()
    for block in _blocks(part, size):
        key = hashlib.blake2b(block.raw, digest_size=20, key=stamp).hexdigest()
        unwanted = skip is not None and skip(block.index, key)
        made = events.empty() if unwanted else table(block, provider, report, coding)
        if block.damaged:
            report.remarks["rows with bytes that are not UTF-8, each read as U+FFFD"] += block.damaged
        yield Batch(part, block.index, key, made)


def _blocks(part: Part, size: int) -> Iterator[delimited.Block]:
    provider = part.provider
    if part.path.suffix.lower() == PARQUET:
        yield from mapped.parquet_blocks(part.path, provider)
        return
    widths, keep = provider.widths or None, provider.keep or None
    with delimited.opened(part.path, part.member) as file:
        yield from delimited.blocks(
            file, part.name, provider.form, part.names, header=part.header, widths=widths, keep=keep, size=size
        )


def table(block: delimited.Block, provider: Provider, report: Report, coding: Coding) -> DataFrame:
    """The event table of one block."""
    cells = Cells(block, report, provider.id, provider.absent)
    readings = [(provider.scheme, provider.read), *provider.also]
    found = [dict(read(cells, coding)) for _, read in readings]
    frames = cells.frames(found)
    schema = events.schema()
    actor, target = pl.coalesce("actor_state", "actor"), pl.coalesce("target_state", "target")
    for i, (scheme, _) in enumerate(readings):
        given = {"provider": provider.id, "scheme": scheme, "licence": provider.licence}
        extra = {name: pl.lit(given.get(name), kind) for name, kind in schema.items() if name not in found[i]}
        coded = {
            "action": coding.action(pl.col("code"), scheme),
            "rung": coding.rung(pl.col("code"), scheme, actor, target),
        }
        made = frames[i].with_columns(value.alias(name) for name, value in extra.items())
        made = made.with_columns(value.alias(name) for name, value in coded.items() if name not in found[i])
        frames[i] = made.select(pl.col(name).cast(kind) for name, kind in schema.items())
    return pl.concat(frames)


def load(
    paths: Iterable[Path],
    report: Report,
    *,
    provider: Provider | None = None,
    coding: Coding | None = None,
    size: int = delimited.BLOCK,
) -> Iterator[Batch]:
    """Yield the events of files and folders, in batches.

    Raises:
        InputError: If a file is missing, of no known provider, or not made of rows.
    """
    for path in files(paths):
        for part in parts(path, provider):
            yield from batches(part, report, coding, size=size)


def load_all(
    paths: Iterable[Path], *, provider: Provider | None = None, coding: Coding | None = None, drop: bool = False
) -> tuple[DataFrame, Report]:
    """The events of files and folders as one table, and what became of their rows.

    Args:
        drop: leave out rows that do not fit, and count them, instead of refusing the files.

    Raises:
        InputError: As `load`; and without `drop`, if any cell did not fit, with every kind by number.
    """
    report = Report()
    frames = [batch.events for batch in load(paths, report, provider=provider, coding=coding)]
    if not drop:
        report.refuse()
    return pl.concat([events.empty(), *frames], rechunk=False), report
