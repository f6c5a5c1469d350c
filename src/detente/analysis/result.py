"""The result: one plain object that everything above the analyses reads, and whose JSON form is `results.json`."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from detente.analysis.claims.credence import Credence, flipped_by, margin, verdict
from detente.analysis.claims.crux import Crux
from detente.analysis.claims.learning import contraction
from detente.analysis.courses.compare import FAN, event_summary, move_summaries, stock_summary
from detente.analysis.courses.utilities import utilities
from detente.engine.game.record import fold
from detente.futures.play import Futures
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.inference.fit import Fit
from detente.language.records import HOLD, Claim, Scenario
from detente.language.syntax import Probability, walk
from detente.text.plain import rounded as rounded

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
    "Finite luck is corrected by the jackknife of Gordy & Juneja (2010), Management Science 56(10).",
    "Verdicts: holds at a credence of at least 80 %, fails at most 20 %, else contested.",
    "Courses share their luck (common random numbers): future number n of a draw meets the same chance in each.",
]


def claim_result(
    claim: Claim, after: Credence | None, before: Credence | None, posterior: Futures, cruxes: list[Crux], words
) -> dict[str, Any]:
    """One claim's entry."""
    base = {
        "argument": claim.id.split("/")[0],
        "part": claim.part,
        "says": claim.says,
        "test": claim.test.text if claim.test else None,
        "untestable": claim.untestable,
    }
    if after is None or before is None:
        empty = dict.fromkeys(
            (
                "credence_prior",
                "credence_prior_mc_error",
                "credence",
                "mc_error",
                "inner_bias",
                "evidence_share",
                "moved",
                "moved_mc_error",
            )
        )
        return (
            base
            | empty
            | {
                "words": "",
                "verdict": "not testable yet",
                "by_hypothesis": {},
                "by_hypothesis_mc_error": {},
                "verdict_by_hypothesis": {},
                "flipped_by_hypothesis": [],
                "crux": [],
                "margin": None,
            }
        )
    return base | {
        "credence_prior": before.value,
        "credence_prior_mc_error": before.error,
        "credence": after.value,
        "mc_error": after.error,
        "inner_bias": after.inner_bias,
        "words": words(after.value),
        "verdict": verdict(after.value),
        "evidence_share": abs(after.value - before.value),
        "moved": after.value - before.value,
        "moved_mc_error": math.hypot(after.error, before.error),
        "by_hypothesis": after.by_hypothesis,
        "by_hypothesis_mc_error": after.by_hypothesis_error,
        "verdict_by_hypothesis": {h: verdict(value) for h, value in after.by_hypothesis.items()},
        "flipped_by_hypothesis": flipped_by(after, posterior.draws),
        "crux": [_crux(c) for c in cruxes],
        "margin": margin(claim, posterior),
    }


def _crux(crux: Crux) -> dict[str, Any]:
    fields = asdict(crux)
    fields["credence_there_mc_error"] = fields.pop("credence_there_error")
    fields["curve"] = [list(point) for point in crux.curve]
    return fields


def hypothesis_results(scenario: Scenario, fit: Fit | None, draws: Draws) -> dict[str, Any]:
    """Prior and posterior weight of each hypothesis."""
    out = {}
    weights = dict(zip(draws.hypotheses, draws.hypothesis_weights, strict=True))
    total = sum(h.weight for h in scenario.hypotheses.values())
    for number, (name, hypothesis) in enumerate(scenario.hypotheses.items()):
        error = draws.mean((draws.hypothesis == number).astype(float)).error
        fitted = fit if fit is not None and name not in fit.impossible() else None
        out[name] = {
            "says": hypothesis.says,
            "prior": hypothesis.weight / total,
            "posterior": weights[name],
            "posterior_mc_error": error,
            "log_evidence": fitted.log_evidence[name] if fitted else None,
            "log_evidence_mc_error": fitted.log_evidence_error[name] if fitted else None,
        }
    return out


def spread(values: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Weighted mean, standard deviation and quantiles of values, both of shape (draw,)."""
    from detente.inference.draws import weighted_quantiles

    total = weights.sum()
    if total <= 0:  # only hypotheses that the record rules out
        return dict.fromkeys(("mean", "sd", *QUANTILES), float("nan"))
    mean = float(weights @ values / total)
    sd = float(np.sqrt(weights @ (values - mean) ** 2 / total))
    found = weighted_quantiles(values, weights, tuple(QUANTILES.values()))
    return {"mean": mean, "sd": sd} | dict(zip(QUANTILES, found, strict=True))


def parameter_results(scenario: Scenario, prior: Draws, posterior: Draws) -> dict[str, Any]:
    """Prior against posterior of every parameter, over the hypotheses under which it is not fixed."""
    out, learned = {}, contraction(scenario, posterior)
    for i, (name, parameter) in enumerate(scenario.parameters.items()):
        varies = [n for n, h in enumerate(prior.hypotheses) if scenario.prior(name, h).family != "fixed"]
        used = varies or list(range(len(prior.hypotheses)))
        sides = {}
        for side, draws in (("prior", prior), ("posterior", posterior)):
            mask = np.isin(draws.hypothesis, used)
            sides[side] = spread(draws.values[i][mask], draws.weights[mask])
        about = learned[name]
        mask = np.isin(posterior.hypothesis, used)
        keep = {"mean", "sd", "q05", "q95"}
        out[name] = {
            "unit": parameter.unit,
            "why": parameter.why,
            "source": list(parameter.source),
            "prior_text": _prior_text(scenario, name),
            "hypotheses": [prior.hypotheses[n] for n in used],
            **sides,
            "posterior_mc_error": _error_within(posterior, posterior.values[i], mask, sides["posterior"]["mean"]),
            "learned": None if about is None else about.value,
            "learned_mc_error": None if about is None else about.error,
            "by_hypothesis": {
                h: {k: v for k, v in spread(*_of(posterior, i, n)).items() if k in keep}
                for n, h in enumerate(posterior.hypotheses)
            },
        }
    return out


def _prior_text(scenario: Scenario, name: str) -> str:
    prior = scenario.parameters[name].prior
    if name not in scenario.held:
        return str(prior)
    return f"held at {prior.arguments[0]:g} by --set, in place of {scenario.held[name]}"


def _error_within(draws: Draws, values: np.ndarray, mask: np.ndarray, mean: float) -> float:
    """Monte-Carlo error of a mean over the hypotheses of a mask: the numerator's, over their share of the weight."""
    share = draws.weights[mask].sum()
    return draws.mean(np.where(mask, values - mean, 0.0)).error / share if share > 0 else float("nan")


def _of(draws: Draws, parameter: int, hypothesis: int) -> tuple[np.ndarray, np.ndarray]:
    mine = draws.hypothesis == hypothesis
    return draws.values[parameter][mine], draws.within(hypothesis)[mine]


def course_results(scenario: Scenario, model: Model, posterior: Futures, prior: Futures) -> dict[str, Any]:
    """Events, moves and stocks of every course."""
    clock, game = scenario.clock, model.game
    worth = utilities(scenario, posterior)
    out = {}
    for name, course in scenario.courses.items():
        outcome, branch = posterior.courses[name], scenario.branch_step(name)
        ahead = [clock.date_of(k + 1) for k in range(branch, clock.steps)]
        boundaries = [clock.date_of(k) for k in range(branch, clock.steps + 1)]
        past = [clock.date_of(k) for k in range(branch + 1)]
        events = {}
        for event, index in posterior.questions.watched.items():
            e, before = event_summary(posterior, name, index), event_summary(prior, name, index)
            variance = e.epistemic_sd**2 + e.aleatory_sd**2
            half = np.flatnonzero(e.by_step >= 0.5)
            events[event] = {
                "says": scenario.events[event].says if event in scenario.events else f"{event} chosen",
                "p": e.p.value,
                "q05": e.band[0],
                "q95": e.band[1],
                "mc_error": e.p.error,
                "p_prior": before.p.value,
                "epistemic_sd": e.epistemic_sd,
                "aleatory_sd": e.aleatory_sd,
                "epistemic_share": e.epistemic_sd**2 / variance if variance > 0 else 0.0,
                "by_date": {"dates": ahead, "p": e.by_step, "q05": e.by_step_band[0], "q95": e.by_step_band[1]},
                "median_date": ahead[half[0]] if len(half) else None,
            }
        moves: dict[str, Any] = {}
        for (track, move), m in move_summaries(game, outcome, posterior.draws, posterior.luck(name)).items():
            rung = scenario.tracks[track].moves[move].rung
            moves.setdefault(track, {})[move] = {"per_step": m.per_step, "p": m.ever, "rung": rung}
        stocks = {}
        for i, (stock, record) in enumerate(scenario.stocks.items()):
            s = stock_summary(posterior, name, i, stock)
            fan = dict(zip(QUANTILES, s.fan, strict=True))
            assert len(FAN) == len(QUANTILES)
            stocks[stock] = {
                "unit": record.unit,
                "why": record.why,
                "end": {
                    "mean": s.end.value,
                    "sd": s.end_sd,
                    "mc_error": s.end.error,
                    "epistemic_share": s.epistemic_share,
                    **{k: v[-1] for k, v in fan.items()},
                },
                "dates": boundaries,
                "mean": s.mean,
                **fan,
                "history": {"dates": past, "mean": s.history[: branch + 1]},
                "observed": [
                    {"date": o.date, "value": o.value, "source": o.source, "grade": o.grade, "file": series.file}
                    for series in record.series
                    for o in series.rows
                ],
            }
        out[name] = {
            "name": course.name,
            "branch": clock.date_of(branch),
            "futures": posterior.luck(name),
            "forced": [
                {"date": day, "track": track, "move": forced.move}
                for track, days in course.force.items()
                for day, forced in days.items()
            ],
            "forbidden": [{"track": track, "moves": list(m)} for track, m in course.forbid.items()],
            "events": events,
            "moves": moves,
            "stocks": stocks,
            "utilities": worth[name],
        }
    return out


def ledger_results(scenario: Scenario) -> list[dict[str, Any]]:
    """Every row of the ledger, with its rung and whether it was folded under a higher one of the same step."""
    folded = {id(row) for row in fold(scenario)[1]}
    rows = []
    for row in scenario.ledger:
        move = scenario.tracks[row.track].moves.get(row.move) if row.track in scenario.tracks else None
        entry = asdict(row)
        del entry["line"]
        rung = None if move is None else move.rung
        rows.append(entry | {"folded": id(row) in folded, "rung": 0.0 if row.move == HOLD else rung})
    return rows


def answer_result(scenario: Scenario) -> dict[str, Any]:
    """What the first screen leads with: an event, its meaning, and the claims that compare courses on it."""
    event = lead_event(scenario)
    compared = [
        c.id
        for c in scenario.claims
        if c.test and len({n.course for n in walk(c.test.tree) if isinstance(n, Probability) and n.event == event}) > 1
    ]
    return {"event": event, "text": scenario.events[event].says if event else "", "claims": compared}


def lead_event(scenario: Scenario) -> str | None:
    """The event that most claims ask about (the first of them on a tie), else the first event."""
    counts: dict[str, int] = {}
    for claim in scenario.claims:
        asked = {n.event for n in walk(claim.test.tree) if isinstance(n, Probability)} if claim.test else set()
        for event in sorted(asked & set(scenario.events)):
            counts[event] = counts.get(event, 0) + 1
    return max(counts, key=lambda e: counts[e]) if counts else next(iter(scenario.events), None)
