"""Without the optional packages the rest works, and what needs them says how to get them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import COD_WAR

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("polars", "duckdb", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])

sys.meta_path.insert(0, Missing())
from detente.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments):
    command = [sys.executable, "-c", WITHOUT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["ledger", "check", COD_WAR], ["store", "--help"], ["check", COD_WAR]])
def test_what_needs_none_of_them_works(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["ledger", "build", "kursk-2024", "--from", "tests/events/made.py"], "polars"),
        (["store", "info", "--store", "tests/events/made.py"], "duckdb"),
    ],
)
def test_what_needs_them_says_so(arguments, missing):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr == (
        f"1 problem in this installation\n\n{missing}\n  expected the packages for public data\n"
        "  got      'not installed'\n  hint     pip install 'detente[data]'\n"
    )
