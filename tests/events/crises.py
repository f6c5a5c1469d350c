"""Made-up crises in the form of ICB2, for tests: no row of the data set is copied."""

from __future__ import annotations

import csv
import io

import numpy as np

from detente.events.sources.icb import COLUMNS

PLAIN: dict[str, object] = {
    "icb2": "ICB2",
    "crisno": 1,
    "cracno": 1,
    "cracid": 2,
    "actor": "USA",
    "systrgyr": 1950,
    "crisname": "FIRST",
    "triggr": 9,
    "yrtrig": 1950,
    "motrig": 6,
    "datrig": 25,
    "trigent": 365,
    "trigloc": 1,
    "southv": 365,
    "southpow": 3,
    "majres": 8,
    "yerres": 1950,
    "monres": 6,
    "dayres": 27,
    "trgresra": 3,
    "cenvio": 4,
    "sevvio": 4,
    "outcom": 2,
    "outesr": 2,
    "yrterm": 1950,
    "moterm": 7,
    "daterm": 4,
    "trgterra": 10,
    "pc": 1,
    "viol": 4,
    "iwc": 1,
    "powdis": 12,
    "regime": 1,
    "nuclear": 4,
    "powsta": 4,
    "gravty": 3,
    "sourdt": 3,
}


def row(**changed: object) -> dict[str, object]:
    """One plain row with some cells changed."""
    return PLAIN | changed


def text_of(rows: list[dict[str, object]], columns: list[str] | None = None) -> str:
    """The rows as a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns or COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def many(n: int, seed: int = 1) -> list[dict[str, object]]:
    """n rows of some n/2 crises with plausible codes; violent triggers are answered by violence more often."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        trigger = int(rng.choice([2, 7, 9]))
        violent = rng.random() < (0.7 if trigger == 9 else 0.2)
        year = int(rng.integers(1920, 2015))
        rows.append(
            row(
                cracno=i + 1,
                crisno=i // 2 + 1,
                crisname=f"CRISIS {i // 2 + 1}",
                cracid=int(rng.choice([2, 365, 666])),
                triggr=trigger,
                majres=8 if violent else 3,
                viol=4 if violent and rng.random() < 0.5 else 1,
                yrtrig=year,
                yerres=year,
                yrterm=year,
                gravty=int(rng.integers(8)),
                powsta=int(rng.integers(1, 5)),
                regime=int(rng.integers(1, 6)),
                pc=int(rng.integers(1, 4)),
                iwc=int(rng.choice([1, 7])),
            )
        )
    return rows
