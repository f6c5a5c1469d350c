"""The expression language: what parses to what, and where a mistake is seen."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.language.expressions import FUNCTIONS, ExpressionProblem, is_truth, parse, split_call
from detente.language.syntax import Binary, Call, Expectation, Name, Number, Probability, Unary, names, walk
from tests.language.writing import write


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("a - b - c", "(a - b) - c"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("-a ** b", "-(a ** b)"),
        ("a ** -b", "a ** (-b)"),
        ("-a * b", "(-a) * b"),
        ("not a > 1 and b > 2 or c > 3", "((not (a > 1)) and (b > 2)) or (c > 3)"),
        ("a + 1 > b * 2", "(a + 1) > (b * 2)"),
        ("+a", "a"),
        (" a\n+ b ", "a+b"),
    ],
)
def test_precedence(text, same):
    assert parse(text) == parse(same)


def test_a_hyphen_subtracts_outside_p_and_e():
    assert parse("a-b") == Binary("-", Name("a"), Name("b"))
    day = dt.date(2025, 2, 24)
    assert parse("P(talks-open by 2025-02-24 | no-incursion) - a > 0", tests=True) == Binary(
        ">", Binary("-", Probability("talks-open", "by", day, "no-incursion"), Name("a")), Number(0.0)
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("P(x | c)", Probability("x", "ever", None, "c")),
        ("P(x on 2025-02-24 | c)", Probability("x", "on", dt.date(2025, 2, 24), "c")),
        ("P(RU.fires:big-one | c-d)", Probability("RU.fires:big-one", "ever", None, "c-d")),
        (
            "E(a.b - 1 at 2025-02-24 | c-d)",
            Expectation(Binary("-", Name("a.b"), Number(1.0)), dt.date(2025, 2, 24), "c-d"),
        ),
        ("E(at + by at 2025-02-24 | on)", Expectation(Binary("+", Name("at"), Name("by")), dt.date(2025, 2, 24), "on")),
        ("P(by by 2025-02-24 | by)", Probability("by", "by", dt.date(2025, 2, 24), "by")),
    ],
)
def test_tests(text, tree):
    assert parse(text, tests=True) == tree


def test_words_may_begin_like_operators():
    assert names(parse("nothing + order + android + notable.or_else")) == {
        "nothing",
        "order",
        "android",
        "notable.or_else",
    }


@pytest.mark.parametrize(
    ("text", "column", "expected", "found", "hint"),
    [
        ("", 1, "an expression", "nothing", ""),
        ("a +", 4, "a number, a name, a function or '('", "the end of the expression", ""),
        ("a b", 3, "an operator or the end of the expression", "b", ""),
        ("(a", 3, "')'", "the end of the expression", ""),
        ("a)", 2, "the end of the expression", ")", "one bracket too many"),
        ("a = b", 3, "an operator", "=", "write == to compare"),
        ("a ^ 2", 3, "an operator", "^", "write ** for a power"),
        (
            "1 < a < 2",
            7,
            "an operator or the end of the expression",
            "<",
            "comparisons do not chain: write a < b and b < c",
        ),
        ("exq(1)", 1, f"a function: {', '.join(sorted(FUNCTIONS))}", "exq", "did you mean 'exp'?"),
        ("where(a > 1, 2)", 1, "3 arguments of `where`", "2", ""),
        ("log()", 1, "1 argument of `log`", "0", ""),
        ("min(1)", 1, "2 or more arguments of `min`", "1", ""),
        ("where(a, 1, 2)", 7, "a comparison in `where`", "a number", "compare it with something: x > 0"),
        ("1 + (a > 2)", 6, "a number beside `+`", "a comparison", "turn it into one: where(test, 1, 0)"),
        ("a > 1 and b", 11, "a comparison beside `and`", "a number", "compare it with something: x > 0"),
        ("1e999", 1, "a finite number", "1e999", ""),
        ("P(x | c) > 1", 1, "numbers, names and functions", "P(...)", "P, E and S stand in tests"),
        ("(" * 51 + "1" + ")" * 51, 51, "at most 50 brackets inside each other", "one more", ""),
        ("1" + "+1" * 999, 1, "at most 200 operations inside each other", "one more", ""),
        ("a" * 2_001, 1, "at most 2,000 characters", "2,001 characters", ""),
    ],
)
def test_mistakes(text, column, expected, found, hint):
    with pytest.raises(ExpressionProblem) as caught:
        parse(text)
    problem = caught.value
    assert (problem.column, problem.expected, problem.found, problem.hint) == (column, expected, found, hint)


@pytest.mark.parametrize(
    ("text", "column", "expected", "found"),
    [
        ("P(x by 2025-02-30 | c) > 0", 8, "a day of the calendar, as YYYY-MM-DD", "2025-02-30"),
        ("P(x by soon | c) > 0", 8, "a date as YYYY-MM-DD", "soon"),
        ("P(x | ) > 0", 7, "a course", ")"),
        ("E(P(x | c) at 2025-02-24 | c) > 0", 3, "an expression of stocks and parameters in `E`", "a nested P, E or S"),
        ("E(a > 1 at 2025-02-24 | c) > 0", 3, "a number in `E`", "a comparison"),
    ],
)
def test_mistakes_in_tests(text, column, expected, found):
    with pytest.raises(ExpressionProblem) as caught:
        parse(text, tests=True)
    assert (caught.value.column, caught.value.expected, caught.value.found) == (column, expected, found)


def test_split_call():
    assert split_call("normal(0, 1)") == ("normal", [("0", 8), ("1", 11)])
    assert split_call(" f( min(a, b), -1)") == ("f", [("min(a, b)", 5), ("-1", 16)])
    assert split_call("poisson()") == ("poisson", [])
    for bad in ("normal", "normal(0", "normal(0) 1", "", "(1)", "1(2)"):
        with pytest.raises(ExpressionProblem):
            split_call(bad)


_ids = st.sampled_from(["a", "b.c", "at", "P", "E", "nothing", "order.by", "magnitude", "clock.step"])
_kebabs = st.sampled_from(["x", "talks-open", "by", "on-2", "no-incursion"])
_days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
_outcomes = st.one_of(
    st.builds(Probability, _kebabs, st.just("ever"), st.none(), _kebabs),
    st.builds(Probability, _kebabs, st.sampled_from(["by", "on"]), _days, _kebabs),
    st.builds(Expectation, st.deferred(lambda: plain), _days, _kebabs),
)
_numbers = st.floats(0, 1e300, allow_nan=False).map(Number)


def _recursive(leaves, inner, truths):
    """Trees of numbers over `leaves`; `inner` and `truths` are the trees of numbers and of truths below."""
    return st.one_of(
        leaves,
        st.builds(Unary, st.just("-"), inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(Call, st.sampled_from(["exp", "log", "abs"]), st.tuples(inner)),
        st.builds(Call, st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Call, st.just("where"), st.tuples(truths, inner, inner)),
    )


def _comparisons(inner, truths):
    return st.one_of(
        st.builds(Binary, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner),
        st.builds(Binary, st.sampled_from(["and", "or"]), truths, truths),
        st.builds(Unary, st.just("not"), truths),
    )


plain = st.deferred(lambda: _recursive(_numbers | _ids.map(Name), plain, plain_truths))
plain_truths = st.deferred(lambda: _comparisons(plain, plain_truths))
tested = st.deferred(lambda: _recursive(_numbers | _ids.map(Name) | _outcomes, tested, tested_truths))
tested_truths = st.deferred(lambda: _comparisons(tested, tested_truths))


@settings(max_examples=100, deadline=None)
@given(plain | plain_truths | tested_truths)
def test_what_is_written_is_parsed_back(tree):
    text = write(tree)
    if len(text) <= 2_000 and _depth(text) <= 50:
        again = parse(text, tests=True)
        assert again == tree
        assert is_truth(again) == is_truth(tree)
        assert write(again) == text


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab.PE()|-+*/<>=&,019e \n:é−andortby", max_size=60) | st.text(max_size=40))
def test_no_text_breaks_the_parser(text):
    for tests in (False, True):
        try:
            parse(text, tests=tests)
        except ExpressionProblem as problem:
            assert 1 <= problem.column <= len(text) + 1
            assert problem.expected


def test_walk_goes_parents_first_and_left_to_right():
    tree = parse("where(a > 1, b, -c)")
    assert [node.id for node in walk(tree) if isinstance(node, Name)] == ["a", "b", "c"]
    assert next(walk(tree)) is tree
