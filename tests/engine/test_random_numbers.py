"""The hash must look random along every axis of its counter, and the checks must be able to fail."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from detente.engine.random_numbers import uniforms

FALSE_ALARM = 1e-6  # chance that a good hash fails one check; seeds are fixed on top
LANES = np.arange(1 << 16, dtype=np.uint32)


def table(seeds=(1,), steps=(0,), count=1, lanes=LANES):
    """Uniforms of shape (seed, step, draw, lane)."""
    rows = [[np.stack(uniforms(s, lanes, t, count)) for t in steps] for s in seeds]
    return np.asarray(rows, float)


def assert_uniform(u):
    """Kolmogorov-Smirnov against the uniform distribution."""
    p = kstest(np.ravel(u), "uniform").pvalue
    assert p > FALSE_ALARM, f"p = {p:.1e}"


def assert_independent(a, b, bins=16):
    """Chi-square on the joint histogram of two rows."""
    cells, _, _ = np.histogram2d(np.ravel(a), np.ravel(b), bins=bins, range=[[0, 1], [0, 1]])
    p = chisquare(cells.ravel()).pvalue
    assert p > FALSE_ALARM, f"p = {p:.1e}"


@pytest.mark.parametrize("axis", ["seed", "step", "draw", "lane"])
def test_uniform_along_every_axis(axis):
    u = {
        "seed": lambda: table(seeds=range(256), lanes=LANES[:256]),
        "step": lambda: table(steps=range(256), lanes=LANES[:256]),
        "draw": lambda: table(count=64, lanes=LANES[:1024]),
        "lane": table,
    }[axis]()
    assert_uniform(u)


@pytest.mark.parametrize("axis", ["seed", "step", "draw", "lane"])
def test_neighbours_are_independent(axis):
    a, b = {
        "seed": lambda: (table(seeds=(7,)), table(seeds=(8,))),
        "step": lambda: (table(steps=(3,)), table(steps=(4,))),
        "draw": lambda: table(count=2)[0, 0],
        "lane": lambda: (table()[..., :-1], table()[..., 1:]),
    }[axis]()
    assert_independent(a, b)


def test_the_checks_have_power():
    u = table()
    with pytest.raises(AssertionError):
        assert_uniform(u**1.05)
    with pytest.raises(AssertionError):
        assert_independent(u, (u + 0.05 * table(seeds=(2,))) % 1)


def test_luck_does_not_depend_on_the_batch():
    whole = table(count=3)
    part = table(count=3, lanes=LANES[1000:1010])
    np.testing.assert_array_equal(whole[..., 1000:1010], part)
