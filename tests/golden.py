"""Golden records of the bundled scenarios: what each holds and what the engine makes of it, as readable text.

`python -m tests.golden` writes `tests/golden/<name>.txt` anew; review the difference. `tests/test_scenarios.py`
demands that each bundled scenario has a record and that it matches. Only files, moves, the engine's rules or a prior
can change one: no seed and no sampler is involved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from detente import bundled, load
from detente.engine.game.record import fold
from detente.inference.density import Model, model_of
from detente.language.priors import Prior
from detente.language.records import Scenario
from detente.language.summary import summary

FOLDER = Path(__file__).parent / "golden"
NAMES = [name for name in bundled() if not name.startswith("classics/")]  # those are held by their exact values


def median(prior: Prior) -> float:
    """The middle of a prior."""
    return prior.arguments[0] if prior.family == "fixed" else float(prior.frozen().median())


def record(scenario: Scenario) -> str:
    """The golden record of a scenario."""
    return "\n".join([*_contents(scenario), *_ledger(scenario), *_replayed(scenario)]) + "\n"


def _contents(scenario: Scenario) -> Iterator[str]:
    about = summary(scenario)
    yield f"{scenario.id}: {scenario.title}"
    yield "clock: " + ", ".join(f"{key} {value}" for key, value in about["clock"].items())
    for section in ("actors", "parameters", "stocks", "events", "hypotheses", "courses", "claims", "quantities"):
        rows = about[section]
        yield f"\n{section}: {len(rows)}"
        yield from (f"  {row['id']}{_detail(section, row)}" for row in rows)
    if about["settlement"]:
        yield f"\nsettlement: {len(about['settlement'])}"
        yield from (f"  {row['kind']} {row['id']}: {row['says']}" for row in about["settlement"])
    yield f"\nmoves: {len(about['ladder'])} (rung, track:move, rows of the ledger)"
    yield from (f"  {row['rung']:g} {row['track']}:{row['move']} {row['times']}" for row in about["ladder"])


def _detail(section: str, row: dict) -> str:
    match section:
        case "parameters":
            return f" ~ {row['prior']} {row['unit']}"
        case "stocks":
            return f" = {row['initial']} {row['unit']}, {row['range']}, measured {row['observations']} times"
        case "events":
            return f", recorded {row['times']} times" + ", once" * row["once"] + ", ends" * row["ends"]
        case "hypotheses":
            return f" {row['weight']:.3g}" + (f": {row['set']}" if row["set"] else "")
        case "courses":
            own = f", from {row['branch']}" if row["own_branch"] else ""
            return own + "".join(f", {word} {row[word]}" for word in ("forced", "forbidden") if row[word])
        case "claims":
            return f": {row['test'] or 'not testable yet'}"
        case "quantities":
            return f": {row['reports']} reports"
    return ""


def _ledger(scenario: Scenario) -> Iterator[str]:
    rows, folded = scenario.ledger, fold(scenario)[1]
    yield f"\nledger: {len(rows)} rows, {len(folded)} folded under a higher rung of the same step"
    for title, counts in (
        ("by track", Counter(row.track for row in rows)),
        ("by year", Counter(str(row.date.year) for row in rows)),
        ("by first letter of the grade", Counter(row.grade[:1] or "none" for row in rows)),
        ("folded, by track", Counter(row.track for row in folded)),
    ):
        yield f"  {title}: " + (", ".join(f"{key} {counts[key]}" for key in sorted(counts)) or "none")


def _replayed(scenario: Scenario) -> Iterator[str]:
    """At prior medians, in double precision: log likelihood of the record, and the stocks on its way to the branch."""
    model, branch = model_of(scenario), scenario.clock.branch_step
    if model.panel:
        yield from _cases(scenario, model)
        return
    for hypothesis in scenario.hypotheses:
        values = np.array([[median(scenario.prior(p, hypothesis))] for p in scenario.parameters]).reshape(-1, 1)
        played = model.replay(values)
        yield f"\nreplay at the prior medians of {hypothesis}"
        yield f"  log likelihood of the record {number(played.log_likelihood[0])}"
        by_step = played.terms.by_step()[:, 0]
        worst = np.argsort(by_step, kind="stable")[:3]
        told = ", ".join(f"{scenario.clock.date_of(int(k))} {number(by_step[k])}" for k in worst)
        yield f"  least likely steps: {told}"
        yield f"  stocks at the branch, {scenario.clock.branch}"
        yield from (f"    {stock} {number(path[branch, 0])}" for stock, path in sorted(played.path.items()))


def _cases(scenario: Scenario, model: Model) -> Iterator[str]:
    """At prior medians: the log likelihood of a panel, and of the cases that are least likely."""
    assert scenario.cases is not None
    yield f"\ncases: {len(scenario.cases)}"
    yield from (f"  {name} mean {number(np.mean(cells))}" for name, cells in scenario.cases.columns.items())
    for hypothesis in scenario.hypotheses:
        values = np.array([[median(scenario.prior(p, hypothesis))] for p in scenario.parameters])
        found = model.likelihood(precise=True).by_case(values)[:, 0]
        yield f"\nreplay at the prior medians of {hypothesis}"
        yield f"  log likelihood of the record {number(found.sum())}"
        worst = np.argsort(found, kind="stable")[:3]
        told = ", ".join(f"{scenario.cases.ids[k]} {number(found[k])}" for k in worst)
        yield f"  least likely cases: {told}"


def number(value) -> str:
    """Six significant digits."""
    return f"{float(value):.6g}"


def main() -> None:
    """Write every record anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        path = FOLDER / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(record(load(name)), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
