"""Makers: from a user's copy of public data to the tables of a bundled scenario, by the name in its `data.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from detente.errors import InputError
from detente.events.sources import panel, strikes
from detente.text.fields import Field

Maker = Callable[[Field], dict[str, bytes]]  # from the whole recipe to the files by name; InputError


def _alone(make: Callable[[], dict[str, bytes]]) -> Maker:
    """A maker whose recipe says nothing but its name."""

    def maker(recipe: Field) -> dict[str, bytes]:
        recipe.section({"maker": "its name"})
        if recipe.problems:
            raise InputError(recipe.problems)
        return make()

    return maker


MAKERS: Mapping[str, Maker] = {"cases": panel.tables, "strikes": _alone(strikes.tables)}
