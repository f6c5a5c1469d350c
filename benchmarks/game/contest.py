"""The contest: who agrees with the reference, then interleaved rounds, then ratios taken round by round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.game import outcome
from benchmarks.game.absent import AbsentError
from benchmarks.game.contestants import CONTESTANTS, LIMIT, OURS, PAIRS, Contestant, Size
from benchmarks.game.numbers import HAZARD
from benchmarks.game.process import FailedError, Process
from benchmarks.measure import Deadline, OutOfTimeError, load

Say = Callable[[str], None]


@dataclass
class Contest:
    """What was found: the parts of the JSON file that the reference game fills."""

    agreement: dict[str, Any] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)  # seconds of the process until its first round's answer
    rounds: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def ratios(self, base: str = OURS) -> dict[str, dict[str, dict[str, float]]]:
        """How many times as long the others take for a future as `base`, by the clock and by CPU; see `spread`.

        Of the limit the other way round: how many times as long as it `base` takes. Only programs that agree with the
        reference, and only against a base that does.
        """
        if not self.rounds or not self._agrees(base):
            return {}
        names = [n for n in self.rounds[0]["taken"] if n not in (OURS, PAIRS) and self._agrees(n)]
        return {
            ("c_limit" if name == LIMIT else name): {
                by: spread([self._ratio(r["taken"], name, base, by) for r in self.rounds]) for by in ("seconds", "cpu")
            }
            for name in names
        }

    def _agrees(self, name: str) -> bool:
        return self.agreement.get(name, {}).get("agrees") is True

    @staticmethod
    def _ratio(taken: dict[str, dict[str, float]], name: str, base: str, by: str) -> float:
        theirs, ours = (taken[n][by] / taken[n]["futures"] for n in (name, base))
        return ours / theirs if name == LIMIT else theirs / ours

    @property
    def differs(self) -> list[str]:
        """Names of the programs that play another game."""
        return [name for name, found in self.agreement.items() if found["agrees"] is False]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, quartiles, least and most."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    numbers = {"median": middle, "q1": low, "q3": high, "min": min(values), "max": max(values)}
    return {name: float(f"{value:.4g}") for name, value in numbers.items()}


def judge(found: outcome.Outcome, programs: int) -> dict[str, Any]:
    """Whether an outcome agrees with the reference, and what difference in P(war) would have been noticed.

    `agrees` is None where the futures are too few to tell.
    """
    limit = outcome.limit(programs)
    scores = outcome.differences(found)
    worst = max(scores, key=lambda name: float(np.abs(scores[name]).max()))
    largest = float(np.abs(scores[worst]).max())
    return {
        "futures": found.futures,
        "p_war": round(float(found.values["p_war"]), 4),
        "largest_z": round(largest, 2),
        "at": worst,
        "limit": round(limit, 2),
        "notices_in_p_war": round(limit * outcome.error_of_p_war(found), 4),
        "agrees": bool(largest <= limit) if found.futures >= outcome.FEWEST else None,
    }


def hold(
    *,
    rounds: int,
    cores: int,
    deadline: Deadline,
    say: Say,
    smoke: bool = False,
    checks: int = 1,
    hazard: float = HAZARD,
    seed: int = 1,
    contestants: Sequence[Contestant] = CONTESTANTS,
) -> Contest:
    """Hold the contest.

    Args:
        cores: that a program with threads may use; one without gets one.
        say: told what is going on.
        smoke: with as few futures as will show that everything works.
        checks: how many times as many futures are compared with the reference as their size says.
        hazard: another one than the game's plants an error in every program.
    """
    contest = Contest()
    with ExitStack() as stack:
        playing: dict[Contestant, tuple[Process, Size]] = {}
        for who in contestants:
            size = who.smoke if smoke else who.size
            say(f"reference game: {who.says}")
            try:
                process = stack.enter_context(Process(who, cores, hazard, deadline))
                first = process.play(size.round, seed)
                found = outcome.decode(process.play(size.check * checks, seed)["outcome"])
            except AbsentError as reason:
                contest.skipped[who.name] = str(reason)
            except FailedError as reason:
                contest.failed[who.name] = str(reason)
            except OutOfTimeError:
                contest.skipped[who.name] = "the time was over"
            else:
                playing[who] = process, size
                contest.first[who.name] = round(process.ready["seconds"] + first["seconds"], 3)
                contest.agreement[who.name] = verdict = judge(found, len(contestants))
                if verdict["agrees"] is None:
                    contest.skipped[who.name] = f"{found.futures} futures are too few to be compared"
        for number in range(rounds if playing else 0):
            say(f"reference game: round {number + 1} of {rounds}")
            try:
                contest.rounds.append(_round(playing, number, seed + 1 + number))
            except OutOfTimeError:
                contest.skipped["rounds"] = f"the time was over after {number} of {rounds}"
                break
            except FailedError as reason:
                contest.failed["rounds"] = str(reason)
                break
    return contest


def _round(playing: dict[Contestant, tuple[Process, Size]], number: int, seed: int) -> dict[str, Any]:
    """Everybody plays once; in every other round in the opposite order."""
    taken = {}
    for who in list(playing)[:: -1 if number % 2 else 1]:
        process, size = playing[who]
        found = process.play(size.round, seed)
        taken[who.name] = {"futures": size.round, "seconds": found["seconds"], "cpu": found["cpu"]}
    return {"load": load(), "taken": taken}


def rates(contest: Contest) -> dict[str, dict[str, float]]:
    """Futures per second by the clock and per CPU second: medians over the rounds."""

    def rate(name: str, by: str) -> float:
        taken = [r["taken"][name] for r in contest.rounds]
        return float(f"{statistics.median(t['futures'] / max(t[by], 1e-9) for t in taken):.4g}")

    names = contest.rounds[0]["taken"] if contest.rounds else ()
    return {name: {by: rate(name, by) for by in ("seconds", "cpu")} for name in names}
