"""How a player turns the payoffs of its options into probabilities: best reply, or quantal response.

Logit quantal response (McKelvey & Palfrey 1995, 1998): P(a) ∝ exp(appeal_a + λ EU_a). λ = 0 is the plain softmax of the
appeals, uniform where they are 0; λ = inf is the best reply, in which appeals count for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detente.errors import InputError, Problem

TIES = ("split", "first", "last")
_TIE = 1e-12  # payoffs closer than this share of their size are equal


def best(payoff: np.ndarray, available: np.ndarray, tie: str = "split", size: float = 1.0) -> np.ndarray:
    """Best reply along the last axis.

    Args:
        tie: `split` (all best options equally likely), `first` or `last` (in the order of the options, hold first).
        size: the usual size of payoffs, of which a sum that comes to nought has its rounding.
    """
    held = np.where(available, payoff, -np.inf)
    top = held.max(-1, keepdims=True)
    good = available & (held >= top - _TIE * np.maximum(size, np.abs(top)))
    if tie != "split":
        number = np.arange(payoff.shape[-1])
        rank = np.where(good, -number if tie == "first" else number, -np.inf)
        good = rank == rank.max(-1, keepdims=True)
    return good / good.sum(-1, keepdims=True)


def respond(appeal: np.ndarray, payoff: np.ndarray, lam: float, tie: str = "split", size: float = 1.0) -> np.ndarray:
    """Quantal response along the last axis; `appeal` is -inf where an option is not available."""
    available = np.isfinite(appeal)
    if np.isinf(lam):
        return best(payoff, available, tie, size)
    top = np.where(available, payoff, -np.inf).max(-1, keepdims=True)
    score = np.where(available, appeal + lam * (payoff - top), -np.inf)
    weight = np.exp(score - score.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


def per_player(players: Sequence[str], lam: float | Mapping[str, float]) -> list[float]:
    """λ of every player.

    Raises:
        InputError: If one is negative or missing.
    """
    values = [lam.get(p, np.nan) if isinstance(lam, Mapping) else lam for p in players]
    for player, value in zip(players, values, strict=True):
        if not value >= 0:
            raise InputError([Problem(f"lambda of {player}", "0 or more", str(value))], what="the options")
    return [float(v) for v in values]


def check_tie(tie: str) -> None:
    """Refuse a tie rule that there is not.

    Raises:
        InputError: If `tie` is none of `TIES`.
    """
    if tie not in TIES:
        raise InputError([Problem("the tie rule", " or ".join(TIES), tie)], what="the options")
