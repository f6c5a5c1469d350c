"""Levels of reasoning in the classic models: how many are looked at, and how a level responds."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.classics.scenarios import refuse

LEVELS = 26  # a population holds levels 0 .. 25, beyond which a Poisson mean of a few leaves nothing
TRUNCATED = 6  # a population of levels 0 .. 5, as some papers stop there
TOLD = 7  # levels told one by one: 0 .. 6


def precision_of(model: str, p: dict[str, Any]) -> float:
    """How closely a level follows what its options are worth: without errors (`br`), or at the λ given (`logit`)."""
    if p["response"] == "br":
        return np.inf
    if p["lam"] is None:
        raise refuse(model, "lam", "a number of 0 or more, since the response is logit", None)
    return p["lam"]
