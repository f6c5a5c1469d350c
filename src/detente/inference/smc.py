"""Adaptive tempered sequential Monte Carlo in islands, on arrays of all particles at once.

Islands share temperatures and the scale of their proposals. Each resamples within itself and carries the weight it has
gathered; when few islands carry most of it, all particles are resampled together and the islands start level again. So
the spread between islands measures the Monte-Carlo error of whatever is computed from them. How particles move between
two temperatures: `moves`.

Everything is drawn from generators that belong to one island and one round, and sums are made in one order, so the
same seed gives the same bits on one machine, whatever else runs there. Products of small matrices are kept to one
thread: more of them take longer, and may add up in another order.

Sources: Del Moral, Doucet & Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3); adaptive temperatures:
Jasra et al. (2011), Scandinavian Journal of Statistics 38(1); islands: Vergé, Dubarry, Del Moral & Moulines (2015),
Statistics and Computing 25(2); tuning the proposals from the particles: Buchholz, Chopin & Jacob (2021), Bayesian
Analysis 16(3). Numbers of particles and islands and the tuning below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from detente import streams
from detente.engine.backends import threads
from detente.engine.likelihood import IMPOSSIBLE
from detente.inference.moves import Evaluate, Generators, Move, Place, hamiltonian, random_walk
from detente.inference.quantiles import Quantiles
from detente.inference.shapes import shapes
from detente.progress import Share
from detente.settings import SMCSettings

LogLikelihood = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]
Estimate = Callable[[np.ndarray, np.random.Generator], np.ndarray]


WALK_MOVES = 8  # random-walk proposals per temperature: a gradient-free move goes less far
WALK_ACCEPTANCE = 0.3  # between the 0.234 of an exact likelihood in many dimensions and the 0.44 in one
FIRST_STEPS = 4  # of a trajectory before its step is tuned
MIX_BELOW = 0.5  # islands are mixed when fewer than this share of them carries the weight
LEAST_ACCEPTANCE = 0.5  # of the one aimed at: below it the moves of a round are repeated with shorter steps
MOST_TRIES = 10
RETUNE = (-0.3, 0.15)  # by how much the logarithm of a step may change at once (our choice: down faster than up)
SHORT_ACCEPTANCE = 0.8  # of the one aimed at, where steps are so short that a trajectory is cut off
SMALLEST_RISE = 1e-300
STREAM = "smc"


class Particles(NamedTuple):
    """The outcome of one fit, equally weighted within an island."""

    z: np.ndarray  # (island, particle, parameter)
    log_likelihood: np.ndarray  # (island, particle)
    increments: np.ndarray  # (round, island) log mean weight: what each island says of each round's evidence ratio
    mixed: np.ndarray  # (round,) whether islands were mixed after it, and their weights made equal
    possible: int  # prior draws that do not forbid the record
    temperatures: np.ndarray  # (round,)
    acceptance: np.ndarray  # (round,) mean over islands
    reached: bool  # whether temperature 1 was reached


class Rounds(NamedTuple):
    """What the rounds from temperature 0 to 1 leave behind."""

    place: Place
    increments: np.ndarray  # (round, island)
    mixed: np.ndarray  # (round,)
    temperatures: np.ndarray  # (round,)
    acceptance: np.ndarray  # (round,)
    reached: bool


def run(
    log_likelihood: LogLikelihood,
    quantiles: Quantiles,
    seed: int,
    settings: SMCSettings,
    progress: Share | None = None,
) -> Particles:
    """Take particles from the prior to the posterior.

    Args:
        log_likelihood: of parameter values, shape (n, parameter), float64: the log likelihoods (n,), at worst
            `IMPOSSIBLE`, and their gradient (n, parameter), in which entries that are not finite count as 0; or None in
            its place, and then particles walk at random (`walking(settings)` is what they do).
        quantiles: of the priors.
        seed: of all randomness in this fit.
        progress: called with the temperature after each round.
    """

    def evaluate(z: np.ndarray, _: np.random.Generator) -> Place:
        values, slopes = quantiles.values_and_slopes(z[:, : len(quantiles)])
        found, gradient = log_likelihood(values)
        return Place(z, found, np.zeros(len(z)), in_z(gradient, slopes, z), np.zeros((len(z), 1)))

    place = evaluate(*_start(len(quantiles), seed, settings))
    move, settings = mover(evaluate, place, settings)
    return _particles(place, anneal(place, move, seed, settings, progress=progress), len(quantiles), settings)


def run_estimated(
    estimate: Estimate,
    quantiles: Quantiles,
    seed: int,
    settings: SMCSettings,
    progress: Share | None = None,
) -> Particles:
    """The same where the likelihood is only estimated, without bias; particles walk at random (`walking(settings)`).

    Args:
        estimate: of parameter values, shape (n, parameter), and a generator: logarithms of estimates, shape (n,).
    """

    def evaluate(z: np.ndarray, rng: np.random.Generator) -> Place:
        found = estimate(quantiles.values(z[:, : len(quantiles)]), rng)
        return Place(z, found, np.zeros(len(z)), np.zeros((len(z), 0)), np.zeros((len(z), 1)))

    place = evaluate(*_start(len(quantiles), seed, settings))
    move, settings = mover(evaluate, place, settings)
    return _particles(place, anneal(place, move, seed, settings, progress=progress), len(quantiles), settings)


def mover(evaluate: Evaluate, place: Place, settings: SMCSettings) -> tuple[Move, SMCSettings]:
    """How particles move from a place: along trajectories if it has a gradient, else at random; and the settings that
    belong to it."""
    if place.tempered_slope.shape[1]:
        return hamiltonian(evaluate, settings.moves, settings.length, settings.leapfrog), settings
    settings = walking(settings)
    return random_walk(evaluate, settings.moves), settings


def walking(settings: SMCSettings) -> SMCSettings:
    """The same particles with a random walk's tuning."""
    return replace(settings, moves=WALK_MOVES, leapfrog=1, target_acceptance=WALK_ACCEPTANCE)


@threads.one_blas_thread()
def anneal(
    place: Place,
    move: Move,
    seed: int,
    settings: SMCSettings,
    *,
    weight: np.ndarray | None = None,
    stream: str = STREAM,
    progress: Share | None = None,
) -> Rounds:
    """Take particles from temperature 0 to 1.

    Args:
        place: particles distributed as at temperature 0, in the order of the islands, as many in each; where there are
            more than the settings say, so many are chosen in the first round.
        move: from `moves`.
        weight: log weight that every island carries to begin with, shape (island,).
        stream: name of the random numbers; particles that a seed made go on with another stream of it.
        progress: called with the temperature after each round.
    """
    islands = settings.islands
    weight = np.zeros(islands) if weight is None else weight
    temperature, step, left = 0.0, settings.length / FIRST_STEPS, settings.final_moves
    temperatures, acceptances, increments, mixings = [], [], [], []
    for number in range(1, settings.max_rounds + 1):
        rngs = generators(seed, stream, number, islands)
        rise = next_rise(place.tempered, settings.target_ess * islands * settings.particles, 1.0 - temperature)
        temperature = 1.0 if temperature + rise > 1.0 - 1e-9 else temperature + rise
        logs = (rise * place.tempered).reshape(islands, -1)
        chosen, increment, mixed = resample(logs, weight, settings.particles, rngs)
        place = place.chosen(chosen)
        weight = np.zeros(islands) if mixed else weight + increment
        shape = shapes(place.z.reshape(islands, -1, place.z.shape[1]))
        acceptance = 0.0
        for _ in range(MOST_TRIES):
            place, acceptance = move(place, shape, temperature, step, rngs)
            step *= float(np.exp(np.clip(acceptance - _wanted(step, settings), *RETUNE)))
            if acceptance >= LEAST_ACCEPTANCE * settings.target_acceptance:
                break
        increments.append(increment)
        mixings.append(mixed)
        temperatures.append(temperature)
        acceptances.append(acceptance)
        if progress:
            progress(temperature)
        if temperature >= 1:
            if left == 0:
                break
            left -= 1
    return Rounds(
        place, np.array(increments), np.array(mixings), np.array(temperatures), np.array(acceptances), temperature >= 1
    )


def _wanted(step: float, settings: SMCSettings) -> float:
    """The acceptance to aim at: less where trajectories have their most steps and could only become shorter."""
    short = settings.leapfrog > 1 and settings.length > step * settings.leapfrog
    return settings.target_acceptance * (SHORT_ACCEPTANCE if short else 1.0)


def next_rise(tempered: np.ndarray, target: float, most: float) -> float:
    """By how much the temperature may rise for the weights to be worth `target` particles; at most `most`.

    Found to one part in a million, however small: where most particles forbid the record it rises so little that half
    of them survive, round after round.
    """
    if most <= 0 or _ess(most * tempered) >= target:
        return max(0.0, most)
    low, high = np.log(SMALLEST_RISE), np.log(most)
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _ess(np.exp(middle) * tempered) >= target else (low, middle)
    return float(np.exp(low))


def _ess(logs: np.ndarray) -> float:
    weights = np.exp(logs - logs.max())
    return float(weights.sum() ** 2 / (weights @ weights))


def resample(logs: np.ndarray, weight: np.ndarray, count: int, rngs: Generators) -> tuple[np.ndarray, np.ndarray, bool]:
    """Resample within the islands, or across all of them when few carry most of the weight.

    Args:
        logs: log weights of the particles, shape (island, particle).
        weight: log weight that every island has gathered since islands were last mixed, shape (island,).
        count: of particles to choose for each island.

    Returns:
        Indices into all particles, island by island; log mean weight of every island; whether islands were mixed.
    """
    islands, particles = logs.shape
    tops = logs.max(1, keepdims=True)
    shares = np.exp(logs - tops)
    increment = np.log(shares.mean(1)) + tops[:, 0]
    after = np.exp(weight + increment - (weight + increment).max())
    if after.sum() ** 2 / (after @ after) < MIX_BELOW * islands:
        everyone = (logs + weight[:, None]).ravel()
        chosen = _systematic(np.exp(everyone - everyone.max()), islands * count, rngs.common)
        return rngs.common.permutation(chosen), increment, True
    each = [_systematic(row, count, r) + i * particles for i, (row, r) in enumerate(zip(shares, rngs.own, strict=True))]
    return np.concatenate(each), increment, False


def _systematic(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many indices, each as often as its weight says, up to one more or less."""
    points = (rng.random() + np.arange(count)) / count
    chosen = np.searchsorted(np.cumsum(weights) / weights.sum(), points)
    return np.minimum(chosen, len(weights) - 1)


def generators(seed: int, stream: str, number: int, islands: int) -> Generators:
    """The random numbers of one round."""
    *own, common = (streams.rng(stream, seed, number, i) for i in range(islands + 1))
    return Generators(own, common)


def _start(parameters: int, seed: int, settings: SMCSettings) -> tuple[np.ndarray, np.random.Generator]:
    """Prior draws, shape (n, parameter), and a generator for what is estimated of them.

    A scenario without parameters has one that nothing reads.
    """
    rngs = generators(seed, STREAM, 0, settings.islands)
    shape = (settings.prior_draws * settings.particles, max(1, parameters))
    return np.concatenate([r.standard_normal(shape) for r in rngs.own]), rngs.common


def in_z(gradient: np.ndarray | None, slopes: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The gradient in z, with 0 where it is no number; shape (n, 0) where there is none.

    An expression such as where(x > 0, log(x), 0) has no usable gradient at x = 0. Leapfrog steps stay reversible and
    keep volume whatever vector field drives them, so the sampler stays exact; it only proposes less well there.
    """
    if gradient is None:
        return np.zeros((len(z), 0))
    with np.errstate(over="ignore", invalid="ignore"):
        found = gradient * slopes
    found[~np.isfinite(found)] = 0.0
    return found if found.shape == z.shape else np.zeros_like(z)


def _particles(start: Place, rounds: Rounds, parameters: int, settings: SMCSettings) -> Particles:
    layout = (settings.islands, settings.particles)
    return Particles(
        z=rounds.place.z.reshape(*layout, -1)[..., :parameters],
        log_likelihood=(rounds.place.fixed + rounds.place.tempered).reshape(layout),
        increments=rounds.increments,
        mixed=rounds.mixed,
        possible=int((start.tempered > IMPOSSIBLE / 2).sum()),
        temperatures=rounds.temperatures,
        acceptance=rounds.acceptance,
        reached=rounds.reached,
    )
