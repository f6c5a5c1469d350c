"""docs/how-to-start-from-a-text.md: its files are written, its commands run, its outputs compared."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.cli.conftest import call
from tests.pages import agrees

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "how-to-start-from-a-text.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def put(claims: Path, body: str) -> None:
    """Put a claim in the place of the one of the same id."""
    text, id = claims.read_text(encoding="utf-8"), body.split(":", 1)[0]
    found = re.search(rf"^{id}:\n(    .*\n)+", text, re.MULTILINE)
    assert found
    claims.write_text(text[: found.start()] + body + text[found.end() :], encoding="utf-8")


def test_from_a_text_to_first_verdicts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    shutil.copy(ROOT / "tests" / "language" / "drafting" / "balakot.txt", tmp_path)
    text, end, commands = PAGE.read_text(encoding="utf-8"), 0, 0
    for block in BLOCK.finditer(text):
        before, (kind, body) = text[end : block.start()], block.groups()
        end = block.end()
        if kind == "text":
            command, shown = body.split("\n", 1)
            done = call(*command.removeprefix("$ detente ").split())
            assert agrees(shown, done.out), f"{command}\n{done.out}{done.err}"
            commands += 1
        elif body.startswith("  s"):
            put(Path("balakot/claims/balakot.yaml"), body)
        else:
            Path(re.findall(r"`(balakot/[^`]+)`", before)[-1]).write_text(body, encoding="utf-8")
    assert commands == 2
