"""What the record taught, gathered for the result: rival accounts window by window, and for every claim what its open
part rests on and which rows moved it. Needs a fit; without one every entry is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.analysis.claims import influence, learning, refits
from detente.analysis.claims.credence import Credence
from detente.analysis.record import predictive_checks as checks
from detente.futures.play import Futures
from detente.futures.questions import Questions
from detente.inference.density import Model
from detente.inference.posterior_replay import cells_of, replay_posterior
from detente.language.records import Scenario
from detente.progress import StageProgress
from detente.result import claims as judged
from detente.result import run

METHODS = [
    "Predictive checks: surprise per window against what the model itself expects one step ahead (Gelman, Meng & "
    "Stern 1996, Statistica Sinica 6(4)); flagged when the p-value is below 5 % divided by the number of tests, so "
    "that a true hypothesis is flagged anywhere at most once in twenty records.",
    "Rows left out one at a time by Pareto-smoothed importance sampling (Vehtari et al. 2024, JMLR 25(72)); the row's "
    "term leaves the likelihood, its effects on the stocks stay.",
    "What is open in a claim is shared out by Shapley values of explained variance (Lindeman, Merenda & Gold 1980); a "
    f"parameter of which less than {learning.UNLEARNED:.0%} was learned, or not beyond two errors, counts as an "
    "assumption the record did not touch. Learned: the share of the mean squared distance from the posterior mean that "
    "the record removed, on the scale of normal scores (quadratic loss, Raiffa & Schlaifer 1961).",
]


@dataclass
class RecordFindings:
    """What the record taught, by hypothesis and claim; without a fit, nothing."""

    checks: run.Checks | None = None
    influence: judged.Influence | None = None
    worst: dict[str, list[run.Window]] = field(default_factory=dict)  # by hypothesis
    open_shares: dict[str, judged.OpenShares | None] = field(default_factory=dict)  # by claim, as the next
    rows: dict[str, list[judged.ClaimInfluence]] = field(default_factory=dict)


def record_findings(
    scenario: Scenario,
    model: Model,
    questions: Questions,
    played: Futures,
    credences: Mapping[str, Credence],
    *,
    seed: int,
    fitted: bool,
    refit: bool = False,
    progress: StageProgress | None = None,
) -> RecordFindings:
    """What the record taught about hypotheses and claims.

    Args:
        played: futures after the evidence.
        credences: after the evidence, by claim, in the order of the draws of `played`.
        refit: whether to fit again without the rows whose influence re-weighting cannot tell.
    """
    out = RecordFindings()
    if not fitted:
        return out
    if not model.panel:  # of many cases, neither a window of the record nor one row would say much
        _retold(out, scenario, model, questions, played, credences, seed=seed, refit=refit, progress=progress)
    shared = learning.shares(played.draws, credences, learning.learned(scenario, played.draws))
    out.open_shares = {name: learning.share_results(shared[name]) for name in credences}
    return out


def _retold(
    out: RecordFindings,
    scenario: Scenario,
    model: Model,
    questions: Questions,
    played: Futures,
    credences: Mapping[str, Credence],
    *,
    seed: int,
    refit: bool,
    progress: StageProgress | None,
) -> None:
    """Add rival accounts window by window, and the rows that moved each claim."""
    retold = replay_posterior(model, played.draws, found=played.trajectory)
    checked = checks.check(scenario, model, retold, seed=seed)
    out.worst = {name: checks.check_results(scenario, check) for name, check in checked.items()}
    out.checks = run.Checks(
        steps=checks.WINDOW,
        false_alarm=checks.FALSE_ALARM,
        tests={name: len(c.windows) for name, c in checked.items()},
        flagged={name: sum(s.flagged for s in c.windows) for name, c in checked.items()},
    )
    found = influence.leave_out(cells_of(scenario), retold, credences)
    if refit:
        again = refits.refit(
            scenario,
            model,
            questions,
            influence.unreliable(found, refits.MOST),
            draws=len(played.draws),
            futures=played.futures,
            seed=seed,
            progress=progress,
        )
        found = influence.with_refits(found, credences, again)
    out.influence = influence.influence_results(found)
    out.rows = {name: influence.claim_influence(found, name) for name in credences}
