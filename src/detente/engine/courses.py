"""Courses of action as arrays: which moves are forced or forbidden, from the branch on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detente.engine.compile import Game
from detente.scenario.records import HOLD, Course

FREE = -1


class CourseArrays(NamedTuple):
    """A course as data, so that one compiled program serves every course. `step` counts from the branch."""

    force: np.ndarray  # (step, track) int: FREE, or the index of the move (0 = hold)
    magnitude: np.ndarray  # (step, track): NaN where it is drawn
    allowed: tuple[np.ndarray, ...]  # per track (move + 1,) bool, hold first


def course_arrays(game: Game, course: Course, start: int) -> CourseArrays:
    """Lay a course out on the steps from `start` to the end of the clock."""
    steps = game.clock.steps - start
    force = np.full((steps, len(game.tracks)), FREE, np.int32)
    magnitude = np.full((steps, len(game.tracks)), np.nan, np.float32)
    allowed = []
    for i, track in enumerate(game.tracks):
        index = {HOLD: 0, **{m.id: n + 1 for n, m in enumerate(track.moves)}}
        for day, forced in course.force.get(track.id, {}).items():
            k = game.clock.step_of(day) - start
            force[k, i] = index[forced.move]
            if forced.magnitude is not None:
                magnitude[k, i] = forced.magnitude
        mask = np.ones(len(index), bool)
        mask[[index[m] for m in course.forbid.get(track.id, ())]] = False
        allowed.append(mask)
    return CourseArrays(force, magnitude, tuple(allowed))
