"""Response curves from a fitted summary: how states answer an act, and how sure that is. NumPy only; no data needed.

The summary holds the posterior of the hierarchical ordered logit (`inference.ordinal`) as a Gaussian: one joint for
what all cases share, one mean and spread per country. Predictions average over draws from it. How far this stands from
the sampler's own draws is stored beside it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from detente import streams
from detente.crises.response_features import COUNTRY, GROUPS, LEVELS, Situation, era_of, gap_slope, levels_of
from detente.errors import InputError, Problem
from detente.result.parts import Json
from detente.settings import CURVE_DRAWS

SHIPPED = Path(__file__).with_name("responses_icb2_v15.json")
SCHEMA = 1
RESPONSE, VIOLENCE = "response", "violence"  # the two curves
RARE = 3  # cases: a pair of words seen in fewer is off the curve's range (our choice)


@dataclass(frozen=True)
class Draws:
    """Draws of a curve's parameters, shape (draw, ...)."""

    cuts: np.ndarray  # (draw, rung - 1)
    effects: Mapping[str, np.ndarray]  # group -> (draw, level)
    slope: np.ndarray  # (draw,)
    era: np.ndarray  # (draw, era)
    country_sd: np.ndarray  # (draw,)
    seed: int  # of the effects of countries


class Curve:
    """One fitted curve: `response` over the rungs of the ladder, or `violence`, war or less."""

    def __init__(self, name: str, about: Mapping[str, Any]) -> None:
        self.name, self.about = name, about
        self.rungs: list[str] = about["rungs"]
        self.hit: int = about["hit"]  # lowest rung that counts as the target
        self.says: str = about["says"]
        self.climatology: float = about["climatology"]
        self.blend: float = about["blend"]

    def draws(self, seed: int = 1, n: int = CURVE_DRAWS) -> Draws:
        """Draws from the summary; the same seed gives the same."""
        names, rng = self.about["names"], streams.rng(f"{self.name} curve", seed)
        covariance = symmetric(self.about["covariance"], len(names))
        values, vectors = np.linalg.eigh(covariance)
        z = rng.standard_normal((n, len(names)))
        theta = np.array(self.about["mean"]) + (z * np.sqrt(np.maximum(values, 0.0))) @ vectors.T

        def of(prefix: str) -> np.ndarray:
            return theta[:, [i for i, name in enumerate(names) if name.split("|")[0] == prefix]]

        cuts = of("cut") + np.concatenate([np.zeros((n, 1)), np.cumsum(np.exp(of("log gap")), axis=1)], axis=1)
        return Draws(
            cuts,
            {g: of(g) for g in GROUPS},
            of("gap")[:, 0],
            of("era"),
            np.exp(of("log sd country"))[:, 0],
            seed,
        )

    def country(self, number: int, draws: Draws) -> np.ndarray:
        """Effect of a country, shape (draw,); one that no case had is a draw from the spread of countries."""
        known = self.about["countries"].get(str(number))
        z = streams.rng(f"{self.name} curve", draws.seed, number).standard_normal(len(draws.slope))
        return z * draws.country_sd if known is None else known[0] + known[1] * z

    def parts(self, about: Situation, draws: Draws) -> dict[str, np.ndarray]:
        """What each covariate adds to eta, shape (draw,) each: the groups, `gap`, `era` and `country`."""
        found = {}
        for group in GROUPS:
            level = int(levels_of([about], group)[0])
            found[group] = draws.effects[group][:, level] if level >= 0 else np.zeros(len(draws.slope))
        found["gap"] = draws.slope * gap_slope(about.gap)
        found["era"] = draws.era[:, era_of(about.year)]
        return found | {COUNTRY: self.country(about.country, draws)}

    def by_draw(self, about: Situation, draws: Draws) -> np.ndarray:
        """P(rung) for each draw, shape (draw, rung), before the blend."""
        return rungs_of(draws.cuts, np.sum(list(self.parts(about, draws).values()), axis=0))

    def probabilities(self, situations: Sequence[Situation], draws: Draws | None = None) -> np.ndarray:
        """P(target) of each situation, shape (row,), blended with climatology as the validation chose."""
        draws = draws or self.draws()
        raw = np.array([self.by_draw(s, draws)[:, self.hit :].sum(1).mean() for s in situations])
        return (1 - self.blend) * raw + self.blend * self.climatology

    def trigger_alone(self, situations: Sequence[Situation]) -> np.ndarray:
        """P(target) by the type of trigger and nothing else, shape (row,)."""
        return np.array([self.about["trigger_alone"][s.words["trigger"]] for s in situations])


@dataclass(frozen=True)
class Summary:
    """Both curves, and where they come from."""

    curves: Mapping[str, Curve]
    data: Mapping[str, Any]
    about: Mapping[str, Any]  # the whole file

    def seldom(self, about: Situation) -> list[str]:
        """Pairs of words that fewer than `RARE` fitted cases share, in words: why a case is off the curve's range."""
        counts = {pair: self.about["range"]["pairs"].get(pair, 0) for pair in _pairs(about)}
        return [f"{pair} ({n} {'case' if n == 1 else 'cases'})" for pair, n in counts.items() if n < RARE]


def load_summary(path: Path | None = None) -> Summary:
    """The shipped summary, or one that `detente crises fit` wrote.

    Raises:
        InputError: The file is no such summary.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Summary:
    return _read(SHIPPED)


def _read(path: Path) -> Summary:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["schema"] != SCHEMA:
            raise KeyError("schema")
        curves = {name: Curve(name, about["curves"][name]) for name in (RESPONSE, VIOLENCE)}
        return Summary(curves, about["data"], about)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        got = getattr(error, "strerror", None) or f"{path.name}: {type(error).__name__}"
        expected = "a summary that `detente crises fit` wrote"
        raise InputError([Problem("--summary", expected, str(got))], what="the options") from None


def rungs_of(cuts: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """P(rung) of an ordered logit: cuts (draw, rung - 1), eta (draw,); shape (draw, rung)."""
    below = 1.0 / (1.0 + np.exp(np.clip(eta[:, None] - cuts, -500, 500)))
    edge = np.zeros((len(eta), 1))
    return np.diff(np.concatenate([edge, below, edge + 1.0], axis=1), axis=1)


def symmetric(lower: Sequence[float], n: int) -> np.ndarray:
    """A symmetric matrix from its lower triangle, row by row."""
    full = np.zeros((n, n))
    full[np.tril_indices(n)] = lower
    return full + np.tril(full, -1).T


def _pairs(about: Situation) -> list[str]:
    words = [f"{g}: {about.words[g]}" for g in GROUPS if g in about.words]
    return [f"{first} with {second}" for i, first in enumerate(words) for second in words[i + 1 :]]


def range_of(situations: Sequence[Situation]) -> Json:
    """What the fitted cases cover: how many have each word and share each pair of words, and the share of the cases
    that would be off the range of the others."""
    pairs = Counter(pair for about in situations for pair in _pairs(about))
    off = [any(pairs[pair] <= RARE for pair in _pairs(about)) for about in situations]
    words = {g: dict(Counter(about.words[g] for about in situations if g in about.words)) for g in GROUPS}
    return {"pairs": dict(pairs), "words": words, "off_range_share": sum(off) / len(off)}


def vector_names(rungs: int, eras: int) -> list[str]:
    """What the Gaussian of a summary is over, in order: `kind|which`."""
    names = ["cut|0", *(f"log gap|{i}" for i in range(rungs - 2))]
    names += [f"{g}|{word}" for g in GROUPS for word in LEVELS[g]]
    return [*names, "gap|", *(f"era|{i}" for i in range(eras)), "log sd country|"]
