"""The parts of a run's result that few analyses feed: hypotheses, parameters, courses, claims, ledger, lead figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from detente.analysis.claims.learning import contraction
from detente.analysis.courses.compare import event_chance, event_summary, move_summaries, stock_summary
from detente.analysis.courses.utilities import utilities
from detente.engine.game.record import fold
from detente.futures.play import Futures
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.inference.fit import Fit
from detente.language.records import HOLD, Scenario
from detente.language.syntax import Probability, walk
from detente.result import run
from detente.result.parts import Interval, Spread

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
NOT_BUILT = [
    "Indicators (what to watch), play and the workbench are designed but not built in this version.",
    "A move's size that the ledger leaves empty is taken at its median in the replay.",
    "Disputed quantities are pooled by themselves; the pooled numbers do not enter the fit.",
]
METHODS = [
    "Moves by softmax choice among available moves; quantal response: McKelvey & Palfrey (1995), Games and Economic "
    "Behavior 10(1).",
    "Fit: adaptive tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006, JRSS B 68(3)) with Hamiltonian "
    "moves, in islands that mix when few carry the weight; hypothesis weights are prior weight times "
    "evidence. With the second sampler: NUTS (Hoffman & Gelman 2014, JMLR 15), NumPyro, and evidence by bridge "
    "sampling (Gronau et al. 2017, Journal of Mathematical Psychology 81). The fit says which was used.",
    "Every step in which an event did not happen counts as evidence about its hazard.",
    "Monte-Carlo errors: the larger of the jackknife over islands and the error of independent draws.",
    "Chances of events: shares of futures and sums of the probabilities met on the way, mixed so that the noise is "
    "least (Glasserman 2004, Monte Carlo Methods in Financial Engineering, sections 4.1 and 4.6).",
    "The bias of finitely many futures is corrected by the jackknife (Gordy & Juneja 2010, Management Science 56(10)).",
    "Verdicts: holds from a credence of 80 %, leans towards from 60 %, open, leans against to 40 %, fails to 20 %.",
    "Common random numbers: future number n of a draw meets the same chances in every course.",
]


def hypothesis_results(
    scenario: Scenario, fit: Fit | None, draws: Draws, worst: Mapping[str, list[run.Window]] | None = None
) -> dict[str, run.Hypothesis]:
    """Prior and posterior weight of each hypothesis, and the windows of the record that it explains worst."""
    out = {}
    weights = dict(zip(draws.hypotheses, draws.hypothesis_weights, strict=True))
    total = sum(h.weight for h in scenario.hypotheses.values())
    for number, (name, hypothesis) in enumerate(scenario.hypotheses.items()):
        error = draws.mean((draws.hypothesis == number).astype(float)).error
        fitted = fit if fit is not None and name not in fit.impossible() else None
        out[name] = run.Hypothesis(
            says=hypothesis.says,
            prior=hypothesis.weight / total,
            posterior=weights[name],
            posterior_mc_error=error,
            log_evidence=fitted.log_evidence[name] if fitted else None,
            log_evidence_mc_error=fitted.log_evidence_error[name] if fitted else None,
            worst_windows=(worst or {}).get(name, []),
        )
    return out


def spread(values: np.ndarray, weights: np.ndarray) -> Spread:
    """Weighted mean, standard deviation and quantiles of values, both of shape (draw,)."""
    from detente.inference.draws import weighted_quantiles

    total = weights.sum()
    if total <= 0:  # only hypotheses that the record rules out
        return Spread(**dict.fromkeys(("mean", "sd", *QUANTILES), math.nan))
    mean = float(weights @ values / total)
    sd = float(np.sqrt(weights @ (values - mean) ** 2 / total))
    found = weighted_quantiles(values, weights, tuple(QUANTILES.values()))
    return Spread(mean=mean, sd=sd, **dict(zip(QUANTILES, found, strict=True)))


def parameter_results(scenario: Scenario, prior: Draws, posterior: Draws) -> dict[str, run.Parameter]:
    """Prior against posterior of every parameter, over the hypotheses under which it is not fixed."""
    out, learned = {}, contraction(scenario, posterior)
    for i, (name, parameter) in enumerate(scenario.parameters.items()):
        varies = [n for n, h in enumerate(prior.hypotheses) if scenario.prior(name, h).family != "fixed"]
        used = varies or list(range(len(prior.hypotheses)))
        masks = [np.isin(draws.hypothesis, used) for draws in (prior, posterior)]
        before, after = (
            spread(draws.values[i][mask], draws.weights[mask])
            for draws, mask in zip((prior, posterior), masks, strict=True)
        )
        about = learned[name]
        out[name] = run.Parameter(
            unit=parameter.unit,
            why=parameter.why,
            source=list(parameter.source),
            prior_text=_prior_text(scenario, name),
            hypotheses=[prior.hypotheses[n] for n in used],
            prior=before,
            posterior=after,
            posterior_mc_error=_error_within(posterior, posterior.values[i], masks[1], after.mean),
            learned=None if about is None else about.value,
            learned_mc_error=None if about is None else about.error,
            by_hypothesis={h: _interval(*_of(posterior, i, n)) for n, h in enumerate(posterior.hypotheses)},
        )
    return out


def _interval(values: np.ndarray, weights: np.ndarray) -> Interval:
    found = spread(values, weights)
    return Interval(mean=found.mean, sd=found.sd, q05=found.q05, q95=found.q95)


def _prior_text(scenario: Scenario, name: str) -> str:
    prior = scenario.parameters[name].prior
    if name not in scenario.held:
        return str(prior)
    return f"held at {prior.arguments[0]:g} by --set, in place of {scenario.held[name]}"


def _error_within(draws: Draws, values: np.ndarray, mask: np.ndarray, mean: float | None) -> float:
    """Monte-Carlo error of a mean over the hypotheses of a mask: the numerator's, over their share of the weight."""
    share = draws.weights[mask].sum()
    return draws.mean(np.where(mask, values - mean, 0.0)).error / share if share > 0 else float("nan")


def _of(draws: Draws, parameter: int, hypothesis: int) -> tuple[np.ndarray, np.ndarray]:
    mine = draws.hypothesis == hypothesis
    return draws.values[parameter][mine], draws.within(hypothesis)[mine]


def course_results(scenario: Scenario, model: Model, posterior: Futures, prior: Futures) -> dict[str, run.Course]:
    """Events, moves and stocks of every course."""
    by_course, out = utilities(scenario, posterior), {}
    for name, course in scenario.courses.items():
        moves: dict[str, dict[str, run.MoveUse]] = {}
        summaries = move_summaries(
            model.game, posterior.courses[name], posterior.draws, posterior.futures_per_draw(name)
        )
        for (track, move), m in summaries.items():
            rung = scenario.tracks[track].moves[move].rung
            moves.setdefault(track, {})[move] = run.MoveUse(per_step=m.per_step, p=m.ever, rung=rung)
        out[name] = run.Course(
            name=course.name,
            branch=scenario.clock.date_of(scenario.branch_step(name)),
            futures=posterior.futures_per_draw(name),
            forced=[
                run.ForcedMove(date=day, track=track, move=forced.move)
                for track, days in course.force.items()
                for day, forced in days.items()
            ],
            forbidden=[run.ForbiddenMoves(track=track, moves=list(m)) for track, m in course.forbid.items()],
            events={
                event: _event(scenario, posterior, prior, name, event, index)
                for event, index in posterior.questions.watched.items()
            },
            moves=moves,
            stocks={stock: _stock(scenario, posterior, name, i, stock) for i, stock in enumerate(scenario.stocks)},
            utilities=by_course[name],
        )
    return out


def _event(
    scenario: Scenario, posterior: Futures, prior: Futures, course: str, event: str, index: int
) -> run.EventChance:
    e = event_summary(posterior, course, index)
    variance = e.epistemic_sd**2 + e.aleatory_sd**2
    clock = scenario.clock
    ahead = [clock.date_of(k + 1) for k in range(scenario.branch_step(course), clock.steps)]
    half = np.flatnonzero(e.by_step >= 0.5)
    low, high = e.by_step_band.tolist()
    return run.EventChance(
        says=scenario.events[event].says if event in scenario.events else f"{event} chosen",
        p=e.p.value,
        q05=e.band[0],
        q95=e.band[1],
        mc_error=e.p.error,
        p_prior=event_chance(prior, course, index),
        epistemic_sd=e.epistemic_sd,
        aleatory_sd=e.aleatory_sd,
        epistemic_share=e.epistemic_sd**2 / variance if variance > 0 else 0.0,
        by_date=run.ByDate(dates=ahead, p=e.by_step.tolist(), q05=low, q95=high),
        median_date=ahead[half[0]] if len(half) else None,
    )


def _stock(scenario: Scenario, posterior: Futures, course: str, index: int, stock: str) -> run.StockPath:
    clock, record, branch = scenario.clock, scenario.stocks[stock], scenario.branch_step(course)
    s = stock_summary(posterior, course, index, stock)
    fan = dict(zip(QUANTILES, s.fan.tolist(), strict=True))
    return run.StockPath(
        unit=record.unit,
        why=record.why,
        end=run.StockEnd(
            mean=s.end.value,
            sd=s.end_sd,
            mc_error=s.end.error,
            epistemic_share=s.epistemic_share,
            **{name: values[-1] for name, values in fan.items()},
        ),
        dates=[clock.date_of(k) for k in range(branch, clock.steps + 1)],
        mean=s.mean.tolist(),
        **fan,
        history=run.Path(dates=[clock.date_of(k) for k in range(branch + 1)], mean=s.history[: branch + 1].tolist()),
        observed=[
            run.Observation(date=o.date, value=o.value, source=o.source, grade=o.grade, file=series.file)
            for series in record.series
            for o in series.rows
        ],
    )


def ledger_results(scenario: Scenario) -> list[run.LedgerRow]:
    """Every row of the ledger, with its rung and whether it was folded under a higher one of the same step."""
    folded = {id(row) for row in fold(scenario)[1]}
    rows = []
    for row in scenario.ledger:
        move = scenario.tracks[row.track].moves.get(row.move) if row.track in scenario.tracks else None
        entry = asdict(row)
        del entry["line"]
        rung = None if move is None else move.rung
        rows.append(run.LedgerRow(**entry, folded=id(row) in folded, rung=0.0 if row.move == HOLD else rung))
    return rows


def lead(scenario: Scenario) -> run.Lead:
    """What the first screen leads with: an event, its meaning, and the claims that compare courses on it."""
    event = lead_event(scenario)
    compared = [
        c.id
        for c in scenario.claims
        if c.test and len({n.course for n in walk(c.test.tree) if isinstance(n, Probability) and n.event == event}) > 1
    ]
    return run.Lead(event=event, text=scenario.events[event].says if event else "", claims=compared)


def lead_event(scenario: Scenario) -> str | None:
    """The event that most claims ask about (the first of them on a tie), else the first event."""
    counts: dict[str, int] = {}
    for claim in scenario.claims:
        asked = {n.event for n in walk(claim.test.tree) if isinstance(n, Probability)} if claim.test else set()
        for event in sorted(asked & set(scenario.events)):
            counts[event] = counts.get(event, 0) + 1
    return max(counts, key=lambda e: counts[e]) if counts else next(iter(scenario.events), None)
