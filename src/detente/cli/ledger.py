"""`detente ledger`: rows proposed from public data, and what is odd in the rows there are."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import data_options as data
from detente.cli.command import Answer, Job, command
from detente.cli.output import show
from detente.errors import InputError, Problem
from detente.result.parts import Json

if TYPE_CHECKING:
    from polars import DataFrame

    from detente.events.cells import Report
    from detente.events.coding import Coding
    from detente.events.ledger.build import Built
    from detente.events.loading import Part
    from detente.events.providers import Provider
    from detente.language.records import Scenario


@command("scenario", "as_json", "quiet")
def build(
    job: Job,
    sources: Annotated[
        list[Path],
        typer.Option(
            "--from",
            metavar="FILE",
            show_default=False,
            help="A file or folder of a public data set, or a store (.duckdb). May be repeated.",
        ),
    ],
    more: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", show_default=False, help="More files and folders, after the first --from."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            show_default=False,
            help="Write the rows to this new file, in the form "
            "of history.csv, what each data set says of them to FILE-sources.csv, and what --drop leaves out to "
            "FILE-left-out.csv.",
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            show_default=False,
            help="Which events are which moves. Default: the scenario's coding.yaml.",
        ),
    ] = None,
    provider: data.ProviderName = None,
    mapping: data.MappingFile = None,
    coding: data.CodingFiles = None,
    drop: data.Drop = False,
) -> Answer:
    """Propose ledger rows from public data.

    Shows the rows, what was left out and why, and where the data sets disagree with each other or with the ledger. Rows
    of the scenario's own ledger are never changed.
    """
    from detente.events.cells import Report
    from detente.events.ledger.build import propose
    from detente.events.ledger.files import history_text, left_out_text, sources_text
    from detente.events.ledger.rules import FILE, read_rules
    from detente.language.load import find

    loaded = job.open()
    if loaded.cases:
        problem = Problem("scenario", "one record; events of public data do not say whose case they are", "a panel")
        raise InputError([problem], what="the options")
    paths = [out, *(out.with_name(f"{out.stem}-{name}.csv") for name in ("sources", "left-out"))] if out else []
    for path in paths:
        if path.exists():
            raise InputError(
                [Problem("--out", "a new file", f"{path} exists", "nothing is overwritten")], what="the options"
            )
    read = read_rules(loaded, rules or find(job.scenario)[0] / FILE)
    chosen, tables, report = data.provider_of(provider, mapping), data.coding_of(coding), Report()
    built = propose(loaded, read, _events([*sources, *(more or ())], loaded, chosen, tables, report))
    if not drop:
        report.refuse()
    texts = [history_text(built), sources_text(built), *([left_out_text(report)] if report.misfits else [])]
    files = {path.name: text for path, text in zip(paths, texts, strict=False)}

    def shown() -> None:
        for line in () if job.quiet else data.report_lines(report):
            print(line, file=sys.stderr)
        from detente.cli.ledger_tables import built_tables

        show(*built_tables(built, loaded, report))
        if files and not job.quiet:
            *most, last = (str(path) for path in paths[: len(files)])
            print(f"\nwrote {', '.join(most)} and {last}", file=sys.stderr)

    return Answer(_as_json(built, report), shown, out.parent if out else None, files)


def _events(
    sources: list[Path], scenario: Scenario, provider: Provider | None, coding: Coding, report: Report
) -> Iterator[DataFrame]:
    from detente.events import loading
    from detente.events.store.store import Store

    with ExitStack() as stack:
        stores = {
            path: stack.enter_context(Store(path, read_only=True))
            for path in dict.fromkeys(sources)
            if path.suffix == ".duckdb"
        }
        held = {path: store.providers() for path, store in stores.items()}
        found = loading.parts([path for path in sources if path not in stores], provider, report)
        _refuse_twice(held, found)
        for path, store in stores.items():
            report.files[path.name] = "store"
            for row in held[path]:
                days = map(dt.date.fromisoformat, (row["first"], row["last"]))
                report.cover(f"{path.name}, {row['provider']}", *days)
            for table in store.stream("date_end >= ? AND date < ?", [scenario.clock.start, scenario.clock.now]):
                report.rows += table.height
                report.events += table.height
                yield table
        for batch in loading.load(found, report, coding):
            yield batch.events


def _refuse_twice(stores: Mapping[Path, Sequence[Json]], found: Sequence[Part]) -> None:
    """Refuse a data set that is in a store and in another source too: the same event would count twice."""
    held: dict[str, str] = {}
    problems: dict[str, Problem] = {}

    def hold(id: str, source: str) -> None:
        got = f"{id} in {held.setdefault(id, source)} and in {source}"
        if held[id] != source:
            problems.setdefault(id, Problem("--from", "each data set from one store, or from files", got, hint))

    hint = "add all of it to one store, by `detente store add`, which counts each event once"
    for path, rows in stores.items():
        for row in rows:
            hold(row["provider"], str(path))
    for part in found:
        if part.provider.id in held:
            hold(part.provider.id, str(part.path))
    if problems:
        raise InputError(list(problems.values()), what="the options")


def _as_json(built: Built, report: Report) -> Json:
    from detente.events.ledger.files import LEFT_OUT, note

    def row(p: Any) -> Json:
        sizes = {"magnitude": p.magnitude, "low": p.low, "high": p.high}
        about = [
            {
                "provider": e.provider,
                "events": e.events,
                "reports": e.reports,
                "value": e.value,
                "low": e.low,
                "high": e.high,
            }
            | {"unit": e.unit, "sources": list(e.sources), "ids": list(e.ids)}
            for e in p.estimates
        ]
        head = {"date": str(p.date), "track": p.track, "move": p.move, "target": p.target}
        return {**head, **sizes, "disputed": p.disputed, "rule": p.rule.number, "note": note(p), "estimates": about}

    def beside(pairs: list) -> list[Json]:
        return [row(p) | {"ledger": {"date": str(r.date), "move": r.move, "line": r.line}} for p, r in pairs]

    return {
        "events": built.events,
        "covers": [{"file": name, "first": str(a), "last": str(b)} for name, (a, b) in report.days.items()],
        "rows": [row(p) for p in built.rows],
        "dropped": {reason: count for reason, count in built.dropped.items() if count},
        "in_ledger": beside(built.held),
        "against_ledger": beside(built.against),
        "folded": [row(p) | {"into": {"date": str(q.date), "move": q.move}} for p, q in built.folded],
        "unknown_actors": dict(built.unknown_actors.most_common(50)),
        "unmatched": dict(built.unmatched.most_common(50)),
        "left_out": [dict(zip(LEFT_OUT, row, strict=True)) for row in report.left_out()],
    }


@command("scenario", "as_json")
def check(job: Job) -> Answer:
    """Look for what is odd in a scenario's ledger.

    Rows that stand twice, several rows of a track in one step, silences too long to be chance (1% false alarms in all),
    dates that contradict each other. Nothing is changed; the exit code stays 0.
    """
    from detente.events.ledger.check import LEVEL
    from detente.events.ledger.check import check as look

    loaded = job.open()
    found = look(loaded)
    lines = []
    for finding in found:
        where = f" (line{'s' * (len(finding.lines) > 1)} {', '.join(map(str, finding.lines))})" if finding.lines else ""
        lines.append(f"{finding.kind}: {finding.text}{where}")
    lines.append(f"{len(loaded.ledger):,} rows, {len(found)} remark{'s' * (len(found) != 1)}")
    rows = [{"kind": f.kind, "text": f.text, "lines": list(f.lines)} for f in found]
    about = {"scenario": loaded.id, "false_alarms": LEVEL, "findings": rows}
    return Answer(about, lambda: print("\n".join(lines)))
