"""Détente: check an argument about escalation. Public names load on first use, so that importing this is quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from detente.settings import VERSION

if TYPE_CHECKING:
    from detente.analysis.bargaining.bargain import bargain
    from detente.analysis.estimates.estimate import estimate
    from detente.analysis.forecasting.forecasts import forecaster, hindcast
    from detente.analysis.mirror import mirror
    from detente.analysis.run import run, simulate
    from detente.analysis.verification.calibration import calibrate
    from detente.crises.acts import nearest_crises, score_responses
    from detente.errors import DetenteError, EngineError, InputError, Place, Problem
    from detente.language.load import bundled
    from detente.report.render import render
    from detente.result import Result
    from detente.result.compare import compare
    from detente.session import Session, fit, load

__version__ = VERSION

_HOME = {
    "DetenteError": "detente.errors",
    "EngineError": "detente.errors",
    "InputError": "detente.errors",
    "Place": "detente.errors",
    "Problem": "detente.errors",
    "Result": "detente.result",
    "Session": "detente.session",
    "bargain": "detente.analysis.bargaining.bargain",
    "bundled": "detente.language.load",
    "calibrate": "detente.analysis.verification.calibration",
    "compare": "detente.result.compare",
    "estimate": "detente.analysis.estimates.estimate",
    "fit": "detente.session",
    "forecaster": "detente.analysis.forecasting.forecasts",
    "hindcast": "detente.analysis.forecasting.forecasts",
    "load": "detente.session",
    "mirror": "detente.analysis.mirror",
    "nearest_crises": "detente.crises.acts",
    "render": "detente.report.render",
    "run": "detente.analysis.run",
    "score_responses": "detente.crises.acts",
    "simulate": "detente.analysis.run",
}

__all__ = [
    "DetenteError",
    "EngineError",
    "InputError",
    "Place",
    "Problem",
    "Result",
    "Session",
    "bargain",
    "bundled",
    "calibrate",
    "compare",
    "estimate",
    "fit",
    "forecaster",
    "hindcast",
    "load",
    "mirror",
    "nearest_crises",
    "render",
    "run",
    "score_responses",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'detente' has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["__version__", *__all__]
