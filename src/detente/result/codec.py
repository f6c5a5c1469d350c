"""Results as JSON text, from it, and their JSON Schema.

A number is written with six significant digits; one that does not exist is null. A key that this version does not know
is left alone; one that was added since a file was written takes its default.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from detente.errors import InputError, Place, Problem
from detente.result.consistent import contradictions
from detente.result.parts import SCHEMA, Json
from detente.result.run import Result
from detente.result.schema_1 import upgraded, without_contested
from detente.result.strict_json import parse

T = TypeVar("T", bound=msgspec.Struct)
DIGITS = 6
_EXPECTED = "a results file that `detente run` wrote"
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "keys with values",
    "str": "a text",
}
_TOO_MANY = 200  # characters of a line that a message shows
_MANY = 20  # contradictions that a message shows


def rounded(part: T) -> T:
    """The same, as it is read from its own JSON text."""
    return msgspec.convert(plain(part), type(part))


def plain(value: Any) -> Any:
    """Anything as JSON values: floats rounded (to `DIGITS` of its class, or six), not-a-number to None, days as ISO
    text, NumPy's arrays as lists."""
    digits = getattr(type(value), "DIGITS", DIGITS)
    return _rounded(msgspec.to_builtins(value, enc_hook=lambda array: array.tolist(), str_keys=True), digits)


def encode(part: msgspec.Struct) -> str:
    """JSON text, one line per value, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(plain(part)), indent=1).decode() + "\n"


def decode(text: str, file: str) -> Result:
    """The result in a JSON text.

    Args:
        file: its name, for messages.

    Raises:
        InputError: The text is not JSON, not that of a result, or contradicts itself; with the path of what is wrong.
    """
    found = _object(text, file)
    if found.get("schema") not in (1, SCHEMA) or found["schema"] is True:
        got = f"results of schema {found['schema']}" if "schema" in found else "JSON without the key `schema`"
        raise refusal(file, got, f"this version reads schema 1 and {SCHEMA}")
    if found["schema"] == 1:
        try:
            found = upgraded(found)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise refusal(file, "results of schema 1 in which a part is of another kind") from None
    without_contested(found)
    result = converted(found, Result, file)
    if wrong := [
        Problem(_where(file, w.path), w.expected, _shown(w.got)) for w in contradictions(msgspec.to_builtins(result))
    ]:
        raise InputError(wrong[:_MANY], what="the results")
    return result


def converted(found: Mapping[str, Any], kind: type[T], file: str) -> T:
    """A JSON object as a part of a result.

    Raises:
        InputError: It is none; with the path of the first value that is wrong.
    """
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        what, keys = str(error).partition(" - at ")[0], _path(found, kind, str(error))
        where = _where(file, keys)
        if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
            problem = Problem(where, f"the key {missing[1]}", "nothing")
        else:
            problem = Problem(where, _expected(what), _shown(_value(found, keys)))
        raise InputError([problem], what="the results") from None


def _where(file: str, keys: Sequence[str | int]) -> str:
    """A file and the path in it, as messages show them."""
    return f"{file}: {''.join(f'[{k}]' if isinstance(k, int) else f'.{k}' for k in keys)[1:] or 'the whole'}"


def schema() -> Json:
    """The JSON Schema of results.json, made from the types; results.schema.json beside this file is its text."""
    ((top,), parts) = msgspec.json.schema_components((Result,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:detente:results:{SCHEMA}",
        "title": "Détente results",
        **top,
        "$defs": dict(parts),
    }


def refusal(file: str, got: str, hint: str = "") -> InputError:
    """The error for a file that holds no results."""
    return InputError([Problem(file, _EXPECTED, got, hint)], what="the results")


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item, digits) for item in value]
    return value


def _object(text: str, file: str) -> Json:
    """The JSON object in a text."""
    try:
        found = parse(text)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        place = Place(file, error.lineno, error.colno, line if len(line) <= _TOO_MANY else "")
        raise InputError([Problem("json", "valid JSON", error.msg, "", place)], what="the results") from None
    except (ValueError, RecursionError) as error:
        raise refusal(file, str(error).partition(":")[0]) from None
    if not isinstance(found, dict):
        raise refusal(file, f"JSON that is a {type(found).__name__}")
    return found


def _path(found: Any, kind: type, message: str) -> list[str | int]:
    """Keys down to the value that a message of msgspec is about. It writes `[...]` for any key of a mapping: the one
    that is meant is found by trying each alone."""
    keys: list[str | int] = []
    pieces = re.findall(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]", message.rpartition("`$")[2].partition("`")[0])
    for name, index in pieces:
        if index == "...":
            inner = _value(found, keys)
            keys.append(next((key for key in inner if _fails(_with(found, keys, {key: inner[key]}), kind)), ""))
        else:
            keys.append(name or int(index))
    return keys


def _fails(found: Any, kind: type) -> bool:
    try:
        msgspec.convert(found, kind)
    except msgspec.ValidationError:
        return True
    return False


def _value(found: Any, keys: list[str | int]) -> Any:
    for key in keys:
        found = found[key]
    return found


def _with(found: Any, keys: list[str | int], value: Any) -> Any:
    """A copy in which another value stands at the end of a path."""
    if not keys:
        return value
    copy = found.copy()
    copy[keys[0]] = _with(found[keys[0]], keys[1:], value)
    return copy


def _expected(what: str) -> str:
    """What msgspec expected, in plain words."""
    kind = re.fullmatch(r"Expected (.*?)(?:, got .*)?", what)
    if kind is None:
        return "a day such as 2024-08-19" if "date" in what else "a word that the schema allows"
    return re.sub(r"\w+", lambda word: _WORDS.get(word[0], word[0]), kind[1].replace("`", "").replace(" |", " or"))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
