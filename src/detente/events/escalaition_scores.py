"""EscalAItion: wargames played by language models, read from a user's copy, and its escalation score computed anew.

The published score of a run and day is the sum over all actions of the points of the action's class, and an action
counts only if it is written exactly like its name in the configuration: a re-worded action scores 0. The corrected
score gives a re-worded action the points of the action it was mapped to, and an occupied city the points of its class,
which the published total never reaches. It is evidence about language models, not about people or states.

Source: Rivera, Mukobi, Reuel, Lamparth, Smith & Schneider (2024), "Escalation Risks from Language Models in Military
and Diplomatic Decision-Making", arXiv 2401.03408. File layout: docs/data.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from detente.errors import InputError, Problem
from detente.events import where
from detente.text import plain_rows
from detente.text.fields import parse_number

ACTIONS, POINTS, STORED = "actions_v3.csv.gz", "action_severity.csv", "daily_scores_v6.csv"
NATIONS = 8  # players of a game; the published charts divide the day's sum by them

RunDay = tuple[str, int]


class Action(NamedTuple):
    """One action: who did what to whom. `written` is the model's wording, `action` what it was mapped to, or ""."""

    run: str  # "model|scenario|number"
    model: str
    scenario: str
    day: int
    nation: str
    target: str
    written: str
    action: str


class Points(NamedTuple):
    """The score of one action of the configuration, and the class it belongs to."""

    category: str
    published: float
    corrected: float


class Score(NamedTuple):
    """The score of one run and day."""

    published: float
    corrected: float


def folder(given: Path | None = None) -> Path:
    """The folder with the three files.

    Raises:
        InputError: It is in none of the usual places.
    """
    return where.find(f"escalaition/{ACTIONS}", given).parent


def read_points(path: Path) -> dict[str, Points]:
    """Points by the action's name, from `action_severity.csv`.

    Raises:
        InputError: A column is missing or a cell is no number; all problems at once.
    """
    columns = ("action", "category_score", "points_published", "points_nominal")
    rows = _Rows(path, columns)
    found = {
        row["action"]: Points(
            row["category_score"], rows.number(line, row["points_published"]), rows.number(line, row["points_nominal"])
        )
        for line, row in rows
    }
    rows.judge()
    return found


def read_actions(path: Path, names: Mapping[str, Points]) -> list[Action]:
    """Every action, in the order of the file.

    Args:
        names: the configuration's actions; a mapping to another name is refused.

    Raises:
        InputError: A column is missing, a day is no number, or a row is mapped to an unknown action.
    """
    rows = _Rows(path, ("run_id", "model", "scenario", "day", "nation", "target", "action_raw", "action"))
    found = []
    for line, row in rows:
        if row["action"] and row["action"] not in names:
            rows.bad(line, "an action of the configuration, or nothing", row["action"])
        day = rows.day(line, row["day"])
        written = row["action_raw"] or row["action"]
        found.append(
            Action(
                row["run_id"],
                row["model"],
                row["scenario"],
                day,
                row["nation"],
                row["target"],
                written,
                row["action"],
            )
        )
    rows.judge()
    return found


def read_stored(path: Path) -> dict[RunDay, Score]:
    """The daily totals that were published, and those of the corrected scoring, as stored in `daily_scores_v6.csv`."""
    rows = _Rows(path, ("run_id", "day", "total_published", "total_nominal"))
    found = {}
    for line, row in rows:
        published, corrected = (rows.number(line, row[name]) for name in ("total_published", "total_nominal"))
        found[row["run_id"], rows.day(line, row["day"])] = Score(published, corrected)
    rows.judge()
    return found


def daily(actions: Iterable[Action], points: Mapping[str, Points]) -> dict[RunDay, Score]:
    """The score of every run and day that has an action, summed over its nations."""
    sums: dict[RunDay, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in actions:
        total = sums[one.run, one.day]
        if exact := points.get(one.written):
            total[0] += exact.published
        if meant := points.get(one.action):
            total[1] += meant.corrected
    return {key: Score(*total) for key, total in sums.items()}


class _Rows:
    """Rows of a table with a header, by line number, and the problems found in them."""

    def __init__(self, path: Path, columns: Iterable[str]) -> None:
        self.path, self.columns, self.problems = path, tuple(columns), []

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        line = 0
        for line, row in plain_rows.read(self.path, self.columns):
            yield line, row
        if not line:
            self.bad(1, "at least one row", "none")

    def bad(self, line: int, expected: str, got: str) -> None:
        self.problems.append(Problem(f"{self.path.name}:{line}", expected, got))

    def number(self, line: int, text: str) -> float:
        number = parse_number(text)
        if number is None:
            self.bad(line, "a number", text)
        return number or 0.0

    def day(self, line: int, text: str) -> int:
        number = parse_number(text)
        if number is None or number != int(number):
            self.bad(line, "a day, as a whole number", text)
        return int(number or 0)

    def judge(self) -> None:
        if self.problems:
            raise InputError(self.problems, what="the data")
