"""`detente solve`: from a folder or a Gambit file to equilibria, and what is refused."""

from __future__ import annotations

import json
import textwrap

import pytest

from tests.cli.conftest import COD_WAR

CRISIS = """
    detente: 1
    title: A crisis
    clock: {start: 2020-01-01, branch: 2020-01-02, now: 2020-01-02, end: 2020-01-05, step: 1 day}
    actors:
      A: {name: Challenger, utility: "where(stage == 0, 0, where(stage == 1, 1, where(stage == 2, -0.5, war)))"}
      B: {name: Defender, utility: "where(stage == 0, 0, where(stage == 1, -1, where(stage == 2, 0.5, -0.8)))"}
    parameters:
      war: {prior: "normal(-0.2, 1)", unit: utility, why: an assumption, source: Signorino 1999}
    stocks:
      stage: {initial: 0, unit: choices, range: [0, 3]}
    tracks:
      A.claim: {challenge: {rung: 1, appeal: 0, needs: clock.step == 1, effects: {stage: 1}}}
      B.answer: {resist: {rung: 2, appeal: 0, needs: clock.step == 2 and stage == 1, effects: {stage: 1}}}
      A.force: {attack: {rung: 3, appeal: 0, needs: clock.step == 3 and stage == 2, effects: {stage: 1}}}
    courses:
      free: {}
      bold: {force: {A.claim: {2020-01-02: challenge}}}
      early: {branch: 2020-01-01, force: {A.claim: {2020-01-01: hold, 2020-01-02: challenge}}}
    """

SHAKING = """\
  shaking: {prior: "beta(1, 1)", unit: 1, why: an assumption, source: made up}
"""
STEADY = """\
hypotheses:
  steady: {weight: 1, set: {shaking: fixed(0)}, says: Nothing shakes.}
  shaken: {weight: 1, set: {shaking: fixed(1)}, says: The ground shakes every day.}
stocks:
"""
QUAKE = """\
  B.flight: {flee: {rung: 1, appeal: 0, needs: clock.step == 1 and shaking > 0.5, effects: {}}}
events:
  quake: {hazard: shaking, effects: {}}
courses:
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("games") / "crisis"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(textwrap.dedent(CRISIS), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def file(folder):
    from tests.cli.conftest import call

    written = folder.parent / "crisis.efg"
    done = call("solve", folder, "--set", "war=-0.2", "--efg", written, "--quiet")
    assert (done.code, done.err) == (0, "")
    return written


def test_qre_of_a_scenario(folder, detente):
    """Probabilities of the agent logit equilibrium of this game at λ = 2, by backward recursion on paper."""
    done = detente("solve", folder, "--concept", "qre", "--lambda", "2", "--set", "war=-0.2", "--json")
    found = json.loads(done.out)
    assert found["game"] == {
        "title": "A crisis",
        "players": ["A", "B"],
        "nodes": 7,
        "ends": 4,
        "information_sets": 3,
        "perfect_information": True,
        "parameters": {"war": -0.2},
    }
    (only,) = found["equilibria"]
    assert (only["name"], only["lambda"]) == ("principal branch", 2.0)
    assert [row["at"] for row in only["strategy"]] == [
        "A.claim 2020-01-02",
        "B.answer 2020-01-03",
        "A.force 2020-01-04",
    ]
    assert only["strategy"][0]["choice"]["challenge"] == pytest.approx(0.484409277782176, abs=1e-10)
    assert only["strategy"][1]["choice"]["resist"] == pytest.approx(0.789396847974675, abs=1e-10)
    assert only["strategy"][2]["reached"] == pytest.approx(0.484409277782176 * 0.789396847974675, abs=1e-10)
    assert "there is no other" in found["method"]
    assert found["crossings"] == found["turns"] == []


def test_other_equilibria_are_said_not_to_be_looked_for(detente):
    """Chicken at λ = 2 has three; where the other branch crosses is told."""
    options = ("--concept", "qre", "--lambda", "2", "--hypothesis", "foresight", "--json", "--quiet")
    found = json.loads(detente("solve", "classics/qre", *options).out)
    assert [one["name"] for one in found["equilibria"]] == ["principal branch"]
    assert found["method"] == (
        "the principal branch traced from lambda = 0 by predictor and corrector; other equilibria are not looked for"
    )
    assert len(found["crossings"]) == 1


def test_tables(file, detente):
    done = detente("solve", file, "--concept", "backward", "--quiet")
    assert (
        done.out
        == """\
A crisis
A, B: 7 nodes, 4 ends, 3 choices, perfect information

best replies

choice                player   reached   what is done
────────────────────────────────────────────────────────────
A.claim 2020-01-02    A        1         hold 1, challenge 0
B.answer 2020-01-03   B        0         hold 0, resist 1
A.force 2020-01-04    A        0         hold 0, attack 1

player   expected payoff   could gain
─────────────────────────────────────
A        0                 0
B        0                 0

method: backward recursion; equally good options: split
"""
    )


def test_levels_of_a_foreign_file(file, detente):
    done = detente("solve", file, "--concept", "levelk", "--level", "2", "--tau", "1.5", "--json", "--quiet")
    names = [e["name"] for e in json.loads(done.out)["equilibria"]]
    assert names == ["level 0", "level 1", "level 2", "population"]


def test_limit_of_the_principal_branch(file, detente):
    done = detente("solve", file, "--concept", "qre", "--lambda", "inf", "--json", "--quiet")
    (end,) = json.loads(done.out)["equilibria"]
    assert end["name"] == "limit of the principal branch"
    assert max(end["regret"].values()) <= 1e-6 * 1.5


def test_nash(file, detente):
    pytest.importorskip("pygambit", reason="pygambit is not installed")
    done = detente("solve", file, "--concept", "nash", "--json", "--quiet")
    assert [e["name"] for e in json.loads(done.out)["equilibria"]] == ["pure 1"]


def test_a_course_is_solved_from_its_own_branch(folder, detente):
    """What it forces then falls on its own days: the challenge is no choice, as under `bold`."""
    payoffs = []
    for course in ("bold", "early"):
        done = detente("solve", folder, "--concept", "backward", "--median", "--course", course, "--json", "--quiet")
        found = json.loads(done.out)["equilibria"][0]
        payoffs.append(found["payoffs"])
        assert [at["at"][:8] for at in found["strategy"]] == ["B.answer", "A.force "]
    assert payoffs[0] == payoffs[1]
    done = detente("solve", folder, "--concept", "backward", "--median", "--course", "early", "--from", "2020-01-02")
    assert done.code == 2
    assert "expected a game from 2020-01-01 on, where early branches\n  got      'one from 2020-01-02'" in done.err


def test_median_course_and_horizon(folder, detente):
    options = ("--concept", "backward", "--median", "--course", "bold", "--horizon", "2", "--json", "--quiet")
    found = json.loads(detente("solve", folder, *options).out)
    assert found["game"]["parameters"] == {"war": pytest.approx(-0.2)}
    assert [row["at"] for row in found["equilibria"][0]["strategy"]] == ["B.answer 2020-01-03"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "1 problem in the options\n\n--concept\n  expected qre, nash, levelk or backward\n  got      'nothing'\n"),
        (
            ["--concept", "qre", "--lambda", "2"],
            "1 problem in the scenario, as a finite game\n\nparameters.war\n"
            "  expected a fixed value: a game has no unknowns\n  got      'normal(-0.2, 1)'\n"
            "  hint     --set war=VALUE, --median for the medians of the priors, or --posterior for draws\n",
        ),
        (
            ["--concept", "qre", "--median"],
            "1 problem in the options\n\n--lambda\n"
            "  expected how sharply payoffs decide, 0 or more, or inf\n  got      'nothing'\n",
        ),
        (
            ["--concept", "nahs", "--median"],
            "1 problem in the options\n\n--concept\n"
            "  expected qre or nash or levelk or backward\n  got      'nahs'\n  hint     did you mean 'nash'?\n",
        ),
        (
            ["--concept", "backward", "--median", "--from", "2021-01-01"],
            "1 problem in the options\n\n--from\n"
            "  expected a date from 2020-01-01 to 2020-01-02 (now)\n  got      '2021-01-01'\n",
        ),
    ],
)
def test_messages(folder, detente, options, message):
    done = detente("solve", folder, *options, "--quiet")
    assert (done.code, done.out, done.err) == (2, "", message)


def test_a_scenario_with_noise_is_no_game(detente):
    done = detente(
        "solve", COD_WAR, "--hypothesis", "bluff", "--median", "--concept", "qre", "--lambda", "1", "--quiet"
    )
    assert done.code == 2
    assert "stocks.limit.respected.noise\n  expected no noise" in done.err
    assert "tracks.UK.navy.ramming.magnitude\n  expected none, or fixed(size)" in done.err


def test_a_place_where_the_game_cannot_be_written(folder, detente, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for path, message in (
        (tmp_path, f"expected a file\n  got      '{tmp_path}'\n  hint     it is a folder"),
        (tmp_path / "file" / "game.efg", f"expected a folder that can be written to\n  got      '{tmp_path / 'file'}'"),
    ):
        done = detente("solve", folder, "--median", "--efg", path, "--quiet")
        assert done.code == 2
        assert done.err.startswith(f"1 problem in the options\n\n--efg\n  {message}\n")


def test_names_that_repeat_or_are_empty(detente, tmp_path):
    (tmp_path / "game.efg").write_text(
        'EFG 2 R "twice" { "" "" }\np "" 1 1 "" { "a" "a" "" } 0\nt "" 1 "" { 1 2 }\nt "" 2 "" { 2 1 }\nt "" 0\n',
        encoding="utf-8",
    )
    found = json.loads(detente("solve", tmp_path / "game.efg", "--concept", "backward", "--json", "--quiet").out)
    assert found["game"]["players"] == ["player 1", "player 2"]
    (only,) = found["equilibria"]
    assert only["payoffs"] == {"player 1": 2.0, "player 2": 1.0}
    (row,) = only["strategy"]
    assert (row["player"], row["at"], row["choice"]) == (
        "player 1",
        "information set 1",
        {"a": 0.0, "a (2)": 1.0, "3": 0.0},
    )


def test_a_normal_form(detente, tmp_path):
    """Chicken with an outcome worth nothing: solved as it stands, and written as a tree."""
    (tmp_path / "game.NFG").write_text('NFG 1 R "chicken" { "A" "B" } { 2 2 }\n3 3 4 1 1 4 0 0\n', encoding="utf-8")
    options = ("--concept", "qre", "--lambda", "1", "--efg", tmp_path / "game.efg", "--json", "--quiet")
    done = detente("solve", tmp_path / "game.NFG", *options)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["game"]["nodes"], found["game"]["information_sets"]) == (7, 2)
    row, column = found["equilibria"][0]["strategy"]
    assert row["choice"] == pytest.approx(column["choice"]) and list(row["choice"]) == ["1", "2"]
    again = detente("solve", tmp_path / "game.efg", *options[:4], "--json", "--quiet")
    assert json.loads(again.out)["equilibria"] == found["equilibria"]


@pytest.mark.parametrize("name", ["game.bagg", "GAME.AGG"])
def test_other_formats_of_gambit(detente, tmp_path, name):
    (tmp_path / name).write_text("#AGG\n2\n", encoding="utf-8")
    done = detente("solve", tmp_path / name, "--concept", "nash", "--quiet")
    assert (done.code, done.err) == (
        2,
        f"1 problem in the options\n\nSCENARIO\n  expected of Gambit's files, an .efg or .nfg\n"
        f"  got      '{tmp_path / name}'\n  hint     Gambit itself writes such a game as .nfg\n",
    )


def test_lambda_beyond_what_can_be_told_from_the_limit(file, detente):
    done = detente("solve", file, "--concept", "qre", "--lambda", "1e12", "--quiet")
    assert (done.code, done.err) == (
        2,
        "1 problem in the options\n\n--lambda\n  expected at most 6.67e+08 with payoffs as wide as 1.5\n"
        "  got      '1e+12'\n  hint     beyond, rounding would decide: take inf, for the limit\n",
    )


def test_every_lambda_ends_well(file, detente):
    for concept in (("levelk", "--level", "2"), ("backward",)):
        done = detente("solve", file, "--concept", *concept, "--lambda", "1e308", "--json", "--quiet")
        assert (done.code, done.err) == (0, "")
    done = detente("solve", file, "--concept", "levelk", "--level", "3", "--tau", "1e300", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")


@pytest.fixture(scope="module")
def over_draws(folder):
    from tests.cli.conftest import call

    options = ("--lambda", "2", "--posterior", "--draws", "32", "--quiet")
    return [call("solve", folder, "--concept", "qre", *options, *more) for more in ((), ("--json",))]


def test_over_draws(over_draws, folder, detente):
    """War is worth normal(-0.2, 1) to the challenger and nothing was recorded: the answers spread around those of
    games in which it is known."""
    found = json.loads(over_draws[1].out)
    assert (found["draws"], found["game"]["nodes"], found["hypotheses"]) == (32, 7, ["model"])
    (only,) = found["equilibria"]
    attack = only["strategy"][2]["choice"]["attack"]
    assert attack["q05"] < attack["q50"] < attack["q95"]
    edges = []
    for war in (-3.2, 2.8):
        done = detente("solve", folder, "--concept", "qre", "--lambda", "2", "--set", f"war={war}", "--json", "--quiet")
        edges.append(json.loads(done.out)["equilibria"][0]["strategy"][2]["choice"]["attack"])
    assert edges[0] < attack["q05"] and attack["q95"] < edges[1]
    assert only["strategy"][0]["reached"]["mean"] == 1.0
    assert sum(only["strategy"][2]["choice"][name]["mean"] for name in ("hold", "attack")) == pytest.approx(1.0)


def test_a_hypothesis_that_the_record_rules_out_has_no_say(tmp_path, detente):
    """A quake was certain and did not come: the choices that only those who believed in it have are not listed."""
    text = textwrap.dedent(CRISIS).replace("stocks:\n", SHAKING + STEADY).replace("courses:\n", QUAKE)
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    options = ("--concept", "qre", "--lambda", "2", "--posterior", "--draws", "32", "--json", "--quiet")
    done = detente("solve", tmp_path, *options)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["hypotheses"], found["draws"]) == (["steady"], 16)
    assert [row["at"] for row in found["equilibria"][0]["strategy"]] == [
        "A.claim 2020-01-02",
        "B.answer 2020-01-03",
        "A.force 2020-01-04",
    ]
    done = detente("solve", tmp_path, *options, "--hypothesis", "shaken")
    assert (done.code, done.err) == (
        2,
        "1 problem in the options\n\n--hypothesis\n  expected one that the record allows\n  got      'shaken'\n",
    )


def test_tables_over_draws(over_draws):
    assert (over_draws[0].code, over_draws[0].err) == (0, "")
    assert "32 draws after the evidence (model): mean (5% to 95%)" in over_draws[0].out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--concept", "nash", "--posterior"], "--concept\n  expected qre or levelk or backward, with --posterior\n"),
        (["--concept", "qre", "--lambda", "1", "--posterior", "--median"], "--median\n  expected nothing, with"),
        (["--concept", "qre", "--lambda", "1", "--median", "--draws", "9"], "--draws\n  expected nothing, without"),
        (["--concept", "qre", "--lambda", "1", "--posterior", "--draws", "0"], "--draws\n  expected a whole number"),
        (
            ["--concept", "qre", "--lambda", "1", "--posterior", "--hypothesis", "modle"],
            "hint     did you mean 'model'?",
        ),
    ],
)
def test_messages_over_draws(folder, detente, options, message):
    done = detente("solve", folder, *options, "--quiet")
    assert done.code == 2
    assert message in done.err


def test_options_of_scenarios_do_not_go_with_a_file(file, detente):
    done = detente("solve", file, "--concept", "backward", "--set", "war=1", "--quiet")
    assert done.code == 2 and "--set\n  expected nothing, with a Gambit file" in done.err
