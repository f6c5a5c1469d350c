"""Particles under changed priors, from those at hand: for a session, which is asked again and again and must answer at
once. No command calls this, and nothing of it is kept on disk: a command's answer does not depend on what ran before.

Values stay what they are, and each particle counts for the ratio of its prior densities. Where these ratios can be
trusted (`psis`) and enough particles carry them, the particles are resampled by them, and no likelihood is evaluated.
Else the ratio is tempered, from 0, where the particles at hand are draws, to 1: the same rounds as a fit's, but from
near by. What the particles cannot reach is fitted anew: values that the old priors forbid, a parameter that becomes
known or unknown, values beyond what the new priors' map resolves, priors so far off that hardly a particle counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from detente.engine.likelihood import IMPOSSIBLE
from detente.inference.density import Model
from detente.inference.draws import Evidence
from detente.inference.fit import Fit, normalised_weights
from detente.inference.moves import Place
from detente.inference.psis import smoothed
from detente.inference.quantile_tables import FARTHEST
from detente.inference.quantiles import Quantiles
from detente.inference.smc import LogLikelihood, Particles, anneal, generators, in_z, mover, resample, run
from detente.language.records import Scenario
from detente.progress import Share, StageProgress
from detente.settings import SMCSettings

TRUSTED = 0.7  # largest k
NEAR = 16  # particles that re-weighted ones must be worth for a bridge in a session: farther off, evidence was low
STREAM = "changed priors"

SCORES: dict[str, Callable[..., np.ndarray]] = {  # d log density / d value
    "normal": lambda x, mean, sd: (mean - x) / sd**2,
    "lognormal": lambda x, m, s: -(1 + (np.log(x) - m) / s**2) / x,
    "halfnormal": lambda x, sd: -x / sd**2,
    "truncnormal": lambda x, mean, sd, low, high: (mean - x) / sd**2,
    "uniform": lambda x, low, high: np.zeros_like(x),
    "loguniform": lambda x, low, high: -1 / x,
    "beta": lambda x, a, b: (a - 1) / x - (b - 1) / (1 - x),
    "gamma": lambda x, shape, rate: (shape - 1) / x - rate,
    "exponential": lambda x, rate: np.full_like(x, -rate),
}


class Changed(NamedTuple):
    """Particles under the new priors, and how they were got."""

    particles: Particles
    how: str  # "kept", "re-weighted", "bridged" or "anew"
    k: float  # shape of the ratios' tail; -inf where they are equal, inf where they say nothing


def under_new_priors(
    particles: Particles,
    old: Quantiles,
    new: Quantiles,
    log_likelihood: LogLikelihood,
    seed: int,
    settings: SMCSettings,
    progress: Share | None = None,
    *,
    near: float = 0.0,
) -> Changed:
    """Particles under other priors of the same parameters, with their evidence.

    Args:
        particles: posterior draws under the old priors, from `smc`.
        old: maps of the old priors; `new`: those of the new ones.
        log_likelihood: as for `smc.run`; the particles' own.
        seed: of all randomness here; the one that made the particles may be used again.
        settings: those that the particles were made with.
        progress: called with the temperature after each round, if there are any.
        near: how many particles the re-weighted ones must be worth for a bridge; else they are made anew.
    """
    ratio = _Ratio(old, new)
    if not ratio.columns:
        return Changed(particles, "kept", -np.inf)
    layout = particles.z.shape[:2]
    values = old.values(particles.z.reshape(-1, len(old)))
    logs, z = ratio.logs(values), ratio.in_new_z(values, particles.z.reshape(-1, len(old)))
    inside = logs > IMPOSSIBLE / 2
    if not ratio.reachable or not inside.any() or np.abs(z[inside]).max() > FARTHEST:
        return Changed(run(log_likelihood, new, seed, settings, progress), "anew", np.inf)
    carried = np.log(np.maximum(Evidence(particles.increments, particles.mixed).island_weights(), 1e-300))
    smooth = np.full(len(logs), IMPOSSIBLE)
    (smooth[inside],), (k,) = smoothed(logs[inside][None])
    shares = np.exp(smooth.reshape(layout) + carried[:, None] - smooth.max() - carried.max())
    worth = shares.sum() ** 2 / (shares**2).sum()
    if k <= TRUSTED and worth >= settings.target_ess * len(logs):
        rngs = generators(seed, STREAM, 0, layout[0])
        chosen, increment, mixed = resample(smooth.reshape(layout), carried, layout[1], rngs)
        return Changed(
            particles._replace(
                z=z[chosen].reshape(particles.z.shape),
                log_likelihood=particles.log_likelihood.ravel()[chosen].reshape(layout),
                increments=np.vstack([particles.increments, increment]),
                mixed=np.append(particles.mixed, mixed),
                temperatures=np.append(particles.temperatures, 1.0),
                acceptance=np.append(particles.acceptance, particles.acceptance[-1]),
            ),
            "re-weighted",
            k,
        )
    if not inside.all() or worth < near:
        return Changed(run(log_likelihood, new, seed, settings, progress), "anew", k)
    return Changed(_bridged(particles, z, ratio, log_likelihood, carried, seed, settings, progress), "bridged", k)


def fit_under_new_priors(
    base: Fit, scenario: Scenario, model: Model, seed: int, progress: StageProgress | None = None
) -> Fit | None:
    """A fit under the priors of an edited scenario, from the particles of one with the same likelihood and record.

    None where it has to be made anew: by another sampler or of other hypotheses, a likelihood that is only estimated, a
    parameter that becomes known or whose values so far the new priors do not cover.

    Args:
        base: made by a sampler, not from another fit's particles.
        seed: that it was made with.
    """
    same = base.sampler == "smc" and model.latent.mode != "particles" and list(base.particles) == list(model.quantiles)
    if not same or not all(_Ratio(base.quantiles[h], new).reachable for h, new in model.quantiles.items()):
        return None
    particles, got, likelihood = {}, {}, model.likelihood()
    for number, (h, new) in enumerate(model.quantiles.items()):
        share = None if progress is None else partial(progress, h)
        changed = under_new_priors(
            base.particles[h],
            base.quantiles[h],
            new,
            likelihood,
            seed * 1_000 + number,
            base.settings,
            share,
            near=NEAR,
        )
        particles[h] = changed.particles
        got |= {h: changed.how} if changed.how in ("re-weighted", "bridged") else {}
    return Fit(
        model.parameters,
        model.quantiles,
        normalised_weights(scenario),
        particles,
        base.settings,
        of=(scenario, model),
        got=got,
        base=base,
    )


class _Ratio:
    """New prior density over old one, of the parameters whose priors differ."""

    def __init__(self, old: Quantiles, new: Quantiles) -> None:
        self.new = new
        pairs = zip(old.priors, new.priors, strict=True)
        self.columns = [(i, was, now) for i, (was, now) in enumerate(pairs) if was != now]
        certain = any("fixed" in (was.family, now.family) for _, was, now in self.columns)
        # SciPy's frozen distributions take a millisecond to make; a value that is known has none
        self.frozen = [] if certain else [(i, was.frozen(), now.frozen()) for i, was, now in self.columns]
        self.reachable = not certain and all(_covers(was, now) for _, was, now in self.frozen)

    def logs(self, values: np.ndarray) -> np.ndarray:
        """Log ratios at values (n, parameter), shape (n,); `IMPOSSIBLE` where there is none."""
        out = np.zeros(len(values))
        with np.errstate(all="ignore"):  # at the ends of a support
            for i, was, now in self.frozen:
                out += now.logpdf(values[:, i]) - was.logpdf(values[:, i])
        return np.where(np.isfinite(out), out, IMPOSSIBLE)

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Gradient of the log ratios in the values, shape (n, parameter)."""
        out = np.zeros_like(values)
        with np.errstate(all="ignore"):
            for i, was, now in self.columns:
                x = values[:, i]
                out[:, i] = SCORES[now.family](x, *now.arguments) - SCORES[was.family](x, *was.arguments)
        return out

    def in_new_z(self, values: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The normal scores of values under the new priors: `z` but for the parameters whose priors differ.

        From the tail that is nearer; infinite for what the new prior forbids.
        """
        out = z.copy()
        for i, _, now in self.frozen:
            below, above = now.logcdf(values[:, i]), now.logsf(values[:, i])
            out[:, i] = np.where(below < above, special.ndtri_exp(below), -special.ndtri_exp(above))
        return out


def _covers(was: Any, now: Any) -> bool:
    """Whether one distribution allows all that another does."""
    (low, high), (least, most) = was.support(), now.support()
    return bool(low <= least and most <= high)


def _bridged(
    particles: Particles,
    z: np.ndarray,
    ratio: _Ratio,
    log_likelihood: LogLikelihood,
    carried: np.ndarray,
    seed: int,
    settings: SMCSettings,
    progress: Share | None,
) -> Particles:
    """Particles whose ratio of prior densities was tempered from 0 to 1."""

    def evaluate(z: np.ndarray, _: np.random.Generator) -> Place:
        values, slopes = ratio.new.values_and_slopes(z)
        found, gradient = log_likelihood(values)
        logs, rise = ratio.logs(values), in_z(ratio.scores(values), slopes, z)
        whole = in_z(gradient, slopes, z)
        if not whole.shape[1]:
            return Place(z, logs, found - logs, whole, whole)
        return Place(z, logs, found - logs, rise, whole - rise)

    islands, count = particles.z.shape[:2]
    place = evaluate(z, generators(seed, STREAM, 0, islands).common)
    move, settings = mover(evaluate, place, replace(settings, islands=islands, particles=count))
    rounds = anneal(place, move, seed, settings, weight=carried, stream=STREAM, progress=progress)
    return Particles(
        z=rounds.place.z.reshape(particles.z.shape),
        log_likelihood=(rounds.place.fixed + rounds.place.tempered).reshape(islands, count),
        increments=np.vstack([particles.increments, rounds.increments]),
        mixed=np.append(particles.mixed, rounds.mixed),
        possible=particles.possible,
        temperatures=np.append(particles.temperatures, rounds.temperatures),
        acceptance=np.append(particles.acceptance, rounds.acceptance),
        reached=particles.reached and rounds.reached,
    )
