"""A scenario without noise as a finite extensive-form game (DESIGN section 4, "Solve").

Steps are expanded breadth first over all histories at once. Within a step the tracks stand in file order, each hidden
from the later ones, so that they are simultaneous; then the events, in file order, each of them chance. A track of an
actor without `utility` is nature: chance with the softmax of its appeals. Only what can happen is kept: moves whose
`needs` hold, events with a hazard above 0.

Information sets: an actor knows the step, its own past moves, which moves it may make, and the past and present
values of the stocks it sees. So recall is perfect. Payoffs: V = u(x0) + sum_s d^s (u(x_s) - u(x_(s-1))), s counted
from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.engine.game.courses import CourseArrays, restricted
from detente.engine.game.game import Game
from detente.engine.game.rules import State
from detente.errors import InputError, Problem
from detente.games.extensive import CHANCE, NONE, ExtensiveGame, assemble
from detente.games.stepping import Rows, Stepper, groups, keys
from detente.language.records import HOLD, Scenario

MAX_NODES = 200_000
_SAME = 1e-9  # how far appeals within one information set may differ: rounding


def tree(
    scenario: Scenario,
    theta: Mapping[str, float],
    *,
    start: int = 0,
    state: State | None = None,
    horizon: int | None = None,
    course: CourseArrays | None = None,
    game: Game | None = None,
    max_nodes: int = MAX_NODES,
) -> ExtensiveGame:
    """Expand a scenario into an extensive-form game.

    Args:
        theta: the value of every parameter.
        start: the step at which the game begins.
        state: the state there; the initial one when None.
        horizon: how many steps are played; to the end of the clock when None.
        course: moves forced and forbidden, by step from `start` on.
        game: the scenario compiled, if it is at hand.

    Raises:
        InputError: If the scenario has noise or random sizes, nobody has a utility, an actor's options or their appeals
            depend on what it does not see, or the tree has more than `max_nodes` nodes.
    """
    steps = scenario.clock.steps - start if horizon is None else horizon
    stepper = Stepper(scenario, dict(theta), game=game)
    if not stepper.players:
        hint = "give the actors whose choices are to be solved a utility; the others are nature"
        raise InputError([Problem("actors", "at least one actor with a utility", "none", hint)])
    grown = _Growth(stepper, start, steps, max_nodes)
    rows = stepper.start() if state is None else stepper.rows(state)
    front = grown.root(rows)
    for step in range(start, start + steps):
        front = grown.finish(front, ~front.rows.alive)
        if not len(front.node):
            break
        front = grown.step(front, step, course)
        grown.done += 1
    grown.finish(front, np.ones(len(front.node), bool))
    return grown.game()


def place_of(label: str) -> str:
    """Track and date of an information set, from the label that `tree` gave it."""
    return label.partition(": ")[0].partition(" (")[0]


@dataclass
class _Front:
    """Histories that are still going on, one row each."""

    rows: Rows  # the state at the last boundary
    node: np.ndarray  # (row,) the node at which a history stands
    info: np.ndarray  # (row, player) number of what a player knows
    paid: np.ndarray  # (row, player) V so far
    utility: np.ndarray  # (row, player) at the last boundary

    def take(self, index: np.ndarray) -> _Front:
        return _Front(self.rows.take(index), *(a[index] for a in (self.node, self.info, self.paid, self.utility)))


@dataclass
class _Sets:
    """Information sets of one track in one step, for their labels."""

    track: int
    step: int
    number: list[int]
    seen: np.ndarray  # (infoset, stock seen)


@dataclass
class _Growth:
    """The tree so far, and what is known of its information sets."""

    stepper: Stepper
    begin: int
    steps: int
    max_nodes: int
    done: int = 0  # steps that are drawn whole
    parent: list[np.ndarray] = field(default_factory=list)
    action: list[np.ndarray] = field(default_factory=list)
    placed: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)  # (nodes, their information sets)
    paid: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)  # (nodes, payoffs)
    owner: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)
    appeal: list[float] = field(default_factory=list)
    action_labels: list[str] = field(default_factory=list)
    infoset_labels: list[str] = field(default_factory=list)
    sets: list[_Sets] = field(default_factory=list)
    nodes: int = 0

    def root(self, rows: Rows) -> _Front:
        node = self.add(np.array([NONE]), np.array([NONE]))
        utility = self.stepper.utilities(rows, self.begin)
        return _Front(rows, node, np.zeros((1, len(self.stepper.players)), int), utility.copy(), utility)

    def add(self, parent: np.ndarray, action: np.ndarray) -> np.ndarray:
        """New nodes; returns their numbers."""
        self.nodes += len(parent)
        if self.nodes > self.max_nodes:
            fits = f"{self.done} would fit: --horizon {self.done}" if self.done else "not even one would fit"
            hint = f"{fits}; or force or forbid moves by a course"
            got = f"more, in step {self.done + 1} of {self.steps}"
            raise InputError([Problem("the game tree", f"at most {self.max_nodes:,} nodes", got, hint)])
        self.parent.append(parent)
        self.action.append(action)
        return np.arange(self.nodes - len(parent), self.nodes)

    def finish(self, front: _Front, over: np.ndarray) -> _Front:
        """Pay the histories that are over; returns the others."""
        if over.any():
            self.paid.append((front.node[over], front.paid[over]))
        return front.take(np.flatnonzero(~over))

    def step(self, front: _Front, step: int, course: CourseArrays | None) -> _Front:
        """All that can happen in one step."""
        stepper = self.stepper
        tables = stepper.logits(front.rows, step)
        row = np.arange(len(front.node))  # of the front, by branch
        node, info = front.node, front.info
        choices = np.zeros((len(row), len(tables)), int)
        for track, table in enumerate(tables):
            logit = restricted(table, track, step - self.begin, course)[row]
            grow = self.decide if stepper.owner[track] >= 0 else self.draw
            branch, option, node, info = grow(track, step, logit, node, info, front.rows.stocks[row])
            row, choices = row[branch], choices[branch]
            choices[:, track] = option
        events = np.zeros((len(row), len(stepper.game.events)), bool)
        before = front.rows.take(row)
        _, hazards = stepper.step(before, step, choices, events)
        for number, event in enumerate(stepper.game.events):
            chances = np.column_stack([1 - hazards[:, number], hazards[:, number]])
            labels = [f"no {event.id}", event.id]
            branch, option, node = self.chance(event.id, step, chances, labels, node)
            row, info, choices, events, hazards = (a[branch] for a in (row, info, choices, events, hazards))
            events[:, number] = option == 1
        after, _ = stepper.step(front.rows.take(row), step, choices, events)
        utility = stepper.utilities(after, step + 1)
        weight = stepper.discount ** (step + 1 - self.begin)
        paid = front.paid[row] + weight * (utility - front.utility[row])
        return _Front(after, node, self.look(info, after), paid, utility)

    def look(self, info: np.ndarray, rows: Rows) -> np.ndarray:
        """What each player knows once it has seen the stocks that it sees."""
        known = [groups(info[:, p], *keys(rows.stocks[:, self.seen(p)]).T)[1] for p in range(info.shape[1])]
        return np.stack(known, 1)

    def seen(self, player: int) -> list[int]:
        """The stocks that a player sees."""
        name = self.stepper.players[player]
        stocks = self.stepper.scenario.stocks.values()
        return [i for i, s in enumerate(stocks) if s.seen_by is None or name in s.seen_by]

    def decide(self, track: int, step: int, logit, node, info, stocks):
        """A player's choice: nodes with one information set for all that it cannot tell apart."""
        player = self.stepper.owner[track]
        may = np.isfinite(logit)
        mask = groups(*may.T)[1]
        open_ = may.sum(1) > 1
        at = np.flatnonzero(open_)
        numbers = np.full(len(node), NONE)
        if len(at):
            first, which = groups(info[at, player], mask[at])
            rows = at[first]
            self._same_appeals(track, step, logit[at], logit[rows][which])
            base = len(self.owner)
            numbers[at] = base + which
            self.placed.append((node[at], numbers[at]))
            seen = self.seen(player)
            self.sets.append(_Sets(track, step, list(range(base, base + len(rows))), stocks[rows][:, seen]))
            for r in rows.tolist():
                options = np.flatnonzero(may[r]).tolist()
                self.new_set(player, [self.move(track, m) for m in options], [0.0] * len(options), logit[r, options])
        branch, option = np.nonzero(may)
        children = self.children(branch, option, may, node, numbers)
        info = info[branch].copy()
        info[:, player] = groups(info[:, player], mask[branch], option)[1]
        return branch, option, children, info

    def draw(self, track: int, step: int, logit, node, info, stocks):
        """Nature's choice."""
        weight = np.exp(logit - logit.max(1, keepdims=True))
        labels = [self.move(track, m) for m in range(logit.shape[1])]
        name = self.stepper.game.tracks[track].id
        branch, option, node = self.chance(name, step, weight / weight.sum(1, keepdims=True), labels, node)
        return branch, option, node, info[branch]

    def chance(self, name: str, step: int, chances: np.ndarray, labels: list[str], node: np.ndarray):
        """A chance node wherever more than one thing can happen."""
        may = chances > 0
        at = np.flatnonzero(may.sum(1) > 1)
        numbers = np.full(len(node), NONE)
        numbers[at] = len(self.owner) + np.arange(len(at))
        self.placed.append((node[at], numbers[at]))
        for r in at.tolist():
            options = np.flatnonzero(may[r]).tolist()
            self.new_set(CHANCE, [labels[m] for m in options], chances[r, options], [0.0] * len(options))
            self.infoset_labels[-1] = self.dated(name, step)
        branch, option = np.nonzero(may)
        return branch, option, self.children(branch, option, may, node, numbers)

    def new_set(self, owner: int, labels: list[str], chances, appeals) -> None:
        self.owner.append(owner)
        self.sizes.append(len(labels))
        self.infoset_labels.append("")
        self.action_labels.extend(labels)
        self.probability.extend(map(float, chances))
        self.appeal.extend(map(float, appeals))

    def children(self, branch, option, may, node, numbers) -> np.ndarray:
        """The nodes after a choice: new ones where there was one to make."""
        offset = np.concatenate([[0], np.cumsum(self.sizes)]).astype(int)
        made = numbers[branch] != NONE
        out = node[branch].copy()
        rank = (np.cumsum(may, 1) - 1)[branch, option]
        if made.any():
            out[made] = self.add(node[branch[made]], offset[numbers[branch[made]]] + rank[made])
        return out

    def move(self, track: int, option: int) -> str:
        return HOLD if option == 0 else self.stepper.game.tracks[track].moves[option - 1].id

    def dated(self, name: str, step: int) -> str:
        return f"{name} {self.stepper.scenario.clock.date_of(step)}"

    def _same_appeals(self, track: int, step: int, mine: np.ndarray, first: np.ndarray) -> None:
        with np.errstate(invalid="ignore"):
            away = np.abs(mine - first) > _SAME * (1 + np.abs(first))
        if (away & np.isfinite(first)).any():
            option = int(np.nonzero(away & np.isfinite(first))[1][0])
            name = self.stepper.game.tracks[track].id
            hint = "an actor cannot weigh what it does not know: see the stock's seen_by"
            expected = "an appeal that depends on what its actor sees"
            got = f"two values where it sees the same ({self.dated(name, step)})"
            raise InputError([Problem(f"tracks.{name}.{self.move(track, option)}.appeal", expected, got, hint)])

    def game(self) -> ExtensiveGame:
        """The finished game."""
        infoset, outcome = np.full(self.nodes, NONE), np.full(self.nodes, NONE)
        for nodes, numbers in self.placed:
            infoset[nodes] = numbers
        ends = np.concatenate([nodes for nodes, _ in self.paid])
        outcome[ends] = np.arange(len(ends))
        for sets in self.sets:
            self._label(sets)
        return assemble(
            players=self.stepper.players,
            parent=np.concatenate(self.parent),
            action=np.concatenate(self.action),
            infoset=infoset,
            outcome=outcome,
            owner=np.array(self.owner, int),
            sizes=np.array(self.sizes, int),
            probability=np.array(self.probability),
            payoffs=np.concatenate([payoffs for _, payoffs in self.paid]),
            appeal=np.array(self.appeal),
            infoset_labels=self.infoset_labels,
            action_labels=self.action_labels,
            title=self.stepper.scenario.title,
        )

    def _label(self, sets: _Sets) -> None:
        """Name information sets by track, date, and the stocks in which those of one step differ."""
        name = self.dated(self.stepper.game.tracks[sets.track].id, sets.step)
        stocks = [self.stepper.game.stocks[i].id for i in self.seen(self.stepper.owner[sets.track])]
        differ = [i for i in range(len(stocks)) if (keys(sets.seen[:, i]) != keys(sets.seen[:1, i])).any()]
        texts = [", ".join(f"{stocks[i]} = {row[i]:.6g}" for i in differ) for row in sets.seen]
        for position, (number, text) in enumerate(zip(sets.number, texts, strict=True)):
            same = [p for p, other in enumerate(texts) if other == text]
            tail = f" ({same.index(position) + 1} of {len(same)})" if len(same) > 1 else ""
            self.infoset_labels[number] = f"{name}: {text}{tail}" if text else f"{name}{tail}"
