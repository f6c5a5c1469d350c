"""Opening a scenario whose tables are made from data that Détente may not ship.

Such a folder holds a `data.yaml` that names a maker of `detente.events.makers`; what it makes takes its place beside
the folder's own files. Any other scenario opens as `detente.language.load` opens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from detente.errors import InputError, Problem
from detente.events.makers import MAKERS
from detente.language import load as loading
from detente.language.records import Scenario
from detente.text import yaml_nodes as ya
from detente.text.fields import Field
from detente.text.files import MAX_YAML, Folder
from detente.text.nearest import did_you_mean

RECIPE = "data.yaml"


def load(scenario: str | Path, set: Mapping[str, float | str] | None = None) -> Scenario:
    """Return the scenario in a folder, in a single .yaml file, or bundled under a name.

    Args:
        scenario: A path, or one of `bundled()`.
        set: Parameters to hold at a value, in every hypothesis.

    Raises:
        InputError: With every problem of every file; or the data it is made from are in none of the usual places.
    """
    root, model = loading.find(scenario)
    made = made_files(root) if model == loading.MODEL else {}
    return loading.load(scenario, set, made)


def made_files(root: Path) -> dict[str, bytes]:
    """The files that a scenario folder's recipe makes, by name; none without a recipe.

    Raises:
        InputError: The recipe is wrong, or the data are not found.
    """
    if not (root / RECIPE).is_file():
        return {}
    problems: list[Problem] = []
    source = Folder(root, problems, f"{root.name}/").read(RECIPE, MAX_YAML)
    top = Field("", ya.parse_yaml(source, problems) if source else None, problems)
    maker = ""
    if top.present:
        known = f"one of {', '.join(sorted(MAKERS))}"
        field = next((value for name, _, value in top.entries("keys") if name == "maker"), None)
        if field is None or not field.present:
            (field or top).bad(f"the key maker: {known}", "nothing")
        elif (maker := field.text()) not in MAKERS:
            field.bad(known, maker, did_you_mean(maker, MAKERS))
    if problems or maker not in MAKERS:
        raise InputError(problems)
    return MAKERS[maker](top)
