"""Futures of a panel: for every parameter draw, futures of every case, averaged over the cases.

The chance of an event under a course is then the share of the cases in which it happens, as a scholar would report an
average predicted probability. Cases count alike, and so does each half of the futures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from detente.engine.game import panel
from detente.engine.game.courses import CourseArrays
from detente.engine.game.game import Game
from detente.engine.game.record import Record
from detente.engine.game.rules import State
from detente.engine.program import HALVES
from detente.engine.simulate import Outcome, simulate
from detente.futures.questions import Questions
from detente.inference.density import Model
from detente.inference.draws import Draws

LANES = 1 << 17  # futures at once: bounds what is kept before the cases are averaged


@lru_cache(maxsize=4)
def _game(model: Model) -> Game:
    return panel.one_case(model.game)


def futures_of(record: Record, futures: int) -> int:
    """How many futures each draw gets: at least `futures`, the same even number for every case."""
    cases = panel.cases_of(record)
    return cases * HALVES * -(-futures // (cases * HALVES))


def panel_player(
    model: Model,
    questions: Questions,
    draws: Draws,
    record: Record,
    *,
    futures: int,
    seed: int,
    draw_ids: np.ndarray,
) -> tuple[dict[str, np.ndarray], Callable[[CourseArrays], Outcome]]:
    """The stocks at the start, and a function that simulates a course for every draw and case and adds up over cases.

    Args:
        futures: futures per parameter draw, from `futures_of`.
        draw_ids: number of each draw in the random streams.

    Returns:
        The mean over cases of the stocks at the start, (1, draw) each; course -> sums over cases and futures per draw.
    """
    cases = panel.cases_of(record)
    each, size = futures // cases, max(1, LANES // futures)
    blocks = [slice(first, first + size) for first in range(0, len(draws), size)]
    states = [model.replay(draws.values[:, b], record, until=0).state(0) for b in blocks]
    columns = np.asarray(record.covariates)

    def block(course: CourseArrays, chosen: slice, state: State) -> list[np.ndarray]:
        values = draws.values[:, chosen]
        count = values.shape[1]
        flat = state.map(lambda a: np.moveaxis(a, 0, -1).reshape(count * cases))
        theta = {name: np.repeat(values[i], cases) for i, name in enumerate(model.game.parameters)}
        theta |= {name: np.tile(columns[i], count) for i, name in enumerate(model.game.case or ())}
        ids = (draw_ids[chosen, None] * cases + np.arange(cases)).ravel()
        found = simulate(
            _game(model),
            questions.tally,
            course,
            theta,
            flat,
            start=0,
            futures=each,
            seed=seed,
            draw_ids=ids,
            device=model.device,
        )
        return _added(found, count, cases)

    def play(course: CourseArrays) -> Outcome:
        parts = [block(course, chosen, state) for chosen, state in zip(blocks, states, strict=True)]
        return Outcome(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    means = {s: np.concatenate([state.stocks[s].mean(0) for state in states])[None] for s in states[0].stocks}
    return means, play


def _added(found: Outcome, draws: int, cases: int) -> list[np.ndarray]:
    """Sums over cases; of whole paths, a few of each draw are kept, from a case that changes with the draw."""
    out = []
    for name, array in found._asdict().items():
        by_case = np.asarray(array).reshape(draws, cases, *array.shape[1:])
        if name == "paths":
            out.append(by_case[np.arange(draws), shown(draws, cases)])
        else:
            out.append(by_case.sum(1, dtype=by_case.dtype))
    return out


_STRIDE = 7919  # a prime, so that neighbouring draws show cases far apart in the file


def shown(draws: int, cases: int) -> np.ndarray:
    """The case whose paths each draw keeps, shape (draw,)."""
    return np.arange(draws) * _STRIDE % cases
