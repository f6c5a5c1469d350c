"""Nothing in kursk-2024 was published, or tells of a day, after 18 August 2024."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from detente.language.load import find

LAST = date(2024, 8, 18)
FOLDER = Path(find("kursk-2024")[0])
TABLES = sorted(FOLDER.rglob("*.csv"))
SHEETS = sorted(path for path in FOLDER.rglob("*.yaml") if path.name not in ("scenario.yaml", "forecasts.yaml"))
IN_ADDRESS = re.compile(r"(20\d\d)[-/]?(\d\d)[-/]?(\d\d)(?!\d)")


def dated(tree: object, keys: tuple[str, ...]) -> Iterator[date]:
    """Every date under one of these keys, however deep."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in keys and value:
                yield date.fromisoformat(str(value))
            yield from dated(value, keys)
    elif isinstance(tree, list):
        for value in tree:
            yield from dated(value, keys)


def late(days: Iterator[date]) -> list[str]:
    """The days after the last one, as text."""
    return sorted(str(day) for day in days if day > LAST)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_no_row_is_of_a_later_day_or_source(path: Path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert not late(date.fromisoformat(row[key]) for row in rows for key in ("date", "published") if row.get(key))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_source_was_published_later(path: Path):
    assert not late(dated(yaml.safe_load(path.read_text(encoding="utf-8")), ("published",)))


@pytest.mark.parametrize("path", [*TABLES, *SHEETS], ids=lambda path: path.name)
def test_no_address_has_a_later_day_in_it(path: Path):
    text = " ".join(re.findall(r"https?://\S+", path.read_text(encoding="utf-8")))
    found = [tuple(map(int, match.groups())) for match in IN_ADDRESS.finditer(text)]
    assert not [day for day in found if day > (LAST.year, LAST.month, LAST.day) and day[1] <= 12 and day[2] <= 31]


def test_a_later_day_would_be_found():
    assert late(dated({"a": [{"published": "2024-08-19"}, {"published": "2024-08-18"}]}, ("published",))) == [
        "2024-08-19"
    ]
