"""Expression tree to text: the shortest that the grammar reads back as the same tree."""

from __future__ import annotations

from detente.language.syntax import Bargain, Binary, Call, Expectation, Name, Node, Number, Probability, Unary

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_LOOSENESS = {"or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "**": 8}


def write(node: Node) -> str:
    """Return text that parses to `node`, with no bracket that the grammar does not need."""
    return _write(node, 0)


def _write(node: Node, tightness: int) -> str:
    match node:
        case Number(value):
            return str(int(value)) if value == int(value) and value < 1e15 else repr(value)
        case Name(id):
            return id
        case Unary("not", operand):
            text, own = f"not {_write(operand, 3)}", 3
        case Unary(op, operand):
            text, own = f"{op}{_write(operand, 7)}", 7
        case Binary(op, left, right):
            own = _LOOSENESS[op]
            # `**` takes an atom on its left and a sign on its right; a comparison takes sums; the rest lean left
            sides = (9, 7) if op == "**" else (5, 5) if op in _COMPARISONS else (own, own + 1)
            text = f"{_write(left, sides[0])} {op} {_write(right, sides[1])}"
        case Call(function, arguments):
            return f"{function}({', '.join(_write(argument, 0) for argument in arguments)})"
        case Probability(event, when, date, course):
            return f"P({event}{f' {when} {date}' if date else ''} | {course})"
        case Expectation(value, date, course):
            return f"E({_write(value, 0)} at {date} | {course})"
        case Bargain(value, date, course, offer, chip):
            of, aside = f" of {offer}" if offer else "", "" if chip else " without chip"
            return f"S({_write(value, 0)}{of} at {date} | {course}{aside})"
    return f"({text})" if own < tightness else text
