"""The tree that an expression parses to. Plain data: the engine compiles it, the checks walk it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace


@dataclass(frozen=True)
class Number:
    """A literal number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A stock, a parameter, `magnitude`, `clock.step`, `clock.season`, or (tests only) `ACTOR.utility`."""

    id: str
    column: int = field(default=1, compare=False)  # where it stands in the text, counted from 1


@dataclass(frozen=True)
class Unary:
    """`-x` or `not x`."""

    op: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    """`+ - * / **`, `< <= > >= == !=`, `and`, `or`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """One of the built-in functions: where min max exp log sqrt logistic abs sin cos."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Probability:
    """`P(event [by|on] DATE | course)`; `event` is an event id or `TRACK:move`. Tests only.

    `by` counts from the branch date up to and including the step that holds `date`;
    `on` is that step alone; with no date, up to the end of the clock.
    """

    event: str
    when: str  # "by" | "on" | "ever"
    date: dt.date | None
    course: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Expectation:
    """`E(expression at DATE | course)`: mean over futures of an expression of stocks and parameters. Tests only."""

    value: Node
    date: dt.date
    course: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Bargain:
    """`S(expression [of OFFER] at DATE | course [without chip])`: mean over futures of an expression that may also read
    what the parties would agree on at that date. Tests only.

    `offer`: an announced offer in place of the Nash point; `chip`: False with the chip's stocks set aside.
    """

    value: Node
    date: dt.date
    course: str
    offer: str | None = None
    chip: bool = True
    column: int = field(default=1, compare=False)


Node = Number | Name | Unary | Binary | Call | Probability | Expectation | Bargain


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, parents first."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        children: list[Node] = []
        for part in fields(current):
            child = getattr(current, part.name)
            if isinstance(child, Node):
                children.append(child)
            elif isinstance(child, tuple):
                children.extend(child)
        waiting.extend(reversed(children))


def rewrite(tree: Node, leaf: Callable[[Node], Node | None]) -> Node:
    """Rebuild a tree, replacing every node for which `leaf(node)` is not None."""
    replaced = leaf(tree)
    if replaced is not None:
        return replaced
    match tree:
        case Unary(op, operand):
            return Unary(op, rewrite(operand, leaf))
        case Binary(op, left, right):
            return Binary(op, rewrite(left, leaf), rewrite(right, leaf))
        case Call(function, arguments):
            return Call(function, tuple(rewrite(a, leaf) for a in arguments))
    return tree


def under(tree: Node, course: str) -> Node:
    """The tree with every question that names no course asked of this one."""

    def leaf(node: Node) -> Node | None:
        if isinstance(node, Probability | Expectation | Bargain) and not node.course:
            return replace(node, course=course)
        return None

    return rewrite(tree, leaf)


def names(node: Node) -> frozenset[str]:
    """The ids that an expression reads."""
    return frozenset(n.id for n in walk(node) if isinstance(n, Name))


@dataclass(frozen=True)
class Expression:
    """An expression and the text it was written as."""

    text: str
    tree: Node

    def __str__(self) -> str:
        return self.text
