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

TIMES = int(os.environ.get("DETENTE_MUTATIONS", "40"))
BY_COMMAND = 4  # of each, through the command line
PIECES = (
    b'"',
    b"\n",
    b",",
    b"\t",
    b";",
    b"|",
    b"\xff",
    b"\0",
    b"\r\n",
    b"\r",
    b'""',
    b" ",
    b"0",
    b"-",
    b".",
    b"e",
    b"NA",
)
ODD = (
    *("", "-9", "nan", "inf", "1e999", "99999999999999999999", "-0", "66", "None", "NULL", "2020-02-30", "20201301"),
    *("0000-00-00", "9999-12-31", "99999", "٣", "1_0", "0x1", "true", "\ufeff", '"', "\\", "%", "1,5", "1.0", "-1"),
    *("20-01-02", "2020-1-2", "2020-01-02T00:00:00", "2020-01-02T24:00:00", "02/01/2020", "2020012", "1 000", '5" gun'),
    *(" 3 ", "\u22123", "\u00a03", "+3", ".5", "5.", "1e2", "Infinity", "13", "0", "6", "abc", "é"),
)


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
        row[chance.choice(names if chance.random() < 0.3 else list(row))] = chance.choice(ODD)
    header = id not in NO_HEADER
    if chance.random() < 0.15:
        header = not header
    data = text(provider, rows, header=header).encode()
    how = chance.random()
    if how < 0.15:
        data = data.replace(provider.form.separator.encode(), chance.choice([b",", b";", b"\t", b"|"]))
    elif how < 0.25:
        lines = data.splitlines(keepends=True)
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
        data = b"".join(lines)
    elif how < 0.35:
        lines = data.splitlines(keepends=True)
        del lines[chance.randrange(len(lines))]
        data = b"".join(lines)
    elif how < 0.45:
        data = data.replace(b"\n", chance.choice([b"\r\n", b"\n\n", b"\r", b",\n", b";\n"]))
    elif how < 0.5:
        data = data.decode().encode(chance.choice(["utf-16", "utf-8-sig", "utf-16-le", "cp500"]), "replace")
    return typed(data, chance, chance.choice([0, 0, 1, 1, 2, 5]))


def typed(data, chance, times):
    """The same bytes with some changed, lost, put in or copied."""
    data = bytearray(data or b"x")
    for _ in range(times):
        at, how = chance.randrange(len(data)), chance.randrange(4)
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1 and len(data) > 1:
            del data[at]
        elif how == 2:
            data[at:at] = chance.choice(PIECES)
        else:
            start = chance.randrange(len(data))
            data[at:at] = data[start : start + chance.randrange(20)]
    return bytes(data)


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
        path.write_bytes(data := typed(MAPPING.encode(), chance, chance.choice([1, 1, 2, 4])))
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
