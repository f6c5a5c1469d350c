"""The scenario with the rows that part the two coders as the second coded them.

`python -m tests.record.recode FOLDER` writes it to a new folder; `detente run` on both tells what changes.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

from detente.language.load import find
from tests.record import agreement


def recode(folder: Path) -> int:
    """Copy the scenario into `folder`, recode the rows there, and say how many."""
    shutil.copytree(find("kursk-2024")[0], folder)
    ledger = folder / "history.csv"
    with ledger.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    parted = {(row.day, row.note): row for row in agreement.sample() if row.first != row.second}
    changed = 0
    for row in rows:
        if found := parted.get((row[0], row[-1])):
            row[1:3] = found.second
            changed += 1
    with ledger.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return changed


if __name__ == "__main__":
    sys.stdout.write(f"{recode(Path(sys.argv[1]))} rows recoded\n")
