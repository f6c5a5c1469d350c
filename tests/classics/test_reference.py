"""The reference check beside the checkout, on every row of the models that are known; skipped where it is not there."""

import json
import sys
from pathlib import Path

import pytest

from detente.classics import evaluate, models

FOLDER = Path(__file__).parents[3] / "shared" / "reference"
SLOW = ("egame12_war1800_m2_logit_agent",)  # a fit


def rows():
    if not (FOLDER / "check.py").exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no ../shared/reference beside the checkout"))]
    known = set(models())
    found = [r for p in sorted(FOLDER.glob("m*.json")) for r in json.loads(p.read_text(encoding="utf-8"))]
    mine = [r for r in found if r["model"] in known]
    return [
        pytest.param(r, id=f"{r['model']}-{n}", marks=[pytest.mark.slow] if r["model"] in SLOW else [])
        for n, r in enumerate(mine)
    ]


@pytest.mark.parametrize("row", rows())
def test_row(row):
    sys.path.insert(0, str(FOLDER))
    try:
        from check import judge  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    assert judge(row, dict(evaluate(row["model"], row["params"]))) is None


def test_the_check_can_fail():
    """A model that is a little wrong does not pass."""
    if not (FOLDER / "check.py").exists():
        pytest.skip("no ../shared/reference beside the checkout")
    sys.path.insert(0, str(FOLDER))
    try:
        from check import judge  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(FOLDER))
    row = next(r.values[0] for r in rows() if r.values[0]["model"] == "powell_commitment")
    got = evaluate(row["model"], row["params"])
    assert judge(row, dict(got)) is None
    assert judge(row, {**got, "D_value": got["D_value"] + 1e-4}) is not None
