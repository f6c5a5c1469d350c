"""What the README and the docs show and point to is there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from detente.language.priors import FAMILIES
from detente.language.read_values import MODELS
from tests.cli.conftest import COD_WAR

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def test_the_failure_in_the_readme_is_real(tmp_path, detente):
    folder = tmp_path / "cod-war"
    shutil.copytree(COD_WAR, folder)
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    text = text.replace("step: 1 week", "step: 1 wek").replace("* strain.nato - 2", "* strain.nto - 2")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- failure -->\n```text\n\$ detente check cod-war\n(.*?)```", readme, re.DOTALL)
    assert shown and detente("check", folder).err == shown[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


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
