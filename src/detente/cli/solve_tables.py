"""What `detente solve` shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from detente.cli.tables import grid
from detente.result.games import DrawSpread, Equilibrium, EquilibriumOverDraws, SolveOverDraws, SolveResult

ROWS = 60  # choices shown of one equilibrium; the JSON has them all


def tables(results: SolveResult | SolveOverDraws) -> Iterator[RenderableType]:
    """The game, then every equilibrium."""
    game = results.game
    text = Text(game.title or "a game", style="bold")
    kind = "perfect" if game.perfect_information else "imperfect"
    counts = f"{game.nodes:,} nodes, {game.ends:,} ends, {game.information_sets:,} choices"
    text.append(f"\n{', '.join(game.players)}: {counts}, {kind} information", style="not bold")
    if isinstance(results, SolveOverDraws):
        hypotheses = ", ".join(results.hypotheses)
        text.append(f"\n{results.draws} draws after the evidence ({hypotheses}): mean (5% to 95%)", style="not bold")
    yield text
    for found in results.equilibria:
        yield from _equilibrium(found)
    if not results.concept:
        return
    if not results.equilibria:
        yield Text("no equilibrium found")
    lines = [f"method: {results.method}"]
    if isinstance(results, SolveResult):
        for marks, verb in ((results.crossings, "another branch crosses"), (results.turns, "the branch turns back")):
            if marks:
                lines.append(f"{verb} near lambda = {', '.join(f'{mark.lam:.6g}' for mark in marks)}")
    yield Text("\n".join(lines), style="dim")


def _said(value: float | DrawSpread, digits: str) -> str:
    """A number, or what draws make of it: mean and 90% interval."""
    if isinstance(value, DrawSpread):
        return f"{value.mean:.3g} ({value.q05:.2g} to {value.q95:.2g})"
    return f"{value:{digits}}"


def _equilibrium(found: Equilibrium | EquilibriumOverDraws) -> Iterator[RenderableType]:
    text = Text(found.name, style="bold")
    if found.lam is not None:
        text.append(f", lambda = {found.lam:g}")
    table = grid("choice", "player", "reached", "what is done")
    for row in found.strategy[:ROWS]:
        done = ", ".join(f"{name} {_said(p, '.4g')}" for name, p in row.choice.items())
        table.add_row(*map(Text, (row.at, row.player, _said(row.reached, ".4g"), done)))
    payoffs = grid("player", "expected payoff", "could gain")
    for player, value in found.payoffs.items():
        payoffs.add_row(*map(Text, (player, _said(value, ".6g"), _said(found.regret[player], ".3g"))))
    yield text
    yield table
    left = len(found.strategy) - ROWS
    if left > 0:
        yield Text(f"and {left:,} more choices: see --json", style="dim")
    yield payoffs
