"""Errors planted in the engine's source while a test runs, to show that the test finds them."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from contextlib import contextmanager

from detente.engine.backends import machine


@contextmanager
def planted(module: types.ModuleType, *errors: tuple[str, str]) -> Iterator[None]:
    """A module whose source says something wrong in the one place where it says something right.

    Functions and methods get the code that they would have then, wherever they were imported to.

    Args:
        errors: (right, wrong) pairs of texts.
    """
    source = inspect.getsource(module)
    for right, wrong in errors:
        assert source.count(right) == 1, f"{module.__name__} says {source.count(right)} times: {right}"
        source = source.replace(right, wrong)
    twin = types.ModuleType(module.__name__)
    twin.__file__ = module.__file__
    exec(compile(source, str(module.__file__), "exec"), twin.__dict__)
    swaps = [
        (mine, theirs) for mine, theirs in _functions(module, twin, module.__name__) if _does(mine) != _does(theirs)
    ]
    assert swaps, f"{module.__name__}: the error is in no function"
    before, sources = [mine.__code__ for mine, _ in swaps], machine._SOURCES
    machine._SOURCES = f"{sources} with {errors}"  # not what was compiled before
    for mine, theirs in swaps:
        mine.__code__ = theirs.__code__
    try:
        yield
    finally:
        for (mine, _), code in zip(swaps, before, strict=True):
            mine.__code__ = code
        machine._SOURCES = sources


def _does(function: types.FunctionType) -> tuple:
    code = function.__code__
    return code.co_code, code.co_consts, code.co_names


def _functions(right, wrong, name: str) -> Iterator[tuple[types.FunctionType, types.FunctionType]]:
    """The functions of two modules or classes, side by side."""
    for key, theirs in vars(wrong).items():
        mine = vars(right).get(key)
        if isinstance(theirs, types.FunctionType) and theirs.__module__ == name:
            assert isinstance(mine, types.FunctionType)
            yield mine, theirs
        elif isinstance(theirs, type) and theirs.__module__ == name:
            yield from _functions(mine, theirs, name)
