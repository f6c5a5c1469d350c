"""Files of crises put to the analyses: a scenario's act among recorded crises, and the response curves scored.

The analyses themselves know no files.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from detente.crises.analogies import analogs
from detente.crises.response_curve import Summary, load_summary
from detente.crises.response_features import seated
from detente.crises.response_scores import score_cases
from detente.errors import InputError, Problem
from detente.events.sources import icb
from detente.events.where import find
from detente.language.records import Scenario
from detente.result import rounded
from detente.result.crises import Analogies, CurveData, DataFile, ResponseScores, SummaryOrigin
from detente.text.nearest import did_you_mean


def _read(path: Path) -> list[icb.ActorCase]:
    cases = icb.read_actors(path)
    if not cases:
        raise InputError([Problem(path.name, "at least one case", "none")], what="the crises")
    return cases


def check_act(scenario: Scenario, day: dt.date | None, seat: str | None = None) -> None:
    """Refuse a scenario without an act, a day before it or beyond the record, and a seat that it has not.

    Raises:
        InputError: With every problem.
    """
    problems: list[Problem] = []
    mirror = scenario.mirror
    if mirror is None:
        hint = "describe the act in scenario.yaml under `mirror:`; docs/mirror.md says how"
        problems.append(Problem("mirror", "a scenario that describes an act", scenario.id, hint))
    else:
        now = max(scenario.clock.now, mirror.date)
        if day is not None and not mirror.date <= day <= now:
            expected = f"a day from {mirror.date}, when the act came, to {now}, when the record ends"
            problems.append(Problem("--at", expected, str(day)))
        if seat is not None and seat not in mirror.seats:
            known = ", ".join(mirror.seats)
            problems.append(Problem("--seat", f"a seat: {known}", seat, did_you_mean(seat, mirror.seats)))
    if problems:
        raise InputError(problems, what="the request")


def nearest_crises(
    scenario: Scenario, *, day: dt.date | None = None, seat: str | None = None, k: int = 10, file: Path | None = None
) -> Analogies:
    """The k crises nearest to a scenario's act as known on a day (its clock's `now` when None), before a seat.

    Args:
        file: an ICB2 file; looked for in the data folders when None.

    Raises:
        InputError: The file is not found, not in that form, or holds no case; or what `check_act` refuses.
    """
    check_act(scenario, day, seat)
    assert scenario.mirror is not None
    day, seat = day or scenario.clock.now, seat or scenario.mirror.faced_by
    path = find(icb.FILE, file)
    about = seated(scenario.mirror, seat, day)
    near = analogs(about, _read(path), load_summary(), k=k)
    found = Analogies(
        scenario=scenario.id,
        scenario_sha256=scenario.sha256,
        says=scenario.mirror.says,
        at=day,
        seat=seat,
        data=DataFile(citation=icb.CITATION, sha256=icb.sha256(path)),
        **{key: getattr(near, key) for key in near.__struct_fields__},
    )
    return rounded(found)


def found_or_missing(scenario: Scenario) -> tuple[Analogies | None, str]:
    """`nearest_crises`, or how to get the data where they are not found or cannot be read."""
    if scenario.mirror is None:
        return None, ""
    try:
        return nearest_crises(scenario), ""
    except InputError as error:
        first = error.problems[0]
        return None, f"{first.hint or f'{first.field}: expected {first.expected}'} ({icb.CITATION})."


def score_responses(path: Path, summary: Summary | None = None, seed: int = 1) -> ResponseScores:
    """Score the curves on an ICB2-format file.

    Args:
        summary: the shipped one when None.

    Raises:
        InputError: The file is not in that form, or holds no case.
    """
    summary, cases = summary or load_summary(), _read(path)
    digest = icb.sha256(path)
    return rounded(
        ResponseScores(
            file=path.name,
            sha256=digest,
            cases=len(cases),
            fitted=digest == summary.data["sha256"],
            summary=SummaryOrigin(data=CurveData(**summary.data), versions=summary.about["versions"]),
            targets=score_cases(cases, summary, seed),
        )
    )
