"""The result of `detente run`: hypotheses, parameters, courses, claims, the record and the fit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from html import escape
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from detente.result.bargaining import Bargaining
from detente.result.claims import Answer, Argument, Claim, Debate, Influence
from detente.result.crises import Analogies, Mirror
from detente.result.evidence import Quantity
from detente.result.frames import table, with_frames
from detente.result.parts import Clock, Error, Header, Interval, Number, Probability, Spread, doc


class Window(Struct, frozen=True, kw_only=True):
    """One window of the record, as one hypothesis explains it."""

    start: dt.date = field(name="from")
    end: Annotated[dt.date, doc("Last day of the window.")] = field(name="to")
    kind: Literal["moves", "event", "measurements", "sizes"]
    name: Annotated[str, doc("Track, event or stock.")]
    cells: Annotated[int, Meta(ge=1), doc("Steps or measurements that count.")]
    surprise: Annotated[
        Number, doc("Minus log probability, nats; for measurements and sizes half the square of the normal score.")
    ]
    expected: Annotated[Number, doc("What the hypothesis itself expects the surprise to be.")]
    z: Annotated[Number, doc("The difference in standard deviations, averaged over posterior draws.")]
    z_mc_error: Error
    p: Annotated[Probability, doc("Chance of as much surprise or more if the hypothesis is true.")]
    p_mc_error: Error
    flagged: Annotated[bool, doc("`p` below `checks.false_alarm` divided by the number of tests.")]


class Hypothesis(Struct, frozen=True, kw_only=True):
    """A rival account: its weight before and after the record."""

    says: str
    prior: Probability
    posterior: Probability
    posterior_mc_error: Error
    log_evidence: Annotated[Number, doc("Null when impossible or not fitted.")]
    log_evidence_mc_error: Error
    worst_windows: Annotated[list[Window], doc("Those it explains worst, worst first; five at most.")] = field(
        name="worst_stretches", default_factory=list
    )


class Parameter(Struct, frozen=True, kw_only=True):
    """An unknown, before and after the record."""

    unit: str
    why: str
    source: list[str]
    prior_text: str
    prior: Spread
    posterior: Spread
    posterior_mc_error: Annotated[Error, doc("Of the posterior mean.")]
    learned: Annotated[Probability, doc("How far the record moved and narrowed it; null when fixed.")]
    learned_mc_error: Error = None
    hypotheses: Annotated[list[str], doc("Those under which it is not fixed, which `prior` and `posterior` average.")]
    by_hypothesis: dict[str, Interval]


class Derived(Struct, frozen=True, kw_only=True):
    """A quantity that the parameters imply."""

    says: str
    unit: str
    value: Annotated[str, doc("The expression.")]
    prior: Spread
    posterior: Spread
    posterior_mc_error: Annotated[Error, doc("Of the posterior mean.")]
    by_hypothesis: dict[str, Spread]


class KeptFit(Struct, frozen=True, kw_only=True):
    """What the kept fit of another scenario said."""

    scenario: str
    title: str
    question: str
    seed: int
    scenario_sha256: str
    detente: str
    clock: Clock
    hypotheses: dict[str, Hypothesis]
    derived: dict[str, Derived]


class BayesFactor(Struct, frozen=True, kw_only=True):
    """Evidence of one hypothesis over that of another."""

    hypothesis: Annotated[str, doc("The better one.")]
    against: str
    log: Annotated[Number, doc("Log evidence of the better one less that of the other.")]
    mc_error: Annotated[Error, doc("Of the log.")]
    factor: Number
    low: Annotated[Number, doc("The factor at two Monte-Carlo errors less.")]
    high: Number


class CompanionFit(KeptFit, frozen=True, kw_only=True):
    """The kept fit of another scenario, with its hypotheses in pairs."""

    bayes_factors: list[BayesFactor]


class ByDate(Struct, frozen=True, kw_only=True):
    """A curve of probabilities by date, with its 90 % range between draws."""

    dates: list[dt.date]
    p: list[Number]
    q05: list[Number]
    q95: list[Number]


class EventChance(Struct, frozen=True, kw_only=True):
    """An event under a course."""

    says: str
    p: Annotated[Probability, doc("By the end of the clock.")]
    q05: Annotated[Probability, doc("Between draws, as `q95`.")]
    q95: Probability
    mc_error: Error
    p_prior: Annotated[Probability, doc("Before the record.")]
    epistemic_sd: Annotated[Error, doc("Between draws.")]
    aleatory_sd: Annotated[Error, doc("Within a draw.")]
    epistemic_share: Annotated[Probability, doc("Of the variance.")]
    by_date: ByDate
    median_date: Annotated[dt.date | None, doc("By which it is as likely as not.")]


class MoveUse(Struct, frozen=True, kw_only=True):
    """How often a move is chosen under a course."""

    per_step: Annotated[Probability, doc("Share of steps.")]
    p: Annotated[Probability, doc("Of at least once.")]
    rung: float


class StockEnd(Spread, frozen=True, kw_only=True):
    """A stock on the last day."""

    mc_error: Annotated[Error, doc("Of the mean.")]
    epistemic_share: Annotated[Probability, doc("Of the variance.")]


class Path(Struct, frozen=True, kw_only=True):
    """Means by date."""

    dates: list[dt.date]
    mean: list[Number]


class Observation(Struct, frozen=True, kw_only=True):
    """A measurement of a stock."""

    date: dt.date
    value: Number
    source: str
    grade: str
    file: str


class StockPath(Struct, frozen=True, kw_only=True):
    """A stock under a course: its fan from the branch on, over draws and futures."""

    unit: str
    why: str
    end: StockEnd
    dates: list[dt.date]
    mean: list[Number]
    q05: list[Number]
    q25: list[Number]
    q50: list[Number]
    q75: list[Number]
    q95: list[Number]
    history: Annotated[Path, doc("Up to the branch.")]
    observed: list[Observation]


class UtilitySpread(Struct, frozen=True, kw_only=True):
    """A utility at the end of the clock, over draws and futures."""

    mean: Number
    mc_error: Error
    sd: Number
    q05: Number
    q50: Number
    q95: Number


class UtilityDifference(UtilitySpread, frozen=True, kw_only=True):
    """A utility less that under another course, future by future."""

    p_worse: Probability
    p_worse_mc_error: Error


class Utility(UtilitySpread, frozen=True, kw_only=True):
    """An actor's utility under a course."""

    against: Annotated[dict[str, UtilityDifference], doc("Other courses of the same branch.")]


class ForcedMove(Struct, frozen=True, kw_only=True):
    """A move that a course forces."""

    date: dt.date
    track: str
    move: str


class ForbiddenMoves(Struct, frozen=True, kw_only=True):
    """Moves that a course forbids."""

    track: str
    moves: list[str]


class Course(Struct, frozen=True, kw_only=True):
    """A course of action, played out."""

    name: str
    branch: Annotated[dt.date, doc("The day from which it differs; the clock's unless it has its own.")]
    futures: Annotated[int, doc("Futures per draw; fewer for a course that branches early.")]
    forced: list[ForcedMove]
    forbidden: list[ForbiddenMoves]
    events: dict[str, EventChance]
    moves: Annotated[dict[str, dict[str, MoveUse]], doc("By track and move.")]
    stocks: dict[str, StockPath]
    utilities: Annotated[dict[str, Utility], doc("By actor.")] = {}

    def __post_init__(self) -> None:
        with_frames(self)


class LedgerRow(Struct, frozen=True, kw_only=True):
    """A row of the ledger."""

    date: dt.date
    track: str
    move: str
    target: str
    magnitude: Number
    source: str
    published: str
    grade: str
    url: str
    note: str
    case: Annotated[str, doc("Of a panel.")] = ""
    folded: Annotated[bool, doc("Whether a higher rung of the same track and step counts instead.")]
    rung: Annotated[Number, doc("Null for events and context.")]


class NoiseTreatment(Struct, frozen=True, kw_only=True):
    """How the likelihood treats noise between measurements, and why it is not exact."""

    mode: Annotated[str, doc("kalman, particles or replay.")]
    latent_states: Annotated[list[str], doc("Noisy stocks that are integrated over.")] = field(
        name="carriers", default_factory=list
    )
    approximate: list[str]
    unspread: Annotated[
        list[str], doc("Noisy stocks that courses start from at their expected value: no measurement sees them.")
    ] = []


class FitFacts(Struct, frozen=True, kw_only=True):
    """How the fit went. Without one, `algorithm` alone."""

    algorithm: str
    particles: int | None = None
    islands: int | None = None
    temperatures: Annotated[dict[str, list[Number]], doc("By hypothesis.")] = {}
    acceptance: Annotated[dict[str, Number], doc("Of the final moves, by hypothesis.")] = {}
    noise: NoiseTreatment | None = None
    ledger_rows: Annotated[int | None, doc("Rows in the likelihood.")] = None
    log_likelihood: Annotated[dict[str, Number], doc("Mean, by hypothesis.")] = {}
    problems: Annotated[list[str], doc("Diagnostics that the fit failed; shown before any number.")] = []


class Checks(Struct, frozen=True, kw_only=True):
    """Predictive checks of all hypotheses."""

    steps: Annotated[int, doc("Steps in a window.")]
    false_alarm: Annotated[Probability, doc("Chance that a true hypothesis is flagged anywhere, at most.")]
    tests: Annotated[dict[str, int], doc("By hypothesis.")]
    flagged: Annotated[dict[str, int], doc("By hypothesis.")]


class ForesightEffect(Struct, frozen=True, kw_only=True):
    """What looking ahead changed under a course."""

    change: Annotated[Number, doc("Mean total variation of the choice probabilities, with against without.")]
    error: Annotated[
        Number, doc("Root mean square Monte-Carlo error of weight * (Q - mean Q), logits; 0 where exact.")
    ] = None


class ForesightTrack(Struct, frozen=True, kw_only=True):
    """A track that looks ahead."""

    level: int | str
    horizon_steps: int
    samples: Annotated[int | None, doc("Futures per move; null when all are counted.")]
    exact: bool
    courses: dict[str, ForesightEffect]


class Foresight(Struct, frozen=True, kw_only=True):
    """Who looked ahead, what it changed and at what error."""

    tracks: dict[str, ForesightTrack]
    fitted: Annotated[bool, doc("Whether the fit looked ahead too; sampled foresight is not fitted.")]
    lanes: Annotated[int, doc("Futures run on for every future that is played.")]
    draws: int
    futures: int


class Lead(Struct, frozen=True, kw_only=True):
    """What the first figure shows."""

    event: str | None
    text: str
    claims: Annotated[list[str], doc("Ids of the claims that compare courses on the event.")] = []
    courses: Annotated[list[str], doc("At most two; without it the first two.")] = []


class Result(Header, frozen=True, kw_only=True):
    """All that `detente run` works out: `results.json`."""

    hypotheses: dict[str, Hypothesis]
    parameters: dict[str, Parameter]
    derived: dict[str, Derived] = field(default_factory=dict)
    companion_fits: Annotated[dict[str, CompanionFit], doc("Kept fits of other scenarios, by id.")] = field(
        name="beside", default_factory=dict
    )
    mirror: Annotated[Mirror | None, doc("Null where the scenario describes no act.")] = None
    analogies: Annotated[Analogies | None, doc("Crises nearest to the act.")] = None
    analogies_missing: Annotated[str, doc("How to get the data that `analogies` needs, where they were not found.")] = (
        ""
    )
    courses: dict[str, Course]
    claims: Annotated[dict[str, Claim], doc("By `file/id`.")]
    arguments: dict[str, Argument]
    debates: Annotated[list[Debate], doc("Every two arguments, held against each other.")] = field(default_factory=list)
    ledger: list[LedgerRow]
    quantities: dict[str, Quantity]
    fit: FitFacts
    foresight: Annotated[Foresight | None, doc("Null when nobody looked ahead.")] = None
    checks: Annotated[Checks | None, doc("Null without a fit.")] = None
    influence: Annotated[Influence | None, doc("Null without a fit.")] = None
    bargaining: Annotated[Bargaining | None, doc("Null without a settlement.")] = None
    lead: Lead
    answer: Annotated[list[Answer], doc("By outcome of the scenario's question; empty where it names none.")] = field(
        default_factory=list
    )
    lint: Annotated[list[str], doc("Remarks on the scenario.")]
    not_built: Annotated[list[str], doc("What this version lacks.")]
    methods: Annotated[list[str], doc("With their sources.")]

    def __repr__(self) -> str:
        counts = Counter(claim.verdict for claim in self.claims.values())
        verdicts = ", ".join(f"{verdict} {count}" for verdict, count in counts.items()) or "no claims"
        return f"<Result of {self.scenario}, seed {self.seed}: {verdicts}>"

    def _repr_html_(self) -> str:
        rows = [(c.says, c.verdict, c.words, c.credence_prior, c.credence) for c in self.claims.values()]
        claims = table(("claim", "verdict", "in words", "credence before", "after the record"), rows)
        problems = "".join(f"<p><strong>Problem: {escape(problem)}</strong></p>" for problem in self.fit.problems)
        return f"<h3>{escape(self.title)}</h3><p>{escape(self.question)}</p>{problems}{claims}"


class FitResult(Header, frozen=True, kw_only=True):
    """What `detente fit` learns from the record."""

    hypotheses: dict[str, Hypothesis]
    parameters: dict[str, Parameter]
    derived: dict[str, Derived] = field(default_factory=dict)
    fit: FitFacts


class CourseName(Struct, frozen=True, kw_only=True):
    """A course of action."""

    name: str


class BargainResult(Header, frozen=True, kw_only=True):
    """What `detente run --only bargain` works out."""

    courses: dict[str, CourseName]
    bargaining: Bargaining
    fit: FitFacts
    methods: list[str]


class MirrorResult(Header, frozen=True, kw_only=True):
    """What `detente run --only mirror` works out."""

    mirror: Mirror


class SimulationResult(Header, frozen=True, kw_only=True):
    """What `detente run --only courses` plays out."""

    courses: dict[str, Course]
