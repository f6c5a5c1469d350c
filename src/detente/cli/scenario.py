"""Opening a scenario, as every command does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from detente.cli.options import parse_settings

if TYPE_CHECKING:
    from detente.scenario.records import Scenario


def open_scenario(name: str, settings: Iterable[str] | None) -> Scenario:
    """Load a scenario with its `--set` options.

    Raises:
        InputError: If an option or the scenario is wrong.
    """
    from detente.scenario.load import load

    return load(name, parse_settings(settings))
