"""`beside` and `derived` in scenario.yaml: what is read, and what is said of mistakes."""

import pytest

from detente.errors import InputError
from detente.language.load import load

MODEL = """
detente: 1
title: Small
clock: {start: 2023-01-02, branch: 2023-01-09, now: 2023-01-16, end: 2023-01-23, step: 1 week}
actors: {A: One}
parameters: {push: {prior: "normal(0, 1)", unit: logit}}
stocks: {heat: {initial: 0, unit: degree, range: [0, 1]}}
tracks: {A.act: {go: {rung: 1, appeal: push}}}
"""


def read(tmp_path, more):
    (tmp_path / "scenario.yaml").write_text(MODEL + more)
    return load(tmp_path)


def problems(tmp_path, more):
    with pytest.raises(InputError) as error:
        read(tmp_path, more)
    return [(p.field, p.expected, p.got, p.hint) for p in error.value.problems]


def test_a_kept_fit_is_read(tmp_path):
    found = read(tmp_path, "beside: [reprisals]\n").beside["reprisals"]
    assert set(found.hypotheses) == {"scheduled", "provoked", "both"}
    assert found.derived["reproduction"].unit == "acts per act"


def test_a_scenario_that_keeps_no_fit_is_refused(tmp_path):
    assert problems(tmp_path, "beside: kursk-2024\n") == [
        (
            "beside",
            "a scenario that keeps its fit in fitted.json",
            "kursk-2024",
            "detente fit kursk-2024 --json writes it",
        )
    ]


def test_an_unknown_scenario_is_refused(tmp_path):
    ((field, expected, got, hint),) = problems(tmp_path, "beside: [reprisal]\n")
    assert (field, got, hint) == ("beside[0]", "reprisal", "did you mean 'reprisals'?")
    assert expected.startswith("a bundled scenario: ")


def test_a_derived_quantity_is_read(tmp_path):
    found = read(tmp_path, "derived: {odds: {value: exp(push), unit: odds, says: The odds}}\n").derived["odds"]
    assert (found.value.text, found.unit, found.says) == ("exp(push)", "odds", "The odds")


def test_a_derived_quantity_knows_parameters_only(tmp_path):
    assert problems(tmp_path, "derived: {odds: {value: exp(heat), unit: odds}}\n") == [
        ("derived.odds.says", "what it is, in a sentence", "nothing", ""),
        ("derived.odds.value", "a parameter", "heat", "only parameters are known here, not the state"),
    ]
