"""Seeded mistakes in files, as a tired hand or another program makes them."""

from __future__ import annotations

import json
import random
from typing import Any

MARKS = '"{}\\,;:0123456789.-/eE ptc\n\t\x00\u00a0\u2212é١'
WORDS = ("0", "-1", "1e308", "1e999", "1e-320", "1/0", "nan", "inf", "1,5", "9" * 5000, '"x"', "{", "}", "null", "")
VALUES: tuple[Any, ...] = (None, "", "x", -1, 0, 1e308, 1e-320, 10**400, True, [], {}, [[]], {"a": None}, "2020-13-40")


def mistaken(text: str, seed: int) -> str:
    """The text with one to three mistakes in it: a character, a word or a line gone, twice, changed or elsewhere."""
    rng = random.Random(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mark = rng.choice(("", " ", "\n", ","))
        if not mark:
            at = rng.randrange(len(text) + 1)
            text = rng.choice((text[:at] + rng.choice(MARKS) + text[at:], text[:at] + text[at + 1 :], text[:at]))
            continue
        parts = text.split(mark)
        here, there = rng.randrange(len(parts)), rng.randrange(len(parts))
        what = rng.randrange(4)
        if what == 0:
            del parts[here]
        elif what == 1:
            parts.insert(here, parts[there])
        elif what == 2:
            parts[here], parts[there] = parts[there], parts[here]
        else:
            parts[here] = rng.choice(WORDS)
        text = mark.join(parts)
    return text


def misshapen(text: str, seed: int) -> str:
    """JSON text in which one value is gone, or is another."""
    rng = random.Random(seed)
    whole = here = json.loads(text)
    while isinstance(here, dict | list) and here:
        key = rng.choice(list(here) if isinstance(here, dict) else range(len(here)))
        if not isinstance(here[key], dict | list) or not here[key] or rng.random() < 0.25:
            if rng.random() < 0.3:
                del here[key]
            else:
                here[key] = rng.choice(VALUES)
            break
        here = here[key]
    return json.dumps(whole)
