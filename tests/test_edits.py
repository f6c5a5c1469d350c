"""What an edit costs after a first run: which kernels are compiled, and whether anything is fitted anew.

Compilations are counted where machine code is made, so that a kernel from the cache counts as none.
"""

from __future__ import annotations

import shutil
from collections import OrderedDict
from pathlib import Path

import pytest

import detente
from detente.engine.backends import choice as backend
from detente.engine.backends import machine
from tests.cli.conftest import COD_WAR

pytestmark = pytest.mark.skipif(backend.unavailable() is not None, reason=str(backend.unavailable()))

SCENARIO, CLAIMS, RECORD = "scenario.yaml", "claims/argument.yaml", "history.csv"
SMALL = {"seed": 1, "draws": 64, "futures": 8}


def answered(folder: Path, **overrides: float) -> tuple[int, bool]:
    """How many kernels a run compiled, and whether it fitted."""
    before = machine.compilations()
    result = detente.run(detente.load(folder, set=overrides), **SMALL)
    return machine.compilations() - before, not result.timings.fit_cached


@pytest.fixture(scope="module", autouse=True)
def first(tmp_path_factory) -> Path:
    """A scenario that was run once, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DETENTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(machine, "_loaded", OrderedDict())  # as in a new process
        folder = tmp_path_factory.mktemp("edits") / "cod-war"
        shutil.copytree(COD_WAR, folder)
        compiled, fitted = answered(folder)
        assert compiled > 0 and fitted
        yield folder


def edited(folder: Path, to: Path, name: str, old: str, new: str) -> Path:
    """A copy in which one text stands for another."""
    copy = to / "cod-war"
    shutil.copytree(folder, copy)
    text = (copy / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    return copy


def test_nothing_changed(first):
    assert answered(first) == (0, False)


NO_CODE = {  # file, what it says, what it says after the edit, whether that is fitted
    "the text of a claim": (CLAIMS, "Frigates brought the agreement sooner.", "Frigates helped.", False),
    "a known event by another date": (
        CLAIMS,
        "P(agreement by 1976-09-27 | frigates) >",
        "P(agreement by 1976-08-30 | frigates) >",
        False,
    ),
    "another event": (CLAIMS, "test: retaliation > 0", "test: P(relations-broken | frigates) > 0.5", False),
    "a prior": (SCENARIO, "prior: normal(0.1, 0.2)", "prior: normal(0.1, 0.3)", True),
    "another family": (SCENARIO, "prior: gamma(2, 40)", "prior: lognormal(-3, 0.5)", True),
    "a hypothesis' weight": (SCENARIO, "red-line: {weight: 1", "red-line: {weight: 3", False),
    "a row of the record": (RECORD, "1975-12-11,IS.patrol", "1975-12-18,IS.patrol", True),
    "a utility": (SCENARIO, "utility: -limit.respected - 0.1", "utility: -limit.respected - 0.2", False),
    "a course": (SCENARIO, "{1976-02-09: send-frigates}", "{1976-02-16: ramming}", False),
}


@pytest.mark.parametrize("edit", NO_CODE)
def test_edits_that_compile_nothing(first, tmp_path, edit):
    name, old, new, fits = NO_CODE[edit]
    assert answered(edited(first, tmp_path, name, old, new)) == (0, fits)


def test_a_parameter_held(first):
    assert answered(first, retaliation=0.1) == (0, True)


CODE = {  # kernels compiled at most, and whether the likelihood reads what changed
    "a new expectation": (CLAIMS, "at 1976-10-04 | frigates)", "at 1976-08-30 | frigates)", 1, False),
    "a number in an appeal": (SCENARIO, "retaliation * strain.nato - 2", "retaliation * strain.nato - 3", 3, True),
    "a number in a hazard": (SCENARIO, "hazard: 0.005 +", "hazard: 0.006 +", 3, True),
}


@pytest.mark.parametrize("edit", CODE)
def test_edits_that_compile_a_little(first, tmp_path, edit):
    name, old, new, most, fits = CODE[edit]
    compiled, fitted = answered(edited(first, tmp_path, name, old, new))
    assert 0 < compiled <= most and fitted == fits
