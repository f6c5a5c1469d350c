"""From files to event tables: which provider a file is of, and its rows block by block.

for batch in load(parts([Path("20220224.export.CSV")]), report): ...     # bounded memory
events, report = load_all([Path("ged231.csv")])                          # one table
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import InputError, Problem
from detente.events import coding as tables
from detente.events import delimited
from detente.events import table as events
from detente.events.cells import Cells, Report
from detente.events.coding import Coding
from detente.events.delimited import Form
from detente.events.extras import module, pl
from detente.events.providers import Known, Provider, Release, forms, is_data, named, recognise, the_columns
from detente.events.sources import mapped
from detente.text.fields import shorten
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from polars import DataFrame, Series

PARQUET = ".parquet"
NAMED = 5  # files that a remark names
SECOND_ROWS = 20  # rows that may tell what a file is whose first does not
REPEATED = "rows that repeat another of their file, counted once"
SHARED = "events that more than one file has, counted once"
REVISED = "events that another file revises: the newest release stands"
OTHERWISE = "events that another file has otherwise than {}, which stands: no name tells, and it was named later"
TWICE = "events whose id stands twice in their file, counted once"
LATER = "versions of events that a later one revises, by the time that the rows say: the latest stands"
UNLIKE = "ids that stand twice in their file, of events that differ: the first stands"
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
SUFFIXES = (*delimited.SUFFIXES, ".gz", ".zip", PARQUET)


@cache
def providers() -> dict[str, Provider]:
    """Every provider by id, in the order in which a file is tried against them."""
    from detente.events.sources import acled, air_raids, escalaition, gdelt, ged, icb_events, mid, polecat, viina

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
        gdelt.GDELT1,
        gdelt.GDELT2,
    )
    return {provider.id: provider for provider in found}


@dataclass(frozen=True)
class Part:
    """One table of a file: the file itself or a member of a .zip, its provider and how it is read."""

    path: Path
    member: str | None
    provider: Provider
    known: Known
    parents: int = 0  # folders that its name needs, to be told from others

    @property
    def name(self) -> str:
        """What messages call it."""
        folders = self.path.parts[-1 - self.parents : -1] if self.parents else ()
        return "/".join((*folders, delimited.called(self.path, self.member)))

    @property
    def release(self) -> Release:
        """How new it is, where its name tells."""
        return self.provider.release(delimited.called(self.path, self.member))


@dataclass(frozen=True)
class Batch:
    """The events of one block of a part. `key` is a hash of what they were made from: the bytes and the coding."""

    part: Part
    index: int
    key: str
    events: DataFrame


def files(paths: Iterable[Path]) -> list[tuple[Path, Path | None]]:
    """The files named, and what lies in the folders named, each with its folder; sorted with numbers as numbers.

    Raises:
        InputError: With everything that does not exist, and folders without data files.
    """
    module("polars")  # said before anything about the files
    found, problems = [], []
    for path in dict.fromkeys(paths):
        if path.is_dir():
            inside = sorted((p for p in path.iterdir() if not _is_aside(p.name)), key=_by_number)
            found += [(p, path) for p in inside]
            if not any(p.is_file() and p.suffix.lower() in SUFFIXES for p in inside):
                problems.append(Problem(str(path), f"a folder with {', '.join(SUFFIXES)} files", "none"))
        elif path.is_file():
            found.append((path, None))
        else:
            problems.append(Problem(str(path), "a file or a folder", "no such file"))
    if problems:
        raise InputError(problems, what="the data")
    first: dict[Path, Path | None] = {}
    for path, folder in found:
        first.setdefault(path, folder)
    return list(first.items())


def _is_aside(name: str) -> bool:
    """Whether a system or a program put a file into a folder for itself."""
    return name.startswith((".", "~$")) or name.lower() in ("thumbs.db", "desktop.ini", "__macosx")


def _by_number(path: Path) -> list[tuple[int, str]]:
    """A key by which part_9 comes before part_10."""
    pieces = re.findall("[0-9]+|[^0-9]+", path.name)
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in pieces]


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


def parts(paths: Iterable[Path], provider: Provider | None = None, report: Report | None = None) -> list[Part]:
    """What files and folders hold, by the first rows.

    Args:
        provider: where the first row does not tell or tells the wrong one, and for mapped files.
        report: told what lies in folders and .zip files and is of no data set; it is left out.

    Raises:
        InputError: With everything that is missing, of no known provider, or not of the one named; of a folder or .zip
            only if nothing in it can be read.
    """
    found: list[Part] = []
    problems: list[Problem] = []
    left: dict[Path, list[str]] = {}
    wrong: dict[Path, list[Problem]] = {}
    whole: set[Path] = set()  # folders and .zip files of which something is read

    def read(path: Path, member: str | None, places: list[Path]) -> None:
        try:
            if path.is_dir() or (member is None and places and path.suffix.lower() not in SUFFIXES):
                left.setdefault(places[-1], []).append(path.name)
                return
            if member is not None and not delimited.is_table(member):
                left.setdefault(places[-1], []).append(member)
                return
            if member is None and path.suffix.lower() == ".zip":
                for inner in delimited.listing(path):
                    read(path, inner, [*places, path])
                return
            found.append(_part(path, member, provider))
            whole.update(places)
        except InputError as error:
            if not places:
                problems.extend(error.problems)
                return
            left.setdefault(places[-1], []).append(member or path.name)
            for place in places:
                wrong.setdefault(place, []).extend(error.problems)

    named: list[Path] = []
    for path, folder in files(paths):
        named.append(folder or path)
        read(path, None, [folder] if folder else [])
    problems += [problem for place in dict.fromkeys(named) if place not in whole for problem in wrong.get(place, ())]
    if problems:
        raise InputError(problems, what="the data")
    for place, names in left.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        text = f"file{'s' * (len(names) > 1)} of {place.name or place}, of no data set that is known, left out: "
        if report:
            report.remark(f"{text}{', '.join(names[:NAMED])}{more}", len(names))
    return _told_apart(found)


def _told_apart(found: list[Part]) -> list[Part]:
    """The parts with names of which none stands twice: by as many folders as it takes."""
    for parents in range(1, max((len(part.path.parts) for part in found), default=0)):
        count = Counter(part.name for part in found)
        if len(count) == len(found):
            break
        found = [replace(part, parents=parents) if count[part.name] > 1 else part for part in found]
    return found


def _part(path: Path, member: str | None, provider: Provider | None) -> Part:
    if path.suffix.lower() in SPREADSHEETS:
        problem = Problem(path.name, f"one of {', '.join(SUFFIXES)}", "a spreadsheet", "save the sheet as CSV in UTF-8")
        raise InputError([problem], what="the data")
    if path.suffix.lower() == PARQUET:
        if provider is None or provider.id in providers():
            raise InputError(
                [Problem(path.name, "a mapping, for a Parquet file", "none", "--mapping")], what="the data"
            )
        return Part(path, None, provider, Known(provider.form, provider.core, True))
    line, *more = delimited.first_lines(path, member, provider.form.encoding if provider else "utf-8") or [""]
    tried = [provider] if provider else list(providers().values())
    for each in tried:
        known = recognise(line, each)
        if known and (known.form.lossy or "\ufffd" not in line):
            return Part(path, member, each, known)
    for each in tried:  # of a file without a header the first row may be the one that does not fit
        if not is_data(delimited.split(line, each.form)):
            continue
        found = (recognise(row, each) for row in more[:SECOND_ROWS])
        if known := next((known for known in found if known and not known.header), None):
            return Part(path, member, each, known)
    raise InputError([Problem(delimited.called(path, member), *_refused(line, tried))], what="the data")


def _refused(line: str, tried: Sequence[Provider]) -> tuple[str, str]:
    """What a file should have had that is of none of these providers, by the nearest of them; and what it has."""
    if not line:
        return "a table of a known data set", "an empty file"
    if re.fullmatch("(?i)sep=.", line.strip()):
        return "a header in the first line", f"{line.strip()}, a line for Excel alone: remove it"
    if "\ufffd" in line:
        return "a header in UTF-8", f"bytes of another encoding: {shorten(line, 80)}"

    def absent(provider: Provider, form: Form) -> list[str]:
        names = named(delimited.split(line, form), provider)
        return [name for name in provider.core if name not in names]

    def shown(form: Form) -> str:
        cells = delimited.split(line, form)
        return f"{len(cells)} fields by {form.words}: {shorten(', '.join(cells), 80)}"

    pairs = [(provider, form) for provider in tried for form in forms(provider)]
    near, form = min(pairs, key=lambda pair: len(absent(*pair)) / len(pair[0].core))
    lacking = absent(near, form)
    if not lacking:
        names = named(delimited.split(line, form), near)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            return "each column once", f"{', '.join(twice)} twice"
        if others := sorted(set(near.foreign) & set(names)):
            return f"a header of {near.id}", ", ".join(others)
        return "a header with quotation marks around whole cells or none", shown(form)
    if len(lacking) <= len(near.core) / 2:
        return f"{the_columns(lacking)} of {near.id} too", shown(form)
    widest = max(
        (Form(separator) for separator in delimited.SEPARATORS), key=lambda form: len(delimited.split(line, form))
    )
    bare = [provider for provider in tried if provider.fields]
    if bare and is_data(delimited.split(line, widest)):
        widths = [f"{' or '.join(map(str, p.fields))} by {p.form.words} ({p.id})" for p in bare]
        return f"a header, or without one fields in the number of {', '.join(widths)}", shown(widest)
    if len(tried) == 1:
        return f"{the_columns(lacking)} of {near.id}, by {near.form.words}", shown(widest)
    return "a data set that docs/data.md lists, or --mapping FILE, which says what the columns are", shown(widest)


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
    lacking = [name for name in provider.told if name not in part.known.names]
    seen, index = Seen(), None
    for block in _blocks(part, size):
        index, again = block.index, seen.again(block.marks.view(np.uint64))
        made_from = hashlib.blake2b(block.raw, digest_size=20, key=stamp)
        if again.any():  # they repeat rows of this block or of one before it
            made_from.update(np.packbits(again).tobytes())
        key = made_from.hexdigest()
        if skip is not None and skip(index, key):
            yield Batch(part, index, key, events.empty())
            continue
        report.rows += int(again.sum())
        report.remark(REPEATED, int(again.sum()))
        if lacking:
            report.remark(f"rows without {the_columns(lacking)}", len(again))
        kept = replace(block, frame=block.frame.filter(~again), numbers=block.numbers[~again]) if again.any() else block
        made = table(kept, provider, report, coding, part.known.own)
        if made.height:
            report.cover(part.name, *made.select(first=pl.col("date").min(), last=pl.col("date_end").max()).row(0))
        yield Batch(part, index, key, made)
    if index is None:
        raise InputError([Problem(part.name, "rows below the header", "none")], what="the data")


class Seen:
    """Hashes that came so far, sorted, and what goes with each of them."""

    def __init__(self, **kinds: type) -> None:
        """`kinds`: of what goes with a hash, by name."""
        self.hashes = np.zeros(0, np.uint64)
        self.held = {name: np.zeros(0, kind) for name, kind in kinds.items()}

    def again(self, hashes: np.ndarray, **beside: np.ndarray) -> np.ndarray:
        """Which of them repeat one that came before; the others are kept, with what goes with them."""
        distinct, first = np.unique(hashes, return_index=True)
        at = np.searchsorted(self.hashes, distinct)
        known = np.zeros(len(distinct), bool)
        inside = at < len(self.hashes)
        known[inside] = self.hashes[at[inside]] == distinct[inside]
        self.hashes = np.insert(self.hashes, at[~known], distinct[~known])
        for name, values in beside.items():
            self.held[name] = np.insert(self.held[name], at[~known], values[first[~known]])
        again = np.ones(len(hashes), bool)
        again[first] = known
        return again

    def beside(self, name: str, hashes: np.ndarray) -> np.ndarray:
        """What was kept with some hashes that came before."""
        return self.held[name][np.searchsorted(self.hashes, hashes)]


def _blocks(part: Part, size: int) -> Iterator[delimited.Block]:
    provider, known = part.provider, part.known
    if part.path.suffix.lower() == PARQUET:
        yield from mapped.parquet_blocks(part.path, provider)
        return
    widths, keep = None if known.header else provider.fields, provider.keep or None
    with delimited.opened(part.path, part.member, known.form.encoding) as file:
        yield from delimited.blocks(
            file, part.name, known.form, known.names, header=known.header, widths=widths, keep=keep, size=size
        )


def table(
    block: delimited.Block, provider: Provider, report: Report, coding: Coding, own: Mapping[str, str] | None = None
) -> DataFrame:
    """The event table of one block. `own`: as in `Known`."""
    cells = Cells(block, report, provider.id, provider.absent, own)
    if block.damaged:
        lost = pl.any_horizontal(pl.all().str.contains("\ufffd", literal=True))
        cells.remark("rows with bytes that are not UTF-8, each read as U+FFFD", lost)
    readings = [(provider.scheme, provider.read), *provider.also]
    found = [dict(read(cells, coding)) for _, read in readings]
    for columns in found:
        # the days of a game stand in the year 1; a span of days about the last of 9999 ends after it
        years = (columns[name].dt.year().is_between(1, 9999) for name in ("date", "date_end"))
        cells.check("date", "days of the years 1 to 9999", ~pl.all_horizontal(*years).fill_null(True))
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
    found: Sequence[Part], report: Report, coding: Coding | None = None, *, size: int = delimited.BLOCK
) -> Iterator[Batch]:
    """Yield the events of parts, in batches.

    Of each event only the newest version comes, from the newest file, which comes first: by its release where its name
    tells, else the one named last. What stands in two files to the byte comes once.

    Raises:
        InputError: If a file is not made of rows.
    """
    versions: dict[str, Versions] = {}
    dated: dict[str, list[Batch]] = {}  # the latest version of an event may come last
    owners: dict[str, Part] = {}  # by the key of a batch: the part that had it first
    for part in sorted(found, key=lambda part: part.release)[::-1]:

        def elsewhere(index: int, key: str, part: Part = part) -> bool:
            return owners.setdefault(key, part) is not part

        for batch in batches(part, report, coding, size=size, skip=elsewhere):
            if elsewhere(batch.index, batch.key):
                report.remark(f"blocks that stand in {owners[batch.key].name} too, counted once", 1)
                continue
            if part.provider.dated:
                dated.setdefault(part.provider.id, []).append(batch)
                continue
            kept = versions.setdefault(part.provider.id, Versions()).new(batch, report)
            yield replace(batch, events=kept)
    for held in dated.values():
        yield from latest(held, report)


def marks(table: DataFrame) -> Series:
    """A hash of each event's content, whenever it was revised."""
    return table.drop("revised").hash_rows()


def latest(held: list[Batch], report: Report) -> list[Batch]:
    """The batches with each event once: the version revised last, or the first where one does not say when."""
    frames = [
        batch.events.select("id", "revised", mark=marks(batch.events), batch=pl.lit(n, pl.UInt32))
        for n, batch in enumerate(held)
    ]
    rows = pl.concat(frames).with_row_index("row")
    silent = pl.col("revised").is_null().any().over("id")
    rows = rows.with_columns(revised=pl.when(silent).then(0).otherwise("revised"))
    best = rows.sort("revised", "row", descending=[True, False]).unique("id", keep="first", maintain_order=True)
    others = rows.join(best, on="row", how="anti").join(best.drop("row"), on="id", suffix=" best")
    keys = ("batch", "batch best", pl.col("mark") != pl.col("mark best"), pl.col("revised") < pl.col("revised best"))
    for (n, best_of, differs, later), group in others.group_by(*keys[:2], differs=keys[2], later=keys[3]):
        winner, part = held[best_of].part, held[n].part
        report.remark(TWICE if winner is part else SHARED, group.height)
        if differs:
            text = UNLIKE if winner is part else revised(winner.name, winner.release == part.release)
            report.remark(LATER if later else text, group.height)
    report.events -= others.height
    kept = rows.select(stays=pl.col("row").is_in(best["row"].implode())).to_series()
    found, start = [], 0
    for batch in held:
        found.append(replace(batch, events=batch.events.filter(kept.slice(start, batch.events.height))))
        start += batch.events.height
    return found


class Versions:
    """Events by id, so that each counts once: the version that comes first. 20 bytes an event."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.seen = Seen(mark=np.uint64, part=np.uint32)

    def new(self, batch: Batch, report: Report) -> DataFrame:
        """The events whose id has not come before; the others are counted, and how many of them differ."""
        if not self.parts or self.parts[-1] is not batch.part:
            self.parts.append(batch.part)
        number = len(self.parts) - 1
        ids, mark = batch.events["id"].hash().to_numpy(), marks(batch.events).to_numpy()
        again = self.seen.again(ids, mark=mark, part=np.full(len(ids), number, np.uint32))
        if not again.any():
            return batch.events
        of, differs = self.seen.beside("part", ids[again]), self.seen.beside("mark", ids[again]) != mark[again]
        for first in np.unique(of).tolist():
            winner, shared, changed = self.parts[first], of == first, differs[of == first]
            report.remark(TWICE if first == number else SHARED, int(shared.sum()))
            text = revised(winner.name, winner.release == batch.part.release)
            report.remark(UNLIKE if first == number else text, int(changed.sum()))
        report.events -= int(again.sum())
        return batch.events.filter(pl.Series(~again))


def revised(winner: str, same_release: bool) -> str:
    """What is said of events that another file than `winner` has otherwise."""
    return OTHERWISE.format(winner) if same_release else REVISED


def load_all(
    paths: Iterable[Path], *, provider: Provider | None = None, coding: Coding | None = None, drop: bool = False
) -> tuple[DataFrame, Report]:
    """The events of files and folders as one table, and what became of their rows.

    Args:
        drop: leave out rows that do not fit, and count them, instead of refusing the files.

    Raises:
        InputError: As `parts` and `load`; and without `drop`, if any cell did not fit, with every kind by number.
    """
    report = Report()
    frames = [batch.events for batch in load(parts(paths, provider, report), report, coding)]
    if not drop:
        report.refuse()
    return pl.concat([events.empty(), *frames], rechunk=False), report
