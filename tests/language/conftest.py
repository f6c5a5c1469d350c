"""A copy of the small valid scenario to break, and a way to read the message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.load import load

COD_WAR = Path(__file__).parent.parent / "scenarios" / "cod-war"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the cod-war scenario."""
    return Path(shutil.copytree(COD_WAR, tmp_path / "cod-war"))


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str, str], None]:
    """Replace text that occurs in a file of the copy."""

    def replace(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")

    return replace


@pytest.fixture
def message(folder: Path) -> Callable[[], str]:
    """The whole message of the error that loading the copy raises."""

    def read() -> str:
        with pytest.raises(InputError) as caught:
            load(folder)
        return str(caught.value)

    return read
