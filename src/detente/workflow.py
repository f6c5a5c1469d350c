"""The path from a scenario to its result: load, compile, fit, play out, judge, assemble.

Each function is what one command calls; none prints or writes anything but the cache of fits.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import blackjax
import jax
import numpy as np

from detente import __version__
from detente.analysis import result as results
from detente.analysis.claims import credence
from detente.analysis.crux import cruxes
from detente.analysis.futures import Futures, play_out
from detente.analysis.questions import Questions, questions_of
from detente.engine.replay import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.inference import cache
from detente.inference.density import Model, model_of
from detente.inference.fit import Fit, fit_key, fit_model, normalised_weights, prior_draws
from detente.inference.smc import SMCSettings
from detente.report.words import words
from detente.scenario.checks import lint
from detente.scenario.records import CONTEXT_TRACK, Scenario

DRAWS = 1024
FUTURES = 128
Progress = Callable[[str, str, float], None]  # stage, detail, share done


@dataclass
class Clockwork:
    """Stage timings. Compilation is taken out of the stage it happens in and counted once, as `compile_s`."""

    seconds: dict[str, float] = field(default_factory=dict)
    compiling: float = 0.0

    @contextmanager
    def stage(self, name: str):
        """Time one stage."""
        before, began = self.compiling, time.perf_counter()
        yield
        spent = time.perf_counter() - began - (self.compiling - before)
        self.seconds[name] = self.seconds.get(name, 0.0) + spent


_clockwork: Clockwork | None = None
_COMPILE_EVENTS = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)


def _on_duration(event: str, seconds: float, **_: Any) -> None:
    if _clockwork is not None and event in _COMPILE_EVENTS:
        _clockwork.compiling += seconds


jax.monitoring.register_event_duration_secs_listener(_on_duration)


def _start() -> Clockwork:
    """Begin timing, and keep compiled programs in the user's cache folder."""
    global _clockwork
    _clockwork = Clockwork()
    folder = cache.cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    except OSError:  # a read-only home: compile every time
        pass
    return _clockwork


def fit(
    scenario: Scenario,
    *,
    seed: int,
    settings: SMCSettings | None = None,
    model: Model | None = None,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> Fit:
    """Fit every hypothesis of a scenario to its record, or take the fit from the cache.

    Args:
        seed: of the sampler; the same scenario, seed and versions give the same fit on one machine.
        settings: numerical settings of the sampler.
        progress: called with ("fit", hypothesis, share done).
    """
    settings = settings or SMCSettings()
    model = model or model_of(scenario)
    key = fit_key(scenario, seed, settings)
    particles = cache.load(key) if use_cache else None
    if particles is not None and list(particles) == list(scenario.hypotheses):
        return Fit(model.parameters, model.tables, normalised_weights(scenario), particles, settings, cached=True)
    order = list(scenario.hypotheses)

    def report(hypothesis: str, temperature: float) -> None:
        if progress:
            progress("fit", hypothesis, (order.index(hypothesis) + temperature) / len(order))

    made = fit_model(scenario, model, seed=seed, settings=settings, progress=report)
    if len(made.impossible()) == len(order):
        raise InputError([_impossible_step(scenario, model, made)], what="the record")
    if use_cache:
        cache.store(key, made.particles)
    return made


def _impossible_step(scenario: Scenario, model: Model, made: Fit) -> Problem:
    """Which step of the record no draw can explain: the one that most draws fail at first."""
    by_step = np.asarray(model.replay(made.posterior(DRAWS).values, path=True).by_step)
    first = np.argmax(by_step <= IMPOSSIBLE / 2, axis=0)
    step = int(np.bincount(first).argmax())
    rows = [r for r in scenario.ledger if scenario.clock.step_of(r.date) == step and r.track != CONTEXT_TRACK]
    found = "; ".join(f"{r.date} {r.track} {r.move}" for r in rows) or "no row: an event of certain hazard is missing"
    return Problem(
        field=f"history.csv: step {step}, from {scenario.clock.date_of(step)}",
        expected="a record that at least one parameter value under one hypothesis allows",
        got=found,
        hint="a move's `needs` fail, or a hazard is 0 when its event happened (or 1 when it did not)",
    )


@dataclass(frozen=True)
class _Sides:
    """Futures before and after the evidence, and the fit between them (None with no fit)."""

    model: Model
    questions: Questions
    fit: Fit | None
    prior: Futures
    posterior: Futures


def _play(
    scenario: Scenario, seed: int, draws: int, futures: int, do_fit: bool, timer: Clockwork, progress: Progress | None
) -> _Sides:
    settings = SMCSettings()
    with timer.stage("compile_s"):
        model = model_of(scenario)
        questions = questions_of(scenario, model.game)
    made = None
    if do_fit:
        with timer.stage("fit_s"):
            made = fit(scenario, seed=seed, settings=settings, model=model, progress=progress)
    with timer.stage("simulate_s"):
        before = prior_draws(model, normalised_weights(scenario), draws, seed, settings.islands)
        sides = {"prior": before, "posterior": made.posterior(draws) if made else before}
        played: dict[str, Futures] = {}
        for number, (side, chosen) in enumerate(sides.items()):

            def report(course: str, share: float, side=side, number=number) -> None:
                if progress:
                    progress("futures", f"{course}, {side}", (number + share) / len(sides))

            if side == "posterior" and made is None:
                played[side] = played["prior"]
            else:
                played[side] = play_out(scenario, model, questions, chosen, futures=futures, seed=seed, progress=report)
    return _Sides(model, questions, made, played["prior"], played["posterior"])


def learn(scenario: Scenario, *, seed: int, draws: int = DRAWS, progress: Progress | None = None) -> dict[str, Any]:
    """Fit, and return the `hypotheses`, `parameters` and `fit` parts of the result, with provenance."""
    timer, settings = _start(), SMCSettings()
    with timer.stage("compile_s"):
        model = model_of(scenario)
    with timer.stage("fit_s"):
        made = fit(scenario, seed=seed, settings=settings, model=model, progress=progress)
    before = prior_draws(model, normalised_weights(scenario), draws, seed, settings.islands)
    after = made.posterior(draws)
    body = _provenance(scenario, seed, None, len(after)) | {
        "hypotheses": results.hypothesis_results(scenario, made, after),
        "parameters": results.parameter_results(scenario, before, after),
        "fit": _fit_facts(scenario, made),
    }
    return results.rounded(body | {"timings": _timings(timer) | {"fit_cached": made.cached}})


def simulate(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    futures: int = FUTURES,
    do_fit: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Play out every course and return the `courses` part of the result, with provenance."""
    timer = _start()
    sides = _play(scenario, seed, draws, futures, do_fit, timer, progress)
    body = _provenance(scenario, seed, sides.posterior) | {
        "courses": results.course_results(scenario, sides.model, sides.posterior, sides.prior)
    }
    return results.rounded(body | {"timings": _timings(timer)})


def run(
    scenario: Scenario,
    *,
    seed: int,
    draws: int = DRAWS,
    futures: int = FUTURES,
    do_fit: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the whole path and return the result object (DESIGN section 6; schema in `analysis/results.schema.json`).

    Args:
        seed: of everything random.
        draws: parameter draws before and after the evidence, shared evenly by the hypotheses.
        futures: luck draws per parameter draw; even.
        do_fit: without the fit, "after" equals "before" and the result says so.
        progress: called with (stage, detail, share done).

    Raises:
        EngineError: A hazard left [0, 1] or a stock became not-a-number.
    """
    timer = _start()
    sides = _play(scenario, seed, draws, futures, do_fit, timer, progress)
    with timer.stage("analyse_s"):
        testable = [c for c in scenario.claims if c.test is not None]
        after = {c.id: credence(c.test.tree, sides.posterior) for c in testable}
        before = {c.id: credence(c.test.tree, sides.prior) for c in testable}

        def report(claim: str, share: float) -> None:
            if progress:
                progress("crux", claim, share)

        turning = cruxes(
            scenario, sides.model, sides.questions, sides.posterior, sides.prior, after, before,
            seed=seed, progress=report,
        )  # fmt: skip
        body = _provenance(scenario, seed, sides.posterior)
        body["hypotheses"] = results.hypothesis_results(scenario, sides.fit, sides.posterior.draws)
        body["parameters"] = results.parameter_results(scenario, sides.prior.draws, sides.posterior.draws)
        body["courses"] = results.course_results(scenario, sides.model, sides.posterior, sides.prior)
        body["claims"] = {
            c.id: results.claim_result(
                c, after.get(c.id), before.get(c.id), sides.posterior, turning.get(c.id, []), words
            )
            for c in scenario.claims
        }
        body["arguments"] = {a.id: {"title": a.title, "by": a.by, "date": a.date} for a in scenario.arguments}
        body["ledger"] = results.ledger_results(scenario)
        body["quantities"] = results.quantity_results(scenario)
        body["fit"] = _fit_facts(scenario, sides.fit)
        event = results.lead_event(scenario)
        body["answer"] = {"event": event, "text": scenario.events[event].says if event else ""}
        body["lint"] = lint(scenario)
        body["not_built"] = results.NOT_BUILT
        body["methods"] = results.METHODS
    return results.rounded(body | {"timings": _timings(timer) | {"fit_cached": bool(sides.fit and sides.fit.cached)}})


def _provenance(scenario: Scenario, seed: int, played: Futures | None, draws: int = 0) -> dict[str, Any]:
    clock = scenario.clock
    return {
        "detente": __version__,
        "schema": results.SCHEMA,
        "status": "ok",
        "scenario": scenario.id,
        "scenario_sha256": scenario.sha256,
        "seed": seed,
        "title": scenario.title,
        "question": scenario.question,
        "summary": scenario.summary,
        "clock": {
            "start": clock.start, "branch": clock.branch, "now": clock.now, "end": clock.end,
            "step_days": clock.step_days,
        },
        "draws": len(played.draws) if played else draws,
        "futures": played.futures if played else 0,
        "actors": {a.id: a.name for a in scenario.actors.values()},
        "versions": {
            "detente": __version__, "python": platform.python_version(), "jax": jax.__version__,
            "numpy": np.__version__, "blackjax": blackjax.__version__,
        },
    }  # fmt: skip


def _fit_facts(scenario: Scenario, made: Fit | None) -> dict[str, Any]:
    if made is None:
        return {"algorithm": "none: run without a fit, so that 'after' equals 'before'", "warnings": ["not fitted"]}
    particles, settings = made.particles, made.settings
    rows = sum(r.track != CONTEXT_TRACK for r in scenario.ledger)
    return {
        "algorithm": "adaptive tempered SMC, HMC moves (BlackJAX)",
        "particles": settings.islands * settings.particles,
        "islands": settings.islands,
        "temperatures": {h: p.temperatures for h, p in particles.items()},
        "acceptance": {h: float(p.acceptance[-1]) for h, p in particles.items()},
        "ledger_rows": rows,
        "log_likelihood": {h: float(p.log_likelihood.mean()) for h, p in particles.items()},
        "warnings": _warnings(made),
    }


def _warnings(fit: Fit) -> list[str]:
    """What a reader should know before trusting the fit."""
    out = []
    for h, p in fit.particles.items():
        if not p.reached:
            out.append(f"{h}: the sampler did not reach the posterior within its rounds")
        if h in fit.impossible():
            out.append(f"{h}: no draw can explain the record; its weight is 0")
            continue
        if p.acceptance[-1] < 0.5:
            out.append(f"{h}: only {p.acceptance[-1]:.0%} of the final moves were accepted")
        if fit.log_evidence_error[h] > 1:
            out.append(f"{h}: its log evidence has a Monte-Carlo error of {fit.log_evidence_error[h]:.1f}")
    return out


def _timings(timer: Clockwork) -> dict[str, float]:
    seconds = dict(timer.seconds)
    seconds["compile_s"] = seconds.get("compile_s", 0.0) + timer.compiling
    stages = ("load_s", "compile_s", "fit_s", "simulate_s", "analyse_s", "report_s")
    return {name: seconds.get(name, 0.0) for name in stages}
