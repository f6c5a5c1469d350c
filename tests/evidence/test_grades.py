"""Letters and digits are judged separately, and what cannot be judged is average, not worst."""

import math

import pytest

from detente.evidence.grades import CREDIBILITY_SD, RELIABILITY_SD, UNKNOWN_SD, grade_sd

LETTERS, DIGITS = "ABCDE", "12345"


def test_the_letter_moves_the_source_and_the_digit_the_report():
    for letter in "ABCDEF":
        assert {grade_sd(letter + digit).reliability for digit in "123456"} == {grade_sd(letter + "1").reliability}
    for digit in "123456":
        assert {grade_sd(letter + digit).credibility for letter in "ABCDEF"} == {grade_sd("A" + digit).credibility}


def test_each_step_down_is_worse():
    letters = [grade_sd(letter + "1").reliability for letter in LETTERS]
    digits = [grade_sd("A" + digit).credibility for digit in DIGITS]
    assert letters == sorted(set(letters)) and digits == sorted(set(digits))


@pytest.mark.parametrize("table", [RELIABILITY_SD, CREDIBILITY_SD])
def test_unknown_has_the_mean_variance_of_the_known_grades(table):
    mean = sum(sd**2 for sd in table.values()) / len(table)
    assert math.isclose(UNKNOWN_SD**2, mean, rel_tol=1e-12)
    assert min(table.values()) < UNKNOWN_SD < max(table.values())


@pytest.mark.parametrize("grade", ["G1", "A7", "A0"])
def test_another_grade_is_refused(grade):
    with pytest.raises(KeyError):
        grade_sd(grade)
