"""The committed notebooks run from top to bottom, and are committed without outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


def run(file: Path) -> dict[str, Any]:
    """The names that a notebook's cells leave behind. The last line of a cell is shown, as Jupyter would."""
    names: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(file.read_text("utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            *before, last = "".join(cell["source"]).splitlines()
            exec(compile("\n".join(before), f"{file.name}, cell {number}", "exec"), names)
            shown = eval(compile(last, f"{file.name}, cell {number}", "eval"), names)
            assert shown._repr_html_() and len(repr(shown)) < 5_000
    return names


@pytest.mark.parametrize("file", NOTEBOOKS, ids=[file.name for file in NOTEBOOKS])
def test_a_notebook_runs(file: Path):
    for library in ("pandas", "xarray"):
        pytest.importorskip(library)
    names = run(file)
    assert list(names["result"].claims) == [row["id"] for row in names["result"].claims.rows()]


def test_there_is_a_notebook():
    assert [file.name for file in NOTEBOOKS] == ["first-look.ipynb"]
