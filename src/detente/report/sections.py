"""The sections below the claims, as plain dicts and lists for the template. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detente.report import format as fmt
from detente.report import graphics, words

Results = Mapping[str, Any]
Section = dict[str, Any]
SHOWN_FORCED = 6  # forced moves listed per course before "and n more"


def courses(results: Results) -> list[Section]:
    """The courses of action with what each forces and forbids."""
    rows = []
    for index, (name, course) in enumerate(results["courses"].items()):
        forced = [f"{row['track']} {row['move']} on {fmt.day(row['date'])}" for row in course.get("forced") or []]
        forbidden = [f"{row['track']} {fmt.listed(row['moves'], 'or')}" for row in course.get("forbidden") or []]
        more = len(forced) - SHOWN_FORCED
        if more > 0:
            forced = [*forced[:SHOWN_FORCED], f"and {more} more"]
        branch = course.get("branch") if own_branch(results, course) else None
        rows.append(
            {
                "index": index,
                "id": name,
                "name": course.get("name") or name,
                "forced": forced,
                "forbidden": forbidden,
                "branch": fmt.day(branch) if branch else "",
            }
        )
    return rows


def own_branch(results: Results, course: Results) -> bool:
    """Whether a course branches on another day than the rest: its chances cover another time."""
    return (course.get("branch") or results["clock"]["branch"]) != results["clock"]["branch"]


def has_curve(results: Results, event: str) -> bool:
    """True when some course has dated probabilities of `event`."""
    found = (course["events"].get(event) or {} for course in results["courses"].values())
    return any((row.get("by_date") or {}).get("dates") for row in found)


def event_key(results: Results, event: str) -> list[Section]:
    """For one event, a row per course: probability by the end of the clock, spread, median date."""
    rows = []
    for index, (name, course) in enumerate(results["courses"].items()):
        row = course["events"].get(event)
        if row is None:
            continue
        rows.append(
            {
                "id": name,
                "index": index,
                "name": course.get("name") or name,
                "says": row.get("says") or "",
                "from": fmt.day(course["branch"]) if own_branch(results, course) else "",
                "p": fmt.percent(row.get("p")),
                "error": fmt.points(row.get("mc_error")),
                "range": fmt.chance_range(row.get("q05"), row.get("q95")),
                "prior": fmt.percent(row.get("p_prior")),
                "words": words.words(row["p"]) if fmt.known(row.get("p")) else "",
                "epistemic": fmt.percent(row.get("epistemic_share")),
                "median": fmt.day(row["median_date"]) if row.get("median_date") else "not reached",
            }
        )
    return rows


def events(results: Results) -> list[Section]:
    """Every event of any course with its key and whether it has a curve to draw."""
    names = dict.fromkeys(name for course in results["courses"].values() for name in course["events"])
    rows = []
    for name in names:
        key = event_key(results, name)
        says = next((row["says"] for row in key if row["says"]), "")
        rows.append(
            {"id": name, "says": says, "heading": says.rstrip(" ."), "key": key, "curve": has_curve(results, name)}
        )
    return rows


def stocks(results: Results) -> list[Section]:
    """Every stock with its end values by course; observed stocks first, then as declared."""
    names = dict.fromkeys(name for course in results["courses"].values() for name in course.get("stocks") or {})
    rows = []
    for name in names:
        found = [
            (index, course_id, course, course["stocks"][name])
            for index, (course_id, course) in enumerate(results["courses"].items())
            if name in (course.get("stocks") or {})
        ]
        unit = next((data.get("unit") for *_, data in found), "")
        ends = [
            _end(data.get("end") or {}) | {"index": index, "name": course.get("name") or course_id}
            for index, course_id, course, data in found
        ]
        observed = max((len(data.get("observed") or []) for *_, data in found), default=0)
        why = next((data.get("why") or "" for *_, data in found), "")
        rows.append(
            {
                "id": name,
                "unit": fmt.unit(unit) or "no unit",
                "why": why,
                "ends": ends,
                "observed": observed,
                "curve": any(data.get("dates") for *_, data in found),
            }
        )
    return sorted(rows, key=lambda row: not row["observed"])


def _end(end: Mapping[str, Any]) -> Section:
    """A stock on the last day. What is a millionth of the rest of its row is shown as zero."""
    size = max((abs(end[key]) for key in ("mean", "q05", "q95") if fmt.known(end.get(key))), default=0.0)
    shown = {key: 0.0 if fmt.known(value) and abs(value) < 1e-6 * size else value for key, value in end.items()}
    return {
        "mean": fmt.number(shown.get("mean")),
        "error": fmt.plus_minus(shown.get("mc_error")),
        "median": fmt.number(shown.get("q50")),
        "range": fmt.interval(shown.get("q05"), shown.get("q95")),
        "epistemic": fmt.percent(end.get("epistemic_share")),
    }


def moves(results: Results) -> list[Section]:
    """How often each move is chosen, course by course: [{"track", "move", "rung", "cells"}]."""
    names: dict[tuple[str, str], Any] = {}
    for course in results["courses"].values():
        for track, by_move in (course.get("moves") or {}).items():
            for move, row in by_move.items():
                names.setdefault((track, move), row.get("rung"))
    rows = []
    for (track, move), rung in names.items():
        cells = []
        for course in results["courses"].values():
            row = ((course.get("moves") or {}).get(track) or {}).get(move) or {}
            cells.append({"per_step": fmt.percent(row.get("per_step")), "p": fmt.percent(row.get("p"))})
        rows.append({"track": track, "move": move, "rung": fmt.number(rung), "cells": cells})
    return rows


def hypotheses(results: Results) -> list[Section]:
    """Rival accounts: weight before and after the record."""
    return [
        {
            "id": name,
            "says": row.get("says") or "",
            "prior": fmt.percent(row.get("prior")),
            "posterior": fmt.percent(row.get("posterior")),
            "error": fmt.points(row.get("posterior_mc_error")),
            "bar": graphics.credence(row.get("prior"), row.get("posterior"), row.get("posterior_mc_error"), ticks=()),
            "evidence": fmt.number(row.get("log_evidence"), 5),
            "evidence_error": fmt.plus_minus(row.get("log_evidence_mc_error")),
        }
        for name, row in results["hypotheses"].items()
    ]


def parameters(results: Results) -> list[Section]:
    """Parameters with prior and posterior interval, most learned first; fixed ones last."""
    rows = []
    for name, row in results["parameters"].items():
        prior, post, learned = row.get("prior") or {}, row.get("posterior") or {}, row.get("learned")
        rows.append(
            {
                "id": name,
                "unit": fmt.unit(row.get("unit")) or "no unit",
                "under": _under(results, row),
                "prior": fmt.interval(prior.get("q05"), prior.get("q95")),
                "posterior": fmt.interval(post.get("q05"), post.get("q95")),
                "mean": fmt.number(post.get("mean")),
                "error": fmt.plus_minus(row.get("posterior_mc_error")),
                "learned": fmt.percent(learned) if fmt.known(learned) else "fixed",
                "learned_error": fmt.points(row.get("learned_mc_error")) if fmt.known(learned) else "",
                "rank": learned if fmt.known(learned) else -1.0,
                "fixed": not fmt.known(learned),
                "bar": graphics.learned(prior, post) if fmt.known(learned) else "",
                "share": graphics.share(learned) if fmt.known(learned) else "",
            }
        )
    return sorted(rows, key=lambda row: -row["rank"])


def derived(results: Results) -> list[Section]:
    """What the parameters imply, before and after the record."""
    rows = []
    for name, row in (results.get("derived") or {}).items():
        prior, post = row["prior"], row["posterior"]
        rows.append(
            {
                "id": name,
                "says": row["says"],
                "unit": fmt.unit(row["unit"]) or "no unit",
                "prior": fmt.interval(prior["q05"], prior["q95"]),
                "posterior": fmt.interval(post["q05"], post["q95"]),
                "mean": fmt.number(post["mean"]),
                "error": fmt.plus_minus(row["posterior_mc_error"]),
                "bar": graphics.learned(prior, post) if prior["sd"] else "",
            }
        )
    return rows


def assumptions(results: Results) -> list[Section]:
    """Each parameter's prior with its reason and sources, as declared."""
    return [
        {
            "id": name,
            "prior": row.get("prior_text") or fmt.MISSING,
            "unit": fmt.unit(row.get("unit")) or "no unit",
            "why": row.get("why") or "",
            "source": [row["source"]] if isinstance(row.get("source"), str) else list(row.get("source") or []),
        }
        for name, row in results["parameters"].items()
    ]


def yardstick() -> list[Section]:
    """The bands of the yardstick, with what is used for each."""
    lower = [0.0, *(row.upto for row in words.BANDS[:-1])]
    return [
        {
            "words": row.words,
            "published": row.published,
            "used": f"{100 * start:g} to {100 * row.upto:g}%",
            "bar": graphics.band(row.low, row.high, start, row.upto),
        }
        for row, start in zip(words.BANDS, lower, strict=True)
    ]


NOISE = {
    "kalman": "integrated over along the replay by a Kalman filter",
    "particles": "integrated over by a particle filter",
    "replay": "left out (the fast mode)",
}


def _noise(facts: Results) -> str:
    """How the likelihood treated noise, and where it is not exact."""
    if not facts:
        return ""
    reasons = "; ".join(facts["approximate"])
    exact = {"kalman": ", exactly while no stock runs into its range"}.get(facts["mode"], "")
    start = ", ".join(facts.get("unspread") or [])
    told = f"; courses start from the expected value of {start}" if start else ""
    return NOISE[facts["mode"]] + (f"; not exact: {reasons}" if reasons else exact) + told


def methods(results: Results) -> Section:
    """What was done, what was not, and what the checks and the fit complained about."""
    fit = results.get("fit") or {}
    acceptance = [f"{name} {fmt.percent(value)}" for name, value in (fit.get("acceptance") or {}).items()]
    steps = [f"{name} {len(value)}" for name, value in (fit.get("temperatures") or {}).items()]
    facts = [
        ("Algorithm", fit.get("algorithm") or ""),
        (
            "Particles",
            f"{fmt.number(fit['particles'], 6)} in {fit.get('islands', 1)} islands" if fmt.fitted(results) else "",
        ),
        ("Tempering steps", ", ".join(steps)),
        ("Acceptance", ", ".join(acceptance)),
        ("Noise between measurements", _noise(fit.get("noise") or {})),
        ("Foresight", "; ".join(fmt.foresight(results))),
        ("Ledger rows in the likelihood", fmt.number(fit.get("ledger_rows"), 6) if fmt.fitted(results) else ""),
    ]
    return {
        "methods": list(results.get("methods") or []),
        "fit": [fact for fact in facts if fact[1]],
        "warnings": list(fit.get("warnings") or []),
        "lint": list(results.get("lint") or []),
        "not_built": list(results.get("not_built") or []),
    }


def provenance(results: Results) -> Section:
    """What made this report: versions, seed, hash, timings."""
    timings = results.get("timings") or {}
    cached = " (from the cache)" if timings.get("fit_cached") else ""
    return {
        "versions": [f"{name} {version}" for name, version in (results.get("versions") or {}).items()],
        "seed": results["seed"],
        "hash": results["scenario_sha256"],
        "schema": results["schema"],
        "status": results["status"],
        "timings": [
            (key.removesuffix("_s"), fmt.seconds(value) + (cached if key == "fit_s" else ""))
            for key, value in timings.items()
            if key.endswith("_s") and fmt.known(value)
        ],
    }


def _under(results: Results, row: Mapping[str, Any]) -> str:
    """The hypotheses a parameter is summarised under, when it is fixed by the others."""
    found = list(row.get("hypotheses") or [])
    return f"under {fmt.listed(found)}" if 0 < len(found) < len(results["hypotheses"]) else ""
