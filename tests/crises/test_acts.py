"""Files of crises put to the analyses."""

from __future__ import annotations

import pytest

from detente.crises.acts import nearest_crises, score_responses
from detente.crises.response_curve import load_summary
from detente.errors import InputError
from tests.crises.mirrored import scenario
from tests.events.crises import many, text_of


def test_a_file_is_scored_by_target_and_part(tmp_path):
    path = tmp_path / "made.csv"
    path.write_text(text_of(many(60)), encoding="utf-8")
    found = score_responses(path, load_summary())
    assert (found.cases, found.fitted) == (60, False)
    assert list(found.targets) == ["response", "violence"]
    parts = found.targets["response"].parts
    assert list(parts) == ["all", "before 2000", "from 2000"]
    assert parts["before 2000"].n + parts["from 2000"].n == parts["all"].n == 60
    assert list(parts["all"].scores) == ["curve", "climatology", "trigger alone"]
    alone = parts["all"].scores["trigger alone"].auc.value
    assert alone > 0.6  # violent triggers are answered so in the made data
    climatology = {row.climatology for row in found.targets.values()}
    assert climatology == {round(c.climatology, 6) for c in load_summary().curves.values()}


@pytest.mark.parametrize(
    "ask",
    [lambda path, _: score_responses(path, load_summary()), lambda path, at: nearest_crises(scenario(at), file=path)],
    ids=["scores", "analogies"],
)
def test_no_cases(tmp_path, ask):
    path = tmp_path / "empty.csv"
    path.write_text(text_of([]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        ask(path, tmp_path)
    assert str(caught.value) == "1 problem in the crises\n\nempty.csv\n  expected at least one case\n  got      'none'"
