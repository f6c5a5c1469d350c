"""Files with a seeded fault: read or refused with a message, and nothing read that a second reader would refuse.

DETENTE_MUTATIONS sets how many there are of each loader and of mappings; 2,000 take some minutes.
"""

from __future__ import annotations

import os
import random

import pytest

from detente.errors import InputError
from detente.events.coding import read_coding, shipped
from detente.events.loading import load_all, providers
from detente.events.sources.mapped import read_mapping
from tests.cli.conftest import call
from tests.events import plain
from tests.events.made import EXAMPLES, NO_HEADER, columns, text
from tests.events.sources.test_mapped import CODES, MAPPING, ROWS
from tests.mutations import WORDS, torn

TIMES = int(os.environ.get("DETENTE_MUTATIONS", "40"))
BY_COMMAND = 4  # of each, through the command line


def rows_of(id):
    """Three rows of a data set that differ."""
    _, example = EXAMPLES[id]
    names = {"ged": "id", "acled": "event_id_cnty", "polecat": "Event ID", "air-raids": "region", "escalaition": "seq"}
    names |= {"gdelt1": "globaleventid", "gdelt2": "globaleventid", "viina": "event_id_1pd", "icb2": "cracno"}
    names |= {"viina-labels": "event_id", "viina-info": "event_id", "icb1": "crisno", "icb-dyads": "crdynum"}
    return [{**example, names.get(id, "dispnum"): str(n)} for n in (1, 2, 3)]


def mutated(id, chance):
    """The bytes of a small file with a fault or two, as typing, programs and transfers make them."""
    provider, _ = EXAMPLES[id]
    rows, names = rows_of(id), columns(provider, EXAMPLES[id][1])
    for _ in range(chance.randrange(3)):
        row = chance.choice(rows)
        row[chance.choice(names if chance.random() < 0.3 else list(row))] = chance.choice(WORDS)
    header = id not in NO_HEADER
    if chance.random() < 0.15:
        header = not header
    data = text(provider, rows, header=header).encode()
    how, separator = chance.random(), provider.form.separator
    if how < 0.15:
        data = data.replace(separator.encode(), chance.choice([b",", b";", b"\t", b"|"]))
    elif how < 0.25:
        data = data.replace(b"\n", chance.choice([b"\r\n", b"\n\n", b"\r", b",\n", b";\n"]))
    elif how < 0.3:
        data = data.decode().encode(chance.choice(["utf-16", "utf-8-sig", "utf-16-le", "cp500"]), "replace")
    return torn(data, chance, f"\n{separator}") if chance.random() < 0.7 else data


@pytest.mark.parametrize("id", EXAMPLES)
def test_nothing_is_read_that_a_second_reader_refuses(id, tmp_path):
    chance, path, ends = random.Random(id), tmp_path / "mutated.csv", {"read": 0, "refused": 0}
    for n in range(TIMES):
        path.write_bytes(data := mutated(id, chance))
        if n < BY_COMMAND:
            assert call("store", "add", path, "--store", tmp_path / "s.duckdb").code in (0, 2), data
            assert call("store", "add", path, "--drop", "--store", tmp_path / "s.duckdb").code in (0, 2), data
        try:
            _, report = load_all([path])
        except InputError as error:
            assert error.problems and str(error)
            ends["refused"] += 1
            continue
        ends["read"] += 1
        try:
            plain.judge(report.files[path.name], data)
        except plain.RefusedError as why:
            pytest.fail(f"read as {report.files[path.name]}, though {why}: {data!r}")
    assert all(ends.values())


@pytest.mark.parametrize("id", EXAMPLES)
def test_the_second_reader_reads_what_is_right(id):
    provider, _ = EXAMPLES[id]
    plain.judge(id, text(provider, rows_of(id)).encode())


@pytest.mark.parametrize("id", EXAMPLES)
def test_dropping_keeps_what_is_right_and_counts_the_rest(id, tmp_path):
    chance, path = random.Random(id), tmp_path / "mutated.csv"
    for _ in range(TIMES // 2):
        path.write_bytes(mutated(id, chance))
        try:
            made, report = load_all([path], drop=True)
        except InputError:
            continue
        repeated = sum(count for text, count in report.remarks.items() if "counted once" in text)
        per_row = 2 if "icb2" in report.files.values() else 1
        assert made.height >= per_row * (report.rows - report.dropped - repeated), report


def test_nothing_is_taken_for_a_mapping_that_a_second_reader_refuses(tmp_path):
    chance, path, ends = random.Random(1), tmp_path / "map.yaml", {"read": 0, "refused": 0}
    (tmp_path / "mine.csv").write_text(ROWS, "utf-8")
    (tmp_path / "codes.csv").write_text(CODES, "utf-8")
    coding = read_coding([tmp_path / "codes.csv"])
    for n in range(TIMES * 3):
        path.write_bytes(data := torn(MAPPING.encode(), chance, " \n,:"))
        if n < BY_COMMAND:
            done = call("store", "add", tmp_path / "mine.csv", "--mapping", path, "--store", tmp_path / "s.duckdb")
            assert done.code in (0, 2), data
        try:
            provider = read_mapping(path, providers())
        except InputError as error:
            assert error.problems and str(error)
            ends["refused"] += 1
            continue
        ends["read"] += 1
        try:
            plain.judge_mapping(data)
        except plain.RefusedError as why:
            pytest.fail(f"read, though {why}: {data.decode('utf-8', 'replace')}")
        try:
            load_all(
                [tmp_path / "mine.csv"],
                provider=provider,
                coding=coding if provider.scheme == "my-codes" else shipped(),
            )
        except InputError as error:
            assert error.problems and str(error)
    assert all(ends.values())
