"""Every diagnostic can fail, and says what it found; a sound fit has nothing said against it."""

import numpy as np
import pytest

from detente.analysis.diagnosis import problems
from detente.engine.noise.observe import IMPOSSIBLE
from detente.inference.fit import Fit
from detente.inference.quantiles import Quantiles
from detente.inference.smc import Particles
from detente.language.priors import Prior
from detente.settings import SMCSettings

ISLANDS, DRAWS = 8, 64


def made(sampler="smc", **changes):
    """A sound fit of one hypothesis with two parameters, but for the changes."""
    z = np.random.default_rng(1).standard_normal((ISLANDS, DRAWS, 2))
    sound = Particles(
        z=z,
        log_likelihood=z[..., 0],
        increments=np.zeros((2, ISLANDS)),
        mixed=np.zeros(2, bool),
        possible=512,
        temperatures=np.array([0.5, 1.0]),
        acceptance=np.array([0.9, 0.8]),
        reached=True,
    )
    settings = SMCSettings(islands=ISLANDS, particles=DRAWS)
    priors = Quantiles([Prior("normal", (0.0, 1.0)), Prior("uniform", (1.0, 2.0))])
    return Fit(("a", "b"), {"h": priors}, {"h": 1.0}, {"h": sound._replace(**changes)}, settings, sampler=sampler)


def apart(by):
    """Draws of which the second parameter of one island lies elsewhere."""
    z = made().particles["h"].z.copy()
    z[2, :, 1] += by
    return z


@pytest.mark.parametrize("sampler", ["smc", "nuts"])
def test_a_sound_fit(sampler):
    assert problems(made(sampler)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reached": False}, "h: the sampler did not reach the posterior within its rounds"),
        ({"possible": 12}, "h: only 12 prior draws allow the record at all; its evidence is uncertain"),
        ({"acceptance": np.array([0.9, 0.31])}, "h: only 31% of the final moves were accepted"),
        (
            {"increments": np.full((1, ISLANDS), IMPOSSIBLE), "mixed": np.zeros(1, bool)},
            "h: no draw can explain the record; its weight is 0",
        ),
    ],
)
def test_one_problem(changes, message):
    assert problems(made(**changes)) == [message]


def test_islands_that_disagree():
    (text,) = [t for t in problems(made(z=apart(3.0))) if "disagree" in t]
    assert text.startswith("h: the islands disagree about b (r-hat 1.")
    assert text.endswith(", at most 1.1 wanted)")


def test_chains_are_held_to_more():
    """The same disagreement passes for islands, not for chains."""
    z = apart(1.1)
    assert not [t for t in problems(made(z=z)) if "disagree" in t]
    assert [t for t in problems(made("nuts", z=z)) if "disagree" in t]


def test_an_island_without_weight_has_no_say():
    increments = np.zeros((1, ISLANDS))
    increments[0, 2] = -50
    found = problems(made(z=apart(3.0), increments=increments, mixed=np.zeros(1, bool)))
    assert not [t for t in found if "disagree" in t]


def test_what_is_no_number_is_no_pass():
    found = problems(made(z=apart(np.nan)))
    assert [t for t in found if "disagree" in t] and [t for t in found if "effective draws" in t]


def test_draws_far_out_in_a_prior():
    z = made().particles["h"].z + np.array([12.0, 0.0])
    (text,) = problems(made(z=z))
    assert text == (
        "h: a: 100% of its draws lie more than 8 standard deviations out in the prior normal(0, 1) "
        "(on average 11.9): the record contradicts it"
    )


def test_few_effective_draws():
    z = np.repeat(made().particles["h"].z[:, :8], 8, axis=1)
    found = problems(made(z=z))
    assert [t for t in found if t.endswith("effective draws (at least 100 wanted)")]


def test_islands_that_disagree_on_the_evidence():
    increments = np.linspace(-8, 8, ISLANDS)[None]
    found = problems(made(increments=increments, mixed=np.ones(1, bool)))
    assert [t for t in found if t.startswith("h: its log evidence has a Monte-Carlo error of ")]
