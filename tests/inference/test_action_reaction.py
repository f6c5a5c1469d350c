"""Self-exciting action and reaction of two sides: the replay's likelihood against closed forms.

Discrete: counts are Poisson with a rate that remembers both sides' counts; they enter as sizes of given moves and are
measured as counts of the rate. Yes-or-no: events whose hazard is 1 - exp(-rate). Continuous: a step of the clock is the
time between two events, given as the size of a move; what did not happen meanwhile is a count of none with the
compensator as its mean, and what happened at its end an event whose hazard is the intensity times a constant.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from detente.inference.density import model_of
from detente.language.priors import Prior
from tests import reference
from tests.engine.games import effects, event, measured, move, scenario, stock, track

SIDES = (0, 1)
PAIRS = [(i, j) for i in SIDES for j in SIDES]
RELATIVE = 1e-6
UNIT = 1e-3  # hazard per unit of intensity: keeps hazards below 1, and is taken out again
WRITTEN_OUT = {
    "hawkes_discrete_poisson": {
        "params": {
            "mu": [0.1, 0.1],
            "branching": [[0.5, 0.3], [0.2, 0.5]],
            "decay_r": [[0.2, 0.8], [0.6, 0.4]],
            "Y": [[0, 0], [0, 0], [0, 0], [0, 0]],
        },
        "expected": {
            "loglik": -0.8,
            "lambda_t": [[0.1, 0.1]] * 4,
            "lambda_next": [0.1, 0.1],
            "bernoulli_loglik_of_clipped_series": -0.8,
        },
    },
    "hawkes_loglik": {
        "params": {
            "mu": [0.5, 0.3],
            "branching": [[0.3, 0.2], [0.4, 0.1]],
            "decay": [[1.0, 1.0], [1.0, 1.0]],
            "events": [[3.0, 1]],
            "T": 4.0,
        },
        "expected": {
            # log 0.3 at the event; 0.8 in 4 units of time; (0.2 + 0.1) (1 - 1/e) more after it
            "loglik": float(np.log(0.3) - 3.2 - 0.3 * (1 - np.exp(-1))),
            "intensity_left_limit_at_events": [[0.5, 0.3]],
            "intensity_at_T": [0.5 + 0.2 / np.e, 0.3 + 0.1 / np.e],
        },
    },
}


def rows(model):
    """A row written out here, and the reference's rows of a model."""
    found = [pytest.param(WRITTEN_OUT[model], id="written-out")]
    return [*found, *(pytest.param(r, id=str(n)) for n, r in enumerate(reference.rows(model)))]


def knowns(params, decay):
    """Parameters of a row: ids and priors, and their values in table order."""
    values = {f"mu_{i}": params["mu"][i] for i in SIDES}
    values |= {f"n_{i}{j}": params["branching"][i][j] for i, j in PAIRS}
    values |= {f"d_{i}{j}": params[decay][i][j] for i, j in PAIRS}
    return {name: Prior("fixed", (float(v),)) for name, v in values.items()}, np.array(list(values.values()), float)[
        :, None
    ]


def replayed(built, values, observed_event=None):
    """The replay in double precision, the given moves being no evidence."""
    model = model_of(built)
    record = model.record._replace(observed_choice=np.zeros_like(model.record.observed_choice))
    if observed_event is not None:
        record = record._replace(observed_event=observed_event)
    found = model.replay(values, record)
    return SimpleNamespace(
        log_likelihood=found.log_likelihood[0],
        path={name: x[:, 0] for name, x in found.path.items()},
        terms=SimpleNamespace(event=found.terms.event[..., 0]),
    )


def memory(i, j):
    """What side i remembers of side j after a step: a share d of the old, the rest new."""
    return f"m_{i}{j} + (1 - d_{i}{j}) * (count_{j} - m_{i}{j})"


def rates(series):
    """Stocks of the discrete model; `series` measures the rates."""
    stocks = [stock(f"count_{j}", flow=f"-count_{j}") for j in SIDES]
    stocks += [stock(f"m_{i}{j}", flow=f"(1 - d_{i}{j}) * (count_{j} - m_{i}{j})") for i, j in PAIRS]
    for i in SIDES:
        after = " + ".join(f"n_{i}{j} * ({memory(i, j)})" for j in SIDES)
        stocks.append(stock(f"rate_{i}", f"mu_{i}", flow=f"mu_{i} + {after} - rate_{i}", series=series(i)))
    return stocks


def close(found, exact):
    np.testing.assert_allclose(np.asarray(found), exact, rtol=RELATIVE, atol=RELATIVE)


@pytest.mark.parametrize("row", rows("hawkes_discrete_poisson"))
def test_counts(row):
    """Counts of both sides as sizes of given moves, measured as counts of the rates."""
    params, expected = row["params"], row["expected"]
    counts = params["Y"]
    priors, values = knowns(params, "decay_r")
    tracks = [
        track(
            f"side.{j}", move("act", 0, magnitude=("uniform", 0, 100), effects=effects(**{f"count_{j}": "magnitude"}))
        )
        for j in SIDES
    ]
    built = scenario(
        record=len(counts),
        steps=len(counts) + 1,
        parameters=priors,
        tracks=tracks,
        stocks=rates(lambda i: [measured("poisson", None, *((k, float(y[i])) for k, y in enumerate(counts)))]),
        ledger=[(k, f"side.{j}", "act", float(y[j])) for k, y in enumerate(counts) for j in SIDES],
    )
    found = replayed(built, values)
    close(found.log_likelihood, expected["loglik"])
    path = np.stack([found.path[f"rate_{i}"] for i in SIDES], -1)
    close(path[:-1], expected["lambda_t"])
    close(path[-1], expected["lambda_next"])


@pytest.mark.parametrize("row", rows("hawkes_discrete_poisson"))
def test_whether_there_was_any(row):
    """At least one or none: events, whose silence counts."""
    params = row["params"]
    happened = np.minimum(params["Y"], 1)
    priors, values = knowns(params, "decay_r")
    built = scenario(
        record=len(happened),
        steps=len(happened) + 1,
        parameters=priors,
        stocks=rates(lambda i: []),
        events=[event(f"any-{i}", f"1 - exp(-rate_{i})", effects=effects(**{f"count_{i}": "1"})) for i in SIDES],
        ledger=[(k, "event", f"any-{i}") for k, row in enumerate(happened) for i in SIDES if row[i]],
    )
    close(replayed(built, values).log_likelihood, row["expected"]["bernoulli_loglik_of_clipped_series"])


def intervals(params):
    """(length, side that acts at its end or None): the record cut at its events."""
    times = [0.0, *(t for t, _ in params["events"]), params["T"]]
    return list(zip(np.diff(times), [*(side for _, side in params["events"]), None], strict=True))


def continuous(params):
    """The scenario of a record in continuous time, and what of its events is heard."""
    steps = intervals(params)
    priors, values = knowns(params, "decay")
    a = {(i, j): f"a_{i}{j}" for i, j in PAIRS}
    decayed = {a[i, j]: f"a_{i}{j} * (exp(-d_{i}{j} * magnitude) - 1)" for i, j in PAIRS}
    grown = " + ".join(
        [f"mu_{i} * magnitude" for i in SIDES]
        + [f"a_{i}{j} / d_{i}{j} * (1 - exp(-d_{i}{j} * magnitude))" for i, j in PAIRS]
    )
    wait = move("wait", 0, magnitude=("uniform", 0, 100), effects=effects(exposure=f"{grown} - exposure", **decayed))
    silence = measured("poisson", None, *((k + 1, 0.0) for k in range(len(steps))))
    strikes = [
        event(
            f"strike-{j}",
            f"{UNIT} * (mu_{j} + a_{j}0 + a_{j}1)",
            effects=effects(**{a[i, j]: f"n_{i}{j} * d_{i}{j}" for i in SIDES}),
        )
        for j in SIDES
    ]
    built = scenario(
        record=len(steps),
        steps=len(steps) + 1,
        parameters=priors,
        stocks=[stock("exposure", series=[silence]), *(stock(name) for name in a.values())],
        tracks=[track("time.flow", wait)],
        events=strikes,
        ledger=[
            *((k, "time.flow", "wait", float(length)) for k, (length, _) in enumerate(steps)),
            *((k, "event", f"strike-{side}") for k, (_, side) in enumerate(steps) if side is not None),
        ],
    )
    heard = np.array([[side == j for j in SIDES] for _, side in steps])  # silence is in the exposure
    return built, values, heard


@pytest.mark.parametrize("row", rows("hawkes_loglik"))
def test_continuous_time(row):
    params, expected = row["params"], row["expected"]
    built, values, heard = continuous(params)
    found = replayed(built, values, heard)
    close(found.log_likelihood - len(params["events"]) * np.log(UNIT), expected["loglik"])
    at_end = [params["mu"][i] + sum(found.path[f"a_{i}{j}"][-1] for j in SIDES) for i in SIDES]
    close(at_end, expected["intensity_at_T"])
    terms = np.asarray(found.terms.event)
    for k, (_, side) in enumerate(params["events"]):
        close(np.exp(terms[k, side]) / UNIT, expected["intensity_left_limit_at_events"][k][side])


@pytest.mark.parametrize("planted", ["transposed", "forgets"])
def test_a_wrong_memory_is_noticed(planted):
    """Sides mixed up, or memory that decays otherwise, do not pass."""
    params = {
        "mu": [0.5, 0.3],
        "branching": [[0.3, 0.2], [0.4, 0.1]],
        "decay": [[1.0, 1.0], [1.0, 1.0]],
        "events": [[0.5, 0], [0.9, 1], [1.4, 0]],
        "T": 2.0,
    }
    wrong = dict(params)
    if planted == "transposed":
        wrong["branching"] = np.transpose(params["branching"]).tolist()
    else:
        wrong["decay"] = [[1.1, 1.0], [1.0, 1.0]]
    right, other = (replayed(*continuous(p)).log_likelihood for p in (params, wrong))
    assert abs(float(right - other)) > 100 * RELATIVE * abs(float(right))
