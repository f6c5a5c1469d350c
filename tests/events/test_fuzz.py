"""Mutated rows: every loader answers with events, counts or a message, and never with a traceback."""

from __future__ import annotations

import io
import random

import pytest

from detente.errors import InputError
from detente.events.cells import Report
from detente.events.coding import shipped
from detente.events.delimited import blocks
from detente.events.loading import table
from detente.events.providers import plain
from tests.events.made import EXAMPLES, NO_HEADER, columns, text
from tests.mutations import WORDS, mistaken

ROWS = 2_000


def read(provider, data, names):
    report = Report()
    form, header = provider.form, provider.id not in NO_HEADER
    found = blocks(
        io.BytesIO(data),
        "f",
        form,
        names,
        header=header,
        widths=None if header else provider.fields,
        keep=provider.keep or None,
    )
    for block in found:
        table(block, provider, report, shipped())
    return report


def mutated(chance, cell):
    return chance.choice(WORDS) if chance.random() < 0.3 else mistaken(cell, chance)


def names_of(provider, row):
    own = columns(provider, row)
    return own, [provider.names.get(plain(name), plain(name)) for name in own]


@pytest.mark.parametrize("id", EXAMPLES)
def test_mutated_cells_are_read_or_counted(id):
    provider, example = EXAMPLES[id]
    own, names = names_of(provider, example)
    chance, rows = random.Random(id), []
    for _ in range(ROWS):
        row = dict(example)
        for name in chance.sample(own, 2) + chance.sample(list(example), 1):
            cell = mutated(chance, row.get(name, ""))
            row[name] = cell if provider.form.quote else cell.translate({9: None, 10: None, 13: None})
        rows.append(row)
    report = read(provider, text(provider, rows).encode("utf-8", "surrogatepass"), names)
    per_row = 1 + len(provider.also)
    assert report.rows == ROWS and report.dropped > 0  # some mutations must be noticed
    assert report.events == per_row * (ROWS - report.dropped)
    assert str(InputError(report.problems()))
