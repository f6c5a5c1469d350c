"""The first tutorial, docs/first-scenario.md: its files are written, its commands run, its outputs compared.

The code of docs/how-to-python.md runs on the same scenario.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import call
from tests.pages import agrees

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "first-scenario.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
CHANGE = re.compile(r"`([^`]+)` in place of `([^`]+)`")


def write(body: str, before: str) -> None:
    """Write the file that the paragraph before a block names last."""
    file = Path(re.findall(r"`(strait/[^`]+)`", before)[-1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body, encoding="utf-8")


def test_the_tutorial_is_what_happens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text, end, commands = PAGE.read_text(encoding="utf-8"), 0, 0
    for block in BLOCK.finditer(text):
        before, (kind, body) = text[end : block.start()], block.groups()
        end = block.end()
        if kind != "text":
            write(body, before)
            continue
        for new, old in CHANGE.findall(before):
            scenario = Path("strait/scenario.yaml").read_text(encoding="utf-8")
            assert scenario.count(old) == 1
            Path("strait/scenario.yaml").write_text(scenario.replace(old, new), encoding="utf-8")
        command, shown = body.split("\n", 1)
        done = call(*command.removeprefix("$ detente ").split())
        assert agrees(shown, done.err if done.code else done.out), f"{command}\n{done.out}{done.err}"
        commands += 1
    assert commands == 4
    assert Path("detente-out/strait/report.html").is_file()
    assert Path("near-line/results.json").is_file()


def test_the_python_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    tutorial = PAGE.read_text(encoding="utf-8")
    for block in BLOCK.finditer(tutorial):
        if block[1] != "text":
            write(block[2], tutorial[: block.start()])
    names: dict[str, object] = {}
    for block in BLOCK.finditer((DOCS / "how-to-python.md").read_text(encoding="utf-8")):
        exec(compile(block[2], "how-to-python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "memo/escorts-deter" in printed
    assert "no-such-folder" in printed
    assert Path("report.html").is_file()


def test_what_a_page_leaves_out():
    assert agrees("a\n[...]\n", "a\nb\nc\n")
    assert agrees("a\n[...]\nc\n", "a\nb\nc\n")
    assert not agrees("a\nc\n", "a\nb\nc\n")
