"""The page on the record is what the ledger gives, and its counts are right where the answer is known."""

from datetime import date, timedelta

import pytest

from tests.record import agreement, landmarks
from tests.record.landmarks import Wave
from tests.record.page import PAGE, renewed
from tests.record.recode import recode

DAY = date(2023, 1, 1)


def test_the_page_is_as_the_ledger_has_it():
    text = PAGE.read_text(encoding="utf-8")
    assert text == renewed(text), "run `python -m tests.record.page`"


def test_a_wave_counts_on_the_days_after_and_not_on_the_day_itself():
    waves = (Wave(DAY, "mass-strike", None), Wave(DAY + timedelta(7), "energy-campaign", None))
    assert landmarks.followed(DAY, waves, 7)
    assert not landmarks.followed(DAY, waves, 6)
    assert not landmarks.followed(DAY, waves, 7, ("mass-strike",))


@pytest.mark.parametrize(("before", "after", "said"), [(50.0, 90.0, True), (90.0, 50.0, False), (None, 50.0, None)])
def test_the_next_wave_is_larger_than_the_last_where_both_are_counted(before, after, said):
    waves = (Wave(DAY, "mass-strike", before), Wave(DAY + timedelta(3), "mass-strike", after))
    assert landmarks.larger(DAY, waves) is said


def test_what_always_holds_is_no_surprise():
    days = [landmarks.FIRST + timedelta(k) for k in (3, 50, 400)]
    seen = landmarks.count(days, lambda day: True)
    assert (seen.hits, seen.of, seen.base, seen.chance) == (3, 3, 1.0, 1.0)


def test_what_holds_on_the_strikes_days_alone_is_one():
    days = [landmarks.FIRST + timedelta(k) for k in (3, 50, 400)]
    seen = landmarks.count(days, lambda day: day in days)
    assert seen.chance == pytest.approx(1 / ((landmarks.LAST - landmarks.FIRST).days + 1))


def test_alpha_is_one_where_coders_agree():
    assert agreement.alpha([("a", "a"), ("b", "b")], agreement.nominal) == 1.0


def test_alpha_of_an_example_worked_by_hand():
    # four units, one parted; values a a a a b b a b: observed 1/4, expected 2*(5*3)/(8*7)
    pairs = [("a", "a"), ("a", "a"), ("b", "b"), ("a", "b")]
    assert agreement.alpha(pairs, agreement.nominal) == pytest.approx(1 - (1 / 4) / (30 / 56))


def test_sixty_rows_were_coded_twice():
    assert len(agreement.sample()) == 60


def test_every_parted_row_is_found_in_the_ledger_and_recoded(tmp_path):
    folder = tmp_path / "recoded"
    assert recode(folder) == sum(row.first != row.second for row in agreement.sample())
    assert "2024-03-05,UA.fires,deep-strike" in (folder / "history.csv").read_text(encoding="utf-8")
