"""Rows in GDELT's format into the store, against plain Polars: `scan_csv` over every field of the same file.

Five million invented rows of 61 fields. Polars reads all as text, and parses and checks nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asked import Asked, SkippedError
from benchmarks.measure import MIB, Deadline, cpu_seconds, peak_mib, run_command
from detente.events.sources.gdelt import GDELT2

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


def load(path: Path, store: Path) -> int:
    """Load the file into a new store, and return the number of events in it."""
    from detente.events.cells import Report
    from detente.events.store.store import Store

    with Store(store) as opened:
        opened.add([path], Report())
        return opened.counts()["events"]


def plain(path: Path) -> int:
    """What Polars alone needs to read the file: all fields as text, one of them summed. Returns the number of rows."""
    import polars as pl

    lazy = pl.scan_csv(path, separator="\t", has_header=False, quote_char=None, infer_schema=False)
    found = lazy.select(
        pl.len(), pl.all().exclude("column_31").str.len_bytes().sum(), pl.col("column_31").cast(float).sum()
    )
    return found.collect(engine="streaming")["len"].item()


def run(asked: Asked) -> dict[str, Any]:
    """Seconds, CPU seconds and peak memory of both, and the ratios of the first two."""
    if importlib.util.find_spec("polars") is None or importlib.util.find_spec("duckdb") is None:
        raise SkippedError("the store is not installed: pip install -e '.[data]'")
    rows = asked.of(2_000, 500_000, 5_000_000)
    rounds: list[dict[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.export.CSV")
        asked.say(f"gdelt: writing {rows:,} rows")
        write(path, rows)
        for number in range(asked.of(1, 1, 3)):
            store, taken = Path(folder, f"{number}.duckdb"), {}
            for name, arguments in (("plain", [path]), ("load", [path, store])):
                asked.say(f"gdelt: {name}, {number + 1}")
                taken[name] = _child(name, arguments, asked.deadline)
                if taken[name]["events"] != rows:
                    raise ValueError(f"{name}: {taken[name]['events']:,} events of {rows:,}")
            rounds.append(taken)
            size = store.stat().st_size / MIB
            store.unlink()
    both = {
        name: {key: statistics.median(r[name][key] for r in rounds) for key in ("seconds", "cpu", "peak_mib")}
        for name in ("plain", "load")
    }
    ratios = {key: statistics.median(r["load"][key] / r["plain"][key] for r in rounds) for key in ("seconds", "cpu")}
    return {
        "rows": rows,
        "polars scan_csv": both["plain"],
        "detente store add": both["load"],
        "ratio": ratios,
        "store_mib": size,
    }


def _child(what: str, paths: list[Path], deadline: Deadline) -> dict[str, float]:
    """What one of the two took in a process of its own, imports left out of the seconds."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-m", "benchmarks.gdelt", what, *map(str, paths)]
    return json.loads(run_command(command, deadline=deadline, environment=environment).output)


if __name__ == "__main__":
    began = time.perf_counter()
    events = {"load": load, "plain": plain}[sys.argv[1]](*map(Path, sys.argv[2:]))
    spent = {"seconds": time.perf_counter() - began, "cpu": cpu_seconds(), "peak_mib": peak_mib()}
    print(json.dumps(spent | {"events": events}))
