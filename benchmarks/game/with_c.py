"""The reference game in C by hand (`reference_game.c`), compiled for this processor on the spot: the limit."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.game.absent import AbsentError
from benchmarks.game.numbers import ACTORS, CLIP, HERE, LOG_MEAN, LOG_SD, MOVES, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

COMPILERS = ("cc", "gcc", "clang")
FOR_THIS_PROCESSOR = ("-march=native", "-mcpu=native")  # compilers for ARM know the second


def _library(folder: Path) -> ctypes.CDLL:
    """Compile and load.

    Raises:
        AbsentError: No compiler is here, or none could compile it.
    """
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise AbsentError(f"no C compiler: none of {', '.join(COMPILERS)} is on the path")
    path = folder / "reference_game.so"
    for processor in FOR_THIS_PROCESSOR:
        flags = ["-O3", processor, "-ffast-math", "-shared", "-fPIC"]
        done = subprocess.run(
            [compiler, *flags, str(HERE / "reference_game.c"), "-o", str(path)], capture_output=True, text=True
        )
        if done.returncode == 0:
            return ctypes.CDLL(str(path))
    raise AbsentError(f"{compiler} could not compile reference_game.c: {done.stderr.strip().splitlines()[-1]}")


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, on a thread per core."""
    with tempfile.TemporaryDirectory() as folder:
        library = _library(Path(folder))
    arrays = (game.base, game.slope, game.effect, game.keep, game.drift, game.sigma, game.cost, game.start)
    single = np.concatenate([a.ravel() for a in arrays] + [[CLIP, LOG_MEAN, LOG_SD, game.hazard]]).astype(np.float32)

    def play(futures: int, seed: int) -> Outcome:
        next_block = ctypes.c_long(0)

        def thread(_: int) -> np.ndarray:
            sums = np.zeros(3 + 2 * STOCKS + ACTORS * MOVES)
            at, own = ctypes.c_void_p(single.ctypes.data), ctypes.c_void_p(sums.ctypes.data)
            library.play(
                at, ctypes.c_long(futures), ctypes.c_int(WEEKS), ctypes.c_uint64(seed), ctypes.byref(next_block), own
            )
            return sums

        with ThreadPoolExecutor(cores) as pool:
            wars, weeks, _, *rest = np.sum(list(pool.map(thread, range(cores))), axis=0)
        end, squared, chosen = np.split(np.array(rest), [STOCKS, 2 * STOCKS])
        return of_sums(futures, wars, weeks, end, squared, chosen.reshape(ACTORS, MOVES))

    return play
