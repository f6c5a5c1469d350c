"""Five million rows in GDELT's format into the store: `python benchmarks/gdelt.py [ROWS]`.

Writes a file of invented rows with 61 fields, loads it into a new store in a process of its own, and prints the wall
and CPU seconds, the peak memory, and the ratio to plain Polars: `scan_csv` over every field of the same file.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from detente.data.cells import Report
from detente.data.gdelt import GDELT2
from detente.data.store import Store

ROWS = 5_000_000
PIECE = 50_000  # rows invented at a time
CODES = (
    "010",
    "036",
    "042",
    "051",
    "0256",
    "111",
    "112",
    "1384",
    "154",
    "163",
    "173",
    "190",
    "193",
    "194",
    "195",
    "1951",
)
STATES = ("UKR", "RUS", "USA", "DEU", "POL", "GBR", "CHN", "IRN", "ISR", "TUR", "")
ROLES = ("", "GOV", "MIL", "CVL", "MED", "BUS")


def write(path: Path, rows: int, seed: int = 1) -> None:
    """Invented rows: about 400 bytes each, as GDELT's are; every id once, three years of days."""
    chance = np.random.default_rng(seed)
    width = len(GDELT2.columns)
    at = {name: i for i, name in enumerate(GDELT2.columns)}
    days = [str(day).replace("-", "") for day in np.arange("2022-01-01", "2025-01-01", dtype="datetime64[D]")]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for start in range(0, rows, PIECE):
            size = min(PIECE, rows - start)
            pick = {
                name: chance.integers(0, n, size)
                for name, n in {"a": 11, "b": 11, "ra": 6, "rb": 6, "c": 16, "t": 5_000, "site": 800}.items()
            }
            numbers = chance.integers(1, 200, size)
            lat, long = chance.uniform(-60, 70, size), chance.uniform(-170, 170, size)
            lines = []
            for i in range(size):
                row = [""] * width
                day = days[(start + i) * len(days) // rows]
                a, b = STATES[pick["a"][i]], STATES[pick["b"][i]]
                code, town = CODES[pick["c"][i]], f"Town {pick['t'][i]}, Some Oblast, Some Country"
                row[:5] = str(10**9 + start + i), day, day[:6], day[:4], f"{day[:4]}.5"
                row[5:8] = a + ROLES[pick["ra"][i]], "SOME ACTOR", a
                row[15:18] = b + ROLES[pick["rb"][i]], "ANOTHER ACTOR", b
                row[25:30] = "1", code, code[:3], code[:2], "4"
                row[30:35] = "-5.0", str(numbers[i]), "2", str(numbers[i]), "-2.53164556962025"
                for of in ("actor1geo_", "actor2geo_", "actiongeo_"):
                    g = at[f"{of}type"]
                    row[g : g + 8] = "4", town, "UP", "UP07", "25345", f"{lat[i]:.4f}", f"{long[i]:.4f}", "-1044367"
                row[-2] = f"{day}120000"
                row[-1] = (
                    f"https://www.paper{pick['site'][i]}.example/{day[:4]}/{day[4:6]}/a-headline-of-some-words-{i}"
                )
                lines.append("\t".join(row))
            file.write("\n".join(lines) + "\n")


def load(path: Path, store: Path) -> None:
    """Load the file, and print what it took as JSON."""
    began, report = time.perf_counter(), Report()
    with Store(store) as opened:
        opened.add([path], report)
        events = opened.counts()["events"]
    _print(began, events=events)


def plain(path: Path) -> None:
    """What Polars alone needs to read the file: all fields as text, one of them summed."""
    import polars as pl

    began = time.perf_counter()
    lazy = pl.scan_csv(path, separator="\t", has_header=False, quote_char=None, infer_schema=False)
    found = lazy.select(
        pl.len(), pl.all().exclude("column_31").str.len_bytes().sum(), pl.col("column_31").cast(float).sum()
    )
    frame = found.collect(engine="streaming")
    _print(began, events=frame["len"].item())


def _print(began: float, **about: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = {
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }
    print(json.dumps(about | took))


def _child(what: str, *paths: Path) -> dict[str, float]:
    arguments = [sys.executable, __file__, what, *map(str, paths)]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder, "made.export.CSV"), Path(folder, "detente.duckdb")
        began = time.perf_counter()
        write(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e9:.2f} GB, written in {time.perf_counter() - began:.0f} s")
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        read = _child("plain", path)
        ours = _child("load", path, store)
        assert read["events"] == ours["events"] == rows
        for name, found in (("polars scan_csv", read), ("detente store", ours)):
            wall, cpu, peak = found["wall"], found["cpu"], found["peak_mib"]
            print(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPU, peak {peak:,.0f} MiB")
        ratio = ours["wall"] / read["wall"], ours["cpu"] / read["cpu"]
        print(f"ratio: {ratio[0]:.1f} by the clock, {ratio[1]:.1f} by CPU; store {store.stat().st_size / 1e9:.2f} GB")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", path, store]:
            load(Path(path), Path(store))
        case ["plain", path]:
            plain(Path(path))
        case [rows]:
            main(int(rows))
        case _:
            main(ROWS)
