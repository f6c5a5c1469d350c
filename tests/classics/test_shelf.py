"""The bundled classics: what their builders make, whole, and what a simulation of them does."""

from pathlib import Path

import numpy as np
import pytest

import detente
from detente.language.lint import lint
from tests.classics import build, evaluate, models
from tests.classics.catalogue import CLASSICS
from tests.classics.figures import FIGURES
from tests.classics.scenarios import fixed_values
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

    scenario = detente.load("classics/crisis")
    game = compile_game(scenario)
    theta = {id: np.atleast_1d(value) for id, value in fixed_values(scenario).items()}
    told = evaluate("crisis_agent_logit", CLASSICS["crisis_agent_logit"].example)
    for step, (stage, key) in enumerate([(0, "p_challenge"), (1, "p_resist"), (2, "p_attack")], start=1):
        state = rules.start(game, theta, np.zeros(1))
        state = state._replace(stocks={"stage": np.array([float(stage)])})
        hold, act = (float(np.ravel(o.logit)[0]) for o in foresight.foreseen(game, theta, state, step)[stage])
        assert 1 / (1 + np.exp(hold - act)) == pytest.approx(told[key], rel=1e-9)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        ("fearon1995_logit_grid", {"c_lo": 1}, "c_hi of fearon1995_logit_grid: expected more than c_lo, 1, got 0.4"),
        ("forts_random_walk", {"X": 10}, "X of forts_random_walk: expected fewer forts than there are, 10, got 10"),
        (
            "redline_hypotheses",
            {"weights": {"fixed": 1}, "rungs": [13]},
            "rungs of redline_hypotheses: expected "
            "provocations that an account allows to go without response, got [13]",
        ),
    ],
)
def test_parameters_that_do_not_go_together(model, changes, message):
    with pytest.raises(ValueError) as caught:
        evaluate(model, {**CLASSICS[model].example, **changes})
    assert str(caught.value) == message
