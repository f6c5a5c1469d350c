"""Courses of action as arrays: which moves are forced or forbidden, from the branch on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detente.engine.game.game import Game
from detente.language.records import HOLD, Course

FREE = -1


class CourseArrays(NamedTuple):
    """A course as data, so that one compiled program serves every course. `step` counts from the branch."""

    force: np.ndarray  # (step, track) int: FREE, or the index of the move (0 = hold)
    magnitude: np.ndarray  # (step, track): NaN where it is drawn
    allowed: tuple[np.ndarray, ...]  # per track (move + 1,) bool, hold first


def free_course(game: Game, steps: int) -> CourseArrays:
    """No move forced and none forbidden, for a number of steps."""
    shape = (steps, len(game.tracks))
    allowed = tuple(np.ones(len(t.moves) + 1, bool) for t in game.tracks)
    return CourseArrays(np.full(shape, FREE, np.int32), np.full(shape, np.nan, np.float32), allowed)


def course_arrays(game: Game, course: Course, start: int) -> CourseArrays:
    """Lay a course out on the steps from `start` to the end of the clock."""
    free = free_course(game, game.clock.steps - start)
    for i, track in enumerate(game.tracks):
        index = {HOLD: 0, **{m.id: n + 1 for n, m in enumerate(track.moves)}}
        for day, forced in course.force.get(track.id, {}).items():
            k = game.clock.step_of(day) - start
            free.force[k, i] = index[forced.move]
            if forced.magnitude is not None:
                free.magnitude[k, i] = forced.magnitude
        free.allowed[i][[index[m] for m in course.forbid.get(track.id, ())]] = False
    return free


def restricted(table: np.ndarray, track: int, since: int, course: CourseArrays | None) -> np.ndarray:
    """Logits (row, option) of a track with a course's forbidden moves out (-inf), or its forced move alone.

    A forced move wins over `needs`, as in `simulate`. `since`: steps since the course began.
    """
    if course is None or since >= len(course.force):
        return table
    forced = int(course.force[since, track])
    if forced == FREE:
        return np.where(course.allowed[track], table, -np.inf)
    return np.broadcast_to(np.where(np.arange(table.shape[1]) == forced, 0.0, -np.inf), table.shape)


def course_from(game: Game, course: Course, branch: int, step: int, steps: int) -> CourseArrays:
    """A course that branched at `branch`, laid out on `steps` steps from `step` on; free for a step before its branch,
    where nobody knows of it yet. The clock of `game` must reach that far."""
    if step < branch:
        return free_course(game, steps)
    whole = course_arrays(game, course, branch)
    part = slice(step - branch, step - branch + steps)
    return CourseArrays(whole.force[part], whole.magnitude[part], whole.allowed)
