"""What a run says of foresight: who looked, what it changed, at what error, on how many futures."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from scipy.special import expit

from detente.futures import lookahead as looking
from detente.futures.play import play_out
from detente.futures.questions import questions_of
from detente.inference.density import model_of
from detente.inference.fit import normalised_weights, prior_draws
from detente.language.priors import Prior
from detente.report import format as fmt
from tests.engine import games as g


def test_what_a_run_says_of_those_who_look_ahead():
    way = g.looks(1, "w", horizon=2, samples=4)
    scenario = g.scenario(
        record=2,
        steps=4,
        parameters={"w": Prior("fixed", (1.0,))},
        actors=[g.actor("A", "x + y")],
        stocks=[g.stock("x"), g.stock("y", noise="0.5"), g.stock("z")],
        tracks=[
            g.track("A.act", g.move("take", 0, effects=g.effects(x="1")), foresight=way),
            g.track("A.idle", g.move("wait", 0, effects=g.effects(z="1")), foresight=way),
        ],
    )
    model = model_of(scenario)
    assert looking.affordable(model, (1024, 128), (1024, 128)) == (256, 4)
    assert looking.affordable(model, (512, 128), (1024, 128)) == (512, 128)
    assert looking.affordable(looking.without_samples(model), (1024, 128), (1024, 128)) == (1024, 128)
    draws = prior_draws(model, normalised_weights(scenario), 16, 1, 8)
    played = play_out(scenario, model, questions_of(scenario, model.game), draws, futures=4, seed=1)
    found = looking.foresight_results(model, played)
    assert found is not None
    assert (found.fitted, found.lanes, found.draws, found.futures) == (False, 8, 16, 4)
    act = found.tracks["A.act"].courses["free"]
    np.testing.assert_allclose(act.change, expit(1) - 0.5, atol=1e-5)  # the odds move by one logit
    np.testing.assert_allclose(act.error, 0, atol=1e-6)  # the noise is common to both moves
    assert found.tracks["A.idle"].courses == {}
    found.tracks["A.act"].courses["free"] = replace(act, error=0.021)
    assert fmt.foresight(found) == [
        "A.act at level 1, 2 steps ahead by 4 futures per move: moves 23% of its choice probability under free, where "
        "that is most; error 0.021 logit",
        "A.idle looks ahead, but no move of it bears on what its actor wants",
        "fitted at level 0; 16 draws of 4 futures, for 8 futures are run on in each step of each",
    ]
    assert looking.foresight_results(looking.without_samples(model), played) is None
    assert len(looking.methods(model)) == 2
    assert looking.methods(looking.without_samples(model)) == []
