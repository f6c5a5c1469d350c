"""Zones of agreement: exact against linear programming and closed forms, and the search against the exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from detente.futures.zone import Affine, Space, extent_affine, nash_affine, volume
from detente.futures.zone_search import extent_search, nash_search

DIVISIBLE = Space(np.array([0.0, -1.0, 2.0]), np.array([1.0, 2.0, 2.5]), (None, None, None))
WITHIN = 2.5e-4  # of a term's range: so exactly an end of the zone is found
MIXED = Space(np.zeros(3), np.ones(3), (None, (0.0, 1.0), (0.0, 0.5, 1.0)))


def random_gains(space: Space, cases: int, seed: int) -> Affine:
    luck = np.random.default_rng(seed)
    return Affine(luck.normal(-0.5, 1, (cases, 2)), luck.normal(0, 1, (cases, 2, len(space.low))))


def function_of(gains: Affine):
    def at(terms: np.ndarray, part: slice = slice(None)) -> np.ndarray:
        slope = gains.slope[part]
        return gains.base[part][:, None] + np.einsum(
            "cpk,cmk->cmp", slope, np.broadcast_to(terms, (len(slope), *terms.shape[1:]))
        )

    return at


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_emptiness_and_extent_are_those_of_linear_programming(seed):
    gains = random_gains(DIVISIBLE, 1, seed)
    zone = nash_affine(DIVISIBLE, gains, np.zeros((1, 3)))
    bounds = list(zip(DIVISIBLE.low, DIVISIBLE.high, strict=True))

    def program(goal):
        return linprog(goal, A_ub=-gains.slope[0], b_ub=gains.base[0], bounds=bounds)

    assert zone.exists[0] == (program(np.zeros(3)).status == 0)
    least, most = extent_affine(DIVISIBLE, gains, zone)
    if zone.exists[0]:
        within = WITHIN * (DIVISIBLE.high - DIVISIBLE.low)
        for k, goal in enumerate(np.eye(3)):
            assert least[0, k] == pytest.approx(program(goal).fun, abs=within[k])
            assert most[0, k] == pytest.approx(-program(-goal).fun, abs=within[k])
    else:
        assert np.isnan(least).all() and (zone.terms == 0).all() and (zone.gain == 0).all()


def test_no_terms_beat_the_nash_point():
    gains = random_gains(MIXED, 200, 3)
    zone, at = nash_affine(MIXED, gains, np.zeros((200, 3))), function_of(gains)
    tried = np.random.default_rng(4).random((2_000, 3))
    tried[:, 1:] = np.round(2 * tried[:, 1:]) / 2
    tried[:, 1] = np.round(tried[:, 1])
    found = at(tried[None])
    better = (found >= 0).all(-1) & (found.prod(-1) > zone.gain.prod(-1)[:, None] + 1e-9)
    assert 20 < zone.exists.sum() < 180
    assert not better.any()
    assert not (found >= 0).all(-1)[~zone.exists].any()


def test_the_extent_reaches_over_gaps():
    """Where something cannot be divided, what suits both may lie in pieces: the ends are those of all pieces."""
    space = Space(np.zeros(2), np.ones(2), (None, (0.0, 1.0)))
    # without the second term the first has to lie in [0, 0.2], with it in [0.6, 0.7]
    gains = Affine(np.array([[0.0, 0.2]]), np.array([[[1.0, -0.6], [-1.0, 0.5]]]))
    zone = nash_affine(space, gains, np.zeros((1, 2)))
    least, most = extent_affine(space, gains, zone)
    assert least[0] == pytest.approx([0.0, 0.0], abs=WITHIN) and most[0] == pytest.approx([0.7, 1.0], abs=WITHIN)


def test_a_pie_is_split_by_what_each_side_could_get_alone():
    """Two sides, one pie: the closed form is value + half of the surplus, and no zone where values exceed the pie."""
    own = np.array([[0.2, 0.5], [0.6, 0.5], [0.0, 1.0]])
    gains = Affine(np.stack([-own[:, 0], 1 - own[:, 1]], 1), np.tile(np.array([[[1.0], [-1.0]]]), (3, 1, 1)))
    zone = nash_affine(Space(np.zeros(1), np.ones(1), (None,)), gains, np.full((3, 1), 0.9))
    assert zone.exists.tolist() == [True, False, True]
    assert zone.terms[:, 0] == pytest.approx([0.35, 0.9, 0.0])
    assert zone.gain[0] == pytest.approx([0.15, 0.15])
    whole = nash_affine(Space(np.zeros(1), np.ones(1), ((0.0, 1.0),)), gains, np.zeros((3, 1)))
    assert whole.exists.tolist() == [False, False, True]  # what cannot be divided leaves nothing between the values


@pytest.mark.parametrize("space", [DIVISIBLE, MIXED], ids=["divisible", "mixed"])
def test_search_finds_what_is_exact(space):
    gains = random_gains(space, 24, 5)
    otherwise = np.tile(space.low, (24, 1))
    exact, at = nash_affine(space, gains, otherwise), function_of(gains)
    found = nash_search(space, at, 24, otherwise)
    assert (found.exists == exact.exists).all()
    assert found.gain.prod(1) == pytest.approx(exact.gain.prod(1), rel=1e-3, abs=1e-6)
    least, most = extent_search(space, at, found)
    low, high = extent_affine(space, gains, exact)
    step = (space.high - space.low) / 10
    inside = exact.exists
    assert (least[inside] >= low[inside] - 1e-6).all() and (most[inside] <= high[inside] + 1e-6).all()
    assert (np.abs(least - low)[inside] <= step + 1e-6).mean() > 0.9


def test_search_takes_three_parties_and_curved_utilities():
    """Three split a pie, utilities are square roots, values zero: by symmetry a third each."""
    space = Space(np.zeros(2), np.ones(2), (None, None))

    def gains(terms: np.ndarray, part: slice) -> np.ndarray:
        third = 1 - terms.sum(-1)
        root = np.sqrt(np.maximum(np.stack([terms[..., 0], terms[..., 1], third], -1), 0))
        return np.where((third >= 0)[..., None], root, -1.0)

    zone = nash_search(space, gains, 1, np.zeros((1, 2)))
    assert zone.exists[0]
    assert zone.terms[0] == pytest.approx([1 / 3, 1 / 3], abs=1e-3)


def test_volume_is_the_share_of_terms_inside():
    gains = Affine(np.array([[-0.25, 0.75]]), np.array([[[1.0, 0.0], [-1.0, 0.0]]]))
    space = Space(np.zeros(2), np.ones(2), (None, None))
    assert volume(function_of(gains), space)[0] == pytest.approx(0.5, abs=0.01)  # 0.25 <= first term <= 0.75
