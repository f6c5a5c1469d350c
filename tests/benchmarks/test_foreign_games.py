"""The table of what becomes of Gambit files in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = 'EFG 2 R "one" { "A" "B" }\np "" 1 1 "" { "a" "a" } 0\nt "" 1 "" { 1 0 }\nt "" 0\n'


def test_a_folder_of_files(tmp_path):
    pytest.importorskip("pygambit", reason="pygambit is not installed")
    (tmp_path / "good.efg").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.efg").write_text("EFG 1", encoding="utf-8")
    (tmp_path / "good.nfg").write_text('NFG 1 R "one" { "A" "B" } { 2 1 } 0 1 1 0', encoding="utf-8")
    (tmp_path / "other.agg").write_text("#AGG", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.foreign_games", str(tmp_path), "--seconds", "100"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 0, done.stdout
    assert f"| {tmp_path.name} | `.efg` | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 1 |" in done.stdout
    assert f"| {tmp_path.name} | `.nfg` | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0 |" in done.stdout
    assert f"| {tmp_path.name} | `.agg` | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |" in done.stdout
    assert "- .efg, read, written: 1 refused: 2, the version of the format" in done.stdout
    assert "- .agg, read, written: 1 refused: of Gambit's files, an .efg or .nfg" in done.stdout
