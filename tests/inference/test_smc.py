"""The sampler against closed forms; then planted bugs, which the same checks must catch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import lognorm, norm

from detente.inference import smc
from detente.inference.density import model_of
from detente.inference.fit import Fit, fit_model
from detente.inference.shapes import prior_shapes
from detente.inference.smc import Particles, SMCSettings
from detente.inference.transforms import quantile_table
from detente.scenario.priors import Prior
from tests.engine.games import event, measured, scenario, stock

STANDARD_ERRORS = 4  # false alarm from 6e-5 (normal) to 5e-3 (t, 7 degrees: 8 islands); seeds are fixed on top
PRIOR_SD, NOISE_SD, SEEN = 2.0, 1.0, 3.0
POSTERIOR_MEAN = SEEN * PRIOR_SD**2 / (PRIOR_SD**2 + NOISE_SD**2)
POSTERIOR_SD = (1 / (1 / PRIOR_SD**2 + 1 / NOISE_SD**2)) ** 0.5
LOG_EVIDENCE = norm.logpdf(SEEN, 0, np.hypot(PRIOR_SD, NOISE_SD))


def level(**hypotheses):
    """One unknown level, N(0, 2) where a hypothesis does not say otherwise, measured once as 3 with an error of 1."""
    return scenario(
        record=1, steps=2, parameters={"level": Prior("normal", (0.0, PRIOR_SD))},
        stocks=[stock("x", "level", series=[measured("normal", "1", (1, SEEN))])],
        hypotheses={name: ({"level": prior} if prior else {}) for name, prior in hypotheses.items()} or None,
    )  # fmt: skip


def assert_closed_form(made: Fit) -> None:
    """Mean, variance and evidence within the stated errors of the Gaussian closed form."""
    draws = made.posterior(2048)
    values = draws.values[0]
    checks = {
        "mean": (draws.mean(values), POSTERIOR_MEAN),
        "variance": (draws.mean((values - POSTERIOR_MEAN) ** 2), POSTERIOR_SD**2),
    }
    for what, (estimate, exact) in checks.items():
        assert 0 < estimate.error < 0.1, f"{what}: too few draws to tell anything"
        assert abs(estimate.value - exact) < STANDARD_ERRORS * estimate.error, f"{what}: {estimate}, exactly {exact}"
    evidence, error = made.log_evidence["model"], made.log_evidence_error["model"]
    assert 0 < error < 0.2, "evidence: too few particles to tell anything"
    assert abs(evidence - LOG_EVIDENCE) < STANDARD_ERRORS * error, f"evidence: {evidence}, exactly {LOG_EVIDENCE}"


@pytest.fixture(scope="module")
def built():
    return level()


@pytest.fixture(scope="module")
def model(built):
    return model_of(built)


@pytest.fixture(scope="module")
def move(model):
    return smc.build_move(model.log_likelihood, SMCSettings())


def fit_with(move, built, model, seed=1):
    """A fit by a given mutation, without compiling it anew."""
    particles = smc.run(move, model.tables["model"], model.record, seed, SMCSettings())
    return Fit(model.parameters, model.tables, {"model": 1.0}, {"model": particles}, SMCSettings())


def test_gaussian_closed_form(built, model, move):
    made = fit_with(move, built, model)
    assert_closed_form(made)
    particles = made.particles["model"]
    assert particles.reached
    assert particles.temperatures[-1] == 1
    assert (np.diff(particles.temperatures) >= 0).all()
    assert particles.acceptance[-1] > 0.5


def test_particles_carry_their_own_likelihood(built, model, move):
    """What travels with the particles is the likelihood of where they are."""
    made = fit_with(move, built, model)
    exact = norm.logpdf(SEEN, made.values("model")[..., 0], NOISE_SD)
    np.testing.assert_allclose(made.particles["model"].log_likelihood, exact, atol=1e-3)


def test_same_seed_same_particles_another_seed_others(built, model, move):
    first, second, other = (fit_with(move, built, model, seed).particles["model"] for seed in (1, 1, 2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.z, other.z)
    assert len({island.tobytes() for island in first.z}) == SMCSettings().islands


def test_progress_ends_at_one(move, model):
    seen = []
    smc.run(move, model.tables["model"], model.record, 1, SMCSettings(), seen.append)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_too_few_rounds_are_admitted(move, model):
    assert not smc.run(move, model.tables["model"], model.record, 1, SMCSettings(max_rounds=1)).reached


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_wrong_temperature_is_caught(built, model, move, share):
    """Planted: mutations aim at a flatter target than the weights do."""

    def flat(keys, swarm, shapes, temperature, *rest):
        return move(keys, swarm, shapes, share * temperature, *rest)

    with pytest.raises(AssertionError, match=r"mean|variance|evidence"):
        assert_closed_form(fit_with(flat, built, model))


def test_missing_resampling_is_caught(built, model, move, monkeypatch):
    """Planted: particles are weighted for the evidence but never resampled, and hardly moved."""
    temper = smc._temper

    def forgetful(key, swarm, *rest):
        return (swarm, *temper(key, swarm, *rest)[1:])

    def lazy(keys, swarm, shapes, temperature, table, record, step_size, steps):
        return move(keys, swarm, shapes, temperature, table, record, 0.02 * step_size, steps)

    monkeypatch.setattr(smc, "_temper", forgetful)
    with pytest.raises(AssertionError, match=r"mean|variance|evidence"):
        assert_closed_form(fit_with(lazy, built, model))


def test_evidence_off_by_half_is_caught(built, model, move):
    made = fit_with(move, built, model)
    particles = made.particles["model"]
    wrong = particles._replace(increments=particles.increments + 0.4 / len(particles.increments))
    with pytest.raises(AssertionError, match="evidence"):
        assert_closed_form(Fit(made.parameters, made.tables, made.prior_weights, {"model": wrong}, made.settings))


def test_bayes_factor_of_two_hypotheses():
    """A wide account, a sharp one, and one that fixes the level: weights by the Gaussian evidences."""
    built = level(wide=None, sharp=Prior("normal", (2.0, 0.5)), point=Prior("fixed", (1.0,)))
    made = fit_model(built, model_of(built), seed=5, settings=SMCSettings())
    exact = {
        "wide": LOG_EVIDENCE,
        "sharp": norm.logpdf(SEEN, 2, np.hypot(0.5, NOISE_SD)),
        "point": norm.logpdf(SEEN, 1, NOISE_SD),
    }
    for name, value in exact.items():
        error = made.log_evidence_error[name]
        assert abs(made.log_evidence[name] - value) < STANDARD_ERRORS * error + 1e-4, name
    evidences = np.exp(list(exact.values()))
    draws = made.posterior(3 * 1024)
    for number, weight in enumerate(evidences / evidences.sum()):
        estimate = draws.mean((draws.hypothesis == number).astype(float))
        assert abs(estimate.value - weight) < STANDARD_ERRORS * estimate.error, built.hypotheses
        assert abs(made.weights[list(exact)[number]] - estimate.value) < 1e-9
    assert (made.values("point") == 1).all()


def test_prior_weights_multiply_the_evidence():
    z = np.zeros((2, 3, 1))
    particles = Particles(
        z, z[..., 0], increments=np.zeros((4, 2)), mixed=np.zeros(4, bool), possible=6, temperatures=np.ones(4),
        acceptance=np.ones(4), reached=True,
    )  # fmt: skip
    made = Fit(("p",), {}, {"a": 0.75, "b": 0.25}, {"a": particles, "b": particles}, SMCSettings(islands=2))
    assert made.weights == pytest.approx({"a": 0.75, "b": 0.25})


def test_a_stuck_island_gets_no_weight(built, model, move):
    """One island of eight sits far away, and its own evidence knows: nothing else may change."""
    made = fit_with(move, built, model)
    particles = made.particles["model"]
    z, increments = particles.z.copy(), particles.increments.copy()
    z[3], increments[-1, 3] = -4.0, increments[-1, 3] - 40
    stuck = particles._replace(z=z, increments=increments, mixed=np.zeros_like(particles.mixed))
    fooled = stuck._replace(increments=particles.increments)  # the same, had the island's evidence not been low
    right, wrong = (
        Fit(made.parameters, made.tables, made.prior_weights, {"model": p}, made.settings).posterior(2048)
        for p in (stuck, fooled)
    )
    assert right.weights[right.island == 3].sum() < 1e-15
    estimate = right.mean(right.values[0])
    assert abs(estimate.value - POSTERIOR_MEAN) < STANDARD_ERRORS * estimate.error
    assert estimate.error < 0.2
    estimate = wrong.mean(wrong.values[0])
    assert abs(estimate.value - POSTERIOR_MEAN) > 0.5
    assert estimate.error > 0.5, "and the error between islands says so"


def narrow_escape():
    """Pressure rises to 45 and nothing happens: of the red line's prior only 1.5 % lie beyond."""
    return scenario(
        record=45, steps=46, parameters={"redline": Prior("lognormal", (2.5, 0.6))},
        stocks=[stock("pressure", 1, flow="1")],
        events=[event("answer", "where(pressure > redline, 1, 0)", once=True)],
    )  # fmt: skip


def test_islands_without_a_survivor_do_not_bend_the_answer():
    """40 particles an island: every second island starts with none that allow the record."""
    built = narrow_escape()
    model, prior, settings = model_of(built), lognorm(0.6, scale=np.exp(2.5)), SMCSettings(particles=40)
    made = fit_model(built, model, seed=2, settings=settings)
    start = np.asarray(jax.random.normal(jax.random.split(jax.random.key(2_000))[1], (8, 40, 1), jnp.float32))
    allowed = (start > (np.log(45) - 2.5) / 0.6).any((1, 2))
    assert 0 < allowed.sum() < 8, "some islands are stuck at the start, and not all"
    draws = made.posterior(320)
    assert draws.values.min() >= 45
    exact = prior.expect(lambda x: x, lb=45, conditional=True)
    estimate = draws.mean(draws.values[0])
    assert abs(estimate.value - exact) < STANDARD_ERRORS * estimate.error, (estimate, exact)
    error = made.log_evidence_error["model"]
    assert abs(made.log_evidence["model"] - prior.logsf(45)) < STANDARD_ERRORS * error


def test_a_record_that_nothing_explains_is_named():
    built = scenario(
        record=1, steps=2, parameters={"level": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "level", low=0, series=[measured("lognormal", "1", (1, 5.0))])],
        hypotheses={"alive": {}, "dead": {"level": Prior("fixed", (-1.0,))}},
    )  # fmt: skip
    made = fit_model(built, model_of(built), seed=5, settings=SMCSettings())
    assert made.impossible() == ["dead"]
    assert made.weights["dead"] == 0


def memory(settings: SMCSettings, step_size: float, steps: int) -> tuple[float, float]:
    """How much one move remembers of a parameter that the record leaves alone: correlations of z and of its square."""
    move = smc.build_move(lambda values, record: (0.0 * values[0] + record).astype(jnp.float64), settings)
    shape = (settings.islands, settings.particles)
    z = jax.random.normal(jax.random.key(5), (*shape, 1), np.float32)
    swarm = smc.Swarm(z, jnp.zeros(shape), jnp.zeros_like(z))
    keys = jax.random.split(jax.random.key(6), settings.islands)
    table = quantile_table([Prior("normal", (0.0, 1.0))]).astype(np.float32)
    unit = prior_shapes(settings.islands, 1)
    after = move(keys, swarm, unit, np.float32(1), table, 0.0, np.float32(step_size), steps)[0].z
    first, second = (float(np.corrcoef(np.ravel(z) ** k, np.ravel(after) ** k)[0, 1]) for k in (1, 2))
    return first, second


def test_one_move_forgets_what_the_record_leaves_alone():
    """Lengths uniform on (0.8, 2.4): the mean of cos is -0.03, of its square 0.19."""
    settings = SMCSettings(moves=1)
    first, second = memory(settings, settings.length / 5, 5)
    error = 1 / np.sqrt(settings.islands * settings.particles)
    assert abs(first + 0.03) < STANDARD_ERRORS * error
    assert abs(second - 0.19) < STANDARD_ERRORS * 2 * error


def test_half_a_period_of_fixed_length_is_remembered(monkeypatch):
    """Planted: what trajectories used to be; every particle goes to its mirror image."""
    monkeypatch.setattr(smc, "JITTER", (1.0, 1.0))
    first, second = memory(SMCSettings(moves=1), np.pi / 10, 10)
    assert first < -0.95
    assert second > 0.95
