"""Text to expression tree and back. The grammar is `grammar.lark`; the tree is `syntax.py`.

An expression is either a number or a truth (a comparison, `and`, `or`, `not`), and which one is plain from its
form, so `parse` also refuses sums of comparisons and `and` of numbers. Names are looked up later (`names.py`).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from detente.language.syntax import Bargain, Binary, Call, Expectation, Name, Node, Number, Probability, Unary, walk
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_LENGTH = 2_000  # characters
MAX_NESTING = 50  # open brackets
MAX_DEPTH = 200  # levels of the tree: a sum of n terms has n

FUNCTIONS: dict[str, tuple[int, int | None]] = {  # fewest and most arguments
    "where": (3, 3),
    "min": (2, None),
    "max": (2, None),
    **dict.fromkeys(("exp", "log", "sqrt", "logistic", "abs", "sin", "cos"), (1, 1)),
}

_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_HINTS = {
    "=": "write == to compare",
    "^": "write ** for a power",
    "&": "write `and`",
    "!": "write `not`, or != to compare",
    "?": "write where(condition, this, otherwise)",
    "%": "write a fraction: 5 % is 0.05",
    "−": "this is a typographic minus; type a plain hyphen",
    "×": "write *",
    "≤": "write <=",
    "≥": "write >=",
    "\u00a0": "this is a no-break space; type a plain one",
    "if": "write where(condition, this, otherwise)",
}


class ExpressionProblem(Exception):  # noqa: N818  # it becomes a Problem
    """What is wrong with an expression. `column` counts characters of its text from 1."""

    def __init__(self, column: int, expected: str, found: str, hint: str = "") -> None:
        super().__init__(f"column {column}: expected {expected}, found {found!r}")
        self.column, self.expected, self.found, self.hint = column, expected, found, hint


def parse(text: str, tests: bool = False) -> Node:
    """Return the tree of an expression; `P(...)`, `E(...)` and `S(...)` are understood only where `tests` is true.

    Raises:
        ExpressionProblem: If the text is not an expression of the language.
    """
    if not text.strip():
        raise ExpressionProblem(1, "an expression", "nothing")
    if len(text) > MAX_LENGTH:
        raise ExpressionProblem(1, f"at most {MAX_LENGTH:,} characters", f"{len(text):,} characters")
    depth = 0
    for at, character in enumerate(text, 1):
        depth += (character == "(") - (character == ")")
        if depth > MAX_NESTING:
            raise ExpressionProblem(at, f"at most {MAX_NESTING} brackets inside each other", "one more")
    from lark import UnexpectedCharacters, UnexpectedToken  # slow to import; most callers of detente need no parser

    try:
        part: _Part = _parser().parse(text)  # type: ignore[assignment]  # the transformer makes it a _Part
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise _unexpected(len(text.rstrip()) + 1, "", error.accepts or error.expected) from None
        raise _unexpected((error.token.start_pos or 0) + 1, str(error.token), error.accepts or error.expected) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        allowed = set(error.allowed or ())  # what some bracket somewhere would allow: keep the sure part
        raise _unexpected(at + 1, text[at], allowed & {"NUMBER", "PLUS"} or allowed) from None
    if not tests:
        for node in walk(part.node):
            if isinstance(node, Probability | Expectation | Bargain):
                which = "P(...)" if isinstance(node, Probability) else "E(...)"
                which = "S(...)" if isinstance(node, Bargain) else which
                raise ExpressionProblem(node.column, "numbers, names and functions", which, "P, E and S stand in tests")
    return part.node


def is_truth(node: Node) -> bool:
    """Whether the expression is true or false rather than a number."""
    if isinstance(node, Binary):
        return node.op in _COMPARISONS or node.op in ("and", "or")
    return isinstance(node, Unary) and node.op == "not"


def is_comparison(node: Node) -> bool:
    """Whether the expression compares two numbers, and nothing else."""
    return isinstance(node, Binary) and node.op in _COMPARISONS


def is_ordered(node: Node) -> bool:
    """Whether the expression asks which of two numbers is larger, and nothing else."""
    return isinstance(node, Binary) and node.op in _COMPARISONS - {"==", "!="}


def split_call(text: str) -> tuple[str, list[tuple[str, int]]]:
    """Split `family(first, second)` into its name and its arguments, each with its column in `text`.

    Raises:
        ExpressionProblem: If `text` is not a name followed by one bracket.
    """
    opened = re.match(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*\(", text)
    if not opened or len(text) > MAX_LENGTH:
        raise ExpressionProblem(1, "a name and its arguments in brackets", text)
    pieces, start, depth = [], opened.end(), 1
    for at in range(opened.end(), len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0 or (depth == 1 and text[at] == ","):
            pieces.append((text[start:at], start))
            start = at + 1
        if depth == 0:
            if rest := text[at + 1 :].strip():
                raise ExpressionProblem(text.index(rest, at + 1) + 1, "nothing after the closing bracket", rest)
            break
    else:
        raise ExpressionProblem(len(text) + 1, "a closing bracket", "the end of the text")
    if len(pieces) == 1 and not pieces[0][0].strip():
        pieces = []
    return opened[1], [(piece.strip(), at + len(piece) - len(piece.lstrip()) + 1) for piece, at in pieces]


class _Part(NamedTuple):
    """A subtree with its first column, its depth, and whether it is a truth."""

    node: Node
    column: int
    depth: int = 1
    truth: bool = False


def _number(part: _Part, why: str) -> Node:
    if part.truth:
        raise ExpressionProblem(part.column, f"a number {why}", "a comparison", "turn it into one: where(test, 1, 0)")
    return part.node


def _truth(part: _Part, why: str) -> Node:
    if not part.truth:
        raise ExpressionProblem(part.column, f"a comparison {why}", "a number", "compare it with something: x > 0")
    return part.node


def _join(node: Node, column: int, *parts: _Part, truth: bool = False) -> _Part:
    depth = 1 + max(part.depth for part in parts)
    if depth > MAX_DEPTH:
        raise ExpressionProblem(column, f"at most {MAX_DEPTH} operations inside each other", "one more")
    return _Part(node, column, depth, truth)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _date(token: Token) -> dt.date:
    try:
        return dt.datetime.strptime(token, "%Y-%m-%d").date()
    except ValueError:
        raise ExpressionProblem(_column(token), "a day of the calendar, as YYYY-MM-DD", str(token)) from None


class _Builder:
    """Called by the parser bottom-up, one method per alias in the grammar."""

    def number(self, items: list[Any]) -> _Part:
        value = float(items[0])
        if not isfinite(value):
            raise ExpressionProblem(_column(items[0]), "a finite number", str(items[0]))
        return _Part(Number(value), _column(items[0]))

    def name(self, items: list[Any]) -> _Part:
        return _Part(Name(str(items[0]), _column(items[0])), _column(items[0]))

    def group(self, items: list[Any]) -> _Part:
        return items[0]

    def unary(self, items: list[Any]) -> _Part:
        token: Token = items[0]
        part: _Part = items[1]
        if token.type == "NOT":
            return _join(Unary("not", _truth(part, "after `not`")), _column(token), part, truth=True)
        node = _number(part, f"after `{token}`")
        return _join(Unary("-", node) if token == "-" else node, _column(token), part)

    def binary(self, items: list[Any]) -> _Part:
        left, token, right = items
        op, why = str(token), f"beside `{token}`"
        want = _truth if op in ("and", "or") else _number
        node = Binary(op, want(left, why), want(right, why))
        return _join(node, left.column, left, right, truth=is_truth(node))

    def call(self, items: list[Any]) -> _Part:
        token, *parts = items
        name = str(token)
        if name not in FUNCTIONS:
            known = [*FUNCTIONS, "P", "E", "S"]
            raise ExpressionProblem(
                _column(token), f"a function: {', '.join(sorted(FUNCTIONS))}", name, did_you_mean(name, known)
            )
        least, most = FUNCTIONS[name]
        if not least <= len(parts) <= (most or len(parts)):
            needs = f"{least}{'' if most else ' or more'} argument{'s' * (most != 1)} of `{name}`"
            raise ExpressionProblem(_column(token), needs, str(len(parts)))
        nodes = [
            (_truth if name == "where" and i == 0 else _number)(part, f"in `{name}`") for i, part in enumerate(parts)
        ]
        return _join(Call(name, tuple(nodes)), _column(token), *parts)

    def ever(self, items: list[Any]) -> _Part:
        token, what, *course = items
        return _Part(Probability(str(what), "ever", None, _course(course), _column(token)), _column(token))

    def dated(self, items: list[Any]) -> _Part:
        token, what, when, date, *course = items
        node = Probability(str(what), str(when), _date(date), _course(course), _column(token))
        return _Part(node, _column(token))

    def expectation(self, items: list[Any]) -> _Part:
        token, part, _, date, *course = items
        value = _inner(part, "E")
        return _join(Expectation(value, _date(date), _course(course), _column(token)), _column(token), part)

    def bargain(self, items: list[Any]) -> _Part:
        token, part, *rest = items
        value = _inner(part, "S")
        offer = str(rest[1]) if rest[0].type == "OF" else None
        _, date, *course = rest[2:] if offer else rest
        node = Bargain(value, _date(date), _course(course), offer, len(course) < 2, _column(token))
        return _join(node, _column(token), part)


def _course(items: list[Any]) -> str:
    """The course of a question, "" where it names none."""
    return str(items[0]) if items else ""


def _inner(part: _Part, letter: str) -> Node:
    """The number inside E(...) or S(...), which nothing that is itself a question may stand in."""
    value = _number(part, f"in `{letter}`")
    for node in walk(value):
        if isinstance(node, Probability | Expectation | Bargain):
            what = "a nested P, E or S"
            raise ExpressionProblem(node.column, f"an expression of stocks and parameters in `{letter}`", what)
    return value


@cache
def _parser() -> Lark:
    from lark import Lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=False)


def _unexpected(column: int, found: str, accepts: Any) -> ExpressionProblem:
    """Say in words what could have stood there, from the terminals the parser would have taken."""
    names, wanted = set(accepts), []
    if "NUMBER" in names:
        wanted.append("a number, a name, a function or '('")
    elif "PLUS" in names:
        wanted.append("an operator")
    words = {"COMMA": "','", "RPAR": "')'", "LPAR": "'('", "AT": "'at DATE'", "VBAR": "'|' and a course"}
    words |= {"BY": "'by DATE'", "ON": "'on DATE'", "DATE": "a date as YYYY-MM-DD", "COURSE": "a course"}
    words |= {"WHAT": "an event or TRACK:move", "$END": "the end of the expression"}
    words |= {"OF": "'of OFFER'", "OFFER": "an announced offer", "WITHOUT_CHIP": "'without chip'"}
    brackets = {"LPAR", "RPAR"} if "NUMBER" in names else set()
    wanted += [word for name, word in words.items() if name in names - brackets]
    hint = _HINTS.get(found, "one bracket too many" if found == ")" and wanted == [words["$END"]] else "")
    if found in _COMPARISONS and "PLUS" in names:
        hint = "comparisons do not chain: write a < b and b < c"
    expected = " or ".join([", ".join(wanted[:-1]), wanted[-1]] if len(wanted) > 1 else wanted) or "an expression"
    return ExpressionProblem(column, expected, found or "the end of the expression", hint)
