"""The claims of a result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from detente.analysis.claims import basis as grounds
from detente.analysis.claims.credence import flipped_by
from detente.analysis.claims.record import RecordFindings
from detente.analysis.claims.size import size
from detente.analysis.claims.verdict import Judged, ruling
from detente.futures.play import Futures
from detente.language.argument import Claim
from detente.language.records import Scenario
from detente.result import claims as judged


def claim_results(
    scenario: Scenario,
    after: Mapping[str, Judged],
    before: Mapping[str, Judged],
    posterior: Futures,
    prior: Futures,
    cruxes: Mapping[str, list[judged.Crux]],
    words: Callable[[float], str],
    found: RecordFindings,
    *,
    fitted: bool,
) -> dict[str, judged.Claim]:
    """Every claim's entry, by its whole id."""
    draws = posterior.draws, prior.draws
    tilted = fitted and grounds.tilted(*draws)
    out = {}
    for claim in scenario.claims:
        if claim.id not in after:
            out[claim.id] = _without_test(claim)
            continue
        now, then, shares = after[claim.id], before[claim.id], found.open_shares.get(claim.id)
        out[claim.id] = _tested(
            claim,
            now,
            then,
            posterior,
            basis=grounds.basis(now, then, draws, shares, fitted=fitted, tilted=tilted),
            words=words(now.credence.value),
            open_shares=shares,
            influence=found.rows.get(claim.id, []),
            crux=cruxes.get(claim.id, []),
        )
    return out


def _said(claim: Claim) -> dict[str, Any]:
    """What the file says of a claim."""
    return {
        "argument": claim.id.split("/")[0],
        "part": claim.part,
        "says": claim.says,
        "test": claim.test.text if claim.test else None,
        "untestable": claim.untestable,
        "kind": claim.kind,
        "asserts": claim.asserts,
        "label": claim.label,
        "sentences": list(claim.sentences),
    }


def _without_test(claim: Claim) -> judged.Claim:
    verdict: judged.Verdict = "not testable yet"
    return judged.Claim(
        **_said(claim),
        credence_prior=None,
        credence=None,
        mc_error=None,
        words="",
        verdict=verdict,
        evidence_share=None,
        by_hypothesis={},
        flipped_by_hypothesis=[],
        crux=[],
        margin=None,
    )


def _tested(claim: Claim, now: Judged, then: Judged, posterior: Futures, **more: Any) -> judged.Claim:
    after, before, draws = now.credence, then.credence, posterior.draws
    ruled, sizes = ruling(claim, now, draws), size(now.sides, draws) if now.sides else None
    return judged.Claim(
        **_said(claim),
        **more,
        judge=ruled.judge,
        judge_differs=ruled.differs,
        size=sizes,
        smallest=claim.margin,
        more=now.more,
        same=None if now.more is None or now.less is None else 1 - now.more - now.less,
        less=now.less,
        near=ruled.near,
        credence_prior=before.value,
        credence_prior_mc_error=before.error,
        credence=after.value,
        mc_error=after.error,
        inner_bias=after.inner_bias,
        verdict=ruled.verdict,
        evidence_share=abs(after.value - before.value),
        moved=after.value - before.value,
        moved_mc_error=math.hypot(after.error, before.error),
        by_hypothesis=dict(after.by_hypothesis),
        by_hypothesis_mc_error=dict(after.by_hypothesis_error),
        verdict_by_hypothesis=ruled.by_hypothesis,
        flipped_by_hypothesis=flipped_by(after, draws),
        margin=judged.Means(left=sizes.left.mean, right=sizes.right.mean) if sizes else None,
    )
