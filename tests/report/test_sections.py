"""What a page says of the fit is no more than was done."""

import pytest

from detente.report.sections import methods

KALMAN = "integrated over along the replay by a Kalman filter"


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
    section = methods({"fit": {"noise": {"mode": mode, "approximate": approximate}}})
    assert dict(section["fit"])["Noise between measurements"] == said


def test_what_courses_start_from():
    noise = {"mode": "kalman", "approximate": [], "unspread": ["morale"]}
    told = dict(methods({"fit": {"noise": noise}})["fit"])["Noise between measurements"]
    assert told.endswith("; courses start from the expected value of morale")
