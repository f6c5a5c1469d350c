"""Disputed quantities as the result holds them: report by report, pooled, and what each source adds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from detente.evidence.grades import grade_sd
from detente.evidence.pooling import BIAS_SCALE, Mixture, Pool, Reports, pool
from detente.evidence.scale import LOG, Scale, choose_scale, read
from detente.language.records import Quantity, Report, Scenario
from detente.result import evidence as results

NEUTRAL = "neutral"  # the side that has no bias
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def quantity_results(scenario: Scenario) -> dict[str, results.Quantity]:
    """Every disputed quantity by id: what it is, its reports, and `pooled`."""
    return {
        q.id: results.Quantity(
            says=q.says,
            unit=q.unit,
            date=q.date,
            reports=[results.Report(**asdict(report)) for report in q.reports],
            pooled=pooled_result(q),
        )
        for q in scenario.quantities
    }


def pooled_result(quantity: Quantity) -> results.Pooled:
    """The pooled estimate of one quantity.

    Quantiles are in the quantity's unit, `mean`, `sd` and `tau` too where the `scale` is linear; where it is log,
    these are of the natural logarithm, and the quantiles of a side's bias are factors. `sources` says per source what
    the estimate would be without it. A number that does not exist is None.

    Raises:
        ValueError: If the quantity has no report.
    """
    scale, pooled, counted = pool_quantity(quantity)
    log = scale.name == LOG
    tau = {name: pooled.tau_quantile(p) * scale.reference for name, p in QUANTILES.items()}
    sources = dict.fromkeys(report.source for report in counted)
    return results.Pooled(
        scale=scale.name,
        reference=None if log else scale.reference,
        **_summary(scale, pooled.estimate),
        tau=results.SideSpread(prior_scale=BIAS_SCALE * scale.reference, **tau),
        sides={side: results.PooledSpread(**_summary(scale, pooled.bias(side))) for side in pooled.sides},
        sources={source: _source(source, quantity, scale, pooled, counted) for source in sources},
    )


def pool_quantity(quantity: Quantity) -> tuple[Scale, Pool, list[Report]]:
    """Return the scale, the posterior, and the reports that count: what a source says twice, word for word, is one."""
    counted = list({_said(report): report for report in reversed(quantity.reports)}.values())[::-1]
    if not counted:
        raise ValueError(f"quantity '{quantity.id}' has no report")
    scale = choose_scale(quantity.unit, counted)
    readings = [read(report, scale) for report in counted]
    grades = [grade_sd(report.grade) for report in counted]
    reports = Reports(
        value=np.array([r.middle for r in readings]),
        own_sd=np.hypot([g.credibility for g in grades], [r.spread for r in readings]),
        source_sd=np.array([g.reliability for g in grades]),
        source=[report.source for report in counted],
        side=[None if report.side.casefold() == NEUTRAL else report.side for report in counted],
    )
    return scale, pool(reports, bias_scale=BIAS_SCALE, floor=scale.floor), counted


def _said(report: Report) -> tuple[object, ...]:
    return report.source, report.side, report.grade, report.value, report.low, report.high


def _summary(scale: Scale, about: Mixture) -> dict[str, float]:
    found = {name: scale.back(about.quantile(p)) for name, p in QUANTILES.items()}
    return {"mean": about.mean * scale.reference, "sd": about.sd * scale.reference, **found}


def _source(
    source: str, quantity: Quantity, scale: Scale, pooled: Pool, counted: Sequence[Report]
) -> results.PooledSource:
    """The weight of a source, the pooled estimate without it, and what it adds (`nats` below 0: it widens)."""
    own = [n for n, report in enumerate(counted) if report.source == source]
    rest = tuple(report for report in quantity.reports if report.source != source)
    without, nats, shift = None, None, None
    if rest:
        scale_without, other, _ = pool_quantity(replace(quantity, reports=rest))
        without = results.PooledWithout(scale=scale_without.name, **_summary(scale_without, other.estimate))
        shift = scale.back(pooled.estimate.quantile(0.5)) - scale_without.back(other.estimate.quantile(0.5))
        if scale_without.name == scale.name:  # standard deviations compare on one scale only
            nats = math.log(other.estimate.sd * scale_without.reference / (pooled.estimate.sd * scale.reference))
    return results.PooledSource(
        sides=list(dict.fromkeys(counted[n].side for n in own)),
        grades=list(dict.fromkeys(counted[n].grade for n in own)),
        weight=float(pooled.weight[own].sum()),
        without=without,
        adds=results.SourceAdds(nats=nats, shift=shift),
    )
