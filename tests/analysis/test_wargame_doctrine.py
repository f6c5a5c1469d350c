"""Doctrine of language models: which days count, on which rung, and that the fit finds what was put in."""

import numpy as np
import pytest

from detente.analysis import wargame_doctrine as doctrine
from detente.events.escalaition_scores import Action
from detente.settings import SMCSettings

STRIKE, ARM, TALK = "Execute targeted attack", "Increase military capacities", "Start formal peace negotiations"


def act(day, nation, target, action, run="M|S|1", model="M"):
    return Action(run, model, "S", day, nation, target, action, action)


def test_a_day_is_what_was_done_the_day_before_and_the_gravest_answer():
    found = doctrine.days(
        [
            act(1, "Red", "Blue", STRIKE),
            act(1, "Blue", "Red", TALK),
            act(2, "Blue", "Green", ARM),
            act(2, "Blue", "Red", TALK),
            act(2, "Red", "Red", TALK),
        ]
    )
    assert [(d.trigger, d.response) for d in found] == [
        (doctrine.VIOLENT, doctrine.MILITARY),  # Blue, struck the day before, arms
        (doctrine.NONE, doctrine.NONE),  # Red, talked to; what it does to itself is no trigger
    ]


def test_the_fit_finds_a_model_that_strikes_back():
    """Two made models: one answers strikes with strikes in nine of ten days, the other in one of ten."""
    rng = np.random.default_rng(1)
    actions = []
    for model, often in (("fierce", 0.9), ("meek", 0.1)):
        for run in range(12):
            for day in range(1, 9):
                name = f"{model}|S|{run}"
                actions.append(act(day, "Red", "Blue", STRIKE, name, model))
                answer = STRIKE if rng.random() < often else TALK
                actions.append(act(day + 1, "Blue", "Green", answer, name, model))
    found = doctrine.doctrine(actions, seed=1, settings=SMCSettings(particles=64))
    fierce, meek = (found["models"][name]["violent military"] for name in ("fierce", "meek"))
    assert fierce["p"][-1] == pytest.approx(0.9, abs=0.1) and meek["p"][-1] == pytest.approx(0.1, abs=0.1)
    assert fierce["q05"][-1] > meek["q95"][-1]
    assert fierce["days"] == 96
    assert sum(fierce["p"]) == pytest.approx(1)
    assert 0 < found["states"]["violent military"]["p"][-1] < 1
