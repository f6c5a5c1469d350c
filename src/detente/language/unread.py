"""What stands in a scenario's folder and is read by nothing: a folder `claim`, a file `History.CSV`."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from detente.text.files import MAX_YAML
from detente.text.nearest import did_you_mean

KNOWN = ("scenario.yaml", "history.csv", "cases.csv", "evidence.yaml", "forecasts.yaml", "coding.yaml", "data.yaml")
WRITTEN = ("history-sources.csv",)  # by `detente ledger build`, beside the record
FOLDERS = ("claims", "observed")
TABLES = (".yaml", ".yml", ".csv", ".tsv", ".xlsx", ".xls", ".ods")
SHOWN = 10  # sentences; a folder of data beside a scenario may hold thousands of files
DEPTH = 4  # folders below the scenario's own that are looked into
_SCENARIO = re.compile(rb"^(?:\xef\xbb\xbf)?(?:{ *)?[\"']?detente[\"']? *:", re.MULTILINE)
_ARGUMENT = "an argument's file ends in .yaml"


def unread(root: Path, read: Collection[str]) -> tuple[str, ...]:
    """One sentence per table, text in YAML or folder of them that the scenario does not read, and what may be meant.

    Args:
        read: the files that were read, by their path in the folder. Some known by name are read when they are needed.
    """
    taken = {*read, *KNOWN, *WRITTEN}
    folders = {Path(name).parts[0] for name in taken if "/" in name}
    left = [name for name in _tables(root, root, 0) if name not in taken and not _same(root, name, taken)]
    whole = dict.fromkeys(f"{top}/" for name in left if (top := name.partition("/")[0]) != name and top not in folders)
    single = [name for name in left if f"{name.partition('/')[0]}/" not in whole or "/" not in name]
    found = [_sentence(name, taken) for name in (*single, *whole)]
    more = [f"{len(found) - SHOWN:,} more files and folders are read by nothing"] if len(found) > SHOWN else []
    return (*found[:SHOWN], *more)


def alone(root: Path, model: str) -> tuple[str, ...]:
    """What a single file leaves unread beside it, where the folder is no scenario under its own name."""
    beside = [name for name in ("claims", "history.csv", "cases.csv") if (root / name).exists()]
    if not beside or (root / KNOWN[0]).exists():
        return ()
    return (f"`{model}` is read alone, without {' and '.join(beside)}: a folder's record and claims need a {KNOWN[0]}",)


def _sentence(name: str, taken: Collection[str]) -> str:
    if name.endswith("/"):
        near = did_you_mean(name[:-1].lower(), FOLDERS).replace("'?", "/'?")
        if name[:-1] in FOLDERS:
            near = "name its files under `observed:` of a stock" if name == "observed/" else _ARGUMENT
    else:
        stems = {Path(one).stem: one for one in taken if one.count("/") == name.count("/")}
        stem = did_you_mean(Path(name).stem.lower(), stems)
        near = next((stem.replace(f"'{one}'", f"'{whole}'") for one, whole in stems.items() if f"'{one}'" in stem), "")
        if name.startswith("claims/"):
            near = _ARGUMENT if name.count("/") == 1 else "arguments stand in `claims/` itself"
    return f"`{name}` is read by nothing{f': {near}' if near else ''}"


def _tables(root: Path, folder: Path, depth: int) -> Iterator[str]:
    """The tables and YAML files of a folder and those below it, sorted; other scenarios and hidden files aside."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < DEPTH and not (path / KNOWN[0]).exists():
                yield from _tables(root, path, depth + 1)
        elif entry.is_file() and _matters(path, root):
            yield path.relative_to(root).as_posix()


def _matters(path: Path, root: Path) -> bool:
    """A table or YAML file that is no scenario of its own, or a file named almost like one that a scenario reads."""
    if path.parent == root / FOLDERS[0]:
        return True
    if path.suffix.lower() not in TABLES:
        stems = {stem for name in KNOWN for stem in (name, Path(name).stem)}
        return path.parent == root and path.stem.lower() in stems  # history.csv.txt, history.txt, history
    if path.suffix.lower() not in TABLES[:2]:
        return True
    try:
        return not is_scenario(path)
    except OSError:
        return True


def is_scenario(path: Path) -> bool:
    """Whether a .yaml file says by its key `detente` that it is a scenario of its own."""
    with path.open("rb") as file:
        return _SCENARIO.search(file.read(MAX_YAML)) is not None


def _same(root: Path, name: str, taken: Collection[str]) -> bool:
    """Whether a file was read by a name in other letters, where the file system takes them for the same."""
    meant = next((one for one in taken if one.lower() == name.lower()), None)
    try:
        return meant is not None and (root / meant).samefile(root / name)
    except OSError:
        return False
