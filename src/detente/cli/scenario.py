"""Opening a scenario, as every command does."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from detente.cli.options import parse_settings

if TYPE_CHECKING:
    from detente.language.records import Scenario
    from detente.language.without import LeftOut


def open_scenario(
    name: str,
    settings: Iterable[str] | None,
    without: Iterable[str] | None = None,
    *,
    foresight: int | None = None,
    quiet: bool = False,
) -> Scenario:
    """Load a scenario with its `--set`, `--foresight` and `--without` options; says on stderr what the last left out.

    Raises:
        InputError: If an option or the scenario is wrong.
    """
    from detente.session import load

    loaded = load(name, parse_settings(settings))
    if foresight is not None:
        from detente.language.levels import at_level

        loaded = at_level(loaded, foresight)
    return leave_out(loaded, without, quiet=quiet) if without else loaded


def leave_out(scenario: Scenario, names: Iterable[str], *, quiet: bool) -> Scenario:
    """The scenario without what some sources say.

    Raises:
        InputError: If a name is no source of the scenario.
    """
    from detente.language.without import without

    scenario, left_out = without(scenario, names)
    for gone in () if quiet else left_out:
        print(describe(gone), file=sys.stderr)
    return scenario


def describe(gone: LeftOut) -> str:
    """What went with a source, on one line."""
    parts = {"report": gone.reports, "ledger row": gone.rows, "measurement": gone.measurements}
    counts = ", ".join(f"{number:,} {what}{'s' * (number != 1)}" for what, number in parts.items() if number)
    text = f"without {gone.source}: {counts} left out"
    if gone.rows:
        text += "; the record now says that nothing was done there"
    if gone.quantities:
        text += f"; nobody else speaks of {', '.join(gone.quantities)}"
    return text
