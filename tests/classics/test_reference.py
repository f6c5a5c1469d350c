"""Every model against the values of others: exact to 1e-6, fits to 1e-3 (relative, or absolute below 1)."""

import math

import pytest

from tests import real_data, reference
from tests.classics import evaluate, models

FITTED = "egame12_war1800_m2_logit_agent"


def rows():
    return [
        pytest.param(row, id=f"{model}-{n}", marks=[pytest.mark.slow] if model == FITTED else [])
        for model in models()
        for n, row in enumerate(reference.rows(model))
    ]


def leaves(value, path=""):
    """Every number in a result, by where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)


def differing(model, expected, got):
    """Where a result is not what is expected; at least three in five of the numbers must be given."""
    want, have = dict(leaves(expected)), dict(leaves(got))
    shared = want.keys() & have.keys()
    assert len(shared) >= 0.6 * len(want)
    near = 1e-3 if model == FITTED else 1e-6
    return [k for k in sorted(shared) if not math.isclose(want[k], have[k], rel_tol=near, abs_tol=near)]


@pytest.mark.parametrize("row", rows())
def test_row(row):
    if row["model"] == FITTED:
        real_data.path("games/war1800.csv")
    assert differing(row["model"], row["expected"], evaluate(row["model"], row["params"])) == []


def test_the_check_can_fail():
    """A model that is a little wrong does not pass."""
    row = reference.rows("powell_commitment")[0]
    got = evaluate(row["model"], row["params"])
    assert differing(row["model"], row["expected"], got) == []
    assert differing(row["model"], row["expected"], {**got, "D_value": got["D_value"] + 1e-4}) == [".D_value"]


def test_a_missing_reference_is_an_error():
    with pytest.raises(LookupError, match="no reference values of nothing"):
        reference.rows("nothing")
