"""`python -m benchmarks.foreign_games FOLDER ..`: every Gambit file below some folders, read, written back and solved.

Prints a table by folder and format: how many files are read, come back the same when written, and are solved by each
concept; then why the others are refused. Every command is `detente solve`, in a process of its own that may take
`--seconds`.
Exit code 1 when one fails, or takes longer; a refusal is none.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from detente.cli import main as detente
from detente.errors import InputError

SUFFIXES = (".efg", ".nfg", ".agg", ".bagg", ".gbt")
WAYS = {
    "read, written": ("--efg", "{out}"),
    "the same again": (),
    "qre, 1": ("--concept", "qre", "--lambda", "1"),
    "qre, inf": ("--concept", "qre", "--lambda", "inf"),
    "nash": ("--concept", "nash"),
    "levelk, 2": ("--concept", "levelk", "--level", "2"),
    "backward": ("--concept", "backward"),
}
SOLVED, REFUSED = 0, 2
TOO_LONG = -1  # in place of an exit code


def _child(arguments: list[str], err: Path) -> None:
    """One command, in a process of its own."""
    with err.open("w", encoding="utf-8") as file, open(os.devnull, "w") as nowhere:
        sys.stdout, sys.stderr = nowhere, file
        code = detente(arguments)
    os._exit(code)


def command(arguments: list[str], seconds: float) -> tuple[int, str]:
    """The exit code of a command, and what it said on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        err = Path(folder) / "err"
        child = multiprocessing.get_context("fork").Process(target=_child, args=(arguments, err))
        child.start()
        child.join(seconds)
        if child.exitcode is None:
            child.kill()
            child.join()
            return TOO_LONG, f"no answer in {seconds:g} s"
        return child.exitcode, err.read_text(encoding="utf-8") if err.exists() else ""


def try_file(path: Path, seconds: float) -> Iterator[tuple[str, int, str]]:
    """(way, exit code, what was said) of one file."""
    from detente.games.efg import exact
    from detente.games.read_efg import load_efg
    from detente.games.read_nfg import load_nfg

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "again.efg"
        for way, options in WAYS.items():
            if options:
                given = [option.format(out=out) for option in options]
                code, said = command(["solve", str(path), *given, "--json", "--quiet"], seconds)
                yield way, code, said
                if code and way == "read, written":
                    return
            else:
                try:
                    load = load_efg if path.suffix.lower() == ".efg" else load_nfg
                    same = load_efg(out) == exact(load(path))
                except InputError as error:
                    yield way, 1, str(error)
                else:
                    yield way, 0 if same else 1, "" if same else "another game comes back"


def why(said: str) -> str:
    """The first problem of a message on one line, without its place."""
    lines = [line.strip() for line in said.splitlines()]
    parts = [line.removeprefix("expected ") for line in lines[1:] if line.startswith("expected")]
    return parts[0] if parts else " ".join(lines)[:200]


def main() -> int:
    """Run the command."""
    for name in ("detente.analysis.equilibria.solve", "detente.games.read_efg", "detente.games.read_nfg"):
        import_module(name)  # once, before there are children
    parser = argparse.ArgumentParser("python -m benchmarks.foreign_games")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=60, help="how long one command may take (60)")
    given = parser.parse_args()
    bad, reasons = [], collections.Counter()
    print("| folder | format | files |", " | ".join(WAYS), "|\n|---|---|---|", "---|" * len(WAYS), sep="")
    for folder, suffix in itertools.product(given.folders, SUFFIXES):
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == suffix and path.is_file())
        solved = collections.Counter()
        for number, path in enumerate(files, 1):
            print(f"\r{folder.name} {number} of {len(files)}", end="", file=sys.stderr, flush=True)
            for way, code, said in try_file(path, given.seconds):
                solved[way] += code == SOLVED
                if code == REFUSED:
                    reasons[suffix, way, why(said)] += 1
                elif code != SOLVED:
                    bad.append(f"{path}, {way}: exit {code}: {said.splitlines()[:1]}")
        if files:
            counts = " | ".join(str(solved[way]) for way in WAYS)
            print(file=sys.stderr)
            print(f"| {folder.name} | `{suffix}` | {len(files)} | {counts} |", flush=True)
    for (suffix, way, reason), count in sorted(reasons.items()):
        print(f"- {suffix}, {way}: {count} refused: {reason}")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
