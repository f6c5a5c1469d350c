"""Named streams of random numbers: each use of a seed draws from a stream of its own.

`rng(name, seed, ...)` is NumPy's generator of a stream; numbers after the seed tell its parts apart (a hypothesis, an
island). Futures draw from counters instead (`engine.random_numbers`), with seeds of their own kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NUMBERS = {
    "prior draws": 1,  # parameters before the evidence, by hypothesis and island
    "unseen noise": 2,  # where latent stocks stand at a course's branch date
    "synthetic history": 2,  # moves, events and noise of a record that a parameter draw makes
    "chain starts": 2,  # where NUTS chains begin
    "synthetic measurements": 3,  # what is measured along such a history
    "truths": 4,  # hypothesis and parameters of each replication of a calibration
    "bridge proposals": 4,  # of bridge sampling, for the evidence from chains
    "foresight weights": 4,  # the weights of looking ahead that are tried on each draw
    "replications": 5,  # draws that a truth is ranked among, by replication
    "energy test": 5,  # permutations of islands, where two samplers are compared
    "predictive checks": 5,  # replicated records, by hypothesis
    "prior variance": 6,  # of calibrated parameters
    "order of chains": 6,  # draws of chains as they are laid out in islands
    "bootstrap": 7,  # resampled crises, for the scores of response curves
    "maximum-likelihood starts": 8,  # where the search for a maximum begins
    "smc": 9,  # the fit, by round and island
    "changed priors": 10,  # particles that are resampled or bridged to other priors, by round and island
    "impossible record": 11,  # what stands for the draws of chains that no start allows
    "ties": 12,  # what parts draws that explain a row equally well, in an ArviZ tree
    "order of draws": 13,  # along the chains of an ArviZ tree
    "response curve": 8,  # draws from its summary, and by country
    "violence curve": 8,  # the same; what the two curves say of one draw is correlated
}
"""The number of each stream. Numbers that several share are kept, because published figures were made with them. Shared
by one analysis with one seed: the two response curves, and in the first replication of a calibration "synthetic
history" and "unseen noise"; there the numbers are correlated."""


def rng(name: str, seed: int, *parts: int) -> np.random.Generator:
    """The generator of a stream, or of one of its parts.

    Raises:
        KeyError: There is no stream of this name.
    """
    import numpy as np

    return np.random.default_rng([seed, NUMBERS[name], *parts])
