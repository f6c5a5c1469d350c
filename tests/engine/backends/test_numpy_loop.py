"""The loop in NumPy against the same game written out, step by step and future by future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detente.engine import random_numbers
from detente.engine.backends import numpy_loop
from detente.engine.graph import arrays
from detente.engine.graph.graph import DRAW, FUTURE, STEP
from detente.engine.program import Futures, How, Loop, Program

DRAWS, FUTURES, STEPS, FIRST, SEED = 5, 6, 4, 3, 17
RATES, LEVELS = np.linspace(0.1, 0.9, DRAWS), np.linspace(-1, 1, DRAWS).astype(np.float32)
SHIFTS = np.array([0.5, -0.25, 0.125, 1.0])


def game(*, policy: bool = False) -> Program:
    """A level that rises where a coin falls below the draw's rate, and is shifted in every step; it ends above 2."""
    loop = Loop()
    rate, shift = loop.graph.input("rate", DRAW), loop.graph.input("shift", STEP)
    level, on = loop.carry("level"), loop.carry("on", logical=True)
    heads = loop.uniform() < rate
    push = loop.graph.input("push", FUTURE) if policy else 0.0
    after = arrays.where(on, level + arrays.where(heads, 1.0, 0.0) + shift + push, level)
    loop.becomes("level", after)
    loop.becomes("on", arrays.both(on, after < 2))
    loop.keep("heads", How.EACH_COUNT, [arrays.both(heads, on)])
    loop.keep("levels", How.EACH_SUM, [after, level])
    loop.keep("live", How.COUNT, [on])
    loop.keep("still on", How.LAST_COUNT, [on])
    loop.keep("end", How.LAST_SUM, [level, rate])
    loop.keep("at", How.AT, [after, after * after])
    loop.keep("paths", How.PATHS, [after], futures=3)
    return Program(loop)


def played(program: Program, *, ids: np.ndarray | None = None, chosen: slice = slice(None), **more: Any):
    """The loop's own answer."""
    tables = program.fill({"rate": RATES[chosen]}, {"shift": SHIFTS}, (len(RATES[chosen]), STEPS))
    ids = np.arange(DRAWS)[chosen] if ids is None else ids
    given = {"level": LEVELS[chosen], "on": np.ones(len(ids), bool)}
    return numpy_loop.run(program, tables, given, Futures(SEED, FIRST, FUTURES, ids, {"at": (0, 2)}), **more)


def written_out() -> dict[str, np.ndarray]:
    """The same, one future after the other."""
    out = {
        "heads": np.zeros((DRAWS, 2, STEPS, 1)),
        "levels": np.zeros((DRAWS, 2, STEPS, 2)),
        "live": np.zeros((DRAWS, 2, 1)),
        "still on": np.zeros((DRAWS, 2, 1)),
        "end": np.zeros((DRAWS, 2, 2)),
        "at": np.zeros((DRAWS, 2, 2)),
        "paths": np.zeros((DRAWS, 3, STEPS, 1)),
    }
    for draw in range(DRAWS):
        for future in range(FUTURES):
            half, level, on = future // (FUTURES // 2), LEVELS[draw], True
            for k in range(STEPS):
                lane = np.uint32(draw * FUTURES + future)
                heads = random_numbers.uniforms(SEED, lane, FIRST + k, 1)[0] < np.float32(RATES[draw])
                before = level
                out["live"][draw, half, 0] += on
                out["heads"][draw, half, k, 0] += on and heads
                level = level + np.float32(heads) + np.float32(SHIFTS[k]) if on else level
                on = on and level < 2
                out["levels"][draw, half, k] += level, before
                if k == 0:
                    out["at"][draw, half, 0] += level
                if k == 2:
                    out["at"][draw, half, 1] += level * level
                if future < 3:
                    out["paths"][draw, future, k, 0] = level
            out["still on"][draw, half, 0] += on
            out["end"][draw, half] += level, np.float32(RATES[draw])
    return out


def test_the_loop_is_the_game_written_out():
    found, want = played(game()), written_out()
    assert set(found) == set(want)
    for name, values in want.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, err_msg=name)
    assert 0 < found["still on"].sum() < DRAWS * FUTURES  # some end and some do not


@pytest.mark.parametrize("size", [1, 13, 10_000])
def test_chunks_change_nothing(size: int, monkeypatch: pytest.MonkeyPatch):
    whole = played(game())
    monkeypatch.setattr(numpy_loop, "CHUNK", size)
    for name, values in played(game()).items():
        np.testing.assert_array_equal(values, whole[name])


def test_random_numbers_go_by_the_number_of_the_draw():
    whole, some = played(game()), played(game(), chosen=slice(2, 4))
    for name, values in some.items():
        np.testing.assert_array_equal(values, whole[name][2:4])
    assert not np.array_equal(played(game(), ids=np.arange(DRAWS) + 100)["heads"], whole["heads"])


def test_a_policy_sees_the_state_and_gives_inputs():
    seen = []

    def policy(step, carried, draws, lane):
        seen.append((step, draws, lane.copy(), carried["level"].copy()))
        return {"push": np.where(carried["level"] > 0, np.float32(0.25), np.float32(0))}

    found = played(game(policy=True), policy=policy)
    assert [step for step, *_ in seen] == [FIRST + k for k in range(STEPS)]
    lanes = np.arange(DRAWS * FUTURES).reshape(DRAWS, FUTURES)
    assert all(np.array_equal(lane, lanes[draws]) for _, draws, lane, _ in seen)
    np.testing.assert_array_equal(seen[0][3], np.broadcast_to(LEVELS[:, None], (DRAWS, FUTURES)))
    pushed = found["levels"][:, :, 0, 0] - played(game())["levels"][:, :, 0, 0]
    np.testing.assert_allclose(
        pushed, np.where(LEVELS > 0, 0.25 * FUTURES / 2, 0)[:, None] * np.ones((1, 2)), atol=1e-5
    )
