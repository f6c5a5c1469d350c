"""A forecast at a date: what the questions of forecasts.yaml are given by a fit to the record up to that date.

Every probability comes with its Monte-Carlo error, with what each hypothesis alone says, with the parameters it leans
on, and with two rivals that know no model: the base rate in the record and what was the case last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from detente.analysis.forecasting import observed
from detente.engine.game.courses import free_course
from detente.engine.game.game import Game
from detente.engine.game.record import Record
from detente.engine.simulate import Outcome, Tally, simulate
from detente.errors import EngineError
from detente.futures.chances import by_step
from detente.futures.play import check_outcome, with_noise
from detente.inference.density import Model
from detente.inference.draws import Draws, weighted_quantiles
from detente.language.records import EventQuestion, Forecasts, Scenario, SeriesQuestion
from detente.language.syntax import Node
from detente.result.forecasts import EventForecast, Leaning, SeriesForecast
from detente.settings import FORECAST_FUTURES

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
LANES = 8  # futures per draw whose paths are kept, for conditions and series
LEANS_ON = 3  # parameters named per question
FALSE_LEAN = 0.05  # chance of naming any parameter that does not matter, over all parameters of a question


@dataclass(frozen=True)
class Asked:
    """The questions of a scenario as the simulator counts them."""

    tally: Tally
    column: dict[str, int]  # question id -> index in `Outcome.first`


def asked(forecasts: Forecasts, game: Game, futures: int = FORECAST_FUTURES) -> Asked:
    """Number what the questions watch. One value serves every date."""
    index = {e.id: i for i, e in enumerate(game.events)}
    tracks = {t.id: (i, [m.id for m in t.moves]) for i, t in enumerate(game.tracks)}
    moves: list[tuple[int, int]] = []
    for what in (w for q in forecasts.events for w in q.happens):
        if what not in index:
            track, move = what.split(":")
            index[what] = len(game.events) + len(moves)
            moves.append((tracks[track][0], tracks[track][1].index(move) + 1))
    column: dict[str, int] = {}
    groups: list[tuple[int, ...]] = []
    for question in (q for q in forecasts.events if q.happens):
        members = tuple(index[what] for what in question.happens)
        column[question.id] = members[0] if len(members) == 1 else len(game.events) + len(moves) + len(groups)
        if len(members) > 1:
            groups.append(members)
    return Asked(Tally(tuple(moves), fan_lanes=min(LANES, futures), any_of=tuple(groups)), column)


def longest(forecasts: Forecasts) -> int:
    """Steps to play out for every question: the longest window, and the step after the last of a `per: step`."""
    return max(
        [steps for q in forecasts.events for steps in q.steps] + [q.steps + q.per_step for q in forecasts.series],
        default=0,
    )


@dataclass(frozen=True)
class Played:
    """Futures from the replayed state at a date, with all that the answers need."""

    scenario: Scenario
    model: Model
    draws: Draws
    record: Record  # observed up to the date
    before: observed.Replayed
    outcome: Outcome
    column: dict[str, int]
    step: int  # of the date
    steps: int  # played out
    futures: int

    def on(self, tree: Node, ahead: int) -> np.ndarray:
        """An expression `ahead` steps after the date, shape (draw, lane)."""
        paths = np.asarray(self.outcome.paths[:, :, ahead], float)
        boundary = self.step + ahead
        environment: dict[str, Any] = {
            name: self.draws.values[i][:, None] for i, name in enumerate(self.draws.parameters)
        }
        environment |= {stock.id: paths[..., i] for i, stock in enumerate(self.model.game.stocks)}
        environment |= {"clock.step": float(boundary), "clock.season": self.model.game.season[boundary]}
        return observed.evaluate(tree, environment, paths.shape[:2])


def play(
    scenario: Scenario,
    model: Model,
    draws: Draws,
    record: Record,
    questions: Asked,
    *,
    step: int,
    futures: int,
    seed: int,
) -> Played:
    """Play out every track free from the replayed state at a step boundary.

    Args:
        record: what happened before `step`; nothing is observed from it on.
        futures: futures per parameter draw; even.

    Raises:
        EngineError: A hazard left [0, 1] or a stock became not-a-number.
    """
    before = observed.replayed(model, draws, record, step)
    ids = np.arange(len(draws))
    state = with_noise(model, before.state, before.covariance, seed, ids)
    steps = min(longest(scenario.forecasts), model.game.clock.steps - step)
    course = free_course(model.game, steps)
    parameters = {name: draws.values[i] for i, name in enumerate(draws.parameters)}
    outcome = simulate(
        model.game, questions.tally, course, parameters, state, start=step, futures=futures, seed=seed, draw_ids=ids
    )
    check_outcome(model, f"the forecast at {scenario.clock.date_of(step)}", outcome)
    return Played(scenario, model, draws, record, before, outcome, questions.column, step, steps, futures)


def answers(played: Played) -> dict[str, Any]:
    """The `hypotheses`, `events` and `series` parts of a forecast record."""
    draws, forecasts = played.draws, played.scenario.forecasts
    return {
        "hypotheses": dict(zip(draws.hypotheses, draws.hypothesis_weights.tolist(), strict=True)),
        "events": [
            _event(played, question, steps)
            for question in forecasts.events
            for steps in question.steps
            if steps <= played.steps
        ],
        "series": [
            _week(played, question, ahead)
            for question in forecasts.series
            for ahead in range(1, question.steps + 1)
            if ahead + question.per_step <= played.steps
        ],
    }


def left_out(played: Played) -> list[str]:
    """Windows that no future reaches, because they end after the clock does: one sentence, or none."""
    forecasts, found = played.scenario.forecasts, []
    for question in forecasts.events:
        late = [steps for steps in question.steps if steps > played.steps]
        if late:
            found.append(f"{question.id} ({', '.join(str(s) for s in late)} steps)")
    for question in forecasts.series:
        late = question.steps - max(0, played.steps - question.per_step)
        if late > 0:
            found.append(f"{question.id} (the last {late} of {question.steps} steps)")
    if not found:
        return []
    end = played.scenario.clock.date_of(played.model.game.clock.steps)
    return [f"left out, because they end after the clock does ({end}): {', '.join(found)}"]


def _event(played: Played, question: EventQuestion, steps: int) -> EventForecast:
    if question.when is None:
        found = by_step(played.outcome, played.column[question.id], played.futures)
        chance = found[:, :, min(steps, found.shape[2]) - 1].mean(1)
        rivals = _rate_rivals(played, question, steps)
    else:
        chance = played.on(question.when.tree, steps).astype(float).mean(1)
        rivals = _state_rivals(played, question.when.tree)
    draws = played.draws
    value = float(draws.weights @ chance)
    # where all futures agree the error is that of one more draw that might not have
    estimate = draws.mean(chance, binary=not 0 < value < 1)
    by_hypothesis = {
        name: float(draws.within(h) @ chance)
        for h, name in enumerate(draws.hypotheses)
        if (draws.hypothesis == h).any()
    }
    return EventForecast(
        id=question.id,
        by=played.scenario.clock.date_of(played.step + steps),
        p=min(1.0, max(0.0, value)),
        mc_error=estimate.error,
        **rivals,
        by_hypothesis=by_hypothesis,
        by_parameter=leans_on(draws, chance),
    )


def _rate_rivals(played: Played, question: EventQuestion, steps: int) -> dict[str, float]:
    """The base rate over the steps before the date, and whether it happened in the last window of the same length."""
    events = {e.id: i for i, e in enumerate(played.model.game.events)}
    state = played.before.state
    if all(
        what in events and played.model.game.events[events[what]].once and bool(np.all(state.happened[what]))
        for what in question.happens
    ):
        return {"baseline": 0.0, "last": 0.0}  # it can happen once and has: nobody needs a model to say so
    past = observed.happened(question, played.record, played.model.game)[: played.step]
    rate = smoothed(past)
    return {"baseline": 1 - (1 - rate) ** steps, "last": smoothed(np.array([past[-steps:].any()]))}


def _state_rivals(played: Played, condition: Node) -> dict[str, float]:
    """How often the condition was true at the boundaries before and on the date, and whether it is on the date."""
    truth = played.before.values(condition)
    return {"baseline": smoothed(truth), "last": smoothed(truth[-1:])}


def smoothed(truths: np.ndarray) -> float:
    """The share of truths with half a one and half a zero added, so that it is never 0 or 1."""
    return float((np.sum(truths) + 0.5) / (len(truths) + 1))


def leans_on(draws: Draws, chance: np.ndarray) -> list[Leaning]:
    """The parameters whose low and high thirds give the most different probabilities.

    Only differences that independent draws would show by chance, over all parameters, with probability FALSE_LEAN
    or less (Bonferroni); so a list may be empty.
    """
    found = []
    bound = stats.norm.isf(FALSE_LEAN / 2 / max(1, len(draws.parameters)))
    for name, values in zip(draws.parameters, draws.values, strict=True):
        low, high = draws.quantiles(values, (1 / 3, 2 / 3))
        if not low < high:
            continue
        sides = [_mean_in(draws.weights, chance, mask) for mask in (values <= low, values >= high)]
        (p_low, v_low), (p_high, v_high) = sides
        if abs(p_high - p_low) > bound * np.sqrt(v_low + v_high):
            found.append(Leaning(parameter=name, low=low, high=high, p_low=p_low, p_high=p_high))
    return sorted(found, key=lambda one: -abs(one.p_high - one.p_low))[:LEANS_ON]


def _mean_in(weights: np.ndarray, values: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Weighted mean within a mask, and its sampling variance were the draws independent."""
    w = weights[mask] / weights[mask].sum()
    mean = float(w @ values[mask])
    return mean, float(w**2 @ (values[mask] - mean) ** 2)


def _week(played: Played, question: SeriesQuestion, ahead: int) -> SeriesForecast:
    """One week of a series: quantiles over draws and lanes, each lane with its draw's share of the weight."""
    tree: Node = question.value.tree
    values = played.on(tree, ahead + question.per_step).astype(float)
    last = float(played.before.values(tree)[-1])
    if question.since_start:
        values, last = values - played.on(tree, 0), 0.0
    if not np.isfinite(values).all():
        raise EngineError(f"the forecast of series '{question.id}' is not a finite number in some futures")
    weights = np.broadcast_to(played.draws.weights[:, None] / values.shape[1], values.shape)
    found = weighted_quantiles(values.ravel(), weights.ravel(), tuple(QUANTILES.values()))
    return SeriesForecast(
        id=question.id,
        unit=question.unit,
        week=played.scenario.clock.date_of(played.step + ahead),
        **dict(zip(QUANTILES, found, strict=True)),
        last=last,
    )
