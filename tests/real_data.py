"""Data that may not be shipped. Tests on them are skipped only where nobody said where they are, and not in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.events.where import VARIABLE, find


def absent(what: str) -> None:
    """Skip the test, or let it fail where `DETENTE_DATA` or `CI` is set."""
    told = f"{VARIABLE} names no folder with {what}, which may not be shipped"
    if os.environ.get(VARIABLE) or os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


def path(relative: str) -> Path:
    """The user's copy of a file, by its path in a data folder."""
    try:
        return find(relative)
    except InputError:
        absent(relative)
        raise
