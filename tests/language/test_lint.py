"""The lint: what it says, and that it says nothing of a clean scenario."""

from __future__ import annotations

from detente.language.lint import lint
from detente.language.load import load
from tests.language.conftest import COD_WAR


def test_the_fixture_is_clean():
    assert lint(load(COD_WAR)) == []


def test_everything_at_once(folder, edit):
    edit("scenario.yaml", ", why: anger fades in weeks, source: guess", "")
    edit("scenario.yaml", "stocks:\n", "  idle: {prior: fixed(1), unit: none, why: x, source: x}\nstocks:\n")
    edit(
        "scenario.yaml",
        "tracks:\n",
        "  unread: {initial: 0, unit: x, range: [0, 1], flow: -0.1 * unread}\n"
        "  seen: {initial: 0, unit: x, range: [0, 1], observed: observed/seen.csv}\n"
        "  drift: {initial: 0, unit: x, range: [0, 1], flow: 0.1 * seen}\ntracks:\n",
    )
    (folder / "observed").mkdir()
    (folder / "observed/seen.csv").write_text("date,value,sd\n1975-12-01,3,1\n")
    edit("scenario.yaml", "  UK.navy:\n    send", "  UK.navy:\n    blockade: {rung: 9, appeal: -9}\n    send")
    edit("history.csv", "public chronologies,B2,naval", ",,naval")
    edit("history.csv", "public chronologies,B2,\n", ",,\n")  # context: does not count
    edit(
        "claims/argument.yaml",
        "  fish-stocks-recover",
        "  nothing-moves: {says: x, test: E(drift at 1976-10-04 | frigates) > 1 + 0 * idle}\n  fish-stocks-recover",
    )
    assert lint(load(folder)) == [
        "parameter `cooling` has no reason: add `why`",
        "parameter `cooling` has no source: add `source`",
        "stock `unread` is read by nothing but its own flow",
        "observed/seen.csv: 1 value outside the range of `seen`, 0 to 1",
        "move `UK.navy:blockade` is neither in the ledger nor forced by a course",
        "history.csv: 1 row without a source (line 3)",
        "history.csv: 1 row without a grade (line 3)",
    ]


def test_a_claim_that_no_parameter_can_change(folder, edit):
    # every stock depends on the parameters of an event that ends the war, so that event must go
    edit("scenario.yaml", "ends: true, ", "")
    edit("scenario.yaml", "tracks:\n", "  drift: {initial: 0, unit: x, range: [0, 1], flow: 0.1}\ntracks:\n")
    edit("claims/argument.yaml", "retaliation > 0", "E(drift at 1976-10-04 | frigates) > 0.5")
    assert lint(load(folder)) == ["claim `argument/frigates-answer-strain` has a test that no parameter can change"]


def test_fixed_parameters_change_nothing(folder):
    held = {name: 1.0 for name in load(folder).parameters}
    assert lint(load(folder, set=held)) == [
        f"claim `argument/{claim}` has a test that no parameter can change"
        for claim in ("gunboats-speed-up", "frigates-answer-strain", "base-was-safe")
    ]


def test_a_stock_may_be_there_for_a_forecast_alone(folder, edit):
    edit("scenario.yaml", "tracks:\n", "  rumour: {initial: 0, unit: x, range: [0, 1], flow: 0.1}\ntracks:\n")
    assert lint(load(folder)) == ["stock `rumour` is read by nothing but its own flow"]
    edit("forecasts.yaml", "series:\n", "series:\n  talk: {value: rumour, unit: x}\n")
    assert lint(load(folder)) == []


def test_sizes_that_nothing_uses(edit, folder):
    edit("history.csv", "harry-trawlers,,", "harry-trawlers,3,")
    edit("history.csv", "relations-broken,,", "relations-broken,1,")
    edit("history.csv", "expires,,", "expires,9,")
    assert lint(load(folder)) == [
        "history.csv: context has no magnitude, so what is said of its size is not used (line 2)",
        "history.csv: IS.patrol:harry-trawlers has no magnitude, so what is said of its size is not used (line 4)",
        "history.csv: the event relations-broken has no magnitude, so what is said of its size is not used (line 7)",
    ]


def test_a_value_that_the_prior_of_a_held_parameter_cannot_take(edit, folder):
    edit("scenario.yaml", "redline: fixed(1e9)", "redline: fixed(-1), cooling: fixed(1)")
    assert lint(load(folder)) == [
        "hypothesis `bluff` holds `redline` at -1: its prior lognormal(1, 0.7) gives a number above 0"
    ]


def test_what_may_be_a_decimal_comma(edit, folder):
    edit("scenario.yaml", "min(1, patience", "min(1,5, patience")
    assert lint(load(folder)) == [
        "`min(1,5, patience * exp(0.02 * strain.nato))` reads 1,5 as two numbers: write 1.5, or a space after the comma"
    ]
