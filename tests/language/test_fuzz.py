"""Whatever a file holds, loading ends in a scenario or an InputError, never in another exception."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.lint import lint
from detente.language.load import load
from detente.language.summary import summary

FILES = ("scenario.yaml", "history.csv", "claims/argument.yaml", "evidence.yaml", "observed/limit.csv")
MUTANTS = 2_000

SPLICES = (
    *(
        "",
        "null",
        "~",
        "[]",
        "{}",
        "[[]]",
        "{a: {b: c}}",
        "- ",
        ": ",
        "? ",
        "| ",
        "> ",
        "&a ",
        "*a",
        "!!int ",
        "<<: ",
        "---",
    ),
    *(
        "'",
        '"',
        '""',
        "#",
        "%",
        "@",
        "`",
        "\t",
        "\r",
        "\n",
        "\n\n",
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "𝟘",
        "٣",
        "\x7f",
    ),
    *("2024-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "1976-02-09", ".inf", "-.inf", ".nan", "nan", "inf"),
    *("1e999", "-0", "1" * 400, "9" * 25, "0x1F", "1_000", "1,5", "true", "NO", "-1", "0", "1", "0.5", "hold", "event"),
    *("context", "magnitude", "clock.step", "IS.utility", "P(agreement | frigates)", "E(1 at 1976-02-09 | frigates)"),
    *(
        "(",
        ")",
        "((((",
        "))))",
        ",",
        "+",
        "**",
        "==",
        "<",
        "and",
        "not",
        "where(",
        "exp()",
        "min(1)",
        "normal(",
        "fixed(x)",
    ),
    *("normal()", "poisson()", "lognormal(1e9, 1e9)", "../..", "/etc/passwd", "claims", ".", "ever", "by", "at", "|"),
)


def _folder() -> dict[str, bytes]:
    source = Path(__file__).parent.parent / "scenarios" / "cod-war"
    content = {name: (source / name).read_bytes() for name in FILES[:3]}
    content["scenario.yaml"] = content["scenario.yaml"].replace(
        b"    noise: 0.01\n",
        b"    noise: 0.01\n    seen_by: [IS]\n    blur: 0.1\n"
        b"    observed: [observed/limit.csv, {file: observed/limit.csv, model: lognormal(0.1)}]\n",
    )
    content["evidence.yaml"] = b"""\
quantities:
  catch:
    says: catch
    unit: tonnes
    date: 1975-12-31
    sources:
      - {source: a, published: 1976-01-01, side: IS, grade: B2, value: 120000}
      - {source: b, published: 1976-01-02, side: UK, grade: C3, low: 1e5, high: 1.3e5, note: estimate}
"""
    content["observed/limit.csv"] = (
        b"date,value,sd,source,grade,note\n1975-12-01,0.3,0.2,x,B2,\n1976-01-05,0.4,0.1,,,y\n"
    )
    return content


def _bytes(content: bytes, luck: random.Random) -> bytes:
    """Change, drop, double or add a few bytes."""
    changed = bytearray(content)
    for _ in range(luck.choice((1, 1, 1, 2, 5, 20))):
        at = luck.randrange(len(changed) + 1)
        kind = luck.randrange(4)
        if kind == 0:
            changed[at:at] = bytes([luck.randrange(256)])
        elif kind == 1:
            changed[at : at + 1] = bytes([luck.randrange(128)])
        elif kind == 2:
            del changed[at : at + luck.choice((1, 1, 3, 40))]
        else:
            changed[at:at] = changed[at : at + luck.choice((1, 8, 200))]
    return bytes(changed)


def _tokens(content: bytes, luck: random.Random) -> bytes:
    """Put another word, or something nasty, in place of a few words."""
    words = re.split(r"(\s+|[,:{}\[\]()|])", content.decode())
    for _ in range(luck.choice((1, 1, 2, 4))):
        at = luck.randrange(len(words))
        words[at] = luck.choice(SPLICES) if luck.random() < 0.6 else luck.choice(words)
    return "".join(words).encode()


def _lines(content: bytes, luck: random.Random) -> bytes:
    """Drop, double, swap, indent or cut a few lines."""
    lines = content.decode().split("\n")
    for _ in range(luck.choice((1, 1, 2, 4))):
        at, other = luck.randrange(len(lines)), luck.randrange(len(lines))
        kind = luck.randrange(5)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[other])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = "  " + lines[at] if luck.random() < 0.5 else lines[at].removeprefix("  ")
        else:
            lines[at] = lines[at][: luck.randrange(len(lines[at]) + 1)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("seed", range(4))
def test_mutants_raise_input_errors_only(seed, tmp_path):
    original = _folder()
    folder = tmp_path / "cod-war"
    for name, content in original.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    load(folder)
    luck, sound, began = random.Random(seed), 0, time.perf_counter()
    for mutant in range(MUTANTS // 4):
        name = luck.choice(FILES + FILES[:1] * 4)
        content = luck.choice((_bytes, _tokens, _tokens, _lines))(original[name], luck)
        (folder / name).write_bytes(content)
        try:
            scenario = load(folder)
            lint(scenario)
            summary(scenario)
            sound += 1
        except InputError as error:
            assert error.problems
            for problem in error.problems:
                assert problem.field and problem.expected and problem.got, problem
                assert len(str(problem)) < 2_000
        except Exception as error:  # the test is that there is none
            raise AssertionError(f"seed {seed}, mutant {mutant} of {name}: {content!r}") from error
        (folder / name).write_bytes(original[name])
    assert 0 < sound < MUTANTS // 4
    assert time.perf_counter() - began < 30
