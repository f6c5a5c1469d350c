"""The bundled classics: what their builders make, whole, and what a simulation of them does."""

from pathlib import Path

import numpy as np
import pytest

import detente
from detente.classics import build, evaluate, models
from detente.classics.catalogue import CLASSICS
from detente.classics.parameters import refuse
from detente.language.lint import lint
from tests.classics.figures import FIGURES
from tests.classics.shelf import BUNDLED, SHELF, built

FOLDERS = sorted(BUNDLED)


def test_every_family_has_one_bundled_example():
    assert sorted({one.folder for one in CLASSICS.values()}) == FOLDERS
    assert sorted(p.name for p in SHELF.iterdir() if p.is_dir()) == FOLDERS
    assert {f"classics/{folder}" for folder in FOLDERS} <= set(detente.bundled())


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_what_its_builder_makes(folder):
    """`python -m tests.classics.shelf` writes it anew."""
    for name, text in built(folder).items():
        assert (SHELF / folder / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f != "war-1800"])
def test_a_folder_is_whole(folder):
    """It loads, says what it is, and the lint has nothing to add."""
    found = detente.load(f"classics/{folder}")
    assert found.claims
    assert found.question
    assert "![](figure.svg)" in found.readme
    assert lint(found) == []


def test_figures_are_there():
    assert sorted(FIGURES) == FOLDERS
    for folder in FIGURES:
        assert "![](figure.svg)" in (SHELF / folder / "README.md").read_text(encoding="utf-8")
        assert (SHELF / folder / "figure.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("name", [n for n in models() if n != "egame12_war1800_m2_logit_agent"])
def test_every_example_builds_a_scenario(name, tmp_path):
    for file, text in build(name, CLASSICS[name].example).items():
        path: Path = tmp_path / "made" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert detente.load(tmp_path / "made").tracks


def test_what_a_simulation_does_is_the_equilibrium():
    """Foresight of as many levels as choices are left gives the agent quantal response of backward recursion."""
    from detente.engine.foresight import policy as foresight
    from detente.engine.game import rules
    from detente.engine.game.compile import compile_game

    game = compile_game(detente.load("classics/crisis"))
    theta = {"lam": np.array([2.0])}
    told = evaluate("crisis_agent_logit", CLASSICS["crisis_agent_logit"].example)
    for step, (stage, key) in enumerate([(0, "p_challenge"), (1, "p_resist"), (2, "p_attack")], start=1):
        state = rules.start(game, theta, np.zeros(1))
        state = state._replace(stocks={"stage": np.array([float(stage)])})
        hold, act = (float(np.ravel(o.logit)[0]) for o in foresight.foreseen(game, theta, state, step)[stage])
        assert 1 / (1 + np.exp(hold - act)) == pytest.approx(told[key], rel=1e-9)


def test_wrong_parameters_are_all_named():
    with pytest.raises(detente.InputError) as caught:
        build("richardson", {"a": "x", "b": 1, "k": 1, "l": 1, "g": 1, "h": 1, "x0": 0, "yo": 0})
    assert str(caught.value) == (
        "3 problems in the parameters of richardson\n\n"
        "params.y0\n  expected given: a number\n  got      'nothing'\n\n"
        "params.a\n  expected a number\n  got      'x'\n\n"
        "params.yo\n  expected a parameter of the model: a, b, k, l, g, h, x0, y0\n  got      'yo'"
    )


@pytest.mark.parametrize(
    ("model", "changes", "expected"),
    [
        ("fearon1995_logit_grid", {"c_lo": 0.5}, "params.c_hi\n  expected more than c_lo, 0.5\n  got      '0.4'"),
        ("forts_random_walk", {"X": 10}, "params.X\n  expected fewer forts than there are, 10\n  got      '10'"),
        (
            "forts_beta_beliefs",
            {"battles_won": 5},
            "params.battles_won\n  expected battles that can be fought before the war is over\n"
            "  got      '5 won and 1 lost'",
        ),
        (
            "levelk_2x2",
            {"response": "logit"},
            "params.lam\n  expected a number of 0 or more, since the response is logit\n  got      'None'",
        ),
        (
            "redline_hypotheses",
            {"weights": {"fixed": 1.0}, "rungs": [13]},
            "params.rungs\n  expected provocations that an account allows to go without response\n  got      '[13.0]'",
        ),
    ],
)
def test_parameters_that_do_not_go_together(model, changes, expected):
    with pytest.raises(detente.InputError) as caught:
        evaluate(model, {**CLASSICS[model].example, **changes})
    assert str(caught.value) == f"1 problem in the parameters of {model}\n\n{expected}"


def test_an_account_with_a_weight_is_given():
    example = dict(CLASSICS["redline_hypotheses"].example)
    del example["accum"]
    with pytest.raises(detente.InputError) as caught:
        evaluate("redline_hypotheses", example)
    assert str(caught.value) == (
        "1 problem in the parameters of redline_hypotheses\n\n"
        "params.accum\n  expected given, since the account has a weight\n  got      'nothing'"
    )


@pytest.mark.parametrize("bad", [None, 3, [1, 2]])
def test_parameters_are_a_map(bad):
    with pytest.raises(detente.InputError, match="expected a map of parameters"):
        build("richardson", bad)


def test_long_values_are_cut():
    assert len(str(refuse("m", "p", "less", "9" * 500))) < 200
