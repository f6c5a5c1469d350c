"""`detente escalaition` on the user's copy of the games."""

from pathlib import Path

import pytest

from detente import wargames
from detente.errors import InputError
from detente.events.escalaition_scores import folder


@pytest.fixture(scope="module")
def place() -> Path:
    try:
        return folder()
    except InputError as error:
        pytest.skip(f"no copy of the games: {error.problems[0].hint}")


def test_the_published_scores_are_reproduced_on_every_run_day(place):
    found = wargames.score(place, seed=1)
    same = found["agreement"]
    assert (same["run_days"], same["published_reproduced"], same["corrected_reproduced"]) == (2310, 2310, 2310)
    assert found["repeated_runs"] == {"GPT-4-Base|Neutral|05": "GPT-4-Base|Neutral|03"}
    rows = {(row["model"], row["scenario"]): row for row in found["scores"]}
    llama = rows["Llama-2-Chat", "Invasion"]
    assert llama["corrected"]["mean"] > 2 * llama["published"]["mean"]  # the re-worded actions
    assert found == wargames.score(place, seed=1)
