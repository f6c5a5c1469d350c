"""Everything a scenario says, as typed, frozen records; time counts in steps. No YAML, arrays or randomness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from detente.language.argument import Argument, Claim
from detente.language.priors import Prior
from detente.language.syntax import Expression
from detente.result.frames import table
from detente.result.run import KeptFit

HOLD = "hold"  # always available, rung 0, appeal 0, no effects
FORESIGHT = "foresight"  # the key inside a track that is no move
EVENT_TRACK = "event"  # ledger rows that say an event happened
CONTEXT_TRACK = "context"  # ledger rows that are shown but enter no likelihood
QUANTITIES = ("value", "settled", "gain")  # ACTOR.value and so on, of a party, inside S(...)
ZONE = "zone"  # inside S(...): 1 where some terms suit every party, else 0
SERIES_STEPS = 52  # weeks of a series when forecasts.yaml does not say: a year of weekly steps
CASES = "cases.csv"
CASE = "case"  # the column that names a case; and the first word of the names that expressions read


@dataclass(frozen=True)
class Clock:
    """The days the model covers. `start < branch <= now < end`, all on whole steps from `start`.

    For a panel `start = branch` and `now = end`: every case is known to its end, and courses part at its start.
    """

    start: dt.date
    branch: dt.date
    now: dt.date
    end: dt.date
    step_days: int

    @property
    def steps(self) -> int:
        """Number of steps from start to end."""
        return (self.end - self.start).days // self.step_days

    @property
    def branch_step(self) -> int:
        """Number of whole steps before the branch date."""
        return self.step_of(self.branch)

    @property
    def now_step(self) -> int:
        """Number of whole steps before `now`: the length of the record."""
        return self.step_of(self.now)

    def step_of(self, day: dt.date) -> int:
        """The step that holds `day`: k covers [start + k*step, start + (k+1)*step)."""
        return (day - self.start).days // self.step_days

    def boundary_of(self, day: dt.date) -> int:
        """The step boundary nearest to `day` (0 = start): where a measurement of that day is compared."""
        nearest = round((day - self.start).days / self.step_days)
        return max(nearest, self.branch_step + 1) if day > self.branch else nearest  # not into the courses' start

    def date_of(self, step: int) -> dt.date:
        """First day of a step, which is also the date of boundary `step`."""
        return self.start + dt.timedelta(days=step * self.step_days)


@dataclass(frozen=True)
class Actor:
    """Somebody with aims. `utility` is an expression over stocks and parameters, or None: an actor without aims.

    `discount` is the weight of the next step's change of utility against this one's, in (0, 1].
    """

    id: str
    name: str
    utility: Expression | None = None
    discount: float = 1.0


@dataclass(frozen=True)
class Parameter:
    """What nobody knows: a prior, its unit, and why."""

    id: str
    prior: Prior
    unit: str
    why: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derived:
    """A quantity that the parameters imply, reported with its spread. `value` is an expression of parameters."""

    id: str
    value: Expression
    unit: str
    says: str


@dataclass(frozen=True)
class Observation:
    """One dated measurement of a stock. `sd` overrides the model's error for this row."""

    date: dt.date
    value: float
    sd: float | None = None
    source: str = ""
    grade: str = ""
    note: str = ""
    case: str = ""  # of a panel


@dataclass(frozen=True)
class Series:
    """Measurements of one stock with one error model.

    `model` is "normal", "lognormal", "poisson" or "negbinomial"; `scale` is the sd (normal: in the stock's unit;
    lognormal: of the log), the size k (negbinomial), or None (poisson, or normal with an sd on every row).
    """

    file: str
    model: str
    scale: Expression | None
    rows: tuple[Observation, ...]


@dataclass(frozen=True)
class Stock:
    """A bounded number with a unit. `initial` may use parameters; `flow` is the change per step."""

    id: str
    initial: Expression
    unit: str
    low: float
    high: float
    flow: Expression | None = None
    noise: Expression | None = None  # sd per step
    series: tuple[Series, ...] = ()
    seen_by: tuple[str, ...] | None = None  # None: everyone
    blur: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Magnitude:
    """A random size of a move: any prior family with expressions as arguments."""

    family: str
    arguments: tuple[Expression, ...]

    def __str__(self) -> str:
        return f"{self.family}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Move:
    """What an actor can do on a track in one step. `effects` maps stock id to the amount added."""

    id: str
    rung: float
    appeal: Expression
    needs: Expression | None = None
    magnitude: Magnitude | None = None
    effects: Mapping[str, Expression] = field(default_factory=dict)
    says: str = ""


@dataclass(frozen=True)
class Foresight:
    """How far a track's choices look ahead (DESIGN section 4).

    `level` is the number of steps of reasoning, or None for a population of levels that are Poisson with mean `tau`.
    `horizon` counts steps, None: to the end of the clock. `samples` futures per move, or `exact`: every future counted.
    `later` says at which level the track's own later choices are made: "below" (like everybody's) or "own".
    `others` says what a level k expects of others: "below" (level k - 1), or "mixture" (levels 0 to k - 1 in their
    Poisson proportions).
    """

    level: int | None
    tau: Expression | None
    weight: Expression
    horizon: int | None
    samples: int
    exact: bool
    later: str = "below"
    others: str = "below"


@dataclass(frozen=True)
class Track:
    """One line of action of one actor: `ACTOR.name`. `hold` is implicit and not in `moves`."""

    id: str
    actor: str
    moves: Mapping[str, Move]
    foresight: Foresight | None = None


@dataclass(frozen=True)
class Event:
    """What happens with a hazard per step. `once`: cannot happen again; `ends`: freezes the future."""

    id: str
    hazard: Expression
    once: bool = False
    ends: bool = False
    effects: Mapping[str, Expression] = field(default_factory=dict)
    says: str = ""


@dataclass(frozen=True)
class Hypothesis:
    """A rival account: other priors for some parameters, with a prior weight (any positive scale)."""

    id: str
    weight: float
    priors: Mapping[str, Prior]
    says: str = ""


@dataclass(frozen=True)
class Forced:
    """A move forced at one step, with its magnitude or None to draw it."""

    move: str
    magnitude: float | None = None


@dataclass(frozen=True)
class Course:
    """A course of action from the branch date on.

    `force`: track -> date -> move. `forbid`: track -> moves not available from the branch on. `branch`: a day of its
    own from which it differs; None: the clock's.
    """

    id: str
    name: str
    force: Mapping[str, Mapping[dt.date, Forced]]
    forbid: Mapping[str, tuple[str, ...]]
    branch: dt.date | None = None


@dataclass(frozen=True)
class Row:
    """One row of the ledger. `line` is its line in the file."""

    date: dt.date
    track: str
    move: str
    target: str = ""
    magnitude: float | None = None
    source: str = ""
    published: str = ""
    grade: str = ""
    url: str = ""
    note: str = ""
    line: int = 0
    case: str = ""  # of a panel


@dataclass(frozen=True)
class Report:
    """What one source says of a disputed quantity: `value`, or `low` and `high`."""

    source: str
    published: str
    side: str
    grade: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Quantity:
    """A quantity that sources dispute, source by source."""

    id: str
    says: str
    unit: str
    date: dt.date
    reports: tuple[Report, ...]


@dataclass(frozen=True)
class Term:
    """One thing to agree on: a number in [low, high], or one of `values` if it cannot be divided.

    `otherwise` is what holds when nothing is agreed: an expression of stocks and parameters.
    """

    id: str
    low: float
    high: float
    values: tuple[float, ...]  # empty: divisible
    otherwise: Expression
    unit: str = ""
    says: str = ""


@dataclass(frozen=True)
class Party:
    """An actor that must agree. `utility`: of terms, stocks at the date and parameters, in its own utility's units.

    `opens`: moves (or hold) that it makes in the first step when it plays on instead, by track.
    """

    actor: str
    utility: Expression
    opens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """Terms that somebody announced, every one given a value."""

    id: str
    terms: Mapping[str, float]
    date: dt.date
    says: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settlement:
    """The bargain that a scenario describes.

    `horizon`: steps over which the value of playing on is counted; None: to the end of the clock. `chip`: stocks set
    to a value where a question is asked without the chip.
    """

    terms: Mapping[str, Term]
    parties: Mapping[str, Party]
    horizon: int | None = None
    chip: Mapping[str, float] = field(default_factory=dict)
    announced: Mapping[str, Offer] = field(default_factory=dict)
    why: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seat:
    """A state that answers. `words`: its `nuclear`, `power` and `regime`. `country`: Gleditsch-Ward number.

    `gap` is its power less the adversary's on the scale of ICB's `powdis`, -179 to 179; None where it is not known.
    `answer`: a chance of a violent answer that would not have come without the act, by the scenario's parameters.
    """

    actor: str
    country: int
    words: Mapping[str, str]
    gap: float | None = None
    answer: Expression | None = None
    answer_says: str = ""
    why: str = ""


@dataclass(frozen=True)
class Switch:
    """The same act with something about it changed. `words`: what is put in place of the act's own."""

    id: str
    words: Mapping[str, str]
    says: str = ""


@dataclass(frozen=True)
class Reference:
    """A dated case to put on the curve: what was done to a seat, and what it did. `response` is one of RUNGS."""

    id: str
    date: dt.date
    actor: str
    country: int
    act: Mapping[str, str]
    words: Mapping[str, str]  # of the state, as then
    response: str
    says: str = ""
    gap: float | None = None
    crisis: int | None = None  # its ICB number, if it is one of that list; else the coding is the scenario's
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mirror:
    """The act, whom it was done to, and who else is put in that seat.

    `act` is what was known on its `date`; `later`: what became known on a date, which replaces words of the act.
    """

    says: str
    date: dt.date
    faced_by: str
    act: Mapping[str, str]
    later: Mapping[dt.date, Mapping[str, str]]
    seats: Mapping[str, Seat]
    switches: Mapping[str, Switch] = field(default_factory=dict)
    cases: Mapping[str, Reference] = field(default_factory=dict)
    why: str = ""

    def act_at(self, day: dt.date) -> dict[str, str]:
        """The act as it was known on a day."""
        words = dict(self.act)
        for since, changed in sorted(self.later.items()):
            if since <= day:
                words |= changed
        return words

    def names(self) -> dict[str, tuple[str, str | None, str]]:
        """What tests may name: name -> (seat, switch or None, quantity)."""
        found: dict[str, tuple[str, str | None, str]] = {}
        for seat, about in self.seats.items():
            for switch in (None, *self.switches):
                stem = ".".join(("mirror", seat, *filter(None, (switch and switch.replace("-", "_"),))))
                for what in ("violent", "rung"):
                    found[f"{stem}.{what}"] = (seat, switch, what)
            if about.answer is not None:
                found[f"mirror.{seat}.answer"] = (seat, None, "answer")
        return found


@dataclass(frozen=True)
class EventQuestion:
    """A question with a yes or a no per window: does it happen within, or is it so after, that many steps?

    Exactly one of `happens` and `when` says what is asked.
    """

    id: str
    says: str
    steps: tuple[int, ...]  # the windows, each 1 or more
    happens: tuple[str, ...] = ()  # event ids and TRACK:move; any of them, at least once inside the window
    when: Expression | None = None  # a condition on stocks and parameters, judged on the last day of the window


@dataclass(frozen=True)
class SeriesQuestion:
    """A question with a number per step: the value on each day that begins one of the next `steps` steps."""

    id: str
    says: str
    unit: str
    value: Expression
    since_start: bool = False  # the change since the day of the forecast
    per_step: bool = False  # the value at the end of a step, reported under the step's first day
    steps: int = SERIES_STEPS


@dataclass(frozen=True)
class Forecasts:
    """What forecasts.yaml holds, in file order; ids are unique over both kinds."""

    events: tuple[EventQuestion, ...] = ()
    series: tuple[SeriesQuestion, ...] = ()


@dataclass(frozen=True)
class Cases:
    """The cases of a panel, in file order.

    `columns` maps the name that expressions use to one number per case: `case.COLUMN` for a column of numbers,
    `case.COLUMN.WORD`, 1 or 0, for every word of a column of words.
    """

    ids: tuple[str, ...]
    columns: Mapping[str, tuple[float, ...]]
    file: str = CASES

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class QuestionOutcome:
    """One of the outcomes that a scenario's question turns on. `of`: a quantity, whose P, E and S may leave out the
    course; it is asked of each of `courses`, and the first of them is compared with the second."""

    id: str
    says: str
    of: Expression
    courses: tuple[str, ...]  # empty: all that branch with the clock
    margin: float | None = None


@dataclass(frozen=True)
class Scenario:
    """Everything a scenario folder says, checked."""

    id: str
    title: str
    question: str
    summary: str
    clock: Clock
    actors: Mapping[str, Actor]
    parameters: Mapping[str, Parameter]
    stocks: Mapping[str, Stock]
    tracks: Mapping[str, Track]
    events: Mapping[str, Event]
    hypotheses: Mapping[str, Hypothesis]  # at least one; the implicit one is called "model"
    courses: Mapping[str, Course]  # at least one; the implicit one is called "free"
    arguments: tuple[Argument, ...]
    ledger: tuple[Row, ...]  # sorted by date
    quantities: tuple[Quantity, ...]
    readme: str
    sha256: str  # of the folder's contents, of every --set and --without
    forecasts: Forecasts = field(default_factory=Forecasts)
    cases: Cases | None = None  # of a panel: many short records of one game
    derived: Mapping[str, Derived] = field(default_factory=dict)
    mirror: Mirror | None = None
    beside: Mapping[str, KeptFit] = field(default_factory=dict)  # scenario -> what `fit --json` said of it
    settlement: Settlement | None = None
    held: Mapping[str, Prior] = field(default_factory=dict)  # parameters held by --set, each with the prior it had
    left_out: tuple[str, ...] = ()  # sources, by --without
    level: int | None = None  # of every track that declares foresight, by --foresight
    unread: tuple[str, ...] = ()  # what stands in the folder and is read by nothing, in sentences
    outcomes: tuple[QuestionOutcome, ...] = ()  # that the question turns on

    def __repr__(self) -> str:
        return f"<Scenario {self.id}: {', '.join(f'{count} {what}' for what, count in self._counts().items())}>"

    def _repr_html_(self) -> str:
        counts = table(self._counts(), [self._counts().values()])
        return f"<h3>{escape(self.title)}</h3><p>{escape(self.question)}</p>{counts}"

    def _counts(self) -> dict[str, int]:
        kinds = ("actors", "parameters", "stocks", "tracks", "events", "hypotheses", "courses", "claims")
        return {**{kind: len(getattr(self, kind)) for kind in kinds}, "ledger rows": len(self.ledger)}

    def branch_step(self, course: str) -> int:
        """Number of whole steps before the day on which a course branches."""
        return self.clock.step_of(self.courses[course].branch or self.clock.branch)

    def boundary(self, day: dt.date, course: str) -> int:
        """The step boundary nearest to `day`; a day after the course's branch is not rounded into its start."""
        nearest = round((day - self.clock.start).days / self.clock.step_days)
        branch = self.courses[course].branch or self.clock.branch
        return max(nearest, self.clock.step_of(branch) + 1) if day > branch else nearest

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims of all arguments, in file order."""
        return tuple(claim for argument in self.arguments for claim in argument.claims)

    def prior(self, parameter: str, hypothesis: str) -> Prior:
        """The prior of a parameter under a hypothesis."""
        return self.hypotheses[hypothesis].priors.get(parameter, self.parameters[parameter].prior)
