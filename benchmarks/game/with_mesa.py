"""The reference game in Mesa 3: one agent per actor; agents choose together, then the model moves the stocks."""

from __future__ import annotations

from collections.abc import Callable

import mesa
import numpy as np

from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums


class Actor(mesa.Agent):
    """Chooses a move by logit, and acts on the stocks."""

    def __init__(self, model: Crisis, index: int) -> None:
        super().__init__(model)
        game = model.game
        self.index, self.pressure = index, ACTORS + index
        self.base, self.slope, self.effect, self.cost = (
            a[index] for a in (game.base, game.slope, game.effect, game.cost)
        )
        self.threshold = np.exp(model.rng.normal(LOG_MEAN, LOG_SD))
        self.move, self.chosen = 0, np.zeros(len(self.base), int)

    def choose(self) -> None:
        x = self.model.x
        can = x[self.index] >= self.cost
        can[0] = True
        up_to = np.cumsum(np.exp(self.base + self.slope @ np.clip(x, -CLIP, CLIP)) * can)
        self.move = int(np.searchsorted(up_to, self.model.rng.random() * up_to[-1], side="right"))
        self.chosen[self.move] += 1

    def act(self) -> None:
        self.model.change += self.effect[self.move]


class Crisis(mesa.Model):
    """One future."""

    def __init__(self, game: Game, seed: int) -> None:
        super().__init__(rng=seed)
        self.game, self.x, self.war = game, game.start.copy(), 0
        for index in range(ACTORS):
            Actor(self, index)

    def step(self) -> None:
        game = self.game
        self.change = game.drift + game.sigma * self.rng.standard_normal(STOCKS)
        self.agents.do("choose")
        self.agents.do("act")
        self.x = game.keep * self.x + self.change
        if any(self.x[a.pressure] >= a.threshold for a in self.agents) and self.rng.random() < game.hazard:
            self.war = self.steps
        self.running = not self.war and self.steps < WEEKS


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, one model after the other."""

    def play(futures: int, seed: int) -> Outcome:
        end, squared = np.zeros(STOCKS), np.zeros(STOCKS)
        chosen, wars, weeks = np.zeros(game.base.shape), 0, 0
        for number in range(futures):
            model = Crisis(game, seed * 1_000_003 + number)
            while model.running:
                model.step()
            end += model.x
            squared += model.x**2
            wars += model.war > 0
            weeks += model.war
            chosen += [a.chosen for a in model.agents]
        return of_sums(futures, wars, weeks, end, squared, chosen)

    return play
