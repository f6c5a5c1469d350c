"""Predictive checks: which window of the record does each hypothesis explain worst?

The record is cut into windows of thirteen steps. In each, every track, event, series and size has a surprise, and
the model itself says how large it should have been: given the record so far and a parameter draw, the next move is a
throw of known chances. The z-score compares the two. The p-value is the chance that the model, at its own posterior
draws, would have been as surprised or more (Gelman, Meng & Stern 1996); the draws have seen the record, which makes it
cautious.

A window is flagged when its p-value is below `FALSE_ALARM` divided by the number of tests of that hypothesis
(Bonferroni): a hypothesis that is true is flagged anywhere with a chance of at most `FALSE_ALARM`.

Only surprise that is too large counts. A record more regular than the model expects is not flagged, and a track whose
moves are all as likely as each other cannot surprise.

Sources: Gelman, Meng & Stern (1996), "Posterior predictive assessment", Statistica Sinica 6(4); forecasts step by step:
Seillier-Moiseiwitsch & Dawid (1993), JASA 88(421); repeats until enough: Besag & Clifford (1991), Biometrika 78(2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import chdtrc, xlogy

from detente import streams
from detente.analysis.record.one_step_predictive import measured, predict_one_step
from detente.inference.density import Model
from detente.inference.posterior_replay import PosteriorReplay
from detente.language.records import Scenario
from detente.result import run
from detente.settings import PREDICTIVE_DRAWS

WINDOW = 13  # steps: a quarter when a step is a week
FALSE_ALARM = 0.05  # chance that a true hypothesis is flagged anywhere
WORST = 5  # windows listed for each hypothesis
REPEATS = (8, 128, 1024)  # throws per draw, more where fewer than `ENOUGH` reached the surprise that was seen
ENOUGH = 20


Kind = Literal["moves", "event", "measurements", "sizes"]


@dataclass(frozen=True)
class Window:
    """One window of one track, event, series or size under one hypothesis."""

    kind: Kind
    name: str
    first: int  # step
    last: int  # step, included
    cells: int
    surprise: float  # mean over draws of minus log probability, nats; for measurements and sizes half of z squared
    expected: float
    z: float  # mean over draws of (surprise - expected) / sd
    z_error: float  # Monte-Carlo standard error
    p: float
    p_error: float
    flagged: bool


@dataclass(frozen=True)
class Check:
    """All tests of one hypothesis, worst first."""

    windows: tuple[Window, ...]

    @property
    def worst(self) -> tuple[Window, ...]:
        """The windows it explains worst."""
        return self.windows[:WORST]


def check(scenario: Scenario, model: Model, replayed: PosteriorReplay, *, seed: int) -> dict[str, Check]:
    """Every window of the record under every hypothesis that some draw of the replay allows.

    Args:
        seed: of the throws.
    """
    out = {}
    for number, name in enumerate(replayed.draws.hypotheses):
        chosen, weights = _chosen(replayed, number)
        if len(chosen):
            rng = streams.rng("predictive checks", seed, number)
            tests = list(_tests(scenario, model, replayed, chosen, weights, rng))
            bound = FALSE_ALARM / max(1, len(tests))
            judged = [replace(test, flagged=test.p <= bound) for test in tests]
            out[name] = Check(tuple(sorted(judged, key=lambda s: (s.p, -s.z, s.first))))
    return out


def windows(steps: int) -> list[tuple[int, int]]:
    """(first, last) step of every window; a remainder of less than half a window joins the one before."""
    starts = list(range(0, steps, WINDOW))
    if len(starts) > 1 and 2 * (steps - starts[-1]) < WINDOW:
        starts.pop()
    return [(a, b - 1) for a, b in zip(starts, [*starts[1:], steps], strict=True)]


def _chosen(replayed: PosteriorReplay, hypothesis: int) -> tuple[np.ndarray, np.ndarray]:
    """Up to `PREDICTIVE_DRAWS` draws of a hypothesis, evenly from all of them, and their weights."""
    weights = replayed.draws.within(hypothesis) * replayed.possible
    mine = np.flatnonzero(weights > 0)
    mine = mine[np.unique(np.linspace(0, len(mine) - 1, min(PREDICTIVE_DRAWS, len(mine))).round().astype(int))]
    return mine, weights[mine] / weights[mine].sum() if len(mine) else weights[mine]


def _tests(scenario, model: Model, replayed: PosteriorReplay, chosen, weights, rng) -> Iterator[Window]:
    game, record = model.game, replayed.record
    found = predict_one_step(model, replayed, chosen)
    alive = found.alive
    zero = np.zeros(record.choice.shape[0], int)
    binary = [np.stack([1 - h, h]) for h in np.clip(np.asarray(found.hazards, float), 0, 1)]
    thrown: list[tuple[Kind, str, Any, Any, Any]] = [
        ("moves", t.id, np.exp(np.asarray(found.moves[i], float)), record.choice[:, i], record.observed_choice[:, i])
        for i, t in enumerate(game.tracks)
    ]
    for i, e in enumerate(game.events):
        thrown.append(("event", e.id, binary[i], record.event[:, i] + zero, record.observed_event[:, i]))
    scored: list[tuple[Kind, str, Any]] = [
        ("sizes", t.id, np.where(record.observed_choice[:, i, None], found.sizes[i], np.nan))
        for i, t in enumerate(game.tracks)
        if t.has_magnitude
    ]
    for name, scores in measured(scenario, model, replayed, chosen):
        scored.append(("measurements", name, scores))
    for first, last in windows(len(zero)):
        here = slice(first, last + 1)
        for kind, name, p, seen, observed in thrown:
            used = np.flatnonzero(observed[here] & alive[here]) + first
            made = _thrown(p[:, used], seen[used], weights, rng)
            if made is not None:
                yield Window(kind, name, first, last, len(used), *made, flagged=False)
        for kind, name, z in scored:
            part = z[here][alive[here]]
            cells = int((~np.isnan(part)).all(1).sum())
            if cells:
                yield Window(kind, name, first, last, cells, *_scored(part, cells, weights), flagged=False)


def _thrown(p: np.ndarray, seen: np.ndarray, weights: np.ndarray, rng: np.random.Generator):
    """Surprise of outcomes `seen`, shape (cell,), whose chances are `p`, shape (outcome, cell, draw)."""
    cost = -np.log(np.where(p > 0, p, 1.0))
    expected = -xlogy(p, p).sum(0)
    variance = (p * cost**2).sum(0) - expected**2
    if p.size == 0 or not (sd := np.sqrt(np.maximum(0.0, variance.sum(0)))).max() > 1e-6:
        return None  # nothing that could have gone otherwise
    surprise = np.take_along_axis(cost, seen[None, :, None], 0)[0].sum(0)
    z = np.divide(surprise - expected.sum(0), sd, out=np.zeros_like(sd), where=sd > 1e-9)
    chance, error = 1.0, 0.0
    for repeats in REPEATS:
        reached = _reached(p, cost, surprise, repeats, rng)
        count = repeats * len(weights)
        chance = (float(weights @ reached) * count + 1) / (count + 1)  # what was seen counts as one throw
        error = max(float(np.sqrt(weights**2 @ (reached - chance) ** 2)), chance / np.sqrt(reached.sum() * repeats + 1))
        if reached.sum() * repeats >= ENOUGH:
            break
    return *_summary(surprise, expected.sum(0), z, weights), chance, error


def _reached(p: np.ndarray, cost: np.ndarray, surprise: np.ndarray, repeats: int, rng: np.random.Generator):
    """Share of throws of each draw that surprise at least as much as what was seen, shape (draw,)."""
    edges = np.cumsum(p, 0)[:-1]
    total = np.zeros((p.shape[2], repeats))
    for cell in range(p.shape[1]):  # one at a time keeps the memory small
        u = rng.random(total.shape)
        at = (u > edges[:, cell, :, None]).sum(0)
        total += np.take_along_axis(cost[:, cell], at.T, 0).T
    return (total >= surprise[:, None] - 1e-6 * (1 + surprise[:, None])).mean(1)


def _scored(z: np.ndarray, cells: int, weights: np.ndarray):
    """Surprise of normal scores, shape (cell, draw), nan where there is none: half their squares."""
    total = np.nansum(z**2, 0)
    chance = chdtrc(cells, total)
    p = float(weights @ chance)
    expected = np.full(total.shape, cells / 2)
    summary = _summary(total / 2, expected, (total / 2 - expected) / np.sqrt(cells / 2), weights)
    return *summary, p, float(np.sqrt(weights**2 @ (chance - p) ** 2))


def _summary(surprise, expected, z, weights) -> tuple[float, float, float, float]:
    mean = float(weights @ z)
    error = float(np.sqrt(weights**2 @ (z - mean) ** 2))
    return float(weights @ surprise), float(weights @ expected), mean, error


def check_results(scenario: Scenario, check: Check) -> list[run.Window]:
    """The worst windows of one hypothesis, for the result."""
    clock, day = scenario.clock, dt.timedelta(days=1)
    return [
        run.Window(
            start=clock.date_of(s.first),
            end=clock.date_of(s.last + 1) - day,
            kind=s.kind,
            name=s.name,
            cells=s.cells,
            surprise=s.surprise,
            expected=s.expected,
            z=s.z,
            z_mc_error=s.z_error,
            p=s.p,
            p_mc_error=s.p_error,
            flagged=s.flagged,
        )
        for s in check.worst
    ]
