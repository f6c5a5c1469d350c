"""What a loop keeps of what was written down: live values, tables by rate, one key for what computes the same."""

from __future__ import annotations

import numpy as np

from detente.engine.graph import arrays
from detente.engine.graph.graph import DRAW, FUTURE, STEP
from detente.engine.program import How, Loop, Program, kept_arrays


def walk(*, drift: float = 1.0, unread: bool = False) -> Loop:
    """A level that moves by a share of the draw's rate and of the step's season."""
    loop = Loop()
    rate, season = loop.graph.input(("parameter", "rate"), DRAW), loop.graph.input("season", STEP)
    level = loop.carry("level")
    loop.becomes("level", level + arrays.exp(rate) * season * drift)
    if unread:
        other = loop.carry("other", begins=2.0)
        loop.becomes("other", other * arrays.sin(level))
    loop.keep("end", How.LAST_SUM, [level])
    return loop


def test_only_what_is_read_is_carried():
    program = Program(walk(unread=True))
    assert list(program.carried) == ["level"]
    assert program.key == Program(walk()).key


def test_what_reads_it_keeps_a_value_alive():
    loop = walk(unread=True)
    loop.keep("each", How.EACH_SUM, [loop.carried["other"]])
    assert set(Program(loop).carried) == {"level", "other"}


def test_the_key_knows_what_is_computed_and_kept():
    keys = {Program(walk()).key, Program(walk(drift=2.0)).key}
    loop = walk()
    loop.keep("more", How.LAST_SUM, [loop.carried["level"]])
    keys.add(Program(loop).key)
    loop = walk()
    loop.keep("end", How.EACH_SUM, [loop.carried["level"]])
    keys.add(Program(loop).key)
    assert len(keys) == 4


def test_what_futures_share_is_worked_out_once():
    """exp(rate) belongs to the draw, its product with the season to draw and step: futures read the product alone."""
    program = Program(walk())
    assert [len(program.tables[rate]) for rate in (DRAW, STEP, DRAW | STEP)] == [0, 0, 1]
    assert [node.op for node in program.inner] == ["input", "add"]
    rates, seasons = np.array([0.0, 1.0, 2.0]), np.array([0.25, 0.5])
    tables = program.fill({("parameter", "rate"): rates}, {"season": seasons}, (3, 2))
    np.testing.assert_allclose(tables.both[..., 0], np.exp(rates)[:, None] * seasons, rtol=1e-6)
    assert tables.both.dtype == np.float32


def test_truth_values_have_a_table_of_their_own():
    loop = Loop()
    late = loop.graph.input("step", STEP) >= 2
    rich = loop.graph.input(("parameter", "wealth"), DRAW) > 1
    level = loop.carry("level", begins=0.0)
    loop.becomes("level", arrays.where(late, arrays.where(rich, level + 2.0, level), level - 1.0))
    loop.keep("end", How.LAST_SUM, [level])
    program = Program(loop)
    tables = program.fill({("parameter", "wealth"): np.array([0.5, 3.0])}, {"step": np.arange(4)}, (2, 4))
    assert tables.flag.tolist() == [[False], [False], [True], [True]]
    assert tables.draw.tolist() == [[0.0], [1.0]]
    assert tables.step.shape == (4, 0)


def test_room_for_what_is_kept():
    loop = walk()
    level = loop.carried["level"]
    loop.keep("each", How.EACH_SUM, [level, level])
    loop.keep("paths", How.PATHS, [level], futures=5)
    shapes = {name: a.shape for name, a in kept_arrays(Program(loop), 7, 3).items()}
    assert shapes == {"end": (7, 2, 1), "each": (7, 2, 3, 2), "paths": (7, 5, 3, 1)}
    assert kept_arrays(Program(loop), 7, 3, path_slots=2)["paths"].shape == (7, 10, 3, 1)


def test_random_numbers_are_counted():
    loop = Loop()
    assert [loop.uniform().data for _ in range(3)] == [("uniform", 0), ("uniform", 1), ("uniform", 2)]
    assert loop.uniforms == 3 and loop.uniform().rate == FUTURE
