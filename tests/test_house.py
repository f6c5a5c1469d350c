"""How the house is built: its rooms, its arrows, and what no linter counts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "detente"
GROUND = {"__init__", "__main__", "errors", "progress", "session", "settings", "streams"}  # files of the root
MAX_LINES, MAX_ROOMS, MAX_UNTYPED = 600, 18, 30


def name_of(path: Path) -> str:
    """`detente.engine.graph.arrays` of its file, `detente.engine` of its `__init__.py`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(["detente", *parts]).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(SOURCE.rglob("*.py"))}
ROOMS = sorted(path for path in SOURCE.rglob("*") if path.is_dir() and any(path.glob("*.py")))


def imports_of(text: str, known: set[str]) -> set[str]:
    """The modules that a file imports, anywhere in it: in functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module or "")
    return found & known


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """A circle in a graph, its first name again at the end; empty where there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def arrows() -> dict[str, set[str]]:
    known = set(MODULES)
    return {name: imports_of(path.read_text(encoding="utf-8"), known) for name, path in MODULES.items()}


def test_no_circle_of_files():
    graph = arrows()
    assert sum(map(len, graph.values())) > 500
    assert circle(graph) == []


def test_no_circle_of_rooms():
    rooms: dict[str, set[str]] = {}
    for name, targets in arrows().items():
        room = name.split(".")[1:2]
        for target in targets:
            other = target.split(".")[1:2]
            if room and other and room != other:
                rooms.setdefault(room[0], set()).add(other[0])
    assert circle(rooms) == []


def test_a_circle_is_found():
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house import {}\n"
    texts = {"house.a": typed.format("b"), "house.b": "def late():\n    import house.a\n", "house.c": "import house.a"}
    graph = {name: imports_of(text, set(texts)) for name, text in texts.items()}
    assert set(circle(graph)) == {"house.a", "house.b"}


def test_the_arrows_point_down():
    """The import contracts of pyproject.toml."""
    lint_imports = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.search(r"Contracts: (\d+) kept, (\d+) broken", done.stdout)
    assert counts and int(counts[1]) >= 3 and int(counts[2]) == 0


def test_few_rooms_and_nothing_loose_in_the_root():
    here = [path for path in SOURCE.iterdir() if path.name != "__pycache__"]
    assert len([path for path in here if path.is_dir()]) <= MAX_ROOMS
    loose = {path.name for path in here if path.is_file()}
    assert loose <= {f"{name}.py" for name in GROUND} | {"py.typed"}


def test_a_name_stands_in_the_root_once():
    """No file beside a room of the same name."""
    names = Counter(path.stem for path in SOURCE.iterdir() if path.suffix in ("", ".py"))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: name_of(path))
def test_every_room_says_what_it_is(room):
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


def test_the_map_shows_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    loose = [name for name in GROUND if "__" not in name and (SOURCE / f"{name}.py").exists()]
    assert [name for name in (*[f"{r}/" for r in rooms], *[f"{f}.py" for f in loose]) if f"`{name}`" not in page] == []


def test_files_stay_short():
    files = [path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(lines) > 500
    assert {path.name: count for path, count in lines.items() if count > MAX_LINES} == {}


def untyped(texts: list[str]) -> int:
    """How often an object of JSON goes by its bare type."""
    return sum(text.count("dict[str, Any]") for text in texts)


def test_results_cross_the_house_as_types():
    assert untyped([path.read_text(encoding="utf-8") for path in MODULES.values()]) < MAX_UNTYPED
    assert untyped(["def f(a: dict[str, Any]) -> dict[str, Any]:"]) == 2


def test_the_formatter_is_never_switched_off():
    texts = [path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    switch = re.compile(r"#\s*fmt:\s*\w+")
    assert [path for path in texts if switch.search(path.read_text(encoding="utf-8"))] == []
    assert switch.search("x = 1  # fmt" + ": skip")
