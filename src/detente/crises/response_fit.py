"""Fit the response curves to a file of crises, validate them forward in time, and write the summary that ships.

Validation is by time alone: fit before a year, predict the ten years from it, move on by ten. The weight of climatology
in the forecasts is chosen on these predictions by the one-standard-error rule (Breiman, Friedman, Olshen & Stone 1984,
Classification and Regression Trees, section 3.4.3): the largest weight of a short list whose log score cannot be told
from the best one, errors being of whole crises. The past ran in decades unlike each other, and so may what is ahead.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from msgspec import to_builtins

from detente.crises.response_curve import RESPONSE, SCHEMA, VIOLENCE, Curve, range_of, rungs_of, vector_names
from detente.crises.response_features import (
    COUNTRY,
    ERAS,
    GROUPS,
    LEVELS,
    era_of,
    gap_slope,
    levels_of,
    response_rung,
    situation,
    violence,
)
from detente.crises.response_scores import resamples, score_table
from detente.events.sources.icb import CITATION, ActorCase
from detente.inference.ordinal import Design, OrdinalFit, Spread, fit_ordinal
from detente.inference.scores import FLOOR, log_score
from detente.language.crisis_terms import RUNGS
from detente.language.crisis_terms import VIOLENCE as VIOLENCE_WORDS
from detente.result.parts import Json
from detente.settings import CURVE_DRAWS, ORDINAL_SMC, VERSION, SMCSettings

CUTS = (1950, 1960, 1970, 1980, 1990)  # fit before, predict the next WINDOW years
WINDOW = 10
BLENDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
# chosen, as the covariates were, by quick penalised fits over CUTS: era drift helps to foretell responses and harms for
# war; and the states of one crisis count each for one (0), all for one (1), or as the root of their number (0.5)
SPREADS = {RESPONSE: Spread(era=0.3), VIOLENCE: Spread(era=0.0)}
SHARED = {RESPONSE: 0.0, VIOLENCE: 0.5}
FORWARD = SMCSettings()  # of a validation fit, of which there are ten: with fewer particles than the final ones
CASES = 5.0  # climatology counts as so many cases of every trigger type, in the rival that knows the trigger alone
ABOUT: Mapping[str, Json] = {
    RESPONSE: {"rungs": list(RUNGS), "hit": 5, "says": "violent major response (majres 8 or 9)"},
    VIOLENCE: {"rungs": ["less", VIOLENCE_WORDS[4]], "hit": 1, "says": "full-scale war (viol 4)"},
}
Progress = Callable[[str], None]


def design_of(cases: Sequence[ActorCase], shared: float) -> tuple[Design, list[int]]:
    """The cases as a design, and the country behind each level of its last group.

    Args:
        shared: a state counts the number of its crisis's states to the power of minus this.
    """
    situations = [situation(case) for case in cases]
    countries = sorted({case.country for case in cases})
    groups = {g: levels_of(situations, g) for g in GROUPS}
    groups[COUNTRY] = np.searchsorted(countries, [case.country for case in cases])
    levels = {g: len(LEVELS[g]) for g in GROUPS} | {COUNTRY: len(countries)}
    size = Counter(case.crisis for case in cases)
    weight = np.array([size[case.crisis] ** -shared for case in cases])
    slopes = np.array([[gap_slope(s.gap)] for s in situations])
    era = np.array([era_of(case.year) for case in cases])
    return Design(groups, levels, slopes, era, ERAS, weight), countries


def fit_responses(
    cases: Sequence[ActorCase],
    *,
    sha256: str,
    seed: int,
    settings: SMCSettings = ORDINAL_SMC,
    forward: SMCSettings = FORWARD,
    cuts: Sequence[int] = CUTS,
    curves: Sequence[str] = (RESPONSE, VIOLENCE),
    progress: Progress = print,
) -> Json:
    """Fit both curves and return the summary.

    Args:
        sha256: of the file of the cases, to name it.
        settings: of the final fits; `forward` of those of the validation.
        cuts: years of the validation's splits; none: no validation, and no climatology is blended in.
    """
    years = np.array([case.year for case in cases])
    whole = np.full(len(cases), True)
    made = {}
    for name in curves:
        about = ABOUT[name]
        design, countries = design_of(cases, SHARED[name])
        k = np.array([response_rung(c) if name == RESPONSE else violence(c) for c in cases])
        share = float((k >= about["hit"]).mean())
        rivals = _forward(
            name, cases, design, k, about, years, cuts, forward, seed, lambda text, n=name: progress(f"{n} {text}")
        )
        blend, validation = _validated(rivals, seed)
        progress(f"{name}: fit to all {len(cases)} cases")
        fit = fit_ordinal(design, k, len(about["rungs"]), whole, seed=seed, spread=SPREADS[name], settings=settings)
        entry = about | {
            "climatology": share,
            "climatology_rungs": np.bincount(k, minlength=len(about["rungs"])) / len(k),
            "blend": blend,
            "trigger_alone": _by_trigger(cases, k >= about["hit"], whole),
            **_gaussian(fit, countries),
            "diagnostics": _diagnostics(fit),
            "validation": validation,
        }
        entry["approximation"] = _approximation(name, entry, cases, fit, design)
        made[name] = entry
    packages = {name: version(name) for name in ("numpy", "scipy")}
    return {
        "schema": SCHEMA,
        "says": "Hierarchical ordered logits of major response and of violence, fitted to ICB2 by tempered SMC",
        "data": {
            "citation": CITATION,
            "sha256": sha256,
            "cases": len(cases),
            "crises": len({case.crisis for case in cases}),
            "first_year": int(years.min()),
            "last_year": int(years.max()),
            "gap_sd": float(np.std([gap_slope(case.codes.get("powdis")) for case in cases])),
        },
        "versions": {"detente": VERSION, "python": platform.python_version(), **packages},
        "seed": seed,
        "settings": vars(settings) | {"forward": vars(forward)},
        "priors": {n: {k: v for k, v in vars(s).items() if k != "groups"} for n, s in SPREADS.items()},
        "shared": SHARED,
        "range": range_of([situation(case) for case in cases]),
        "curves": made,
    }


def _by_trigger(cases: Sequence[ActorCase], hit: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    trigger = levels_of([situation(case) for case in cases], "trigger")
    share = hit[mask].mean()
    mine = [mask & (trigger == level) for level in range(len(LEVELS["trigger"]))]
    return {
        word: float((hit[at].sum() + CASES * share) / (at.sum() + CASES))
        for word, at in zip(LEVELS["trigger"], mine, strict=True)
    }


def _forward(
    name: str,
    cases: Sequence[ActorCase],
    design: Design,
    k: np.ndarray,
    about: Mapping[str, Any],
    years: np.ndarray,
    cuts: Sequence[int],
    settings: SMCSettings,
    seed: int,
    progress: Progress,
) -> list[Json]:
    """Forecasts of the years from each cut by what lay before it."""
    hit, found = k >= about["hit"], []
    crisis = np.array([case.crisis for case in cases])
    for cut in cuts:
        before, ahead = years < cut, (years >= cut) & (years < cut + WINDOW)
        progress(f"before {cut}: {before.sum()} cases, {ahead.sum()} ahead")
        fit = fit_ordinal(design, k, len(about["rungs"]), before, seed=seed, spread=SPREADS[name], settings=settings)
        table = _by_trigger(cases, hit, before)
        p = over_rows(fit, about["hit"])
        found.append(
            {
                "cut": cut,
                "came": hit[ahead].astype(float),
                "crisis": crisis[ahead],
                "curve": p[ahead],
                "climatology": np.full(ahead.sum(), hit[before].mean()),
                "trigger alone": np.array([table[situation(case).words["trigger"]] for case in cases])[ahead],
                "fitted": int(before.sum()),
                "diagnostics": _diagnostics(fit),
            }
        )
    return found


def over_rows(fit: OrdinalFit, hit: int) -> np.ndarray:
    """P(rung >= hit) of every row, fitted or ahead, shape (row,)."""
    cuts, eta = fit.draws["cuts"], fit.draws["eta"]
    return np.array([rungs_of(cuts, eta[:, row])[:, hit:].sum(1).mean() for row in range(eta.shape[1])])


def _validated(rivals: Sequence[Mapping[str, Any]], seed: int) -> tuple[float, Json]:
    """The weight of climatology by the one-standard-error rule over all years ahead, and the scores with it."""
    if not rivals:
        return 0.0, {"splits": [], "all": None}
    joined = {
        n: np.concatenate([r[n] for r in rivals]) for n in ("came", "crisis", "curve", "climatology", "trigger alone")
    }
    blends = {w: (1 - w) * joined["curve"] + w * joined["climatology"] for w in BLENDS}
    scores = {w: log_score(p, joined["came"], FLOOR) for w, p in blends.items()}
    best = min(scores.values(), key=np.mean)
    samples = resamples(joined["crisis"], seed)
    worse = {w: score - best for w, score in scores.items()}
    error = {w: float(np.std(samples @ gap / samples.sum(1))) for w, gap in worse.items()}
    blend = max(w for w, gap in worse.items() if gap.mean() <= error[w])

    def table(about: Mapping[str, Any]) -> Json:
        forecasts = {
            "curve": (1 - blend) * about["curve"] + blend * about["climatology"],
            "climatology": about["climatology"],
            "trigger alone": about["trigger alone"],
        }
        return to_builtins(score_table(about["came"], forecasts, about["crisis"], seed))

    splits = [
        {
            "fit_before": r["cut"],
            "predict_before": r["cut"] + WINDOW,
            "fitted": r["fitted"],
            "diagnostics": r["diagnostics"],
            **table(r),
        }
        for r in rivals
    ]
    by_blend = {
        str(w): {"log": s.mean(), "worse_by": worse[w].mean(), "standard_error": error[w]} for w, s in scores.items()
    }
    return blend, {"blends": by_blend, "splits": splits, "all": table(joined)}


def _diagnostics(fit: OrdinalFit) -> Json:
    return {
        "draws": len(fit),
        "r_hat_max": fit.r_hat,
        "r_hat_worst": fit.worst,
        "ess_min": fit.ess,
        "acceptance": fit.acceptance,
    }


def _gaussian(fit: OrdinalFit, countries: Sequence[int]) -> Json:
    """Mean and covariance of what every case shares, and mean and spread per country."""
    draws = fit.draws
    columns = [
        draws["cuts"][:, :1],
        np.log(np.diff(draws["cuts"], axis=1)),
        *(draws[g] for g in GROUPS),
        draws["slope"],
        draws["era"],
        np.log(draws[f"sd {COUNTRY}"])[:, None],
    ]
    theta = np.concatenate(columns, axis=1)
    covariance = np.cov(theta.T)
    mine = draws[COUNTRY]
    return {
        "names": vector_names(draws["cuts"].shape[1] + 1, draws["era"].shape[1]),
        "mean": theta.mean(0),
        "covariance": covariance[np.tril_indices(len(covariance))],
        "countries": {str(c): [mine[:, i].mean(), mine[:, i].std()] for i, c in enumerate(countries)},
        "spreads": {
            g: {
                "mean": draws[f"sd {g}"].mean(),
                "q05": np.quantile(draws[f"sd {g}"], 0.05),
                "q95": np.quantile(draws[f"sd {g}"], 0.95),
            }
            for g in (*GROUPS, COUNTRY, "era")
            if f"sd {g}" in draws
        },
    }


def _approximation(
    name: str, entry: Mapping[str, Any], cases: Sequence[ActorCase], fit: OrdinalFit, design: Design
) -> dict[str, float]:
    """How far P(target) by the summary stands from that by the sampler's own draws, over the cases."""
    curve = Curve(name, _plain(entry) | {"blend": 0.0})
    by_summary = curve.probabilities([situation(case) for case in cases], curve.draws(n=CURVE_DRAWS))
    gaps = np.abs(by_summary - over_rows(fit, entry["hit"]))
    return {"largest": float(gaps.max()), "mean": float(gaps.mean())}


def _plain(value: Any) -> Any:
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in value.items()}
