"""Scenarios made at random that between them say whatever the language can say; the same seed gives the same texts.

They are written as the files of a scenario folder and read by the loader, so that they are valid by its rules. Every
quantity stays near 1 in size and every hazard between 0 and 0.9: what two engines make of them differs by rounding, and
not because something ran away. What the record says is possible under the model: moves whose needs turn on a stock, and
events behind a red line, are never in it. (Foresight and the settlement stay out: the one is NumPy's alone, the other
is no part of a future.)
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from detente.language.load import load
from detente.language.records import Scenario

START = dt.date(2024, 1, 1)
PRIORS = {
    "normal": "normal(0.3, 0.5)",
    "lognormal": "lognormal(-0.6, 0.4)",
    "halfnormal": "halfnormal(0.7)",
    "truncnormal": "truncnormal(0.4, 0.8, -0.5, 1.5)",
    "uniform": "uniform(-0.8, 1)",
    "loguniform": "loguniform(0.2, 1.6)",
    "beta": "beta(2, 3)",
    "gamma": "gamma(3, 4)",
    "exponential": "exponential(1.8)",
    "fixed": "fixed(0.6)",
}
# the arguments of each family of sizes around a value {a}, and sizes that a record may give whatever {a} is
SIZES: dict[str, tuple[str, tuple[str, ...]]] = {
    "normal": ("normal(1 + 0.3 * ({a}), 0.4)", ("0.7", "1.6", "-0.2")),
    "lognormal": ("lognormal(0.2 * ({a}), 0.5)", ("0.6", "1.4", "2.5")),
    "halfnormal": ("halfnormal(0.8 + 0.1 * abs({a}))", ("0.3", "1.1")),
    "truncnormal": ("truncnormal(0.5 * ({a}), 0.8, 0.2, 2)", ("0.4", "1.3")),
    "uniform": ("uniform(0.4, 1.5 + 0.2 * abs({a}))", ("0.5", "1.2")),
    "loguniform": ("loguniform(0.5, 2 + 0.2 * abs({a}))", ("0.7", "1.5")),
    "exponential": ("exponential(1 + 0.2 * abs({a}))", ("0.2", "0.9")),
    "fixed": ("fixed(0.8 + 0.2 * ({a}))", ()),
}
MODELS = ("normal", "lognormal", "poisson", "negbinomial")
LATENT = ("drift", "tide", "swell")  # stocks with noise, which feed each other


def random_scenario(seed: int, *, cases: int = 0) -> Scenario:
    """The scenario of a seed.

    Args:
        cases: of a panel; 0 makes a scenario that is none.
    """
    with tempfile.TemporaryDirectory(prefix="detente-random-") as folder:
        root = Path(folder) / f"random-{seed}"
        for name, text in texts(seed, cases=cases).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return load(root)


def texts(seed: int, *, cases: int = 0) -> dict[str, str]:
    """The files of a scenario folder, by name within it."""
    return _Maker(seed, cases).files()


def drawn(scenario: Scenario, draws: int, seed: int, hypothesis: str | None = None) -> np.ndarray:
    """Parameter values from the priors of a hypothesis (the first when None), within three sd: (parameter, draw)."""
    hypothesis = hypothesis or next(iter(scenario.hypotheses))
    u = np.random.default_rng(seed).uniform(0.002, 0.998, (len(scenario.parameters), draws))
    rows = []
    for name, row in zip(scenario.parameters, u, strict=True):
        prior = scenario.prior(name, hypothesis)
        rows.append(np.full(draws, prior.arguments[0]) if prior.family == "fixed" else prior.frozen().ppf(row))
    return np.array(rows).reshape(len(rows), draws)


class _Maker:
    """Writes one scenario. Features that all of them should show between them turn with the seed, the rest is dice."""

    def __init__(self, seed: int, cases: int) -> None:
        self.seed, self.dice = seed, random.Random(seed)
        self.cases = [f"c{n:02d}" for n in range(cases)]
        families = list(PRIORS)
        self.parameters = {f"p{i}": families[(3 * seed + i) % len(families)] for i in range(6)}
        self.parameters["size.rate"] = "lognormal"  # above 0, for scales
        self.latent = LATENT[: 1 + seed % 3]
        self.stocks = ("heat", "level", "count", *self.latent)  # what expressions read
        self.sizes = 2 * seed
        self.record = self.steps = 6 + seed % 3 if cases else 8 + seed % 5
        self.step_days = 7 if seed % 2 else 3
        self.branch = self.record - seed % 3  # the last steps of the record inform without being part of a course
        if not cases:
            self.steps = self.record + 8 + seed % 4

    # ---- dice

    def pick(self, items: Sequence):
        return items[int(self.dice.random() * len(items))]

    def chance(self, p: float) -> bool:
        return self.dice.random() < p

    def number(self, low: float, high: float) -> str:
        return f"{low + (high - low) * self.dice.random():.2f}"

    def day(self, step: int) -> str:
        return str(START + dt.timedelta(days=step * self.step_days))

    # ---- expressions

    def value(self, depth: int = 2, more: Sequence[str] = ()) -> str:
        """A number of about 1 in size. `more`: names that it may read besides stocks and parameters."""
        if depth == 0 or self.chance(0.15):
            return self.leaf(more)
        a, b = self.value(depth - 1, more), self.value(depth - 1, more)
        form = self.pick(
            (
                "{a} + {b}",
                "{a} - ({b})",
                "({a}) * logistic({b})",
                "({a}) / (1 + abs({b}))",
                "-({a})",
                "where({c}, {a}, {b})",
                "min({a}, {b}, 2)",
                "max({a}, {b}, -2)",
                "exp(min(1, {a}))",
                "exp(-abs({a}))",
                "log(1.2 + abs({a}))",
                "sqrt(0.1 + abs({a}))",
                "logistic({a})",
                "abs({a})",
                "sin({a})",
                "cos({a})",
                "sin({a}) ** 2",
                "cos({a}) ** 3",
                "(0.5 + abs(sin({a}))) ** 0.7",
                "(0.6 + logistic({a})) ** cos({b})",
                "0.7 * ({a}) + {n} * ({b})",
                "2 ** (min(1, {a}) - 1)",
                "({a}) / 2",
                "1 / (1 + ({a}) ** 2)",
            )
        )
        return form.format(a=a, b=b, c=self.condition(depth - 1, more), n=self.number(-0.5, 0.5))

    def leaf(self, more: Sequence[str]) -> str:
        kind = self.dice.random()
        if more and kind < 0.25:
            return self.pick(more)
        if self.cases and kind < 0.4:
            return self.pick(("case.power", "case.regime.old"))
        if kind < 0.45:
            return self.pick([p for p in self.parameters if p != "size.rate"])
        if kind < 0.9:
            return {"level": "0.2 * level", "heat": "0.3 * heat"}.get(name := self.pick(self.stocks), f"0.5 * {name}")
        return self.pick(("cos(6.2832 * clock.season)", "sin(0.4 * clock.step)", self.number(-1, 1)))

    def condition(self, depth: int, more: Sequence[str] = ()) -> str:
        if depth > 0 and self.chance(0.3):
            a, b = self.condition(depth - 1, more), self.condition(depth - 1, more)
            return self.pick((f"({a} and {b})", f"({a} or {b})", f"(not {a})"))
        step = int(self.record * 1.5 * self.dice.random())
        return self.pick(
            (
                f"{self.value(depth, more)} {self.pick(('<', '<=', '>', '>='))} {self.number(-0.5, 1)}",
                f"clock.step {self.pick(('==', '!=', '<', '>='))} {step}",
                f"count {self.pick(('==', '!='))} {int(3 * self.dice.random())}",
            )
        )

    # ---- sections

    def files(self) -> dict[str, str]:
        observed = self.observed()
        tracks, moves = self.tracks()
        events, sure = self.events()
        sections = [
            "detente: 1",
            f"title: Made at random, number {self.seed}",
            self.clock(),
            f'actors:\n  A: {{name: One side, utility: "{self.value()}", discount: 0.95}}\n'
            f'  B: {{name: The other, utility: "{self.value()}"}}\n  C: A third',
            "parameters:",
            *(f"  {p}: {{prior: {PRIORS[family]}, unit: none}}" for p, family in self.parameters.items()),
            *self.hypotheses(),
            "stocks:",
            *self.stock_lines(observed),
            "tracks:",
            *tracks,
            "events:",
            *events,
            *self.courses(moves),
        ]
        found = {"scenario.yaml": "\n".join(sections) + "\n", "history.csv": self.history(moves, sure)}
        found |= {name: text for name, (_, text) in observed.items()}
        if self.cases:
            rows = [f"{c},{self.number(-1, 1)},{self.pick(('old', 'new'))}" for c in self.cases]
            found["cases.csv"] = "\n".join(["case,power,regime", "c00,0.5,old", *rows[1:]]) + "\n"
        return found

    def clock(self) -> str:
        days = {"start": 0, "branch": self.branch, "now": self.record, "end": self.steps}
        shown = [f"{name}: {self.day(k)}" for name, k in days.items() if not self.cases or name in ("start", "end")]
        return f"clock: {{{', '.join(shown)}, step: {self.step_days} days}}"

    def hypotheses(self) -> list[str]:
        if self.seed % 2:
            return []
        return [
            "hypotheses:",
            "  plain: {weight: 2}",
            "  other: {weight: 1, set: {p0: fixed(0.9), p1: uniform(0.1, 0.9)}}",
        ]

    def observed(self) -> dict[str, tuple[str, str]]:
        """Measured series by file: the text of its entry, and of its table."""
        first, second = MODELS[self.seed % 4], MODELS[(self.seed + 1) % 4]
        wanted = {"level": [first, second] if self.seed % 3 else [first], "drift": ["normal"]}
        if self.seed % 4 == 3:
            wanted["heat"] = ["own"]
        return {
            f"observed/{stock}-{n}.csv": self.series(stock, n, model)
            for stock, models in wanted.items()
            for n, model in enumerate(models)
        }

    def series(self, stock: str, number: int, model: str) -> tuple[str, str]:
        scale = {
            "normal": "normal(0.4 + 0.3 * size.rate)",
            "lognormal": "lognormal(0.3 + 0.1 * abs(p0))",
            "poisson": "poisson()",
            "negbinomial": "negbinomial(2 + size.rate)",
            "own": "normal()",
        }[model]
        gaussian = model in ("normal", "lognormal", "own")
        typical = {"level": 4.0, "heat": 0.8, "drift": 0.2}[stock]
        rows = []
        for case in self.cases or [""]:
            for boundary in range(self.record + 1):
                if not self.chance(0.5):
                    continue
                value = typical * (0.6 + 0.8 * self.dice.random()) if stock != "drift" else self.dice.random() - 0.5
                shown = f"{value:.3f}" if gaussian else str(round(value))
                sd = self.number(0.3, 0.6) if model == "own" or (gaussian and self.chance(0.4)) else ""
                rows.append(",".join([*([case] if case else []), self.day(boundary), shown, sd]))
        header = ",".join([*(["case"] if self.cases else []), "date", "value", "sd"])
        entry = f'{{file: observed/{stock}-{number}.csv, model: "{scale}"}}'
        return entry, "\n".join([header, *rows]) + "\n"

    def stock_lines(self, observed: Mapping[str, tuple[str, str]]) -> list[str]:
        flows = {
            "heat": ("0.3", "[0, 8]", f"-0.3 * heat + 0.1 * ({self.value(1)})", ""),
            "level": ("4 + 0.2 * p1", "[0.1, 60]", f"0.1 * ({self.value()})", ""),
            "count": ("0", "[-50, 50]", "", ""),
            "aside": (
                "0.5 * p0 - 1",
                "[-1, 1.2]",
                f"-0.3 * aside + 0.3 * ({self.value()})",
                "0.1" if self.seed % 2 else "",
            ),
        }
        for n, name in enumerate(self.latent):
            others = [f"{self.number(-0.3, 0.3)} * {other}" for other in self.latent if other != name]
            flow = " + ".join([f"-0.4 * {name}", *others])
            if self.seed % 5 == 4 and n == 0:  # not linear
                flow += f" + 0.2 * sin({name})"
            noise = ("0.2 + 0.1 * abs(p2)", "0.3 * size.rate", "0.25")[n]
            flows[name] = ("0", "[-40, 40]", flow, noise)
        if self.seed % 2 == 0:  # what is measured carries the noise of another stock
            initial, bounds, flow, noise = flows["level"]
            flows["level"] = (initial, bounds, f"{flow} + 0.3 * {self.latent[-1]}", noise)
        lines = []
        for name, (initial, bounds, flow, noise) in flows.items():
            parts = [f'initial: "{initial}"', "unit: none", f"range: {bounds}"]
            parts += [f'flow: "{flow}"'] if flow else []
            parts += [f'noise: "{noise}"'] if noise else []
            entries = [entry for file, (entry, _) in observed.items() if file.startswith(f"observed/{name}-")]
            parts += [f"observed: [{', '.join(entries)}]"] if entries else []
            lines.append(f"  {name}: {{{', '.join(parts)}}}")
        return lines

    def tracks(self) -> tuple[list[str], dict[str, dict[str, tuple[int, tuple[str, ...]]]]]:
        """Lines, and per track and move what a record needs to know: the step from which on its needs are met, and
        sizes that it may have."""
        lines, moves = [], {}
        for number, track in enumerate(("A.first", "B.second", "C.third")[: 2 + self.seed % 2]):
            lines.append(f"  {track}:")
            moves[track] = {}
            for n in range(1 + (self.seed + number) % 3):
                move = ("probe", "raid", "storm")[n]
                parts, since, sizes = [f'rung: {n + 1}, appeal: "{self.value(3)}"'], 0, ("",)
                if n and self.chance(0.6):
                    since, needs = self.pick(((n, f"clock.step >= {n}"), (self.steps, self.condition(2))))
                    parts.append(f'needs: "{needs}"')
                more: list[str] = []
                if (number + n) % 2 == self.seed % 2:
                    self.sizes += 1
                    family, sizes = SIZES[list(SIZES)[self.sizes % len(SIZES)]]
                    parts.append(f'magnitude: "{family.format(a=self.value(1))}"')
                    sizes, more = (*sizes, ""), ["magnitude"]
                parts.append(f"effects: {{{self.effects(more)}}}")
                lines.append(f"    {move}: {{{', '.join(parts)}}}")
                moves[track][move] = (since, sizes)
        return lines, moves

    def effects(self, more: Sequence[str]) -> str:
        wanted = {"heat": f"0.5 + 0.2 * ({self.value(1, more)})"}
        if more:
            wanted["level"] = "-0.2 * magnitude"
        if self.chance(0.5):
            wanted["count"] = self.pick(("+1", "1", "-1"))
        if self.chance(0.4):
            wanted[self.pick(self.latent)] = self.pick(("0.4", "-0.3 * " + self.latent[0]))
        if self.chance(0.4):
            wanted["aside"] = self.value(2, more)
        return ", ".join(f'{stock}: "{text}"' for stock, text in wanted.items())

    def events(self) -> tuple[list[str], tuple[str, ...]]:
        """Lines, and the ids of the events that may always happen."""
        forms = {
            "talks": (f"0.02 + 0.2 * logistic({self.value()})", "once: true, "),
            "clash": (f"min(0.8, 0.05 + 0.1 * abs({self.value()}) + 0.04 * heat)", ""),  # excites itself
            "line-crossed": (f"where(heat > 0.6 + abs({self.pick(('p3', 'p4'))}), 0.3, 0)", "once: true, "),
            "war": (f"0.04 * exp(-abs({self.value(1)}))", "ends: true, "),
        }
        if self.seed % 4 == 2:
            del forms["war"]
        lines = [f'  {id}: {{hazard: "{h}", {kind}effects: {{{self.effects(())}}}}}' for id, (h, kind) in forms.items()]
        return lines, ("talks", "clash")

    def history(self, moves: Mapping, sure: Sequence[str]) -> str:
        rows, done = [], set()
        end = self.record if self.seed % 6 or self.seed % 4 == 2 else self.record - 2  # where the war ends
        for case in self.cases or [""]:
            done.clear()
            for step in range(end):
                found = []
                for track, known in moves.items():
                    move = self.pick(list(known))
                    since, sizes = known[move]
                    if self.chance(0.45) and step >= since:
                        found.append((track, move, self.pick(sizes)))
                for event in sure:
                    if self.chance(0.2) and event not in done:
                        found.append(("event", event, ""))
                        done |= {event} if event == "talks" else set()
                if end < self.record and step == end - 1:
                    found.append(("event", "war", ""))
                rows += [",".join([*([case] if case else []), self.day(step), *cells]) for cells in found]
        header = ",".join([*(["case"] if self.cases else []), "date", "track", "move", "magnitude"])
        return "\n".join([header, *rows]) + "\n"

    def courses(self, moves: Mapping) -> list[str]:
        track, other = list(moves)[:2]
        move, sizes = next(iter(moves[track])), next(iter(moves[track].values()))[1]
        size = ", magnitude: 1.1" if len(sizes) > 1 else ""
        at = 0 if self.cases else self.branch
        lines = [
            "courses:",
            "  free: {name: As it comes}",
            f"  pushed: {{force: {{{track}: {{{self.day(at)}: {{move: {move}{size}}}, {self.day(at + 2)}: hold}}}}}}",
            f"  barred: {{forbid: {{{other}: [{next(iter(moves[other]))}]}}}}",
        ]
        if not self.cases:
            forced = f"force: {{{other}: {{{self.day(3)}: {next(iter(moves[other]))}}}}}"
            lines.append(f"  earlier: {{branch: {self.day(2)}, {forced}}}")
        return lines
