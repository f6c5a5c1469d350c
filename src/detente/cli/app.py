"""The Typer application: the commands in the order of `detente --help`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from detente.cli import ledger, responses, store
from detente.cli.bargain import bargain
from detente.cli.calibrate import calibrate
from detente.cli.check import check
from detente.cli.evidence import evidence
from detente.cli.fit import fit
from detente.cli.forecast import forecast
from detente.cli.foresight import foresight
from detente.cli.guard import guarded
from detente.cli.hindcast import hindcast
from detente.cli.listing import list_
from detente.cli.mirror import analogs, mirror
from detente.cli.removed import Commands
from detente.cli.report import report
from detente.cli.run import claims, run
from detente.cli.score import score
from detente.cli.simulate import simulate
from detente.cli.solve import solve
from detente.settings import VERSION

# plain help: quick, the same on every terminal, and fit for the docs
app = typer.Typer(
    name="detente",
    cls=Commands,
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


for _command in (
    run,
    check,
    fit,
    simulate,
    claims,
    evidence,
    calibrate,
    forecast,
    score,
    hindcast,
    mirror,
    analogs,
    bargain,
    foresight,
    solve,
    report,
):
    app.command()(guarded(_command))
app.command(name="list")(guarded(list_))


def _group(name: str, about: str, **commands: Callable[..., None]) -> None:
    group = typer.Typer(name=name, help=about, no_args_is_help=True, rich_markup_mode=None)
    for key, command in commands.items():
        group.command(name=key)(guarded(command))
    app.add_typer(group)


_group("ledger", "Build a ledger from public data, and check one.", build=ledger.build, check=ledger.check)
_group(
    "store",
    "Keep events, ledgers, runs and forecasts in one file.",
    **{"add": store.add, "info": store.info, "export": store.export, "import": store.import_},
)
_group(
    "responses",
    "Fit, show and score curves of how states answer provocation.",
    fit=responses.fit,
    show=responses.show_,
    score=responses.score,
)
