"""Détente: check an argument about escalation. Public names load on first use, so that importing this is quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.bargaining import bargain
    from detente.calibration import calibrate
    from detente.crises import nearest_crises, score_responses
    from detente.errors import DetenteError, EngineError, InputError, Place, Problem
    from detente.estimating import estimate
    from detente.forecasting import forecaster, hindcast
    from detente.mirroring import mirror
    from detente.opening import load
    from detente.report.render import render
    from detente.scenario.load import bundled
    from detente.workflow import fit, run, simulate

__version__ = "0.1.0"

_HOME = {
    "DetenteError": "detente.errors",
    "EngineError": "detente.errors",
    "InputError": "detente.errors",
    "Place": "detente.errors",
    "Problem": "detente.errors",
    "bargain": "detente.bargaining",
    "bundled": "detente.scenario.load",
    "calibrate": "detente.calibration",
    "estimate": "detente.estimating",
    "fit": "detente.workflow",
    "forecaster": "detente.forecasting",
    "hindcast": "detente.forecasting",
    "load": "detente.opening",
    "mirror": "detente.mirroring",
    "nearest_crises": "detente.crises",
    "render": "detente.report.render",
    "run": "detente.workflow",
    "score_responses": "detente.crises",
    "simulate": "detente.workflow",
}

__all__ = [
    "DetenteError",
    "EngineError",
    "InputError",
    "Place",
    "Problem",
    "bargain",
    "bundled",
    "calibrate",
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
    return sorted([*globals(), *__all__])
