"""What goes wrong ends with the right code and one whole message on stderr, without a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import COD_WAR

GOLDEN = [
    (
        ["run", COD_WAR, "--futures", "3"],
        """1 problem in the options

--futures
  expected an even number from 2 to 65536
  got      '3'
  hint     take 4
""",
    ),
    (
        ["fit", COD_WAR, "--seed", "-1", "--draws", "0"],
        """2 problems in the options

--seed
  expected a whole number from 0 to 4294967295
  got      '-1'

--draws
  expected a whole number from 1 to 65536
  got      '0'
""",
    ),
    (
        ["check", COD_WAR, "--set", "redline", "--set", "patience=1", "--set", "patience=2"],
        """2 problems in the options

--set
  expected NAME=VALUE
  got      'redline'

--set
  expected each parameter once
  got      'patience=2'
  hint     'patience' is also set to 1
""",
    ),
    (
        ["run", COD_WAR, "--device", "gpux"],
        """1 problem in the options

--device
  expected cpu or gpu
  got      'gpux'
  hint     did you mean 'gpu'?
""",
    ),
    (
        ["run", COD_WAR, "--only", "claims", "--set", "redlin=3"],
        """1 problem in the scenario

set redlin
  expected the id of a parameter
  got      'redlin'
  hint     did you mean 'redline'?
""",
    ),
    (
        ["run", COD_WAR, "--set", "patience=often"],
        """1 problem in the scenario

set patience
  expected a number
  got      'often'
""",
    ),
    (
        ["run", COD_WAR, "--only", "courses", "--course", "frigate"],
        """1 problem in the options

--course
  expected a course of the scenario: frigates, no-frigates
  got      'frigate'
  hint     did you mean 'frigates'?
""",
    ),
    (
        ["check", COD_WAR / "claims"],
        f"""1 problem in the scenario

scenario
  expected a folder with a scenario.yaml, or a .yaml file
  got      '{COD_WAR / "claims"}'
  hint     it is part of a scenario: give its folder, {COD_WAR}
""",
    ),
    (
        ["run", COD_WAR, "--out", os.devnull],
        f"""1 problem in the options

--out
  expected a folder that can be written to
  got      '{os.devnull}'
  hint     File exists
""",
    ),
    (
        ["render", COD_WAR / "history.csv"],
        f"""1 problem in the results

{COD_WAR / "history.csv"}:1:1: json
  1 | date,track,move,magnitude,source,grade,note
    | ^
  expected valid JSON
  got      'Expecting value'
""",
    ),
    (
        ["render", "nowhere.json"],
        """1 problem in the results

nowhere.json
  expected a results file that `detente run` wrote
  got      'No such file or directory'
""",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), GOLDEN, ids=lambda value: str(value)[:40] if value else None)
def test_bad_input(arguments, message, detente):
    assert detente(*arguments) == (2, "", message)


def test_an_unknown_scenario(detente):
    done = detente("check", "kursk-2042")
    assert done.code == 2 and not done.out
    assert done.err.startswith("1 problem in the scenario\n\nscenario\n  expected a scenario folder, or one of: ")
    assert "  got      'kursk-2042'\n" in done.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["frob"], "No such command 'frob'"),
        (["check"], "Missing argument 'SCENARIO'"),
        (["run", "x", "--seed", "soon"], "'--seed'"),
        (["list", "--frob"], "--frob"),
    ],
)
def test_usage_errors(arguments, part, detente):
    done = detente(*arguments)
    assert (done.code, done.out) == (2, "")
    assert part in done.err and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        (("escalaition", "--json"), "its finding is a page of the documentation, docs/escalaition.md"),
        (("classic", "richardson"), "use `detente run classics/NAME --set PARAMETER=VALUE`; `detente list` names them"),
    ],
)
def test_a_removed_command_says_what_to_use_instead(detente, arguments, instead):
    assert detente(*arguments) == (2, "", f"the command {arguments[0]} was removed: {instead}\n")


def test_a_hazard_above_one_is_the_scenarios_fault(toll, detente):
    done = detente(
        "run",
        "--only",
        "courses",
        "--no-files",
        toll,
        "--no-fit",
        "--set",
        "greed=5",
        "--quiet",
        "--draws",
        "16",
        "--futures",
        "2",
    )
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("the scenario's model cannot be run\n\nevent 'riot': its hazard left [0, 1] ")


def test_refit_needs_a_fit(detente):
    assert detente("run", COD_WAR, "--refit", "--no-fit") == (
        2,
        "",
        "1 problem in the options\n\n--refit\n  expected a run with a fit\n  got      '--no-fit'\n"
        "  hint     leave one of the two out\n",
    )


def _fails_with(monkeypatch, error: BaseException) -> None:
    def load(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("detente.session.load", load)


def test_a_bug_is_short(monkeypatch, detente):
    _fails_with(monkeypatch, ZeroDivisionError("division by zero"))
    assert detente("check", "x") == (
        1,
        "",
        "ZeroDivisionError: division by zero\n\nthis is a bug, please report it; "
        "DETENTE_TRACEBACK=1 shows where it happened\n",
    )


def test_a_bug_with_its_traceback(monkeypatch, detente):
    _fails_with(monkeypatch, ZeroDivisionError("division by zero"))
    monkeypatch.setenv("DETENTE_TRACEBACK", "1")
    done = detente("check", "x")
    assert done.code == 1 and done.err.startswith("Traceback (most recent call last):")


def test_an_interrupt(monkeypatch, detente):
    _fails_with(monkeypatch, KeyboardInterrupt())
    assert detente("check", "x") == (130, "", "interrupted\n")


def test_a_full_disk(monkeypatch, detente):
    _fails_with(monkeypatch, OSError(28, "No space left on device"))
    assert detente("check", "x") == (2, "", "the system refused: [Errno 28] No space left on device\n")


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes of POSIX")
def test_a_reader_that_stops_reading():
    program = [sys.executable, "-m", "detente", "check", str(COD_WAR)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    ("command", "package", "got", "extra"),
    [
        (
            ["run", COD_WAR, "--only", "courses", "--device", "cpu"],
            "jax",
            "--device\n  expected {}\n  got      'cpu'",
            "jax",
        ),
        (["run", COD_WAR, "--device", "gpu"], "jax", "--device\n  expected {}\n  got      'gpu'", "gpu"),
        (["fit", COD_WAR, "--method", "nuts"], "numpyro", "--method\n  expected {}\n  got      'nuts'", "jax"),
        (
            ["verify", "samplers", COD_WAR],
            "numpyro",
            "verify samplers\n  expected {}\n  got      'both samplers'",
            "jax",
        ),
    ],
)
def test_an_extra_that_is_missing(detente, monkeypatch, command, package, got, extra):
    monkeypatch.setattr("detente.cli.options.find_spec", lambda name: None)
    done = detente(*command)
    missing = got.format(f"{package}, which is not installed")
    message = f"1 problem in the options\n\n{missing}\n  hint     pip install 'detente[{extra}]'\n"
    assert (done.code, done.out, done.err) == (2, "", message)
