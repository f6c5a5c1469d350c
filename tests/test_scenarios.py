"""Every bundled case has a golden record, and still gives it. The classics are held by their values: tests/classics."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from detente import InputError, load
from detente.engine.game.compile import function_of
from detente.language.lint import lint
from detente.language.load import find
from detente.language.priors import Prior
from detente.language.read_companions import FITTED
from detente.session import RECIPE
from tests import golden, real_data

NAMES = golden.NAMES


@cache
def opened(name: str):
    """A bundled scenario; its test is skipped where it is made from data that are not here."""
    try:
        return load(name)
    except InputError:
        if not (find(name)[0] / RECIPE).exists():
            raise
        real_data.absent(f"what {name} is made from")
        raise


def test_there_are_bundled_scenarios():
    assert "kursk-2024" in NAMES


def test_every_scenario_has_a_record_and_every_record_a_scenario():
    kept = [path.relative_to(golden.FOLDER).with_suffix("").as_posix() for path in golden.FOLDER.rglob("*.txt")]
    assert sorted(kept) == NAMES, "run `python -m tests.golden`"


@pytest.mark.parametrize("name", NAMES)
def test_record_matches(name):
    """A difference is either a bug or a change to be reviewed: `python -m tests.golden`, then `git diff`."""
    assert_matches(golden.record(opened(name)), name)


def assert_matches(found: str, name: str) -> None:
    """Line by line, so that the message shows what moved."""
    kept = (golden.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert found.splitlines() == kept.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_whole(name):
    """It says what it is, and the honesty lint has nothing to add."""
    found = opened(name)
    assert found.readme
    assert found.question
    assert found.claims
    assert lint(found) == []


def test_the_check_has_power():
    """A prior whose median moves by a thousandth changes the record."""
    name = "kursk-2024"
    one = opened(name)
    id, about = next((i, p) for i, p in one.parameters.items() if p.prior.family == "normal" and p.prior.arguments[0])
    mean, sd = about.prior.arguments
    moved = replace(about, prior=Prior("normal", (mean * 1.001, sd)))
    changed = golden.record(replace(one, parameters={**one.parameters, id: moved}))
    with pytest.raises(AssertionError):
        assert_matches(changed, name)


def test_the_reproduction_number_of_kursk_counts_what_is_felt():
    """A strike's push, put through the scenario's own flows, which run within the week of the strike already."""
    kursk = opened("kursk-2024")
    at = {"forget": 0.3, "momentum": 0.5, "retaliation": 0.4, "ua_reprisal": 0.3, "wound": 0.2, "kursk.held": 0.0}

    def felt(stock: str) -> float:
        about, level, weeks = kursk.stocks[stock].flow, 1.0, 0.0
        assert about is not None
        for _ in range(200):
            level += float(function_of(about.tree)(at | {stock: level}))
            weeks += level
        return weeks

    per_unit = 0.24  # change of a weekly chance per logit, p(1 - p) at the recorded rates of either side
    own = per_unit * at["momentum"] * felt("UA.tempo")
    answers = per_unit * at["retaliation"] * 0.5 * felt("RU.provoked")
    answered = per_unit * at["ua_reprisal"] * 0.8 * felt("UA.provoked")
    exact = max(np.linalg.eigvals([[own, answered], [answers, 0.0]]).real)
    said = kursk.derived["reproduction"].value
    assert function_of(said.tree)(at) == pytest.approx(exact)
    (claim,) = (c for c in kursk.claims if c.id == "rebuttal/train-dies-out")
    assert claim.test is not None and claim.test.text == f"{said.text} < 1"


@pytest.mark.parametrize("name", [name for name in NAMES if (find(name)[0] / FITTED).exists()])
def test_a_kept_fit_is_of_the_scenario_as_it_stands(name):
    """What other scenarios show of it; `detente fit NAME --json` writes it anew."""
    kept = json.loads((find(name)[0] / FITTED).read_text(encoding="utf-8"))
    assert kept["scenario_sha256"] == opened(name).sha256
    assert kept["fit"]["problems"] == []
