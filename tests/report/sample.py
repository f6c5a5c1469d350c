"""A made-up but realistic results object: 25 claims, 3 courses, 12 stocks, 30 parameters, 180 ledger rows.

Every number is invented, and the same on every run. `python -m tests.report.sample PAGE.html` renders it for a look.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

import yaml

from detente.result import Result, decode
from detente.result.claims import verdict_of

STORY: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("story.yaml").read_text(encoding="utf-8"))
START, BRANCH = dt.date(2022, 2, 21), dt.date(2024, 8, 5)
NOW, END = dt.date(2024, 8, 19), dt.date(2025, 8, 18)
WEEK = dt.timedelta(days=7)


def sample() -> dict[str, Any]:
    """The content of results.json, as `detente run --json` would print it."""
    luck = random.Random(7)
    claims = {name: _claim(luck, name, *row) for name, row in STORY["claims"].items()}
    return {
        "detente": "0.1.0",
        "schema": 2,
        "scenario": "kursk-2024",
        "scenario_sha256": "3b1f" * 16,
        "seed": 1,
        "asked": {"seed": 1, "draws": 1000, "futures": 256, "fit": True},
        "made": {
            "date": "2024-09-02",
            "versions": {"detente": "0.1.0", "python": "3.11.7", "numpy": "2.4.6"},
            "engine": "machine code",
        },
        "title": "The Kursk incursion, August 2024",
        "question": "Did the incursion into Kursk bring the war nearer to its end, or nearer to a wider war?",
        "summary": "An essay of August 2024 held that the thrust into Kursk set talks back and raised the risk of a "
        "wider war; its critics said that red lines had proved empty. Both run on the same model here. "
        "All numbers of this sample are invented.",
        "clock": {"start": f"{START}", "branch": f"{BRANCH}", "now": f"{NOW}", "end": f"{END}", "step_days": 7},
        "draws": 1000,
        "futures": 256,
        "actors": STORY["actors"],
        "hypotheses": {name: row | {"worst_stretches": _stretches(luck)} for name, row in STORY["hypotheses"].items()},
        "checks": {
            "steps": 13,
            "false_alarm": 0.05,
            "tests": {name: 180 for name in STORY["hypotheses"]},
            "flagged": {name: at for at, name in enumerate(STORY["hypotheses"])},
        },
        "influence": {
            "rows": [_row(luck, at) | {"taught": luck.random(), "taught_mc_error": 0.02} for at in range(5)],
            "left_out": 171,
            "unreliable": 3,
            "refitted": 1,
        },
        "parameters": {name: _parameter(luck, *row) for name, row in STORY["parameters"].items()},
        "derived": {
            "reproduction": {
                "says": "Further strikes that one strike brings on",
                "unit": "strikes per strike",
                "value": "a + b",
                "prior": _spread(0.6, 0.2),
                "posterior": _spread(0.5, 0.1),
                "posterior_mc_error": 0.004,
                "by_hypothesis": {},
            }
        },
        "beside": {"other": _other()},
        "courses": {name: _course(luck, place, *row) for place, (name, row) in enumerate(STORY["courses"].items())},
        "claims": claims,
        "arguments": {
            "essay": {"title": "The essay: a step towards a wider war", "by": "A. Writer", "date": "2024-08-21"},
            "rebuttal": {"title": "The rebuttal: no such red lines", "by": "B. Critic", "date": "2024-09-03"},
        },
        "ledger": _ledger(luck),
        "quantities": STORY["quantities"],
        "fit": {
            "algorithm": "adaptive tempered SMC with independent islands",
            "particles": 1024,
            "islands": 8,
            "temperatures": {name: [0.0, 0.001, 0.01, 0.05, 0.2, 0.55, 1.0] for name in STORY["hypotheses"]},
            "acceptance": {name: 0.41 for name in STORY["hypotheses"]},
            "ledger_rows": 902,
            "problems": ["bluff: the evidence differs by 0.6 between islands; use more particles"],
        },
        "lead": {
            "event": "talks-open",
            "text": "With the incursion talks are less likely to open by 18 Aug 2025 than without it.",
        },
        "lint": ["parameter 'boldness' has no source", "move 'UA.talks refuse' is never used in the ledger"],
        "not_built": ["settlement: the zone of agreement", "mirror: the same act with seats exchanged"],
        "methods": STORY["methods"],
        "status": "ok",
        "timings": {
            "load_s": 0.31,
            "compile_s": 4.2,
            "fit_s": 41.7,
            "simulate_s": 8.8,
            "analyse_s": 3.1,
            "report_s": 0.2,
            "total_s": 58.3,
            "fit_cached": False,
        },
    }


def read(content: dict[str, Any]) -> Result:
    """The result that a content of results.json holds."""
    return decode(json.dumps(content), "results.json")


def minimal() -> dict[str, Any]:
    """The least that a run can hand over: one course with nothing in it, and no claims, ledger or quantities."""
    empty = {"parameters": {}, "claims": {}, "arguments": {}, "quantities": {}, "ledger": [], "lint": [], "methods": []}
    free = {"name": "", "branch": f"{BRANCH}", "futures": 256, "forced": [], "forbidden": []}
    free |= {"events": {}, "moves": {}, "stocks": {}}
    model = {"says": "", "prior": 1.0, "posterior": 1.0, "posterior_mc_error": 0.0, "log_evidence": 0.0}
    changed = {"courses": {"free": free}, "hypotheses": {"model": model | {"log_evidence_mc_error": 0.0}}}
    changed |= {"checks": None, "influence": None}
    rest = {"lead": {"event": None, "text": ""}, "not_built": [], "question": "", "summary": ""}
    rest |= {"fit": {"algorithm": "none"}, "derived": {}, "beside": {}}
    return sample() | empty | changed | rest


def _spread(mean: float, sd: float) -> dict[str, float]:
    """A normal spread."""
    at = {"q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}
    return {"mean": mean, "sd": sd} | {name: mean + z * sd for name, z in at.items()}


def _other() -> dict[str, Any]:
    """The kept fit of another scenario."""
    one = {"says": "", "prior": 0.5, "posterior": 0.5, "posterior_mc_error": 0.01, "log_evidence_mc_error": 0.3}
    return {
        "scenario": "other",
        "title": "Another record",
        "question": "Is it the season?",
        "seed": 1,
        "scenario_sha256": "ab" * 32,
        "detente": "0.1.0",
        "clock": {
            "start": "2023-01-02",
            "branch": "2023-06-05",
            "now": "2023-06-05",
            "end": "2024-01-01",
            "step_days": 1,
        },
        "hypotheses": {
            "season": one | {"says": "It is the season", "log_evidence": -103.0},
            "reprisal": one | {"says": "It is reprisal", "log_evidence": -100.0, "log_evidence_mc_error": 0.4},
        },
        "derived": {},
        "bayes_factors": [
            {
                "hypothesis": "reprisal",
                "against": "season",
                "log": 3.0,
                "mc_error": 0.5,
                "factor": 20.1,
                "low": 7.39,
                "high": 54.6,
            }
        ],
    }


def _claim(luck: random.Random, name: str, part: str, says: str, test: str, before: Any, after: Any, crux: str) -> Any:
    argument = name.split("/")[0]
    row = {"argument": argument, "part": part, "says": says, "test": test, "untestable": ""}
    if before is None:
        nothing = {"credence_prior": None, "credence": None, "mc_error": None, "words": "", "evidence_share": None}
        nothing |= {"moved": None, "moved_mc_error": None, "open_shares": None, "influence": []}
        rest = {"verdict": "not testable yet", "by_hypothesis": {}, "flipped_by_hypothesis": [], "crux": []}
        return row | {"test": None, "untestable": crux, "margin": None} | nothing | rest
    by = {key: round(min(1, max(0, after + luck.uniform(-0.25, 0.25))), 3) for key in STORY["hypotheses"]}
    rows = [_crux(luck, key, after, at == 0) for at, key in enumerate(crux.split())]
    return row | {
        "credence_prior": before,
        "credence_prior_mc_error": 0.016,
        "credence": after,
        "mc_error": round(0.004 + 0.03 * math.sqrt(after * (1 - after)), 4),
        "inner_bias": round(luck.uniform(-0.02, 0.02), 4),
        "words": "",
        "verdict": verdict_of(after),
        "evidence_share": round(abs(after - before), 4),
        "moved": round(after - before, 4),
        "moved_mc_error": 0.02,
        "open_shares": None if after in (0, 1) else _open_shares(luck),
        "influence": [_row(luck, at) | {"change": round(luck.gauss(0, 0.05), 4), "mc_error": 0.008} for at in range(5)],
        "by_hypothesis_mc_error": {key: 0.02 for key in by},
        "verdict_by_hypothesis": {key: verdict_of(p) for key, p in by.items()},
        "by_hypothesis": by,
        "flipped_by_hypothesis": [key for key, p in by.items() if (p > 0.5) != (after > 0.5)],
        "crux": rows,
        "margin": {"left": round(luck.uniform(0.05, 0.6), 4), "right": round(luck.uniform(0.05, 0.6), 4)},
    }


def _open_shares(luck: random.Random) -> dict[str, Any]:
    cuts = sorted(luck.random() for _ in range(3))
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, 1], strict=True)]
    keys = ("learned", "unlearned", "hypothesis", "unexplained")
    return {key: {"share": round(share, 4), "mc_error": 0.03} for key, share in zip(keys, shares, strict=True)}


def _row(luck: random.Random, at: int) -> dict[str, Any]:
    kind, name, what = luck.choice(
        [("move", "UA.fires", "deep-strike"), ("event", "event", "talks-open"), ("measurement", "kursk.held", "1180")]
    )
    return {
        "date": str(START + luck.randrange(120) * WEEK),
        "kind": kind,
        "name": name,
        "what": what,
        "source": "Wire agency",
        "log_p": round(luck.uniform(-6, -1), 3),
        "k_hat": None if at == 4 else round(luck.uniform(0, 0.9), 3),
        "reliable": at != 2,
        "method": "refit" if at == 3 else "re-weighted",
    }


def _stretches(luck: random.Random) -> list[dict[str, Any]]:
    rows = []
    for at, kind in enumerate(("moves", "event", "measurements", "sizes", "moves")):
        first = START + 13 * luck.randrange(9) * WEEK
        rows.append(
            {
                "from": str(first),
                "to": str(first + 13 * WEEK - dt.timedelta(days=1)),
                "kind": kind,
                "name": "kursk.held" if kind == "measurements" else "talks-open" if kind == "event" else "RU.fires",
                "cells": 13,
                "surprise": 12.3 - at,
                "expected": 5.1,
                "z": 3.3 - at / 2,
                "z_mc_error": 0.02,
                "p": 0.0001 * 8**at,
                "p_mc_error": 0.0001,
                "flagged": at == 0,
            }
        )
    return rows


def _crux(luck: random.Random, parameter: str, after: float, confirmed: bool) -> dict[str, Any]:
    at = float(f"{luck.uniform(0.02, 2.5):.3g}")
    return {
        "parameter": parameter,
        "separation": round(luck.uniform(0.6, 0.95), 3),
        "flips_at": at if confirmed else None,
        "direction": luck.choice(["below", "above"]),
        "p_beyond": round(luck.uniform(0.03, 0.4), 3),
        "held_at": round(at * 0.9, 4),
        "credence_there": round(1 - after, 3),
        "credence_there_mc_error": 0.021,
        "confirmed": confirmed and luck.random() < 0.8,
        "curve": [[at * k / 2, after + (1 - 2 * after) * k / 6] for k in range(5)],
        "why": "" if confirmed else "the credence stays on one side of 50% over the whole range",
    }


def _summary(mean: float, sd: float) -> dict[str, float]:
    at = {"q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}
    return {"mean": round(mean, 5), "sd": round(sd, 5)} | {key: round(mean + z * sd, 5) for key, z in at.items()}


def _parameter(luck: random.Random, unit: str, prior: str, why: str, source: list[str]) -> dict[str, Any]:
    mean, sd = (float(text) for text in prior[prior.index("(") + 1 : -1].split(", ")) if "," in prior else (1e9, 0.0)
    learned = round(luck.betavariate(1, 1.3), 4)
    small = sd * math.sqrt(1 - learned)
    after = _summary(mean + luck.gauss(0, 0.6) * (sd - small), small)
    return {
        "unit": unit,
        "why": why,
        "source": source,
        "hypotheses": list(STORY["hypotheses"]),
        "prior_text": prior,
        "prior": _summary(mean, sd),
        "posterior": after,
        "posterior_mc_error": round(small / 20, 5),
        "learned": learned if sd else None,
        "by_hypothesis": {key: {k: after[k] for k in ("mean", "sd", "q05", "q95")} for key in STORY["hypotheses"]},
    }


def _course(luck: random.Random, place: int, name: str, forced: list[Any], forbidden: list[Any]) -> Any:
    moves = {
        track: {
            move: {"per_step": luck.uniform(0.01, 0.4), "rung": rung, "p": luck.uniform(0.3, 1)}
            for move, rung in rows.items()
        }
        for track, rows in STORY["tracks"].items()
    }
    events = {event: _event(says, p[place], place) for event, (says, p) in STORY["events"].items()}
    stocks = {stock: _stock(stock, *row, place) for stock, row in STORY["stocks"].items()}
    about = {"name": name, "branch": f"{BRANCH}", "futures": 256, "forced": forced, "forbidden": forbidden}
    return about | {"events": events, "moves": moves, "stocks": stocks}


def _event(says: str, p: float, place: int) -> dict[str, Any]:
    dates = [BRANCH + k * WEEK for k in range(1, 55)]
    curve = [p * (1 - math.exp(-2.2 * k / 54)) / (1 - math.exp(-2.2)) for k in range(1, 55)]
    low, high = [y * 0.45 for y in curve], [min(1.0, y * (1.6 + 0.1 * place)) for y in curve]
    row = {"dates": [str(day) for day in dates], "p": curve, "q05": low, "q95": high}
    return {
        "says": says,
        "p": p,
        "q05": low[-1],
        "q95": high[-1],
        "mc_error": 0.1 * math.sqrt(p * (1 - p)) / 3,
        "p_prior": min(1.0, p * 1.4),
        "epistemic_sd": p * 0.3,
        "aleatory_sd": math.sqrt(p * (1 - p)),
        "epistemic_share": 0.18,
        "by_date": row,
        "median_date": "2025-03-10" if p > 0.5 else None,
    }


def _stock(stock: str, unit: str, base: float, growth: list[float], spread: float, observed: bool, place: int) -> Any:
    luck = random.Random(stock)
    history, level = [], base
    for _ in range((BRANCH - START).days // 7 + 1):
        level = max(0.0, level + luck.gauss(0, spread / 12))
        history.append(level)
    future, wide = [], []
    for k in range((END - BRANCH).days // 7 + 1):
        future.append(max(0.0, history[-1] + growth[place] * (1 - math.exp(-k / 12))))
        wide.append(spread * math.sqrt(k / 54) + 1e-9)
    fan = {
        key: [max(0.0, y + z * w) for y, w in zip(future, wide, strict=True)]
        for key, z in {"mean": 0.0, "q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}.items()
    }
    weeks = [str(START + k * WEEK) for k in range(len(history))]
    rows = [
        {
            "date": weeks[k],
            "value": round(history[k] + luck.gauss(0, spread / 15), 1),
            "source": "Map project",
            "grade": "B2",
            "file": f"observed/{stock}.csv",
        }
        for k in range(0, len(history), 4)
    ]
    end = {key: fan[key][-1] for key in fan}
    return {
        "unit": unit,
        "why": "",
        "end": end | {"sd": wide[-1], "epistemic_share": 0.4, "mc_error": wide[-1] / 30},
        "dates": [str(BRANCH + k * WEEK) for k in range(len(future))],
        **fan,
        "history": {"dates": weeks, "mean": history},
        "observed": rows if observed else [],
    }


def _ledger(luck: random.Random) -> list[dict[str, Any]]:
    rows = []
    names = [*STORY["tracks"], "event", "context"]
    for at in range(180):
        track = names[at % len(names)]
        choices = {"event": {"talks-open": 0}, "context": {"mutiny": 0, "peace-summit": 0}} | STORY["tracks"]
        move, rung = luck.choice(list(choices[track].items()))
        day = START + dt.timedelta(days=luck.randrange((NOW - START).days))
        rows.append(
            {
                "date": str(day),
                "track": track,
                "move": move,
                "target": luck.choice(["", "RU", "UA"]),
                "magnitude": round(luck.uniform(40, 400)) if track == "RU.fires" else None,
                "source": luck.choice(["Institute of the Front", "Ministry of Defence", "Wire agency"]),
                "published": str(day + dt.timedelta(days=1)),
                "grade": luck.choice(["A1", "B2", "C3", "F6"]),
                "url": f"https://example.org/report/{at}" if at % 3 else "",
                "note": f"Entry {at}: what was done, where, and by whose account; figures with whose claim they are.",
                "folded": at % 29 == 0,
                "rung": rung or None,
            }
        )
    return sorted(rows, key=lambda row: row["date"])


if __name__ == "__main__":
    from detente.report import render

    Path(sys.argv[1]).write_text(render(read(sample())), encoding="utf-8")
