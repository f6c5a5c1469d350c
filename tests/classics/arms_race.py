"""Richardson's arms race: two stocks of arms, each fed by the other's and tired by its own.

Source: Richardson (1960), Arms and Insecurity.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.classics.scenarios import Files, clock, day, fixed_values, game_of, number, scenario_of
from tests.classics.walks import limit, rest_point, slopes, walk

YEARS = (1, 2, 5, 10, 20, 50)  # at which the trajectory is told, in whole steps
INSTANTS = (1, 5, 20)  # at which the trajectory in continuous time is told
_HALVINGS = range(4, 10)  # a unit of time in 16, 32, .. 512 steps


def build(p: dict[str, Any]) -> Files:
    """The scenario; `dt` is the length of a step, and the model of the book is its limit for short ones."""
    text = f"""\
detente: 1
title: Richardson's arms race
question: Do the armaments of two nations settle down, or run away?
summary: Each nation arms in answer to the other's arms, tires of the burden of its own, and nurses a grievance.
clock: {clock(50)}  # one step is one unit of the model's time
actors:
  X: {{name: Nation X}}
  Y: {{name: Nation Y}}
parameters:
  a: {{prior: fixed({number(p["a"])}), unit: per unit of time, why: fatigue and expense of X (0 or more), source: [Richardson 1960]}}
  b: {{prior: fixed({number(p["b"])}), unit: per unit of time, why: fatigue and expense of Y (0 or more), source: [Richardson 1960]}}
  k: {{prior: fixed({number(p["k"])}), unit: per unit of time, why: how X answers the arms of Y (0 or more), source: [Richardson 1960]}}
  l: {{prior: fixed({number(p["l"])}), unit: per unit of time, why: how Y answers the arms of X (0 or more), source: [Richardson 1960]}}
  g: {{prior: fixed({number(p["g"])}), unit: arms per unit of time, why: grievance of X (below 0 it is goodwill), source: [Richardson 1960]}}
  h: {{prior: fixed({number(p["h"])}), unit: arms per unit of time, why: grievance of Y (below 0 it is goodwill), source: [Richardson 1960]}}
  x0: {{prior: fixed({number(p["x0"])}), unit: arms, why: what X has at first (0 or more), source: [assumption]}}
  y0: {{prior: fixed({number(p["y0"])}), unit: arms, why: what Y has at first (0 or more), source: [assumption]}}
  dt: {{prior: fixed(1), unit: units of time per step, why: the discrete model; shorter steps come near the book's (above 0), source: [assumption]}}
stocks:
  x: {{initial: x0, unit: arms, range: [-1e30, 1e30], flow: dt * (k * y - a * x + g) * (1 - frozen)}}
  y: {{initial: y0, unit: arms, range: [-1e30, 1e30], flow: dt * (l * x - b * y + h)}}
  frozen: {{initial: 0, unit: 1 once X has stopped, range: [0, 1]}}
tracks:
  X.policy:
    freeze: {{rung: -1, appeal: -50, effects: {{frozen: 1}}, says: X builds no more and scraps no more.}}  # never unforced
hypotheses:
  answering: {{weight: 1, says: Each nation answers the arms of the other.}}
  deaf: {{weight: 1, set: {{k: fixed(0), l: fixed(0)}}, says: "Neither does, and each follows its own grievance and fatigue."}}
courses:
  race: {{name: Nobody stops}}
  x-freezes: {{name: X stops after ten units of time, force: {{X.policy: {{{day(10)}: freeze}}}}}}
"""  # noqa: E501
    return {"scenario.yaml": text}


def evaluate(p: dict[str, Any]) -> dict[str, Any]:
    """Trajectories, rest point and stability, all from steps of the engine."""
    scenario = scenario_of("richardson-1960", build(p))
    game, values = game_of(scenario), fixed_values(scenario)
    discrete = walk(game, values, max(YEARS)).path
    out: dict[str, Any] = {"discrete_xy": {str(t): [float(discrete[s][t, 0]) for s in "xy"] for t in YEARS}}

    shares = np.array([2.0**-n for n in _HALVINGS])  # one lane for each length of step
    paths = walk(game, {**values, "dt": shares}, max(INSTANTS) * 2 ** _HALVINGS[-1]).path
    told: dict[str, list[float]] = {}
    worst = 0.0
    for t in INSTANTS:
        found = [limit([paths[s][t * 2**n, lane] for lane, n in enumerate(_HALVINGS)]) for s in "xy"]
        told[str(t)] = [float(v) for v, _ in found]
        worst = max([worst, *(float(e) / max(1.0, abs(float(v))) for v, e in found)])
    out["continuous_xy"] = told
    out["continuous_xy_error"] = worst  # relative, by the last correction of the limit

    _, jacobian = slopes(game, values, {"x": 0.0, "y": 0.0})
    roots = np.linalg.eigvals(jacobian)
    flow = jacobian - np.eye(2)
    radius = float(np.max(np.abs(roots)))
    out["eigenvalues_M"] = [[float(np.real(r)), float(np.imag(r))] for r in roots]
    out["spectral_radius_discrete"] = radius
    out["stable_discrete"] = bool(radius < 1)
    out["stable_continuous"] = bool(np.all(np.real(np.linalg.eigvals(flow)) < 0))
    out["det_ab_minus_kl"] = float(np.linalg.det(flow))
    rest = rest_point(game, values, {"x": 0.0, "y": 0.0})
    out["x_star"], out["y_star"] = (None, None) if rest is None else (rest["x"], rest["y"])
    return out
