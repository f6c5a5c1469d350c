"""Chances from counts and probabilities: exact on average, and never noisier than counting.

Exact chances come from the lattice: of events that happen once, that repeat and excite themselves, that compete to end
the war, of moves whose appeal they drive, and of groups of them. A marker stock for each remembers whether it has
happened.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from detente.engine import simulate
from detente.engine.game import rules, scene
from detente.engine.game.compile import compile_game
from detente.engine.game.courses import CourseArrays, course_arrays
from detente.engine.simulate import Outcome, Tally
from detente.futures import chances
from detente.games.lattice import forward, lattice
from detente.language.priors import Prior
from detente.language.records import Course, Forced, Scenario
from tests.engine.games import START, effects, event, move, scenario, stock, track
from tests.engine.planted import planted

STEPS, DRAWS, FUTURES = 7, 600, 64
ALIKE = 900  # draws of one parameter value
THETAS = (0.4, 1.0, 1.7)
ERRORS = 4.8  # 2 in a million for one number; 250 numbers and 3 plays: a right build fails one time in 1,000
ROUNDING = 3e-7  # sums of float32
# The ratio r of two sds, of the mixture and of the counts, has the standard error r * sqrt((1 - r^2) / draws), for
# what the best mixture takes off the counts does not correlate with it. Whatever r below 1 is, `ERRORS` of these above
# it lie at most at 1 + ERRORS^2 / (2 * draws): of 70 such ratios one is beyond it by chance one time in 10,000.
NOISIER = 1 + ERRORS**2 / (2 * ALIKE)
RARE, SURE = "rare", "sure"
NAMES = ("talks", "raids", "war", "peace", RARE, SURE)


def game() -> Scenario:
    """Heat that raids and one's own moves add to, and that drives all else."""

    def log(name: str) -> dict[str, str]:
        return {f"did__{name}": "1"}

    markers = [stock(f"did.{name}", low=0, high=1) for name in (*NAMES, "act", "hit", "reply", "either")]
    return scenario(
        record=0,
        steps=STEPS,
        parameters={"a": Prior("uniform", (0.0, 2.0))},
        stocks=[stock("heat", 1, low=0, high=4, flow="-where(heat > 2, 1, 0)"), *markers],
        tracks=[
            track(
                "A.front",
                move("act", "a * heat - 2", effects=effects(heat="1", **log("act"), did__either="1")),
                move("hit", "a - 2.5", needs="heat >= 2", effects=effects(heat="1", **log("hit"))),
            ),
            track("B.front", move("reply", "0.8 * heat - 1.5", effects=effects(**log("reply")))),
        ],
        events=[
            event("talks", "0.08 / (1 + a * heat)", once=True, effects=effects(heat="-1", **log("talks"))),
            event(
                "raids", "min(0.8, 0.02 + 0.15 * a * heat)", effects=effects(heat="1", did__either="1", **log("raids"))
            ),
            event("war", "0.01 * heat", ends=True, effects=effects(**log("war"))),
            event("peace", "0.02 + 0.02 * a", ends=True, effects=effects(**log("peace"))),
            event(RARE, "0.0008 * heat", once=True, effects=effects(**log(RARE))),
            event(SURE, "min(0.95, 0.45 + 0.12 * heat)", effects=effects(**log(SURE), did__either="1")),
        ],
        courses={
            "free": Course("free", "free", {}, {}),
            "bound": Course(
                "bound",
                "bound",
                {"A.front": {START: Forced("act", None), day(3): Forced("hold", None)}},
                {"B.front": ("reply",)},
            ),
        },
    )


def day(step: int):
    return scenario().clock.date_of(step)


@lru_cache(maxsize=1)
def built():
    told = game()
    return told, compile_game(told)


def watched() -> list[str]:
    """What is watched, in the order of `Outcome.first`: events, moves, and whichever of three comes first."""
    return [*NAMES, "act", "hit", "reply", "either"]


@lru_cache(maxsize=16)
def exact(theta: float, course: str) -> tuple[np.ndarray, np.ndarray]:
    """The chance that each has happened by the end of each step, and that it happens in each step: (step, watched)."""
    told, compiled = built()
    grid = lattice(told, {"a": theta}, nature=True, game=compiled, course=arrays(course))
    found = forward(grid)
    by = np.array(
        [[(grid.stock(f"did.{name}", k + 1) * found.states[k + 1]).sum() for name in watched()] for k in range(STEPS)]
    )
    return by, found.events


def arrays(course: str) -> CourseArrays:
    told, compiled = built()
    return course_arrays(compiled, told.courses[course], 0)


def play(course: str, *, draws: int = DRAWS, futures: int = FUTURES, seed: int = 1) -> Outcome:
    """Futures of draws that take the values of `THETAS` in turn."""
    _, compiled = built()
    theta = {"a": np.resize(THETAS, draws)}
    either = (NAMES.index("raids"), NAMES.index(SURE), len(NAMES))
    tally = Tally(((0, 1), (0, 2), (1, 1)), fan_lanes=0, dated=True, any_of=(either,))
    state = rules.start(compiled, theta, np.zeros(draws))
    simulate._program.cache_clear()
    return simulate.simulate(compiled, tally, arrays(course), theta, state, start=0, futures=futures, seed=seed)


def check_exact(course: str, outcome: Outcome, futures: int = FUTURES) -> None:
    """Every chance, of every parameter value, lies within its error of the exact one."""
    for number in range(len(THETAS)):
        mine = Outcome(*(a[number :: len(THETAS)] for a in outcome))
        by, in_step = exact(THETAS[number], course)
        for i, name in enumerate(watched()):
            within(chances.by_step(mine, i, futures), by[:, i], f"{name} by a step")
            if i < len(NAMES):
                found = np.stack([chances.in_step(mine, i, k, futures) for k in range(STEPS)], -1)
                within(found, in_step[:, i], f"{name} in a step")


def within(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    """Estimates (draw, half, step) of the same numbers (step,)."""
    draws = found.mean(1)
    error = draws.std(0) / np.sqrt(len(draws)) + ROUNDING * np.maximum(wanted, 1e-3)
    z = (draws.mean(0) - wanted) / error
    assert np.abs(z).max() < ERRORS, f"{what}: {z}"


@pytest.mark.parametrize("course", ["free", "bound"])
def test_chances_are_exact(course: str):
    check_exact(course, play(course))


def spread(outcome: Outcome, index: int, mixed: bool) -> np.ndarray:
    """The standard deviation of one draw's chance by the end of each step, of draws with one parameter value."""
    if mixed:
        return chances.by_step(outcome, index, FUTURES).mean(1).std(0)
    return (np.cumsum(outcome.first[..., index], 2) / (FUTURES // 2)).mean(1).std(0)


@pytest.fixture(scope="module")
def alike() -> Outcome:
    """Draws of one parameter value, so that what differs between them is chance."""
    return Outcome(*(a[1 :: len(THETAS)] for a in play("free", draws=3 * ALIKE, seed=7)))


def check_never_noisier(outcome: Outcome) -> None:
    for i, name in enumerate(watched()):
        counted, mixed = spread(outcome, i, False), spread(outcome, i, True)
        assert (mixed <= NOISIER * counted).all(), name


def test_never_noisier_than_counting(alike: Outcome):
    check_never_noisier(alike)


def test_far_less_noise_where_it_is_rare(alike: Outcome):
    """Of one per cent: a fifth of the error at most, as of 25 times as many futures. Of 97 per cent: no more noise."""
    by, _ = exact(THETAS[1], "free")
    assert by[-1, NAMES.index(RARE)] == pytest.approx(0.01, abs=0.001)
    assert by[-1, NAMES.index(SURE)] == pytest.approx(0.97, abs=0.005)
    gain = spread(alike, NAMES.index(RARE), False)[-1] / spread(alike, NAMES.index(RARE), True)[-1]
    assert gain > 5  # it is 19, and known to 4 % from so many draws: 18 standard errors
    sure = spread(alike, NAMES.index(SURE), False)[-1] / spread(alike, NAMES.index(SURE), True)[-1]
    assert sure > 1 / NOISIER


def test_few_draws_are_enough_to_be_right_on_average():
    """The share of the mixture comes from the very draws that are mixed: sixteen of them, again and again."""
    check_few_draws()


def check_few_draws() -> None:
    outcome, groups = Outcome(*(a[1 :: len(THETAS)] for a in play("free", draws=3 * 1600, seed=11))), []
    for first in range(0, 1600, 16):
        part = Outcome(*(a[first : first + 16] for a in outcome))
        groups.append([chances.by_step(part, i, FUTURES).mean((0, 1)) for i in range(len(watched()))])
    found = np.moveaxis(np.array(groups), 1, 2)  # (group, step, watched)
    for i, name in enumerate(watched()):
        within(found[:, None, :, i], exact(1.0, "free")[0][:, i], name)


def test_a_chance_that_no_luck_bears_on_has_no_noise():
    outcome = play("bound", draws=30)
    act, reply = watched().index("act"), watched().index("reply")
    np.testing.assert_array_equal(chances.by_step(outcome, act, FUTURES), 1.0)
    np.testing.assert_array_equal(chances.by_step(outcome, reply, FUTURES), 0.0)


# ---- planted errors

WRONG = {
    "happened already": (simulate, "arrays.where(seen, 0.0, p)", "p"),
    "after the end": (simulate, "arrays.where(alive, scene.chances[i][m - 1], 0.0)", "scene.chances[i][m - 1]"),
    "what is forced": (scene, 'arrays.where(flag("free", number), p, arrays.where(f, 1.0, 0.0))', "p"),
    "a group's events added up": (simulate, "none * (1.0 - chance[i]) if i < events", "none - chance[i] if i < events"),
    "a group without its moves": (simulate, "arrays.where(moved, 1.0, 1.0 - none)", "1.0 - none"),
}


@pytest.mark.parametrize("error", WRONG)
def test_errors_are_found(error: str):
    module, right, wrong = WRONG[error]
    with planted(module, (right, wrong)), pytest.raises(AssertionError):
        for course in ("free", "bound"):
            check_exact(course, play(course))


def test_probabilities_alone_are_found(alike: Outcome):
    """They are noisier than counts where something is all but sure."""
    with planted(chances, ("counts - share * difference", "counts - difference")), pytest.raises(AssertionError):
        check_never_noisier(alike)


def test_a_share_that_a_few_happenings_decide_is_found():
    """Where none happened it would be 0, and so would the chance."""
    with (
        planted(chances, ("(together + FROM_THE_START) / (alone + FROM_THE_START)", "together / (alone + 1e-9)")),
        pytest.raises(AssertionError),
    ):
        check_few_draws()
