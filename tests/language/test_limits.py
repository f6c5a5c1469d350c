"""Files that are too large, too deep, or that would expand are refused at once, in little memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from detente.errors import InputError
from detente.language.load import load

NESTED = "cod-war/scenario.yaml:1:{column}: yaml\n  1 | {line}\n    | {caret}^\n  expected at most 40 levels of nesting"


@pytest.fixture
def refusal(folder):
    """The message for a scenario.yaml (or another file) of these bytes; fails when it takes long or much memory."""

    def read(content: bytes, name: str = "scenario.yaml") -> str:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        del content
        tracemalloc.start()
        began = time.process_time()
        with pytest.raises(InputError) as caught:
            load(folder)
        took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert took < 2
        assert peak < 5e6
        return str(caught.value)

    return read


def test_50_megabytes(refusal):
    assert refusal(b"a: b\n" * 10_000_000) == (
        "1 problem in the scenario\n\ncod-war/scenario.yaml\n  expected at most 2 MB\n  got      '50.0 MB'"
    )


def test_50_megabytes_of_table(refusal):
    assert refusal(b"1975-11-12,context,x\n" * 2_500_000, "history.csv") == (
        "1 problem in the scenario\n\ncod-war/history.csv\n  expected at most 20 MB\n  got      '52.5 MB'"
    )


def test_deep_lists(refusal):
    """From PyYAML 6.0.4 on the parser, which reads ahead, meets a limit of its own before ours."""
    line = "a: " + "[" * 100_000
    ours = NESTED.format(column=43, line=f"{line[:200]}…", caret=" " * 42)
    parsers = "cod-war/scenario.yaml:1:1003: yaml\n  expected at most 40 levels of nesting"
    assert refusal(line.encode()) in {
        f"1 problem in the scenario\n\n{place}\n  got      'one more'" for place in (ours, parsers)
    }


def test_deep_maps(refusal):
    assert "at most 40 levels of nesting" in refusal(b"{a: " * 100_000)
    block = "".join(f"{' ' * i}a:\n" for i in range(1_000))
    assert "at most 40 levels of nesting" in refusal(block.encode())


def test_a_billion_laughs(refusal):
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for last, this in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]")
    assert refusal("\n".join(lines).encode()) == (
        "1 problem in the scenario\n\n"
        "cod-war/scenario.yaml:1:4: yaml\n"
        "  1 | a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        "    |    ^\n"
        "  expected a value\n"
        "  got      '&a'\n"
        "  hint     quote it: anchors are not read"
    )


def test_as_many_small_values_as_fit(folder):
    (folder / "scenario.yaml").write_bytes(b"[" + b"a," * 900_000 + b"]")
    began = time.process_time()
    with pytest.raises(InputError, match="at most 200,000 values in a file"):
        load(folder)
    assert time.process_time() - began < 10


def test_a_table_of_nonsense_stops_early(folder):
    (folder / "history.csv").write_text("date,track,move\n" + "x,y,z\n" * 50_000)
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        load(folder)
    assert time.process_time() - began < 10
    assert len(caught.value.problems) < 1_010
    assert caught.value.problems[-1].got == "more" or any(p.got == "more" for p in caught.value.problems)


@pytest.mark.parametrize(
    ("content", "expected", "got"),
    [
        (b"", "a map of keys", "an empty file"),
        (b"# only a comment\n", "a map of keys", "an empty file"),
        (b"a: \x00", "text without control characters", "U+0000"),
        (b"a: \x1b[31m", "text without control characters", "U+001B"),
        ("a: é".encode("latin-1"), "text in UTF-8", "the byte 0xe9"),
        ("a: b".encode("utf-16"), "text in UTF-8", "the byte 0xff"),
        (b"a:\n\tb: 1\n", "spaces at the start of a line", "\t"),
        (b"a: 1\n---\nb: 2\n", "one document in the file", "a second one"),
        (b"a: !!python/object/apply:os.system [ls]\n", "a value", "tag:yaml.org,2002:python/object/apply:os.system"),
        (b"a: [1, 2\n", "valid YAML", "did not find expected ',' or ']'"),
        (b"- 1\n- 2\n", None, "a list of 2"),
        (b"hello\n", None, "hello"),
        (b'a: "\\ud800"\n', "valid YAML", None),
    ],
)
def test_one_clear_problem(folder, content, expected, got):
    (folder / "scenario.yaml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load(folder)
    (problem,) = caught.value.problems
    assert problem.expected == expected or (
        expected is None and problem.expected.startswith("a map with the keys detente, title")
    )
    assert got is None or problem.got == got
