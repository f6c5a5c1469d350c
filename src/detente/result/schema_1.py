"""Older results as schema 2 has them: as much as a report needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from detente.result.claims import verdict_of
from detente.result.parts import Json

CONTESTED = "contested"


def upgraded(old: Json) -> Json:
    """A result of schema 1 as one of schema 2. Keys that came late in schema 1 may be missing."""
    new = {"status": "ok", "question": "", "summary": "", "actors": {}, **old, "schema": 2}
    held = new.get("held") or {}
    new["asked"] = {"seed": old.get("seed"), "set": {name: about.get("value") for name, about in held.items()}}
    versions = dict(new.pop("versions", {}))
    new["made"] = {"date": None, "engine": versions.pop("engine", ""), "versions": versions}
    new["lead"], new["answer"] = new.pop("answer", None) or {"event": None, "text": ""}, []
    new["fit"] = _fit(old.get("fit"))
    if (analogies := new.get("analogies")) and "missing" in analogies:
        new["analogies"], new["analogies_missing"] = None, analogies["missing"]
    _each(
        new,
        "parameters",
        lambda about: {"hypotheses": list(new.get("hypotheses", [])), **about, "source": _listed(about)},
    )
    _each(new, "courses", lambda course: _course(course, new))
    _each(new, "claims", _claim)
    if mirror := new.get("mirror"):
        new["mirror"] = {**mirror, "curve": _curve(mirror.get("curve"))}
    return new


def _each(new: Json, key: str, change: Callable[[Json], Json]) -> None:
    if isinstance(found := new.get(key), dict):
        new[key] = {name: change(about) if isinstance(about, dict) else about for name, about in found.items()}


def _listed(parameter: Json) -> Any:
    source = parameter.get("source") or []
    return [source] if isinstance(source, str) else source


def _fit(fit: Json | None) -> Json:
    if not fit:
        return {"algorithm": "none: run without a fit, so that 'after' equals 'before'"}
    return {"algorithm": "", **fit, "problems": fit.get("problems") or fit.get("warnings") or []}


def _course(course: Json, new: Json) -> Json:
    course = {
        "branch": new.get("clock", {}).get("branch"),
        "futures": new.get("futures"),
        "moves": {},
        "stocks": {},
        **course,
    }
    _each(
        course, "stocks", lambda stock: {"why": "", **stock, "end": {"q25": None, "q75": None, **stock.get("end", {})}}
    )
    return course


def _claim(claim: Json) -> Json:
    return {"untestable": "", "words": "", "crux": [], "margin": None, **claim}


def without_contested(found: Json) -> None:
    """Put the verdict that its credence has in the place of "contested", which older files say of all between holds and
    fails."""
    claims = found.get("claims")
    for claim in claims.values() if isinstance(claims, dict) else ():
        if isinstance(claim, dict):
            if claim.get("verdict") == CONTESTED:
                claim["verdict"] = _between(claim.get("credence"))
            each, shares = claim.get("verdict_by_hypothesis"), claim.get("by_hypothesis")
            if isinstance(each, dict) and isinstance(shares, dict):
                said = {h: _between(shares.get(h)) if v == CONTESTED else v for h, v in each.items()}
                claim["verdict_by_hypothesis"] = said


def _between(credence: Any) -> str:
    return verdict_of(credence) if isinstance(credence, float) else "open"


def _curve(curve: Json | None) -> Json | None:
    checked = (curve or {}).get("validation")
    if not curve or not checked:
        return curve
    scores = {name: about for name, about in checked.items() if name != "n"}
    return {**curve, "validation": {"n": checked.get("n"), "scores": scores}}
