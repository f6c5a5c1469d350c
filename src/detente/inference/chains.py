"""Many short chains of one posterior, in z, where the prior is N(0, I): how they start, are tuned, and go on.

They start from prior draws that allow the record, and run in lock step. One program (`nuts`) runs three times:

1. The pilot warms up, every chain by itself. Its later draws, pooled over the chains, give mean and covariance.
2. In coordinates in which these are 0 and I, every chain tunes its step size again; the median serves all, so that
   chains in lock step have trees of about one size.
3. Chains go on from there with nothing left to tune, and these draws count.

Pooling is why short chains do: the warm-up of one is far too short for the covariance of 50 parameters. Numbers of
chains and draws are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detente import streams
from detente.engine.likelihood import IMPOSSIBLE
from detente.settings import NUTSSettings

START_BATCHES, BATCH = 64, 512  # of prior draws, searched for some that allow the record


class Coordinates(NamedTuple):
    """z = centre + factor y. The sampler moves in y."""

    centre: np.ndarray  # (parameter,)
    factor: np.ndarray  # (parameter, parameter), lower triangular


class Place(NamedTuple):
    """Where chains are, and what is known there."""

    at: np.ndarray  # (chain, ...draw, parameter)
    potential: np.ndarray  # (chain, ...draw)
    slope: np.ndarray  # of the potential, as `at`


class Trace(NamedTuple):
    """What one run of the program leaves behind: leading axes (chain, draw)."""

    place: Place
    diverging: np.ndarray
    acceptance: np.ndarray
    leapfrog: np.ndarray
    step_size: np.ndarray

    def end(self) -> Place:
        """The last place of every chain."""
        return Place(*(a[:, -1] for a in self.place))


class Chains(NamedTuple):
    """The outcome for one hypothesis."""

    z: np.ndarray  # (chain, draw, parameter)
    log_likelihood: np.ndarray  # (chain, draw)
    diverging: np.ndarray  # (chain, draw) bool
    acceptance: np.ndarray  # (chain, draw)
    leapfrog: np.ndarray  # (chain, draw) gradients spent
    step_size: float  # in whitened coordinates
    possible: int  # prior draws found that do not forbid the record

    @property
    def tree_depth(self) -> np.ndarray:
        """Depth of each draw's tree, (chain, draw)."""
        return np.ceil(np.log2(self.leapfrog + 1)).astype(int)


# (number of the run, where chains are in y, first iteration, iterations, step size, coordinates). Iterations below
# `NUTSSettings.warmup` tune the step size and the mass.
Sample = Callable[[int, Place, int, int, float, Coordinates], Trace]
Evaluate = Callable[[np.ndarray], np.ndarray]  # log likelihoods (n,) of z (n, parameter)


def run(
    sample: Sample,
    evaluate: Evaluate,
    parameters: int,
    seed: int,
    settings: NUTSSettings,
    coordinates: Coordinates | None = None,
) -> tuple[Chains, Coordinates]:
    """Sample the posterior of one hypothesis.

    Args:
        sample: from `nuts.Sampler`.
        parameters: how many; a scenario without any has one that nothing reads.
        seed: of the starts.
        coordinates: of the pilot: another hypothesis' spare most of its time. None: z itself.

    Returns:
        Chains (when no prior draw allows the record, prior draws whose log likelihood is `IMPOSSIBLE`), and the
        coordinates they were drawn in.
    """
    dimension = max(1, parameters)
    here = coordinates or Coordinates(np.zeros(dimension), np.eye(dimension))
    z, possible = starts(evaluate, dimension, seed, settings.chains)
    if possible == 0:
        shape = (settings.chains, settings.draws)
        z = streams.rng("impossible record", seed).standard_normal((*shape, dimension))[..., :parameters]
        none = np.zeros(shape)
        return Chains(z, none + IMPOSSIBLE, none > 0, none, none.astype(int), 0.0, possible), here
    # the first of all half steps goes without the likelihood's slope: it costs a poor trajectory, and no compilation
    place = Place(z, 0.5 * np.sum(z * z, axis=-1) - evaluate(z), z)

    def go(number: int, place: Place, first: int, count: int, step_size: float, here: Coordinates) -> Trace:
        inside = Place(
            np.linalg.solve(here.factor, (place.at - here.centre).T).T, place.potential, place.slope @ here.factor
        )
        found = sample(number, inside, first, count, step_size, here)
        y, potential, slope = found.place
        slope = np.linalg.solve(here.factor.T, slope[..., None])[..., 0]
        return found._replace(place=Place(here.centre + y @ here.factor.T, potential, slope))

    pilot = go(0, place, 0, settings.warmup + settings.pilot, 1.0, here)
    here = whitening(pilot.place.at[:, settings.warmup :])
    tuned = go(1, pilot.end(), settings.warmup - settings.retune, settings.retune, 1.0, here)
    step_size = float(np.exp(np.median(np.log(tuned.step_size[:, -1]))))
    counted = go(2, tuned.end(), settings.warmup, settings.draws, step_size, here)
    z = counted.place.at
    chains = Chains(
        z=z[..., :parameters],
        log_likelihood=0.5 * np.sum(z * z, axis=-1) - counted.place.potential,
        diverging=counted.diverging,
        acceptance=counted.acceptance,
        leapfrog=counted.leapfrog,
        step_size=step_size,
        possible=possible,
    )
    return chains, here


def whitening(draws: np.ndarray) -> Coordinates:
    """Coordinates in which draws, shape (chain, draw, parameter), have mean 0 and covariance about I.

    The covariance is drawn a little towards the prior's, I, as if a tenth as many draws had come from there as there
    are parameters: few chains of few draws could leave it singular.
    """
    flat = draws.reshape(-1, draws.shape[-1])
    count, dimension = flat.shape
    share = count / (count + 0.1 * dimension)
    covariance = share * np.cov(flat.T).reshape(dimension, dimension) + (1 - share) * np.eye(dimension)
    return Coordinates(flat.mean(0), np.linalg.cholesky(covariance))


def starts(evaluate: Evaluate, dimension: int, seed: int, chains: int) -> tuple[np.ndarray, int]:
    """Prior draws that allow the record, one per chain (repeated if too few are found), shape (chain, dimension); and
    how many were found."""
    rng = streams.rng("chain starts", seed)
    kept = np.zeros((0, dimension))
    for _ in range(START_BATCHES):
        z = rng.standard_normal((BATCH, dimension))
        kept = np.concatenate([kept, z[evaluate(z) > IMPOSSIBLE / 2]])
        if len(kept) >= chains:
            break
    return (kept[np.arange(chains) % len(kept)] if len(kept) else kept), len(kept)
