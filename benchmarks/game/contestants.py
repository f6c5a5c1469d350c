"""Who plays the reference game: where each is written, what it gets, how many futures it is asked for."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Futures in a timed round, and in the comparison with the reference."""

    round: int
    check: int


class Contestant(NamedTuple):
    """One program. Its module has a function that prepares it: (game, cores) to (futures, seed) to outcome."""

    name: str  # as in the JSON file
    says: str
    prepare: str  # module:function
    cores: int
    size: Size
    smoke: Size
    package: str | None = None  # without which it is skipped
    needs: str = ""  # besides the package


OURS = "detente"
PAIRS = "detente_pairs"
LIMIT = "c"
CONTESTANTS = (
    Contestant(
        OURS, "Détente, 64 futures a draw", "with_detente:as_run_does", 2, Size(2**19, 2**18), Size(2**14, 2**15)
    ),
    Contestant(PAIRS, "Détente, 2 futures a draw", "with_detente:in_pairs", 2, Size(2**18, 2**17), Size(2**13, 2**12)),
    Contestant(LIMIT, "C by hand, vectorised", "with_c:prepare", 2, Size(1_000_000, 400_000), Size(20_000, 20_000)),
    Contestant(
        "numba", "Numba, plain loop", "with_numba:prepare", 2, Size(60_000, 100_000), Size(2_000, 4_000), "numba"
    ),
    Contestant(
        "numpy_tuned", "NumPy, tuned, threads", "with_numpy_tuned:prepare", 2, Size(50_000, 100_000), Size(2_000, 4_000)
    ),
    Contestant("numpy", "NumPy, plain", "with_numpy:prepare", 1, Size(20_000, 100_000), Size(2_000, 4_000)),
    Contestant(
        "ema", "EMA workbench", "with_ema:prepare", 2, Size(2_000, 6_000), Size(20, 40), "ema_workbench", "Python 3.12"
    ),
    Contestant("mesa", "Mesa", "with_mesa:prepare", 1, Size(300, 4_000), Size(10, 20), "mesa", "Python 3.12"),
    Contestant(
        "openspiel", "OpenSpiel, in Python", "with_openspiel:prepare", 1, Size(200, 3_000), Size(10, 20), "pyspiel"
    ),
)
PACKAGES = ("detente", "numpy", "scipy", "llvmlite", "jax", "jaxlib", "mesa", "open_spiel", "ema_workbench", "numba")
