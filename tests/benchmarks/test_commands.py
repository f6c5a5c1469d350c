"""Commands in processes of their own: what they take, when they are stopped, and the edited copy of a scenario."""

import sys

import pytest

from benchmarks.kursk.commands import edited_copy
from benchmarks.measure import Deadline, OutOfTimeError, run_command


def test_a_command_is_measured():
    done = run_command([sys.executable, "-c", "print(sum(range(10**6)))"], deadline=Deadline())
    assert done.output == "499999500000\n" and done.seconds > 0


def test_a_command_is_stopped_at_the_deadline():
    with pytest.raises(OutOfTimeError):
        run_command([sys.executable, "-c", "import time; time.sleep(60)"], deadline=Deadline(0.2))


def test_a_command_that_fails_says_why():
    code = "import sys; print('no such luck', file=sys.stderr); sys.exit(3)"
    with pytest.raises(RuntimeError, match="ended with 3: no such luck"):
        run_command([sys.executable, "-c", code], deadline=Deadline())


def test_an_edited_copy_differs_in_one_number(tmp_path):
    original = tmp_path / "kursk"
    original.mkdir()
    text = "tracks:\n  A.x:\n    m:\n      appeal: base_2 + 0.1*(x - 10)\n    n: {appeal: 3}\n"
    (original / "scenario.yaml").write_text(text, encoding="utf-8")
    copy = edited_copy(original, tmp_path / "copies")
    assert (copy / "scenario.yaml").read_text(encoding="utf-8") == text.replace("0.1*", "0.11*")


def test_a_scenario_without_numbers_is_not_edited(tmp_path):
    original = tmp_path / "bare"
    original.mkdir()
    (original / "scenario.yaml").write_text("appeal: base\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no appeal with a number"):
        edited_copy(original, tmp_path / "copies")
