"""How the particles of SMC move: Hamiltonian trajectories where there is a gradient, else a random walk.

Both leave the density at the present temperature unchanged, whatever their tuning: log density = fixed + temperature *
tempered - z.z / 2. Both work in the coordinates of `shapes`, in which the particles of the other islands have
covariance I, and move all particles of all islands at once: one call of the likelihood for each step.

Where the likelihood is only estimated, a proposal brings a fresh estimate and the present one is kept; the estimate's
noise is one more unknown, which averages out because the estimate is unbiased.

Sources: lengths of trajectories at random: Bou-Rabee & Sanz-Serna (2017), Annals of Applied Probability 27(4);
estimated likelihoods: Andrieu & Roberts (2009), Annals of Statistics 37(2), and in tempered SMC Duan & Fulop (2015),
Journal of Business & Economic Statistics 33(2); acceptance of random walks: Roberts, Gelman & Gilks (1997), Annals of
Applied Probability 7(1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detente.inference.shapes import Shape

JITTER = (0.5, 1.5)  # uniform, of every trajectory's length: after half a period all would be at their mirror image
LOST = 1e4  # |z| from which on a trajectory counts as one that left for infinity (our choice, far beyond any prior)


class Generators(NamedTuple):
    """Random numbers of one round."""

    own: list[np.random.Generator]  # one per island
    common: np.random.Generator


class Place(NamedTuple):
    """Where particles are and what is known there; the leading axis runs over the particles of all islands."""

    z: np.ndarray  # (n, parameter)
    tempered: np.ndarray  # (n,) the part of the log density that the temperature multiplies
    fixed: np.ndarray  # (n,) the part that it does not, beside the prior's -z.z / 2
    tempered_slope: np.ndarray  # (n, parameter) d tempered / d z; (n, 0) where there is no gradient
    fixed_slope: np.ndarray  # as `tempered_slope`; (n, 1) where it is 0

    def log_density(self, temperature: float) -> np.ndarray:
        """Shape (n,)."""
        return self.fixed + temperature * self.tempered - 0.5 * np.einsum("np,np->n", self.z, self.z)

    def slope(self, temperature: float) -> np.ndarray:
        """Of the log density, shape (n, parameter)."""
        out = temperature * self.tempered_slope
        out += self.fixed_slope
        out -= self.z
        return out

    def chosen(self, index: np.ndarray) -> Place:
        """The particles of an index, which may repeat some."""
        return Place(*(a[index] for a in self))

    def moved(self, accepted: np.ndarray, there: Place) -> Place:
        """Each particle there where it was accepted, here elsewhere."""
        pairs = zip(self, there, strict=True)
        return Place(*(np.where(accepted if a.ndim == 1 else accepted[:, None], b, a) for a, b in pairs))


Evaluate = Callable[[np.ndarray, np.random.Generator], Place]  # of z, shape (n, parameter); randomness for an estimate
Move = Callable[[Place, Shape, float, float, Generators], tuple[Place, float]]


def hamiltonian(evaluate: Evaluate, trajectories: int, length: float, most_steps: int) -> Move:
    """Moves by trajectories of random length.

    Args:
        length: of a mean trajectory, in sds of the particles.
        most_steps: in one trajectory.

    Returns:
        move(place, shape, temperature, step_size, rngs) -> place, mean acceptance.
    """

    def move(place: Place, shape: Shape, temperature: float, step_size: float, rngs: Generators) -> tuple[Place, float]:
        steps = int(np.clip(round(length / step_size), 1, most_steps))
        metric = shape.factor @ np.swapaxes(shape.factor, 1, 2)
        acceptance = 0.0
        for _ in range(trajectories):
            momentum = _drawn(rngs, place.z.shape)
            own = (
                step_size
                * np.concatenate([r.uniform(*JITTER, len(place.z) // len(rngs.own)) for r in rngs.own])[:, None]
            )
            there, ended = _travel(evaluate, place, momentum, shape, metric, temperature, own, steps, rngs)
            with np.errstate(over="ignore", invalid="ignore"):
                ratio = there.log_density(temperature) - place.log_density(temperature)
                ratio += 0.5 * (np.einsum("np,np->n", momentum, momentum) - np.einsum("np,np->n", ended, ended))
            accepted, mean = _accepted(ratio, rngs)
            place = place.moved(accepted, there)
            acceptance += mean / trajectories
        return place, acceptance

    return move


def _travel(
    evaluate: Evaluate,
    start: Place,
    momentum: np.ndarray,
    shape: Shape,
    metric: np.ndarray,
    temperature: float,
    step: np.ndarray,
    steps: int,
    rngs: Generators,
) -> tuple[Place, np.ndarray]:
    """The ends of leapfrog trajectories: places, and momenta (of infinite size where a trajectory was lost).

    In z a particle has the velocity factor @ momentum, and a force changes it by metric @ force, so that each step
    takes one product with a matrix.
    """
    place, lost = start, np.zeros(len(start.z), bool)
    with np.errstate(over="ignore", invalid="ignore"):
        velocity = _times(momentum, np.swapaxes(shape.factor, 1, 2)) + 0.5 * step * _times(
            start.slope(temperature), metric
        )
        for number in range(steps):
            z = place.z + step * velocity
            gone = ~(np.abs(z).max(axis=1) < LOST)
            if gone.any():
                lost |= gone
                z[gone], velocity[gone] = start.z[gone], 0.0
            place = evaluate(z, rngs.common)
            velocity += (0.5 if number == steps - 1 else 1.0) * step * _times(place.slope(temperature), metric)
        ended = _times(velocity, np.swapaxes(shape.inverse, 1, 2))
    ended[lost] = np.inf
    return place, ended


def random_walk(evaluate: Evaluate, proposals: int) -> Move:
    """Moves by normal steps in the particles' coordinates; the likelihood may be exact or an unbiased estimate.

    Returns:
        move(place, shape, temperature, step_size, rngs) -> place, mean acceptance.
    """

    def move(place: Place, shape: Shape, temperature: float, step_size: float, rngs: Generators) -> tuple[Place, float]:
        acceptance = 0.0
        for _ in range(proposals):
            walk = _times(_drawn(rngs, place.z.shape), np.swapaxes(shape.factor, 1, 2))
            there = evaluate(place.z + step_size * walk, rngs.common)
            accepted, mean = _accepted(there.log_density(temperature) - place.log_density(temperature), rngs)
            place = place.moved(accepted, there)
            acceptance += mean / proposals
        return place, acceptance

    return move


def _drawn(rngs: Generators, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normals, each island's from its own generator."""
    return np.concatenate([r.standard_normal((shape[0] // len(rngs.own), *shape[1:])) for r in rngs.own])


def _accepted(log_ratio: np.ndarray, rngs: Generators) -> tuple[np.ndarray, float]:
    """Which proposals are taken (Metropolis), and the mean of their chances; a ratio that is no number is refused."""
    log_chance = np.minimum(0.0, np.where(np.isnan(log_ratio), -np.inf, log_ratio))
    coins = np.concatenate([r.random(len(log_ratio) // len(rngs.own)) for r in rngs.own])
    chance = np.exp(log_chance)
    return coins < chance, float(chance.mean())


def _times(rows: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Each island's rows times its matrix, shape (n, parameter)."""
    return (rows.reshape(len(matrices), -1, rows.shape[1]) @ matrices).reshape(rows.shape)
