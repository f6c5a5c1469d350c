"""`detente check`: is the scenario sound, what does it hold, what would an honest one also say."""

from __future__ import annotations

from detente.cli import options
from detente.cli.output import json_text, print_json, show
from detente.cli.scenario import open_scenario


def check(
    scenario: options.ScenarioName,
    settings: options.Settings = None,
    as_json: options.AsJson = False,
) -> None:
    """Read a scenario and show what it holds.

    Finds every problem in its files, and remarks what an honest scenario would also say. Runs nothing; remarks
    do not change the exit code.
    """
    from detente.language.lint import lint
    from detente.language.summary import summary

    loaded = open_scenario(scenario, settings)
    contents, warnings = summary(loaded), lint(loaded)
    if as_json:
        print_json(json_text(contents | {"lint": warnings}))
        return
    from detente.cli.contents import contents_tables

    show(*contents_tables(contents, warnings))
