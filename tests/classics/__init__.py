"""The classic formal models of conflict, built as scenarios and evaluated by the engine, the solver or the fit.

The bundled folders under `classics/` are what the builders make at the examples' parameters; here they are held against
closed forms and against published values. No closed form stands in a builder or in an evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from tests.classics.catalogue import CLASSICS
from tests.classics.plain import plain


def models() -> list[str]:
    """The names of the models, in the order of their families."""
    return list(CLASSICS)


def evaluate(model: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a model says at some parameters: numbers, and lists and maps of numbers, by name.

    All are exact to rounding or to the error given beside them; nothing is simulated, so there is no `mc_error`.
    """
    module, _, evaluation = CLASSICS[model].home
    return plain(getattr(import_module(f"tests.classics.{module}"), evaluation)(dict(params)))


def build(model: str, params: Mapping[str, Any]) -> dict[str, str]:
    """The scenario that a model is at some parameters: the text of each file of its folder."""
    module, builder, _ = CLASSICS[model].home
    return getattr(import_module(f"tests.classics.{module}"), builder)(dict(params))
