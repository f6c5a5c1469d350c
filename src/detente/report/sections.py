"""The sections below the claims, as plain dicts and lists for the template. Formatting only."""

from __future__ import annotations

from detente.report import format as fmt
from detente.report import graphics, words
from detente.report.format import Section
from detente.result.run import CompanionFit, Course, NoiseTreatment, Parameter, Result, StockEnd

SHOWN_FORCED = 6  # forced moves listed per course before "and n more"


def courses(results: Result) -> list[Section]:
    """The courses of action with what each forces and forbids."""
    rows = []
    for index, (name, course) in enumerate(results.courses.items()):
        forced = [f"{row.track} {row.move} on {fmt.day(row.date)}" for row in course.forced]
        forbidden = [f"{row.track} {fmt.listed(row.moves, 'or')}" for row in course.forbidden]
        more = len(forced) - SHOWN_FORCED
        if more > 0:
            forced = [*forced[:SHOWN_FORCED], f"and {more} more"]
        branch = course.branch if own_branch(results, course) else None
        rows.append(
            {
                "index": index,
                "id": name,
                "name": course.name or name,
                "forced": forced,
                "forbidden": forbidden,
                "branch": fmt.day(branch) if branch else "",
            }
        )
    return rows


def own_branch(results: Result, course: Course) -> bool:
    """Whether a course branches on another day than the rest: its chances cover another time."""
    return (course.branch or results.clock.branch) != results.clock.branch


def has_curve(results: Result, event: str) -> bool:
    """True when some course has dated probabilities of `event`."""
    return any(event in course.events and course.events[event].by_date.dates for course in results.courses.values())


def event_key(results: Result, event: str) -> list[Section]:
    """For one event, a row per course: probability by the end of the clock, spread, median date."""
    rows = []
    for index, (name, course) in enumerate(results.courses.items()):
        row = course.events.get(event)
        if row is None:
            continue
        rows.append(
            {
                "id": name,
                "index": index,
                "name": course.name or name,
                "says": row.says,
                "from": fmt.day(course.branch) if own_branch(results, course) else "",
                "p": fmt.percent(row.p),
                "error": fmt.points(row.mc_error),
                "range": fmt.chance_range(row.q05, row.q95),
                "prior": fmt.percent(row.p_prior),
                "words": words.words(row.p) if fmt.known(row.p) else "",
                "epistemic": fmt.percent(row.epistemic_share),
                "median": fmt.day(row.median_date) if row.median_date else "not reached",
            }
        )
    return rows


def events(results: Result) -> list[Section]:
    """Every event of any course with its key and whether it has a curve to draw."""
    names = dict.fromkeys(name for course in results.courses.values() for name in course.events)
    rows = []
    for name in names:
        key = event_key(results, name)
        says = next((row["says"] for row in key if row["says"]), "")
        rows.append(
            {"id": name, "says": says, "heading": says.rstrip(" ."), "key": key, "curve": has_curve(results, name)}
        )
    return rows


def stocks(results: Result) -> list[Section]:
    """Every stock with its end values by course; observed stocks first, then as declared."""
    names = dict.fromkeys(name for course in results.courses.values() for name in course.stocks)
    rows = []
    for name in names:
        found = [
            (index, course_id, course, course.stocks[name])
            for index, (course_id, course) in enumerate(results.courses.items())
            if name in course.stocks
        ]
        unit = next((data.unit for *_, data in found), "")
        ends = [
            _end(data.end) | {"index": index, "name": course.name or course_id}
            for index, course_id, course, data in found
        ]
        observed = max((len(data.observed) for *_, data in found), default=0)
        why = next((data.why for *_, data in found), "")
        rows.append(
            {
                "id": name,
                "unit": fmt.unit(unit) or "no unit",
                "why": why,
                "ends": ends,
                "observed": observed,
                "curve": any(data.dates for *_, data in found),
            }
        )
    return sorted(rows, key=lambda row: not row["observed"])


def _end(end: StockEnd) -> Section:
    """A stock on the last day. What is a millionth of the rest of its row is shown as zero."""
    size = max((abs(value) for value in (end.mean, end.q05, end.q95) if fmt.known(value)), default=0.0)

    def shown(value: float | None) -> float | None:
        return 0.0 if fmt.known(value) and abs(value) < 1e-6 * size else value

    return {
        "mean": fmt.number(shown(end.mean)),
        "error": fmt.plus_minus(shown(end.mc_error)),
        "median": fmt.number(shown(end.q50)),
        "range": fmt.interval(shown(end.q05), shown(end.q95)),
        "epistemic": fmt.percent(end.epistemic_share),
    }


def moves(results: Result) -> list[Section]:
    """How often each move is chosen, course by course: [{"track", "move", "rung", "cells"}]."""
    names: dict[tuple[str, str], float] = {}
    for course in results.courses.values():
        for track, by_move in course.moves.items():
            for move, row in by_move.items():
                names.setdefault((track, move), row.rung)
    rows = []
    for (track, move), rung in names.items():
        cells = []
        for course in results.courses.values():
            row = course.moves.get(track, {}).get(move)
            used = (row.per_step, row.p) if row else (None, None)
            cells.append({"per_step": fmt.percent(used[0]), "p": fmt.percent(used[1])})
        rows.append({"track": track, "move": move, "rung": fmt.number(rung), "cells": cells})
    return rows


def hypotheses(results: Result | CompanionFit) -> list[Section]:
    """Rival accounts: weight before and after the record."""
    return [
        {
            "id": name,
            "says": row.says,
            "prior": fmt.percent(row.prior),
            "posterior": fmt.percent(row.posterior),
            "error": fmt.points(row.posterior_mc_error),
            "bar": graphics.credence(row.prior, row.posterior, row.posterior_mc_error, ticks=()),
            "evidence": fmt.number(row.log_evidence, 5),
            "evidence_error": fmt.plus_minus(row.log_evidence_mc_error),
        }
        for name, row in results.hypotheses.items()
    ]


def parameters(results: Result) -> list[Section]:
    """Parameters with prior and posterior interval, most learned first; fixed ones last."""
    rows = []
    for name, row in results.parameters.items():
        prior, post, learned = row.prior, row.posterior, row.learned
        rows.append(
            {
                "id": name,
                "unit": fmt.unit(row.unit) or "no unit",
                "under": _under(results, row),
                "prior": fmt.interval(prior.q05, prior.q95),
                "posterior": fmt.interval(post.q05, post.q95),
                "mean": fmt.number(post.mean),
                "error": fmt.plus_minus(row.posterior_mc_error),
                "learned": fmt.percent(learned) if fmt.known(learned) else "fixed",
                "learned_error": fmt.points(row.learned_mc_error) if fmt.known(learned) else "",
                "rank": learned if fmt.known(learned) else -1.0,
                "fixed": not fmt.known(learned),
                "bar": graphics.learned(prior, post) if fmt.known(learned) else "",
                "share": graphics.share(learned) if fmt.known(learned) else "",
            }
        )
    return sorted(rows, key=lambda row: -row["rank"])


def derived(results: Result | CompanionFit) -> list[Section]:
    """What the parameters imply, before and after the record."""
    rows = []
    for name, row in results.derived.items():
        prior, post = row.prior, row.posterior
        rows.append(
            {
                "id": name,
                "says": row.says,
                "unit": fmt.unit(row.unit) or "no unit",
                "prior": fmt.interval(prior.q05, prior.q95),
                "posterior": fmt.interval(post.q05, post.q95),
                "mean": fmt.number(post.mean),
                "error": fmt.plus_minus(row.posterior_mc_error),
                "bar": graphics.learned(prior, post) if prior.sd else "",
            }
        )
    return rows


def assumptions(results: Result) -> list[Section]:
    """Each parameter's prior with its reason and sources, as declared."""
    return [
        {
            "id": name,
            "prior": row.prior_text or fmt.MISSING,
            "unit": fmt.unit(row.unit) or "no unit",
            "why": row.why,
            "source": row.source,
        }
        for name, row in results.parameters.items()
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


def _noise(facts: NoiseTreatment | None) -> str:
    """How the likelihood treated noise, and where it is not exact."""
    if not facts:
        return ""
    reasons = "; ".join(facts.approximate)
    exact = {"kalman": ", exactly while no stock runs into its range"}.get(facts.mode, "")
    start = ", ".join(facts.unspread)
    told = f"; courses start from the expected value of {start}" if start else ""
    return NOISE[facts.mode] + (f"; not exact: {reasons}" if reasons else exact) + told


def methods(results: Result) -> Section:
    """What was done, what was not, and what the checks and the fit complained about."""
    fit = results.fit
    acceptance = [f"{name} {fmt.percent(value)}" for name, value in fit.acceptance.items()]
    steps = [f"{name} {len(value)}" for name, value in fit.temperatures.items()]
    facts = [
        ("Algorithm", fit.algorithm),
        (
            "Particles",
            f"{fmt.number(fit.particles, 6)} in {fit.islands or 1} islands" if fmt.fitted(results) else "",
        ),
        ("Tempering steps", ", ".join(steps)),
        ("Acceptance", ", ".join(acceptance)),
        ("Noise between measurements", _noise(fit.noise)),
        ("Foresight", "; ".join(fmt.foresight(results.foresight))),
        ("Ledger rows in the likelihood", fmt.number(fit.ledger_rows, 6) if fmt.fitted(results) else ""),
    ]
    return {
        "methods": results.methods,
        "fit": [fact for fact in facts if fact[1]],
        "warnings": fit.problems,
        "lint": results.lint,
        "not_built": results.not_built,
    }


def provenance(results: Result) -> Section:
    """What made this report: versions, seed, hash, timings."""
    timings, made = results.timings, results.made
    cached = " (from the cache)" if timings.fit_cached else ""
    return {
        "versions": [f"{name} {version}" for name, version in made.versions.items()]
        + ([f"engine {made.engine}"] if made.engine else []),
        "made": f"{fmt.day(made.date)}{f', commit {made.commit}' if made.commit else ''}" if made.date else "",
        "seed": results.seed,
        "hash": results.scenario_sha256,
        "schema": results.schema,
        "status": results.status,
        "timings": [
            (stage, fmt.seconds(value) + (cached if stage == "fit" else ""))
            for stage, value in fmt.stages(timings)
            if fmt.known(value)
        ],
    }


def _under(results: Result, row: Parameter) -> str:
    """The hypotheses a parameter is summarised under, when it is fixed by the others."""
    found = row.hypotheses
    return f"under {fmt.listed(found)}" if 0 < len(found) < len(results.hypotheses) else ""
