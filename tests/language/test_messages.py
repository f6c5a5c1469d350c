"""Whole messages, compared as text: where, what was expected, what was found, what to do."""

from __future__ import annotations

import pytest

SCENARIO, HISTORY, CLAIMS = "scenario.yaml", "history.csv", "claims/argument.yaml"

ONE = {
    "unknown name in an expression": (
        (SCENARIO, "retaliation * strain.nato - 2", "retalation * strain.nato - 2"),
        """\
cod-war/scenario.yaml:35:38: tracks.UK.navy.send-frigates.appeal
  35 |     send-frigates: {rung: 5, appeal: retalation * strain.nato - 2, effects: {strain.nato: +5}}
     |                                      ^
  expected a stock, a parameter or the clock
  got      'retalation'
  hint     did you mean 'retaliation'?""",
    ),
    "syntax error in an expression": (
        (SCENARIO, "boldness + where", "boldness + * where"),
        """\
cod-war/scenario.yaml:31:26: tracks.IS.patrol.harry-trawlers.appeal
  31 |       appeal: boldness + * where(clock.season > 0.9 or clock.season < 0.5, 0.5, 0)
     |                          ^
  expected a number, a name, a function or '('
  got      '*'""",
    ),
    "wrong unit of time": (
        (SCENARIO, "step: 1 week", "step: 1 wek"),
        """\
cod-war/scenario.yaml:5:88: clock.step
  5 | clock: {start: 1975-11-10, branch: 1976-01-19, now: 1976-05-31, end: 1976-11-29, step: 1 wek}
    |                                                                                        ^
  expected a number and a unit of time: day, days, week or weeks
  got      '1 wek'
  hint     did you mean '1 week'?""",
    ),
    "an initial value that needs a stock": (
        (SCENARIO, "initial: 0.3", "initial: 1 - strain.nato"),
        """\
cod-war/scenario.yaml:22:18: stocks.limit.respected.initial
  22 |     initial: 1 - strain.nato
     |                  ^
  expected a parameter
  got      'strain.nato'
  hint     only parameters are known here, not the state""",
    ),
    "missing observed file": (
        (SCENARIO, "    noise: 0.01", "    noise: 0.01\n    observed: observed/limit.csv"),
        """\
cod-war/scenario.yaml:27:15: stocks.limit.respected.observed
  27 |     observed: observed/limit.csv
     |               ^
  expected an existing file
  got      'observed/limit.csv'""",
    ),
    "missing track": (
        (SCENARIO, "force: {UK.navy", "force: {UK.nav"),
        """\
cod-war/scenario.yaml:52:52: courses.frigates.force.UK.nav
  52 |   frigates: {name: The frigates come back, force: {UK.nav: {1976-02-09: send-frigates}}}
     |                                                    ^
  expected a track: IS.patrol, UK.navy
  got      'UK.nav'
  hint     did you mean 'UK.navy'?""",
    ),
    "a hypothesis that sets an unknown parameter": (
        (SCENARIO, "set: {redline", "set: {redlin"),
        """\
cod-war/scenario.yaml:50:28: hypotheses.bluff.set.redlin
  50 |   bluff: {weight: 1, set: {redlin: fixed(1e9)}, says: Nothing the navy did moved Iceland closer to a break.}
     |                            ^
  expected a parameter
  got      'redlin'
  hint     did you mean 'redline'?""",
    ),
    "duplicate key": (
        (SCENARIO, "    unit: rung-weeks\n", "    unit: rung-weeks\n    unit: weeks\n"),
        """\
cod-war/scenario.yaml:19:5: stocks.strain.nato.unit
  19 |     unit: weeks
     |     ^
  expected each key once
  got      'unit'
  hint     the first 'unit' is on line 18; keep one""",
    ),
    "prior with impossible parameters": (
        (SCENARIO, "normal(-1, 1)", "normal(-1, -1)"),
        """\
cod-war/scenario.yaml:10:21: parameters.boldness.prior
  10 |   boldness: {prior: normal(-1, -1), unit: logit, why: most weeks nobody cuts a warp, source: [guess]}
     |                     ^
  expected normal(mean, sd) with sd > 0
  got      'normal(-1, -1)'""",
    ),
    "ledger row with an unknown move": (
        (HISTORY, "UK.navy,send-frigates", "UK.navy,send-frigate"),
        """\
cod-war/history.csv:3:20: move
  3 | 1975-11-25,UK.navy,send-frigate,,public chronologies,B2,naval protection of the trawlers
    |                    ^
  expected a move of UK.navy: ramming, send-frigates
  got      'send-frigate'
  hint     did you mean 'send-frigates'?""",
    ),
    "ledger date outside the clock": (
        (HISTORY, "1976-05-06", "1976-05-31"),
        """\
cod-war/history.csv:8:1: date
  8 | 1976-05-31,UK.navy,ramming,2,public chronologies,B2,"Falmouth rams Tyr, twice"
    | ^
  expected a date from 1975-11-10 (start) to before 1976-05-31 (now)
  got      '1976-05-31'""",
    ),
    "ledger row after an event that happens once": (
        (HISTORY, "1976-05-06,UK.navy,ramming,2", "1976-05-06,event,relations-broken,"),
        """\
cod-war/history.csv:8:18: move
  8 | 1976-05-06,event,relations-broken,,public chronologies,B2,"Falmouth rams Tyr, twice"
    |                  ^
  expected relations-broken once: it happened on 1976-02-19
  got      '1976-05-06'
  hint     drop `once: true`, or the row""",
    ),
    "claim that names an unknown course": (
        (CLAIMS, "| frigates) >", "| frigate) >"),
        """\
cod-war/claims/argument.yaml:6:39: claims.gunboats-speed-up.test
  6 |     test: P(agreement by 1976-09-27 | frigate) > P(agreement by 1976-09-27 | no-frigates)
    |                                       ^
  expected a course: frigates, no-frigates
  got      'frigate'
  hint     did you mean 'frigates'?""",
    ),
    "claim about a bare stock": (
        (CLAIMS, "retaliation > 0", "strain.nato > 0"),
        """\
cod-war/claims/argument.yaml:10:11: claims.frigates-answer-strain.test
  10 |     test: strain.nato > 0
     |           ^
  expected a parameter, P(...) or E(...)
  got      'strain.nato'
  hint     wrap it in E(strain.nato at DATE | frigates)""",
    ),
    "claim whose test is a number": (
        (CLAIMS, "retaliation > 0", "retaliation"),
        """\
cod-war/claims/argument.yaml:10:11: claims.frigates-answer-strain.test
  10 |     test: retaliation
     |           ^
  expected a comparison, such as x > 0
  got      'retaliation'""",
    ),
    "claim after the end": (
        (CLAIMS, "1976-09-27 | frigates)", "1977-09-27 | frigates)"),
        """\
cod-war/claims/argument.yaml:6:26: claims.gunboats-speed-up.test
  6 |     test: P(agreement by 1977-09-27 | frigates) > P(agreement by 1976-09-27 | no-frigates)
    |                          ^
  expected a date from 1976-01-19 (branch) to 1976-11-29 (end)
  got      '1977-09-27'""",
    ),
    "alias": (
        (SCENARIO, "title: The", "title: *a"),
        """\
cod-war/scenario.yaml:2:8: yaml
  2 | title: *a Third Cod War
    |        ^
  expected a value
  got      '*a'
  hint     write it out, or quote it: aliases are not read""",
    ),
    "missing key": (
        (SCENARIO, "    unit: rung-weeks\n", ""),
        """\
cod-war/scenario.yaml:17:5: stocks.strain.nato.unit
  17 |     initial: 0
     |     ^
  expected a unit
  got      'nothing'""",
    ),
    "no-break space after a colon": (
        (SCENARIO, "boldness: {", "boldness:\u00a0{"),
        """\
cod-war/scenario.yaml:10:12: yaml
  10 |   boldness:\u00a0{prior: normal(-1, 1), unit: logit, why: most weeks nobody cuts a warp, source: [guess]}
     |            ^
  expected a plain space
  got      'U+00A0, a space of its own kind'
  hint     type it anew""",
    ),
    "minus sign": (
        (SCENARIO, "normal(-1, 1)", "normal(\u22121, 1)"),
        """\
cod-war/scenario.yaml:10:28: parameters.boldness.prior
  10 |   boldness: {prior: normal(\u22121, 1), unit: logit, why: most weeks nobody cuts a warp, source: [guess]}
     |                            ^
  expected a plain number
  got      '\u22121'
  hint     write -1""",
    ),
    "decimal commas": (
        (SCENARIO, "beta(2, 8)", "beta(0,2, 0,8)"),
        """\
cod-war/scenario.yaml:12:20: parameters.cooling.prior
  12 |   cooling: {prior: beta(0,2, 0,8), unit: share per week, why: anger fades in weeks, source: guess}
     |                    ^
  expected beta(a, b)
  got      'beta(0,2, 0,8)'
  hint     write beta(0.2, 0.8)""",
    ),
    "number with a comma": (
        (HISTORY, "ramming,1,", 'ramming,"1,000",'),
        """\
cod-war/history.csv:6:29: magnitude
  6 | 1976-01-07,UK.navy,ramming,"1,000",public chronologies,C3,"Andromeda and Thor collide; each side blamed the other"
    |                             ^
  expected a number
  got      '1,000'
  hint     write 1000""",
    ),
}


@pytest.mark.parametrize("case", ONE)
def test_message(case, edit, message):
    change, expected = ONE[case]
    edit(*change)
    assert message() == f"1 problem in the scenario\n\n{expected}"


def test_all_problems_at_once_by_file_and_line(edit, message):
    edit(SCENARIO, "lognormal(1, 0.7)", "3")
    edit(SCENARIO, "initial: 0.3", "initial: 2")
    edit(HISTORY, "B1", "b1")
    edit(CLAIMS, "P(agreement by 1976-09-27 | frigates)", "P(agreemnt | frigates)")
    assert (
        message()
        == """\
4 problems in the scenario

cod-war/claims/argument.yaml:6:13: claims.gunboats-speed-up.test
  6 |     test: P(agreemnt | frigates) > P(agreement by 1976-09-27 | no-frigates)
    |             ^
  expected an event, or TRACK:move
  got      'agreemnt'
  hint     did you mean 'agreement'?

cod-war/history.csv:7:56: grade
  7 | 1976-02-19,event,relations-broken,,public chronologies,b1,the first break inside NATO
    |                                                        ^
  expected an Admiralty grade, A1 to F6
  got      'b1'
  hint     write B1

cod-war/scenario.yaml:13:20: parameters.redline.prior
  13 |   redline: {prior: 3, unit: rung-weeks, why: London could not see where it lay, source: guess}
     |                    ^
  expected a prior, such as normal(0, 1)
  got      '3'
  hint     write fixed(3)

cod-war/scenario.yaml:22:14: stocks.limit.respected.initial
  22 |     initial: 2
     |              ^
  expected a value in its range, 0 to 1
  got      '2'"""
    )


def test_a_broken_section_does_not_make_every_name_unknown(edit, message):
    edit(SCENARIO, "parameters:\n", "parameters: none\nparamters:\n")
    assert message().startswith("2 problems in the scenario\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "hint"),
    [
        (SCENARIO, "lognormal(0, 0.5)", "lognormal(0, 0,5)", "decimals are written with a point"),
        (SCENARIO, "beta(2, 8)", "beta(2,5, 8)", "decimals are written with a point"),
        (SCENARIO, "fixed(1e9)", "fixed(9,5)", "write fixed(9.5)"),
        (SCENARIO, "weight: 1,", "weight: \u22121.5,", "write -1.5"),
        (SCENARIO, "weight: 1,", "weight: 0,5,", "decimals are written with a point"),
        (SCENARIO, "weight: 1,", "weight: 50%,", "write 0.5"),
        (SCENARIO, "range: [0, 1]", "range: [0, 1,5]", "decimals are written with a point"),
        (
            SCENARIO,
            "-cooling * strain.nato",
            "\u2212cooling * strain.nato",
            "this is a typographic minus; type a plain hyphen",
        ),
        (SCENARIO, "start: 1975-11-10", "start: 1975\u201311\u201310", "write 1975-11-10"),
        (SCENARIO, "start: 1975-11-10", "start: 1975/11/10", "write 1975-11-10"),
        (SCENARIO, "step: 1 week", "step: \u201c1 week\u201d", "U+201C is a curly quotation mark; type plain ones"),
        (SCENARIO, "hazard: 0.005 +", "hazard: 0,005 +", "decimals are written with a point"),
        (SCENARIO, "  boldness:", "\u00a0 boldness:", "type it anew"),
        (SCENARIO, "  boldness:", "  \u00a0boldness:", "U+00A0 is a space of its own kind; type a plain space"),
        (SCENARIO, "  UK: {name", "  UK:\u202f{name", "type it anew"),
        (CLAIMS, "test: retaliation > 0", "test: retaliation > 0,5", "decimals are written with a point"),
        (HISTORY, "ramming,1,", 'ramming,"0,5",', "write 0.5"),
        (HISTORY, "ramming,1,", "ramming,\u22121,", "write -1"),
        (HISTORY, "ramming,1,", "ramming,1\u00a0000,", "write 1000"),
        (HISTORY, "ramming,1,", 'ramming,"1.234,5",', "write 1234.5"),
        (HISTORY, "ramming,1,", "ramming,NA,", "leave the cell empty where the value is not known"),
        (HISTORY, "ramming,1,", "ramming,n.a.,", "leave the cell empty where the value is not known"),
        (HISTORY, "ramming,1,", "ramming,-9,", "leave the cell empty where the value is not known"),
        (
            HISTORY,
            "ramming,1,",
            "ramming,1,5,",
            'put text that holds a comma in plain double quotes ", and write decimals with a point',
        ),
        (HISTORY, "1976-01-07", "1976-1-7", "write 1976-01-07"),
        (HISTORY, "UK.navy,send", "\u201cUK.navy\u201d,send", "did you mean 'UK.navy'?"),
    ],
)
def test_what_a_word_processor_or_another_locale_writes(file, old, new, hint, edit, message):
    edit(file, old, new)
    assert f"\n  hint     {hint}" in message()
