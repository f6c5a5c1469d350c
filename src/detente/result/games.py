"""What players of a finite game would do: `detente solve`, for one game or over draws of its parameters."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Struct, field

from detente.result.parts import Number, doc


class GameSize(Struct, frozen=True, kw_only=True):
    """A game and its size."""

    title: str
    players: list[str]
    nodes: int
    ends: int
    information_sets: int
    perfect_information: bool
    parameters: dict[str, float] = {}


class Choice(Struct, frozen=True, kw_only=True):
    """What a player does at an information set."""

    player: str
    at: str
    reached: Annotated[float, doc("Chance of coming there.")]
    choice: dict[str, float]


class Equilibrium(Struct, frozen=True, kw_only=True):
    """One behaviour of all players."""

    name: str
    lam: Annotated[Number, doc("How sharply payoffs decide; null: best replies.")] = field(name="lambda")
    payoffs: dict[str, float]
    regret: Annotated[dict[str, float], doc("What a player could gain by another behaviour.")]
    strategy: list[Choice]


class BranchPoint(Struct, frozen=True, kw_only=True):
    """A place on the principal branch."""

    lam: float = field(name="lambda")
    payoffs: dict[str, float]


class SolveResult(Struct, frozen=True, kw_only=True):
    """A game, and what a concept makes of it."""

    DIGITS: ClassVar[int] = 15

    detente: str
    game: GameSize
    concept: Annotated[str, doc("Empty: the game was written to a file and not solved.")] = ""
    method: str = ""
    equilibria: list[Equilibrium] = []
    crossings: Annotated[list[BranchPoint], doc("Where another branch crosses the principal one.")] = []
    turns: Annotated[list[BranchPoint], doc("Where the principal branch turns back.")] = []


class DrawSpread(Struct, frozen=True, kw_only=True):
    """A number over draws."""

    mean: Number
    q05: Number
    q50: Number
    q95: Number


class ChoiceOverDraws(Struct, frozen=True, kw_only=True):
    """What a player does on a track at a date."""

    player: str
    at: str
    reached: DrawSpread
    choice: dict[str, DrawSpread]


class EquilibriumOverDraws(Struct, frozen=True, kw_only=True):
    """One named behaviour over draws."""

    name: str
    lam: Number = field(name="lambda")
    payoffs: dict[str, DrawSpread]
    regret: dict[str, DrawSpread]
    strategy: list[ChoiceOverDraws]


class SolveOverDraws(Struct, frozen=True, kw_only=True):
    """A scenario solved as a game once for each of some draws of its parameters."""

    DIGITS: ClassVar[int] = 15

    detente: str
    concept: str
    method: str
    seed: int
    draws: int
    hypotheses: list[str]
    game: Annotated[GameSize, doc("The largest of any draw.")]
    equilibria: list[EquilibriumOverDraws]
