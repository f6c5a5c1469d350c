"""The small languages inside a field: expressions, priors, magnitudes, error models, the step of the clock."""

from __future__ import annotations

import re
from collections.abc import Mapping

from detente.language.expressions import ExpressionProblem, is_truth, parse, split_call
from detente.language.names import Names, Scope, check_names
from detente.language.priors import FAMILIES, Prior
from detente.language.records import Magnitude
from detente.language.syntax import Expression, Number, Unary
from detente.text import yaml_nodes as ya
from detente.text.fields import POINT, Field, number_hint, parse_number
from detente.text.nearest import did_you_mean

ZERO = Expression("0", Number(0.0))  # stands for an expression that could not be read
LARGEST = 1e30  # of a prior's arguments: beyond it single precision overflows
MODELS: dict[str, tuple[int, int, str]] = {  # fewest and most arguments, as written
    "normal": (0, 1, "normal(sd)"),
    "lognormal": (1, 1, "lognormal(sd)"),
    "poisson": (0, 0, "poisson()"),
    "negbinomial": (1, 1, "negbinomial(k)"),
}


def read_expression(
    field: Field, names: Names, scope: Scope, *, truth: bool = False, inner: tuple[str, int] | None = None
) -> Expression | None:
    """Return the expression of a field, None when it is absent; `inner` is a piece of its text and where it starts.

    `truth`: a comparison is needed; otherwise a number is.
    """
    if not field.present:
        return None
    if not isinstance(field.node, ya.Scalar):
        field.bad("an expression")
        return ZERO
    text, start = inner or (field.node.text, 0)
    try:
        tree = parse(text, tests=scope.test)
    except ExpressionProblem as problem:
        around = text[problem.column - 2 : problem.column + 1] if problem.column > 1 else ""
        if not problem.hint and re.fullmatch("[0-9],[0-9]", around):
            problem.hint = POINT
        _report(field, problem, start)
        return ZERO
    for problem in check_names(tree, scope, names):
        column = text.find(problem.found, problem.column - 1) + 1  # inside P(...), point at the id itself
        problem.column = column or problem.column
        _report(field, problem, start)
    if is_truth(tree) != truth:
        expected = "a comparison, such as x > 0" if truth else "a number"
        hint = "" if truth else "turn it into one: where(test, 1, 0)"
        field.bad(expected, text if truth else "a comparison", hint, offset=start)
    return Expression(text.strip(), tree)


def _report(field: Field, problem: ExpressionProblem, start: int) -> None:
    field.bad(problem.expected, problem.found, problem.hint, offset=start + problem.column - 1)


def read_prior(field: Field) -> Prior:
    """Return a prior written as `family(numbers)`; a placeholder when it is absent or wrong."""
    nothing = Prior("fixed", (0.0,))
    if not field.present:
        return nothing
    text = field.text()
    if parse_number(text) is not None:
        field.bad("a prior, such as normal(0, 1)", hint=f"write fixed({text})")
        return nothing
    called = _call(field, {name: f"{name}({', '.join(f.arguments)})" for name, f in FAMILIES.items()}, "a prior")
    if called is None:
        return nothing
    name, pieces = called
    family = FAMILIES[name]
    numbers: list[float] = []
    for piece, column in pieces:
        number = parse_number(piece)
        if number is None or abs(number) > LARGEST:
            expected = "a plain number" if number is None else f"a number within ±{LARGEST:g}"
            field.bad(expected, piece, number_hint(piece), offset=column - 1)
        else:
            numbers.append(number)
    if len(pieces) != len(family.arguments):
        field.bad(f"{name}({', '.join(family.arguments)})", hint=_commas(name, pieces, len(family.arguments)))
    elif len(numbers) == len(pieces):
        if family.valid(numbers):
            return Prior(name, tuple(numbers))
        field.bad(f"{name}({', '.join(family.arguments)}) with {family.rule}")
    return nothing


def read_magnitude(field: Field, names: Names) -> Magnitude | None:
    """Return the random size of a move; None when it declares none."""
    forms = {name: f"{name}({', '.join(f.arguments)})" for name, f in FAMILIES.items() if f.sizes}
    called = _call(field, forms, "a family of random sizes") if field.present else None
    if called is None:
        return None
    name, pieces = called
    if len(pieces) != len(FAMILIES[name].arguments):
        field.bad(forms[name], hint=_commas(name, pieces, len(FAMILIES[name].arguments)))
        return None
    arguments = tuple(_argument(field, names, Scope(), piece) for piece in pieces)
    numbers = [number for argument in arguments if (number := literal(argument)) is not None]
    if len(numbers) == len(arguments) and not FAMILIES[name].valid(numbers):
        field.bad(f"{forms[name]} with {FAMILIES[name].rule}")
    return Magnitude(name, arguments)


def read_model(field: Field, names: Names) -> tuple[str, Expression | None]:
    """Return an observation model and its scale; an absent one is `normal()`."""
    called = _call(field, {name: form for name, (*_, form) in MODELS.items()}, "a model") if field.present else None
    if called is None:
        return "normal", None
    name, pieces = called
    least, most, form = MODELS[name]
    if not least <= len(pieces) <= most:
        field.bad(form, hint=_commas(name, pieces, most))
        return name, None
    scale = _argument(field, names, Scope(stocks=False), pieces[0]) if pieces else None
    if scale and (number := literal(scale)) is not None and number <= 0:
        field.bad("a number above 0", pieces[0][0], offset=pieces[0][1] - 1)
    return name, scale


def _commas(name: str, pieces: list[tuple[str, int]], wanted: int) -> str:
    """How to write a call whose decimals have commas, which made too many arguments of them."""
    if len(pieces) <= wanted:
        return ""
    words = [piece for piece, _ in pieces]
    if len(words) == 2 * wanted and all(re.fullmatch("[-+]?[0-9]+", word) for word in words):
        return f"write {name}({', '.join(f'{a}.{b}' for a, b in zip(words[::2], words[1::2], strict=True))})"
    return POINT


def literal(expression: Expression) -> float | None:
    """The value of an expression that is one number, with or without a sign."""
    match expression.tree:
        case Number(value):
            return value
        case Unary("-", Number(value)):
            return -value
    return None


def _argument(field: Field, names: Names, scope: Scope, piece: tuple[str, int]) -> Expression:
    text, column = piece
    return read_expression(field, names, scope, inner=(text, column - 1)) or ZERO


def _call(field: Field, forms: Mapping[str, str], what: str) -> tuple[str, list[tuple[str, int]]] | None:
    if not isinstance(field.node, ya.Scalar):
        field.bad(f"{what}, such as {next(iter(forms.values()))}")
        return None
    try:
        name, pieces = split_call(field.node.text)
    except ExpressionProblem as problem:
        bare = field.node.text.strip()
        if bare in forms:
            field.bad(f"{what} with its arguments", bare, f"write {forms[bare]}")
        elif problem.column == 1:
            field.bad(f"{what}, such as {next(iter(forms.values()))}", problem.found)
        else:
            _report(field, problem, 0)
        return None
    if name not in forms:
        field.bad(f"{what}: {', '.join(forms.values())}", name, did_you_mean(name, forms))
        return None
    return name, pieces


def read_step(field: Field) -> int:
    """Return the length of a step in days; 0 when it could not be read."""
    if not field.present:
        return 0
    text = field.text()
    match = re.fullmatch(r"([0-9]{1,4}) *([A-Za-z]+)", text)
    if not match or int(match[1]) == 0:
        field.bad("a whole number of days or weeks, such as '1 week'")
        return 0
    days = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(match[2])
    if days is None:
        meant = did_you_mean(match[2], ("day", "days", "week", "weeks"))[len("did you mean '") : -2]
        hint = f"did you mean '{match[1]} {meant.removesuffix('s')}{'s' * (match[1] != '1')}'?" if meant else ""
        field.bad("a number and a unit of time: day, days, week or weeks", hint=hint)
        return 0
    return int(match[1]) * days
