"""Nash equilibria by Gambit, in our order, and checked by our own regret."""

from __future__ import annotations

import dataclasses
import textwrap
import time
from fractions import Fraction

import pytest

from detente.errors import InputError
from detente.games import nash as nash_module
from detente.games.efg import exact
from detente.games.equations import regrets
from detente.games.nash import nash, plan_counts
from detente.games.read_efg import read_efg


def test_chicken(chicken, gambit):
    found = nash(chicken)
    shown = {e.name: e.behaviour[[0, 2]].tolist() for e in found.equilibria}
    assert shown == {"pure 1": [0, 1], "pure 2": [1, 0], "mixed 1": pytest.approx([0.75, 0.75])}


def test_three_players(random_games, gambit):
    game = next(g for g in random_games if len(g.players) == 3)
    found = nash(game).equilibria
    assert found
    for point in found:
        assert regrets(game, point.behaviour).max() < 1e-9


@pytest.mark.parametrize("unit", ["1e-60", "1e19"])
def test_units_do_not_matter(chicken, gambit, unit):
    found = nash(dataclasses.replace(chicken, payoffs=exact(chicken).payoffs * Fraction(unit))).equilibria
    assert [e.behaviour.tolist() for e in found] == [
        pytest.approx(e.behaviour.tolist()) for e in nash(chicken).equilibria
    ]


def test_names_that_repeat(gambit):
    """Two moves called the same at one place are two moves, and two players called the same are two."""
    game = read_efg(
        'EFG 2 R "pennies" { "A" "A" }\np "n" 1 1 "x" { "a" "a" } 0\n'
        'p "n" 2 1 "x" { "" "" } 0\nt "n" 1 "o" { 1 0 }\nt "n" 2 "o" { 0 1 }\n'
        'p "n" 2 1 0\nt "n" 3 "o" { 0 1 }\nt "n" 4 "o" { 1 0 }\n'
    )
    (only,) = nash(game).equilibria
    assert only.behaviour.tolist() == pytest.approx([0.5] * 4)


def test_plans_are_counted_as_gambit_does(random_games, in_gambit):
    for game, theirs in zip(random_games, in_gambit, strict=True):
        assert plan_counts(game) == [len(player.strategies) for player in theirs.players]


def test_a_method_that_takes_too_long_gives_way_to_another(chicken, gambit, monkeypatch):
    """The enumeration of mixed equilibria does not end: the pure ones and what Lemke's algorithm finds are kept."""
    real = nash_module.gambit

    def slow(game, text, method, seconds):
        late = nash_module.Answer(None, f"{method} did not end in {seconds:g} s")
        return late if method == "enummixed_solve" else real(game, text, method, seconds)

    monkeypatch.setattr(nash_module, "gambit", slow)
    found = nash(chicken)
    assert [e.name for e in found.equilibria][:2] == ["pure 1", "pure 2"]
    assert found.method == (
        "enummixed_solve did not end in 30 s, so Gambit's lcp_solve on the sequence form: some equilibria, not all"
    )


WORKERS = {
    "slow": """
        import sys, time
        time.sleep(0 if sys.argv[1] == "enumpure_solve" else 60)
        print("[[[[1.0, 0.0]], [[0.0, 1.0]]]]")
        """,
    "cut": 'print("[[[[1.0, 0.0]], [[0.0,")',
    "of another shape": 'print("[[[[1.0, 0.0, 0.0]], [[0.0, 1.0]]]]")',
    "no numbers": """print('[[[[1.0, 0.0]], [["x", NaN]]]]')""",
    "no list": 'print("3")',
    "empty": "",
    "killed": "import os; os.kill(os.getpid(), 9)",
}


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Puts another program in the place of the one that runs Gambit."""

    def put(text):
        (tmp_path / "false_worker.py").write_text(textwrap.dedent(text), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(nash_module, "WORKER", "false_worker")

    return put


def test_every_method_has_a_time_of_its_own(chicken, gambit, worker):
    """The first one ends; the second takes all of its own time and the third too."""
    worker(WORKERS["slow"])
    begin = time.monotonic()
    found = nash(chicken, seconds=2)
    assert 4 <= time.monotonic() - begin < 30
    assert [e.name for e in found.equilibria] == ["pure 1"]
    assert found.method == (
        "enummixed_solve did not end in 2 s, so Gambit's enumpure_solve: every pure equilibrium; "
        "lcp_solve did not end in 2 s"
    )


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        *((kind, "gave a damaged answer") for kind in ("cut", "of another shape", "no numbers", "no list", "empty")),
        ("killed", "failed (exit -9)"),
    ],
)
def test_an_answer_that_is_damaged_is_refused(chicken, gambit, worker, kind, why):
    worker(WORKERS[kind])
    with pytest.raises(InputError) as raised:
        nash(chicken, seconds=20)
    (problem,) = raised.value.problems
    assert (problem.expected, problem.got) == ("an answer", f"lcp_solve {why}")


def test_gambit_is_stopped(chicken, gambit):
    with pytest.raises(InputError) as raised:
        nash(chicken, seconds=0.001)
    assert (
        str(raised.value)
        == """1 problem in the game

Gambit
  expected an answer
  got      'lcp_solve did not end in 0.001 s'
  hint     take --concept qre --lambda inf"""
    )


def test_what_gambit_refuses_is_told(chicken, gambit):
    found = nash_module.gambit(chicken, "EFG 3", "lcp_solve", 20)
    assert found.profiles is None
    assert found.why.startswith("lcp_solve failed (ValueError: Parse error")


def test_forgetting_is_refused(gambit):
    text = 'EFG 2 R "" { "A" "B" }\np "" 1 1 "" { "a" "b" } 0\np "" 1 2 "" { "c" "d" } 0\n'
    text += 't "" 1 "" { 1 0 }\nt "" 2 "" { 2 0 }\np "" 1 2 0\nt "" 1\nt "" 2\n'
    with pytest.raises(
        InputError, match=r"expected perfect recall\n  got      'forgotten moves at information set 2 \(A\)'"
    ):
        nash(read_efg(text))


def test_without_pygambit(chicken, monkeypatch):
    monkeypatch.setattr("detente.games.nash.find_spec", lambda name: None)
    with pytest.raises(InputError) as raised:
        nash(chicken)
    assert (
        str(raised.value)
        == """1 problem in the options

--concept nash
  expected pygambit
  got      'it is not installed'
  hint     pip install 'detente[gambit]' (GPL); logit QRE, level-k and backward recursion need no extra"""
    )
