"""A scenario without noise as a lattice: states that are equal at the same step are one node.

What a tree repeats once per history stands here once per state, so that chance processes run exactly for thousands of
steps (random walks, attrition), and games of perfect information are solved backwards. Two states are equal when they
agree on every stock (to 40 bits), on which `once` events have happened, and on whether the war goes on.

Forward: `forward(lattice, policy)` gives exact distributions. Backward: `backward(lattice, reply)` gives values and a
policy; what a player does with its expected payoffs is the `Reply`'s business (`detente.games.backward`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from detente.engine.game.courses import CourseArrays, restricted
from detente.engine.game.game import Game
from detente.engine.game.rules import State
from detente.errors import InputError, Problem
from detente.games.stepping import Rows, Stepper, groups, keys
from detente.language.records import HOLD, Scenario

MAX_STATES = 200_000  # in one step
# (states, options) appeals, -inf where not available, and payoffs -> probabilities; the player's number comes first
Reply = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Stage:
    """One step: from the states at its start to those at its end.

    In each state at most one player decides; `option` counts what it can do (one nameless option where nobody decides).
    """

    player: np.ndarray  # (state,) who decides, -1: nobody
    track: np.ndarray  # (state,) on which track, -1: none
    appeal: np.ndarray  # (state, option): of the deciding track; -inf: not available; column 0 is hold
    source: np.ndarray  # (edge,) state
    option: np.ndarray  # (edge,)
    target: np.ndarray  # (edge,) state at the end of the step
    probability: np.ndarray  # (edge,) given state and option
    happens: np.ndarray  # (state, option, event): chance that an event happens in this step


@dataclass(frozen=True)
class Lattice:
    """All states that can be reached, step by step.

    Attributes:
        layers: the states at every boundary, `steps + 1` of them.
        stages: the steps between them.
        utility: (state, player) at every boundary.
    """

    scenario: Scenario
    start: int
    players: tuple[str, ...]
    discount: np.ndarray
    layers: tuple[Rows, ...]
    stages: tuple[Stage, ...]
    utility: tuple[np.ndarray, ...]

    def stock(self, name: str, boundary: int) -> np.ndarray:
        """(state,): a stock's value in the states at a boundary."""
        return self.layers[boundary].stocks[:, list(self.scenario.stocks).index(name)]

    def options(self, track: int) -> list[str]:
        """What a track can do, by option."""
        return [HOLD, *list(self.scenario.tracks.values())[track].moves]


@dataclass(frozen=True)
class Forward:
    """Exact distributions.

    Attributes:
        states: per boundary (state,) probabilities.
        events: (step, event) chance that an event happens in a step; summed over steps, the chance that it ever happens
            where it is `once` or `ends`, and the expected number of times elsewhere.
        value: (player,) expected payoff V from the start.
    """

    states: tuple[np.ndarray, ...]
    events: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Backward:
    """What backward recursion finds.

    Attributes:
        policy: per step (state, option) probabilities.
        value: per boundary (state, player): what is still to come, in payoffs as seen from the start.
        payoff: per step (state, option, player): expected payoff still to come from each option.
    """

    policy: tuple[np.ndarray, ...]
    value: tuple[np.ndarray, ...]
    payoff: tuple[np.ndarray, ...]


def lattice(
    scenario: Scenario,
    theta: Mapping[str, float],
    *,
    start: int = 0,
    state: State | None = None,
    horizon: int | None = None,
    course: CourseArrays | None = None,
    nature: bool = False,
    game: Game | None = None,
    max_states: int = MAX_STATES,
) -> Lattice:
    """Expand a scenario into a lattice.

    Args:
        theta: the value of every parameter.
        start: the step at which it begins; `state`: the state there, the initial one when None.
        horizon: how many steps; to the end of the clock when None.
        course: moves forced and forbidden, by step from `start` on.
        nature: every track is chance by its appeals, as in `simulate`; nobody decides.
        game: the scenario compiled, if it is at hand.

    Raises:
        InputError: If the scenario has noise or random sizes, two players decide in one state (`nature` False), or a
            step has more than `max_states` states.
    """
    steps = scenario.clock.steps - start if horizon is None else horizon
    stepper = Stepper(scenario, dict(theta), game=game)
    rows = stepper.start() if state is None else stepper.rows(state)
    layers, stages = [rows], []
    utility = [stepper.utilities(rows, start)]
    for step in range(start, start + steps):
        after, stage = _stage(stepper, layers[-1], step, start, course, nature, max_states)
        layers.append(after)
        stages.append(stage)
        utility.append(stepper.utilities(after, step + 1))
    return Lattice(scenario, start, stepper.players, stepper.discount, tuple(layers), tuple(stages), tuple(utility))


def _stage(stepper: Stepper, rows: Rows, step: int, start: int, course, nature: bool, most: int) -> tuple[Rows, Stage]:
    """Expand every state of one boundary."""
    count = len(rows.alive)
    tables = [restricted(t, i, step - start, course) for i, t in enumerate(stepper.logits(rows, step))]
    width = max(t.shape[1] for t in tables)
    deciding = _deciding(stepper, rows, tables, step, nature)
    source, option = np.arange(count), np.zeros(count, int)
    choices, chance = np.zeros((count, len(tables)), int), np.ones(count)
    appeal = np.full((count, width), -np.inf)
    appeal[:, 0] = 0.0
    for track, table in enumerate(tables):
        mine = deciding == track
        appeal[mine, : table.shape[1]] = table[mine]
        weight = np.exp(table - table.max(1, keepdims=True))
        weight = np.where(mine[:, None], np.isfinite(table), weight / weight.sum(1, keepdims=True))
        weight[~rows.alive] = np.arange(table.shape[1]) == 0  # a state after the end waits
        edge, move = np.nonzero(weight[source] > 0)
        chance = chance[edge] * weight[source[edge], move]
        source, option, choices = source[edge], option[edge], choices[edge]
        choices[:, track] = move
        option = np.where(mine[source], move, option)
    events = np.zeros((len(source), len(stepper.game.events)), bool)
    _, hazards = stepper.step(rows.take(source), step, choices, events)
    happens = np.zeros((count, width, events.shape[1]))
    np.add.at(happens, (source, option), chance[:, None] * hazards)
    for number in range(events.shape[1]):
        chances = np.column_stack([1 - hazards[:, number], hazards[:, number]])
        edge, happened = np.nonzero(chances > 0)
        chance = chance[edge] * chances[edge, happened]
        source, option, choices, events, hazards = (a[edge] for a in (source, option, choices, events, hazards))
        events[:, number] = happened == 1
    after, _ = stepper.step(rows.take(source), step, choices, events)
    once = [i for i, e in enumerate(stepper.game.events) if e.once]
    first, target = groups(*keys(after.stocks).T, after.alive, *after.happened[:, once].T)
    if len(first) > most:
        hint = "fewer stocks that remember, or a shorter horizon"
        raise InputError([Problem(f"step {step}", f"at most {most:,} states", f"{len(first):,}", hint)])
    edges, which = groups(source, option, target)
    player = np.where(deciding >= 0, np.array([*stepper.owner, -1])[deciding], -1)
    stage = Stage(
        player,
        deciding,
        appeal,
        source[edges],
        option[edges],
        target[edges],
        np.bincount(which, chance, len(edges)),
        happens,
    )
    return after.take(first), stage


def _deciding(stepper: Stepper, rows: Rows, tables: list[np.ndarray], step: int, nature: bool) -> np.ndarray:
    """(state,): the track on which a player decides, -1 where nobody does."""
    deciding = np.full(len(rows.alive), -1)
    if nature:
        return deciding
    for track, table in enumerate(tables):
        if stepper.owner[track] < 0:
            continue
        open_ = rows.alive & (np.isfinite(table).sum(1) > 1)
        if (open_ & (deciding >= 0)).any():
            other = stepper.game.tracks[int(deciding[open_ & (deciding >= 0)][0])].id
            hint = "simultaneous choices need the tree: --concept qre, or tracks that take turns"
            got = f"{other} and {stepper.game.tracks[track].id} at once, on {stepper.scenario.clock.date_of(step)}"
            raise InputError([Problem("tracks", "one choice at a time (perfect information)", got, hint)])
        deciding[open_] = track
    return deciding


def forward(lattice: Lattice, policy: tuple[np.ndarray, ...] | None = None) -> Forward:
    """Exact distributions over states under a policy.

    Args:
        policy: per step (state, option); None where nobody decides (or everybody by the plain softmax of the appeals).
    """
    now: np.ndarray = np.ones(1)
    states, events = [now], []
    value = lattice.utility[0][0].copy() if len(lattice.players) else np.zeros(0)
    for number, stage in enumerate(lattice.stages):
        plan = softmax(stage.appeal) if policy is None else policy[number]
        chosen = now[:, None] * plan
        events.append(np.einsum("so,soe->e", chosen, stage.happens))
        flow = chosen[stage.source, stage.option] * stage.probability
        value += lattice.discount ** (number + 1) * (
            np.bincount(stage.target, flow, len(lattice.utility[number + 1])) @ lattice.utility[number + 1]
            - now @ lattice.utility[number]
        )
        now = np.bincount(stage.target, flow, len(lattice.layers[number + 1].alive))
        states.append(now)
    return Forward(tuple(states), np.array(events), value)


def backward(lattice: Lattice, reply: Reply) -> Backward:
    """Values and policy by backward recursion; `reply` turns appeals and payoffs of the options into probabilities."""
    values = [np.zeros((len(lattice.layers[-1].alive), len(lattice.players)))]
    policies, payoffs = [], []
    for number in range(len(lattice.stages) - 1, -1, -1):
        stage = lattice.stages[number]
        here, there = lattice.utility[number], lattice.utility[number + 1]
        gain = lattice.discount ** (number + 1) * (there[stage.target] - here[stage.source]) + values[-1][stage.target]
        payoff = np.zeros((*stage.appeal.shape, len(lattice.players)))
        np.add.at(payoff, (stage.source, stage.option), stage.probability[:, None] * gain)
        policy = np.zeros(stage.appeal.shape)
        policy[:, 0] = stage.player < 0
        for player in range(len(lattice.players)):
            mine = stage.player == player
            if mine.any():
                policy[mine] = reply(player, stage.appeal[mine], payoff[mine][..., player])
        values.append(np.einsum("so,sop->sp", policy, payoff))
        policies.append(policy)
        payoffs.append(payoff)
    return Backward(tuple(reversed(policies)), tuple(reversed(values)), tuple(reversed(payoffs)))


def softmax(appeal: np.ndarray) -> np.ndarray:
    """Row by row; -inf is never chosen."""
    weight = np.exp(appeal - appeal.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)
