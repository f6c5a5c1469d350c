"""The Typer application: the commands in the order of `detente --help`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from detente.cli import crises, forecast, ledger, store, verify
from detente.cli.check import check
from detente.cli.compare import compare
from detente.cli.fit import fit
from detente.cli.listing import list_
from detente.cli.new import new
from detente.cli.render import render
from detente.cli.run import run
from detente.cli.solve import solve
from detente.settings import VERSION

# plain help: quick, the same on every terminal, and fit for the docs
app = typer.Typer(
    name="detente",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"detente {VERSION}")
        raise typer.Exit()


@app.callback()
def detente(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, show_default=False, help="Print the version."),
    ] = False,
) -> None:
    """Check an argument about a war: which claims hold, how sure one can be, and what would flip them."""


def _group(name: str, about: str, **commands: Callable[..., None]) -> None:
    group = typer.Typer(name=name, help=about, no_args_is_help=True, rich_markup_mode=None)
    for key, command in commands.items():
        group.command(name=key)(command)
    app.add_typer(group)


for _name, _command in {
    "new": new,
    "check": check,
    "run": run,
    "compare": compare,
    "fit": fit,
    "solve": solve,
    "render": render,
    "list": list_,
}.items():
    app.command(name=_name)(_command)
_group(
    "verify",
    "Check fits and models by records of known truth, by a second sampler, by evidence.",
    calibration=verify.calibration,
    samplers=verify.samplers,
    foresight=verify.foresight,
)
_group(
    "forecast",
    "Issue sealed forecasts, and score them by what came.",
    issue=forecast.issue,
    score=forecast.score,
    hindcast=forecast.hindcast,
)
_group(
    "crises",
    "Ask a century of recorded crises.",
    nearest=crises.nearest,
    fit=crises.fit,
    show=crises.show_,
    score=crises.score,
)
_group("ledger", "Build a ledger from public data, and check one.", build=ledger.build, check=ledger.check)
_group(
    "store",
    "Keep events, ledgers, runs and forecasts in one file.",
    **{"add": store.add, "info": store.info, "export": store.export, "import": store.import_},
)
