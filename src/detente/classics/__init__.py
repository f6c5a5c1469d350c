"""The classic formal models of conflict, each built as a scenario and evaluated by the engine, the solver or the fit.

No result stands here in closed form: that is what the tests compare with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.classics.catalogue import Classic

__all__ = ["build", "evaluate", "models"]


def models() -> list[str]:
    """The names of the models, in the order of their families."""
    from detente.classics.catalogue import CLASSICS

    return list(CLASSICS)


def evaluate(model: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a model says at some parameters.

    Args:
        params: as `detente classic MODEL` lists them.

    Returns:
        Numbers, and lists and maps of numbers, by name. All are exact to rounding or to the error given beside them;
        nothing is simulated, so there is no `mc_error`.

    Raises:
        InputError: If there is no such model, or a parameter is wrong.
    """
    from detente.classics.plain import plain

    one = _classic(model)
    return plain(one.evaluation()(one.fields.read(model, params)))


def build(model: str, params: Mapping[str, Any]) -> dict[str, str]:
    """The scenario that a model is at some parameters: the text of each file of its folder.

    Raises:
        InputError: As `evaluate`.
    """
    one = _classic(model)
    return one.builder()(one.fields.read(model, params))


def _classic(model: str) -> Classic:
    from detente.classics.catalogue import CLASSICS
    from detente.errors import InputError, Problem
    from detente.text.nearest import did_you_mean

    if model not in CLASSICS:
        problem = Problem("MODEL", "a model that `detente classic` lists", model, did_you_mean(model, CLASSICS))
        raise InputError([problem], what="the options")
    return CLASSICS[model]
