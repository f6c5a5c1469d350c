"""The claims of a result: how each fares and why, the map of its argument, and the answer to the question."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Struct, field

from detente.result.parts import Count, Error, Number, Probability, doc

Verdict = Literal[
    "holds",  # of a test, as the next four
    "leans towards",
    "open",
    "leans against",
    "fails",
    "confirmed",  # of a fact, as the next three
    "disputed",
    "refuted",
    "unchecked",
    "for the reader",  # of a value
    "stands on its steps",  # of a conclusion
    "not testable yet",
]
HOLDS, LEANS, FAILS = 0.80, 0.60, 0.20  # credences (DESIGN section 4)
THRESHOLDS = (FAILS, 1 - LEANS, LEANS, HOLDS)


def verdict_of(credence: float) -> Verdict:
    """The verdict of a credence."""
    if credence >= HOLDS:
        return "holds"
    if credence <= FAILS:
        return "fails"
    return "leans towards" if credence >= LEANS else "leans against" if credence <= 1 - LEANS else "open"


Judge = Literal["average", "draws"]
Basis = Literal["record", "assumption", "construction"]
Fairness = Literal["fair", "over-claimed", "under-claimed"]


class Side(Struct, frozen=True, kw_only=True):
    """An average over everything that is not known, with its range over draws."""

    mean: Number
    mc_error: Error = None
    q05: Number = None
    q95: Number = None


class Size(Struct, frozen=True, kw_only=True):
    """How large what a claim speaks of is: both sides of its comparison, and their difference."""

    left: Side
    right: Side
    difference: Side


class Means(Struct, frozen=True, kw_only=True):
    """Means of both sides of a comparison."""

    left: Number
    right: Number


class Share(Struct, frozen=True, kw_only=True):
    """A share and its Monte-Carlo error."""

    share: Probability
    mc_error: Error


class OpenShares(Struct, frozen=True, kw_only=True):
    """What the open part of a claim rests on; the shares add up to 1."""

    learned: Annotated[Share, doc("Parameters that the record taught something about.")]
    unlearned: Annotated[Share, doc("Parameters that it did not.")]
    hypothesis: Annotated[Share, doc("Which hypothesis is true.")]
    unexplained: Share


class RowInfluence(Struct, frozen=True, kw_only=True):
    """A row of the record, left out."""

    date: dt.date
    kind: Literal["move", "event", "measurement"]
    name: Annotated[str, doc('Track, "event", or stock.')]
    what: str
    source: str
    log_p: Annotated[Number, doc("Log probability of the row given the rest of the record.")]
    k_hat: Annotated[Number, doc("Shape of the tail of the weights; null where none could be fitted.")]
    reliable: bool
    method: Literal["re-weighted", "refit"]


class ClaimInfluence(RowInfluence, frozen=True, kw_only=True):
    """What a row did to a claim."""

    change: Annotated[Number, doc("Credence with the row less credence without it.")]
    mc_error: Error


class PosteriorInfluence(RowInfluence, frozen=True, kw_only=True):
    """What a row did to the posterior."""

    divergence: Annotated[Number, doc("Of the posterior from the one without the row, nats.")] = field(name="taught")
    divergence_mc_error: Error = field(name="taught_mc_error")


class Influence(Struct, frozen=True, kw_only=True):
    """Rows of the record left out one at a time."""

    rows: Annotated[list[PosteriorInfluence], doc("Those that moved the posterior most.")]
    left_out: Annotated[Count, doc("How many rows were left out in turn.")]
    unreliable: Annotated[Count, doc("For how many of them the draws cannot tell.")]
    refitted: Count


class Crux(Struct, frozen=True, kw_only=True):
    """A parameter that a claim turns on."""

    parameter: str
    separation: Annotated[Number, doc("Area under the ROC curve, 0.5 to 1.")]
    flips_at: Number
    direction: Annotated[Literal["below", "above", ""], doc("The side of `flips_at` on which the claim flips.")]
    p_beyond: Annotated[Probability, doc("Chance of lying there.")]
    held_at: Annotated[Number, doc("Value of the run that tried it.")] = None
    credence_there: Probability = None
    credence_there_mc_error: Error = None
    confirmed: bool
    why: Annotated[str, doc("Why there is no flip.")] = ""
    curve: Annotated[list[tuple[Number, Probability]], doc("Credence against the value that it is held at.")] = []


class Finding(Struct, frozen=True, kw_only=True):
    """What one source finds of a fact."""

    source: str
    published: str
    grade: str
    finds: Literal["confirms", "disputes", "refutes"]
    side: str = ""
    note: str = ""
    url: str = ""


class DialEffect(Struct, frozen=True, kw_only=True):
    """A claim under the ends of a dial."""

    claim: str
    at_low: Annotated[Probability, doc("Credence with the parameter at the low end.")]
    at_high: Annotated[Probability, doc("... at the high end.")]


class Dial(Struct, frozen=True, kw_only=True):
    """A parameter that the reader sets, and the claims that turn on it."""

    parameter: str
    low: Number
    high: Number
    moves: list[DialEffect] = []


class Claim(Struct, frozen=True, kw_only=True):
    """A claim and how it fares. Without a test, numbers are null."""

    argument: str
    part: str
    says: str
    test: str | None
    untestable: Annotated[str, doc("Why there is no test, or empty.")]
    kind: Annotated[str, doc("Fact, causal, counterfactual, ...; empty in a file of version 1.")] = ""
    asserts: Annotated[str, doc("How firmly: open, hedged, plain, flat, certain; or empty.")] = ""
    label: Annotated[str, doc("Its mark on a map of the argument.")] = ""
    sentences: Annotated[list[int], doc("Of the source, from 1.")] = []
    check: Annotated[list[Finding], doc("What sources find of a fact.")] = []
    dial: Annotated[Dial | None, doc("Of a value: the parameter that the reader sets, and what it moves.")] = None
    judge: Annotated[Judge | None, doc("By the average, or draw by draw.")] = None
    judge_differs: Annotated[bool, doc("The other way of judging would give another verdict.")] = False
    size: Annotated[Size | None, doc("Of a comparison.")] = None
    smallest: Annotated[Number, doc("The smallest difference worth talking about (`margin` in the file).")] = None
    more: Annotated[
        Probability, doc("Where `smallest` is named: share of draws in which the test holds beyond it.")
    ] = None
    same: Annotated[Probability, doc("... in which the sides are within it.")] = None
    less: Annotated[Probability, doc("... in which the opposite holds beyond it.")] = None
    basis: Annotated[Basis | None, doc("What the verdict rests on.")] = None
    near: Annotated[bool, doc("The verdict is within two errors of a threshold.")] = False
    fairness: Annotated[Fairness | None, doc("Whether the credence bears the strength asserted.")] = None
    credence_prior: Annotated[Probability, doc("Before the record.")]
    credence_prior_mc_error: Error = None
    credence: Probability
    mc_error: Error
    inner_bias: Annotated[Number, doc("What the correction for finitely many futures added.")] = None
    words: Annotated[str, doc("Words of probability.")]
    verdict: Verdict
    evidence_share: Annotated[Probability, doc("How far the record moved the credence.")]
    moved: Annotated[Number, doc("Credence after the record less credence before it.")] = None
    moved_mc_error: Error = None
    by_hypothesis: Annotated[dict[str, Probability], doc("Credence, each taken as certain.")]
    by_hypothesis_mc_error: dict[str, Error] = {}
    verdict_by_hypothesis: dict[str, Verdict] = {}
    flipped_by_hypothesis: Annotated[
        list[str], doc("Those that put the credence on the other side of one half by more than two errors.")
    ]
    decided_by: Annotated[
        list[str], doc("Those of them that decide: which hypothesis is true makes up most of what is open.")
    ] = []
    open_shares: Annotated[OpenShares | None, doc("Null when too few draws disagree, or without a fit.")] = None
    influence: Annotated[list[ClaimInfluence], doc("The rows that moved it most.")] = []
    crux: list[Crux]
    margin: Annotated[Means | None, doc("Means of both sides of the comparison.")]


class Node(Struct, frozen=True, kw_only=True):
    """A claim's place on the map of an argument."""

    supports: Annotated[dict[str, Literal["linked", "convergent"]], doc("Whole ids of claims that it carries.")] = {}
    attacks: Annotated[list[str], doc("Whole ids of claims of other arguments.")] = []
    load_bearing: Annotated[bool, doc("Without it something above it up to the thesis would fall.")] = False
    standing: Annotated[
        Literal["record", "assumption", "construction", "open", "falls", "unknown"],
        doc("What it stands on; of a conclusion, what its weakest step stands on."),
    ]
    weakest: Annotated[str, doc("Of a conclusion: the step that it stands on; empty where nothing supports it.")] = ""


class Steps(Struct, frozen=True, kw_only=True):
    """How many load-bearing steps of an argument stand on what; construction is counted in no total."""

    record: int
    assumption: int
    open: int
    falls: int
    unknown: Annotated[int, doc("Not testable, unchecked, or for the reader.")]


class Belief(Struct, frozen=True, kw_only=True):
    """Where a parameter would have to lie."""

    parameter: str
    mean: Annotated[Number, doc("In the draws of the strongest case.")]
    posterior: Annotated[Number, doc("Mean of all draws after the record.")]
    shift: Annotated[Number, doc("The difference, in standard deviations of all draws.")]


class Advocate(Struct, frozen=True, kw_only=True):
    """The strongest case for an argument that uses only what the record allows."""

    claims: Annotated[list[str], doc("Whole ids of the load-bearing claims that are true in most of its draws.")]
    of: Annotated[Count, doc("Load-bearing claims with a test, without those by construction.")]
    at_least: Annotated[Count, doc("How many of them are true in each of its draws.")]
    share: Annotated[Probability, doc("Weight of its draws after the record.")]
    price: Annotated[Number, doc("Mean log likelihood of all draws less that of these, nats; null without a fit.")] = (
        None
    )
    beliefs: Annotated[list[Belief], doc("Parameters that lie elsewhere there, beyond two errors; five at most.")] = []
    hypotheses: Annotated[dict[str, Probability], doc("Their weights there.")] = {}
    sentences: Annotated[list[str], doc("What one would have to believe.")] = []


class Argument(Struct, frozen=True, kw_only=True):
    """Who argues, and the map of the argument."""

    title: str
    by: str
    date: dt.date
    thesis: Annotated[str, doc("Whole id of the claim that all others serve; empty in a file of version 1.")] = ""
    map: Annotated[dict[str, Node], doc("By whole id of a claim.")] = {}
    weakest: Annotated[str, doc("Whole id of the weakest step on which the thesis stands.")] = ""
    steps: Annotated[Steps | None, doc("Of the load-bearing ones.")] = None
    advocate: Annotated[
        Advocate | None, doc("The strongest case for it; null where no load-bearing claim has a test.")
    ] = None


DebateKind = Literal["shared premise", "true disagreement", "talking past each other"]


class DebatePair(Struct, frozen=True, kw_only=True):
    """A claim of one argument and a claim of another, and how they stand to each other."""

    claims: Annotated[list[str], doc("Whole ids, in the order of `arguments`.")]
    kind: DebateKind
    attacked: Annotated[bool, doc("One of the two attacks the other.")]
    says: Annotated[str, doc("Why it is of this kind, in a sentence.")]
    separates: Annotated[str, doc("Of a true disagreement: the observation that would tell which is right.")] = ""


class Debate(Struct, frozen=True, kw_only=True):
    """Two arguments held against each other."""

    arguments: Annotated[list[str], doc("Ids of both.")]
    attacks: Annotated[Count, doc("How many claims of one attack a claim of the other, conclusions among them.")]
    pairs: list[DebatePair] = []


class Answer(Struct, frozen=True, kw_only=True):
    """The bottom line for one outcome that the scenario's question names."""

    outcome: str
    says: str = ""
    test: Annotated[str, doc("The quantity.")]
    by_course: Annotated[dict[str, Side], doc("Its size under each course.")] = {}
    compared: Annotated[list[str], doc("The course whose size is compared, and that with which.")] = []
    difference: Annotated[Side | None, doc("Of the first of `compared` less the second.")] = None
    margin: Annotated[Number, doc("The smallest difference worth talking about; null where none is named.")] = None
    more: Annotated[Probability, doc("Share of draws in which the first is larger, beyond the margin.")] = None
    same: Annotated[Probability, doc("Within the margin.")] = None
    less: Annotated[Probability, doc("Smaller, beyond the margin.")] = None
    credence: Annotated[
        Probability, doc("Of the direction that the average points to; draws without a difference count half.")
    ] = None
    mc_error: Error = None
    credence_prior: Annotated[Probability, doc("Of the same direction before the record.")] = None
    basis: Basis | None = None
    crux: list[Crux] = []
    changed_by: Annotated[str, doc("What would change it, in a sentence.")] = ""
