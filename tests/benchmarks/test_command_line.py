"""The command's exit code, its JSON file, and how the parts' findings are put together."""

import json

import pytest

from benchmarks import __main__ as command
from benchmarks.measure import OutOfTimeError


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command with a part `fit` that finds, or raises, what is given: exit code and JSON."""

    def call(found):
        def part(asked):
            if isinstance(found, Exception):
                raise found
            return found

        file = tmp_path / "found.json"
        monkeypatch.setattr(command, "MAIN", {"fit": part})
        monkeypatch.setattr(command, "hold_to_cores", lambda count: None)
        monkeypatch.setattr("sys.argv", ["benchmarks", "--only", "fit", "--json", str(file)])
        code = command.main()
        return code, json.loads(file.read_text(encoding="utf-8"))

    return call


def test_all_is_well(run):
    code, found = run({"skipped": {"mesa": "absent"}})
    assert code == 0 and found["skipped"] == {"mesa": "absent"}


def test_another_game_is_an_error(run):
    assert run({"disagrees": ["mesa"]})[0] == 1


def test_other_results_a_second_time_are_an_error(run):
    assert run({"failed": {"second run": "other results"}})[0] == 1


def test_a_part_that_fails_is_an_error(run):
    code, found = run(RuntimeError("it broke"))
    assert code == 1 and found["failed"] == {"fit": "it broke"}


def test_time_that_is_over_is_no_error(run):
    code, found = run(OutOfTimeError())
    assert code == 0 and found["skipped"] == {"fit": "the time was over"}


def test_findings_are_united():
    whole = {"kursk": {"fit": 1}, "skipped": {}}
    command.unite(whole, {"kursk": {"runs": {"cold": 2}}, "ratios": {"numpy": 3}, "skipped": {"mesa": "absent"}})
    assert whole == {"kursk": {"fit": 1, "runs": {"cold": 2}}, "ratios": {"numpy": 3}, "skipped": {"mesa": "absent"}}
