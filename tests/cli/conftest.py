"""Commands run in this process: `detente("check", folder)` gives their exit code, stdout and stderr."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from detente.cli import main

COMPILERS = {"llvmlite", "jax", "numpyro"}  # which cost seconds, or are not installed at all
COD_WAR = Path(__file__).parent.parent / "scenarios" / "cod-war"
TINY = ("--draws", "32", "--futures", "4")

TOLL = """
    detente: 1
    title: A toll
    clock: {start: 2020-01-06, branch: 2020-02-03, now: 2020-02-17, end: 2020-04-06, step: 1 week}
    actors: {A: {name: The bridge keeper}}
    parameters:
      greed: {prior: normal(0, 1), unit: logit, why: nobody has asked him, source: guess}
    stocks:
      A.purse: {initial: 1, unit: coins, range: [0, 100], flow: 1}
    tracks:
      A.bridge: {raise-toll: {rung: 1, appeal: greed, effects: {A.purse: +1}}}
    events:
      riot: {hazard: 0.1 * exp(greed), once: true}
    """


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def call(*arguments: object) -> Done:
    """Run one command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Done(code, out.getvalue(), err.getvalue())


def ends_well(done: Done) -> None:
    """The command ended with 0, or with 2 and a message."""
    assert done.code in (0, 2), done.err
    assert "Traceback" not in done.err
    assert bool(done.err) == (done.code == 2)


def modules_of(*arguments: object) -> set[str]:
    """The modules that one command has loaded at its end, in a process of its own."""
    program = "import sys; from detente.cli import main; sys.exit(main(sys.argv[1:]) or ' '.join(sys.modules))"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = set(done.stderr.split())
    assert "detente.cli" in names, done.stderr
    return names


@pytest.fixture
def detente() -> Callable[..., Done]:
    return call


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """The cod war, run once with few draws: how it ended, and its folder."""
    folder = tmp_path_factory.mktemp("ran") / "cod-war"
    return call("run", COD_WAR, "--out", folder, *TINY), folder


@pytest.fixture
def toll(tmp_path: Path) -> Path:
    """A scenario of one move and one event, whose hazard is above 1 where `greed` is large."""
    folder = tmp_path / "toll"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(textwrap.dedent(TOLL), encoding="utf-8")
    return folder


@pytest.fixture
def sure(toll: Path) -> Path:
    """The toll with nothing unknown about it."""
    text = (toll / "scenario.yaml").read_text(encoding="utf-8")
    start, end = text.index("parameters:"), text.index("stocks:")
    text = (text[:start] + text[end:]).replace("greed", "0")
    (toll / "scenario.yaml").write_text(text, encoding="utf-8")
    return toll
