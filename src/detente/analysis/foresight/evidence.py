"""Whether the record calls for foresight: the evidence for level 1 against level 0, track by track and together.

The posterior at level 0 is re-weighted: the Bayes factor is its mean of L1 / L0, the ratio of what a draw says of the
recorded choices with and without foresight. What every move is worth is sampled once along the replay of each draw
(at level 1 it does not depend on the weight), so any number of weights can be tried on it. A weight that is a
parameter of its own is integrated over its prior; the ratios are smoothed by a Pareto tail, whose shape k says
whether the draws reach far enough.

Sources: Kass & Raftery (1995), JASA 90(430), for the scale of Bayes factors; Vehtari, Simpson, Gelman, Yao & Gabry
(2024), JMLR 25(72), for the smoothing and the limit on k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import structs
from scipy.special import log_softmax, logsumexp, ndtri

from detente import streams
from detente.analysis.claims.influence import limit, ratios
from detente.engine.foresight import policy as foresight
from detente.engine.foresight import rollout
from detente.engine.game import rules
from detente.engine.game.game import LookaheadTrack
from detente.engine.game.rules import UNAVAILABLE, State
from detente.inference.density import Model
from detente.inference.draws import Draws, weighted_quantiles
from detente.inference.posterior_replay import PosteriorReplay
from detente.inference.quantiles import Quantiles
from detente.language.levels import weight_parameters
from detente.language.records import Scenario
from detente.progress import Share
from detente.result.verify import (
    ForesightEvidence,
    ForesightVerdict,
    ForesightWeight,
    TrackForesight,
    WeightPosterior,
    WeightPrior,
)

WEIGHTS = 64  # values of the weight tried on every draw
POSITIVE = float(np.log(3.0))  # a Bayes factor from which evidence is called positive (Kass & Raftery 1995)
ERRORS = 2.0  # Monte-Carlo errors that a verdict has to keep from it


@dataclass(frozen=True, eq=False)
class Looks:
    """What one track's moves were worth along the record. Axes: step, move (hold first), draw."""

    track_ahead: LookaheadTrack
    appeal: np.ndarray  # plain logits
    first: np.ndarray  # mean worth over the first half of the samples
    second: np.ndarray  # over the other half, with random numbers of its own
    error: np.ndarray  # (step, draw) mean squared error over the moves of the mean of one half, centred
    chosen: np.ndarray  # (step,) index of the recorded move
    observed: np.ndarray  # (step,) whether it counts


@dataclass(frozen=True)
class Verdict:
    """Evidence for level 1 against level 0."""

    log_bayes_factor: float
    error: float
    k: float
    bias: float  # how far the number of samples moves the log Bayes factor: with half of them less with all
    verdict: Literal["warranted", "not warranted", "cannot tell"]


def looks_along(
    model: Model, replayed: PosteriorReplay, *, samples: int, seed: int, progress: Share | None = None
) -> list[Looks]:
    """Roll out every move of every track that looks ahead, from every step of the record and every draw.

    Args:
        samples: futures per move in each half.
        seed: of the random numbers; step k of draw d meets the same random numbers whatever else changes.
    """
    game, foresight_plan = model.game, model.game.foresight_plan
    assert foresight_plan is not None and not foresight_plan.exact
    draws, record = replayed.draws, replayed.record
    steps, count = len(record.choice), len(draws)
    happened = np.concatenate([np.zeros((1, record.event.shape[1]), bool), np.cumsum(record.event, 0)[:-1] > 0])
    ended = np.array([e.ends for e in game.events], bool)
    alive: np.ndarray = np.logical_not((happened & ended).any(1))
    theta = dict(zip(game.parameters, np.asarray(draws.values, float), strict=True))
    key = rollout.RandomKey(seed, np.arange(count, dtype=np.uint32))
    found: dict[str, list[tuple[np.ndarray, ...]]] = {s.id: [] for s in foresight_plan.acting}
    for k in range(steps):
        stocks = {s.id: np.asarray(replayed.path[s.id][k], np.float32) for s in game.stocks}
        before = {e.id: np.broadcast_to(happened[k, i], count) for i, e in enumerate(game.events)}
        state = State(stocks, np.broadcast_to(alive[k], count), before)
        with np.errstate(all="ignore"):
            table = rules.options(game, theta, state, rules.clock_at(game, k))
        for lookahead_tracks in foresight_plan.groups:
            part = foresight.narrowed(foresight_plan, state)
            continuation_values = rollout.continuation_values(
                foresight_plan, lookahead_tracks, theta, part, k, key, None, 2 * samples
            )
            for track_ahead, w in zip(lookahead_tracks, continuation_values, strict=True):
                found[track_ahead.id].append(_looked(table[track_ahead.number], w.astype(float), samples))
        if progress:
            progress((k + 1) / steps)
    out = []
    for track_ahead in foresight_plan.acting:
        appeal, first, second, error = (np.stack(values) for values in zip(*found[track_ahead.id], strict=True))
        observed = np.asarray(record.observed_choice)[:, track_ahead.number] & alive
        out.append(
            Looks(track_ahead, appeal, first, second, error, np.asarray(record.choice)[:, track_ahead.number], observed)
        )
    return out


def _looked(row: Sequence[rules.Option], continuation_values: np.ndarray, samples: int) -> tuple[np.ndarray, ...]:
    """Of one step: plain logits, mean worth over either half of the samples (move, draw), and the error (draw,)."""
    logits = np.stack([np.broadcast_to(np.asarray(o.logit, float), continuation_values.shape[-1]) for o in row])
    there = logits > UNAVAILABLE / 2
    mean = np.where(there[:, None], continuation_values, 0.0).sum(0) / there.sum(0)
    squared = (continuation_values - mean).var(1) / (samples - 0.5)
    error = np.where(there, squared, 0.0).sum(0) / there.sum(0)
    return logits, continuation_values[:, :samples].mean(1), continuation_values[:, samples:].mean(1), error


def weights_tried(
    scenario: Scenario, model: Model, draws: Draws, lookahead_tracks: Sequence[LookaheadTrack], seed: int
) -> np.ndarray:
    """Weights of every track to try on every draw, shape (track, try, draw).

    Parameters that only weights read are spread over their prior, stratified; other parameters are the draw's.
    """
    free = weight_parameters(scenario)
    rng = streams.rng("foresight weights", seed)
    tries = WEIGHTS if free else 1
    values = np.repeat(np.asarray(draws.values, float)[:, None], tries, 1)  # (parameter, try, draw)
    for parameter in free:
        i = draws.parameters.index(parameter)
        ranks = rng.permuted(np.tile(np.arange(tries)[:, None], (1, len(draws))), axis=0)
        z = ndtri((ranks + rng.uniform(size=ranks.shape)) / tries)
        for h, name in enumerate(draws.hypotheses):
            mine = draws.hypothesis == h
            prior = Quantiles(model.quantiles[name].priors[i : i + 1])
            values[i][:, mine] = prior.values(z[:, mine][..., None])[..., 0]
    theta = {name: values[i] for i, name in enumerate(draws.parameters)}
    return np.stack([np.broadcast_to(np.asarray(s.weight(theta), float), values.shape[1:]) for s in lookahead_tracks])


def log_ratios(look: Looks, continuation_values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """log L1 - log L0 of the recorded choices of a track, shape (try, draw).

    Args:
        continuation_values: of its moves, shape (step, move, draw).
        weights: shape (try, draw).
    """
    observed = look.observed
    row, continuation_values, chosen = look.appeal[observed], continuation_values[observed], look.chosen[observed]
    there = row > UNAVAILABLE / 2
    mean = np.where(there, continuation_values, 0.0).sum(1) / np.maximum(1, there.sum(1))
    centred = np.where(there, continuation_values - mean[:, None], 0.0)
    at = np.arange(len(chosen))
    plain = log_softmax(row, axis=1)[at, chosen].sum(0)
    return np.stack([log_softmax(row + w * centred, axis=1)[at, chosen].sum(0) - plain for w in weights])


def weigh(draws: Draws, replayed: PosteriorReplay, by_try: np.ndarray, halves: Sequence[np.ndarray]) -> Verdict:
    """The Bayes factor from log ratios of shape (try, draw); `halves`: the same from either half of the samples."""
    per_draw = logsumexp(by_try, axis=0) - np.log(len(by_try))
    smoothed, k = ratios(-per_draw[None], draws, replayed.possible)
    worst = float(np.nanmax(k, initial=-np.inf))
    top = smoothed[0].max()
    mean = draws.mean(np.exp(smoothed[0] - top))
    value = float(np.log(mean.value) + top)
    error = mean.error / mean.value
    single = [_log_mean(draws, logsumexp(h, axis=0) - np.log(len(h))) for h in halves]
    error = float(np.hypot(error, abs(single[0] - single[1]) / 2))  # noise of the samples
    bias = float(np.mean(single) - _log_mean(draws, per_draw))
    smallest = min(int((draws.hypothesis == h).sum()) for h in range(len(draws.hypotheses)))
    if worst > limit(smallest) or not np.isfinite(value):
        verdict = "cannot tell"
    elif value - ERRORS * error > POSITIVE:
        verdict = "warranted"
    else:
        verdict = "not warranted" if value + ERRORS * error < POSITIVE else "cannot tell"
    return Verdict(value, error, worst, bias, verdict)


def _log_mean(draws: Draws, log_ratio: np.ndarray) -> float:
    return float(np.asarray(logsumexp(log_ratio, b=draws.weights)))


def evidence_for_foresight(
    scenario: Scenario,
    model: Model,
    replayed: PosteriorReplay,
    *,
    samples: int,
    seed: int,
    progress: Share | None = None,
) -> ForesightEvidence:
    """Evidence for level 1 against level 0, for the tracks of a scenario at level 1.

    Args:
        replay: of the record by posterior draws at level 0.
        samples: futures per move; half of them are also used alone, to tell how much their number matters.
    """
    draws = replayed.draws
    looks = looks_along(model, replayed, samples=samples // 2, seed=seed, progress=progress)
    weights = weights_tried(scenario, model, draws, [look.track_ahead for look in looks], seed)
    whole, halves = [], []
    for look, tried in zip(looks, weights, strict=True):
        whole.append(log_ratios(look, (look.first + look.second) / 2, tried))
        halves.append([log_ratios(look, half, tried) for half in (look.first, look.second)])
    tracks = {}
    for i, look in enumerate(looks):
        found = weigh(draws, replayed, whole[i], halves[i])
        shares = draws.weights * np.exp(whole[i] - whole[i].max())
        shares = (shares / shares.sum()).ravel()
        values = weights[i].ravel()
        prior = np.broadcast_to(draws.weights / len(weights[i]), weights[i].shape).ravel()
        middle = weighted_quantiles(values, shares, (0.05, 0.5, 0.95))
        tracks[look.track_ahead.id] = TrackForesight(
            level=1,
            horizon_steps=look.track_ahead.horizon,
            samples=samples,
            choices=int(look.observed.sum()),
            **structs.asdict(_told(found)),
            weight=ForesightWeight(
                prior=WeightPrior(mean=float(prior @ values), sd=_sd(values, prior)),
                posterior=WeightPosterior(
                    mean=float(shares @ values), sd=_sd(values, shares), q05=middle[0], q50=middle[1], q95=middle[2]
                ),
            ),
            spread=_spread(look, draws),
            spread_error=_noise(look, draws),
        )
    both = [np.sum([h[i] for h in halves], axis=0) for i in range(2)]
    together = weigh(draws, replayed, np.sum(whole, axis=0), both)
    return ForesightEvidence(
        tracks=tracks,
        together=_told(together),
        threshold=POSITIVE,
        weights_tried=weights.shape[1],
    )


def _told(found: Verdict) -> ForesightVerdict:
    return ForesightVerdict(
        log_bayes_factor=found.log_bayes_factor,
        mc_error=found.error,
        k_hat=found.k,
        bias_half_samples=found.bias,
        verdict=found.verdict,
    )


def _sd(values: np.ndarray, weights: np.ndarray) -> float:
    mean = weights @ values
    return float(np.sqrt(max(0.0, weights @ (values - mean) ** 2)))


def _spread(look: Looks, draws: Draws) -> float:
    """Root mean square difference in worth between the moves of a track, in units of utility."""
    continuation_values = (look.first + look.second) / 2
    there = look.appeal > UNAVAILABLE / 2
    mean = np.where(there, continuation_values, 0.0).sum(1) / there.sum(1)
    squared = np.where(there, (continuation_values - mean[:, None]) ** 2, 0.0).sum(1) / there.sum(1)
    return float(np.sqrt(squared.mean(0) @ draws.weights))


def _noise(look: Looks, draws: Draws) -> float:
    """Root mean square Monte-Carlo error of the same, with all samples."""
    return float(np.sqrt(look.error.mean(0) @ draws.weights / 2))
