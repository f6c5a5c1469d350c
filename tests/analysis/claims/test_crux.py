"""Cruxes that can be worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from detente.analysis.claims.credence import credence
from detente.analysis.claims.crux import QUANTILES, crossing, cruxes, rank_parameters, separation
from detente.errors import EngineError
from detente.futures.play import play_out
from detente.futures.questions import points_of, questions_of
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.load import load
from detente.language.priors import Prior
from tests.analysis.made import claiming, independent, played, turning
from tests.engine.games import event, scenario, stock

DAYS = 8  # from the branch to the end
EVEN = 1 - 0.5 ** (1 / DAYS)  # the hazard at which the event is as likely as not by the end
THRESHOLD = 0.3
DUEL = Path(__file__).parents[2] / "scenarios" / "bargains" / "duel.yaml"


def built():
    """An event whose hazard is rate * exp(tilt), another that is always likely, and a parameter nobody reads."""
    return claiming(
        scenario(
            record=1,
            steps=1 + DAYS,
            parameters={
                "rate": Prior("uniform", (0.0, 0.2)),
                "tilt": Prior("normal", (0.0, 0.3)),
                "idle": Prior("normal", (0.0, 1.0)),
            },
            events=[event("shot", "min(1, rate * exp(tilt))", once=True), event("sure", "0.9 + 0.05 * logistic(idle)")],
            stocks=[stock("x", "idle")],
        ),
        parameter=f"idle > {THRESHOLD}",
        hazard="P(shot | free) > 0.5",
        fixed="P(sure | free) > 0.5",
        opposite="P(shot | free) <= 0.5",
    )


@pytest.fixture(scope="module")
def found():
    made = built()
    futures = played(made, draws=512, futures=128)
    after = {c.id: credence(c.test.tree, futures) for c in made.claims}
    return futures, after, turning(made, futures, after)


def test_a_claim_about_a_parameter_flips_at_its_threshold(found):
    """idle > 0.3, of which the prior makes 38 %: the flip lies above, and only idle is a crux."""
    futures, after, cruxes = found
    assert after["essay/parameter"].value == pytest.approx(norm.sf(THRESHOLD), abs=0.08)
    (crux,) = cruxes["essay/parameter"]
    assert (crux.parameter, crux.direction, crux.confirmed) == ("idle", "above", True)
    assert crux.separation == pytest.approx(1)
    values = [v for v, _ in crux.curve]
    assert [c for _, c in crux.curve] == [float(v > THRESHOLD) for v in values]
    low = max(v for v in values if v <= THRESHOLD)
    high = min(v for v in values if v > THRESHOLD)
    assert low <= crux.flips_at <= high
    assert crux.held_at == high
    assert crux.flips_at == pytest.approx(THRESHOLD, abs=1e-4)  # halved to the end, for it costs nothing
    assert crux.credence_there == 1
    idle = futures.draws.values[2]
    assert crux.p_beyond == pytest.approx((idle > crux.flips_at).mean())


def test_a_hazard_by_hand(found):
    """P(shot) crosses one half at 1 - 0.5^(1/8): tilt leaves credence even exactly there."""
    futures, after, cruxes = found
    crux = next(c for c in cruxes["essay/hazard"] if c.parameter == "rate")
    assert crux is cruxes["essay/hazard"][0], "rate separates best"
    values = [v for v, _ in crux.curve]
    low, high = max(v for v in values if v < crux.flips_at), min(v for v in values if v > crux.flips_at)
    assert low < EVEN < high
    assert crux.flips_at == pytest.approx(EVEN, abs=0.012)  # credence is straight enough, and known to 4 %
    assert crux.confirmed
    above = after["essay/hazard"].value > 0.5
    assert crux.direction == ("below" if above else "above")
    rate = futures.draws.values[0]
    beyond = rate < crux.flips_at if above else rate > crux.flips_at
    assert crux.p_beyond == pytest.approx(beyond.mean())


def test_credence_where_held_is_that_of_the_tilt(found):
    """Held at r, the claim is true where tilt > log(EVEN / r): a share that the normal distribution gives."""
    crux = next(c for c in found[2]["essay/hazard"] if c.parameter == "rate")
    for held, share in crux.curve:
        edge = -np.log1p(-EVEN) / held  # hazard = held * exp(tilt); EVEN is small
        assert share == pytest.approx(norm.sf(np.log(EVEN / held) / 0.3), abs=0.12), (held, edge)


def test_the_opposite_claim_flips_at_the_same_place(found):
    mine, other = (next(c for c in found[2][f"essay/{n}"] if c.parameter == "rate") for n in ("hazard", "opposite"))
    assert mine.flips_at == pytest.approx(other.flips_at, abs=0.005)
    assert mine.direction == other.direction
    assert mine.p_beyond == other.p_beyond
    assert mine.separation == pytest.approx(other.separation)


def test_a_claim_that_nothing_flips_says_so(found):
    assert found[1]["essay/fixed"].value == 1
    assert found[2]["essay/fixed"]
    for crux in found[2]["essay/fixed"]:
        assert crux.flips_at is None
        assert not crux.confirmed
        assert (crux.p_beyond, crux.held_at, crux.credence_there) == (None, None, None)
        assert crux.why.startswith("no flip: credence 1.00 at ")


def test_confirmation_can_fail():
    """Two futures of 16 draws, one played again per island: flips are seen, but not beyond their Monte-Carlo errors."""
    made = claiming(built(), hazard="P(shot | free) > 0.5")
    confirmed = []
    for seed in (0, 4):
        futures = played(made, draws=16, futures=2, seed=seed)
        after = {c.id: credence(c.test.tree, futures) for c in made.claims}
        for crux in turning(made, futures, after, per_island=1, seed=seed)["essay/hazard"]:
            if crux.flips_at is not None:
                other_side = (crux.credence_there > 0.5) != (after["essay/hazard"].value > 0.5)
                beyond_error = abs(crux.credence_there - 0.5) > crux.credence_there_mc_error
                assert crux.confirmed == (other_side and beyond_error)
                confirmed.append(crux.confirmed)
    assert False in confirmed, "with so little luck some flip must stay unconfirmed"


def test_held_runs_ask_only_the_bargains_that_their_claims_ask(monkeypatch):
    """Two claims about the bargain with and without the chip turn on different parameters; asking both everywhere
    changes no crux."""
    made = claiming(
        load(DUEL),
        zone="S(zone at 2024-01-08 | quiet) > 0.5",
        offer="S(A.gain of all-to-brava at 2024-01-08 | quiet without chip) < -0.5",
    )
    model = model_of(made)
    questions = questions_of(made, model.game)
    draws = prior_draws(model, normalised_weights(made), 64, 1, 8)
    futures = play_out(made, model, questions, draws, futures=2, seed=1)
    after = {c.id: credence(c.test.tree, futures) for c in made.claims}
    asked = []

    def noting(scenario, model, asking, draws, **options):
        held = np.array([len(np.unique(row)) <= len(QUANTILES) for row in draws.values])
        asked.append(({p for p, h in zip(draws.parameters, held, strict=True) if h} - {"jitter"}, asking.points))
        return play_out(scenario, model, asking, draws, **options)

    def asking_both(scenario, model, asking, draws, **options):
        return play_out(scenario, model, questions, draws, **options)

    monkeypatch.setattr("detente.analysis.claims.crux.play_out", noting)
    found = cruxes(made, model, questions, futures, futures, after, after, seed=1)
    wanted = {}
    for claim in made.claims:
        for one in found[claim.id]:
            wanted[one.parameter] = wanted.get(one.parameter, frozenset()) | points_of(claim, made)
    assert len(set(wanted.values())) > 1
    assert {parameter for (parameter,), _ in asked} == set(wanted)
    assert all(points == wanted[parameter] for (parameter,), points in asked)

    monkeypatch.setattr("detente.analysis.claims.crux.play_out", asking_both)
    assert cruxes(made, model, questions, futures, futures, after, after, seed=1) == found


def test_a_value_that_breaks_the_model_spoils_no_other(monkeypatch):
    """Values are played together, and where that fails one by one: what is left is the curve of the others."""
    made = built()
    futures = played(made, draws=64, futures=2)
    after = {c.id: credence(c.test.tree, futures) for c in made.claims}
    whole = turning(made, futures, after)

    def failing(scenario, model, asking, draws, **options):
        if draws.values[draws.parameters.index("rate")].max() > 0.19:
            raise EngineError("too fast")
        return play_out(scenario, model, asking, draws, **options)

    monkeypatch.setattr("detente.analysis.claims.crux.play_out", failing)
    fewer = turning(made, futures, after)
    for one, other in zip(fewer["essay/hazard"], whole["essay/hazard"], strict=True):
        assert (one.curve == other.curve) == (one.parameter != "rate")
    curve = next(c.curve for c in fewer["essay/hazard"] if c.parameter == "rate")
    assert curve and max(v for v, _ in curve) <= 0.19


def brute_force(values, truth, weights):
    """Weighted share of (true, false) pairs in which the true draw has the higher value."""
    won = total = 0.0
    for v, w in zip(values[truth], weights[truth], strict=True):
        for u, x in zip(values[~truth], weights[~truth], strict=True):
            total += w * x
            won += w * x * (1.0 if v > u else 0.5 if v == u else 0.0)
    return max(won / total, 1 - won / total)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tied", [False, True])
def test_separation_is_the_area_under_the_roc_curve(seed, tied):
    rng = np.random.default_rng(seed)
    truth = rng.random(60) < 0.4
    values = rng.normal(size=60) + truth * rng.normal()
    values = values.round() if tied else values
    weights = rng.random(60)
    weights[rng.random(60) < 0.2] = 0
    assert separation(values, truth, weights) == pytest.approx(brute_force(values, truth, weights))


def test_separation_by_hand():
    even = np.ones(4)
    truth = np.array([False, False, True, True])
    assert separation(np.array([1.0, 2, 3, 4]), truth, even) == 1
    assert separation(np.array([4.0, 3, 2, 1]), truth, even) == 1  # folded: below tells as well as above
    assert separation(np.array([1.0, 1, 1, 1]), truth, even) == 0.5
    assert separation(np.array([1.0, 3, 2, 4]), truth, even) == 0.75
    assert separation(np.array([1.0, 2, 3, 4]), np.ones(4, bool), even) == 0.5
    assert separation(np.array([1.0, 2, 3, 4]), np.zeros(4, bool), even) == 0.5


def test_ranking_is_by_separation_then_name():
    rng = np.random.default_rng(1)
    first = rng.normal(size=64)
    draws = independent(("noise", "key", "twin", "constant"), [rng.normal(size=64), first, first, np.ones(64)])
    ranked = rank_parameters(draws, first > 0, {"noise", "key", "twin", "constant"})
    assert [name for name, _ in ranked] == ["key", "twin", "noise"]
    assert rank_parameters(draws, first > 0, {"noise"})[0][0] == "noise"


@pytest.mark.parametrize(
    ("curve", "near", "above", "expected"),
    [
        ([(0, 0.0), (1, 1.0)], 0.9, False, (0.5, "above", 0, 1)),
        ([(0, 0.0), (1, 1.0)], 0.9, True, (0.5, "below", 0, 1)),
        ([(0, 1.0), (1, 0.0)], 0.9, True, (0.5, "above", 0, 1)),
        ([(0, 0.4), (2, 0.9)], 0, False, (0.4, "above", 0, 2)),
        ([(0, 0.0), (1, 1.0), (2, 0.0)], 1.9, True, (1.5, "above", 1, 2)),  # two crossings: the nearer one
        ([(0, 0.0), (1, 1.0), (2, 0.0)], 0.1, True, (0.5, "below", 0, 1)),
        ([(0, 0.5), (1, 0.5001)], 0, False, (0.0, "above", 0, 1)),  # one half itself counts as below
        ([(0, 0.1), (1, 0.3)], 0, False, None),
        ([(0, 0.9)], 0, True, None),
    ],
)
def test_crossing(curve, near, above, expected):
    found = crossing(curve, near, above)
    assert found == (None if expected is None else pytest.approx(expected)) or tuple(found) == expected
