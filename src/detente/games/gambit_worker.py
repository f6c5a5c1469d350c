"""One of Gambit's methods in a process of its own, which can be stopped: Gambit itself cannot.

`python -m detente.games.gambit_worker METHOD` reads an .efg file on stdin and prints JSON: of each equilibrium, by
player and information set, the probability of each action.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pygambit

gambit: Any = pygambit  # it comes without types
METHODS = {
    "enumpure_solve": {},
    "enummixed_solve": {"rational": False},
    "lcp_solve": {"rational": False},
    "lp_solve": {"rational": False},
}


def main() -> None:
    """Run the method that is named."""
    game, name = gambit.read_efg(sys.stdin.buffer), sys.argv[1]
    found = []
    for profile in getattr(gambit.nash, name)(game, **METHODS[name]).equilibria:
        plan = profile.as_behavior() if hasattr(profile, "as_behavior") else profile
        found.append([[[float(plan[a]) for a in s.actions] for s in player.infosets] for player in game.players])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
