"""The parts of the benchmarks by name, each from what is asked to a piece of the JSON file."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.asked import THREADS, Asked, SkippedError
from benchmarks.game import contest
from benchmarks.game.contestants import OURS, PAIRS
from benchmarks.kursk import commands, futures

Found = dict[str, Any]  # merged into the JSON file; dictionaries of the same name are united


def game(asked: Asked) -> Found:
    """The reference game: ratios, and all that they rest on."""
    held = contest.hold(
        rounds=asked.of(2, 5, 11),
        cores=THREADS,
        deadline=asked.deadline,
        say=asked.say,
        smoke=asked.size == "smoke",
        checks=asked.of(1, 1, 4),
    )
    spread, pairs = held.ratios(OURS), held.ratios(PAIRS)
    return {
        "ratios": {name: by["seconds"]["median"] for name, by in spread.items()},
        "ratios_per_cpu_second": {name: by["cpu"]["median"] for name, by in spread.items()},
        "spread": spread,
        "spread_two_futures_a_draw": pairs,
        "futures_per_second": contest.rates(held),
        "first_answer_s": held.first,
        "agreement": held.agreement,
        "disagrees": held.differs,
        "rounds": held.rounds,
        "skipped": held.skipped,
        "failed": held.failed,
    }


def growth(asked: Asked) -> Found:
    """Futures of kursk-2024 by their number."""
    scenario, sizes = asked.of(("classics/forts", (40, 80)), *2 * (("kursk-2024", futures.SIZES),))
    found = futures.grow(scenario, sizes, asked.of(2, futures.REPEATS, 11), asked.deadline, asked.say)
    missing = {f"futures {n}": "the time was over" for n in sizes if str(n) not in found}
    return {"kursk": {"futures": found}, "skipped": missing}


def _case(asked: Asked) -> commands.Case:
    small = commands.Case("classics/forts", "p=0.5", ("--draws", "16"))
    return asked.of(small, *2 * (commands.Case(),))


def fit(asked: Asked) -> Found:
    """The fit of kursk-2024."""
    found = commands.fit(_case(asked), asked.of(1, 1, 5), asked.deadline, asked.say)
    return {"kursk": {"fit": found}, "skipped": {} if found else {"fit": "the time was over"}}


def runs(asked: Asked) -> Found:
    """Runs of the command line on kursk-2024."""
    found = commands.runs(_case(asked), asked.of(1, 2, 5), asked.deadline, asked.say, asked.beside)
    missing = {
        f"{kind} run, {name} version": "the time was over"
        for name, kinds in found.items()
        for kind in commands.KINDS
        if kind not in kinds
    }
    failed = {
        f"second run, {name} version": "it gave other results than the cold one"
        for name, kinds in found.items()
        if kinds.get("same_results") is False
    }
    return {"kursk": {"runs": found}, "skipped": missing, "failed": failed}


def _module(name: str) -> Callable[[Asked], Found]:
    """A part that is a module of its own, imported when it is asked for."""

    def part(asked: Asked) -> Found:
        try:
            return {name: importlib.import_module(f"benchmarks.{name}").run(asked)}
        except SkippedError as reason:
            return {"skipped": {name: str(reason)}}
        except ModuleNotFoundError as missing:
            if missing.name is None or missing.name.partition(".")[0] in ("benchmarks", "detente"):
                raise
            return {"skipped": {name: f"{missing.name} is not installed"}}

    return part


MAIN: Mapping[str, Callable[[Asked], Found]] = {"game": game, "futures": growth, "fit": fit, "runs": runs}
MORE = {name: _module(name) for name in ("analogies", "foresight", "gdelt", "panel", "samplers")}
