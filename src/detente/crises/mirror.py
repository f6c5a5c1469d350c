"""The mirror: one act put before several seats, answered by the response curves and by the doctrine of the scenario.

The act keeps its covariates and the seats exchange theirs (country, regime, power, nuclear standing). What differs
between the answers is the *symmetry residual*; in logits it is set beside what the act itself does, so that one reads
how much of an answer is actor and how much is act. Switches ask the same with something about the act changed.

The curves speak of major responses in foreign-policy crises; a seat's `answer` in the scenario is the chance, by its
fitted parameters, of a violent answer that would not have come anyway. They are different things, shown side by side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from detente.crises.response_curve import RESPONSE, VIOLENCE, Curve, Draws, Summary, load_summary
from detente.crises.response_features import ACT, COUNTRY, LEVELS, STATE, Situation, seated
from detente.engine.game.compile import function_of
from detente.inference import draws as inference
from detente.inference.draws import weighted_quantiles
from detente.language.crisis_terms import RUNGS
from detente.language.records import Mirror, Reference, Scenario, Seat
from detente.result import crises as results
from detente.result.crises import CurveScores, CurveSpread, Difference, Score

LEVELS_SHOWN = (0.05, 0.95)
SEED = 1  # of the curves' draws: fixed, for the summary is part of the package
AS_IT_WAS = "as it was"
NOTES = (
    "The curves are fitted to crises of 1918 to the last year of their data; an act of a later year is answered by "
    "what era effects allow, which is wide.",
    "A curve tells what states did in such cases on average; it knows neither the persons nor the plans of this one.",
    "Who had invaded first, and with what intent, is not coded in these data. What comes nearest is whether the act "
    "fell within a war that was going on, and the value that it put at stake; the switches turn these.",
)


def mirror_values(
    scenario: Scenario, asked: Iterable[str], parameters: Mapping[str, np.ndarray], draws: int
) -> dict[str, np.ndarray]:
    """Those of the names that are quantities of the mirror, per parameter draw: name -> (draw,).

    Draws of the curves are independent of the scenario's and are paired with them one by one.
    """
    asked = {name for name in asked if name.startswith("mirror.")}
    if not asked or scenario.mirror is None:
        return {}
    found, mirror = {}, scenario.mirror
    for name, (seat, switch, what) in mirror.names().items():
        if name not in asked:
            continue
        if what == "answer":
            found[name] = _answer(mirror.seats[seat], parameters, draws)
        else:
            p = _answers(seated(mirror, seat, scenario.clock.now, switch), draws)
            found[name] = p[:, -1] if what == "violent" else p @ np.arange(p.shape[1])
    return found


@lru_cache(maxsize=64)
def _cached(key: tuple[Any, ...], draws: int) -> np.ndarray:
    words, country, year, gap = key
    curve = load_summary().curves[RESPONSE]
    return curve.by_draw(Situation(dict(words), country, year, gap), _draws(RESPONSE, draws))


def _answers(about: Situation, draws: int) -> np.ndarray:
    """P(rung) of the shipped response curve, shape (draw, rung)."""
    return _cached((tuple(sorted(about.words.items())), about.country, about.year, about.gap), draws)


@lru_cache(maxsize=8)
def _draws(curve: str, n: int) -> Draws:
    return load_summary().curves[curve].draws(SEED, n)


def _answer(seat: Seat, parameters: Mapping[str, np.ndarray], draws: int) -> np.ndarray:
    assert seat.answer is not None
    value = np.asarray(function_of(seat.answer.tree)(dict(parameters)), float)
    return np.clip(np.broadcast_to(value, (draws,)), 0.0, 1.0)


@dataclass(frozen=True)
class _Weighted:
    """A quantity per draw and the weight of each draw."""

    values: np.ndarray
    weights: np.ndarray

    def summary(self) -> dict[str, float]:
        low, middle, high = weighted_quantiles(self.values, self.weights, (LEVELS_SHOWN[0], 0.5, LEVELS_SHOWN[1]))
        return {"mean": float(self.weights @ self.values), "q05": float(low), "q50": float(middle), "q95": float(high)}


def _spread(values: np.ndarray, draws: inference.Draws) -> CurveSpread:
    """Over draws of the scenario's parameters."""
    return CurveSpread(**_Weighted(values, draws.weights).summary(), mc_error=draws.mean(values).error)


def _even(values: np.ndarray) -> CurveSpread:
    """Over independent draws of a curve, with the Monte-Carlo error of the mean."""
    count = len(values)
    spread = _Weighted(values, np.full(count, 1 / count)).summary()
    return CurveSpread(**spread, mc_error=float(values.std() / np.sqrt(count)))


def _difference(values: np.ndarray, **chance: float) -> Difference:
    even = _even(values)
    return Difference(**{key: getattr(even, key) for key in even.__struct_fields__}, **chance)


def mirror_results(
    scenario: Scenario,
    prior: inference.Draws,
    posterior: inference.Draws,
    *,
    day: dt.date | None = None,
    fitted: bool = True,
    summary: Summary | None = None,
) -> results.Mirror | None:
    """The mirror of a scenario on a day (its clock's `now` when None), or None when it declares none.

    Args:
        prior, posterior: of the scenario's parameters, for the seats' own `answer`.
        fitted: whether the posterior has seen the record.
    """
    mirror = scenario.mirror
    if mirror is None:
        return None
    day, summary = day or scenario.clock.now, summary or load_summary()
    curves = summary.curves
    drawn = {name: curve.draws(SEED) for name, curve in curves.items()}
    seats: dict[str, results.Seat] = {}
    for id, seat in mirror.seats.items():
        states = {AS_IT_WAS: seated(mirror, id, day)}
        states |= {name: seated(mirror, id, day, name) for name in mirror.switches}
        seats[id] = results.Seat(
            name=scenario.actors[id].name,
            country=seat.country,
            words=dict(seat.words),
            gap=seat.gap,
            why=seat.why,
            states={n: _state(s, curves, drawn, summary) for n, s in states.items()},
            answer=_doctrine(seat, prior, posterior, fitted),
        )
    return results.Mirror(
        says=mirror.says,
        date=mirror.date,
        known_at=day,
        faced_by=mirror.faced_by,
        act=mirror.act_at(day),
        why=mirror.why,
        switches={n: results.Switch(says=s.says, set=dict(s.words)) for n, s in mirror.switches.items()},
        rungs=list(RUNGS),
        seats=seats,
        residuals=_residuals(mirror, day, summary, drawn[RESPONSE], posterior),
        switched=_switched(mirror, day, curves[RESPONSE], drawn[RESPONSE]),
        cases={n: _case(c, curves[RESPONSE], drawn[RESPONSE], summary) for n, c in mirror.cases.items()},
        curve=_provenance(summary),
        notes=list(NOTES),
    )


def _state(
    about: Situation, curves: Mapping[str, Curve], drawn: Mapping[str, Draws], summary: Summary
) -> results.SeatAnswers:
    p = curves[RESPONSE].by_draw(about, drawn[RESPONSE])
    war = curves[VIOLENCE].by_draw(about, drawn[VIOLENCE])
    return results.SeatAnswers(
        rungs={rung: _even(p[:, i]) for i, rung in enumerate(RUNGS)},
        violent=_even(p[:, curves[RESPONSE].hit :].sum(1)),
        war=_even(war[:, curves[VIOLENCE].hit :].sum(1)),
        range=_range(about, summary),
    )


def _range(about: Situation, summary: Summary) -> results.Range:
    """Whether a case lies off what the curve was fitted to, and why."""
    seldom = summary.seldom(about)
    return results.Range(
        off=bool(seldom),
        seldom=seldom,
        years_beyond=max(0, about.year - int(summary.data["last_year"])),
        share_of_fitted=summary.about["range"]["off_range_share"],  # of the fitted cases, judged without themselves
    )


def _doctrine(seat: Seat, prior: inference.Draws, posterior: inference.Draws, fitted: bool) -> results.Doctrine | None:
    """What the scenario's own parameters say of this seat, before and after the evidence."""
    if seat.answer is None:
        return None
    before, after = (
        _spread(_answer(seat, dict(zip(draws.parameters, draws.values, strict=True)), len(draws)), draws)
        for draws in (prior, posterior)
    )
    return results.Doctrine(says=seat.answer_says, value=seat.answer.text, fitted=fitted, prior=before, posterior=after)


def _residuals(
    mirror: Mirror, day: dt.date, summary: Summary, drawn: Draws, posterior: inference.Draws
) -> dict[str, results.Residual]:
    """Per other seat: how its answer differs from that of the seat that faced the act; the doctrine carried over."""
    curve, home = summary.curves[RESPONSE], seated(mirror, mirror.faced_by, day)
    parts, p = curve.parts(home, drawn), curve.by_draw(home, drawn)[:, curve.hit :].sum(1)
    act = sum(parts[g] - _usual(summary, g, drawn) for g in ACT)
    found = {}
    for id in mirror.seats:
        if id == mirror.faced_by:
            continue
        other = seated(mirror, id, day)
        theirs, q = curve.parts(other, drawn), curve.by_draw(other, drawn)[:, curve.hit :].sum(1)
        by = {g: theirs[g] - parts[g] for g in (*STATE, "gap", COUNTRY)}
        actor = np.asarray(sum(by.values()))
        share = np.abs(actor) / np.maximum(np.abs(actor) + np.abs(act), 1e-12)
        found[id] = results.Residual(
            violent=_difference(q - p, p_above=float((q > p).mean())),
            logits=results.Logits(
                actor=_even(actor),
                act=_even(np.asarray(act)),
                by={name: _even(values) for name, values in by.items()},
            ),
            share_of_actor=_even(share),
            carried_over=_carried(mirror, id, actor, posterior),
        )
    return found


def _usual(summary: Summary, group: str, drawn: Draws) -> np.ndarray:
    """The mean effect of a group over the fitted cases, (draw,)."""
    counts = np.array([summary.about["range"]["words"][group].get(word, 0) for word in LEVELS[group]], float)
    return drawn.effects[group] @ (counts / counts.sum())


def _carried(mirror: Mirror, seat: str, actor: np.ndarray, posterior: inference.Draws) -> CurveSpread | None:
    """The fitted doctrine of the seat that faced the act, moved in log odds by what the curve says of another."""
    home = mirror.seats[mirror.faced_by]
    if home.answer is None:
        return None
    values = _answer(home, dict(zip(posterior.parameters, posterior.values, strict=True)), len(posterior))
    shift = np.resize(actor, len(values))
    odds = values / np.maximum(1 - values, 1e-9) * np.exp(shift)
    moved = odds / (1 + odds)
    return _spread(moved, posterior)


def _switched(mirror: Mirror, day: dt.date, curve: Curve, drawn: Draws) -> dict[str, dict[str, Difference]]:
    """What each switch does to the answer of each seat: P(violent) with it less P(violent) as it was."""
    found: dict[str, dict[str, Difference]] = {}
    for switch in mirror.switches:
        found[switch] = {}
        for id in mirror.seats:
            before, after = (
                curve.by_draw(seated(mirror, id, day, s), drawn)[:, curve.hit :].sum(1) for s in (None, switch)
            )
            found[switch][id] = _difference(after - before, p_below=float((after < before).mean()))
    return found


def _case(about: Reference, curve: Curve, drawn: Draws, summary: Summary) -> results.ReferenceCase:
    """One reference case on the curve: what was to be expected of it, and where what was done stands in that."""
    situation = Situation(dict(about.act) | dict(about.words), about.country, about.date.year, about.gap)
    p = curve.by_draw(situation, drawn)
    rung, mean = RUNGS.index(about.response), p.mean(0)
    return results.ReferenceCase(
        says=about.says,
        date=about.date,
        actor=about.actor,
        act=dict(about.act),
        words=dict(about.words),
        response=about.response,
        crisis=about.crisis,
        source=list(about.source),
        rungs={word: float(mean[i]) for i, word in enumerate(RUNGS)},
        violent=_even(p[:, curve.hit :].sum(1)),
        at_least=_chance(mean[rung:]),
        at_most=_chance(mean[: rung + 1]),
        range=_range(situation, summary),
    )


def _chance(parts: np.ndarray) -> float:
    """A sum of probabilities, which rounding may take past 1."""
    return min(1.0, float(parts.sum()))


def _provenance(summary: Summary) -> results.CurveOrigin:
    about = summary.curves[RESPONSE].about["validation"]["all"]
    checked = None
    if about is not None:
        kinds = ("brier", "log", "auc")
        scores = {
            name: CurveScores(**{kind: Score(**found[kind]) for kind in kinds})
            for name, found in about["scores"].items()
        }
        checked = results.Validation(n=about["n"], scores=scores)
    return results.CurveOrigin(**summary.data, validation=checked)
