"""The question of a scenario and the outcomes that it turns on: what is read, and whole messages."""

from __future__ import annotations

import pytest

from detente.errors import InputError
from detente.language.load import load
from detente.language.syntax import Probability
from tests.language.test_read_claims import MODEL


def read(folder, question):
    folder.mkdir(exist_ok=True)
    (folder / "scenario.yaml").write_text(MODEL + question, encoding="utf-8")
    return load(folder)


def test_text_alone_has_no_outcomes(tmp_path):
    found = read(tmp_path, "question: What then?\n")
    assert (found.question, found.outcomes) == ("What then?", ())


def test_an_outcome_is_a_quantity_or_a_map(tmp_path):
    found = read(
        tmp_path,
        "question:\n"
        "  asks: What then?\n"
        "  outcomes:\n"
        "    goes: P(A.act:go by 2023-02-06)\n"
        "    hot: {says: How hot it gets, of: E(heat at 2023-02-06), courses: [forced, held], margin: 0.1}\n",
    )
    assert found.question == "What then?"
    goes, hot = found.outcomes
    assert (goes.id, goes.says, goes.courses, goes.margin) == ("goes", "", (), None)
    assert isinstance(goes.of.tree, Probability) and goes.of.tree.course == ""
    assert (hot.id, hot.says, hot.courses, hot.margin) == ("hot", "How hot it gets", ("forced", "held"), 0.1)


WRONG = {
    "no outcome": (
        "question: {asks: What then?, outcomes: {}}",
        """\
small/scenario.yaml:10:40: question.outcomes
  10 | question: {asks: What then?, outcomes: {}}
     |                                        ^
  expected at least one outcome
  got      'none'""",
    ),
    "a quantity that asks nothing": (
        "question: {asks: What then?, outcomes: {goes: push}}",
        """\
small/scenario.yaml:10:47: question.outcomes.goes
  10 | question: {asks: What then?, outcomes: {goes: push}}
     |                                               ^
  expected a quantity that asks a P, an E or an S
  got      'push'""",
    ),
    "an unknown course": (
        "question: {asks: What then?, outcomes: {goes: {of: P(A.act:go), courses: [forced, hold]}}}",
        """\
small/scenario.yaml:10:83: question.outcomes.goes.courses[1]
  10 | question: {asks: What then?, outcomes: {goes: {of: P(A.act:go), courses: [forced, hold]}}}
     |                                                                                   ^
  expected a course: forced, held
  got      'hold'
  hint     did you mean 'held'?""",
    ),
    "one course": (
        "question: {asks: What then?, outcomes: {goes: {of: P(A.act:go), courses: [forced]}}}",
        """\
small/scenario.yaml:10:74: question.outcomes.goes.courses
  10 | question: {asks: What then?, outcomes: {goes: {of: P(A.act:go), courses: [forced]}}}
     |                                                                          ^
  expected two courses or more, each once, the first compared with the second
  got      'forced'""",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_has_one_message(tmp_path, mistake):
    text, message = WRONG[mistake]
    with pytest.raises(InputError) as caught:
        read(tmp_path / "small", text + "\n")
    (problem,) = caught.value.problems
    assert str(problem) == message
