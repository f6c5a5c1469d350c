"""`detente store`: events, ledgers, runs and forecasts in one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import data_options as data
from detente.cli.command import Answer, Job, command
from detente.errors import InputError, Problem
from detente.result.strict_json import parse
from detente.text.fields import shorten

if TYPE_CHECKING:
    from detente.events.store.store import Store

MAX_JSON = 200_000_000  # bytes of a results file or a forecast record

Things = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        show_default=False,
        help="Files of public data sets and folders of them; "
        "scenario folders, for their ledgers; results.json; forecast records.",
    ),
]


@command("as_json", "quiet")
def add(
    job: Job,
    things: Things,
    store: data.StoreFile = Path(data.STORE),
    provider: data.ProviderName = None,
    mapping: data.MappingFile = None,
    coding: data.CodingFiles = None,
    drop: data.Drop = False,
) -> Answer:
    """Add files to the store.

    Events go in by whole batches: after a crash, the same command goes on where it stopped. What is held already is
    not added again; a file that changed is replaced.
    """
    from detente.events.cells import Report
    from detente.events.store.store import Store

    chosen, tables, report = data.provider_of(provider, mapping), data.coding_of(coding), Report()
    kept: list[str] = []
    with Store(store) as opened:
        files = []
        for thing in things:
            if (thing / "scenario.yaml").is_file():
                kept.append(_ledger(opened, thing))
            elif thing.suffix == ".json":
                kept.append(_json(opened, thing))
            else:
                files.append(thing)
        opened.add(files, report, provider=chosen, coding=tables, drop=drop)
        counts = opened.counts()
    added = {"rows": report.rows, "events": report.events, "files": report.files, "remarks": dict(report.remarks)}

    def shown() -> None:
        for line in () if job.quiet else (*kept, *data.report_lines(report)):
            print(line, file=sys.stderr)
        print(_counts(counts))

    return Answer({"added": added, "kept": kept, "store": counts}, shown)


def _ledger(store: Store, folder: Path) -> str:
    from detente.session import load  # also what is made from data

    scenario = load(folder)
    return f"ledger of {scenario.id}: {store.keep_ledger(scenario):,} rows"


def _json(store: Store, path: Path) -> str:
    expected = "results.json, or a forecast record"
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError(f"more than {MAX_JSON // 1_000_000} MB")
        found = parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem(str(path), expected, reason)], what="the data") from None
    if isinstance(found, dict) and "issued" in found and "sha256" in found:
        from detente.analysis.forecasting.files import read_records

        read_records([path])
        return f"forecast {store.keep_forecast(found)[:12]}"
    if isinstance(found, dict) and {"scenario", "scenario_sha256", "claims"} <= set(found):
        texts = isinstance(found["scenario"], str) and isinstance(found["scenario_sha256"], str)
        if not texts or type(found.get("seed", 0)) is not int:
            got = ", ".join(f"{name} {found.get(name)}" for name in ("scenario", "scenario_sha256", "seed"))
            raise InputError([Problem(str(path), expected, shorten(got))], what="the data")
        return f"run {store.keep_run(found)[:12]}"
    keys = ", ".join(list(found)[:6]) if isinstance(found, dict) else type(found).__name__
    raise InputError([Problem(str(path), expected, keys or "an empty map")], what="the data")


@command("as_json")
def info(job: Job, store: data.StoreFile = Path(data.STORE)) -> Answer:
    """Show what the store holds."""
    from detente.events.store.store import Store

    with Store(store, read_only=True) as opened:
        found: dict[str, Any] = {"store": opened.counts(), "providers": opened.providers(), "ledgers": opened.ledgers()}
    lines = [_counts(found["store"])]
    for row in found["providers"]:
        lines.append(f"{row['provider']}: {row['events']:,} events, {row['first']} to {row['last']}; {row['licence']}")
    for row in found["ledgers"]:
        lines.append(f"ledger of {row['scenario']}: {row['rows']:,} rows, {row['first']} to {row['last']}")
    return Answer(found, lambda: print("\n".join(lines)))


@command()
def export(
    job: Job,
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="A new folder.")],
    store: data.StoreFile = Path(data.STORE),
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", show_default=False, help="parquet (the default) or csv.")
    ] = "parquet",
) -> None:
    """Write everything in the store into a folder of Parquet or CSV files."""
    from detente.events.store import files as store_files
    from detente.events.store.store import Store

    with Store(store, read_only=True) as opened:
        print(f"{folder}: {_counts(store_files.export(opened, folder, form))}")


@command()
def import_(
    job: Job,
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="What `store export` wrote.")],
    store: data.StoreFile = Path(data.STORE),
) -> None:
    """Fill a new store from an exported folder."""
    from detente.events.store import files as store_files
    from detente.events.store.store import Store

    with Store(store) as opened:
        print(f"{store}: {_counts(store_files.import_(opened, folder))}")


def _counts(counts: dict[str, int]) -> str:
    words = {"ledgers": "ledger rows"}
    return ", ".join(f"{count:,} {words.get(name, name)}" for name, count in counts.items())
