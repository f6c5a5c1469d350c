"""`detente check`: is the scenario sound, what does it hold, what would an honest one also say."""

from __future__ import annotations

from detente.cli.command import Answer, Job, command
from detente.cli.output import show


@command("scenario", "settings", "as_json")
def check(job: Job) -> Answer:
    """Read a scenario and show what it holds.

    Finds every problem in its files, and remarks what an honest scenario would also say. Runs nothing; remarks
    do not change the exit code.
    """
    from detente.language.lint import lint
    from detente.language.lint_claims import lint_claims
    from detente.language.summary import summary

    loaded = job.open()
    contents, warnings = summary(loaded), [*lint(loaded), *lint_claims(loaded)]
    from detente.cli.contents import contents_tables

    return Answer(contents | {"lint": warnings}, lambda: show(*contents_tables(contents, warnings)))
