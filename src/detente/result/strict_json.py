"""JSON read strictly: each key once, whole characters, and only numbers that JSON has and floating point can hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any


def parse(text: str) -> Any:
    """The values in a JSON text.

    Raises:
        ValueError: It is none; of its syntax `json.JSONDecodeError`, with the place.
        RecursionError: It has lists in lists without end.
    """
    found = json.loads(text, parse_float=_finite, parse_constant=_refuse, object_pairs_hook=_once)
    if re.search(r"\\u[dD][89a-fA-F]", text):  # half of a character, unless the other half stands beside it
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"U+{ord(error.object[error.start]):X}, half a character") from None
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text}, a number beyond 1.8e308")
    return number


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant}, which JSON does not have")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in found if names.count(name) > 1)} twice")
    return found
