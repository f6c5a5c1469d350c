"""Rival hypotheses window by window, and what the record taught about each claim. Wording only."""

from __future__ import annotations

from detente.report import format as fmt
from detente.report import graphics
from detente.report.format import Section
from detente.result.claims import Claim, ClaimInfluence, Influence, RowInfluence
from detente.result.run import Result, Window

PARTS = ("unlearned", "learned", "hypothesis", "unexplained")


def windows(results: Result) -> list[Section]:
    """Per hypothesis the windows of the record that it explains worst."""
    checks = results.checks
    groups = []
    for name, hypothesis in results.hypotheses.items():
        rows = hypothesis.worst_windows
        if rows:
            counts = (checks.tests.get(name), checks.flagged.get(name)) if checks else (None, None)
            groups.append(
                {
                    "id": name,
                    "rows": [_stretch(row) for row in rows],
                    "summary": _summary(*counts),
                }
            )
    return groups


def _stretch(row: Window) -> Section:
    kinds = {"moves": "moves of", "event": "the event", "measurements": "measurements of", "sizes": "sizes of moves of"}
    return {
        "span": f"{fmt.day(row.start)} to {fmt.day(row.end)}",
        "what": f"{kinds[row.kind]} {row.name}",
        "surprise": fmt.number(row.surprise, 2),
        "expected": fmt.number(row.expected, 2),
        "p": _odds(row.p),
        "flagged": bool(row.flagged),
    }


def _odds(p: float | None) -> str:
    """A small chance, with the digits that a whole percent would lose."""
    return f"{fmt.number(100 * p, 1)}%" if fmt.known(p) and 0 < p < 0.01 else fmt.percent(p)


def _summary(tests: int | None, flagged: int | None) -> str:
    if not tests:
        return ""
    if not flagged:
        return f"Not one of its {fmt.count(tests, 'comparison')} is more surprising than chance explains"
    verb = "is" if flagged == 1 else "are"
    return f"{flagged} of its {fmt.count(tests, 'comparison')} {verb} more surprising than chance explains"


def flips(results: Result, claims: list[Section]) -> list[Section]:
    """Per hypothesis the claims that it flips when taken as certain. `claims` are those of the document."""
    groups = []
    for name in results.hypotheses if len(results.hypotheses) > 1 else ():
        rows = []
        for claim in claims:
            row = results.claims[claim["id"]]
            if name in row.flipped_by_hypothesis:
                there = fmt.chance(row.by_hypothesis.get(name), row.by_hypothesis_mc_error.get(name))
                verdict = row.verdict_by_hypothesis.get(name) or ""
                rows.append(
                    {
                        "anchor": claim["anchor"],
                        "says": claim["says"],
                        "averaged": claim["after"],
                        "there": there,
                        "verdict": verdict,
                    }
                )
        groups.append({"id": name, "rows": rows})
    return groups


def open_claims(results: Result, claims: list[Section]) -> list[Section]:
    """How far the record moved each claim, and what is open in it rests on."""
    rows = []
    for claim in claims:
        row = results.claims[claim["id"]]
        if claim["testable"] and row.moved is not None:
            parts = row.open_shares
            shares = {key: getattr(parts, key).share for key in PARTS} if parts else {}
            rows.append(
                {
                    "anchor": claim["anchor"],
                    "says": claim["says"],
                    "moved": moved(row.moved, row.moved_mc_error),
                    "bar": graphics.parts([shares[key] for key in PARTS]) if parts else "",
                    "shares": {key: fmt.percent(value) for key, value in shares.items()} or None,
                }
            )
    return rows


def moved(change: float | None, error: float | None) -> str:
    """A change of a credence in points: "+12 pp ±1 pp"."""
    if not fmt.known(change):
        return fmt.MISSING
    return f"{fmt.signed_points(change) or '0 pp'} {fmt.points(error)}".strip()


def claim(row: Claim) -> Section:
    """One claim's details: a sentence on what its open part turns on, and the rows that moved it most."""
    rows = [_row(item) | {"moved": moved(item.change, item.mc_error)} for item in row.influence]
    return {"open": _open(row), "rows": rows, "rows_note": _rows_note(row.influence)}


def _open(row: Claim) -> str:
    parts = row.open_shares
    if not parts:
        return "Too few draws disagree on it to say what its open part turns on."
    share = {key: fmt.chance(getattr(parts, key).share, getattr(parts, key).mc_error) for key in PARTS}
    return (
        f"Of what is still open, {share['unlearned']} turns on assumptions the record did not touch, "
        f"{share['learned']} on parameters it taught something about, {share['hypothesis']} on which hypothesis is "
        f"true; {share['unexplained']} on no single parameter."
    )


def _rows_note(rows: list[ClaimInfluence]) -> str:
    clear = [r for r in rows if fmt.known(r.change) and abs(r.change) > 2 * (r.mc_error or 0.0)]
    return "" if clear or not rows else "No row here moved it by more than two Monte-Carlo errors."


def teachers(results: Result) -> Section | None:
    """The rows of the record that taught most, over all parameters and hypotheses."""
    found = results.influence
    if not found or not found.rows:
        return None
    rows = [
        _row(row) | {"taught": fmt.number(row.divergence, 2), "error": fmt.plus_minus(row.divergence_mc_error)}
        for row in found.rows
    ]
    return {"rows": rows, "left_out": f"{found.left_out:,}", "summary": _reliability(found)}


def _reliability(found: Influence) -> str:
    text = ""
    if found.unreliable:
        text = f"For {found.unreliable:,} of them the draws cannot tell; where listed, they are marked."
    if found.refitted:
        text += f" {fmt.count(found.refitted, 'row was', 'rows were')} left out by fitting again."
    return text.strip()


def _row(row: RowInfluence) -> Section:
    measured = row.kind == "measurement"
    return {
        "date": fmt.day(row.date),
        "what": f"{row.name} measured at {row.what}" if measured else f"{row.name}: {row.what}",
        "source": row.source,
        "k": fmt.number(row.k_hat, 2),
        "note": _note(row),
    }


def _note(row: RowInfluence) -> str:
    if row.method == "refit":
        return "fitted again without it"
    return "" if row.reliable else "not reliable: the draws cannot tell"
