"""Games written as scenarios, and random extensive games, for tests of the solvers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from detente.games.extensive import CHANCE, NONE, ExtensiveGame, assemble
from detente.games.read_efg import read_efg
from detente.language.records import Actor, Scenario
from tests.engine.games import effects, expression, move, scenario, stock, track

CRISIS = {"SQ": (0.0, 0.0), "CD": (1.0, -1.0), "BD": (-0.5, 0.5), "SF": (-0.2, -0.8)}
CHICKEN = ([[3, 1], [4, -2]], [[3, 4], [1, -2]])


def with_aims(base: Scenario, discount: float = 1.0, **utilities: str) -> Scenario:
    """A scenario whose actors have utilities (or, with "", none)."""
    actors = {name: Actor(name, name, expression(text) if text else None, discount) for name, text in utilities.items()}
    return dataclasses.replace(base, actors=actors)


def crisis(payoffs: Mapping[str, tuple[float, float]] = CRISIS) -> Scenario:
    """Signorino's crisis game: A challenges, B resists, A attacks, one choice a day."""
    value = [
        f"where(stage == 0, {payoffs['SQ'][i]}, where(stage == 1, {payoffs['CD'][i]}, "
        f"where(stage == 2, {payoffs['BD'][i]}, {payoffs['SF'][i]})))"
        for i in range(2)
    ]
    base = scenario(
        record=1,
        steps=3,
        stocks=[stock("stage")],
        tracks=[
            track("A.claim", move("challenge", 0, needs="clock.step == 0", effects=effects(stage="1"))),
            track("B.answer", move("resist", 0, needs="clock.step == 1 and stage == 1", effects=effects(stage="1"))),
            track("A.force", move("attack", 0, needs="clock.step == 2 and stage == 2", effects=effects(stage="1"))),
        ],
    )
    return with_aims(base, A=value[0], B=value[1])


def two_by_two(u1: list[list[float]], u2: list[list[float]]) -> Scenario:
    """A 2x2 game in one step; `hold` is the first action of both."""

    def pick(u):
        return f"{u[0][0]} + row * {u[1][0] - u[0][0]} + col * {u[0][1] - u[0][0]}" + (
            f" + row * col * {u[1][1] - u[1][0] - u[0][1] + u[0][0]}"
        )

    base = scenario(
        record=0,
        steps=1,
        stocks=[stock("row"), stock("col")],
        tracks=[
            track("A.choice", move("second", 0, effects=effects(row="1"))),
            track("B.choice", move("second", 0, effects=effects(col="1"))),
        ],
    )
    return with_aims(base, A=pick(u1), B=pick(u2))


def random_game(seed: int) -> ExtensiveGame:
    """A small game of 2 or 3 players with chance and imperfect information, and perfect recall.

    Grown level by level: a node ends, or belongs to chance or a player; nodes of one player with the same own past
    and the same number of actions are put into one information set at random.
    """
    rng = np.random.default_rng(seed)
    players, depth = int(rng.integers(2, 4)), int(rng.integers(3, 5))  # levels of choices
    parent, action, infoset, outcome = [NONE], [NONE], [NONE], [NONE]
    owner, sizes, probability, payoffs = [], [], [], []
    last = [[NONE] * players]
    level, lead = [0], 0
    for number in range(depth):
        lead = (lead + int(rng.integers(1, players))) % players
        together = rng.random() < 0.6  # everybody who gets here is this player, and knows little
        sets: dict[tuple, list[int]] = {}
        nodes = []
        for node in level:
            if number and rng.random() < 0.25:
                continue
            who = lead if together or rng.random() < 0.5 else int(rng.integers(players))
            if number and rng.random() < 0.15:
                who = CHANCE
            size = 2 if together or rng.random() < 0.6 else 3
            open_sets = sets.setdefault((who, size, last[node][who]), []) if who != CHANCE else []
            if open_sets and rng.random() < 0.9:
                chosen = open_sets[int(rng.integers(len(open_sets)))]
            else:
                chosen = len(owner)
                owner.append(who)
                sizes.append(size)
                weights = [int(w) for w in rng.integers(1, 6, size)]
                probability += [Fraction(w, sum(weights)) if who == CHANCE else Fraction(0) for w in weights]
                open_sets.append(chosen)
            infoset[node] = chosen
            for branch in range(size):
                nodes.append(len(parent))
                parent.append(node)
                action.append(sum(sizes[:chosen]) + branch)
                infoset.append(NONE)
                outcome.append(NONE)
                last.append([action[-1] if p == who else a for p, a in enumerate(last[node])])
        level = nodes
    for node in range(len(parent)):
        if infoset[node] == NONE or rng.random() < 0.1:  # outcomes inside the tree are paid on the way
            outcome[node] = len(payoffs)
            exact = [Fraction(int(rng.integers(-12, 13)), int(rng.integers(1, 8))) for _ in range(players)]
            payoffs.append(
                exact if rng.random() < 0.5 else [Fraction(round(float(x), 2)).limit_denominator(100) for x in exact]
            )
    count = sum(sizes)
    return assemble(
        players=[f"player {i + 1}" for i in range(players)],
        parent=np.array(parent),
        action=np.array(action),
        infoset=np.array(infoset),
        outcome=np.array(outcome),
        owner=np.array(owner),
        sizes=np.array(sizes),
        probability=np.array(probability, object),
        payoffs=np.array(payoffs, object),
        infoset_labels=[f"set {i}" for i in range(len(owner))],
        action_labels=[f"action {i}" for i in range(count)],
        outcome_labels=[f"outcome {i}" for i in range(len(payoffs))],
        node_labels=[f"node {i}" for i in range(len(parent))],
        title=f"random {seed}",
        comment='with "quotes" and a \\ in it',
    )


def matching(size: int, pay: str) -> ExtensiveGame:
    """Two players choose one of `size` options unseen; both are paid when they chose the same."""
    names = " ".join(f'"{i}"' for i in range(size))
    lines = ['EFG 2 R "matching" { "A" "B" }', f'p "" 1 1 "" {{ {names} }} 0']
    for i in range(size):
        lines.append(f'p "" 2 1 "" {{ {names} }} 0')
        lines += [f't "" 1 "" {{ {pay}, {pay} }}' if i == j else 't "" 0' for j in range(size)]
    return read_efg("\n".join(lines))
