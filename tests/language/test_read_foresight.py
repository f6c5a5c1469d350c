"""The key `foresight`: what is read, whole messages of what is not, and what a tree would hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language import dependencies as foresight_plan
from detente.language.levels import at_level, weight_parameters
from detente.language.lint import lint
from detente.language.load import load
from detente.language.records import Foresight

GAME = """\
detente: 1
title: A game
clock: {{start: 2024-01-01, branch: 2024-01-02, now: 2024-01-03, end: 2024-01-05, step: 1 day}}
actors:
  A: {{name: A, utility: x - y}}
  B: Bystander
parameters:
  w: {{prior: "normal(1, 1)", unit: logit}}
stocks:
  x: {{initial: 0, unit: points, range: [-9, 9]}}
  y: {{initial: 0, unit: points, range: [-9, 9]{noise}}}
  z: {{initial: 0, unit: points, range: [-9, 9], noise: 1}}
tracks:
  A.act:
    foresight: {foresight}
    go: {{rung: 1, appeal: 0, needs: clock.step == 1, effects: {{x: 1}}}}
  B.act:
    go: {{rung: 1, appeal: 0, effects: {{y: 1}}}}
  B.talk:
    go: {{rung: 1, appeal: z, effects: {{z: 1}}}}
"""


def read(folder: Path, foresight: str, noise: str = "", track: str = ""):
    path = folder / "game.yaml"
    path.write_text(GAME.format(foresight=foresight, noise=noise) + track, encoding="utf-8")
    return load(path)


def message(folder: Path, *parts: str) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, *parts)
    return str(caught.value)


def test_what_is_read(tmp_path):
    way = read(tmp_path, "{level: 1, horizon: 2 days, samples: 16, weight: 2*w}").tracks["A.act"].foresight
    assert way == Foresight(1, None, way.weight, 2, 16, False)
    assert way.weight.text == "2*w"
    way = read(tmp_path, "{level: poisson(1.5), weight: w, exact: true, later: own}").tracks["A.act"].foresight
    assert (way.level, way.tau.text, way.horizon, way.exact, way.later, way.others) == (
        None,
        "1.5",
        None,
        True,
        "own",
        "mixture",
    )


ALL = """\
5 problems in the scenario

game.yaml:15:16: tracks.A.act.foresight.weight
  15 |     foresight: {level: two, horizon: 36 hours, samples: 15, wait: w}
     |                ^
  expected the weight of what is foreseen against the appeal, an expression
  got      'nothing'

game.yaml:15:24: tracks.A.act.foresight.level
  15 |     foresight: {level: two, horizon: 36 hours, samples: 15, wait: w}
     |                        ^
  expected a number of steps of reasoning, 0 or more, or poisson(mean)
  got      'two'

game.yaml:15:38: tracks.A.act.foresight.horizon
  15 |     foresight: {level: two, horizon: 36 hours, samples: 15, wait: w}
     |                                      ^
  expected a number and a unit of time: day, days, week or weeks
  got      '36 hours'

game.yaml:15:57: tracks.A.act.foresight.samples
  15 |     foresight: {level: two, horizon: 36 hours, samples: 15, wait: w}
     |                                                         ^
  expected an even number from 2 to 4,096
  got      '15'

game.yaml:15:61: tracks.A.act.foresight.wait
  15 |     foresight: {level: two, horizon: 36 hours, samples: 15, wait: w}
     |                                                             ^
  expected one of: level, weight, horizon, samples, exact, later, others
  got      'wait'
  hint     did you mean 'weight'?"""


def test_problems_are_told_at_once_and_in_place(tmp_path):
    assert message(tmp_path, "{level: two, horizon: 36 hours, samples: 15, wait: w}") == ALL


@pytest.mark.parametrize(
    ("foresight", "expected", "got"),
    [
        ("{level: 2, horizon: 1 day, samples: 4, weight: w}", "0 or 1 when futures are sampled", "2"),
        ("{level: 1, weight: w}", "a number of sampled futures per move, or exact: true", "nothing"),
        ("{level: 1, weight: x, exact: true}", "a parameter", "x"),
        (
            "{level: 1, weight: w, exact: true, samples: 4}",
            "no samples with exact: true, which counts every future",
            "4",
        ),
        ("{level: 1, weight: w, exact: true, others: mixture}", "below, when the level is one number", "mixture"),
        ("{level: 1, weight: w, exact: true, later: ownn}", "one of: below, own", "ownn"),
        ("{level: poisson(11), weight: w, exact: true}", "a mean above 0 and at most 10", "11"),
    ],
)
def test_what_cannot_be(tmp_path, foresight, expected, got):
    assert f"expected {expected}\n  got      '{got}'" in message(tmp_path, foresight)


def test_an_actor_without_aims_cannot_look_ahead(tmp_path):
    told = message(
        tmp_path,
        "{level: 0, weight: w, exact: true}",
        "",
        """\
  B.look:
    foresight: {level: 1, weight: w, exact: true}
    go: {rung: 1, appeal: 0, effects: {x: 1}}
""",
    )
    assert (
        told
        == """\
1 problem in the scenario

game.yaml:22:5: tracks.B.look.foresight
  22 |     foresight: {level: 1, weight: w, exact: true}
     |     ^
  expected an actor with a utility, which B has not
  got      'foresight'
  hint     add actors.B.utility"""
    )


def test_exact_foresight_refuses_noise_in_what_it_looks_at_and_only_there(tmp_path):
    exact = "{level: 1, weight: w, exact: true}"
    scenario = read(tmp_path, exact)  # z has noise, and bears on nothing that A wants
    part = foresight_plan.bearing(scenario, ["A"])
    assert (list(part.stocks), list(part.tracks)) == (["x", "y"], ["A.act", "B.act"])
    assert foresight_plan.leaves(part, 0, 4) == 2 * 4 * 2 * 2  # the clock allows A one step of the four
    told = message(tmp_path, exact, ", noise: 1")
    assert "expected no noise in what exact foresight looks at\n  got      'noise of y'" in told


def test_a_tree_too_large_is_refused_when_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(foresight_plan, "MAX_LEAVES", 31)
    told = message(tmp_path, "{level: 1, weight: w, exact: true}")
    assert "expected at most 31 futures to count in an exact tree\n  got      '32'" in told


def test_the_switch(tmp_path):
    scenario = read(tmp_path, "{level: 0, horizon: 1 day, samples: 4, weight: w}")
    assert at_level(scenario, 0) == replace(scenario, level=0)
    raised = at_level(scenario, 1)
    assert raised.tracks["A.act"].foresight.level == 1
    assert raised.sha256 != scenario.sha256
    assert weight_parameters(scenario) == ("w",)
    with pytest.raises(InputError, match="--foresight"):
        at_level(scenario, 2)
    with pytest.raises(InputError, match="a scenario with a track that declares foresight"):
        at_level(load(Path(__file__).parent.parent / "scenarios" / "cod-war"), 1)


def test_the_lint_tells_of_a_look_that_sees_nothing(tmp_path):
    track = (
        "  A.idle:\n    foresight: {level: 0, weight: w, exact: true}\n    go: {rung: 1, appeal: 0, effects: {z: 1}}\n"
    )
    found = lint(read(tmp_path, "{level: 0, weight: w, exact: true}", "", track))
    assert "track `A.idle` looks ahead, but no move of it bears on the utility of A" in found
