"""Mistakes in files that commands read: refused with a message, or let pass where a second reader lets them pass too.

DETENTE_MUTATIONS sets how many there are of each; 2,000 take some minutes. Games: tests/games/test_mutations.py.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.read_outcomes import read_outcomes
from detente.result import decode
from tests.cli.conftest import COD_WAR, call, ends_well
from tests.language.plain import judge as judge_outcomes
from tests.mutations import misshapen, mistaken
from tests.result.plain import RefusedError, judge

TIMES = int(os.environ.get("DETENTE_MUTATIONS", "60"))
BY_COMMAND = 10  # of so many one goes through the command line
ISSUE = ("--at", "1976-03-01", "--draws", "32", "--particles", "16", "--quiet")


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mistaken")
    call("forecast", "issue", COD_WAR, "--out", folder, *ISSUE)
    return folder / "forecast-cod-war-1976-03-01.json"


@pytest.mark.parametrize("change", [mistaken, misshapen])
def test_no_results_are_read_that_a_second_reader_refuses(ran, tmp_path, change):
    original, chance, ends = (ran[1] / "results.json").read_text(encoding="utf-8"), random.Random(1), {}
    judge(original)
    for n in range(TIMES):
        text = change(original, chance)
        if n % BY_COMMAND == 0:
            (tmp_path / "results.json").write_text(text, encoding="utf-8")
            ends_well(call("render", tmp_path / "results.json", "--out", tmp_path))
        try:
            decode(text, "results.json")
        except InputError as error:
            assert error.problems and str(error)
            ends["refused"] = True
            continue
        ends["read"] = True
        try:
            judge(text)
        except RefusedError as why:
            (tmp_path / "let-pass.json").write_text(text, encoding="utf-8")
            pytest.fail(f"read, though {why}: {tmp_path / 'let-pass.json'}")
    assert len(ends) == 2


def test_results_cut_at_the_end_of_a_line(tmp_path):
    (tmp_path / "results.json").write_text('{"detente": "0.1.0",\n', encoding="utf-8")
    done = call("render", tmp_path)
    assert (done.code, done.err.splitlines()[-2:]) == (
        2,
        ["  expected valid JSON", "  got      'Expecting property name enclosed in double quotes'"],
    )


def test_an_outcome_of_thousands_of_digits(record, tmp_path):
    huge = '[{"id": "strain", "date": "1976-03-08", "value": ' + "9" * 5000 + "}]"
    (tmp_path / "outcomes.json").write_text(huge, encoding="utf-8")
    done = call("forecast", "score", record, "--outcomes", tmp_path / "outcomes.json")
    assert (done.code, done.err) == (
        2,
        "1 problem in the outcomes\n\noutcomes.json\n  expected JSON with numbers of an ordinary size\n"
        "  got      'Exceeds the limit (4300 digits) for integer string conversion'\n",
    )


@pytest.mark.parametrize(("name", "change"), [("csv", mistaken), ("json", mistaken), ("json", misshapen)])
def test_no_outcomes_are_read_that_a_second_reader_refuses(record, tmp_path, name, change):
    told = json.loads(record.read_text(encoding="utf-8"))
    kinds = {row["id"]: "events" for row in told["events"]} | {row["id"]: "series" for row in told["series"]}
    rows = [(row["id"], row["by"], int(row["id"] == "strained")) for row in told["events"]]
    rows += [(row["id"], row["week"], n + 0.5) for n, row in enumerate(told["series"][:3])]
    text = json.dumps([dict(zip(("id", "date", "value"), row, strict=True)) for row in rows], indent=1)
    if name == "csv":
        text = "\n".join(["id,date,value,at", *(",".join(map(str, row)) + "," for row in rows)]) + "\n"
    judge_outcomes(text, kinds, json=name == "json")
    chance, path, ends = random.Random(1), tmp_path / f"outcomes.{name}", {}
    for n in range(TIMES):
        path.write_text(made := change(text, chance), encoding="utf-8", newline="")
        if n % BY_COMMAND == 0:
            ends_well(call("forecast", "score", record, "--outcomes", path))
        try:
            read_outcomes(path, kinds)
        except InputError as error:
            assert error.problems and str(error)
            ends["refused"] = True
            continue
        ends["read"] = True
        try:
            judge_outcomes(made, kinds, json=name == "json")
        except RefusedError as why:
            pytest.fail(f"read, though {why}: {made}")
    assert len(ends) == 2


@pytest.mark.parametrize("change", [mistaken, misshapen])
def test_records_of_forecasts(record, tmp_path, change):
    (tmp_path / "outcomes.csv").write_text("id,date,value\nstrain,1976-03-08,1\n", encoding="utf-8")
    chance, path, text = random.Random(1), tmp_path / "record.json", record.read_text(encoding="utf-8")
    for _ in range(TIMES):
        path.write_text(change(text, chance), encoding="utf-8")
        ends_well(call("forecast", "score", path, "--outcomes", tmp_path / "outcomes.csv"))
