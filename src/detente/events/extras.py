"""The optional packages that large data need, loaded on first use: the default install does without them."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from detente.errors import InputError, Problem


def module(name: str) -> ModuleType:
    """Import an optional package.

    Raises:
        InputError: If it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = error.name or name
        problem = Problem(missing, "the packages for public data", "not installed", "pip install 'detente[data]'")
        raise InputError([problem], what="this installation") from None


class _Late:
    """A module that is imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(module(self.__dict__["_name"]), attribute)


if TYPE_CHECKING:
    import duckdb
    import polars as pl
else:
    pl, duckdb = _Late("polars"), _Late("duckdb")

__all__ = ["duckdb", "module", "pl"]
