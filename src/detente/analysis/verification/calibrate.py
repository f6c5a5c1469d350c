"""Calibration: draw a truth from the prior, let it make a record, fit that record, and see whether what the fit says is
true as often as it says (simulation-based calibration).

Ranked are every parameter, the hypothesis and the log likelihood of the record; probabilities of hypotheses and claims
are compared with how often they came true. Sources: see `inference/ranks`; contraction and z-scores: Schad, Betancourt
& Vasishth (2021), Psychological Methods 26(1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from msgspec import structs

from detente import streams
from detente.analysis.provenance import made_by
from detente.crises.mirror import mirror_values
from detente.engine.game.panel import synthetic_panels
from detente.engine.game.record import Record
from detente.engine.synthetic import synthetic_records
from detente.futures.play import play_out
from detente.futures.questions import Questions, per_draw, questions_of
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.inference.fit import Fit, fit_model, normalised_weights
from detente.inference.reliability import came_true, reliability
from detente.inference.sbc import band, chi_squared, p_value, rank
from detente.language.records import Scenario
from detente.language.syntax import names
from detente.result.parts import Timings
from detente.result.verify import CalibrationResult, Noise, RankedQuantity, Reliability
from detente.settings import CLAIM_DRAWS, CLAIM_FUTURES, RANK_DRAWS, SMC, SMCSettings

ALPHA = 0.01  # chance that a correct inference is refused, over all tests together (Bonferroni)
LIKELIHOOD, HYPOTHESIS = "log likelihood", "hypothesis"
Fitter = Callable[..., Fit]
Progress = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Truths:
    """The truths of all replications, drawn from the prior."""

    hypothesis: np.ndarray  # (replication,) index
    values: np.ndarray  # (parameter, replication)
    records: list[Record]


@dataclass(frozen=True, eq=False)
class Replications:
    """What the fits said of the truths. Leading axis: replication."""

    ranks: dict[str, np.ndarray]  # quantity -> (replication,) 0 .. RANK_DRAWS
    contraction: np.ndarray  # (replication, parameter) 1 - posterior variance / prior variance
    z: np.ndarray  # (replication, parameter) (posterior mean - truth) / posterior sd
    weights: np.ndarray  # (replication, hypothesis) posterior weight
    hypothesis: np.ndarray  # (replication,) index of the true one
    credence: np.ndarray  # (replication, claim)
    truth: np.ndarray  # (replication, claim) bool
    reached: np.ndarray  # (replication,) bool: every hypothesis was fitted to temperature 1


def draw_truths(scenario: Scenario, model: Model, sims: int, seed: int) -> Truths:
    """Hypotheses, parameters and records from the prior."""
    rng = streams.rng("truths", seed)
    quantiles = list(model.quantiles.values())
    weights = np.array(list(normalised_weights(scenario).values()))
    hypothesis = rng.choice(len(quantiles), sims, p=weights)
    z = rng.standard_normal((sims, len(model.parameters)))
    values = np.stack([quantiles[h].values(row) for h, row in zip(hypothesis, z, strict=True)], 1)
    theta = dict(zip(model.parameters, values, strict=True))
    draw = synthetic_panels if model.panel else synthetic_records
    return Truths(hypothesis, values, draw(model.game, model.record, model.series, theta, seed))


def replicate(
    scenario: Scenario,
    model: Model,
    truths: Truths,
    *,
    seed: int,
    settings: SMCSettings = SMC,
    fitter: Fitter = fit_model,
    progress: Progress | None = None,
) -> Replications:
    """Fit every record and rank its truth.

    Args:
        fitter: `fit_model`, or a broken one in its place: a calibration that cannot fail says nothing.
    """
    questions = questions_of(scenario, model.game)
    prior_variance = _prior_variance(model, normalised_weights(scenario), seed)
    ranks: dict[str, list[int]] = {name: [] for name in (*model.parameters, HYPOTHESIS, LIKELIHOOD)}
    rows: list[tuple] = []
    for n, record in enumerate(truths.records):
        rng = streams.rng("replications", seed, n)
        found = fitter(scenario, model, seed=seed * 100_003 + n, settings=settings, record=record)
        draws = found.posterior(settings.islands * settings.particles * len(model.quantiles))
        chosen = rng.choice(len(draws), RANK_DRAWS, p=draws.weights)
        truth = truths.values[:, n]
        for i, name in enumerate(model.parameters):
            ranks[name].append(rank(draws.values[i, chosen], truth[i], rng))
        ranks[HYPOTHESIS].append(rank(draws.hypothesis[chosen], truths.hypothesis[n], rng))
        explained = model.likelihood(record).of(np.column_stack([draws.values[:, chosen], truth]))
        ranks[LIKELIHOOD].append(rank(explained[:-1], explained[-1], rng))
        mean = draws.values @ draws.weights
        variance = np.maximum((draws.values - mean[:, None]) ** 2 @ draws.weights, 1e-300)
        judged = _judged(scenario, model, questions, draws, chosen[:CLAIM_DRAWS], truth, record, (seed + n) % 2**32)
        rows.append(
            (
                1 - variance / prior_variance,
                (mean - truth) / np.sqrt(variance),
                draws.hypothesis_weights,
                judged[:, :-1].mean(1),
                judged[:, -1],
                all(p.reached for p in found.particles.values()),
            )
        )
        if progress:
            progress(n + 1)
    contraction, z, weights, credence, truth, reached = (np.array(column) for column in zip(*rows, strict=True))
    varied = {name: np.array(r) for name, r in ranks.items()}
    constant = [p for p, v in zip(model.parameters, prior_variance, strict=True) if v == 0]
    for name in constant + ([HYPOTHESIS] if len(model.quantiles) == 1 else []):
        varied.pop(name)
    return Replications(varied, contraction, z, weights, truths.hypothesis, credence, truth, reached)


def _prior_variance(model: Model, weights: dict[str, float], seed: int) -> np.ndarray:
    """Variance of every parameter over hypotheses and their priors, shape (parameter,)."""
    z = streams.rng("prior variance", seed).standard_normal((20_000, len(model.parameters)))
    values = [q.values(z) for q in model.quantiles.values()]
    share = np.array(list(weights.values()))[:, None]
    mean = (share * [v.mean(0) for v in values]).sum(0)
    return (share * [((v - mean) ** 2).mean(0) for v in values]).sum(0)


def _judged(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    draws: Draws,
    chosen: np.ndarray,
    truth: np.ndarray,
    record: Record,
    seed: int,
) -> np.ndarray:
    """Whether each claim is true of each posterior draw and, last, of the truth: shape (claim, draw + 1).

    The truth is judged by as many futures as a draw is, so that both carry the same noise.
    """
    tests = [c.test.tree for c in scenario.claims if c.test is not None]
    if not tests:
        return np.zeros((0, len(chosen) + 1), bool)
    picked = draws.where(np.arange(len(draws)) < 1)  # a frame; only its values are read
    values = np.column_stack([draws.values[:, chosen], truth])
    frame = Draws(
        draws.parameters,
        draws.hypotheses,
        values,
        np.zeros(values.shape[1], int),
        np.zeros(values.shape[1], int),
        picked.log_prior_weight,
        picked.evidence,
        picked.islands,
    )
    played = play_out(scenario, model, questions, frame, futures=CLAIM_FUTURES, seed=seed, record=record)
    theta = dict(zip(draws.parameters, values, strict=True))
    asked = {name for tree in tests for name in names(tree)}
    theta |= mirror_values(scenario, asked, theta, values.shape[1])
    return np.stack([per_draw(tree, played.answer, theta).astype(bool) for tree in tests])


def calibration_result(
    scenario: Scenario, model: Model, found: Replications, *, seed: int, settings: SMCSettings, timings: Timings
) -> CalibrationResult:
    """The calibration: tests, tables and what the figures need."""
    names = {"hypotheses": list(model.quantiles), "claims": [c.id for c in scenario.claims if c.test is not None]}
    sims = len(found.hypothesis)
    true_hypothesis = np.arange(len(model.quantiles)) == found.hypothesis[:, None]
    rated = {
        "hypotheses": (found.weights, true_hypothesis) if len(model.quantiles) > 1 else None,
        "claims": (found.credence, found.truth) if found.credence.size else None,
    }
    tests = len(found.ranks) + sum(pair[0].shape[1] for pair in rated.values() if pair is not None)
    threshold = ALPHA / tests
    quantities = {}
    for name, ranks in found.ranks.items():
        p = p_value(ranks)
        row = RankedQuantity(
            p_ecdf=p,
            p_chi_squared=chi_squared(ranks),
            refused=bool(p < threshold),
            ecdf=[int(c) for c in np.searchsorted(np.sort(ranks), np.arange(RANK_DRAWS + 2))],
        )
        if name in model.parameters:
            i = model.parameters.index(name)
            row = structs.replace(
                row,
                contraction=float(np.median(found.contraction[:, i])),
                z_mean=float(found.z[:, i].mean()),
                z_sd=float(found.z[:, i].std()),
            )
        quantities[name] = row
    probabilities = {
        kind: None
        if pair is None
        else Reliability(
            each=came_true(names[kind], pair[0], pair[1], threshold, draws=CLAIM_DRAWS if kind == "claims" else None),
            reliability=reliability(pair[0], pair[1]),
        )
        for kind, pair in rated.items()
    }
    limits = band(sims, threshold)
    even = np.linspace(0, 1, limits.shape[1])
    refused = [n for n, q in quantities.items() if q.refused] + [
        n for p in probabilities.values() if p for n, row in p.each.items() if row.refused
    ]
    if not found.reached.all():
        refused.append("fits that did not reach their posterior")
    return CalibrationResult(
        scenario=scenario.id,
        scenario_sha256=scenario.sha256,
        sims=sims,
        draws=RANK_DRAWS,
        seed=seed,
        made=made_by(),
        settings=asdict(settings),
        noise=Noise(mode=model.latent.mode, approximate=list(model.latent.approximate)),
        alpha=ALPHA,
        tests=tests,
        threshold=threshold,
        refused=refused,
        passes=not refused,
        not_reached=int((~found.reached).sum()),
        band=limits.tolist(),
        unseen=float(np.abs(limits - even).max()),
        quantities=quantities,
        **probabilities,
        timings=timings,
    )
