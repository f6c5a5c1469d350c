"""Crux: the parameters on which a claim turns, the value at which it flips, and a re-simulation that confirms it.

1. *separation*: for every parameter, how well its value alone tells draws in which the claim is true from those in
   which it is false (area under the ROC curve, folded to [0.5, 1]).
2. *sweep*: the best few parameters are held at quantiles of their prior while everything else keeps its posterior
   draw and its luck, and the futures are played again; credence against held value is interpolated at one half.
3. *confirmation*: one more run with the parameter held just beyond that value must put credence on the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detente.analysis.claims import Credence, credence
from detente.analysis.futures import Futures, play_out
from detente.analysis.questions import Questions, courses_of
from detente.inference.density import Model
from detente.inference.draws import Draws, weighted_quantiles
from detente.scenario.records import Claim, Scenario
from detente.scenario.syntax import Name, walk

TOP = 2  # parameters per claim
QUANTILES = (0.02, 0.25, 0.5, 0.75, 0.98)  # of the prior, at which a parameter is held
BEYOND = 0.25  # how far past the flip the confirmation is held, as a share of the way to the next sweep value
MINORITY = 20  # draws on the rarer side below which the prior draws judge the separation
CERTAIN = 0.55  # separations below this are noise


@dataclass(frozen=True)
class CruxSettings:
    """Size of the re-simulations."""

    per_island: int = 4  # posterior draws per hypothesis and island
    futures: int = 64


@dataclass(frozen=True)
class Crux:
    """One parameter's part in a claim. `flips_at` is None when no held value inside the prior flips it."""

    parameter: str
    separation: float
    flips_at: float | None
    direction: str  # "below" | "above": on which side of flips_at the claim flips
    p_beyond: float | None
    held_at: float | None
    credence_there: float | None
    credence_there_error: float | None
    confirmed: bool
    why: str
    curve: tuple[tuple[float, float], ...]  # (held value, credence)


Progress = Callable[[str, float], None]


def separation(values: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    """Weighted area under the ROC curve of `values` as a score for `truth`, folded to [0.5, 1]; ties count half."""
    if truth.all() or not truth.any():
        return 0.5
    _, rank = np.unique(values, return_inverse=True)
    true = np.bincount(rank, weights * truth)
    false = np.bincount(rank, weights * ~truth)
    below = np.cumsum(false) - false
    area = float((true * (below + 0.5 * false)).sum() / (true.sum() * false.sum()))
    return max(area, 1 - area)


def rank_parameters(draws: Draws, truth: np.ndarray, free: set[str]) -> list[tuple[str, float]]:
    """Parameters that can vary, best separating first."""
    scores = [
        (name, separation(draws.values[i], truth, draws.weights))
        for i, name in enumerate(draws.parameters)
        if name in free and np.ptp(draws.values[i]) > 0
    ]
    return sorted(scores, key=lambda item: (-item[1], item[0]))


def cruxes(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    posterior: Futures,
    prior: Futures,
    after: dict[str, Credence],
    before: dict[str, Credence],
    *,
    seed: int,
    settings: CruxSettings,
    progress: Progress | None = None,
) -> dict[str, list[Crux]]:
    """The cruxes of every testable claim, by claim id."""
    free = {p for p in scenario.parameters if any(scenario.prior(p, h).family != "fixed" for h in scenario.hypotheses)}
    chosen: dict[str, list[tuple[str, float]]] = {}
    for claim in scenario.claims:
        if claim.test is not None:
            chosen[claim.id] = _candidates(claim, posterior, prior, after[claim.id], before[claim.id], free)
    lab = _Lab(scenario, model, questions, posterior, settings, seed)
    out: dict[str, list[Crux]] = {}
    for number, claim in enumerate(c for c in scenario.claims if c.id in chosen):
        if progress:
            progress(claim.id, number / len(chosen))
        out[claim.id] = [_crux(lab, claim, p, s, prior.draws, after[claim.id].value) for p, s in chosen[claim.id]]
    return out


def _candidates(claim, posterior, prior, after: Credence, before: Credence, free) -> list[tuple[str, float]]:
    rare = min(after.truth.sum(), (~after.truth).sum())
    draws, truth = (posterior.draws, after.truth) if rare >= MINORITY else (prior.draws, before.truth)
    ranked = rank_parameters(draws, truth, free)
    named = {n.id for n in walk(claim.test.tree) if isinstance(n, Name)} if not courses_of(claim) else None
    if named is not None:  # a test of parameters alone can only turn on those it names
        ranked = [item for item in ranked if item[0] in named]
        return ranked[:TOP]
    return [item for item in ranked if item[1] >= CERTAIN][:TOP] or ranked[:1]


class _Lab:
    """Held-parameter runs, each done once: (parameter, value, courses) -> Futures."""

    def __init__(self, scenario, model, questions, posterior: Futures, settings: CruxSettings, seed: int) -> None:
        self.scenario, self.model, self.questions, self.settings, self.seed = (
            scenario, model, questions, settings, seed,
        )  # fmt: skip
        full = posterior.draws
        keep = np.zeros(len(full), bool)
        for h in range(len(full.hypotheses)):
            for i in range(full.log_evidence.shape[1]):
                keep[np.flatnonzero((full.hypothesis == h) & (full.island == i))[: settings.per_island]] = True
        self.draws, self.ids = full.where(keep), np.flatnonzero(keep)
        self.all_courses = set().union(*(courses_of(c) for c in scenario.claims))
        self.done: dict[tuple[str, float], Futures] = {}

    def credence(self, claim: Claim, parameter: str, value: float, *, shared: bool) -> Credence:
        courses = self.all_courses if shared else courses_of(claim)
        if not courses_of(claim):
            held = Futures(self.scenario, self.questions, self.draws.hold(parameter, value), 2, {}, {}, self.model.game.season)
            return credence(claim.test.tree, held)  # type: ignore[union-attr]
        key = (parameter, value)
        if key not in self.done or not courses_of(claim) <= set(self.done[key].courses):
            self.done[key] = play_out(
                self.scenario, self.model, self.questions, self.draws.hold(parameter, value),
                futures=self.settings.futures, seed=self.seed, courses=sorted(courses), draw_ids=self.ids,
            )  # fmt: skip
        return credence(claim.test.tree, self.done[key])  # type: ignore[union-attr]


def _crux(lab: _Lab, claim: Claim, parameter: str, score: float, prior: Draws, now: float) -> Crux:
    grid = sorted(set(_held_values(lab.scenario, parameter, prior)))
    curve = [(v, lab.credence(claim, parameter, v, shared=True).value) for v in grid]
    mine = lab.draws.values[lab.draws.parameters.index(parameter)]
    flip = crossing(curve, float(weighted_quantiles(mine, lab.draws.weights, (0.5,))[0]), now > 0.5)
    points = tuple(curve)
    if flip is None:
        side = "above" if now > 0.5 else "below"
        why = f"credence stays {side} one half for every value held between {grid[0]:.3g} and {grid[-1]:.3g}"
        return Crux(parameter, score, None, "", None, None, None, None, False, why, points)
    at, direction, beyond = flip
    held = at + BEYOND * (beyond - at)
    there = lab.credence(claim, parameter, held, shared=False)
    confirmed = (there.value > 0.5) != (now > 0.5)
    if not confirmed:  # the interpolated value was too close to the edge: try the sweep value itself
        held = beyond
        there = lab.credence(claim, parameter, held, shared=True)
        confirmed = (there.value > 0.5) != (now > 0.5)
    share = float(lab.draws.weights @ ((mine < at) if direction == "below" else (mine > at)))
    why = "" if confirmed else "the re-simulation did not confirm the flip"
    return Crux(parameter, score, at, direction, share, held, there.value, there.error, confirmed, why, points)


def _held_values(scenario: Scenario, parameter: str, prior: Draws) -> list[float]:
    """Quantiles of the prior, over the hypotheses under which the parameter varies."""
    varies = [
        i for i, h in enumerate(prior.hypotheses) if scenario.prior(parameter, h).family != "fixed"
    ]
    mask = np.isin(prior.hypothesis, varies)
    values = prior.values[prior.parameters.index(parameter)][mask]
    found = weighted_quantiles(values, np.ones(len(values)), QUANTILES)
    return [float(f"{v:.6g}") for v in found]


def crossing(curve: list[tuple[float, float]], near: float, above: bool) -> tuple[float, str, float] | None:
    """Where credence crosses one half towards the other verdict, nearest to `near`.

    Args:
        curve: (held value, credence), values increasing.
        above: whether the credence as it stands is above one half.

    Returns:
        The interpolated value, the side of it on which the claim flips, and the sweep value beyond; or None.
    """
    found = []
    for (v0, c0), (v1, c1) in zip(curve, curve[1:], strict=False):
        if (c0 > 0.5) == (c1 > 0.5):
            continue
        at = v0 + (0.5 - c0) / (c1 - c0) * (v1 - v0)
        flipped_right = (c1 > 0.5) != above
        found.append((abs(at - near), at, "above" if flipped_right else "below", v1 if flipped_right else v0))
    return min(found)[1:] if found else None
