"""Which stocks carry unseen noise to a measurement, and whether a Gaussian filter is exact for them.

A stock is noisy when its own noise, or that of a stock its flow or effects read, reaches it. Those that also lead to a
measured stock are latent states: the filter in `kalman` follows their covariance. The analysis is symbolic: what a run
says of its likelihood is a property of the scenario.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from detente.language.records import Scenario
from detente.language.syntax import Binary, Call, Expression, Name, Node, Number, Unary, names
from detente.settings import NOISE_MODES

MODES = NOISE_MODES
GAUSSIAN = ("normal", "lognormal")  # measurement models with a scale on the stock itself or on its logarithm


@dataclass(frozen=True)
class Latent:
    """How a fit treats noise between measurements.

    `mode` kalman: the likelihood integrates over the noise of the latent states with their covariance, exactly where
    `approximate` is empty and no stock runs into its range. particles: a particle filter estimates the likelihood
    without bias (the state that courses start from is still the Gaussian filter's). replay: noise is left out and a
    measured stock is set to what was measured, the fast mode.
    """

    mode: str
    latent_states: tuple[str, ...]  # in the order of the covariance
    approximate: tuple[str, ...]  # reasons why the likelihood is not exact; empty: exact
    links: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # latent state -> latent states whose next value reads it
    unspread: tuple[str, ...] = ()  # noisy stocks that courses and forecasts start from at their expected value
    particles: int = 0  # state particles per parameter value, in mode particles


def latent_of(scenario: Scenario, mode: str = "kalman", particles: int = 128) -> Latent:
    """Analyse a scenario's noise.

    Raises:
        ValueError: On an unknown mode.
    """
    if mode not in MODES:
        raise ValueError(f"noise must be one of {', '.join(MODES)}; got {mode!r}")
    noisy = noisy_stocks(scenario)
    if mode == "replay":
        left_out = [s for s in scenario.stocks if s in noisy]
        set_to = [s.id for s in scenario.stocks.values() if any(i.model in GAUSSIAN for i in s.series)]
        reasons = [f"the noise of {_listed(left_out)} is left out"] if left_out else []
        return Latent(mode, (), tuple(reasons + ([f"{_listed(set_to)}: set to what was measured"] if set_to else [])))
    measured = {s.id for s in scenario.stocks.values() if any(i.model in GAUSSIAN for i in s.series)}
    edges = _edges(scenario)
    latent_states = noisy & _reached(measured, _reversed(edges))
    ordered = tuple(s for s in scenario.stocks if s in latent_states)
    links = {s: tuple(t for t in ordered if t == s or t in edges[s]) for s in ordered}
    reasons = () if mode == "particles" else tuple(_approximations(scenario, noisy, latent_states))
    unspread = tuple(s for s in scenario.stocks if s in noisy - latent_states)
    return Latent(mode, ordered, reasons, links, unspread, particles if mode == "particles" else 0)


def noisy_stocks(scenario: Scenario) -> set[str]:
    """Every stock that some noise reaches."""
    return _reached((s.id for s in scenario.stocks.values() if s.noise is not None), _edges(scenario))


def _edges(scenario: Scenario) -> dict[str, set[str]]:
    """For every stock the stocks whose next value reads it, given the moves and events of the record."""
    edges: dict[str, set[str]] = {s: set() for s in scenario.stocks}
    for target, expression in _changes(scenario):
        for name in names(expression.tree):
            if name in edges:
                edges[name].add(target)
    return edges


def _changes(scenario: Scenario) -> Iterator[tuple[str, Expression]]:
    """Every (stock, expression) that changes a stock."""
    for stock in scenario.stocks.values():
        if stock.flow is not None:
            yield stock.id, stock.flow
    for move in (m for t in scenario.tracks.values() for m in t.moves.values()):
        yield from move.effects.items()
    for event in scenario.events.values():
        yield from event.effects.items()


def _reversed(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    return {node: {source for source, targets in edges.items() if node in targets} for node in edges}


def _reached(start: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    found, front = set(), list(start)
    while front:
        node = front.pop()
        if node not in found:
            found.add(node)
            front.extend(edges[node])
    return found


def _approximations(scenario: Scenario, noisy: set[str], latent_states: set[str]) -> Iterator[str]:
    readers = sorted({what for what, expression in _readers(scenario) if names(expression.tree) & noisy})
    if readers:
        which = sorted({n for _, e in _readers(scenario) for n in names(e.tree) & noisy})
        yield f"{_listed(which)}: read by {_listed(readers)}, which see the expected path, not the noise"
    stocks = scenario.stocks.values()
    counted = [s.id for s in stocks if s.id in noisy and any(i.model not in GAUSSIAN for i in s.series)]
    if counted:
        yield f"{_listed(counted)}: counts see the expected path, not the noise"
    bent = sorted({s for s, e in _changes(scenario) if s in latent_states and degree(e.tree, latent_states) > 1})
    if bent:
        yield f"{_listed(bent)}: not linear in the noisy stocks, linearised at the expected path"
    scaled = [s.id for s in stocks if s.id in latent_states and s.noise and degree(s.noise.tree, latent_states)]
    if scaled:
        yield f"{_listed(scaled)}: the size of the noise depends on noisy stocks, taken at the expected path"
    logs = [s.id for s in stocks if s.id in latent_states and any(i.model == "lognormal" for i in s.series)]
    if logs:
        yield f"{_listed(sorted(logs))}: measured on another scale than its own, linearised"


def _readers(scenario: Scenario) -> Iterator[tuple[str, Expression]]:
    """Every (what, expression) whose value enters the likelihood of moves and events."""
    for track in scenario.tracks.values():
        for move in track.moves.values():
            yield track.id, move.appeal
            if move.needs is not None:
                yield track.id, move.needs
            for argument in move.magnitude.arguments if move.magnitude else ():
                yield track.id, argument
    for event in scenario.events.values():
        yield event.id, event.hazard


def degree(tree: Node, variables: set[str]) -> float:
    """The degree of an expression as a polynomial in `variables`; infinite where it is none."""
    match tree:
        case Number():
            return 0
        case Name(id):
            return 1 if id in variables else 0
        case Unary(op, operand):
            inner = degree(operand, variables)
            return inner if op == "-" or not inner else math.inf
        case Binary("+" | "-", left, right):
            return max(degree(left, variables), degree(right, variables))
        case Binary("*", left, right):
            return degree(left, variables) + degree(right, variables)
        case Binary("/", left, right):
            return degree(left, variables) if not degree(right, variables) else math.inf
        case Call("where", (condition, yes, no)) if not degree(condition, variables):
            return max(degree(yes, variables), degree(no, variables))
    return 0 if not names(tree) & variables else math.inf


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
