"""Real rows from the folder that `DETENTE_DATA` names: every file loads with the number of rows in its notes."""

from __future__ import annotations

import pytest

from detente.errors import InputError
from detente.events.loading import load_all
from tests import real_data

SAMPLES = {  # file: provider, rows, remarks
    "samples/ucdp_ged_sample.csv": (
        "ged",
        1_000,
        {
            "best estimates outside their own low and high, kept as written": 13,
            "events placed no closer than a country: no place": 13,
        },
    ),
    "samples/gdelt1_events_sample.export.CSV": ("gdelt1", 710, {}),
    "samples/gdelt2_events_sample.export.CSV": ("gdelt2", 100, {}),
    "samples/air_raid_volunteer_sample.csv": ("air-raids", 1_500, {}),
    "icb/icb1_v15.csv": ("icb1", 365, {}),
    "icb/icb2_v15.csv": ("icb2", 810, {}),
    "icb/icbdy_v15.csv": ("icb-dyads", 993, {}),
    "mid/gml_dirdisp.csv": ("gml", 10_276, {"months 13, taken as not known": 10}),
    "mid/cow_dirdisp.csv": ("cow", 11_390, {}),
    "mid/gml_disputes.csv": ("gml-disputes", 2_174, {"months 13, taken as not known": 1}),
    "mid/cow_disputes.csv": ("cow-disputes", 2_436, {}),
    "escalaition/actions_v3.csv.gz": (
        "escalaition",
        78_963,
        {
            "actions that the file marks as unmapped: no rung": 189,
            "cells of target (escalaition) that say None, read as absent": 134,
            "targets that are no nation of the game": 87,
        },
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_row_of_a_sample_loads(name):
    provider, rows, remarks = SAMPLES[name]
    path = real_data.path(name)
    events, report = load_all([path])
    assert (report.files, report.rows) == ({path.name: provider}, rows)
    assert events.height == rows * (2 if provider == "icb2" else 1)
    assert report.remarks == remarks


def test_what_else_lies_among_the_samples_is_refused_in_words():
    """Lists of columns and notes are no data sets."""
    for path in sorted(real_data.path("samples/NOTES.md").parent.iterdir()):
        if f"samples/{path.name}" not in SAMPLES:
            with pytest.raises(InputError):
                load_all([path])
