"""The whole path on the cod war, with few draws: its result is valid, repeatable, stable, and obeys its own cruxes."""

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs

import detente
from detente.analysis import run as workflow
from detente.result import decode, encode
from detente.result import schema as made_schema
from detente.result.parts import Held, Timings
from tests.analysis.made import claiming
from tests.engine.games import event, measured, scenario, stock

COD_WAR = Path(__file__).parents[1] / "scenarios" / "cod-war"
TINY = {"draws": 64, "futures": 16}
SMALL = {"draws": 256, "futures": 32}
STANDARD_ERRORS = 4  # false alarm from 6e-5 (normal) to 5e-3 (t, 7 degrees: 8 islands); seeds are fixed on top
NAVY, FASTER, SAFE = (f"argument/{c}" for c in ("frigates-answer-strain", "gunboats-speed-up", "base-was-safe"))


def cod(**held):
    return detente.load(COD_WAR, held)


def timeless(result):
    return structs.replace(result, timings=Timings())


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """An empty cache of fits for this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DETENTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def seven(cache):
    return detente.run(cod(), seed=7, **SMALL)


@pytest.fixture(scope="module")
def schema():
    return jsonschema.Draft202012Validator(made_schema())


def assert_valid(schema, result) -> None:
    text = encode(result)
    errors = schema.iter_errors(json.loads(text))
    assert [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in errors] == []
    assert decode(text, "results.json") == result


def test_result_follows_its_schema(seven, schema):
    assert_valid(schema, seven)
    assert seven.timings.fit_cached is False


def test_everything_is_there(seven):
    built = cod()
    assert set(seven.claims) == {c.id for c in built.claims}
    assert set(seven.parameters) == set(built.parameters)
    assert set(seven.hypotheses) == set(built.hypotheses)
    assert set(seven.courses) == set(built.courses)
    assert len(seven.ledger) == len(built.ledger)
    assert sum(h.posterior for h in seven.hypotheses.values()) == pytest.approx(1, abs=1e-5)
    assert seven.claims["argument/fish-stocks-recover"].verdict == "not testable yet"
    for course in seven.courses.values():
        assert set(course.events) == set(built.events)
        assert set(course.stocks) == set(built.stocks)


def test_what_the_record_taught_is_there(seven):
    """Every testable claim lists rows, every hypothesis windows; what is open is shared out in full."""
    assert seven.checks.tests.keys() == seven.hypotheses.keys()
    assert seven.influence.left_out == 6, "five moves that count and an event"
    for hypothesis in seven.hypotheses.values():
        assert len(hypothesis.worst_windows) == 5
    for claim in seven.claims.values():
        assert len(claim.influence) == (0 if claim.test is None else 5)
        if claim.open_shares:
            assert sum(s.share for s in structs.astuple(claim.open_shares)) == pytest.approx(1, abs=1e-5)
    taught = [row.divergence for row in seven.influence.rows]
    assert taught == sorted(taught, reverse=True) and taught[0] > 0.5, "the break of relations"
    assert seven.influence.rows[0].what == "relations-broken"


@pytest.mark.slow
def test_a_refit_tells_what_re_weighting_cannot(seven, cache, schema):
    """The break of relations is all that a red line rests on: its influence comes from fits without it."""
    again = detente.run(cod(), seed=7, refit=True, **SMALL)
    assert_valid(schema, again)
    assert seven.influence.unreliable > again.influence.unreliable
    assert again.influence.refitted > 0
    (row,) = [r for r in again.influence.rows if r.what == "relations-broken"]
    assert (row.method, row.reliable) == ("refit", True)
    assert {c: x.credence for c, x in again.claims.items()} == {c: x.credence for c, x in seven.claims.items()}


def test_courses_obey_their_orders(seven):
    frigates, none = seven.courses["frigates"], seven.courses["no-frigates"]
    assert frigates.moves["UK.navy"]["send-frigates"].p > 0.9  # unless the war ends before the order's date
    assert [m.p for m in none.moves["UK.navy"].values()] == [0, 0]


def test_same_seed_same_result(seven, cache, monkeypatch, tmp_path):
    """From the cache, and fitted anew."""
    again = detente.run(cod(), seed=7, **SMALL)
    assert again.timings.fit_cached is True
    assert timeless(again) == timeless(seven)
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    anew = detente.run(cod(), seed=7, **SMALL)
    assert anew.timings.fit_cached is False
    assert timeless(anew) == timeless(seven)


def disagreements(one, other, errors=STANDARD_ERRORS):
    """Credences that differ by more than so many of the two stated errors."""
    out = []
    for claim, a in one.claims.items():
        b = other.claims[claim]
        for value, error in (("credence", "mc_error"), ("credence_prior", "credence_prior_mc_error")):
            one_value, two_value = getattr(a, value), getattr(b, value)
            both = getattr(a, error), getattr(b, error)
            if one_value is not None and abs(one_value - two_value) > errors * math.hypot(*both):
                out.append((claim, value, one_value, two_value, *both))
    return out


@pytest.fixture(scope="module")
def others(cache):
    return [detente.run(cod(), seed=seed, **SMALL) for seed in (8, 9)]


def test_another_seed_agrees_within_the_stated_errors(seven, others):
    for other in others:
        assert timeless(other) != timeless(seven)
        assert disagreements(seven, other) == []


def test_hypothesis_weights_agree_too(seven, others):
    for other in others:
        for name, a in seven.hypotheses.items():
            b = other.hypotheses[name]
            error = math.hypot(a.posterior_mc_error, b.posterior_mc_error)
            assert abs(a.posterior - b.posterior) < STANDARD_ERRORS * error
            error = math.hypot(a.log_evidence_mc_error, b.log_evidence_mc_error)
            assert abs(a.log_evidence - b.log_evidence) < STANDARD_ERRORS * error


def test_the_check_has_power(seven, cache):
    """A scenario in which the navy never answers strain is not mistaken for the same with another seed."""
    assert disagreements(seven, detente.run(cod(retaliation=0.3), seed=8, do_fit=False, **TINY))


def test_set_flips_a_claim_as_its_crux_predicts(seven, cache):
    """retaliation > 0 fails on the record; held beyond its crux, it holds; held short of it, it fails."""
    before = seven.claims[NAVY]
    (crux,) = before.crux
    assert (crux.parameter, crux.direction, crux.confirmed) == ("retaliation", "above", True)
    assert before.verdict == "fails"
    beyond = detente.run(cod(retaliation=crux.held_at), seed=7, **TINY)
    assert beyond.claims[NAVY].verdict == "holds"
    assert beyond.parameters["retaliation"].posterior.mean == pytest.approx(crux.held_at)
    short = detente.run(cod(retaliation=min(v for v, _ in crux.curve)), seed=7, **TINY)
    assert short.claims[NAVY].verdict == "fails"
    assert beyond.scenario_sha256 != short.scenario_sha256 != seven.scenario_sha256


def test_set_moves_a_counterfactual_claim_as_its_crux_predicts(cache):
    """With the parameter set where the crux held it, the claim lies on the other side, where the crux saw it.

    Without a fit, so that setting one parameter leaves all others as they were.
    """
    soon, name = {"soon": "P(agreement by 1976-08-30 | frigates) > 0.5"}, "essay/soon"
    before = detente.run(claiming(cod(), **soon), seed=3, do_fit=False, **SMALL).claims[name]
    crux = next(c for c in before.crux if c.confirmed)
    assert crux.parameter == "patience"
    settled = claiming(cod(patience=crux.held_at), **soon)
    held = detente.run(settled, seed=3, do_fit=False, **SMALL).claims[name]
    assert (held.credence > 0.5) != (before.credence > 0.5)
    error = math.hypot(held.mc_error, crux.credence_there_mc_error)
    assert abs(held.credence - crux.credence_there) < STANDARD_ERRORS * error


@pytest.fixture(scope="module")
def unfitted(cache):
    return detente.run(cod(), seed=3, do_fit=False, **SMALL)


def test_what_was_held_is_in_the_result(schema, cache):
    result = detente.run(detente.load(COD_WAR, set={"cooling": 0.1}), seed=3, do_fit=False, **SMALL)
    assert_valid(schema, result)
    assert result.held == {"cooling": Held(value=0.1, prior="beta(2, 8)")}
    assert (result.asked.set, result.asked.fit, result.asked.seed) == ({"cooling": 0.1}, False, 3)
    assert result.parameters["cooling"].prior_text == "held at 0.1 by --set, in place of beta(2, 8)"


def test_no_fit(schema, unfitted):
    """After equals before, every hypothesis keeps its prior weight, and the result says that nothing was fitted."""
    result = unfitted
    assert_valid(schema, result)
    assert result.fit.problems == [] and result.fit.particles is None
    assert result.checks is None and result.influence is None
    for claim in result.claims.values():
        assert claim.credence == claim.credence_prior
    for name, hypothesis in result.hypotheses.items():
        assert hypothesis.posterior == pytest.approx(hypothesis.prior), name
        assert hypothesis.log_evidence is None
    assert result.claims[SAFE].credence == 1


def test_simulate_and_learn_are_parts_of_run(seven, cache):
    """Not only alike: the same numbers."""
    played = detente.simulate(cod(), seed=7, **SMALL)
    assert played.courses == seven.courses
    learned = workflow.learn(cod(), seed=7, draws=SMALL["draws"])
    assert learned.timings.fit_cached is True
    assert learned.parameters == seven.parameters and learned.fit == seven.fit
    for name, told in learned.hypotheses.items():  # a run adds what its predictive checks say of each
        assert told == structs.replace(seven.hypotheses[name], worst_windows=[])


def test_progress_names_stages_in_order(cache):
    seen = []
    workflow.run(cod(), seed=7, progress=lambda stage, detail, share: seen.append((stage, detail, share)), **TINY)
    assert list(dict.fromkeys(stage for stage, _, _ in seen)) == ["futures", "crux"], "the fit came from the cache"
    assert all(0 <= share <= 1 for _, _, share in seen)


def test_a_record_that_cannot_be_names_its_step(cache):
    """A log-normal measurement of a stock that is nought, at the end of step 1."""
    built = scenario(
        record=3,
        steps=4,
        stocks=[stock("x", 0, series=[measured("lognormal", "1", (2, 5.0))])],
        events=[event("shot", 0.1)],
    )
    with pytest.raises(detente.InputError, match=r"history\.csv: step 1, from 2024-01-02"):
        detente.fit(built, seed=1)


def test_a_hazard_above_one_is_an_error(cache):
    built = scenario(stocks=[stock("x")], events=[event("shot", "0.3 * clock.step")])
    with pytest.raises(detente.EngineError, match=r"event 'shot': its hazard left \[0, 1\] .* under course 'free'"):
        detente.run(built, seed=1, do_fit=False, **TINY)


def test_odd_futures_are_refused(cache):
    with pytest.raises(ValueError, match="even number"):
        detente.run(cod(), seed=1, do_fit=False, draws=16, futures=3)


def test_no_parameters_and_no_claims(schema, cache):
    """A lottery still gives a valid result."""
    built = scenario(record=1, steps=2, stocks=[stock("x")], events=[event("shot", 0.5)])
    built = claiming(replace(built, sha256="0" * 64))
    result = detente.run(built, seed=1, draws=16, futures=4)
    assert_valid(schema, result)
    assert result.parameters == {}
    assert result.hypotheses["model"].posterior == 1
    assert result.hypotheses["model"].log_evidence == pytest.approx(math.log(0.5), abs=1e-5)


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_threads_change_nothing(threads, seven, monkeypatch, tmp_path):
    """Neither those of machine code nor those of Python, in fits, futures and analyses."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path))
    monkeypatch.setenv("DETENTE_THREADS", threads)
    assert timeless(detente.run(cod(), seed=7, **SMALL)) == timeless(seven)


@pytest.mark.parametrize("do_fit", [True, False])
def test_futures_before_the_evidence_are_timed_and_told(do_fit):
    told = []
    result = detente.run(cod(), seed=1, do_fit=do_fit, progress=lambda stage, *_: told.append(stage), **TINY)
    assert result.timings.simulate_s > 0.001
    assert "futures" in told
