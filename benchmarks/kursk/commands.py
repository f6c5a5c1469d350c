"""`detente fit` and `detente run` as a user types them, each in a fresh process: seconds, CPU seconds, peak memory.

A round of runs begins with an empty cache: cold; a second time; with one parameter set; with one number of an appeal
edited in a copy. The last three find the cache that those before filled.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Command, Deadline, OutOfTimeError, run_command

Say = Callable[[str], None]
KINDS = ("cold", "second", "set", "edited")
TRANSIENT = ("timings", "made")  # what two equal runs may say differently


@dataclass(frozen=True)
class Case:
    """A scenario, a parameter to be set, and further options of the command."""

    scenario: str = "kursk-2024"
    setting: str = "chill_ru=0"
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """An installed Détente: this one, or another version in an environment of its own."""

    name: str
    python: str

    def environment(self, cache: Path) -> Mapping[str, str]:
        """Variables for its processes; the paths of this one lead nowhere else."""
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" or self.python == sys.executable}
        return {**kept, "DETENTE_CACHE": str(cache), "COLUMNS": "120"}

    def run(self, arguments: Sequence[str], cache: Path, deadline: Deadline) -> Command:
        """One command line."""
        command = [self.python, "-m", "detente", *arguments]
        return run_command(command, deadline=deadline, environment=self.environment(cache))

    def folder_of(self, scenario: str) -> Path:
        """Where its scenario lies."""
        if Path(scenario).is_dir():
            return Path(scenario).resolve()
        code = "import detente, pathlib; print(pathlib.Path(detente.__file__).parent / 'scenarios')"
        done = subprocess.run(
            [self.python, "-c", code], check=True, capture_output=True, text=True, env=self.environment(Path())
        )
        return Path(done.stdout.strip()) / scenario


def edited_copy(folder: Path, into: Path) -> Path:
    """A copy of a scenario folder in which one number of the first appeal that has one is a tenth larger."""
    copy = into / folder.name
    shutil.copytree(folder, copy)
    file = copy / "scenario.yaml"
    text = file.read_text(encoding="utf-8")
    number = re.compile(r"(appeal: [^\n]*?)(?<![\w.])(\d+(?:\.\d+)?)(?![\w.])")
    changed, count = number.subn(lambda m: f"{m[1]}{float(m[2]) * 1.1:g}", text, count=1)
    if not count:
        raise ValueError(f"{file}: no appeal with a number to edit")
    file.write_text(changed, encoding="utf-8")
    return copy


def fit(case: Case, rounds: int, deadline: Deadline, say: Say) -> dict[str, Any]:
    """The fit with an empty cache."""
    taken: list[dict[str, Any]] = []
    program = Program("this", sys.executable)
    for number in range(rounds):
        say(f"{case.scenario}: fit {number + 1} of {rounds}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                arguments = ["fit", case.scenario, "--json", "--quiet", *case.options]
                done = program.run(arguments, Path(folder, "cache"), deadline)
            except OutOfTimeError:
                break
            taken.append(_row(done, json.loads(done.output)))
    return _summary(taken)


def runs(case: Case, rounds: int, deadline: Deadline, say: Say, beside: str | None = None) -> dict[str, dict[str, Any]]:
    """Cold, second, set and edited runs, by the name of the program and the kind of run.

    Args:
        beside: the interpreter of another environment whose Détente runs in turn with this one.
    """
    programs = [Program("this", sys.executable)] + ([Program("beside", beside)] if beside else [])
    taken: dict[str, dict[str, list]] = {p.name: {kind: [] for kind in KINDS} for p in programs}
    same: dict[str, list[bool]] = {p.name: [] for p in programs}
    try:
        for number in range(rounds):
            for program in programs:
                with tempfile.TemporaryDirectory() as folder:
                    results = {}
                    for kind, arguments in _arguments(program, case, Path(folder)).items():
                        say(f"{case.scenario}: {kind} run, {program.name} version, {number + 1} of {rounds}")
                        done = program.run(arguments, Path(folder, "cache"), deadline)
                        results[kind] = json.loads(done.output)
                        taken[program.name][kind].append(_row(done, results[kind]))
                        if kind == "second":
                            same[program.name].append(_lasting(results["cold"]) == _lasting(results["second"]))
    except OutOfTimeError:
        pass
    return {
        name: {kind: _summary(rows) for kind, rows in kinds.items() if rows}
        | ({"same_results": all(same[name])} if same[name] else {})
        for name, kinds in taken.items()
    }


def _arguments(program: Program, case: Case, folder: Path) -> dict[str, list[str]]:
    """The command of every kind of run."""
    copy = edited_copy(program.folder_of(case.scenario), folder)

    def run(scenario: str, out: str, *more: str) -> list[str]:
        return ["run", scenario, *more, "--json", "--quiet", "--out", str(folder / out), *case.options]

    plain = run(case.scenario, "out")
    changed = run(case.scenario, "set", "--set", case.setting)
    return {"cold": plain, "second": plain, "set": changed, "edited": run(str(copy), "edited")}


def _lasting(results: Mapping[str, Any]) -> dict[str, Any]:
    """What two equal runs have to say alike."""
    return {key: value for key, value in results.items() if key not in TRANSIENT}


def _row(done: Command, results: Mapping[str, Any]) -> dict[str, Any]:
    """One command, with the stage timings that it printed."""
    row = asdict(done)
    del row["output"]
    return row | {"stages": {k: v for k, v in results["timings"].items() if k.endswith("_s")}}


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over rounds, and the rounds; empty without any."""
    if not rows:
        return {}

    def median(values: list) -> float | None:
        return None if None in values else round(statistics.median(values), 3)

    stages = {k: median([r["stages"][k] for r in rows]) for k in rows[0]["stages"]}
    middle = {k: median([r[k] for r in rows]) for k in ("seconds", "cpu", "peak_mib")}
    return middle | {"stages": stages, "rounds": rows}
