"""Results as tables for a terminal. Numbers are worded as in the report, by the report's own functions."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.output import width
from detente.report import format as fmt
from detente.report import sources
from detente.report.answer import COMMON, odds
from detente.report.answer import answer as bottom_lines
from detente.report.document import document
from detente.result import Result
from detente.result.evidence import Quantity
from detente.result.parts import Header, Interval, Timings
from detente.result.run import BargainResult, FitResult, SimulationResult
from detente.result.verify import ForesightEvidence, TrackForesight

VERDICT_STYLES = {
    "holds": "green",
    "leans towards": "green",
    "open": "yellow",
    "leans against": "red",
    "fails": "red",
    "confirmed": "green",
    "disputed": "yellow",
    "refuted": "red",
}


def heading(results: Header, *, no_fit: bool = False) -> Text:
    """What was asked; with `no_fit`, or where results say so, that no fit was made."""
    text = Text()
    if told := fmt.held(results):
        text.append(f"{told}\n")
    text.append(results.title, style="bold")
    if results.question:
        text.append(f"\n{results.question}", style="not bold")
    told_of_fit = isinstance(results, Result | FitResult | BargainResult)
    if no_fit or (told_of_fit and not fmt.fitted(results)):
        text.append(f"\n{fmt.BEFORE}", style="not bold")
    for problem in results.fit.problems if told_of_fit else ():
        text.append(f"\nthe fit failed a check of its own: {problem}", style="not bold red")
    return text


def answer(results: Result) -> list[Text]:
    """The bottom line for every outcome of the question."""
    lines = []
    for row in bottom_lines(results):
        text = Text(f"{row['heading']}: ", style="bold")
        parts = [row["line"], f"{row['basis']}." if row["basis"] else "", row["changed_by"]]
        lines.append(text.append(" ".join(filter(None, parts)), style="not bold"))
    return lines


def verdicts(results: Result) -> RenderableType:
    """Every claim: before and after the evidence, verdict, what that rests on, and what it turns on."""
    fitted = fmt.fitted(results)
    table = grid(
        "claim",
        "before → after" if fitted else "before the record",
        "verdict",
        "crux",
        whole=3 if width() >= 100 else 2,
    )
    for argument in document(results)["arguments"]:
        for claim in argument["claims"]:
            style = VERDICT_STYLES.get(claim["verdict"], "dim")
            if claim["testable"]:
                before = f"{claim['before']:>4} → " if fitted else ""
                chances = f"{before}{claim['after']:>4} {claim['error']}"
            else:
                chances = ""
            crux = claim["crux_phrase"] or claim["untestable"]
            verdict = Text(claim["verdict"], style=style)
            if claim["basis"] and (fitted or claim["basis"] == "construction"):
                judge = ", by average" if results.claims[claim["id"]].judge == "average" else ""
                verdict.append(f"\n{claim['basis']}{judge}", style="dim")
            table.add_row(Text(claim["id"]), Text(chances), verdict, Text(crux))
    if not table.rows:
        return Text("the scenario makes no claims")
    return table


def hypotheses(results: Result | FitResult) -> Text:
    """The weight of each hypothesis before and after the evidence, on one line."""
    found = results.hypotheses
    parts = []
    for name, about in found.items():
        after = fmt.chance(about.posterior, about.posterior_mc_error)
        parts.append(f"{name} {fmt.percent(about.prior)}" + (f" → {after}" if fmt.fitted(results) else ""))
    return Text(f"hypotheses: {', '.join(parts)}" if len(found) > 1 else f"hypothesis: {next(iter(found), 'none')}")


def chances(results: Result, courses: Sequence[str]) -> RenderableType:
    """How likely each event is under each course, in as many tables as it takes to break no word."""
    events = list(dict.fromkeys(event for name in courses for event in results.courses[name].events))
    if not events:
        return Text("the scenario has no events")
    cells = {event: _chances_of(results, courses, event) for event in events}
    first = max(map(len, ["by the end of the clock", *events]))
    parts: list[list[str]] = [[]]
    room = width() - 2 - first
    for course in courses:
        needed = 3 + max(map(len, [course, *(cells[event][course] for event in events)]))
        if parts[-1] and needed > room:
            parts.append([])
            room = width() - 2 - first
        parts[-1].append(course)
        room -= needed
    tables = []
    for part in parts:
        tables.append(grid("by the end of the clock", *part))
        for event in events:
            tables[-1].add_row(Text(event), *(Text(cells[event][course]) for course in part))
    return Group(*tables)


def _chances_of(results: Result, courses: Sequence[str], event: str) -> dict[str, str]:
    """The chances of an event by course: with their errors, or as so many in a thousand where all are small."""
    found = {name: results.courses[name].events.get(event) for name in courses}
    known = [one.p for one in found.values() if one and one.p is not None]
    if known and max(known) < COMMON:
        told = odds(*(one.p if one else None for one in found.values()))
        return {
            name: _with_error(text, one.mc_error if one else None)
            for (name, one), text in zip(found.items(), told, strict=True)
        }
    return {name: fmt.chance(one.p, one.mc_error) if one else fmt.MISSING for name, one in found.items()}


def _with_error(text: str, error: float | None) -> str:
    """ "8 in 1,000" with its Monte-Carlo error on the same scale: "8 ±1 in 1,000"."""
    count, within, base = text.partition(" in ")
    if not within or not fmt.known(error):
        return text
    return f"{count} ±{fmt.number(error * int(base.replace(',', '')), 1)} in {base}"


def notes(results: Result) -> list[Text]:
    """What to know before trusting the numbers above; nothing when there is nothing."""
    lines = fmt.foresight(results.foresight)
    if results.lint:
        lines.insert(0, f"{fmt.count(len(results.lint), 'remark')} by the lint: in the report")
    return [Text("\n".join(lines), style="yellow")] if lines else []


def timings(times: Timings) -> Text:
    """Where the time went."""
    cached = " (from the cache)" if times.fit_cached else ""
    parts = [
        f"{stage} {fmt.seconds(value)}{cached if stage == 'fit' else ''}"
        for stage, value in fmt.stages(times)
        if value is not None
    ]
    same = " (asked before: the answer is from the cache)" if times.answer_cached else ""
    return Text(f"time: {', '.join(parts)}{same}", style="dim")


def parameters(results: FitResult) -> Table:
    """Every parameter before and after the evidence."""
    table = grid("parameter", "unit", "before (90%)", "after (90%)", "learned")
    for name, about in results.parameters.items():
        sides = [Text(_spread(side)) for side in (about.prior, about.posterior)]
        learned = "fixed" if about.learned is None else fmt.percent(about.learned)
        table.add_row(Text(name), Text(about.unit), *sides, Text(learned))
    return table


def derived(results: FitResult) -> tuple[RenderableType, ...]:
    """What the parameters imply, before and after the evidence; nothing where the scenario derives nothing."""
    if not results.derived:
        return ()
    table = grid("derived quantity", "unit", "before (90%)", "after (90%)")
    for name, about in results.derived.items():
        table.add_row(Text(name), Text(about.unit), *(Text(_spread(side)) for side in (about.prior, about.posterior)))
    return (table,)


def course(results: SimulationResult, name: str) -> tuple[RenderableType, ...]:
    """One course: its events, its moves, and its stocks at the end of the clock."""
    about = results.courses[name]
    label = f"{name}: {about.name}" if about.name != name else name
    events = grid("event", "chance", "90% of draws", "even odds by")
    for event, e in about.events.items():
        spread = fmt.chance_range(e.q05, e.q95)
        when = str(e.median_date or fmt.MISSING)
        events.add_row(Text(event), Text(fmt.chance(e.p, e.mc_error)), Text(spread), Text(when))
    moves = grid("move", "rung", "at least once", "of steps")
    for track, chosen in about.moves.items():
        for move, m in chosen.items():
            cells = (f"{track}:{move}", fmt.number(m.rung), fmt.percent(m.p), fmt.percent(m.per_step))
            moves.add_row(*map(Text, cells))
    stocks = grid("stock at the end", "unit", "mean", "90%")
    for stock, s in about.stocks.items():
        end = s.end
        stocks.add_row(
            Text(stock),
            Text(s.unit),
            Text(fmt.number(end.mean)),
            Text(fmt.interval(end.q05, end.q95)),
        )
    return Text(label, style="bold"), *(table for table in (events, moves, stocks) if table.rows)


def quantity(name: str, about: Quantity) -> RenderableType:
    """One disputed quantity: the pooled estimate, and its sources with what each adds."""
    shown = sources.quantity(name, about)
    table = grid("side", "grade", "says", "weight", "without it", "nats", "source", whole=6)
    for row in shown["reports"]:
        table.add_row(*(Text(row[key]) for key in ("side", "grade", "said", "weight", "without", "nats", "source")))
    head = Text(f"{name}: {shown['says']}", style="bold")
    head.append(f" ({shown['date']})", style="not bold")
    return Group(head, Text(shown["pooled"]["text"]), table)


def foresight(found: ForesightEvidence) -> RenderableType:
    """Evidence for looking ahead, per track and together."""
    out = grid("level 1 against 0", "log Bayes factor", "k", "weight (90%)", "verdict")
    for name, about in (*found.tracks.items(), ("together", found.together)):
        factor = f"{fmt.number(about.log_bayes_factor)} ± {fmt.number(about.mc_error)}"
        after = about.weight.posterior if isinstance(about, TrackForesight) else None
        weight = f"{fmt.number(after.q50)} ({fmt.interval(after.q05, after.q95)})" if after else ""
        out.add_row(*map(Text, (name, factor, fmt.number(about.k_hat), weight, about.verdict)))
    return out


def grid(*columns: str, whole: int = 1) -> Table:
    """An empty table in the house's form: the first `whole` columns are not folded, the others are when need be."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(Text(column), overflow="fold", no_wrap=number < whole)
    return table


def section(title: str, table: Table) -> Group:
    """A table under a title."""
    return Group(Text(title, style="bold"), table)


def _spread(side: Interval) -> str:
    return f"{fmt.number(side.mean)} ({fmt.interval(side.q05, side.q95)})"
