"""What is said of a fit: two samplers compared, calibration, evidence for foresight, maximum likelihood."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Struct, field

from detente.result.parts import Error, Header, Json, Made, Number, Timings, doc


class Noise(Struct, frozen=True, kw_only=True):
    """How the likelihood treats noise, and why it is not exact."""

    mode: str
    approximate: list[str]


class WorstValue(Struct, frozen=True, kw_only=True):
    """The parameter with the worst value of a diagnostic."""

    parameter: str
    value: Number


class Mixing(Struct, frozen=True, kw_only=True):
    """Whether the islands or chains of a sampler tell one story."""

    rhat: WorstValue | None
    ess_bulk: WorstValue | None
    ess_tail: WorstValue | None


class ParticleFacts(Mixing, frozen=True, kw_only=True):
    """What tempering did."""

    particles: int
    temperatures: list[float]
    reached: bool
    acceptance: Number
    possible: Annotated[int, doc("Prior draws that allow the record.")]


class ChainFacts(Mixing, frozen=True, kw_only=True):
    """What NUTS did."""

    chains: int
    draws: int
    divergences: int
    acceptance: Number
    leapfrog: Number
    tree_depth: int
    step_size: Number


class EvidencePair(Struct, frozen=True, kw_only=True):
    """Log evidence by tempering and by a bridge over NUTS."""

    smc: Number
    smc_error: Error
    bridge: Number
    bridge_error: Error
    difference: Number


class MeanDifference(Struct, frozen=True, kw_only=True):
    """The largest difference of a mean, in posterior standard deviations."""

    parameter: str
    difference: float
    error: float


class MeanError(Struct, frozen=True, kw_only=True):
    """The largest Monte-Carlo error of such a difference."""

    parameter: str
    error: float


class QuantileDifference(Struct, frozen=True, kw_only=True):
    """The largest difference of a quantile."""

    parameter: str
    at: float
    difference: float


class Energy(Struct, frozen=True, kw_only=True):
    """The energy test of equal distributions."""

    distance: float
    p: float


class EssRate(Struct, frozen=True, kw_only=True):
    """Effective draws per second; null for a fit that was kept."""

    smc: Number
    nuts: Number


class HypothesisAgreement(Struct, frozen=True, kw_only=True):
    """What two samplers say of one hypothesis; where nothing explains the record, that alone."""

    impossible: bool
    failures: list[str] = []
    evidence: EvidencePair | None = None
    smc: ParticleFacts | None = None
    nuts: ChainFacts | None = None
    mean: MeanDifference | None = None
    mean_error: MeanError | None = None
    quantile: QuantileDifference | None = None
    energy: Energy | None = None
    ess_per_second: EssRate | None = None


class AgreementSettings(Struct, frozen=True, kw_only=True):
    """Sizes of both samplers."""

    smc: dict[str, int]
    nuts: dict[str, int]


class AgreementResult(Header, frozen=True, kw_only=True):
    """What `detente verify samplers` finds."""

    settings: AgreementSettings
    verdict: Literal["PASS", "REFUSED"]
    failures: list[str]
    thresholds: dict[str, float]
    hypotheses: dict[str, HypothesisAgreement]
    mixture: MeanDifference
    problems: list[str]


class RankedQuantity(Struct, frozen=True, kw_only=True):
    """Ranks of the truth of one quantity among posterior draws."""

    p_ecdf: Number
    p_chi_squared: Number
    refused: bool
    ecdf: list[int]
    contraction: Annotated[Number, doc("Median; of parameters, as the next two.")] = None
    z_mean: Number = None
    z_sd: Number = None


class CameTrue(Struct, frozen=True, kw_only=True):
    """How often a statement was expected to be true, and was."""

    expected: float
    true: float
    p: float
    refused: bool


class ReliabilityBin(Struct, frozen=True, kw_only=True):
    """Stated probabilities of one bin against how often they came true."""

    low: float = field(name="from")
    high: float = field(name="to")
    n: int
    replications: int
    stated: float
    true: float
    q05: float
    q95: float


class Reliability(Struct, frozen=True, kw_only=True):
    """Whether stated probabilities came true as often as they said."""

    each: dict[str, CameTrue]
    reliability: list[ReliabilityBin]


class CalibrationResult(Struct, frozen=True, kw_only=True):
    """What `detente verify calibration` finds."""

    scenario: str
    scenario_sha256: str
    sims: int
    draws: int
    seed: int
    made: Made
    settings: Json
    noise: Noise
    alpha: float
    tests: int
    threshold: float
    refused: list[str]
    passes: bool
    not_reached: int
    band: list[list[float]]
    unseen: float
    quantities: dict[str, RankedQuantity]
    hypotheses: Reliability | None
    claims: Reliability | None
    timings: Timings


class WeightPrior(Struct, frozen=True, kw_only=True):
    """A weight of foresight before the record."""

    mean: Number
    sd: Number


class WeightPosterior(WeightPrior, frozen=True, kw_only=True):
    """A weight of foresight after it."""

    q05: Number
    q50: Number
    q95: Number


class ForesightWeight(Struct, frozen=True, kw_only=True):
    """A weight of foresight."""

    prior: WeightPrior
    posterior: WeightPosterior


class ForesightVerdict(Struct, frozen=True, kw_only=True):
    """Evidence for level 1 against level 0."""

    log_bayes_factor: Number
    mc_error: Error
    k_hat: Number
    bias_half_samples: Annotated[Number, doc("With half of the samples, less with all.")]
    verdict: Literal["warranted", "not warranted", "cannot tell"]


class TrackForesight(ForesightVerdict, frozen=True, kw_only=True):
    """Evidence that one track looks ahead."""

    level: int
    horizon_steps: int
    samples: int
    choices: int
    weight: ForesightWeight
    spread: Annotated[Number, doc("Between the values of the moves, in units of utility.")]
    spread_error: Number


class ForesightEvidence(Struct, frozen=True, kw_only=True):
    """Evidence for foresight, track by track and together."""

    tracks: dict[str, TrackForesight]
    together: ForesightVerdict
    threshold: Number
    weights_tried: int


class ForesightResult(Header, frozen=True, kw_only=True):
    """What `detente verify foresight` finds."""

    foresight: ForesightEvidence


class Coefficient(Struct, frozen=True, kw_only=True):
    """A maximum-likelihood estimate."""

    unit: str
    estimate: float
    se: Number
    z: Number
    note: str


class Optimum(Struct, frozen=True, kw_only=True):
    """A local optimum, and how many starts ended there."""

    log_likelihood: Number
    starts: int


class OutcomeShare(Struct, frozen=True, kw_only=True):
    """An outcome of a panel: its share, and its mean fitted probability."""

    outcome: str
    observed: float
    fitted: float


class Estimates(Struct, frozen=True, kw_only=True):
    """Maximum-likelihood estimates under one hypothesis."""

    coefficients: dict[str, Coefficient]
    log_likelihood: float
    aic: float
    free: int
    n: int
    n_of: Literal["cases", "steps"]
    max_abs_gradient: float
    promised_gain: Number
    converged: bool
    starts: int
    optima: list[Optimum]
    problems: list[str]
    outcomes: Annotated[list[OutcomeShare], doc("Of a panel.")] = []


class EstimateResult(Header, frozen=True, kw_only=True):
    """What `detente fit --method ml` finds."""

    DIGITS: ClassVar[int] = 10  # estimates are reproducible to about as many
    method: str
    hypotheses: dict[str, Estimates]
    noise: Noise
