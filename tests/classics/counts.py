"""Action and reaction in counts: each side's rate remembers what both sides did (a discrete Hawkes process).

Sources: Hawkes (1971), Biometrika 58(1), for the process in continuous time; its discrete form as in time series of
counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.engine.game.record import record_of
from tests.classics.replays import replayed
from tests.classics.scenarios import Files, clock, day, fixed_values, game_of, number, scenario_of
from tests.classics.walks import rest_point, slopes

SIDES = (0, 1)
_PAIRS = [(i, j) for i in SIDES for j in SIDES]
_NAMES = ("A", "B")
_FOLDER = "hawkes"


def _parameters(p: dict[str, Any]) -> str:
    lines = []
    for i in SIDES:
        lines.append(
            f"  mu_{i}: {{prior: fixed({number(p['mu'][i])}), unit: acts per step, why: what {_NAMES[i]} does unprovoked (0 or more), source: [given]}}"  # noqa: E501
        )
    for i, j in _PAIRS:
        whose = "itself" if i == j else _NAMES[j]
        lines.append(
            f"  n_{i}{j}: {{prior: fixed({number(p['branching'][i][j])}), unit: acts per act, why: acts of {_NAMES[i]} that an act of {whose} brings about (0 or more), source: [given]}}"  # noqa: E501
        )
        lines.append(
            f"  r_{i}{j}: {{prior: fixed({number(p['decay_r'][i][j])}), unit: share kept per step, why: how long {_NAMES[i]} remembers {whose} (0 to 1), source: [given]}}"  # noqa: E501
        )
    return "\n".join(lines)


def _memories(counts: tuple[str, str]) -> str:
    """The stocks: what each side remembers of each, and the rate that comes of it in the next step."""
    lines = []
    for i, j in _PAIRS:
        flow = f"(1 - r_{i}{j}) * ({counts[j]} - m_{i}{j})"
        lines.append(f"  m_{i}{j}: {{initial: 0, unit: acts per step, range: [0, 1e6], flow: {flow}}}")
    for i in SIDES:
        told = " + ".join(f"n_{i}{j} * (m_{i}{j} + (1 - r_{i}{j}) * ({counts[j]} - m_{i}{j}))" for j in SIDES)
        lines.append(
            f"  rate_{i}: {{initial: mu_{i}, unit: acts per step, range: [0, 1e6], flow: mu_{i} + {told} - rate_{i}OBSERVED{i}}}"  # noqa: E501
        )
    return "\n".join(lines)


def build(p: dict[str, Any]) -> Files:
    """Counts as sizes of recorded acts, measured as Poisson counts of the rates."""
    counts = p["Y"]
    steps = max(1, len(counts))
    stocks = _memories(("count_0", "count_1"))
    for i in SIDES:
        stocks = stocks.replace(f"OBSERVED{i}", f", observed: {{file: observed/side-{i}.csv, model: poisson()}}")
    tracks = "\n".join(
        f"  {_NAMES[j]}.acts:\n    act: {{rung: 1, appeal: 0, magnitude: 'uniform(0, 1000)', effects: {{count_{j}: magnitude}}}}"  # noqa: E501
        for j in SIDES
    )
    text = f"""\
detente: 1
title: Action and reaction in counts
question: How much of what each side does answers what was done before?
summary: Each side acts at a base rate, and every act of either side raises the rates for a while.
clock: {clock(steps + 8, record=steps)}
actors:
  A: {{name: Side A}}
  B: {{name: Side B}}
parameters:
{_parameters(p)}
stocks:
  count_0: {{initial: 0, unit: acts of A in the step, range: [0, 1e6], flow: -count_0}}
  count_1: {{initial: 0, unit: acts of B in the step, range: [0, 1e6], flow: -count_1}}
{stocks}
tracks:
{tracks}
hypotheses:
  answering: {{weight: 1, says: Each side answers the acts of the other.}}
  apart: {{weight: 1, set: {{n_01: fixed(0), n_10: fixed(0)}}, says: "Neither does, and each only follows itself."}}
courses:
  as-it-comes: {{name: As both sides act}}
  a-acts: {{name: A acts five times in a step, force: {{A.acts: {{{day(steps)}: {{move: act, magnitude: 5}}}}}}}}
"""
    rows = [f"{day(k)},{_NAMES[j]}.acts,act,{y[j]},an example,F6" for k, y in enumerate(counts) for j in SIDES if y[j]]
    files = {"scenario.yaml": text, "history.csv": "\n".join(["date,track,move,magnitude,source,grade", *rows]) + "\n"}
    for i in SIDES:
        seen = [f"{day(k)},{y[i]},an example,F6" for k, y in enumerate(counts)]
        files[f"observed/side-{i}.csv"] = "\n".join(["date,value,source,grade", *seen]) + "\n"
    return files


def build_occurrence(p: dict[str, Any]) -> Files:
    """Whether there was any act: events whose hazard is 1 - exp(-rate), and whose silence counts."""
    counts = p["Y"]
    steps = max(1, len(counts))
    events = "\n".join(
        f"  any-{_NAMES[i].lower()}: {{hazard: 1 - exp(-rate_{i}), effects: {{count_{i}: 1}}}}" for i in SIDES
    )
    stocks = _memories(("count_0", "count_1")).replace("OBSERVED0", "").replace("OBSERVED1", "")
    text = f"""\
detente: 1
title: Action and reaction, whether there was any
clock: {clock(steps + 1, record=steps)}
actors:
  A: {{name: Side A}}
  B: {{name: Side B}}
parameters:
{_parameters(p)}
stocks:
  count_0: {{initial: 0, unit: acts of A in the step, range: [0, 1e6], flow: -count_0}}
  count_1: {{initial: 0, unit: acts of B in the step, range: [0, 1e6], flow: -count_1}}
{stocks}
tracks:
  A.acts: {{act: {{rung: 1, appeal: -50}}}}  # what is done is an event here
events:
{events}
"""
    rows = [
        f"{day(k)},event,any-{_NAMES[i].lower()},an example,F6" for k, y in enumerate(counts) for i in SIDES if y[i]
    ]
    return {"scenario.yaml": text, "history.csv": "\n".join(["date,track,move,source,grade", *rows]) + "\n"}


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """The replay's likelihood of the counts, the rates on the way, and the likelihood of the same as yes or no."""
    length = len(p["Y"])
    counted = scenario_of(_FOLDER, build(p))
    record = record_of(counted, game_of(counted))
    deaf = np.zeros_like(record.observed_choice)  # acts are given: their counts are the evidence
    path = replayed(counted, fixed_values(counted), record._replace(observed_choice=deaf))
    assert path.path is not None
    rates = np.stack([np.asarray(path.path[f"rate_{i}"])[: length + 1, 0] for i in SIDES], -1)

    some = scenario_of(_FOLDER, build_occurrence(p))
    record = record_of(some, game_of(some))
    heard = np.repeat(np.arange(len(record.event))[:, None] < length, 2, 1)
    told = replayed(
        some, fixed_values(some), record._replace(observed_event=heard, observed_choice=np.zeros((len(heard), 1), bool))
    )
    return {
        "loglik": float(np.asarray(path.log_likelihood)[0]),
        "lambda_t": [[float(v) for v in row] for row in rates[:-1]],
        "lambda_next": [float(v) for v in rates[-1]],
        "bernoulli_loglik_of_clipped_series": float(np.asarray(told.log_likelihood)[0]),
    }


def build_mean(p: dict[str, Any]) -> Files:
    """The course of the expected counts: what is expected is done."""
    stocks = _memories(("rate_0", "rate_1")).replace("OBSERVED0", "").replace("OBSERVED1", "")
    text = f"""\
detente: 1
title: Action and reaction on average
clock: {clock(60)}
actors:
  A: {{name: Side A}}
parameters:
{_parameters({**p, "decay_r": [[0.5, 0.5], [0.5, 0.5]]})}
stocks:
{stocks}
tracks:
  A.acts: {{act: {{rung: 1, appeal: -50}}}}
"""
    return {"scenario.yaml": text}


def evaluate_mean(p: dict[str, Any]) -> dict[str, Any]:
    """The rates that reproduce themselves: a rest point of the engine's step, if it draws what starts elsewhere to it.

    How long acts are remembered does not matter for them.
    """
    scenario = scenario_of(_FOLDER, build_mean(p))
    start = {**{f"rate_{i}": p["mu"][i] for i in SIDES}, **{f"m_{i}{j}": 0.0 for i, j in _PAIRS}}
    game, values = game_of(scenario), fixed_values(scenario)
    rest = rest_point(game, values, start)
    roots = np.linalg.eigvals(slopes(game, values, dict.fromkeys(start, 1.0))[1])
    if rest is None or np.max(np.abs(roots)) >= 1:
        return {"stationary": False, "mean_counts_per_step": None}
    return {"stationary": True, "mean_counts_per_step": [rest[f"rate_{i}"] for i in SIDES]}
