"""Values of the classic models that others computed, one row a line: what a model gives at some parameters.

Exact values are given to 15 digits, and each was reached by two or more independent routes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def rows(model: str) -> list[dict[str, Any]]:
    """The rows of a model: `params` and what is `expected` of them. A model without rows is an error."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    found = [row for file in files for row in json.loads(file.read_text(encoding="utf-8")) if row["model"] == model]
    if not found:
        raise LookupError(f"no reference values of {model} in {Path(__file__).parent}")
    return found
