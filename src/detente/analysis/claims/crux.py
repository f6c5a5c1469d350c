"""Crux: the parameters on which a claim turns, the value at which it flips, and a re-simulation that confirms it.

1. *separation*: for every parameter, how well its value alone tells draws in which the claim is true from those in
   which it is false (area under the ROC curve, folded to [0.5, 1]).
2. *sweep*: the best few parameters are held at a low and a high quantile of their prior and at their posterior median,
   while everything else keeps its posterior draw and its random numbers, and the futures are played again; where
   credence crosses one half the interval is halved, then interpolated. A claim that flips only between two held values
   on one side is not found.
3. *confirmation*: with the parameter held at the nearest run beyond that value, credence must lie on the other side of
   one half by more than its Monte-Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from detente.analysis.claims.credence import Credence, credence
from detente.analysis.claims.verdict import judged_tree
from detente.errors import EngineError
from detente.futures.play import Futures, play_out
from detente.futures.questions import Questions, courses_of, expand_utilities, points_of
from detente.inference.density import Model
from detente.inference.draws import Draws, Estimate, weighted_quantiles
from detente.language.argument import Claim
from detente.language.records import Scenario
from detente.language.syntax import Bargain, Expectation, Name, names, walk
from detente.progress import StageProgress
from detente.result.claims import Crux, Dial, DialEffect

TOP = 2  # parameters per claim
QUANTILES = (0.02, 0.5, 0.98)  # of the prior, at which a parameter is held
HALVINGS = 1  # of the interval in which credence crosses one half
MINORITY = 20  # draws on the rarer side below which the prior draws judge the separation
FREE_HALVINGS = 16  # the same for a test of parameters alone, which needs no simulation
PER_ISLAND = 2  # posterior draws per hypothesis and island that are played again
CERTAIN = 0.6  # separations below this are noise
ENDS = (0.05, 0.95)  # quantiles of the prior that a dial goes to


class Turning(NamedTuple):
    """What claims turn on."""

    cruxes: dict[str, list[Crux]]  # by claim
    dials: dict[str, Dial]  # by parameter, of those that are the reader's to set


def separation(values: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    """Weighted area under the ROC curve of `values` as a score for `truth`, folded to [0.5, 1]; ties count half."""
    if not (weights @ truth > 0 and weights @ ~truth > 0):
        return 0.5
    _, rank = np.unique(values, return_inverse=True)
    true = np.bincount(rank, weights * truth)
    false = np.bincount(rank, weights * ~truth)
    below = np.cumsum(false) - false
    area = float((true * (below + 0.5 * false)).sum() / (true.sum() * false.sum()))
    return max(area, 1 - area)


def rank_parameters(scenario: Scenario, draws: Draws, truth: np.ndarray) -> list[tuple[str, float]]:
    """Parameters that can vary, best separating first, each among the draws whose hypothesis does not fix it: elsewhere
    its value says no more than which hypothesis is true."""
    scores = []
    for i, name in enumerate(draws.parameters):
        mine = varies(scenario, name, draws)
        if mine.any() and np.ptp(draws.values[i][mine]) > 0:
            scores.append((name, separation(draws.values[i][mine], truth[mine], draws.weights[mine])))
    return sorted(scores, key=lambda item: (-item[1], item[0]))


def cruxes(
    scenario: Scenario,
    claims: Sequence[Claim],
    model: Model,
    questions: Questions,
    posterior: Futures,
    prior: Futures,
    after: dict[str, Credence],
    before: dict[str, Credence],
    *,
    seed: int,
    per_island: int = PER_ISLAND,
    progress: StageProgress | None = None,
) -> Turning:
    """The cruxes of tested claims, and what the dials of the scenario's values move.

    Args:
        claims: those with a test.
    """
    chosen: dict[str, list[tuple[str, float]]] = {}
    for claim in claims:
        chosen[claim.id] = _candidates(scenario, claim, posterior, prior, after[claim.id], before[claim.id])
    turning = {name: [c for c in claims if name in dict(chosen[c.id])] for name in scenario.parameters}
    values = {c.value for c in scenario.claims if c.value}
    for name in values:
        turning[name] += [c for c in claims if c not in turning[name] and name in _read_by(scenario, c)]
    lab = _Lab(scenario, model, questions, posterior, after, per_island, seed, turning)
    searches = {c.id: [_Search(lab, c, p, s, prior.draws, after[c.id].value) for p, s in chosen[c.id]] for c in claims}
    by_parameter: dict[str, list[_Search]] = {}
    for search in (s for each in searches.values() for s in each):
        by_parameter.setdefault(search.parameter, []).append(search)
    for number, (name, each) in enumerate(by_parameter.items()):
        if progress:
            progress(name, number / len(by_parameter))
        while any(search.wanted() for search in each):
            lab.play(name, sorted({v for search in each if courses_of(search.claim) for v in search.wanted()}))
            for search in each:
                search.look()
    found = {id: [search.found() for search in each] for id, each in searches.items()}
    return Turning(found, {name: _dial(lab, name, prior.draws) for name in sorted(values)})


def _read_by(scenario: Scenario, claim: Claim) -> frozenset[str]:
    """What the test of a claim reads, in utilities too."""
    assert claim.test is not None
    read = [names(expand_utilities(claim.test.tree, scenario))]
    for node in walk(claim.test.tree):
        if isinstance(node, Expectation | Bargain):
            read.append(names(expand_utilities(node.value, scenario)))
    return frozenset[str]().union(*read)


def _dial(lab: _Lab, parameter: str, prior: Draws) -> Dial:
    """The claims that read a parameter, or turn on it, with it held at either end of its prior."""
    low, high = _held_values(lab.scenario, parameter, prior, ENDS)
    moves = []
    if low < high:
        lab.play(parameter, [low, high])
        for claim in lab.turning[parameter]:
            ends = [lab.credence(claim, parameter, value) for value in (low, high)]
            if ends[0] is not None and ends[1] is not None:
                moves.append(DialEffect(claim=claim.id, at_low=ends[0].value, at_high=ends[1].value))
    return Dial(parameter=parameter, low=low, high=high, moves=moves)


def _candidates(scenario, claim, posterior, prior, after: Credence, before: Credence) -> list[tuple[str, float]]:
    rare = min(after.truth.sum(), (~after.truth).sum())
    draws, truth = (posterior.draws, after.truth) if rare >= MINORITY else (prior.draws, before.truth)
    ranked = rank_parameters(scenario, draws, truth)
    named = {n.id for n in walk(claim.test.tree) if isinstance(n, Name)} if not courses_of(claim) else None
    if named is not None:  # a test of parameters alone can only turn on those it names
        ranked = [item for item in ranked if item[0] in named]
        return ranked[:TOP]
    return [item for item in ranked if item[1] >= CERTAIN][:TOP] or ranked[:1]


class _Lab:
    """Runs with a parameter held at a value, each done once for all claims that turn on the parameter.

    `turning`: those claims, by parameter. A run asks what they ask and no more.
    """

    def __init__(
        self,
        scenario: Scenario,
        model: Model,
        questions: Questions,
        posterior: Futures,
        after: dict[str, Credence],
        per_island: int,
        seed: int,
        turning: dict[str, list[Claim]],
    ) -> None:
        self.scenario, self.model, self.questions, self.posterior = scenario, model, questions, posterior
        self.after, self.seed, self.turning = after, seed, turning
        full = posterior.draws
        keep = np.zeros(len(full), bool)
        for h in range(len(full.hypotheses)):
            for i in range(full.islands):
                keep[np.flatnonzero((full.hypothesis == h) & (full.island == i))[:per_island]] = True
        self.draws, self.ids = full.where(keep), np.flatnonzero(keep)
        self.done: dict[tuple[str, float], dict[str, np.ndarray] | None] = {}  # truth of each claim, per draw

    def play(self, parameter: str, values: list[float]) -> None:
        """Play the futures of the claims that turn on a parameter with it held at each of some values, all at once.

        Where other parameters of some draw do not allow a value there is no credence at it.
        """
        asking = [c for c in self.turning[parameter] if courses_of(c)]
        values = [value for value in values if (parameter, value) not in self.done]
        if not asking or not values:
            return
        draws = self.draws.repeated(len(values)).hold(parameter, np.repeat(values, len(self.draws)))
        try:
            held = play_out(
                self.scenario,
                self.model,
                replace(self.questions, points=frozenset(p for c in asking for p in points_of(c, self.scenario))),
                draws,
                futures=self.posterior.futures,
                seed=self.seed,
                courses=sorted({course for c in asking for course in courses_of(c)}),
                draw_ids=np.tile(self.ids, len(values)),
            )
        except EngineError:
            for value in values if len(values) > 1 else ():
                self.play(parameter, [value])
            if len(values) == 1:
                self.done[parameter, values[0]] = None
            return
        for n, value in enumerate(values):
            part = slice(n * len(self.draws), (n + 1) * len(self.draws))
            alone = held.of(part, self.draws.hold(parameter, value))
            self.done[parameter, value] = {c.id: credence(judged_tree(c), alone).corrected for c in asking}

    def credence(self, claim: Claim, parameter: str, value: float) -> Estimate | None:
        """Credence of a claim with one parameter held, once that was played; None where it could not be.

        Only some draws are played again. What they say is the *change* from their own unheld futures, which share
        their random numbers; it is added to the credence of all draws (a control variate).
        """
        after = self.after[claim.id]
        if not courses_of(claim):  # parameters alone: nothing to play, so all draws
            full = self.posterior.draws.hold(parameter, value)
            held = credence(judged_tree(claim), replace(self.posterior, draws=full, courses={}, path={}))
            return Estimate(held.value, held.error)
        truth = self.done[parameter, value]
        if truth is None:
            return None
        change = self.draws.mean(truth[claim.id] - after.corrected[self.ids])
        return Estimate(min(1.0, max(0.0, after.value + change.value)), math.hypot(after.error, change.error))


class _Search:
    """The search for the value of one parameter at which one claim flips."""

    def __init__(self, lab: _Lab, claim: Claim, parameter: str, score: float, prior: Draws, now: float) -> None:
        self.lab, self.claim, self.parameter, self.score, self.above = lab, claim, parameter, score, now > 0.5
        draws = lab.posterior.draws
        self.mine = draws.values[draws.parameters.index(parameter)]
        free = varies(lab.scenario, parameter, draws)
        self.low, self.middle, self.high = _held_values(lab.scenario, parameter, prior)
        if draws.weights[free].sum() > 0:  # what the record makes of it, rather than the prior's middle
            self.middle = float(f"{weighted_quantiles(self.mine[free], draws.weights[free], (0.5,))[0]:.6g}")
        self.seen: dict[float, Estimate] = {}
        self.broken: list[float] = []  # outside what the other parameters of some draw allow
        self.halvings = HALVINGS if courses_of(claim) else FREE_HALVINGS

    def wanted(self) -> list[float]:
        """Values to look at next: three at first, then the middle of where credence crosses one half."""
        if not self.seen and not self.broken:
            return sorted({self.low, self.middle, self.high})
        interval = self._crossing() if self.halvings > 0 else None
        return [float(f"{0.5 * (interval.low + interval.high):.6g}")] if interval else []

    def look(self) -> None:
        """Look at the values that are wanted, once the lab has played them."""
        values = self.wanted()
        self.halvings -= bool(self.seen or self.broken)
        for value in values:
            estimate = self.lab.credence(self.claim, self.parameter, value)
            if estimate is None:
                self.broken.append(value)
            else:
                self.seen[value] = estimate

    def found(self) -> Crux:
        """What was found."""
        interval, curve, draws = self._crossing(), _curve(self.seen), self.lab.posterior.draws
        if interval is None:
            why = "no flip: " + ", ".join(f"credence {c:.2f} at {v:.3g}" for v, c in curve)
            if self.broken:
                why += f"; the model breaks down at {', '.join(f'{v:.3g}' for v in self.broken)}"
            return Crux(
                parameter=self.parameter,
                separation=self.score,
                flips_at=None,
                direction="",
                p_beyond=None,
                confirmed=False,
                why=why,
                curve=[*curve],
            )
        held = interval.high if interval.direction == "above" else interval.low
        there = self.seen[held]
        reach = self.high - self.low
        digits = 3 - math.floor(math.log10(reach)) if reach > 0 else 6  # a thousandth of the prior's reach
        at = round(interval.at, digits) + 0.0  # and no minus zero
        share = float(draws.weights @ ((self.mine < at) if interval.direction == "below" else (self.mine > at)))
        return Crux(
            parameter=self.parameter,
            separation=self.score,
            flips_at=at,
            direction=interval.direction,
            p_beyond=share,
            held_at=held,
            credence_there=there.value,
            credence_there_mc_error=there.error,
            confirmed=(there.value > 0.5) != self.above and abs(there.value - 0.5) > there.error,
            curve=[*curve],
        )

    def _crossing(self) -> Crossing | None:
        return crossing(_curve(self.seen), self.middle, self.above)


def _curve(seen: dict[float, Estimate]) -> list[tuple[float, float]]:
    return [(value, seen[value].value) for value in sorted(seen)]


def varies(scenario: Scenario, parameter: str, draws: Draws) -> np.ndarray:
    """Mask of the draws whose hypothesis does not fix the parameter."""
    varies = [i for i, h in enumerate(draws.hypotheses) if scenario.prior(parameter, h).family != "fixed"]
    return np.isin(draws.hypothesis, varies)


def _held_values(scenario: Scenario, parameter: str, prior: Draws, at: tuple[float, ...] = QUANTILES) -> list[float]:
    """Quantiles of the prior, over the hypotheses under which the parameter varies; of one that is known, its value."""
    values, free = prior.values[prior.parameters.index(parameter)], varies(scenario, parameter, prior)
    values = values[free] if free.any() else values
    found = weighted_quantiles(values, np.ones(len(values)), at)
    return [float(f"{v:.6g}") for v in found]


class Crossing(NamedTuple):
    """Where credence crosses one half between two held values, and on which side of that the claim flips."""

    at: float
    direction: Literal["below", "above"]
    low: float
    high: float


def crossing(curve: list[tuple[float, float]], near: float, above: bool) -> Crossing | None:
    """The crossing nearest to `near`, interpolated between its two neighbours.

    Args:
        curve: (held value, credence), values increasing.
        above: whether the credence as it stands is above one half.
    """
    found = []
    for (v0, c0), (v1, c1) in pairwise(curve):
        if (c0 > 0.5) != (c1 > 0.5):
            at = v0 + (0.5 - c0) / (c1 - c0) * (v1 - v0)
            found.append((abs(at - near), Crossing(at, "above" if (c1 > 0.5) != above else "below", v0, v1)))
    return min(found)[1] if found else None
