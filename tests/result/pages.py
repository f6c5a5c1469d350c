"""What is made from the types of a result: the schema that ships, and the tables of docs/results.md.

`python -m tests.result.pages` writes both anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from detente import result
from detente.result import schema

SCHEMA_FILE = Path(result.__file__).with_name("results.schema.json")
PAGE = Path(__file__).parent.parent.parent / "docs" / "results.md"
MARK = "<!-- made by `python -m tests.result.pages` from the types -->\n"
KINDS = {"string": "text", "integer": "whole number", "null": "null", "boolean": "true or false"}


def schema_text() -> str:
    """The schema as it is shipped: a line for every part."""
    made = schema()
    parts = ",\n".join(
        f"  {json.dumps({name: part}, ensure_ascii=False)[1:-1]}" for name, part in made.pop("$defs").items()
    )
    top = json.dumps(made, indent=1, ensure_ascii=False)[:-2]
    return f'{top},\n "$defs": {{\n{parts}\n }}\n}}\n'


def page() -> str:
    """docs/results.md with its tables made anew."""
    return PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + tables(schema()["$defs"])


def tables(parts: dict[str, Any]) -> str:
    """A section for every part, each after the first that holds it."""
    found: list[str] = []
    _collect("Result", parts, found)
    return "".join(f"\n### {name}\n\n{parts[name]['description']}\n{_table(parts[name])}" for name in found)


def _collect(name: str, parts: dict[str, Any], found: list[str]) -> None:
    if name in found:
        return
    found.append(name)
    for about in parts[name]["properties"].values():
        for inner in _named(about):
            _collect(inner, parts, found)


def _named(about: Any) -> list[str]:
    """The parts that a type names."""
    if isinstance(about, list):
        return [name for item in about for name in _named(item)]
    if not isinstance(about, dict):
        return []
    own = [about["$ref"].rpartition("/")[2]] if "$ref" in about else []
    return own + [name for value in about.values() for name in _named(value)]


def _table(part: dict[str, Any]) -> str:
    rows = [
        f"| `{key}` | {_kind(about)} | {about.get('description', '')} |\n" for key, about in part["properties"].items()
    ]
    return "\n| key | type | what it holds |\n|---|---|---|\n" + "".join(rows)


def _kind(about: dict[str, Any]) -> str:
    """A type in words."""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in about:
        kinds = sorted(map(_kind, about["anyOf"]), key=lambda kind: kind == "null")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in about:
        return " or ".join("null" if value is None else f'"{value}"' for value in about["enum"])
    match about.get("type"):
        case "array" if "prefixItems" in about:
            return f"list of {' and '.join(map(_kind, about['prefixItems']))}"
        case "array":
            return f"list of {_kind(about['items'])}"
        case "object":
            return f"by name: {_kind(about['additionalProperties'])}"
        case "number" if "maximum" in about:
            return "number, 0 to 1"
        case "string" if about.get("format") == "date":
            return "day"
        case kind:
            return KINDS.get(str(kind), str(kind))


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
