"""What a page says of the fit is no more than was done."""

import pytest

from detente.report.sections import methods
from tests.report.sample import minimal, read

KALMAN = "integrated over along the replay by a Kalman filter"


def treated(**noise):
    """How a page tells of the treatment of noise."""
    result = read(minimal() | {"fit": {"algorithm": "smc", "noise": noise}})
    return dict(methods(result)["fit"])["Noise between measurements"]


@pytest.mark.parametrize(
    ("mode", "approximate", "said"),
    [
        ("kalman", [], f"{KALMAN}, exactly while no stock runs into its range"),
        ("kalman", ["x: bent"], f"{KALMAN}; not exact: x: bent"),
        ("particles", [], "integrated over by a particle filter"),
        ("replay", ["the noise of x is left out"], "left out (the fast mode); not exact: the noise of x is left out"),
    ],
)
def test_how_noise_was_treated(mode, approximate, said):
    assert treated(mode=mode, approximate=approximate) == said


def test_what_courses_start_from():
    told = treated(mode="kalman", approximate=[], unspread=["morale"])
    assert told.endswith("; courses start from the expected value of morale")
