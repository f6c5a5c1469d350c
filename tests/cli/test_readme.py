"""What the README and the docs show and point to is there."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from detente.language.priors import FAMILIES
from detente.language.read_values import MODELS
from tests.pages import agrees

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown(mark: str) -> tuple[list[str], str]:
    """The commands and the output of the README's block after a mark."""
    block = re.search(rf"<!-- {mark} -->\n```text\n((?:\$ [^\n]*\n)+)(.*?)```", README, re.DOTALL)
    assert block
    return block[1].splitlines(), block[2]


def test_the_failure_in_the_readme_is_real(tmp_path, monkeypatch, detente):
    commands, output = shown("failure")
    changes, source, target = re.fullmatch(r"\$ sed '(.*)' (\S+) > (\S+)", commands[0]).groups()
    text = (ROOT / source).read_text(encoding="utf-8")
    for old, new in re.findall(r"s/([^/]+)/([^/]+)/", changes):
        assert text.count(old) == 1
        text = text.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path(target).write_text(text, encoding="utf-8")
    assert commands[1:] == [f"$ detente check {target}"]
    assert detente("check", target).err == output


@pytest.mark.slow
def test_the_session_in_the_readme_is_real(tmp_path, monkeypatch, detente):
    """Made on a processor with fused multiply-add; on one without, numbers may differ in their last digit."""
    (command,), output = shown("session")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert command.split("#")[0].split() == ["$", "detente", "run", "kursk-2024"]
    done = detente("run", "kursk-2024")
    assert agrees(output, done.out), done.out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


NAMED = re.compile(r"(?<![\w/.*-])((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|lark))\b|\b(detente(?:\.[A-Za-z_]+)+)\b")
LIKE_FILES = {"detente.duckdb"}


def names_nothing(name: str) -> bool:
    """Whether a page's `folder/file.py` or `detente.module.name` is not there."""
    if "/" in name:
        return not any((ROOT / place / name).is_file() for place in ("", "src", "src/detente", "benchmarks"))
    found, *inner = name.split(".")
    here = importlib.import_module(found)
    for part in inner:
        found += f".{part}"
        if not hasattr(here, part) and importlib.util.find_spec(found) is None:
            return True
        here = getattr(here, part) if hasattr(here, part) else importlib.import_module(found)
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_modules_that_a_page_names_are_there(page):
    if page.name == "CHANGELOG.md":
        return  # tells of what was
    named = {path or module for path, module in NAMED.findall(page.read_text(encoding="utf-8"))} - LIKE_FILES
    assert sorted(name for name in named if names_nothing(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_examples_import_is_there(page):
    """All but what a comment on the line says to install."""
    for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        ours = "\n".join(line for line in code.split("\n") if "# pip install" not in line)
        imports = [node for node in ast.walk(ast.parse(ours)) if isinstance(node, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), page.name, "exec"), {})


def test_a_name_of_nothing_is_found():
    text = "see `engine/none.py`, `engine/game/rules.py`, `detente.strategy.qre` and `detente.games.qre.trace`"
    named = {path or module for path, module in NAMED.findall(text)}
    assert {name for name in named if names_nothing(name)} == {"engine/none.py", "detente.strategy.qre"}


@pytest.mark.parametrize("name", [*FAMILIES, *MODELS])
def test_every_family_and_model_is_documented(name):
    assert f"`{name}(" in LANGUAGE


@pytest.mark.parametrize("module", ["load", "read_model", "read_courses", "read_claims", "read_tables"])
def test_every_key_is_documented(module):
    """Keys as the readers know them: the words in their calls of `section`, and the columns of tables."""
    source = (ROOT / "src" / "detente" / "language" / f"{module}.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'found\["([a-z_]+)"\]|about\["([a-z_]+)"\]|line\.get\("([a-z_]+)"\)', source))
    missing = [key for group in keys for key in group if key and not re.search(rf"\b{key}\b", LANGUAGE)]
    assert missing == []
