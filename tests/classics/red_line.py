"""Where is the red line? Provocations that met no answer, under rival accounts of why.

A fixed line, a line on accumulated pressure, a lottery, and a bluff. Own construction; on what restraint tells, see Fearon (1994), Journal of Conflict Resolution 38(2).
"""  # noqa: E501

from __future__ import annotations

from typing import Any

import numpy as np

from detente.engine.game.record import Record, record_of
from detente.language.records import Scenario
from tests.classics.quadrature import Pieces, pieces
from tests.classics.replays import replayed
from tests.classics.scenarios import Files, clock, day, fixed_values, game_of, number, refuse, scenario_of

ACCOUNTS = ("fixed", "accum", "lottery", "bluff")
_SAYS = {
    "fixed": "One provocation beyond the line is answered.",
    "accum": "Provocations add up, and the sum beyond a line is answered.",
    "lottery": "Every provocation may be answered, whatever came before.",
    "bluff": "There is no line.",
}
_NEVER = "fixed(1e12)"  # a line nobody crosses
_FOLDER = "red-line"


def _prior(given: list[Any]) -> str:
    family, size = given
    return f"uniform(0, {number(size)})" if family == "uniform" else f"exponential({number(1 / size)})"


def _hypothesis(name: str, p: dict[str, Any]) -> str:
    mine = p[name]
    held = {
        "line": _NEVER,
        "burden": _NEVER,
        "kept": "fixed(0)",
        "resolve": "fixed(1)",
        "kappa": "fixed(0)",
        "eps": "fixed(0)",
    }
    if name in ("fixed", "accum"):
        held["line" if name == "fixed" else "burden"] = _prior(mine["prior"])
        held["resolve"] = f"fixed({number(mine.get('r', 1.0))})"
    if name == "accum":
        held["kept"] = f"fixed({number(mine['rho'])})"
    if name == "lottery":
        held["kappa"] = f"fixed({number(mine['kappa'])})"
    if name == "bluff":
        held["eps"] = f"fixed({number(mine['eps'])})"
    settings = ", ".join(f"{key}: {value}" for key, value in held.items())
    weight = number(p["weights"][name])
    return f'  {name}: {{weight: {weight}, set: {{{settings}}}, says: "{_SAYS[name]}"}}'


def build(p: dict[str, Any], *, answered: bool = False) -> Files:
    """The record of provocations; `answered`: the last of them drew a response."""
    rungs = p["rungs"]
    steps = len(rungs) + 1
    accounts = [name for name in ACCOUNTS if name in p["weights"]]
    for name in accounts:
        if name not in p:
            raise refuse("redline_hypotheses", name, "given, since the account has a weight", "nothing")
    lines = "\n".join(_hypothesis(name, p) for name in accounts)
    text = f"""\
detente: 1
title: Where is the red line?
question: Does the next provocation draw a response, and what do past ones without response tell?
summary: One side provokes, the other has not responded so far, and rival accounts say why.
clock: {clock(steps + 1, record=steps)}  # a provocation a day, as long as the record says so
actors:
  A: {{name: The provoker}}
  B: {{name: The provoked}}
parameters:
  line: {{prior: {_NEVER}, unit: rungs, why: a single act beyond it is answered (0 or more), source: [assumption]}}
  burden: {{prior: {_NEVER}, unit: rungs, why: accumulated acts beyond it are answered (0 or more), source: [assumption]}}
  kept: {{prior: fixed(0), unit: share of the pressure kept per step, why: how long provocations are remembered (0 to 1), source: [assumption]}}
  resolve: {{prior: fixed(1), unit: chance, why: how surely a crossed line is enforced (0 to 1), source: [assumption]}}
  kappa: {{prior: fixed(0), unit: per rung, why: how fast the lottery's risk grows with the rung (0 or more), source: [assumption]}}
  eps: {{prior: fixed(0), unit: chance, why: how often a response comes for no reason (0 to 1), source: [assumption]}}
stocks:
  act: {{initial: 0, unit: rungs, range: [0, 1e6], flow: -act}}
  acted: {{initial: 0, unit: 1 on a day with an act, range: [0, 1], flow: -acted}}
  pressure: {{initial: 0, unit: rungs, range: [0, 1e6], flow: -(1 - kept) * pressure}}
tracks:
  A.moves:
    provoke: {{rung: 1, appeal: 0, magnitude: "uniform(0, 1000)", effects: {{act: magnitude, pressure: magnitude, acted: 1}}}}
events:
  response:
    hazard: >-
      where(acted > 0, 1 - (1 - where(act > line, resolve, 0)) * (1 - where(pressure > burden, resolve, 0))
      * exp(-kappa * act) * (1 - eps), 0)
    says: The other side responds.
hypotheses:
{lines}
courses:
  quiet: {{name: No further provocation, forbid: {{A.moves: [provoke]}}}}
  next: {{name: The next provocation, force: {{A.moves: {{{day(steps)}: {{move: provoke, magnitude: {number(p["next_rung"] if "next_rung" in p else rungs[-1])}}}}}}}}}
"""  # noqa: E501
    rows = [f"{day(k)},A.moves,provoke,{number(x)},an example,F6" for k, x in enumerate(rungs)]
    if answered:
        rows.append(f"{day(len(rungs) - 1)},event,response,,an example,F6")
    return {"scenario.yaml": text, "history.csv": "\n".join(["date,track,move,magnitude,source,grade", *rows]) + "\n"}


def _heard(record: Record, known: int, next_rung: float | None = None) -> Record:
    """The record with acts as given; responses, and their silence, are heard in the first `known` steps.

    With a next rung, an act of that size is added after them and only the response to it is heard.
    """
    choice, magnitude, event = record.choice.copy(), record.magnitude.copy(), record.event.copy()
    heard = np.zeros_like(record.observed_event)
    if next_rung is None:
        heard[:known] = True
    else:
        choice[known], magnitude[known], event[known], heard[known] = 1, next_rung, True, True
    deaf = np.zeros_like(record.observed_choice)
    return record._replace(choice=choice, magnitude=magnitude, event=event, observed_event=heard, observed_choice=deaf)


def _account(scenario: Scenario, name: str, records: list[Record]) -> tuple[Pieces | None, np.ndarray, np.ndarray]:
    """One account's prior cut where likelihoods jump, each piece's prior mass, and (piece, record) likelihoods."""
    unknown = [id for id in scenario.parameters if scenario.prior(id, name).family != "fixed"]

    def evaluate(values: np.ndarray) -> np.ndarray:
        given = fixed_values(scenario, name, **({unknown[0]: values} if unknown else {}))
        return np.stack([np.exp(replayed(scenario, given, r).log_likelihood) for r in records], -1)

    if not unknown:
        return None, np.ones(1), evaluate(np.zeros(1))
    cut = pieces(scenario.prior(unknown[0], name), evaluate)
    return cut, cut.mass, cut.values


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Likelihoods by replay, averaged over each account's prior; the next response as one more step of the record."""
    scenario = scenario_of(_FOLDER, build(p))
    record, known = record_of(scenario, game_of(scenario)), len(p["rungs"])
    records = [_heard(record, known), _heard(record, known, p["next_rung"])]
    likelihood, following = {}, {}
    told: dict[str, Any] = {}
    for name in scenario.hypotheses:
        cut, mass, table = _account(scenario, name, records)
        silent, answered = table[:, 0], table[:, 1]
        likelihood[name] = float(mass @ silent)
        following[name] = float(mass @ (silent * answered)) / likelihood[name] if likelihood[name] > 0 else None
        if name == "fixed" and cut is not None and likelihood[name] > 0 and p["fixed"].get("r", 1.0) == 1.0:
            told["fixed_theta_posterior_mean"] = float(cut.first @ silent) / likelihood[name]
            told["fixed_theta_posterior_median"] = cut.median(silent)
    total = sum(p["weights"].values())
    shares = {name: p["weights"][name] / total for name in likelihood}
    evidence = sum(shares[name] * likelihood[name] for name in likelihood)
    if evidence <= 0:
        raise refuse(
            "redline_hypotheses", "rungs", "provocations that an account allows to go without response", p["rungs"]
        )
    posterior = {name: shares[name] * likelihood[name] / evidence for name in likelihood}
    return {
        "likelihood": likelihood,
        "posterior": posterior,
        "next_response_prob_by_hypothesis": following,
        "next_response_prob": sum(posterior[name] * (following[name] or 0.0) for name in likelihood),
        "log_evidence": float(np.log(evidence)),
    } | told


def build_crossed(p: dict[str, Any]) -> Files:
    """A fixed line alone, and a response to the last provocation."""
    one = {"rungs": p["rungs"], "fixed": {"prior": p["prior"]}, "weights": {"fixed": 1.0}}
    return build(one, answered=p["response_at_last"])


def evaluate_crossed(p: dict[str, Any]) -> dict[str, Any]:
    """Where the line can lie, and how likely the record was."""
    scenario = scenario_of(_FOLDER, build_crossed(p))
    record = _heard(record_of(scenario, game_of(scenario)), len(p["rungs"]))
    cut, mass, table = _account(scenario, "fixed", [record])
    assert cut is not None
    likelihood = float(mass @ table[:, 0])
    if likelihood <= 0:
        return {"likelihood": 0.0, "theta_mean": None, "theta_support": None}
    possible = np.flatnonzero(table[:, 0] > 0)
    return {
        "likelihood": likelihood,
        "theta_mean": float(cut.first @ table[:, 0]) / likelihood,
        "theta_support": [float(cut.edges[possible[0]]), float(cut.edges[possible[-1] + 1])],
    }
