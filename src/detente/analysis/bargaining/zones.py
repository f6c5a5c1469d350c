"""What the bargaining analysis says of each course and date: is there a zone, how wide, who gives what."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np

from detente.futures.bargaining import OUTER, READINGS, ROLLOUTS, Bargain, Point, Table
from detente.futures.play import bargains_at, starts
from detente.futures.questions import Questions
from detente.inference.density import Model
from detente.inference.draws import Draws, Estimate, weighted_quantiles
from detente.language.records import Scenario
from detente.progress import StageProgress
from detente.result.bargaining import Bargain as BargainResult
from detente.result.bargaining import (
    Bargaining,
    DatedBargain,
    EmptyZone,
    EstimateSpread,
    Offer,
    OfferGain,
    PartyGains,
    Term,
    TermInZone,
)
from detente.result.parts import Estimate as EstimateResult
from detente.settings import ZONE_DRAWS

BETWEEN = 3  # dates between now and the end, besides branch, now and end
BAND = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
EXACT = "exact: two parties, utilities affine in the terms"
PLAINLY = "; played on at level 0: nobody looks ahead by samples in it"
SEARCHED = "search on grids that close in; a zone thinner than a step of the first grid can be missed"
METHODS = [
    "Value of playing on: mean over simulated futures from a state; zone of agreement: the terms that give every party "
    "at least that (Fearon 1995, International Organization 49(3)); Nash point: the largest product of gains (Nash "
    "1950, Econometrica 18(2)). Noise in the values widens their spread; its first-order effect on the chance of an "
    "empty zone is taken off by the jackknife of Gordy & Juneja (2010).",
]


def default_steps(scenario: Scenario) -> list[int]:
    """Branch, now and end of the clock, and some boundaries between the last two."""
    clock = scenario.clock
    between = np.linspace(clock.now_step, clock.steps, BETWEEN + 2)[1:-1].round().astype(int).tolist()
    return sorted({clock.branch_step, clock.now_step, *between, clock.steps})


def sampled(draws: Draws, count: int) -> tuple[Draws, np.ndarray]:
    """About `count` draws, as many of every hypothesis and island, and their numbers."""
    cells = len(draws.hypotheses) * draws.islands
    per_cell = max(1, math.ceil(count / cells))
    keep = np.zeros(len(draws), bool)
    for h in range(len(draws.hypotheses)):
        for i in range(draws.islands):
            keep[np.flatnonzero((draws.hypothesis == h) & (draws.island == i))[:per_cell]] = True
    return draws.where(keep), np.flatnonzero(keep)


def bargaining_results(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    draws: Draws,
    *,
    futures: int,
    seed: int,
    steps: Iterable[int] | None = None,
    count: int = ZONE_DRAWS,
    rollouts: int = ROLLOUTS,
    progress: StageProgress | None = None,
) -> Bargaining | None:
    """The `bargaining` part of the result; None for a scenario without a settlement.

    Args:
        draws: after the evidence; about `count` of them are used.
        futures: futures per parameter draw of the courses, whose futures number 0 and 1 are looked at.
        steps: boundaries to look at; `default_steps` when None. Courses with a branch of their own are left out.
    """
    table = questions.table
    if table is None:
        return None
    some, ids = sampled(draws, count)
    at = list(steps) if steps is not None else default_steps(scenario)
    shown = [name for name, course in scenario.courses.items() if course.branch in (None, scenario.clock.branch)]
    begin = starts(model, model.replay(some.values), seed=seed, draw_ids=ids)
    parameters = {name: some.values[i] for i, name in enumerate(some.parameters)}
    chips = (True, False) if table.settlement.chip else (True,)

    def look(points: Iterable[Point]) -> dict[Point, Bargain]:
        return bargains_at(
            scenario, questions, begin, parameters, points, futures=futures, seed=seed, draw_ids=ids, rollouts=rollouts
        )

    courses: dict[str, list[DatedBargain]] = {}
    for number, name in enumerate(shown):
        if progress:
            progress(name, number / len(shown))
        found = look([Point(name, step, chip) for step in at for chip in chips])
        courses[name] = [_dated(scenario, table, found, name, step, some) for step in at]
    return Bargaining(
        terms={
            t.id: Term(unit=t.unit, says=t.says, low=t.low, high=t.high, values=list(t.values))
            for t in table.settlement.terms.values()
        },
        parties=list(table.parties),
        horizon_steps=table.settlement.horizon,
        chip=dict(table.settlement.chip),
        why=table.settlement.why,
        source=list(table.settlement.source),
        draws=len(some),
        states=OUTER,
        rollouts=rollouts,
        method=(EXACT if table.affine else SEARCHED) + (PLAINLY if table.plainly else ""),
        courses=courses,
        announced={
            name: Offer(says=offer.says, date=offer.date, source=list(offer.source), terms=dict(offer.terms))
            for name, offer in table.settlement.announced.items()
        },
    )


def _dated(scenario: Scenario, table: Table, found, course: str, step: int, draws: Draws) -> DatedBargain:
    clock = scenario.clock
    marks: dict[int, Literal["branch", "now", "end"]]
    marks = {clock.branch_step: "branch", clock.now_step: "now", clock.steps: "end"}
    whole = point_result(found[Point(course, step)], draws)
    aside = found.get(Point(course, step, False))
    return DatedBargain(
        date=clock.date_of(step),
        mark=marks.get(step, ""),
        horizon_steps=table.horizon(step),
        **{key: getattr(whole, key) for key in whole.__struct_fields__},
        without_chip=None if aside is None else point_result(aside, draws),
    )


def point_result(bargain: Bargain, draws: Draws) -> BargainResult:
    """One course at one date. Means over states in which the war goes on; of terms, over those that have a zone."""
    table, zone, live = bargain.table, bargain.zones[0], bargain.live
    inside = live & zone.exists
    least, most = bargain.extent()
    own = np.stack([np.broadcast_to(f(bargain.environment), live.shape) for f in table.now], 1)
    otherwise = np.stack([np.broadcast_to(f(bargain.environment), live.shape) for f in table.otherwise], 1)
    moved = _moves(bargain, zone.terms, otherwise)
    return BargainResult(
        over=_plain(draws.mean(_by_draw(~live, bargain), binary=True)),
        p_empty=empty(bargain, draws),
        share=_plain(_ratio(bargain.share(), live, bargain, draws)),
        parties={
            party: PartyGains(
                as_things_are=_plain(_ratio(own[:, i], live, bargain, draws)),
                value=_spread(bargain.value[0, :, i], live, bargain, draws, noise=_noise(bargain, i, live)),
                settled=_plain(_ratio(bargain.value[0, :, i] + zone.gain[:, i], live, bargain, draws)),
                gain=_plain(_ratio(zone.gain[:, i], inside, bargain, draws)),
            )
            for i, party in enumerate(table.parties)
        },
        terms={
            term: TermInZone(
                otherwise=_plain(_ratio(otherwise[:, k], inside, bargain, draws)),
                nash=_spread(zone.terms[:, k], inside, bargain, draws),
                low=_plain(_ratio(least[:, k], inside, bargain, draws)),
                high=_plain(_ratio(most[:, k], inside, bargain, draws)),
                worth={
                    party: _plain(_ratio(moved[:, k, i], inside, bargain, draws))
                    for i, party in enumerate(table.parties)
                },
            )
            for k, term in enumerate(table.settlement.terms)
        },
        announced={name: _offer(bargain, name, draws) for name in table.settlement.announced},
    )


def empty(bargain: Bargain, draws: Draws) -> EmptyZone:
    """Chance that no terms suit every party, where the war goes on, corrected for the finite number of futures."""
    found, linear = [], []
    for reading in range(READINGS):
        mask = bargain.live.reshape(-1, bargain.outer)
        none = ~bargain.zones[reading].exists.reshape(-1, bargain.outer)
        if reading and bargain.outer > 1:
            mask, none = mask[:, reading - 1 :: READINGS - 1], none[:, reading - 1 :: READINGS - 1]
        top, bottom = (mask & none).mean(1), mask.mean(1)
        total = float(draws.weights @ bottom)
        if total <= 0:
            return EmptyZone(value=math.nan, mc_error=math.nan, inner_bias=math.nan)
        found.append(float(draws.weights @ top) / total)
        linear.append(found[-1] + (top - found[-1] * bottom) / total)
    corrected = 2 * linear[0] - 0.5 * (linear[1] + linear[2])
    value = min(1.0, max(0.0, 2 * found[0] - 0.5 * (found[1] + found[2])))
    error = draws.mean(corrected, binary=True).error
    return EmptyZone(value=value, mc_error=math.hypot(error, value - found[0]), inner_bias=value - found[0])


def _offer(bargain: Bargain, offer: str, draws: Draws) -> dict[str, OfferGain]:
    """What an announced offer gives each party over playing on, and how often it is the better of the two."""
    gains = [bargain.names(r, offer) for r in range(READINGS)]
    out = {}
    for party in bargain.table.parties:
        whole, *halves = (g[f"{party}.gain"] for g in gains)
        better = 2.0 * (whole >= 0) - 0.5 * sum((h >= 0).astype(float) for h in halves)
        out[party] = OfferGain(
            gain=_plain(_ratio(whole, bargain.live, bargain, draws)),
            p_better=_plain(_ratio(better, bargain.live, bargain, draws), low=0.0, high=1.0),
        )
    return out


def _moves(bargain: Bargain, terms: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """What the change of each term alone is worth to each party, (case, term, party)."""
    count = terms.shape[1]
    tried = np.repeat(otherwise[:, None], count + 1, 1)
    for k in range(count):
        tried[:, k + 1, k] = terms[:, k]
    found = bargain.utility(tried)
    return found[:, 1:] - found[:, :1]


def _by_draw(values: np.ndarray, bargain: Bargain) -> np.ndarray:
    return np.asarray(values, float).reshape(-1, bargain.outer).mean(1)


def _ratio(values: np.ndarray, mask: np.ndarray, bargain: Bargain, draws: Draws) -> Estimate:
    """Weighted mean over the states of a mask, with the error of a ratio of two means."""
    top, bottom = _by_draw(np.where(mask, values, 0.0), bargain), _by_draw(mask, bargain)
    total = float(draws.weights @ bottom)
    if total <= 0:
        return Estimate(math.nan, math.nan)
    mean = float(draws.weights @ top) / total
    return Estimate(mean, draws.mean(top - mean * bottom).error / total)


def _noise(bargain: Bargain, party: int, mask: np.ndarray) -> np.ndarray:
    """Variance of a value of playing on that is due to few futures alone, (case,): from its two halves."""
    half = 0.5 * (bargain.value[1, :, party] - bargain.value[2, :, party])
    return np.where(mask, half**2, 0.0)


def _spread(
    values: np.ndarray, mask, bargain: Bargain, draws: Draws, noise: np.ndarray | None = None
) -> EstimateSpread:
    """Mean with its error, spread between states (less what few futures add), and quantiles drawn in by as much."""
    mean = _ratio(values, mask, bargain, draws)
    weights = np.repeat(draws.weights, bargain.outer) * mask
    if weights.sum() <= 0:
        return EstimateSpread(value=math.nan, mc_error=math.nan, sd=math.nan, **dict.fromkeys(BAND, math.nan))
    weights = weights / weights.sum()
    apparent = float(weights @ (values - mean.value) ** 2)
    real = max(0.0, apparent - (float(weights @ noise) if noise is not None else 0.0))
    shrunk = mean.value + (values - mean.value) * (math.sqrt(real / apparent) if apparent > 0 else 0.0)
    quantiles = dict(zip(BAND, weighted_quantiles(shrunk, weights, tuple(BAND.values())), strict=True))
    return EstimateSpread(value=mean.value, mc_error=mean.error, sd=math.sqrt(real), **quantiles)


def _plain(estimate: Estimate, low: float = -math.inf, high: float = math.inf) -> EstimateResult:
    return EstimateResult(value=min(high, max(low, estimate.value)), mc_error=estimate.error)
