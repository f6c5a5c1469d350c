"""What courses are worth at the end of the clock: means, spreads and differences future by future."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from detente.analysis.courses.utilities import utilities
from detente.futures.panel import shown
from detente.language.priors import Prior
from detente.language.records import Actor, Cases, Course
from tests.analysis.made import independent
from tests.engine.games import START, expression, scenario, stock

COURSES = {
    "a": Course("a", "a", {}, {}),
    "b": Course("b", "b", {}, {}),
    "early": Course("early", "early", {}, {}, START + dt.timedelta(days=1)),
}


def found(utility: str, ends: dict[str, np.ndarray], cases: Cases | None = None) -> Any:
    """Utilities of one actor where the stock `x` ends at `ends`, course -> (draw, future); `taste` runs 0, 1, 2, .."""
    about = scenario(
        parameters={"taste": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "0")],
        courses=COURSES,
        actors=[Actor("A", "A", expression(utility)), Actor("N", "Nature", None)],
    )
    about = replace(about, cases=cases)
    draws = independent(("taste",), np.arange(len(ends["a"])))
    courses = {c: SimpleNamespace(paths=np.stack([np.zeros_like(x), x], -1)[..., None]) for c, x in ends.items()}
    futures: Any = SimpleNamespace(draws=draws, courses=courses, season=np.zeros(about.clock.steps + 1))
    return utilities(about, futures)


def test_differences_are_taken_future_by_future_and_never_across_branches():
    luck = np.random.default_rng(1).normal(size=(64, 2))
    out = found("x + taste", {"a": luck, "b": luck - 1, "early": luck})
    assert list(out["a"]) == ["A"]
    assert list(out["a"]["A"].against) == ["b"] and out["early"]["A"].against == {}
    gap = out["b"]["A"].against["a"]
    assert (gap.mean, gap.sd, gap.p_worse) == (pytest.approx(-1), pytest.approx(0), 1)
    assert gap.p_worse_mc_error > 0  # all draws agree, which is no certainty
    alone = out["a"]["A"]
    assert alone.mean == pytest.approx(luck.mean() + 31.5) and alone.mc_error > 0
    assert alone.q05 < alone.q50 < alone.q95


def test_a_panel_reads_the_case_that_each_draw_shows():
    size = np.arange(3.0)
    ends = {c: np.ones((8, 2)) for c in COURSES}
    out = found("x * case.size", ends, Cases(("p", "q", "r"), {"case.size": tuple(size)}))
    assert out["a"]["A"].mean == pytest.approx(size[shown(8, 3)].mean())
