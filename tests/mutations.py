"""Seeded mistakes in files, as a tired hand, another program or a torn transfer makes them."""

from __future__ import annotations

import json
import random
from typing import Any

MARKS = '"{}\\,;:|0123456789.-/+_%eE ptc\n\r\t\x00\u00a0\u2212\u0663é\xff\ufeff'
WORDS = (
    *("", "0", "-1", "-0", "-9", "66", "13", "99999", "99999999999999999999", "9" * 5000, "1e2", "1e308", "1e999"),
    *("1e-320", "1/0", ".5", "5.", "1.0", "+3", " 3 ", "1,5", "1 000", "1_0", "0x1", "\u0663", "\u22123", "\u00a03"),
    *("nan", "inf", "Infinity", "None", "NULL", "null", "NA", "true", "x", "abc", '"x"', '""', "{", "}", '5" gun'),
    *("2020-02-30", "20201301", "0000-00-00", "9999-12-31", "20-01-02", "2020-1-2", "02/01/2020", "2020012"),
    *("2020-01-02T00:00:00", "2020-01-02T24:00:00"),
)
VALUES: tuple[Any, ...] = (None, "", "x", -1, 0, 1e308, 1e-320, 10**400, True, [], {}, [[]], {"a": None}, "2020-13-40")


def mistaken(text: str, chance: random.Random, blanks: str = " \n,") -> str:
    """The text with one to three mistakes in it: a character, a word, a cell or a line gone, twice, another, elsewhere.

    Args:
        blanks: what ends words, lines and cells.
    """
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        blank = chance.choice(("", *blanks))
        if not blank:
            at = chance.randrange(len(text) + 1)
            put, gone, cut = text[:at] + chance.choice(MARKS) + text[at:], text[:at] + text[at + 1 :], text[:at]
            other = text[:at] + chance.choice(MARKS) + text[at + 1 :]
            text = chance.choice((put, gone, cut, other))
            continue
        parts = text.split(blank)
        here, there = chance.randrange(len(parts)), chance.randrange(len(parts))
        what = chance.randrange(4)
        if what == 0:
            del parts[here]
        elif what == 1:
            parts.insert(here, parts[there])
        elif what == 2:
            parts[here], parts[there] = parts[there], parts[here]
        else:
            parts[here] = chance.choice(WORDS)
        text = blank.join(parts)
    return text


def torn(data: bytes, chance: random.Random, blanks: str = " \n,") -> bytes:
    """The bytes with such mistakes in them; characters may break."""
    return mistaken(data.decode("latin-1"), chance, blanks).encode("latin-1", "xmlcharrefreplace")


def misshapen(text: str, chance: random.Random) -> str:
    """JSON text in which one value is gone, or is another."""
    whole = here = json.loads(text)
    while isinstance(here, dict | list) and here:
        key = chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
        if not isinstance(here[key], dict | list) or not here[key] or chance.random() < 0.25:
            if chance.random() < 0.3:
                del here[key]
            else:
                here[key] = chance.choice(VALUES)
            break
        here = here[key]
    return json.dumps(whole)
