"""Figures of the bundled classics: `python -m tests.classics.figures [FOLDER ...]` draws what the engine says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import softmax

from detente.report.figures import Axis, Figure, Series
from tests.classics import evaluate
from tests.classics.catalogue import CLASSICS
from tests.classics.scenarios import fixed_values, game_of, scenario_of
from tests.classics.shelf import BUNDLED, SHELF, built
from tests.classics.walks import walk

Curve = tuple[str, Sequence[float], Sequence[float]]


def draw(title: str, x_name: str, y_name: str, curves: Sequence[Curve]) -> str:
    """A plot of curves, as SVG text."""
    series = [
        Series(name=name, x=list(map(float, xs)), y=list(map(float, ys)), course=at)
        for at, (name, xs, ys) in enumerate(curves)
    ]
    places = [x for line in series for x in line.x]
    figure = Figure(
        title=title,
        about=f"{y_name.capitalize()} against {x_name}: {', '.join(line.name for line in series)}.",
        source="",
        across=Axis(kind="number", name=x_name, low=min(places), high=max(places)),
        upright=Axis(kind="number", name=y_name, low=0.0),
        series=series,
    )
    return figure.file()


def _says(model: str, **changes: object) -> dict:
    return evaluate(model, {**CLASSICS[model].example, **changes})


def _walked(folder: str, steps: int, **given: float) -> dict[str, np.ndarray]:
    scenario = scenario_of(folder, built(folder))
    path = walk(game_of(scenario), fixed_values(scenario, None, **given), steps).path
    return {name: x[:, 0] for name, x in path.items()}


def fearon() -> str:
    demands = CLASSICS["fearon1995_agentQRE_discrete"].example["demands"]
    found = _says("fearon1995_agentQRE_discrete")
    curves = [("asked", demands, found["p_demand"]), ("accepted if asked", demands, found["p_accept_given_demand"])]
    return draw("The more A asks, the more often B fights", "share of the pie that A demands", "chance", curves)


def rubinstein() -> str:
    rounds = list(range(1, 13))
    shares = [_says("rubinstein_finite", T=t)["share1"] for t in rounds]
    endless = _says("rubinstein_infinite")["share1_when_1_proposes"]
    curves = [("with a last round", rounds, shares), ("without one", rounds, [endless] * len(rounds))]
    return draw("What the first to propose keeps", "number of rounds", "share of the pie", curves)


def brinkmanship() -> str:
    turns = CLASSICS["brinkmanship_agentQRE"].example["n_turns"]
    curves = [
        (f"precision {lam:g}", list(range(1, turns + 1)), _says("brinkmanship_agentQRE", lam=lam)["p_escalate"])
        for lam in (1.0, 5.0, 20.0)
    ]
    return draw("Who dares to escalate (C on odd turns, D on even ones)", "turn", "chance of escalating", curves)


def audience() -> str:
    found = _says("audience_costs_discrete")
    days = list(range(found["horizon_steps"] + 1))
    curves = [("still there", days, found["survival"]), ("quits that day", days[:-1], found["hazard"])]
    return draw("One side of a crisis, day by day", "days since the crisis began", "chance", curves)


def richardson() -> str:
    race, deaf = _walked("richardson-1960", 30), _walked("richardson-1960", 30, k=0.0, l=0.0)
    years = list(range(31))
    curves = [
        (f"{name}, {how}", years, path[s])
        for how, path in (("answering", race), ("deaf", deaf))
        for s, name in (("x", "X"), ("y", "Y"))
    ]
    return draw("Arms of two nations", "time", "arms", curves)


def lanchester() -> str:
    path = _walked("lanchester", 100)
    times = list(range(101))
    return draw("Aimed fire", "time", "strength", [("A", times, path["A"]), ("B", times, path["B"])])


def forts() -> str:
    held = list(range(1, 10))
    known = [_says("forts_random_walk", p=p, X=x, N=10)["p_A_wins"] for p in (0.45, 0.5, 0.55) for x in held]
    curves = [(f"p = {p:g}", held, known[9 * i : 9 * i + 9]) for i, p in enumerate((0.45, 0.5, 0.55))]
    unsure = [_says("forts_beta_beliefs", a=9, b=9, X=x, N=10, battles_lost=0)["P_A_wins_prior"] for x in held]
    curves.append(("p unknown, about 0.5", held, unsure))
    return draw("Small edges in battle decide wars", "forts that A holds, of 10", "chance that A wins", curves)


def hawkes() -> str:
    rates = _says("hawkes_discrete_poisson")["lambda_t"]
    steps = list(range(len(rates)))
    return draw(
        "Rates that remember", "step", "expected acts", [(n, steps, [r[i] for r in rates]) for i, n in enumerate("AB")]
    )


def red_line() -> str:
    rungs = CLASSICS["redline_hypotheses"].example["rungs"]
    counts = list(range(1, len(rungs) + 1))
    found = [_says("redline_hypotheses", rungs=rungs[:n])["posterior"] for n in counts]
    names = {"fixed": "fixed line", "accum": "accumulating", "lottery": "lottery", "bluff": "bluff"}
    curves = [(name, counts, [f[key] for f in found]) for key, name in names.items()]
    return draw("Silence is evidence", "provocations without response", "weight of the account", curves)


def qre() -> str:
    lams = np.linspace(0.05, 3, 60)
    found = [_says("logit_qre_2x2", lam=float(lam)) for lam in lams]
    curves = [("principal branch", lams, [f["principal_branch"][0] for f in found])]
    for name, side in (("row swerves more", max), ("row swerves less", min)):
        others = [(lam, side(p for p, _ in f["all_fixed_points"])) for lam, f in zip(lams, found, strict=True)]
        apart = [
            (lam, p) for (lam, p), f in zip(others, found, strict=True) if abs(p - f["principal_branch"][0]) > 1e-6
        ]
        curves.append((name, [lam for lam, _ in apart], [p for _, p in apart]))
    return draw("Chicken: equilibria part as errors grow rare", "precision", "chance that row swerves", curves)


def crisis() -> str:
    lams = np.linspace(0, 10, 21)
    found = [_says("crisis_agent_logit", lam=float(lam))["outcomes"] for lam in lams]
    names = {"SQ": "status quo", "CD": "B concedes", "BD": "A backs down", "SF": "a fight"}
    return draw(
        "How the crisis ends", "precision", "chance", [(n, lams, [f[k] for f in found]) for k, n in names.items()]
    )


def level_k() -> str:
    found = _says("levelk_crisis")
    levels = list(range(7))
    curves = [
        (name, levels, found[f"p_{key}_by_level"])
        for key, name in (("challenge", "A challenges"), ("resist", "B resists"), ("attack", "A attacks"))
    ]
    return draw("What each level of reasoning does", "level", "chance", curves)


def powell() -> str:
    later = np.round(np.arange(0.0, 0.51, 0.05), 2)
    found = [_says("powell_commitment", p1=float(p)) for p in later]
    values = [("D", later, [f["D_value"] for f in found]), ("R", later, [f["R_value"] for f in found])]
    peace = [p for p, f in zip(later, found, strict=True) if not f["war"]]
    values.append(
        ("offer today, if peace", peace, [f["offer_today"] for f, p in zip(found, later, strict=True) if p in peace])
    )
    return draw("War where D will be weak", "chance that D would win later", "pies", values)


def war_1800() -> str:
    """At the estimates, an autocratic initiator and the mean balance of capabilities; needs the user's own data."""
    import detente
    from detente.engine.foresight import policy as foresight
    from detente.engine.game import rules
    from detente.engine.game.compile import compile_game
    from detente.engine.game.panel import one_case
    from tests.classics.war_1800 import NAMES

    scenario = detente.load("classics/war-1800")
    assert scenario.cases is not None
    game = one_case(compile_game(scenario))
    found = _says("egame12_war1800_m2_logit_agent")["coef"]
    alike = np.linspace(-1.0, 1.0, 41)
    columns = scenario.cases.columns
    typical = dict.fromkeys(columns, 0.0) | {"case.balanc": float(np.mean(columns["case.balanc"]))}

    def escalates(revises: float, democracy: float) -> np.ndarray:
        known = typical | {"case.revis1": revises, "case.regime2.dem": democracy}
        theta = {id: np.full(len(alike), found[name]) for id, name in NAMES.items()}
        theta |= {id: np.full(len(alike), value) for id, value in known.items()} | {"case.s_wt_re1": alike}
        row = foresight.foreseen(game, theta, rules.start(game, theta, np.zeros(len(alike))), 0)[0]
        return softmax(np.stack([np.broadcast_to(o.logit, len(alike)) for o in row]), axis=0)[1]

    curves = [
        (f"{aims}, {target}", alike, escalates(revises, democracy))
        for revises, aims in ((0.0, "content"), (1.0, "revisionist"))
        for democracy, target in ((0.0, "autocracy"), (1.0, "democracy"))
    ]
    across = "similarity of alliances (S); curves by the initiator's aims and the target"
    return draw("When the initiator escalates", across, "chance", curves)


FIGURES: dict[str, Callable[[], str]] = {
    "fearon-1995": fearon,
    "rubinstein-1982": rubinstein,
    "brinkmanship": brinkmanship,
    "audience-costs": audience,
    "richardson-1960": richardson,
    "lanchester": lanchester,
    "forts": forts,
    "hawkes": hawkes,
    "red-line": red_line,
    "qre": qre,
    "crisis": crisis,
    "level-k": level_k,
    "powell-2006": powell,
    "war-1800": war_1800,
}


def main(folders: Sequence[str]) -> None:
    for folder in folders or FIGURES:
        assert folder in BUNDLED
        (SHELF / folder / "figure.svg").write_text(FIGURES[folder](), encoding="utf-8")
        print(f"drew {folder}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
