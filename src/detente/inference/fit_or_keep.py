"""A fit to a record: taken from the cache of fits, or made and kept there."""

from __future__ import annotations

import numpy as np

from detente.engine.game.record import Record
from detente.engine.likelihood import IMPOSSIBLE
from detente.errors import InputError, Problem
from detente.inference import cache
from detente.inference.density import Model
from detente.inference.fit import Fit, fit_key, fit_model, normalised_weights, settings_used
from detente.language.records import CONTEXT_TRACK, Scenario
from detente.progress import StageProgress
from detente.settings import DRAWS, NUTSSettings, SMCSettings


def fit_or_keep(
    scenario: Scenario,
    model: Model,
    *,
    seed: int,
    settings: SMCSettings | NUTSSettings,
    record: Record | None = None,
    use_cache: bool = True,
    progress: StageProgress | None = None,
) -> Fit:
    """Fit every hypothesis to the record, or take the fit from the cache.

    Args:
        seed: of the sampler; the same scenario, seed and versions give the same fit on one machine.
        settings: numerical settings of the sampler; their type says which one.
        record: another one of the same scenario; its own when None.
        progress: called with a hypothesis and the share of the whole fit that is done.

    Raises:
        InputError: No hypothesis allows the record; says at which step.
        ImportError: NUTS, without the `jax` extra.
    """
    key = fit_key(scenario, model, seed, settings, record)
    particles = cache.load(key) if use_cache else None
    order = list(scenario.hypotheses)
    if particles is not None and list(particles) == order:
        if isinstance(settings, NUTSSettings):
            from detente.inference.fit_chains import layout  # needs the extra `jax`

            shape, sampler = layout(settings), "nuts"
        else:
            shape, sampler = settings_used(model, settings), "smc"
        weights = normalised_weights(scenario)
        of = (scenario, model)
        return Fit(model.parameters, model.quantiles, weights, particles, shape, cached=True, sampler=sampler, of=of)
    done = dict.fromkeys(order, 0.0)

    def report(hypothesis: str, temperature: float) -> None:
        done[hypothesis] = temperature
        if progress:
            progress(hypothesis, sum(done.values()) / len(order))

    if isinstance(settings, NUTSSettings):
        from detente.inference.fit_chains import fit_chains

        made = fit_chains(scenario, model, seed=seed, settings=settings, record=record, progress=report).fit
    else:
        made = fit_model(scenario, model, seed=seed, settings=settings, record=record, progress=report)
    if len(made.impossible()) == len(order):
        raise InputError([_impossible_step(scenario, model, made, record)], what="the record")
    if use_cache:
        cache.store(key, made.particles)
    return made


def _impossible_step(scenario: Scenario, model: Model, made: Fit, record: Record | None) -> Problem:
    """Which step of the record no draw can explain: the one that most draws fail at first."""
    by_step = model.replay(made.posterior(DRAWS).values, record).terms.by_step()
    first = np.argmax(~(by_step > IMPOSSIBLE / 2), axis=0)
    step = int(np.bincount(first).argmax())
    rows = [r for r in scenario.ledger if scenario.clock.step_of(r.date) == step and r.track != CONTEXT_TRACK]
    return Problem(
        field=f"history.csv: step {step}, from {scenario.clock.date_of(step)}",
        expected="a record that at least one parameter value under one hypothesis allows",
        got="; ".join(f"{r.date} {r.track} {r.move}" for r in rows) or "a step without rows",
        hint="a move's `needs` fail, a hazard is 0 where its event happened, or it is 1 or more where it did not",
    )
