"""The claims of a result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from detente.analysis.claims.basis import Bases
from detente.analysis.claims.credence import decided_by, flipped_by
from detente.analysis.claims.crux import Turning
from detente.analysis.claims.fairness import AVERAGES, fairness
from detente.analysis.claims.record import RecordFindings
from detente.analysis.claims.size import size
from detente.analysis.claims.verdict import Judged, ruling
from detente.evidence.facts import pooled
from detente.futures.play import Futures
from detente.language.argument import Claim
from detente.language.records import Scenario
from detente.result import claims as judged


def claim_results(
    scenario: Scenario,
    after: Mapping[str, Judged],
    before: Mapping[str, Judged],
    posterior: Futures,
    turning: Turning,
    words: Callable[[float], str],
    found: RecordFindings,
    bases: Bases,
) -> dict[str, judged.Claim]:
    """Every claim's entry, by its whole id."""
    out = {}
    for claim in scenario.claims:
        if claim.id not in after:
            out[claim.id] = _without_test(claim, turning, words)
            continue
        out[claim.id] = _tested(
            claim,
            after[claim.id],
            before[claim.id],
            posterior,
            basis=bases.of(claim.id),
            words=words(after[claim.id].credence.value),
            open_shares=found.open_shares.get(claim.id),
            influence=found.rows.get(claim.id, []),
            crux=turning.cruxes.get(claim.id, []),
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


def _without_test(claim: Claim, turning: Turning, words: Callable[[float], str]) -> judged.Claim:
    """A fact that sources judge, a value that is the reader's, a conclusion, or what cannot be tested yet."""
    credence = pooled(claim.check) if claim.check else None
    verdict: judged.Verdict = "not testable yet"
    if claim.check is not None:
        verdict = _fact(credence)
    elif claim.value:
        verdict = "for the reader"
    elif claim.kind == "conclusion":
        verdict = "stands on its steps"
    return judged.Claim(
        **_said(claim),
        dial=turning.dials.get(claim.value),
        check=[judged.Finding(**asdict(finding)) for finding in claim.check or ()],
        credence_prior=None,
        credence=credence,
        mc_error=None,
        words="" if credence is None else words(credence),
        verdict=verdict,
        fairness=fairness(claim.kind, claim.asserts, credence),
        evidence_share=None,
        by_hypothesis={},
        flipped_by_hypothesis=[],
        crux=[],
        margin=None,
    )


def _fact(credence: float | None) -> judged.Verdict:
    if credence is None:
        return "unchecked"
    return "confirmed" if credence >= judged.HOLDS else "refuted" if credence <= judged.FAILS else "disputed"


def _shares(claim: Claim, now: Judged) -> tuple[float | None, float | None, float | None]:
    """With a smallest difference worth talking about: how much lies beyond it, within it, and beyond on the other
    side."""
    if claim.margin is None or now.less is None:
        return None, None, None
    more, less = now.credence.value, now.less
    return more, max(0.0, 1 - more - less), less


def _tested(
    claim: Claim, now: Judged, then: Judged, posterior: Futures, basis: judged.Basis, **rest: Any
) -> judged.Claim:
    after, before, draws = now.credence, then.credence, posterior.draws
    more, same, less = _shares(claim, now)
    ruled, sizes = ruling(claim, now, draws), size(now.sides, draws) if now.sides else None
    average = ruled.judge == "average"
    certain = (AVERAGES[ruled.verdict], 0.0) if average else (after.value, after.error)
    fair = None if basis == "construction" else fairness(claim.kind, claim.asserts, *certain)
    return judged.Claim(
        **_said(claim),
        **rest,
        basis=basis,
        fairness=fair,
        judge=ruled.judge,
        judge_differs=ruled.differs,
        size=sizes,
        smallest=claim.margin,
        more=more,
        same=same,
        less=less,
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
        decided_by=decided_by(after, draws),
        margin=judged.Means(left=sizes.left.mean, right=sizes.right.mean) if sizes else None,
    )
